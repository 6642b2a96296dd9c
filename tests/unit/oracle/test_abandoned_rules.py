# SPDX-License-Identifier: GPL-3.0-or-later
"""Which jobs are in the way, which are orphans, and when a job counts as gone."""

from __future__ import annotations

import pytest
from siak_backup.errors import ExportError, JobBusyError, StatementError
from siak_backup.oracle import statements
from siak_backup.oracle.datapump.abandoned import (
    ClearedJob,
    busy_jobs,
    clear_job,
    orphans,
    refuse_busy,
    remove_files,
    stop,
)  # fmt: skip
from siak_backup.oracle.datapump.job import RunningJob
from told_session import ScriptedSession, ToldClock

NAME = "SIAK_20250109T093000Z_0000AA"
GONE = StatementError("x", oracle_code="ORA-31626")


def row(name=NAME, state="EXECUTING"):
    return (name, "EXPORT", "SCHEMA", state, 1)


def job(name=NAME, state="EXECUTING"):
    return RunningJob(*row(name, state))


@pytest.fixture
def clock():
    return ToldClock()


def test_only_living_jobs_of_ours_are_in_the_way():
    states = {"SIAK_A": "EXECUTING", "SIAK_B": "NOT RUNNING", "SIAK_C": "DEFINING", "SIAK_E": "STOPPED", "SIAK_F": ""}
    jobs = [*(job(*each) for each in states.items()), job("LAIN"), job("SIAK_D")]
    assert [each.name for each in busy_jobs(jobs, ["SIAK_D"])] == ["SIAK_A", "SIAK_C", "SIAK_E", "SIAK_F"]


def test_only_dead_tables_of_ours_are_orphans():
    dead = "NOT RUNNING"
    jobs = [job("SIAK_A", dead), job("SIAK_B"), job("LAIN", dead), job("SIAK_C", dead), job("SIAK_D", "STOPPED")]
    assert orphans(jobs, ["SIAK_C"]) == ["SIAK_A"]


def test_another_export_is_refused_by_name():
    session = ScriptedSession({statements.JOBS: [[row("SIAK_A"), row("SIAK_B")]]})
    with pytest.raises(JobBusyError, match="SIAK_A, SIAK_B") as refused:
        refuse_busy(session)
    assert refused.value.where == "sukamara"
    with pytest.raises(JobBusyError):
        refuse_busy(session, ["SIAK_A"])
    refuse_busy(session, ["SIAK_A", "SIAK_B"])
    refuse_busy(ScriptedSession({statements.JOBS: [[]]}))


def test_a_job_that_is_not_there_is_stopped(clock):
    session = ScriptedSession({statements.ATTACH: GONE})
    assert stop(session, NAME, clock.timing) is True
    assert (statements.STOP_JOB in session.statements(), clock.slept) == (False, [])


@pytest.mark.parametrize("last", [[], [row(state="NOT RUNNING")]])
def test_a_job_is_gone_when_nothing_of_it_runs(clock, last):
    session = ScriptedSession({statements.ATTACH: {"handle": 7}, statements.JOBS: [[row()], [row()], last]})
    assert stop(session, NAME, clock.timing) is True
    assert clock.slept == [0.5, 0.5]
    assert session.statements().count(statements.STOP_JOB) == 1


def test_it_is_asked_again_every_ten_seconds_for_a_minute(clock):
    asked_at = []
    session = ScriptedSession(
        {
            statements.ATTACH: {"handle": 7},
            statements.JOBS: [[row()]],
            statements.STOP_JOB: lambda **_: asked_at.append(clock.s),
        }
    )
    assert stop(session, NAME, clock.timing) is False
    assert (asked_at, clock.s) == ([0.0, 10.5, 21.0, 31.5, 42.0, 52.5], 60.5)
    # A job that goes at the very last look has gone.
    looks = session.statements().count(statements.JOBS)
    again = ToldClock()
    session = ScriptedSession({statements.ATTACH: {"handle": 7}, statements.JOBS: [*([[row()]] * (looks - 1)), []]})
    assert stop(session, NAME, again.timing) is True


def test_clearing_stops_removes_and_tells(clock):
    session = ScriptedSession(
        {
            statements.ATTACH: {"handle": 7},
            statements.REMOVE_FILE: _stuck,
            statements.FILE_ATTRIBUTES: {"present": 1, "size_bytes": 4},
        }
    )
    cleared = clear_job(session, "SIAK_DIR", job(), clock.timing)
    assert cleared == ClearedJob(NAME, "EXECUTING", (f"{NAME}_02.dmp",))
    assert cleared.as_dict() == {"job": NAME, "state": "EXECUTING", "left_files": [f"{NAME}_02.dmp"]}


def _stuck(*, filename, **_):
    if filename.endswith("_02.dmp"):
        raise StatementError("x", oracle_code="ORA-29291")
    return {}


def test_files_of_a_job_are_all_its_pieces_and_its_log():
    session = ScriptedSession()
    assert remove_files(session, "SIAK_DIR", NAME) == []
    removed = [binds["filename"] for _, binds in session.asked]
    assert removed == [f"{NAME}_{number:02d}.dmp" for number in range(1, 100)] + [f"{NAME}.log"]
    assert {binds["directory"] for _, binds in session.asked} == {"SIAK_DIR"}


def test_a_job_that_does_not_go_is_not_cleared(clock):
    session = ScriptedSession({statements.ATTACH: {"handle": 7}, statements.JOBS: [[row()]]})
    with pytest.raises(ExportError, match=f"{NAME} tidak mau berhenti") as refused:
        clear_job(session, "SIAK_DIR", job(), clock.timing)
    assert refused.value.where == "sukamara"
    assert statements.REMOVE_FILE not in session.statements()
