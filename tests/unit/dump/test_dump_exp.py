# SPDX-License-Identifier: GPL-3.0-or-later
"""Classic exports."""

from __future__ import annotations

import random
import struct

import pytest
from sample_exp import (
    CLOB,
    LONG,
    NUMBER,
    OBJECT,
    RECORD_BYTES,
    VARCHAR2,
    exp_file,
    large_lob,
    long_value,
    row,
    section,
    value,
)
from siak_backup.dump.files import judge_files
from siak_backup.dump.status import Status
from siak_backup.dump.verdict import TableRows
from trials import trials

PEOPLE = [row(value(b"\xc1\x02"), value(b"WARGA LATIHAN" if number % 3 else None)) for number in range(400)]
BIODATA = b'TABLE "BIODATA_WNI"\nCREATE TABLE "BIODATA_WNI" ("NIK" NUMBER)\n' + section(
    "BIODATA_WNI", [NUMBER, VARCHAR2], PEOPLE
)
CAPIL = (
    b'TABLE "CAPIL"\nCREATE TABLE "CAPIL" ("A" NUMBER) PARTITION BY RANGE ("A") '
    b'(PARTITION "P1" VALUES LESS THAN (1), PARTITION "P2" VALUES LESS THAN (2))\n'
)
STATISTICS = b'ANALSTATS TR "BIODATA_WNI"\nL\0BEGIN  DBMS_STATS.SET_TABLE_STATS(NULL); END;\0\0\nENDTABLE\n'


@pytest.fixture
def judge(tmp_path):
    def judged(content: bytes):
        path = tmp_path / "exp.dmp"
        path.write_bytes(content)
        return judge_files([path])[path]

    return judged


def rows_of(judgement):
    return [(table.schema, table.name, table.partition, table.rows) for table in judgement.tables]


def test_a_healthy_export(judge):
    judgement = judge(exp_file(BIODATA, STATISTICS))
    assert (judgement.kind, judgement.status, judgement.failures) == ("exp", Status.COMPLETE, ())
    assert judgement.tables == (TableRows("SIAK", "BIODATA_WNI", "", 400),)
    assert judgement.header["version"] == "10.2.1"


@pytest.mark.parametrize("offset", [1, 2])
def test_a_character_set_that_is_told_in_two_ways_is_not_believed(judge, offset):
    content = bytearray(exp_file(BIODATA))
    content[offset] ^= 4
    judgement = judge(bytes(content))
    assert judgement.status is Status.UNKNOWN
    assert [evidence.check for evidence in judgement.failures] == ["charset"]


def test_a_header_that_tells_it_once_is_believed(judge):
    content = exp_file(BIODATA).replace(b"\x07\xd0\0\x01", b"\x03\x67\0\x01", 1)
    assert judge(content).status is Status.COMPLETE


def test_long_values_lobs_and_nulls(judge):
    rows = [
        row(long_value(b"x" * 200_000), value(b"loc"), value(None), lobs=[large_lob(b"y" * 300_000)]),
        row(value(None), value(None), value(b"1")),
        row(value(b"short"), value(b"loc"), value(b"1"), lobs=[value(b"z" * 30_000)]),
    ]
    judgement = judge(exp_file(section("SURAT", [LONG, CLOB, NUMBER], rows), BIODATA))
    assert (judgement.status, [table.rows for table in judgement.tables]) == (Status.COMPLETE, [3, 400])


def test_8i_writes_no_character_set_for_a_clob(judge):
    rows = [row(value(b"loc"), lobs=[value(b"z")])]
    judgement = judge(exp_file(section("SURAT", [CLOB], rows, version=8), version="08.01.05"))
    assert (judgement.status, [table.rows for table in judgement.tables]) == (Status.COMPLETE, [1])


def test_partitions_are_sections_of_their_own(judge):
    sections = [section("CAPIL", [NUMBER], [row(value(b"\xc1\x02"))] * count) for count in (3, 5)]
    judgement = judge(exp_file(CAPIL, *sections, b"ENDPARTITION\n"))
    assert rows_of(judgement) == [("SIAK", "CAPIL", "P1", 3), ("SIAK", "CAPIL", "P2", 5)]


def test_a_partition_without_a_section_leaves_names_out(judge):
    judgement = judge(exp_file(CAPIL, section("CAPIL", [NUMBER], [row(value(b"\xc1\x02"))])))
    assert rows_of(judgement) == [("SIAK", "CAPIL", "", 1)]


def test_schemas_of_a_dba_export(judge):
    judgement = judge(exp_file(b"CONNECT SIAKOFF\n", BIODATA, b"CONNECT SIAK_LOG\n", BIODATA, user="SYSTEM"))
    assert [table.schema for table in judgement.tables] == ["SIAKOFF", "SIAK_LOG"]


def test_objects_cannot_be_counted_but_what_follows_can(judge):
    judgement = judge(exp_file(section("LOKASI", [NUMBER, OBJECT], [b"whatever" * 50]), BIODATA))
    assert (judgement.status, rows_of(judgement)) == (
        Status.COMPLETE,
        [("SIAK", "LOKASI", "", None), ("SIAK", "BIODATA_WNI", "", 400)],
    )


def test_an_insert_in_a_procedure_is_no_section(judge):
    source = b'CREATE PROCEDURE P AS BEGIN\nINSERT INTO "LOG" ("A") SELECT 1 FROM DUAL;\nEND;\n'
    assert judge(exp_file(BIODATA, source)).tables == (TableRows("SIAK", "BIODATA_WNI", "", 400),)


def test_a_statement_made_to_take_time_takes_none(judge):
    bait = b'INSERT INTO "T" ("C") ' + b"VALUES (:1" * 20_000 + b"\n"
    assert judge(exp_file(BIODATA, bait)).tables == (TableRows("SIAK", "BIODATA_WNI", "", 400),)


DIRECT_ROWS = [value(b"\xc1\x02") + value(None), value(b"\xc1\x03") + value(b"WARGA LATIHAN")]


def test_a_direct_path_export(judge):
    parts = section("A", [NUMBER, VARCHAR2], DIRECT_ROWS, path=1), section("B", [NUMBER, VARCHAR2], PEOPLE)
    judgement = judge(exp_file(*parts, direct="D\n"))
    assert (judgement.status, judgement.header["direct_path"]) == (Status.COMPLETE, True)
    assert [table.rows for table in judgement.tables] == [2, 400]


def test_direct_path_rows_in_another_export_are_damage(judge):
    assert judge(exp_file(section("A", [NUMBER, VARCHAR2], DIRECT_ROWS, path=1))).status is Status.DAMAGED


@pytest.mark.parametrize("direct", ["D", "D\n"])
def test_a_direct_path_export_of_another_form_is_not_understood(judge, direct):
    broken = b'INSERT INTO "A" ("B") VALUES (:1)\n1234567\xff\xff\n'
    assert judge(exp_file(broken, direct=direct)).status is Status.UNKNOWN


def test_a_direct_path_whose_first_line_nobody_has_seen(judge):
    judgement = judge(exp_file(BIODATA, direct="D"))
    assert (judgement.status, [one.check for one in judgement.failures]) == (Status.UNKNOWN, ["path"])


def test_an_export_of_nothing(judge):
    assert judge(exp_file()).status is Status.EMPTY


def test_exp_that_died_between_two_statements(judge):
    assert judge(exp_file(BIODATA, b"ENDPARTITION\n", exit_=b"")).status is Status.ABORTED


def test_one_exit_is_not_two(judge):
    assert judge(exp_file(BIODATA, exit_=b"EXIT\n")).status is Status.ABORTED


@pytest.mark.parametrize(
    ("healthy", "spoilt"),
    [
        (b"\x0d\x00WARGA", b"\xee\xffWARGA"),
        (b"\xc1\x02\xfe\xff\x00\x00", b"\xc1\x02\xfe\xff\x09\x00"),
        (b"VALUES (:1, :2)\n\x02", b"VALUES (:1, :2)\n\x03"),
        (b"\xff\xff\n", b"\xff\xff?"),
        (b"".join(PEOPLE[100:130]), bytes(len(b"".join(PEOPLE[100:130])))),
    ],
    ids=["a length", "LOBs", "columns", "the end", "zeros"],
)
def test_spoilt_rows(judge, healthy, spoilt):
    content = exp_file(BIODATA, STATISTICS)
    assert healthy in content
    assert judge(content.replace(healthy, spoilt, 1)).status in {Status.DAMAGED, Status.TRUNCATED}


def test_what_is_inside_a_value_no_format_tells(judge):
    assert judge(exp_file(BIODATA).replace(b"WARGA", b"\0\0\0\0\0")).status is Status.COMPLETE


def test_zeros_among_the_statements(judge):
    content = exp_file(BIODATA, STATISTICS + b"x" * 3000)
    assert judge(content.replace(b"x" * 3000, bytes(3000))).status is Status.DAMAGED


@pytest.mark.parametrize("extra_bytes", [1, RECORD_BYTES, 5 * RECORD_BYTES])
def test_a_file_that_grew(judge, extra_bytes):
    assert judge(exp_file(BIODATA) + bytes(extra_bytes)).status in {Status.DAMAGED, Status.TRUNCATED}


@pytest.mark.parametrize("size_bytes", [0, 1, 20, 58, RECORD_BYTES])
def test_hardly_anything_left(judge, size_bytes):
    assert judge(exp_file(BIODATA)[:size_bytes]).status not in {Status.COMPLETE, Status.EMPTY}


def test_every_cut_is_found(judge):
    """SIAK_TEST_TRIALS sets how many are tried."""
    content = exp_file(BIODATA, STATISTICS, BIODATA)
    cuts = random.Random(3).sample(range(len(content)), trials(150))
    assert [cut for cut in cuts if judge(content[:cut]).status is Status.COMPLETE] == []


def test_every_cut_at_a_record_is_found(judge):
    content = exp_file(BIODATA, STATISTICS, BIODATA)
    for cut in range(0, len(content), RECORD_BYTES):
        assert judge(content[:cut]).status is not Status.COMPLETE


@pytest.mark.parametrize(
    ("name", "tables", "rows"),
    [
        ("exp-10.2-win1252", 8, 92),
        ("exp-19-hr", 7, 215),
        ("exp-19-zhs16gbk", 12, 6839),
        ("exp-23ai-complete", 19, 307),
    ],
)
def test_real_exports(real_dumps, name, tables, rows):
    path = real_dumps / f"{name}.dmp"
    judgement = judge_files([path])[path]
    assert (judgement.failures, judgement.status) == ((), Status.COMPLETE)
    assert (len(judgement.tables), sum(table.rows for table in judgement.tables)) == (tables, rows)


def test_a_real_export_that_died(real_dumps):
    path = real_dumps / "exp-23ai-aborted.dmp"
    judgement = judge_files([path])[path]
    assert (judgement.status, len(judgement.tables)) == (Status.ABORTED, 47)


def test_a_lob_in_empty_chunks_does_not_go_on_for_ever(judge):
    endless = struct.pack("<HQHH", 0xFFFC, 1 << 60, 0, 0)
    rows = [row(value(b"\xc1\x02"), value(None), lobs=[endless])]
    judgement = judge(exp_file(section("A", [NUMBER, CLOB], rows)))
    assert judgement.status is Status.DAMAGED
    assert "empty chunk" in judgement.failures[0].seen
