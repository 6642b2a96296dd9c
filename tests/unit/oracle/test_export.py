# SPDX-License-Identifier: GPL-3.0-or-later
"""Data Pump exports by the real driver against the rehearsal server, well and broken."""

from __future__ import annotations

import time

import pytest
from exporting import Progress, export, started_job, wait_gone
from siak_backup.errors import ConfigError, ExportError, ExportTimeLimitError, JobBusyError, RunLockError
from siak_backup.oracle.datapump.job import Job, own_jobs, state_of
from siak_backup.oracle.datapump.watch import UNSEEN, Watcher


def test_an_export_is_proven_and_its_pieces_lie_on_the_server(link, plan_of, database):
    plan, progress = plan_of(), Progress()
    result = export(link, plan, progress=progress).as_dict()
    assert (result["state"], result["error_count"], result["job"]) == ("COMPLETED", 0, plan.job)
    assert result["scn"] > 0
    assert result["table_count"] >= 2
    assert result["row_count"] >= 60
    for piece in result["pieces"]:
        assert (database.directory_path / piece["name"]).stat().st_size == piece["size_bytes"] > 0
    assert (database.directory_path / result["log"]).exists()
    assert progress.told[-1][3] == 100
    assert own_jobs(link.session) == []


def test_small_pieces_are_numbered(link, plan_of):
    result = export(link, plan_of(piece_size="40K"))
    names = [name for name, _ in result.pieces]
    assert len(names) > 1
    assert names == [f"{result.plan.job}_{number:02d}.dmp" for number in range(1, len(names) + 1)]
    assert all(size_bytes <= 40 * 1024 for _, size_bytes in result.pieces[:-1])


def test_chosen_tables_only(link, plan_of):
    result = export(link, plan_of(mode="table", tables=["SIAKOFF.BIODATA_WNI"]))
    assert {(table.schema, table.name) for table in result.log.tables} == {("SIAKOFF", "BIODATA_WNI")}


def test_a_second_export_beside_the_first_is_refused(rehearsal, link, connect, plan_of, database):
    with rehearsal.faults(database.service, hang_at_percent=10, hang_announced=False), connect() as other:
        job = started_job(other, plan_of())
        try:
            with pytest.raises(JobBusyError, match="SIAK_"):
                export(link, plan_of())
        finally:
            job.stop()


def test_the_job_of_a_dead_run_is_stopped_and_its_files_removed(rehearsal, link, connect, plan_of, database):
    dead = plan_of()
    with rehearsal.faults(database.service, hang_at_percent=10, hang_announced=False), connect() as other:
        started_job(other, dead)
    assert [job.name for job in own_jobs(link.session)] == [dead.job]
    result = export(link, plan_of(), dead=[dead.job])
    (cleared,) = result.as_dict()["cleared_jobs"]
    assert cleared == {"job": dead.job, "state": "EXECUTING", "left_files": []}
    assert not [name for name in database.files() if name.startswith(dead.job)]


def test_a_run_that_has_died_starts_no_job_behind_the_next_ones_back(link, connect, plan_of, database):
    plan = plan_of()

    def demand_alive() -> None:
        raise RunLockError("run ini sudah mati")

    with pytest.raises(RunLockError):
        export(link, plan, demand_alive=demand_alive)
    with connect() as session:
        assert wait_gone(session, plan.job)
        assert state_of(session, plan.job) == ""
    assert not any(name.endswith(".dmp") and plan.job in name for name in database.files())


def test_files_of_a_dead_run_that_had_exported_are_left_alone(link, plan_of, database):
    done = export(link, plan_of())
    before = {name for name in database.files() if name.startswith(done.plan.job)}
    assert export(link, plan_of(), dead=[done.plan.job]).cleared_jobs == ()
    assert before <= database.files()


def test_only_jobs_of_ours_are_cleared(link, plan_of):
    with pytest.raises(ConfigError, match="SYS_EXPORT"):
        export(link, plan_of(), dead=["SYS_EXPORT_SCHEMA_01"])


def test_the_time_limit_stops_the_job_and_leaves_no_piece(rehearsal, link, plan_of, database):
    plan = plan_of(time_limit_s=2)
    hanging = rehearsal.faults(database.service, hang_at_percent=50)
    with hanging, pytest.raises(ExportTimeLimitError, match="ORA-39171") as refused:
        export(link, plan)
    assert "tidak dapat dihapus" not in str(refused.value)
    assert own_jobs(link.session) == []
    assert not [name for name in database.files() if name.startswith(plan.job)]


@pytest.mark.parametrize(
    ("faults", "word"),
    [
        ({"snapshot_too_old": "SIAKOFF.BIODATA_WNI"}, "ORA-01555"),
        ({"fatal_at_percent": 50}, "ORA-39126"),
        ({"disk_full_at_bytes": 20000}, "ORA-"),
        ({"log_cut": True}, "log"),
    ],
    ids=["snapshot", "fatal", "disk-full", "log-cut"],
)
def test_what_is_not_proven_fails_and_says_why(rehearsal, link, plan_of, faults, word):
    with rehearsal.faults("sukamara", **faults), pytest.raises(ExportError, match=word):
        export(link, plan_of())


def test_a_missing_piece_is_noticed(rehearsal, link, plan_of, database):
    with rehearsal.faults(database.service, missing_piece=2), pytest.raises(ExportError, match=r"_02\.dmp"):
        export(link, plan_of(piece_size="40K"))


@pytest.mark.parametrize(
    "faults",
    [{"info_on_start": True}, {"slow_status_s": 0.3}, {"log_crlf": True}],
    ids=lambda faults: next(iter(faults)),
)
def test_what_is_only_odd_succeeds(rehearsal, link, plan_of, database, faults):
    with rehearsal.faults(database.service, **faults):
        assert export(link, plan_of()).state in ("COMPLETED", "UNSEEN")


def test_the_end_of_a_job_may_be_missed(link, connect, plan_of):
    plan = plan_of()
    with connect() as other:
        started_job(other, plan).detach()
        assert wait_gone(other, plan.job)
    watcher = Watcher(
        link,
        plan.job,
        poll_interval_s=1,
        stall_notice_s=300,
        progress=Progress(),
        monotonic=time.monotonic,
        sleep=time.sleep,
    )
    job, ending = watcher.watch(None, time.monotonic() + 20)
    assert (job, ending.state, ending.error_count) == (None, UNSEEN, None)


def test_an_existing_dump_is_never_overwritten(link, plan_of, database):
    plan = plan_of()
    path = database.directory_path / plan.dump_template.replace("%U", "01")
    path.write_bytes(b"kemarin")
    with pytest.raises(ExportError, match="ORA-27038"):
        export(link, plan)
    assert path.read_bytes() == b"kemarin"


def test_an_unknown_directory_is_refused_with_its_codes(link, plan_of):
    with pytest.raises(Exception, match=r"SIAK-2\d\d .*ORA-39087"):
        export(link, plan_of(directory="NO_SUCH_DIR"))


def test_a_job_that_somebody_stops_is_no_success(rehearsal, link, connect, plan_of, database):
    plan = plan_of()

    class Stopping(Progress):
        """The DBA stops the job as soon as it is seen at work."""

        def __call__(self, phase, done_bytes=0, total_bytes=None, percent=None):
            super().__call__(phase, done_bytes, total_bytes, percent)
            if phase == "ekspor" and len(self.phases) == 2:
                with connect() as dba:
                    job = Job.attach(dba, plan.job)
                    if job is not None:
                        job.stop()

    with rehearsal.faults(database.service, hang_at_percent=30, hang_announced=False), pytest.raises(ExportError):
        export(link, plan, progress=Stopping())
    assert wait_gone(link.session, plan.job)
