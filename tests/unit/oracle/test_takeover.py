# SPDX-License-Identifier: GPL-3.0-or-later
"""A job of a dead run is seen to its end, or stopped; its server exports slowly enough to be met at work."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from exporting import Progress, export, started_job, wait_gone
from rehearsal_server import rehearsal_server
from siak_backup.errors import ConnectError, ExportError, ExportTimeLimitError, StatementError
from siak_backup.oracle.datapump.abandoned import clear_job
from siak_backup.oracle.datapump.define import Options, current_scn, define
from siak_backup.oracle.datapump.export import _define_and_start, _settled, run_export
from siak_backup.oracle.datapump.job import Job, RunningJob, own_jobs
from siak_backup.oracle.datapump.timing import Timing
from siak_backup.oracle.datapump.watch import Watcher


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory):
    """Instead of the session's server: one that writes some 40 KB/s."""
    folder = tmp_path_factory.mktemp("takeover") / "state"
    with rehearsal_server(folder, "--export-rate=40000", sukamara=60) as server:
        yield server


def run_of(ago_s: float, suffix: str = "0000aa") -> dict[str, str]:
    return {"id": f"{datetime.now(UTC) - timedelta(seconds=ago_s):%Y%m%dT%H%M%SZ}-{suffix}"}


def test_a_job_at_work_is_finished_not_begun_again(link, connect, plan_of, rehearsal):
    dead = plan_of(run=run_of(5))
    with connect() as other:
        started_job(other, dead)
    result = export(link, plan_of(run=run_of(0, "0000bb")), dead=[dead.job])
    told = result.as_dict()
    assert (told["job"], told["adopted_run"], told["cleared_jobs"]) == (dead.job, dead.run_id, [])
    assert told["scn"] > 0
    assert told["duration_s"] >= 5
    assert all(piece["name"].startswith(dead.job) for piece in told["pieces"])
    assert rehearsal.jobs("sukamara")[1] == 1


@pytest.mark.parametrize(
    ("dead", "tonight"),
    [
        ({"run": run_of(7200, "0000c1")}, {}),
        ({"run": run_of(-3600, "0000c2")}, {}),
        ({"run": run_of(5, "0000c3")}, {"mode": "table", "tables": ["SIAKOFF.BIODATA_WNI"]}),
    ],
    ids=["too old", "of the future", "of something else"],
)
def test_what_is_not_to_be_finished_is_stopped(link, connect, plan_of, dead, tonight):
    old = plan_of(**dead)
    with connect() as other:
        started_job(other, old)
    result = export(link, plan_of(run=run_of(0, "0000dd"), **tonight), dead=[old.job]).as_dict()
    assert result["adopted_run"] == ""
    assert [(job["job"], job["left_files"]) for job in result["cleared_jobs"]] == [(old.job, [])]


def test_of_two_jobs_the_younger_is_finished(link, connect, plan_of):
    older, younger = plan_of(run=run_of(40, "0000e1")), plan_of(run=run_of(20, "0000e2"))
    with connect() as other:
        started_job(other, older)
        started_job(other, younger)
    result = export(link, plan_of(run=run_of(0, "0000e3")), dead=[older.job, younger.job]).as_dict()
    assert (result["job"], [job["job"] for job in result["cleared_jobs"]]) == (younger.job, [older.job])


def test_one_that_proves_nothing_is_followed_by_our_own(rehearsal, link, connect, plan_of, database):
    dead = plan_of(run=run_of(5, "0000f1"))
    with rehearsal.faults(database.service, snapshot_too_old="SIAKOFF.BIODATA_WNI"), connect() as other:
        started_job(other, dead)
    own = plan_of(run=run_of(0, "0000f2"))
    result = export(link, own, dead=[dead.job]).as_dict()
    assert result["job"] == own.job
    assert result["cleared_jobs"] == [{"job": dead.job, "state": "SIAK-210", "left_files": []}]


def test_its_time_counts_from_its_own_run(rehearsal, link, connect, plan_of, database):
    dead = plan_of(run=run_of(30, "0000a1"))
    with rehearsal.faults(database.service, hang_at_percent=20, hang_announced=False), connect() as other:
        started_job(other, dead)
    with pytest.raises(ExportTimeLimitError):
        export(link, plan_of(run=run_of(0, "0000a2"), time_limit_s=33), dead=[dead.job])
    assert own_jobs(link.session) == []


def test_a_log_without_our_note_proves_nothing(rehearsal, link, connect, plan_of, database):
    """Such as one whose first lines another program has overwritten."""
    dead = plan_of(run=run_of(5, "0000b1"))
    with connect() as other:
        started_job(other, dead)
    path = database.directory_path / dead.log_name
    path.write_bytes(path.read_bytes().replace(b"siak-backup: run", b"siak-backup: jalan"))
    result = export(link, plan_of(run=run_of(0, "0000b2")), dead=[dead.job]).as_dict()
    assert result["adopted_run"] == ""
    assert result["cleared_jobs"][0]["job"] == dead.job


class FastClock:
    """Sixty seconds of patience that pass at once."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def timing(self) -> Timing:
        return Timing(monotonic=lambda: self.now_s, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def test_a_job_that_does_not_go_is_said_to_stay(rehearsal, link, connect, plan_of, database):
    plan = plan_of()
    hanging = rehearsal.faults(database.service, hang_at_percent=20, hang_announced=False, stop_refused=True)
    with hanging, connect() as other:
        started_job(other, plan)
        found = RunningJob(plan.job, "EXPORT", "SCHEMA", "EXECUTING", 0)
        with pytest.raises(ExportError, match="tidak mau berhenti"):
            clear_job(link.session, database.directory, found, FastClock().timing())
    (job,) = own_jobs(link.session)
    clear_job(link.session, database.directory, job, Timing())


def test_a_definition_left_over_goes_with_its_last_handle(link, connect, plan_of):
    plan = plan_of()
    with connect() as other:
        define(other, plan, current_scn(other))
        assert _settled(link, plan, FastClock().timing()) == ""
    assert wait_gone(link.session, plan.job)


def test_a_job_that_is_gone_has_no_state(link, plan_of):
    assert _settled(link, plan_of(), Timing()) == ""


def test_a_master_table_of_a_dead_run_is_no_job_to_finish(rehearsal, link, plan_of, database):
    dead = plan_of(run=run_of(5, "0000c5"))
    with rehearsal.faults(database.service, orphan_master=dead.job):
        result = export(link, plan_of(run=run_of(0, "0000c6")), dead=[dead.job]).as_dict()
    assert result["cleared_jobs"] == [{"job": dead.job, "state": "NOT RUNNING", "left_files": []}]


def fifty_times_faster() -> Timing:
    return Timing(monotonic=lambda: 50 * time.monotonic(), sleep=lambda seconds: time.sleep(seconds / 50))


@pytest.mark.parametrize(
    ("faults", "word"), [({"stop_refused": True}, "masih ada"), ({"files_locked": True}, "tidak dapat dihapus")]
)
def test_what_the_limit_could_not_clear_away_is_told(rehearsal, link, plan_of, faults, word):
    plan = plan_of(time_limit_s=100)
    hanging = rehearsal.faults("sukamara", hang_at_percent=20, hang_announced=False, **faults)
    with hanging, pytest.raises(ExportTimeLimitError, match=word):
        run_export(link, plan, abandoned=[], progress=Progress(), timing=fifty_times_faster())
    for job in own_jobs(link.session):
        clear_job(link.session, plan.directory, job, Timing())


def test_a_line_lost_at_the_start_is_no_verdict_on_a_job_that_ended_well(link, connect, plan_of):
    """The job was started, ran and left the view before anybody could look: its log decides."""
    plan = plan_of(run=run_of(5, "0000d1"))
    done = export(link, plan)
    link.session.close()
    assert _define_and_start(link, plan, done.scn, Timing()) == (None, Options())


def test_a_line_lost_before_the_start_is_an_error(link, plan_of):
    link.session.close()
    with pytest.raises(ConnectError):
        _define_and_start(link, plan_of(run=run_of(5, "0000d2")), 1, Timing())


def test_a_line_lost_after_the_start_leaves_a_job_to_watch(link, connect, plan_of):
    plan = plan_of(run=run_of(5, "0000d3"))
    with connect() as other:
        started_job(other, plan)
    link.session.close()
    assert _define_and_start(link, plan, 1, Timing()) == (None, Options())
    assert export(link, plan_of(run=run_of(0, "0000d4")), dead=[plan.job]).adopted_run == plan.run_id


def test_a_job_that_cannot_be_asked_is_not_at_work(link, connect, plan_of):
    assert not Job(link.session, 999_999).has_begun()
    assert Job(link.session, 999_999).problems() == ()
    lost = connect()
    lost.close()
    for ask in (Job(lost, 1).has_begun, Job(lost, 1).problems):
        with pytest.raises(ConnectError):
            ask()


def test_a_watched_job_that_oracle_refuses_to_tell_of_is_an_error(link, plan_of):
    watcher = Watcher(
        link,
        "SIAK_X",
        poll_interval_s=1,
        stall_notice_s=9,
        progress=Progress(),
        monotonic=time.monotonic,
        sleep=time.sleep,
    )
    job = Job(link.session, "bukan angka")
    with pytest.raises(StatementError):
        watcher.watch(job, time.monotonic() + 10)
