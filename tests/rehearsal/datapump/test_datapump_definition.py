# SPDX-License-Identifier: GPL-3.0-or-later
"""Defining a job: what is refused, with which error, and where its reason is told."""

from __future__ import annotations

import dataclasses

import pytest
from fake_source import FACTS

from rehearsal.contract import OracleError
from rehearsal.datapump import JobState


def refused(code):
    return pytest.raises(OracleError, match=f"ORA-{code:05d}")


@pytest.fixture
def handle(client):
    return client.pump.open(client.caller, operation="EXPORT", job_mode="SCHEMA", job_name="MALAM")


@pytest.mark.parametrize(
    "arguments",
    [
        {"operation": "IMPORT"},
        {"operation": None},
        {"job_mode": "TABLESPACE"},
        {"remote_link": "PUSAT"},
        {"version": "99"},
        {"version": "twelve"},
        {"job_name": ""},
        {"job_name": "X" * 129},
    ],
)
def test_open_refuses(client, arguments):
    with refused(39001):
        client.pump.open(client.caller, **{"operation": "EXPORT", "job_mode": "SCHEMA"} | arguments)
    assert client.pump.jobs() == ()


def test_old_releases_have_short_names(start, connect, source):
    source.facts_ = dataclasses.replace(FACTS, version=(11, 2, 0, 4, 0))
    client = connect(start())
    with refused(39001):
        client.pump.open(client.caller, operation="EXPORT", job_mode="SCHEMA", job_name="X" * 31)


def test_full_needs_the_role(client):
    with refused(31631):
        client.pump.open(client.caller, operation="EXPORT", job_mode="FULL")


def test_a_job_that_is_alive_keeps_its_name(client, handle):
    with refused(31634):
        client.pump.open(client.caller, operation="EXPORT", job_mode="SCHEMA", job_name="MALAM")


def test_a_job_of_another_user_does_not(client, connect, handle):
    other = connect(client.pump, "ARSIP")
    assert other.pump.open(other.caller, operation="EXPORT", job_mode="SCHEMA", job_name="MALAM") != handle


def test_a_table_in_the_way_of_the_master_table(client):
    with pytest.raises(OracleError) as caught:
        client.pump.open(client.caller, operation="EXPORT", job_mode="SCHEMA", job_name="BIODATA_WNI")
    assert str(caught.value).splitlines() == [
        "ORA-31626: job does not exist",
        'ORA-31633: unable to create master table "SIAK.BIODATA_WNI"',
        "ORA-00955: name is already used by an existing object",
    ]


def test_a_user_without_quota(client, source):
    source.refuse_create_table = OracleError(1950, "no privileges on tablespace 'USERS'")
    with pytest.raises(OracleError, match=r"(?s)ORA-31626.*ORA-31633.*ORA-01950"):
        client.pump.open(client.caller, operation="EXPORT", job_mode="SCHEMA")


def test_an_orphan_keeps_its_name_until_dropped(start, connect):
    client = connect(start(orphans=[("SIAK", "MALAM"), ("SIAK", "SYS_EXPORT_SCHEMA_01")]))
    assert [(row.job_name, row.state) for row in client.pump.jobs()] == [
        ("MALAM", "NOT RUNNING"),
        ("SYS_EXPORT_SCHEMA_01", "NOT RUNNING"),
    ]
    with pytest.raises(OracleError, match=r"(?s)ORA-31626.*ORA-31633"):
        client.pump.open(client.caller, operation="EXPORT", job_mode="SCHEMA", job_name="MALAM")
    with refused(31626):
        client.pump.attach(client.caller, "MALAM")
    client.pump.open(client.caller, operation="EXPORT", job_mode="SCHEMA")
    assert ("SIAK", "SYS_EXPORT_SCHEMA_02") in client.pump.master_tables()
    assert client.pump.drop_master_table("SIAK", "MALAM")
    client.pump.open(client.caller, operation="EXPORT", job_mode="SCHEMA", job_name="MALAM")


def test_the_master_table_of_a_living_job_is_busy(client, handle):
    with refused(54):
        client.pump.drop_master_table("SIAK", "MALAM")


@pytest.mark.parametrize(
    ("arguments", "story"),
    [
        ({"filename": "../x.dmp"}, [39001, 39088]),
        ({"filename": "C:\\x.dmp"}, [39001, 39088]),
        ({"filename": None}, [39001]),
        ({"directory": None}, [39001, 39000, 39145]),
        ({"directory": "HANTU"}, [39001, 39000, 39087]),
        ({"filename": "ada.dmp"}, [39001, 39000, 31641, 27038]),
        ({"filename": "ada%U.dmp"}, [39001, 39000, 31641, 27038]),
        ({"filename": "x%Q.dmp"}, [39001, 39000, 39124]),
        ({"filename": "x%"}, [39001, 39000, 39124]),
        ({"filename": "dua.dmp"}, [39001, 39000, 39141]),
        ({"filename": "log.log"}, [39001, 39402]),
        ({"filesize": "39K"}, [39001]),
        ({"filesize": "17T"}, [39001]),
        ({"filesize": "besar"}, [39001]),
        ({"filetype": 4}, [39001]),
        ({"filetype": 3, "directory": "HANTU"}, [39002, 39070, 39087]),
        ({"filetype": 3, "directory": None}, [39002, 39070, 39145]),
        ({"filetype": 3, "filename": "dua.dmp"}, [39002, 39402]),
        ({"filetype": 3, "filename": "ada.dmp", "reusefile": 0}, [39002, 39070, 27038]),
        ({"filetype": 3, "filename": "folder"}, [39002, 39070, 29283]),
    ],
)
def test_add_file_refuses_and_tells_why_by_get_status_only(client, handle, folder, arguments, story):
    for name in ("ada.dmp", "ada01.dmp"):
        (folder / name).write_text("yesterday")
    (folder / "folder").mkdir()
    client.pump.add_file(client.caller, handle, filename="dua.dmp", directory="DUMPS")
    client.pump.add_file(client.caller, handle, filename="log.log", directory="DUMPS", filetype=3)
    with pytest.raises(OracleError) as caught:
        client.pump.add_file(client.caller, handle, **{"filename": "x.dmp", "directory": "DUMPS"} | arguments)
    assert caught.value.code == story[0]
    assert len(str(caught.value).splitlines()) == 1
    assert client.why(handle) == story
    assert client.why(handle) == []
    assert (folder / "ada.dmp").read_text() == "yesterday"


def test_reusefile_replaces_an_old_dump(client, handle, folder):
    (folder / "ada.dmp").write_text("yesterday")
    client.pump.add_file(client.caller, handle, filename="ada.dmp", directory="DUMPS", reusefile=1)
    assert client.run(handle) is JobState.COMPLETED
    assert (folder / "ada.dmp").read_bytes()[:2] == b"\x05\x01"


def test_an_old_log_is_replaced_unless_told_otherwise(client, handle, folder):
    (folder / "malam.log").write_text("yesterday")
    client.pump.add_file(client.caller, handle, filename="malam.log", directory="DUMPS", filetype=3)
    assert (folder / "malam.log").read_text() == ""


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("HANTU", 1, 39001),
        (None, 1, 39001),
        ("METRICS", 2, 39001),
        ("METRICS", "1", 39005),
        ("METRICS", None, 39001),
        ("COMPRESSION", 1, 39005),
        ("COMPRESSION", "SOME", 39001),
        ("COMPRESSION", "ALL", 439),
        ("COMPRESSION_ALGORITHM", "LOW", 439),
        ("ENCRYPTION", "ALL", 439),
        ("TABLE_EXISTS_ACTION", "SKIP", 39005),
        ("FLASHBACK_TIME", "SYSTIMESTAMP", 39001),
        ("FLASHBACK_SCN", "4321", 39005),
    ],
)
def test_set_parameter_refuses(client, handle, name, value, code):
    with refused(code):
        client.pump.set_parameter(client.caller, handle, name=name, value=value)


def test_parameters_have_a_first_release(start, connect, source):
    for name, value, version in (
        ("LOGTIME", "ALL", (11, 2)),
        ("METRICS", 1, (11, 2)),
        ("KEEP_MASTER", 1, (11, 1)),
        ("COMPRESSION", "NONE", (10, 1)),
    ):
        source.facts_ = dataclasses.replace(FACTS, version=(*version, 0, 1, 0))
        client = connect(start())
        handle = client.pump.open(client.caller, operation="EXPORT", job_mode="SCHEMA", job_name="MALAM")
        with refused(39001):
            client.pump.set_parameter(client.caller, handle, name=name, value=value)


def test_values_are_read_in_any_case(client, handle):
    client.pump.set_parameter(client.caller, handle, name="compression", value="metadata_only")
    client.poll(handle)
    assert [(p.param_name, p.param_value) for p in client.last.job_description.params] == [
        ("COMPRESSION", "METADATA_ONLY")
    ]


def test_parallel_is_for_enterprise_edition(start, connect, source):
    client = connect(start())
    handle = client.define()
    client.pump.set_parallel(client.caller, handle, degree=4)
    client.poll(handle)
    assert client.last.job_status.degree == 4
    assert client.pump.jobs()[0].degree == 4
    with refused(39001):
        client.pump.set_parallel(client.caller, handle, degree=0)
    source.facts_ = dataclasses.replace(FACTS, enterprise=False)
    poor = connect(start(), "SIAK")
    handle = poor.pump.open(poor.caller, operation="EXPORT", job_mode="SCHEMA")
    poor.pump.set_parallel(poor.caller, handle, degree=1)
    with refused(39002):
        poor.pump.set_parallel(poor.caller, handle, degree=2)
    assert poor.why(handle) == [39002, 39094]


@pytest.mark.parametrize("call", ["metadata_remap", "metadata_transform"])
def test_what_is_for_imports_is_refused(client, handle, call):
    arguments = {"name": "REMAP_SCHEMA", "value": "B"} | ({"old_value": "A"} if call.endswith("remap") else {})
    with refused(39002):
        getattr(client.pump, call)(client.caller, handle, **arguments)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"name": "SAMPLE", "value": 10}, 39001),
        ({"name": "INCLUDE_ROWS", "value": 0, "table_name": "BIODATA_WNI"}, 39001),
        ({"name": "INCLUDE_ROWS", "value": "0"}, 39005),
    ],
)
def test_data_filter_refuses(client, handle, arguments, code):
    with refused(code):
        client.pump.data_filter(client.caller, handle, **arguments)


def test_a_job_without_dump_file_does_not_start(client, handle):
    with refused(39002):
        client.pump.start_job(client.caller, handle)
    assert client.poll(handle) is JobState.DEFINING


@pytest.mark.parametrize("handle", [0, 16, 9999])
def test_no_such_handle(client, handle):
    calls = client.pump
    with refused(31623):
        calls.get_status(client.caller, handle, mask=13)
    with refused(31623):
        calls.detach(client.caller, handle)
    with refused(31623):
        calls.add_file(client.caller, handle, filename="x", directory="DUMPS")
    with refused(31623):
        calls.wait_for_job(client.caller, handle)


def test_a_handle_is_for_its_session_only(client, connect, handle):
    other = connect(client.pump)
    with refused(31623):
        other.poll(handle)


def test_get_dumpfile_info(client, folder):
    client.run(client.define())
    items, filetype = client.pump.get_dumpfile_info(client.caller, filename="malam.dmp", directory="DUMPS")
    assert filetype == 1
    assert {item.item_code: item.value for item in items}[8] == '"SIAK"."MALAM"'
    (folder / "exp.dmp").write_bytes(b"\x03\x03\x69EXPORT:V11.02.00\n")
    assert client.pump.get_dumpfile_info(client.caller, filename="exp.dmp", directory="DUMPS") == ((), 2)
    for filename, directory in (("hantu.dmp", "DUMPS"), ("malam.dmp", "HANTU"), ("malam.dmp", None), ("a/b", "DUMPS")):
        with refused(39211):
            client.pump.get_dumpfile_info(client.caller, filename=filename, directory=directory)
