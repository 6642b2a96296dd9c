# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on order: each must look as the real one does."""

from __future__ import annotations

import time

import pytest
from siak_backup.dump.judge import judge_set
from siak_backup.dump.status import Status

from rehearsal.contract import OracleError
from rehearsal.datapump import Faults, JobState, Pace


@pytest.fixture
def run(start, connect):
    """Run a job with faults to its end, in pieces; return the client."""

    def with_faults(**faults):
        client = connect(start(Faults(**faults)))
        client.state = client.run(client.define(file="malam%U.dmp", filesize="200K"))
        return client

    return with_faults


def judge(folder):
    return judge_set(sorted(folder.glob("*.dmp")), folder / "malam.log")


def test_no_fault_no_failure(run, folder):
    assert run().state is JobState.COMPLETED
    assert judge(folder).status is Status.COMPLETE


def test_undo_that_is_gone(run, folder):
    client = run(snapshot_too_old="SIAK.BIODATA_WNI")
    assert client.state is JobState.COMPLETED
    assert client.last.job_status.error_count == 1
    assert client.last.job_description.term_reason == 2
    assert [line.error_number for line in client.errors] == [31693, 2354, 1555]
    log = (folder / "malam.log").read_text().splitlines()
    assert log[-1].startswith('Job "SIAK"."MALAM" completed with 1 error(s) at')
    assert any(line.startswith("ORA-01555: snapshot too old") for line in log)
    assert not any('exported "SIAK"."BIODATA_WNI"' in line for line in log)
    assert judge(folder).status is not Status.COMPLETE


def test_a_worker_that_dies(run, folder):
    client = run(fatal_at_percent=50)
    assert client.state is JobState.STOPPED
    assert client.last.job_description.term_reason == 4
    assert client.errors[0].log_text.startswith(
        "ORA-39126: Worker unexpected fatal error in KUPW$WORKER.UNLOAD_DATA [TABLE"
    )
    assert "stopped due to fatal error at" in (folder / "malam.log").read_text().splitlines()[-1]
    assert [row.state for row in client.pump.jobs()] == [JobState.NOT_RUNNING]
    assert judge(folder).status is not Status.COMPLETE


@pytest.mark.parametrize("announced", [True, False])
def test_a_job_that_hangs(start, connect, announced):
    client = connect(start(Faults(hang_at_percent=40, hang_announced=announced)))
    handle = client.define(file="malam%U.dmp", filesize="100K")
    client.pump.start_job(client.caller, handle)
    seen = []
    for _ in range(200):
        client.poll(handle)
        seen.append(client.last.job_status.percent_done)
        if seen[-1] >= 40 and client.last.wip is None:
            break
        time.sleep(0.01)
    assert client.poll(handle, timeout=1) is JobState.EXECUTING
    assert client.last.job_status.percent_done == seen[-1] < 100
    assert [line.error_number for line in client.wip if line.error_number] == ([39171, 1653] if announced else [])
    assert client.errors == []
    client.pump.stop_job(client.caller, handle, immediate=1, keep_master=0, delay=0)
    assert client.pump.jobs() == ()


def test_a_full_disk(run, folder):
    client = run(disk_full_at_bytes=150_000)
    assert client.state is JobState.STOPPED
    assert [line.error_number for line in client.errors] == [39126, 19502, 27072, 27072]
    assert client.errors[-1].log_text == "Linux-x86_64 Error: 28: No space left on device"
    assert sum(path.stat().st_size for path in folder.glob("*.dmp")) < 160_000
    with pytest.raises(OracleError, match="ORA-31626"):
        client.pump.attach(client.caller, "MALAM")


@pytest.mark.parametrize(
    ("faults", "status"),
    [
        ({"truncate_piece": 1}, Status.TRUNCATED),
        ({"truncate_piece": 3, "truncate_bytes": 1}, Status.TRUNCATED),
        ({"zero_byte_piece": 2}, None),
        ({"missing_piece": 1}, Status.TRUNCATED),
        ({"foreign_piece": 2}, Status.STALE),
        ({"damaged_piece": 2}, Status.DAMAGED),
        ({"encrypted_piece": 1}, Status.UNKNOWN),
        ({"log_zeroed": True}, Status.DAMAGED),
    ],
)
def test_files_spoilt_after_a_good_end(run, folder, faults, status):
    client = run(**faults)
    assert client.state is JobState.COMPLETED
    assert client.last.job_status.error_count == 0
    assert "successfully completed" in client.wip[-1].log_text
    judgement = judge(folder)
    assert judgement.status is not Status.COMPLETE
    assert status in {judgement.status, None}


def test_start_with_something_to_tell(start, connect):
    client = connect(start(Faults(info_on_start=True)))
    handle = client.define()
    with pytest.raises(OracleError, match="ORA-31627"):
        client.pump.start_job(client.caller, handle)
    client.poll(handle)
    assert [line.error_number for line in client.errors] == [31627, 28002]
    assert client.wait(handle) is JobState.COMPLETED


def test_slow_answers(start, connect):
    client = connect(start(Faults(slow_status_s=0.3)))
    handle = client.define()
    began = time.monotonic()
    client.poll(handle)
    assert time.monotonic() - began >= 0.3
    client.caller.cancelled.set()
    with pytest.raises(OracleError, match="ORA-01013"):
        client.poll(handle)


def test_a_log_in_another_language(run, folder):
    client = run(log_language="SIMPLIFIED CHINESE", log_crlf=True)
    assert client.state is JobState.COMPLETED
    content = (folder / "malam.log").read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") > 10
    last = content.decode().splitlines()[-1]
    assert last.startswith('作业 "SIAK"."MALAM" 已于 星期')
    assert last.endswith("成功完成")


def test_a_log_cut_in_the_middle(run, folder):
    client = run(log_cut=True)
    assert client.state is JobState.COMPLETED
    assert "successfully completed" not in (folder / "malam.log").read_text()
    assert judge(folder).status is not Status.COMPLETE


def test_faults_armed_later_are_for_later_jobs(start, connect):
    client = connect(start())
    first = client.define(job_name="A", file="a.dmp")
    client.pump.arm(Faults(fatal_at_percent=0))
    second = client.define(job_name="B", file="b.dmp")
    assert client.run(first) is JobState.COMPLETED
    assert client.run(second) is JobState.STOPPED


def test_the_pace_is_kept(start, connect, folder):
    client = connect(start(pace=Pace(bytes_per_s=1_000_000)))
    began = time.monotonic()
    assert client.run(client.define()) is JobState.COMPLETED
    took = time.monotonic() - began
    assert took >= 0.9 * (folder / "malam.dmp").stat().st_size / 1_000_000
    assert took < 5
