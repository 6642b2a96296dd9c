# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole export: what the client is told and what lies in the directory."""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal

import pytest
from fake_source import FACTS, KELUARGA, LAMPIRAN
from siak_backup.dump.judge import judge_set
from siak_backup.dump.status import Status

from rehearsal.contract import OracleError
from rehearsal.datapump import JobState

ROWS = {"SIAK.BIODATA_WNI": 3000, "SIAK.DATA_KELUARGA": 200, "SIAK.LOG_SIAK": 0}
SYSTEM_ROWS = ROWS | {"ARSIP.SURAT": 2}


def rows_in(judgement):
    return {f"{table.schema}.{table.name}": table.rows for table in judgement.tables}


def test_an_export_completes_and_takes_its_job_away(client, folder):
    handle = client.define()
    assert [(row.job_name, row.state) for row in client.pump.jobs()] == [("MALAM", JobState.DEFINING)]
    assert client.run(handle) is JobState.COMPLETED
    assert client.last.job_status.percent_done == 100
    assert client.last.job_status.error_count == 0
    assert client.last.job_description.term_reason == 1
    assert client.pump.jobs() == ()
    assert client.pump.master_tables() == ()
    with pytest.raises(OracleError, match="ORA-31623"):
        client.poll(handle)
    assert client.errors == []
    log = (folder / "malam.log").read_text().splitlines()
    assert [line.log_text for line in client.wip] == log
    assert {line.error_number for line in client.wip} == {None}
    assert [line.log_line_number for line in client.wip] == list(range(1, len(log) + 1))
    assert re.fullmatch(r'Job "SIAK"."MALAM" successfully completed at .* elapsed 0 00:00:0\d', log[-1])


@pytest.mark.parametrize("version", [(11, 2, 0, 4, 0), (12, 2, 0, 1, 0), (19, 3, 0, 0, 0), (23, 6, 0, 24, 10)])
@pytest.mark.parametrize("filesize", [None, "100K"])
def test_the_product_finds_it_complete(start, connect, source, *, version, filesize):
    source.facts_ = dataclasses.replace(FACTS, version=version)
    client, folder = connect(start()), source.folder
    assert client.run(client.define(file="malam_%U.dmp", filesize=filesize)) is JobState.COMPLETED
    pieces = sorted(folder.glob("*.dmp"))
    assert len(pieces) == (1 if filesize is None else 5)
    judgement = judge_set(pieces, folder / "malam.log", job_name="MALAM", expected_rows=ROWS)
    assert judgement.failures == ()
    assert judgement.status is Status.COMPLETE
    assert rows_in(judgement) == ROWS


def test_files_show_the_template_and_then_the_pieces(client, folder):
    handle = client.define(file="malam_%U.dmp", filesize="200K")
    assert [(file.file_type, file.file_name) for file in files_of(client, handle)] == [
        (3, str(folder / "malam_%U.dmp"))
    ]
    client.run(handle)
    names = [(file.file_type, file.file_name) for file in client.last.job_status.files]
    assert names == [(3, str(folder / "malam_%U.dmp"))] + [(0, str(folder / f"malam_0{n}.dmp")) for n in (1, 2, 3)]
    assert [file.file_bytes_written for file in client.last.job_status.files[1:]] == [
        path.stat().st_size for path in sorted(folder.glob("*.dmp"))
    ]
    assert client.last.job_status.files[1].file_size == 204_800


def files_of(client, handle):
    client.poll(handle)
    return client.last.job_status.files


def test_several_names_take_turns(client, folder):
    handle = client.define(file="a%U.dmp", filesize="100K")
    client.pump.add_file(client.caller, handle, filename="b%U.dmp", directory="DUMPS", filesize="100K")
    client.run(handle)
    assert sorted(path.name for path in folder.glob("*.dmp")) == ["a01.dmp", "a02.dmp", "a03.dmp", "b01.dmp", "b02.dmp"]
    assert judge_set(sorted(folder.glob("*.dmp")), expected_rows=ROWS).status is Status.COMPLETE


def test_the_scn_asked_for_is_the_scn_read(client, source):
    handle = client.define()
    client.pump.set_parameter(client.caller, handle, name="FLASHBACK_SCN", value=Decimal(4321))
    client.run(handle)
    assert set(source.scns_read) == {4321}
    assert client.last.job_description.scn == 4321


def test_without_scn_every_table_is_as_of_its_own_beginning(client, source):
    client.run(client.define())
    assert set(source.scns_read) == {5000}


def test_metadata_only_has_no_rows(client, source, folder):
    handle = client.define()
    client.pump.data_filter(client.caller, handle, name="INCLUDE_ROWS", value=0)
    assert client.run(handle) is JobState.COMPLETED
    assert source.scns_read == []
    judgement = judge_set([folder / "malam.dmp"])
    assert judgement.tables == ()
    assert Status.EMPTY in {failure.means for failure in judgement.failures}


def test_kept_master_table_is_a_job_that_does_not_run(client):
    handle = client.define()
    client.pump.set_parameter(client.caller, handle, name="KEEP_MASTER", value=1)
    client.run(handle)
    (row,) = client.pump.jobs()
    assert (row.state, row.operation, row.job_mode) == ("NOT RUNNING", "EXPORT".ljust(30), "SCHEMA".ljust(30))
    assert client.pump.drop_master_table("SIAK", "MALAM")
    assert client.pump.jobs() == ()
    assert not client.pump.drop_master_table("SIAK", "MALAM")


def test_parameters_shape_the_log(client, folder):
    handle = client.define()
    for name, value in (
        ("METRICS", 1),
        ("LOGTIME", "ALL"),
        ("CLIENT_COMMAND", "siak-backup malam"),
        ("ESTIMATE", "BLOCKS"),
    ):
        client.pump.set_parameter(client.caller, handle, name=name, value=value)
    client.run(handle)
    log = (folder / "malam.log").read_text()
    stamp = r"(?m)^\d\d-[A-Z]{3}-\d\d \d\d:\d\d:\d\d\.\d{3}: "
    assert re.search(stamp + r'Starting "SIAK"."MALAM":  siak-backup malam $', log)
    assert re.search(
        stamp + r'W-1 \. \. exported "SIAK"."BIODATA_WNI" .* 3000 rows in 0 seconds using direct_path$', log
    )
    assert "Total estimation using BLOCKS method:" in log
    assert [line.log_text for line in client.wip] == log.splitlines()


def test_version_12_2_writes_the_older_layout_on_23ai(start, connect, source, folder):
    source.facts_ = dataclasses.replace(FACTS, version=(23, 6, 0, 24, 10))
    client = connect(start())
    handle = client.pump.open(client.caller, operation="EXPORT", job_mode="SCHEMA", job_name="J", version="12.2")
    client.pump.add_file(client.caller, handle, filename="j.dmp", directory="DUMPS")
    client.run(handle)
    assert (folder / "j.dmp").read_bytes()[:2] == b"\x05\x01"


def test_log_entries_go_to_the_log_and_to_those_attached(client, folder):
    handle = client.define()
    client.pump.log_entry(client.caller, handle, message="run 20260317")
    client.pump.log_entry(client.caller, handle, message="for the file only", log_file_only=1)
    client.poll(handle)
    assert [line.log_text for line in client.wip] == ["run 20260317"]
    assert (folder / "malam.log").read_text() == "run 20260317\nfor the file only\n"


def test_a_privileged_user_exports_others_and_everything(start, connect, folder):
    client = connect(start(), "SYSTEM")
    handle = client.pump.open(client.caller, operation="EXPORT", job_mode="FULL")
    client.pump.add_file(client.caller, handle, filename="penuh.dmp", directory="DUMPS")
    assert client.pump.jobs()[0].job_name == "SYS_EXPORT_FULL_01"
    client.run(handle)
    judgement = judge_set([folder / "penuh.dmp"])
    assert rows_in(judgement) == SYSTEM_ROWS
    assert judgement.status is Status.COMPLETE


def test_a_schema_that_does_not_exist_is_an_error_of_the_job(start, connect, folder):
    client = connect(start(), "SYSTEM")
    handle = client.define()
    client.pump.metadata_filter(client.caller, handle, name="SCHEMA_EXPR", value="IN ('SIAK', 'HANTU')")
    assert client.run(handle) is JobState.COMPLETED
    assert client.last.job_status.error_count == 1
    assert client.last.job_description.term_reason == 2
    assert [line.log_text for line in client.errors] == ["ORA-39165: Schema HANTU was not found."]
    assert "completed with 1 error(s)" in client.wip[-1].log_text
    judgement = judge_set([folder / "malam.dmp"])
    assert [failure.check for failure in judgement.failures] == ["errors"]
    assert rows_in(judgement) == ROWS


def test_nothing_to_export_leaves_no_dump(start, connect, folder):
    client = connect(start(), "SYSTEM")
    handle = client.define()
    client.pump.metadata_filter(client.caller, handle, name="SCHEMA_LIST", value="'HANTU'")
    assert client.run(handle) is JobState.COMPLETED
    assert [line.error_number for line in client.errors] == [39165, 31655]
    assert not (folder / "malam.dmp").exists()
    assert "Processing" not in (folder / "malam.log").read_text()


def test_an_error_of_one_table_costs_that_table_only(client, source, folder):
    def rows(table, scn):
        yield from source.contents[table][:5]
        if table.name == "BIODATA_WNI":
            raise OracleError(8181, "specified number is not a valid system change number")

    source.rows = rows
    assert client.run(client.define()) is JobState.COMPLETED
    assert [line.error_number for line in client.errors] == [31693, 2354, 8181]
    assert client.errors[0].log_text == (
        'ORA-31693: Table data object "SIAK"."BIODATA_WNI" failed to load/unload and is being skipped due to error:'
    )
    tables = rows_in(judge_set([folder / "malam.dmp"]))
    assert tables == {"SIAK.BIODATA_WNI": None, "SIAK.DATA_KELUARGA": 5, "SIAK.LOG_SIAK": 0}


def test_a_bug_in_the_database_ends_the_job_all_the_same(client, source):
    def rows(table, scn):
        raise OracleError(600, "internal error code")

    source.tables = rows
    assert client.run(client.define()) is JobState.STOPPED
    assert [line.error_number for line in client.errors] == [39126, 600]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_of_ours_ends_the_job_and_is_not_hidden(client, source):
    source.estimate_bytes = None
    assert client.run(client.define()) is JobState.STOPPED
    assert [line.error_number for line in client.errors] == [39014]


def test_a_log_that_cannot_be_written_does_not_cost_the_dump(client, folder):
    handle = client.define()
    (folder / "malam.log").unlink()
    (folder / "malam.log").mkdir()
    assert client.run(handle) is JobState.COMPLETED
    assert judge_set([folder / "malam.dmp"], expected_rows=ROWS).status is Status.COMPLETE


def test_a_row_larger_than_a_file_may_be_stops_the_job(client, source):
    source.contents[KELUARGA] = []
    source.contents[LAMPIRAN] = [(b"x" * 50_000,)]
    assert client.run(client.define(file="malam%U.dmp", filesize="40K")) is JobState.STOPPED
    assert [line.error_number for line in client.errors] == [39095]
