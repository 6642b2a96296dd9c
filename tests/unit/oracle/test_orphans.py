# SPDX-License-Identifier: GPL-3.0-or-later
"""Master tables that dead jobs of ours left, and how they go."""

from __future__ import annotations

import pytest
from exporting import settings_of, started_job, wait_gone
from rehearsal_server import rehearsal_server
from siak_backup.errors import ConnectError
from siak_backup.oracle.datapump.abandoned import DroppedOrphan, drop_orphans
from siak_backup.oracle.datapump.job import own_jobs
from siak_backup.oracle.session import open_session

OLD = "SIAK_20250101T093000Z_0000AA"


def test_they_go_one_by_one_and_what_is_in_use_stays(rehearsal, session):
    others = {job.name for job in own_jobs(session)}

    def left():
        return [job.name for job in own_jobs(session) if job.name not in others]

    with rehearsal.faults("sukamara", orphan_master=OLD):
        assert left() == [OLD]
        with rehearsal.faults("sukamara", orphan_master=OLD, master_in_use=True):
            (kept,) = drop_orphans(session, [OLD])
            assert "ORA-00054" in kept.left_because
            assert left() == [OLD]
    with rehearsal.faults("sukamara", orphan_master=OLD):
        gone = drop_orphans(session, [OLD, "SIAK_20250102T093000Z_0000BB"])
        assert left() == []
    assert gone == (DroppedOrphan(OLD), DroppedOrphan("SIAK_20250102T093000Z_0000BB", "sudah tidak ada"))


def test_a_job_that_came_to_life_in_the_meantime_is_left_alone(tmp_path, plan_of):
    with rehearsal_server(tmp_path / "state", "--export-rate=20000", sukamara=60) as server:
        database = server["sukamara"]
        plan = plan_of(directory=database.directory)
        with open_session(settings_of(database)) as session:
            job = started_job(session, plan)
            (kept,) = drop_orphans(session, [plan.job])
            assert kept == DroppedOrphan(plan.job, "jobnya EXECUTING")
            job.stop()
            assert wait_gone(session, plan.job)


def test_a_crashed_servers_master_table_goes_for_good(tmp_path, plan_of):
    """One that a real job left, not a posed one."""
    with rehearsal_server(tmp_path / "state", "--export-rate=20000", sukamara=60) as server:
        database = server["sukamara"]
        with open_session(settings_of(database)) as session, server.faults("sukamara", vanish_at_percent=10):
            plan = plan_of(directory=database.directory)
            started_job(session, plan)
            assert wait_gone(session, plan.job)
            assert [job.name for job in own_jobs(session)] == [plan.job]
            files = sorted(path.name for path in database.directory_path.iterdir())
            assert drop_orphans(session, [plan.job]) == (DroppedOrphan(plan.job),)
            assert own_jobs(session) == []
            assert sorted(path.name for path in database.directory_path.iterdir()) == files != []


def test_over_a_lost_line_nothing_is_said_of_it(connect):
    lost = connect()
    lost.close()
    with pytest.raises(ConnectError):
        drop_orphans(lost, [OLD])
