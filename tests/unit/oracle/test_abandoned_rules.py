# SPDX-License-Identifier: GPL-3.0-or-later
"""Which jobs are in the way, which are orphans, and when a job counts as gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from siak_backup.errors import ConfigError, ConnectError, ExportError, JobBusyError, StatementError
from siak_backup.oracle import statements
from siak_backup.oracle.datapump.abandoned import (
    ClearedJob,
    DroppedOrphan,
    busy_jobs,
    clear_job,
    drop_orphans,
    droppable,
    orphans,
    refuse_busy,
    remove_files,
    stop,
)  # fmt: skip
from siak_backup.oracle.datapump.job import RunningJob
from siak_backup.oracle.names import TableName
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


OLD = "SIAK_20250101T093000Z_0000AA"
ORPHAN = RunningJob(OLD, "EXPORT", "SCHEMA", "NOT RUNNING", 0)
DROP_OLD = statements.drop_table(TableName("SIAK_BACKUP", OLD))


def may_go(*jobs, abandoned=()):
    return droppable(jobs, abandoned, now=datetime(2025, 1, 9, 9, 30, tzinfo=UTC), time_limit_s=21600)


def test_only_what_certainly_belongs_to_nothing_may_go():
    assert may_go(ORPHAN) == [OLD]
    assert may_go(ORPHAN, abandoned=[OLD]) == []
    for other in (
        replace(ORPHAN, state="EXECUTING"),
        replace(ORPHAN, attached_sessions=1),
        replace(ORPHAN, name="SYS_EXPORT_SCHEMA_01"),
        replace(ORPHAN, name="SIAK_ARSIP"),
        replace(ORPHAN, name="SIAK_20250109T040000Z_0000AA"),
    ):
        assert may_go(other) == []


def test_a_run_must_be_older_than_a_job_may_take_and_the_oldest_goes_first():
    just, older = "SIAK_20250109T033000Z_0000AA", "SIAK_20250109T032959Z_0000AA"
    assert may_go(*(replace(ORPHAN, name=name) for name in (just, older, OLD))) == [OLD, older]


def drop_old(*jobs, answer=None):
    """Drop OLD where the view holds `jobs`; return what became of it and whether the drop was sent."""
    session = ScriptedSession({statements.JOBS: [[(*row(OLD)[:3], state, attached) for state, attached in jobs]]})
    session.answers[DROP_OLD] = [answer]
    (told,) = drop_orphans(session, [OLD])
    return told, DROP_OLD in session.statements()


def test_a_dead_table_is_dropped_from_the_accounts_own_schema():
    assert drop_old(("NOT RUNNING", 0)) == (DroppedOrphan(OLD, ""), True)


@pytest.mark.parametrize("name", ["SIAK_20250101T093000Z_0000A", "SIAK_20250101T093000Z_0000AB"])
def test_a_table_that_is_gone_is_not_dropped(name):
    session = ScriptedSession({statements.JOBS: [[row(name, "NOT RUNNING")]]})
    assert drop_orphans(session, [OLD]) == (DroppedOrphan(OLD, "sudah tidak ada"),)
    assert session.statements() == [statements.JOBS]


@pytest.mark.parametrize(("state", "attached"), [("EXECUTING", 0), ("UNDEFINED", 0), ("NOT RUNNING", 1)])
def test_a_table_with_a_job_or_somebody_attached_stays(state, attached):
    assert drop_old((state, attached)) == (DroppedOrphan(OLD, f"jobnya {state}"), False)


def test_a_table_that_oracle_keeps_is_told_and_a_lost_line_is_no_answer():
    kept, _ = drop_old(("NOT RUNNING", 0), answer=StatementError("sedang dipakai", oracle_code="ORA-00054"))
    assert "sedang dipakai" in kept.left_because
    assert kept.as_dict() == {"job": OLD, "left_because": kept.left_because}
    with pytest.raises(ConnectError):
        drop_old(("NOT RUNNING", 0), answer=ConnectError("putus"))


def test_no_account_smuggles_sql():
    session = ScriptedSession({statements.JOBS: [[(*row(OLD)[:3], "NOT RUNNING", 0)]]})
    session.user = 'X"; DROP'
    with pytest.raises(ConfigError) as refused:
        drop_orphans(session, [OLD])
    assert refused.value.where == "akun"
    assert session.statements() == [statements.JOBS]


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
