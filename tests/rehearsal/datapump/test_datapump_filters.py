# SPDX-License-Identifier: GPL-3.0-or-later
"""METADATA_FILTER: what a job takes of the database."""

from __future__ import annotations

import pytest
from siak_backup.dump.judge import judge_set

from rehearsal.contract import OracleError
from rehearsal.datapump.filters import Selection, parse_filter


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("NAME_EXPR", "IN ('BIODATA_WNI', 'DATA_KELUARGA')", {"BIODATA_WNI", "DATA_KELUARGA"}),
        ("name_expr", " not in ( 'BIODATA_WNI' ) ", {"DATA_KELUARGA", "O'NEIL"}),
        ("NAME_EXPR", "= 'O''NEIL'", {"O'NEIL"}),
        ("NAME_EXPR", "<> 'BIODATA_WNI'", {"DATA_KELUARGA", "O'NEIL"}),
        ("NAME_EXPR", "!='BIODATA_WNI'", {"DATA_KELUARGA", "O'NEIL"}),
        ("NAME_EXPR", "LIKE '%DATA\\_%'", set()),
        ("NAME_EXPR", "LIKE '%DATA_%'", {"BIODATA_WNI", "DATA_KELUARGA"}),
        ("NAME_EXPR", "NOT LIKE 'B%'", {"DATA_KELUARGA", "O'NEIL"}),
        ("NAME_LIST", "'BIODATA_WNI', 'O''NEIL'", {"BIODATA_WNI", "O'NEIL"}),
        ("EXCLUDE_PATH_EXPR", "IN ('STATISTICS', 'INDEX')", {"BIODATA_WNI", "DATA_KELUARGA", "O'NEIL"}),
        ("EXCLUDE_PATH_EXPR", "= 'TABLE'", set()),
        ("INCLUDE_PATH_EXPR", "IN ('TABLE')", {"BIODATA_WNI", "DATA_KELUARGA", "O'NEIL"}),
        ("INCLUDE_PATH_LIST", "'SEQUENCE'", set()),
    ],
)
def test_a_filter_takes(name, value, taken):
    selection = Selection("SCHEMA", "SIAK", [parse_filter(name, value, None)])
    assert set(filter(selection.has_table, ("BIODATA_WNI", "DATA_KELUARGA", "O'NEIL"))) == taken


@pytest.mark.parametrize(
    ("name", "value", "object_type", "story"),
    [
        ("HANTU_EXPR", "= 'A'", None, [39001]),
        ("SCHEMA", "= 'A'", None, [39001]),
        (None, "= 'A'", None, [39001]),
        ("SCHEMA_EXPR", None, None, [39001]),
        ("SCHEMA_EXPR", "SIAK", None, [39001, 39071]),
        ("SCHEMA_EXPR", "IN ('SIAK'", None, [39001, 39071]),
        ("SCHEMA_EXPR", "IN ()", None, [39001, 39071]),
        ("SCHEMA_EXPR", "= 'SIAK' OR 1=1", None, [39001, 39071]),
        ("SCHEMA_LIST", "SIAK", None, [39001, 39071]),
        ("NAME_EXPR", "= 'A'", "VIEWS", [39001, 39041]),
        ("EXCLUDE_PATH_EXPR", "IN ('STATISTIK')", None, [39001, 39041]),
    ],
)
def test_a_filter_is_refused(client, name, value, object_type, story):
    handle = client.define()
    with pytest.raises(OracleError, match="ORA-39001"):
        client.pump.metadata_filter(client.caller, handle, name=name, value=value, object_type=object_type)
    assert client.why(handle) == story


def test_excluded_paths_are_not_in_the_log(client, folder):
    handle = client.define()
    client.pump.metadata_filter(client.caller, handle, name="EXCLUDE_PATH_EXPR", value="IN ('STATISTICS','ROLE_GRANT')")
    client.run(handle)
    log = (folder / "malam.log").read_text()
    assert "SCHEMA_EXPORT/TABLE/INDEX/INDEX" in log
    assert "STATISTICS" not in log
    assert "ROLE_GRANT" not in log


def test_rows_may_be_excluded_by_their_path(client, source):
    handle = client.define()
    client.pump.metadata_filter(client.caller, handle, name="EXCLUDE_PATH_EXPR", value="= 'TABLE_DATA'")
    client.run(handle)
    assert source.scns_read == []


def test_another_schema_needs_the_role(client, connect, folder):
    handle = client.define()
    for value in ("IN ('ARSIP')", "IN ('SIAK', 'ARSIP')", "LIKE '%'", "= 'HANTU'"):
        with pytest.raises(OracleError, match="ORA-31631"):
            client.pump.metadata_filter(client.caller, handle, name="SCHEMA_EXPR", value=value)
        assert client.why(handle) == [31631, 39109]
    client.pump.metadata_filter(client.caller, handle, name="SCHEMA_EXPR", value="IN ('SIAK')")
    system = connect(client.pump, "SYSTEM")
    handle = system.define(file="arsip.dmp")
    system.pump.metadata_filter(system.caller, handle, name="SCHEMA_LIST", value="'ARSIP'")
    system.run(handle)
    assert [table.name for table in judge_set([folder / "arsip.dmp"]).tables] == ["SURAT"]


def test_object_type_schema_names_schemas_in_full_mode(start, connect, folder):
    client = connect(start(), "SYSTEM")
    handle = client.pump.open(client.caller, operation="EXPORT", job_mode="FULL", job_name="PENUH")
    client.pump.add_file(client.caller, handle, filename="penuh.dmp", directory="DUMPS")
    client.pump.metadata_filter(client.caller, handle, name="NAME_EXPR", value="IN ('ARSIP')", object_path="SCHEMA")
    client.run(handle)
    assert [table.schema for table in judge_set([folder / "penuh.dmp"]).tables] == ["ARSIP"]


def test_table_mode_exports_the_tables_named(client, folder):
    handle = client.pump.open(client.caller, operation="EXPORT", job_mode="TABLE", job_name="TABEL")
    client.pump.add_file(client.caller, handle, filename="tabel.dmp", directory="DUMPS")
    client.pump.metadata_filter(client.caller, handle, name="NAME_LIST", value="'DATA_KELUARGA'")
    client.run(handle)
    assert [(table.name, table.rows) for table in judge_set([folder / "tabel.dmp"]).tables] == [("DATA_KELUARGA", 200)]
    assert "Processing object type TABLE_EXPORT/TABLE/TABLE_DATA" in [line.log_text for line in client.wip]


def test_names_of_other_objects_take_no_table_away():
    selection = Selection("SCHEMA", "SIAK", [parse_filter("NAME_EXPR", "!= 'BIODATA_WNI'", "INDEX")])
    assert selection.has_rows("BIODATA_WNI")


@pytest.mark.parametrize(
    ("mode", "path", "rows", "table"),
    [
        ("SCHEMA", "TABLE_DATA", False, True),
        ("SCHEMA", "SCHEMA_EXPORT/TABLE/TABLE_DATA", False, True),
        ("SCHEMA", "TABLE", False, False),
        ("FULL", "DATABASE_EXPORT/SCHEMA/TABLE", False, False),
        ("FULL", "SCHEMA_EXPORT/TABLE", True, True),
    ],
)
def test_rows_may_be_left_out_by_name_at_any_part_of_a_path(mode, path, rows, table):
    selection = Selection(mode, "SIAK", [parse_filter("NAME_EXPR", "NOT IN ('BIODATA_WNI')", path)])
    assert (selection.has_rows("BIODATA_WNI"), selection.has_table("BIODATA_WNI")) == (rows, table)
    assert selection.has_rows("DATA_KELUARGA")


def test_what_table_mode_does_not_find_is_an_error_in_the_log(client, folder):
    handle = client.pump.open(client.caller, operation="EXPORT", job_mode="TABLE", job_name="TABEL")
    client.pump.add_file(client.caller, handle, filename="tabel.dmp", directory="DUMPS")
    client.pump.add_file(client.caller, handle, filename="tabel.log", directory="DUMPS", filetype=3)
    client.pump.metadata_filter(client.caller, handle, name="NAME_EXPR", value="IN ('DATA_KELUARGA','HANTU')")
    client.pump.metadata_filter(
        client.caller, handle, name="INCLUDE_PATH_EXPR", value="IN ('TABLE','SCHEMA_EXPORT/USER')"
    )
    client.run(handle)
    log = (folder / "tabel.log").read_text()
    assert "ORA-39166: Object HANTU was not found" in log
    assert "ORA-39168: Object path SCHEMA_EXPORT/USER was not found." in log
    assert "completed with 2 error(s)" in log
