# SPDX-License-Identifier: GPL-3.0-or-later
"""Which job of a dead run is finished, and which is stopped."""

from __future__ import annotations

import pytest
from siak_backup.errors import ConfigError, StatementError
from siak_backup.oracle import statements
from siak_backup.oracle.datapump import takeover
from siak_backup.oracle.datapump.abandoned import ClearedJob
from siak_backup.oracle.datapump.note import note_of
from siak_backup.oracle.datapump.takeover import take_over
from siak_backup.run_id import run_started_at
from told_session import BEGAN, ScriptedSession, ToldClock, plan_of

OLD, NEW = "SIAK_20250109T092900Z_0000A1", "SIAK_20250109T092930Z_0000A2"
OLD_RUN, NEW_RUN = "20250109T092900Z-0000a1", "20250109T092930Z-0000a2"


@pytest.fixture
def taken(monkeypatch):
    """Take over on a server with these jobs, whose logs have these notes; tell what was adopted, cleared and asked."""

    def run(jobs, names, *, notes=None, clock=None, **changed):
        plan = plan_of(**changed)
        read = []

        def look(session, directory, log_name):
            read.append((directory, log_name))
            return (notes or {}).get(log_name)

        cleared = []

        def clear(session, directory, found, timing):
            cleared.append((directory, found.name))
            return ClearedJob(found.name, found.state, ())

        monkeypatch.setattr(takeover, "look_for_note", look)
        monkeypatch.setattr(takeover, "clear_job", clear)
        rows = [(name, "EXPORT", "SCHEMA", state, 0) for name, state in jobs.items()]
        session = ScriptedSession({statements.JOBS: [rows], statements.ATTACH: {"handle": 9}})
        adoption, told = take_over(session, plan, names, (clock or ToldClock()).timing)
        assert [(plan.directory, each.job) for each in told] == cleared
        return adoption, [name for _, name in cleared], read

    return run


def test_a_job_at_work_is_adopted_under_its_own_names(taken):
    adoption, cleared, read = taken({NEW: "EXECUTING"}, [NEW], time_limit_s=100)
    assert cleared == []
    assert (adoption.plan.run_id, adoption.plan.job, adoption.job.handle) == (NEW_RUN, NEW, 9)
    assert adoption.plan.server == "sukamara"
    assert adoption.started_at == run_started_at(NEW_RUN)
    assert read == [("SIAK_DIR", f"{NEW}.log")]
    assert adoption.left_s(BEGAN) == 70


def test_the_youngest_is_adopted_the_others_are_stopped(taken):
    adoption, cleared, _ = taken({OLD: "EXECUTING", NEW: "EXECUTING"}, [OLD, NEW], time_limit_s=100)
    assert (adoption.job is not None, adoption.plan.job, cleared) == (True, NEW, [OLD])


def test_where_the_youngest_is_not_to_be_had_the_next_is(taken):
    adoption, cleared, _ = taken({OLD: "COMPLETING", NEW: "STOPPED"}, [NEW, OLD], time_limit_s=100)
    assert (adoption.plan.job, cleared) == (OLD, [NEW])


def test_only_what_is_there_and_was_named_is_touched(taken):
    assert taken({OLD: "EXECUTING"}, [NEW])[:2] == (None, [])
    assert taken({}, [])[:2] == (None, [])


@pytest.mark.parametrize("state", ["STOPPED", "DEFINING", "NOT RUNNING", ""])
def test_what_is_not_at_work_is_stopped(taken, state):
    assert taken({NEW: state}, [NEW]) == (None, [NEW], [])


@pytest.mark.parametrize(("limit_s", "adopted"), [(30, False), (30.001, True), (31, True)])
def test_its_time_counts_from_its_own_start(taken, limit_s, adopted):
    adoption, cleared, _ = taken({NEW: "EXECUTING"}, [NEW], time_limit_s=limit_s)
    assert (adoption is not None, cleared) == (adopted, [] if adopted else [NEW])


@pytest.mark.parametrize(("now_s", "adopted"), [(-31, False), (-30, True), (-29, True)])
def test_a_job_of_the_future_is_not_ours_to_finish(taken, now_s, adopted):
    clock = ToldClock()
    clock.s = now_s
    adoption, _, _ = taken({NEW: "EXECUTING"}, [NEW], clock=clock)
    assert (adoption is not None) is adopted


def test_a_note_of_something_else_is_not_to_be_finished(taken):
    name = f"{NEW}.log"
    own = note_of(plan_of(run={"id": NEW_RUN}), 4711)
    assert taken({NEW: "EXECUTING"}, [NEW], notes={name: own})[0] is not None
    other = note_of(plan_of(run={"id": NEW_RUN}, mode="full"), 4711)
    assert taken({NEW: "EXECUTING"}, [NEW], notes={name: other})[:2] == (None, [NEW])
    of_another_run = note_of(plan_of(run={"id": OLD_RUN}), 4711)
    assert taken({NEW: "EXECUTING"}, [NEW], notes={name: of_another_run})[:2] == (None, [NEW])


@pytest.mark.parametrize("name", ["LAIN", "SIAK_", "SIAK_20250109T092900Z_0000a1"])
def test_a_name_that_no_run_can_have_given_is_refused(taken, name):
    with pytest.raises(ConfigError, match=name):
        taken({name: "EXECUTING"}, [OLD, name])


def test_a_job_that_has_just_gone_is_cleared(monkeypatch):
    gone = StatementError("x", oracle_code="ORA-31626")
    rows = [(NEW, "EXPORT", "SCHEMA", "EXECUTING", 0)]
    session = ScriptedSession({statements.JOBS: [rows, []], statements.ATTACH: gone})
    monkeypatch.setattr(takeover, "look_for_note", lambda *_: None)
    adoption, cleared = take_over(session, plan_of(time_limit_s=100), [NEW], ToldClock().timing)
    assert (adoption, [each.job for each in cleared]) == (None, [NEW])
