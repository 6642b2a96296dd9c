# SPDX-License-Identifier: GPL-3.0-or-later
"""A job that does not get on is noticed, and what it waits for is told."""

from __future__ import annotations

from typing import Any

import pytest
from exporting import Progress, export, settings_of, started_job
from siak_backup.errors import ExportTimeLimitError
from siak_backup.oracle.datapump.job import JobStatus
from siak_backup.oracle.datapump.stall import StallWatch
from siak_backup.oracle.session import open_session

WAIT = ("39171 ORA-39171: Job is experiencing a resumable wait.", "1653 ORA-01653: unable to extend table")


def status(done: int = 0, *messages: str, percent: float | None = 0, **more: Any) -> JobStatus:
    return JobStatus("EXECUTING", done, 100, percent, 0, messages, more.get("problems", ()))


@pytest.fixture
def watch():
    return StallWatch(60, 0)


def test_progress_is_no_stall(watch):
    for second in range(0, 300, 30):
        watch.hear(status(second), second)
    assert not watch.wants_to_know
    assert (watch.past, watch.phase(300), watch.waiting_for) == ((), "ekspor", "")


@pytest.mark.parametrize(
    "sign", [status(1), status(0, "Processing object type"), status(percent=1), status(problems=("ORA-31693",))]
)
def test_bytes_percent_and_messages_are_signs_of_life(watch, sign):
    watch.hear(status(), 0)
    watch.hear(sign, 59)
    watch.hear(sign, 100)
    assert watch.past == ()


def test_silence_is_a_stall_and_is_kept_when_it_is_over(watch):
    watch.hear(status(5, percent=5), 0)
    watch.hear(status(5, percent=5), 60)
    assert watch.wants_to_know
    assert watch.phase(120) == "ekspor: tidak maju selama 2 menit"
    watch.hear(status(9, percent=9), 150)
    (stall,) = watch.past
    assert stall.as_dict() == {"for_s": 150.0, "at_percent": 5, "waiting_for": ""}
    assert not watch.wants_to_know


def test_a_resumable_wait_is_told_at_once(watch):
    watch.hear(status(5), 0)
    watch.hear(status(5, *WAIT), 10)
    assert not watch.wants_to_know
    assert watch.phase(10) == "ekspor: server menunggu ruang disk, tablespace atau kuota (ORA-39171, ORA-01653)"
    watch.hear(status(6), 20)
    assert (watch.waiting_for, len(watch.past), watch.past[0].waiting_for) == ("", 1, "ORA-39171, ORA-01653")


def test_only_so_many_are_kept(watch):
    for number in range(40):
        watch.hear(status(number), 100 * number)
    assert len(watch.past) == 20


def test_the_server_is_asked_what_it_waits_for(rehearsal, database, session, plan_of):
    """The wait was announced to another session: this one must ask DBA_RESUMABLE."""
    plan = plan_of()
    with rehearsal.faults(database.service, hang_at_percent=50), open_session(settings_of(database)) as other:
        job = started_job(other, plan)
        while rehearsal.jobs(database.service)[0] and not session.rows("SELECT name FROM dba_resumable"):
            pass
        watch = StallWatch(1, 0)
        watch.ask(session, plan.job)
        assert watch.waiting_for == "ORA-01653"
        watch.ask(session, "SIAK_ANOTHER")
        assert watch.waiting_for == ""
        job.stop()


def test_an_account_that_may_not_see_waits_learns_nothing(rehearsal, database):
    with rehearsal.faults(database.service, no_export_role=True), open_session(settings_of(database)) as blind:
        watch = StallWatch(1, 0)
        watch.ask(blind, "SIAK_X")
        assert watch.waiting_for == ""


def test_a_stall_is_recorded_with_the_limit_that_ends_it(rehearsal, link, plan_of, database):
    hanging = rehearsal.faults(database.service, hang_at_percent=50, hang_announced=False)
    progress = Progress()
    with hanging, pytest.raises(ExportTimeLimitError):
        export(link, plan_of(time_limit_s=4, stall_notice_s=1), progress=progress)
    assert "ekspor: tidak maju selama 0 menit" in progress.phases
