# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of a job's beginning, of its life and of what it leaves, each as the specification has it."""

from __future__ import annotations

import time

import pytest
from siak_backup.dump.judge import judge_set
from siak_backup.dump.status import Status

from rehearsal.contract import OracleError
from rehearsal.datapump import Faults, JobState, Pace
from rehearsal.datapump.faults import OpenError


@pytest.fixture
def make(start, connect):
    """Give a client of a pump with faults."""
    return lambda pace=None, **faults: connect(start(Faults(**faults), pace))


def define(client):
    return client.define(file="malam%U.dmp", filesize="200K")


def judge(folder):
    return judge_set(sorted(folder.glob("*.dmp")), folder / "malam.log").status


@pytest.mark.parametrize(
    ("faults", "codes"),
    [
        ({"open_error": OpenError.STREAMS_POOL}, ("ORA-31623",)),
        ({"open_error": OpenError.NO_MASTER_PROCESS}, ("ORA-31626", "ORA-31637")),
        ({"master_in_the_way": True}, ("ORA-31626", "ORA-31633", "ORA-00955")),
    ],
)
def test_a_job_that_cannot_be_opened(make, faults, codes):
    client = make(**faults)
    with pytest.raises(OracleError) as refused:
        define(client)
    assert all(code in str(refused.value) for code in codes)
    assert client.pump.jobs() == ()


@pytest.mark.parametrize(
    ("fault", "code"), [("unknown_parameter", 39001), ("inconsistent_parameter", 39005), ("unlicensed_parameter", 439)]
)
def test_a_parameter_that_the_server_lacks(make, fault, code):
    client = make(**{fault: "METRICS"})
    handle = define(client)
    with pytest.raises(OracleError) as refused:
        client.pump.set_parameter(client.caller, handle, name="metrics", value=1)
    assert refused.value.code == code
    client.pump.set_parameter(client.caller, handle, name="LOGTIME", value="ALL")


def test_signatures_of_10g(make):
    client = make(old_signatures=True)
    handle = define(client)
    with pytest.raises(OracleError, match="PLS-00306"):
        client.pump.add_file(client.caller, handle, filename="b.dmp", directory="DUMPS", reusefile=0)
    with pytest.raises(OracleError, match="PLS-00306"):
        client.pump.start_job(client.caller, handle, cluster_ok=0)
    assert client.run(handle) is JobState.COMPLETED


def test_a_start_that_is_refused_tells_why_by_get_status_alone(make):
    client = make(start_refused=True)
    handle = define(client)
    with pytest.raises(OracleError) as refused:
        client.pump.start_job(client.caller, handle)
    assert str(refused.value) == "ORA-39006: internal error"
    assert client.why(handle) == [39006, 39065]
    assert client.poll(handle) is JobState.DEFINING


def test_a_start_that_is_unheard_takes_place(make):
    client = make(start_unheard=True)
    handle = define(client)
    with pytest.raises(OracleError, match="ORA-31650"):
        client.pump.start_job(client.caller, handle)
    assert client.wait(handle) is JobState.COMPLETED


@pytest.mark.parametrize(
    ("fault", "codes"), [("lob_too_old", [31693, 2354, 1555, 22924]), ("corrupt_table", [31693, 2354, 1578])]
)
def test_a_table_that_is_skipped(make, fault, codes):
    client = make(**{fault: "SIAK.BIODATA_WNI"})
    assert client.run(define(client)) is JobState.COMPLETED
    assert [line.error_number for line in client.errors] == codes
    assert client.last.job_status.error_count == 1


@pytest.mark.parametrize(
    ("fault", "codes"),
    [
        ("workers_gone_at_percent", [39014, 39029]),
        ("shutdown_at_percent", [39097, 39065, 1089]),
        ("space_exhausted_at_percent", [39095]),
    ],
)
def test_a_job_that_dies_says_of_what(make, folder, fault, codes):
    client = make(**{fault: 50})
    assert client.run(define(client)) is JobState.STOPPED
    assert [line.error_number for line in client.errors] == codes
    assert judge(folder) is not Status.COMPLETE


def test_a_master_table_that_cannot_be_written(make, folder):
    client = make(master_unload_fails=True)
    assert client.run(define(client)) is JobState.STOPPED
    assert client.errors[0].error_number == 31694
    assert judge(folder) is not Status.COMPLETE


def test_a_job_that_a_dba_stops_keeps_its_master_table(make, folder):
    client = make(stopped_at_percent=50)
    assert client.run(define(client)) is JobState.STOPPED
    assert "stopped by user request" in (folder / "malam.log").read_text()
    assert [row.state for row in client.pump.jobs()] == [JobState.NOT_RUNNING]


def test_a_job_that_vanishes_says_nothing(make, folder):
    client = make(vanish_at_percent=50)
    with pytest.raises(OracleError, match="ORA-31626"):
        client.run(define(client))
    assert '"MALAM"' not in (folder / "malam.log").read_text().splitlines()[-1]
    assert [row.state for row in client.pump.jobs()] == [JobState.NOT_RUNNING]


def test_an_end_that_is_never_told(make, folder):
    client = make(end_unseen=True)
    with pytest.raises(OracleError, match="ORA-31623"):
        client.run(define(client))
    assert judge(folder) is Status.COMPLETE


def test_a_stop_that_is_refused_and_one_that_takes_its_time(make):
    client = make(hang_at_percent=10, stop_refused=True, stop_takes_s=0.3)
    handle = define(client)
    client.pump.start_job(client.caller, handle)
    with pytest.raises(OracleError, match="ORA-39004"):
        client.pump.stop_job(client.caller, handle, immediate=1, keep_master=0)
    client.pump.arm(Faults())
    began = time.monotonic()
    client.pump.stop_job(client.caller, handle, immediate=1, keep_master=0)
    assert client.pump.at_work() == (("MALAM",), 1)
    while client.pump.at_work()[0]:
        time.sleep(0.01)
    assert time.monotonic() - began >= 0.3


def test_what_a_hanging_job_waits_for_is_told(make):
    client = make(hang_at_percent=10)
    handle = define(client)
    client.pump.start_job(client.caller, handle)
    deadline = time.monotonic() + 10
    while not client.pump.suspended() and time.monotonic() < deadline:
        time.sleep(0.01)
    ((job, waits_for),) = client.pump.suspended()
    assert (job, waits_for.code) == ("MALAM", 1653)
    client.pump.stop_job(client.caller, handle, immediate=1, keep_master=0)
    assert client.pump.suspended() == ()


def test_ghosts_in_the_view(make):
    client = make(orphan_master="SIAK_LAMA", recycled_master=True)
    orphan, recycled = client.pump.jobs()
    assert (orphan.job_name, orphan.state, orphan.operation) == ("SIAK_LAMA", "NOT RUNNING", "EXPORT".ljust(30))
    assert recycled.job_name.startswith("BIN$")


def test_files_that_grow_in_steps_are_whole_in_the_end(make, folder):
    client = make(Pace(bytes_per_s=100_000), extend_bytes=1 << 20)
    handle = client.define(file="malam%U.dmp")
    client.pump.start_job(client.caller, handle)
    sizes = set()
    while client.poll(handle) is JobState.EXECUTING:
        sizes |= {path.stat().st_size for path in folder.glob("*.dmp")}
        time.sleep(0.002)
    client.wait(handle)
    assert 1 << 20 in sizes
    assert judge(folder) is Status.COMPLETE


def test_files_that_are_spoilt_otherwise(make, folder):
    client = make(padded_piece=1)
    client.run(define(client))
    assert judge(folder) is not Status.COMPLETE


@pytest.mark.parametrize("fault", ["log_miscounts", "log_missing"])
def test_logs_that_are_spoilt_otherwise(make, folder, fault):
    client = make(**{fault: True})
    client.run(define(client))
    assert (folder / "malam.log").exists() is (fault == "log_miscounts")
    if fault == "log_miscounts":
        assert judge(folder) is not Status.COMPLETE
