# SPDX-License-Identifier: GPL-3.0-or-later
"""A job's life: states, sessions that come and go, stopping and going on."""

from __future__ import annotations

import threading
import time

import pytest
from fake_source import BIODATA, resident
from siak_backup.dump.judge import judge_set
from siak_backup.dump.status import Status

from rehearsal.contract import OracleError
from rehearsal.datapump import Faults, JobState, Pace

ROWS = {"SIAK.BIODATA_WNI": 3000, "SIAK.DATA_KELUARGA": 200, "SIAK.LOG_SIAK": 0}
HANGING = Faults(hang_at_percent=0, hang_announced=False)


def refused(code):
    return pytest.raises(OracleError, match=f"ORA-{code:05d}")


def until(happened, limit_s=10.0):
    end = time.monotonic() + limit_s
    while not happened():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.005)


@pytest.fixture
def hanging(start, connect):
    """A client whose jobs begin and then do nothing."""
    return connect(start(HANGING))


def begin(client, **more):
    handle = client.define(**more)
    client.pump.start_job(client.caller, handle)
    return handle


def test_a_job_being_defined_goes_with_its_last_handle(client, connect):
    handle = client.define()
    other = connect(client.pump)
    second = client.pump.attach(other.caller, "MALAM")
    assert second != handle
    client.pump.detach(client.caller, handle)
    assert [row.attached_sessions for row in client.pump.jobs()] == [1]
    client.pump.detach(other.caller, second)
    assert client.pump.jobs() == ()
    with refused(31626):
        client.pump.attach(client.caller, "MALAM")


def test_a_job_being_defined_goes_with_its_session(client):
    client.define()
    client.pump.session_ended(client.caller.session_id)
    assert client.pump.jobs() == ()


def test_a_running_job_goes_on_without_its_session(start, connect, source):
    source.contents[BIODATA] = [resident(number) for number in range(20_000)]
    client = connect(start(pace=Pace(bytes_per_s=4_000_000)))
    begin(client)
    client.pump.session_ended(client.caller.session_id)
    (row,) = client.pump.jobs()
    assert (row.state, row.attached_sessions) == (JobState.EXECUTING, 0)
    later = connect(client.pump)
    handle = later.pump.attach(later.caller, "MALAM", "SIAK")
    assert later.wait(handle) is JobState.COMPLETED
    assert "successfully completed" in later.wip[-1].log_text


def test_attach_finds_the_only_job_by_itself(hanging, connect):
    begin(hanging)
    other = connect(hanging.pump)
    hanging.pump.attach(other.caller)
    assert hanging.pump.jobs()[0].attached_sessions == 2


def test_attaching_to_anothers_job_needs_the_role(hanging, connect):
    begin(hanging)
    stranger, system = connect(hanging.pump, "ARSIP"), connect(hanging.pump, "SYSTEM")
    with refused(31631):
        stranger.pump.attach(stranger.caller, "MALAM", "SIAK")
    with refused(31626):
        stranger.pump.attach(stranger.caller, "MALAM")
    assert system.poll(system.pump.attach(system.caller, "MALAM", "SIAK")) is JobState.EXECUTING


def test_each_session_is_told_everything_from_its_attach_on(client, connect, start, source, folder):
    handle = client.define()
    client.pump.log_entry(client.caller, handle, message="before")
    other = connect(client.pump)
    second = client.pump.attach(other.caller, "MALAM")
    client.pump.start_job(client.caller, handle)
    assert client.wait(handle) is JobState.COMPLETED
    assert other.wait(second) is JobState.COMPLETED
    log = (folder / "malam.log").read_text().splitlines()
    assert [line.log_text for line in client.wip] == log
    assert [line.log_text for line in other.wip] == log[1:]


def test_a_started_job_is_not_defined_any_more(hanging):
    handle = begin(hanging)
    calls = hanging.pump
    with refused(39004):
        calls.start_job(hanging.caller, handle)
    with refused(39004):
        calls.set_parameter(hanging.caller, handle, name="METRICS", value=1)
    with refused(39004):
        calls.metadata_filter(hanging.caller, handle, name="SCHEMA_LIST", value="'SIAK'")
    with refused(39004):
        calls.data_filter(hanging.caller, handle, name="INCLUDE_ROWS", value=0)
    with refused(39004):
        calls.add_file(hanging.caller, handle, filename="x.log", directory="DUMPS", filetype=3)
    calls.add_file(hanging.caller, handle, filename="x.dmp", directory="DUMPS")
    calls.set_parallel(hanging.caller, handle, degree=2)


@pytest.mark.parametrize("call", ["stop_job", "wait_for_job"])
def test_a_job_being_defined_cannot_be_stopped_or_waited_for(client, call):
    handle = client.define()
    with refused(39004):
        getattr(client.pump, call)(client.caller, handle)
    assert client.why(handle) == [39004]


def test_wait_for_job_detaches(client):
    handle = begin(client)
    assert client.pump.wait_for_job(client.caller, handle) is JobState.COMPLETED
    with refused(31623):
        client.pump.detach(client.caller, handle)


def test_status_with_a_timeout_waits_for_news_and_no_longer(hanging, folder):
    handle = begin(hanging)
    until((folder / "malam.dmp").exists)
    hanging.poll(handle)
    began = time.monotonic()
    assert hanging.poll(handle, timeout=1) is JobState.EXECUTING
    assert 0.9 < time.monotonic() - began < 5
    began = time.monotonic()
    threading.Timer(0.1, hanging.pump.log_entry, (hanging.caller, handle), {"message": "news"}).start()
    assert hanging.poll(handle, timeout=20) is JobState.EXECUTING
    assert hanging.wip[-1].log_text == "news"
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("wait", ["get_status", "wait_for_job"])
def test_a_wait_for_ever_can_be_cancelled(hanging, folder, wait):
    handle = begin(hanging)
    until((folder / "malam.dmp").exists)
    hanging.poll(handle)
    threading.Timer(0.1, hanging.caller.cancelled.set).start()
    arguments = {"mask": 13, "timeout": -1} if wait == "get_status" else {}
    with refused(1013):
        getattr(hanging.pump, wait)(hanging.caller, handle, **arguments)


def test_an_immediate_stop_without_master_table_leaves_nothing(hanging, folder):
    handle = begin(hanging)
    until((folder / "malam.dmp").exists)
    hanging.pump.stop_job(hanging.caller, handle, immediate=1, keep_master=0, delay=0)
    assert hanging.pump.jobs() == ()
    assert sorted(path.name for path in folder.iterdir()) == ["malam.log"]
    assert "stopped by user request at" in (folder / "malam.log").read_text().splitlines()[-1]
    with refused(31623):
        hanging.poll(handle)


def test_a_stop_without_delay_takes_all_handles(hanging, connect):
    handle = begin(hanging)
    other = connect(hanging.pump)
    second = hanging.pump.attach(other.caller, "MALAM")
    hanging.pump.stop_job(hanging.caller, handle, immediate=1, keep_master=0, delay=0)
    with refused(31623):
        other.poll(second)


def test_a_stop_with_delay_tells_the_others(hanging, connect):
    handle = begin(hanging)
    other = connect(hanging.pump)
    second = hanging.pump.attach(other.caller, "MALAM")
    hanging.pump.stop_job(hanging.caller, handle, immediate=1, keep_master=0)
    assert other.poll(second) is JobState.STOPPED
    assert other.last.job_description.term_reason == 3
    with refused(31623):
        other.poll(second)


def test_an_orderly_stop_lets_the_table_finish(start, connect, source, folder):
    source.contents[BIODATA] = [resident(number) for number in range(8000)]
    client = connect(start(pace=Pace(bytes_per_s=2_000_000)))
    handle = begin(client)
    until(lambda: client.poll(handle) and client.last.job_status.bytes_processed > 0)
    client.pump.stop_job(client.caller, handle)
    assert client.pump.jobs()[0].state is JobState.STOP_PENDING
    until(lambda: client.pump.jobs()[0].state is JobState.NOT_RUNNING)
    log = (folder / "malam.log").read_text()
    assert '. . exported "SIAK"."BIODATA_WNI"' in log
    assert '. . exported "SIAK"."DATA_KELUARGA"' not in log
    assert judge_set([folder / "malam.dmp"]).status is not Status.COMPLETE


@pytest.mark.parametrize("filesize", [None, "100K"])
def test_a_stopped_job_goes_on_where_it_was(start, connect, source, *, filesize):
    source.contents[BIODATA] = [resident(number) for number in range(8000)]
    client = connect(start(pace=Pace(bytes_per_s=2_000_000)))
    handle = begin(client, file="malam%U.dmp", filesize=filesize)
    until(lambda: client.poll(handle) and client.last.job_status.bytes_processed > 100_000)
    client.pump.stop_job(client.caller, handle, immediate=1)
    assert client.pump.jobs()[0].state is JobState.NOT_RUNNING
    handle = client.pump.attach(client.caller, "MALAM")
    assert client.poll(handle) is JobState.IDLING
    assert client.run(handle) is JobState.COMPLETED
    assert client.last.job_status.restart_count == 1
    judgement = judge_set(sorted(source.folder.glob("*.dmp")), expected_rows=ROWS | {"SIAK.BIODATA_WNI": 8000})
    assert judgement.failures == ()


def test_an_idle_job_stops_again_with_its_last_handle(hanging):
    handle = begin(hanging)
    hanging.pump.stop_job(hanging.caller, handle, immediate=1, keep_master=1)
    handle = hanging.pump.attach(hanging.caller, "MALAM")
    assert hanging.pump.jobs()[0].state is JobState.IDLING
    hanging.pump.detach(hanging.caller, handle)
    assert hanging.pump.jobs()[0].state is JobState.NOT_RUNNING
    handle = hanging.pump.attach(hanging.caller, "MALAM")
    hanging.pump.stop_job(hanging.caller, handle, keep_master=0)
    assert hanging.pump.jobs() == ()


def test_files_that_run_out_stop_the_job_until_more_are_added(client, folder):
    handle = begin(client, filesize="100K")
    assert client.wait(handle) is JobState.STOPPED
    assert client.errors[-1].error_number == 39095
    assert client.errors[-1].log_text.startswith("ORA-39095: Dump file space has been exhausted: Unable to allocate")
    assert "stopped due to fatal error" in client.wip[-1].log_text
    handle = client.pump.attach(client.caller, "MALAM")
    client.pump.add_file(client.caller, handle, filename="lanjut%U.dmp", directory="DUMPS", filesize="200K")
    assert client.run(handle) is JobState.COMPLETED
    judgement = judge_set(sorted(folder.glob("*.dmp")), expected_rows=ROWS)
    assert [failure.check for failure in judgement.failures] == ["errors"]


def test_a_file_that_appears_in_between_is_never_overwritten(client, folder):
    handle = client.define()
    (folder / "malam.dmp").write_text("somebody else's")
    assert client.run(handle) is JobState.STOPPED
    assert [line.error_number for line in client.errors] == [31641, 27038]
    assert (folder / "malam.dmp").read_text() == "somebody else's"


def test_shutdown_leaves_things_as_they_are(hanging, start, connect, folder):
    begin(hanging)
    until((folder / "malam.dmp").exists)
    hanging.pump.shutdown()
    assert hanging.pump.master_tables() == (("SIAK", "MALAM"),)
    assert "Job" not in (folder / "malam.log").read_text().splitlines()[-1]
    reborn = connect(start(orphans=hanging.pump.master_tables()))
    assert [row.state for row in reborn.pump.jobs()] == [JobState.NOT_RUNNING]


def test_the_same_night_twice_at_once_gives_two_jobs(client, connect, folder):
    other = connect(client.pump)
    first, second = client.define(job_name="A", file="a.dmp"), other.define(job_name="B", file="b.dmp")
    client.pump.start_job(client.caller, first)
    other.pump.start_job(other.caller, second)
    assert (client.wait(first), other.wait(second)) == (JobState.COMPLETED, JobState.COMPLETED)
    assert {judge_set([folder / name]).status for name in ("a.dmp", "b.dmp")} == {Status.COMPLETE}
