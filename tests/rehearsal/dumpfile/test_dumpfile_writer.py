# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: DTZ001 - a dump knows no zone
"""Whole dumps: written, then read by the independent reader and by the product's."""

from __future__ import annotations

import dataclasses
import tracemalloc
from datetime import datetime

import pytest
from dump_reader import BLOCK, DumpFile
from siak_backup.dump.judge import judge_set
from siak_backup.dump.status import Status

from rehearsal.contract import Column, OraType
from rehearsal.dumpfile.info import dumpfile_info
from rehearsal.dumpfile.master import FileRecord, JobRecord, TableRecord, master_rows
from rehearsal.dumpfile.model import DatabaseFacts, Table
from rehearsal.dumpfile.piece import SpaceExhaustedError
from rehearsal.dumpfile.writer import DumpWriter

BEGAN, ENDED = datetime(2026, 3, 17, 22, 0, 0), datetime(2026, 3, 17, 22, 1, 40)
FACTS = DatabaseFacts((12, 2, 0, 1, 0), "sukamara", "SIAK", "banner")
JOB = JobRecord(
    owner="SIAK",
    name="MALAM",
    mode="SCHEMA",
    guid=bytes(range(16)),
    version=(12, 2, 0),
    started=BEGAN,
    degree=1,
    filters=[("SCHEMA_EXPR", "IN ('SIAK')")],
    parameters=[("CLIENT_COMMAND", "siak-backup"), ("FLASHBACK_SCN", 5000)],
    defaults=[("ESTIMATE", "BLOCKS")],
)
COLUMNS = (
    Column("NIK", OraType.NUMBER, 22, 16, 0, nullable=False),
    Column("NAMA", OraType.VARCHAR2, 60),
    Column("FOTO", OraType.BLOB),
)
BIODATA = Table("SIAK", "BIODATA_WNI", COLUMNS, object_id=11)
EMPTY = Table("SIAK", "LOG_SIAK", COLUMNS, object_id=12)
PARTITION = Table("SIAK", "MUTASI", COLUMNS[:2], "P2026", object_id=13)
VERSIONS = [(11, 2), (12, 2), (19, 0), (23, 6)]


class Folder:
    """A supply of at most `count` files."""

    def __init__(self, path, limit=None, count=99):
        self.path, self.limit, self.count, self.made = path, limit, count, []

    def create(self):
        if len(self.made) == self.count:
            return None
        self.made.append(self.path / f"malam_{len(self.made) + 1:02d}.dmp")
        self.made[-1].touch()
        return self.made[-1], self.limit


def rows_of(table):
    if table is EMPTY:
        return []
    return [(6208990000000000 + n, f"WARGA {n}", bytes(n % 50 * 40) or None)[: len(table.columns)] for n in range(1500)]


def add_all(writer, rows):
    for row in rows:
        writer.add_row(row)


def write(supply, version, tables=(BIODATA, EMPTY, PARTITION), gate=lambda _: None):
    job = dataclasses.replace(JOB, version=(*version, 0))
    writer = DumpWriter(supply, FACTS, job, gate, metadata_compressed=True)
    records = []
    for table in tables:
        writer.open_table(table)
        add_all(writer, rows_of(table))
        extents = writer.close_table()
        records.append(TableRecord(table, extents, sum(e.rows for e in extents), 1000, BEGAN, ENDED))

    def master(states):
        files = [
            FileRecord(s.number, str(s.path), "DUMPS", "malam_%U.dmp", s.limit_bytes or 0, s.bytes_) for s in states
        ]
        return master_rows(job, FACTS, files, records, 0)

    writer.finish(master, ENDED)
    return supply.made


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("limit", [None, 40 * 1024, 200_000])
def test_a_dump_is_read_back_whole(tmp_path, version, limit):
    paths = write(Folder(tmp_path, limit), version)
    assert (len(paths) > 1) == (limit is not None)
    files = {number: DumpFile(path) for number, path in enumerate(paths, 1)}
    assert {file.head.guid for file in files.values()} == {JOB.guid}
    assert [file.head.number for file in files.values()] == list(files)
    assert [file.head.master_position > 0 for file in files.values()] == [False] * (len(files) - 1) + [True]
    last = files[len(files)]
    assert last.expected_bytes() == len(last.data)
    master = last.master()
    by_order = {}
    for row in master:
        if row["DUPLICATE"] >= 1_000_001:
            stream = files[row["DUMP_FILEID"]].stream(row["DUMP_POSITION"], row["DUMP_LENGTH"])
            records = stream.records()
            assert len(records) == row["COMPLETED_ROWS"]
            by_order.setdefault(row["PROCESS_ORDER"], []).extend(tuple(record.values()) for record in records)
    objects = {row["PROCESS_ORDER"]: row for row in master if row["PROCESS_ORDER"] > 0 and row["DUPLICATE"] == 0}
    assert [(row["OBJECT_NAME"], row.get("PARTITION_NAME")) for row in objects.values()] == [
        ("BIODATA_WNI", None),
        ("LOG_SIAK", None),
        ("MUTASI", "P2026"),
    ]
    for order, table in enumerate((BIODATA, EMPTY, PARTITION), 1):
        expected = [tuple(value for value in row if value is not None) for row in rows_of(table)]
        assert by_order.get(order, []) == expected
        assert objects[order]["COMPLETED_ROWS"] == len(expected)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("limit", [None, 100_000])
def test_the_product_finds_the_dump_complete(tmp_path, version, limit):
    judgement = judge_set(write(Folder(tmp_path, limit), version), job_name="MALAM")
    assert judgement.failures == ()
    assert judgement.status is Status.COMPLETE
    assert [(table.name, table.partition, table.rows) for table in judgement.tables] == [
        ("BIODATA_WNI", "", 1500),
        ("LOG_SIAK", "", 0),
        ("MUTASI", "P2026", 1500),
    ]


def test_the_header_tells_of_the_rehearsal(tmp_path):
    dump = DumpFile(write(Folder(tmp_path), (12, 2))[0])
    assert dump.head.texts == (
        '"SIAK"."MALAM"',
        "x86_64/Linux 2.4.xx",
        "REHEARSAL:sukamara",
        "AL32UTF8",
        "12.02.00.00.00",
        "001:001:000001:000001",
    )
    assert dump.head.date == ENDED


def test_the_header_of_23ai_keeps_the_time_of_creation(tmp_path):
    dump = DumpFile(write(Folder(tmp_path), (23, 6))[0])
    assert (dump.first.date, dump.head.date) == (BEGAN, BEGAN)
    assert (dump.first.flags, dump.head.flags) == (0x4202, 0xC202)
    assert (dump.first.master_position, dump.first.master_length) == (0, 0)


def test_the_master_table_tells_job_files_and_parameters(tmp_path):
    master = DumpFile(write(Folder(tmp_path), (12, 2))[0]).master()
    kinds = {row["PROCESS_ORDER"]: row for row in master}
    assert kinds[-1]["GUID"] == JOB.guid
    assert kinds[-1]["STATE"] == "EXECUTING"
    assert kinds[-1]["INSTANCE"] == "REHEARSAL:sukamara"
    assert kinds[-21]["FILE_NAME"] == str(tmp_path / "malam_01.dmp")
    assert kinds[-21]["COMPLETED_BYTES"] == (DumpFile(tmp_path / "malam_01.dmp").head.master_position - 1) * BLOCK
    assert kinds[-53]["VALUE_T"] == "IN ('SIAK')"
    parameters = {row["NAME"]: row for row in master if row["PROCESS_ORDER"] == -59}
    assert parameters["CLIENT_COMMAND"]["VALUE_T"] == "siak-backup"
    assert parameters["FLASHBACK_SCN"]["VALUE_N"] == 5000
    assert parameters["ESTIMATE"]["IS_DEFAULT"] == 1


@pytest.mark.parametrize("version", VERSIONS)
def test_every_file_of_a_set_but_the_last_is_within_its_limit(tmp_path, version):
    paths = write(Folder(tmp_path, 100_000), version)
    assert len(paths) > 2
    assert all(path.stat().st_size <= 100_000 for path in paths[:-1])
    assert all(path.stat().st_size % BLOCK == 0 for path in paths)


def test_no_file_left_is_said_and_the_row_is_left_out(tmp_path):
    supply = Folder(tmp_path, 40_960, count=1)
    writer = DumpWriter(supply, FACTS, JOB, lambda _: None, metadata_compressed=True)
    writer.open_table(BIODATA)
    with pytest.raises(SpaceExhaustedError):
        add_all(writer, rows_of(BIODATA))
    before = sum(extent.rows for extent in writer.suspend())
    assert 0 < before < 1500
    supply.count = 99
    writer.resume()
    writer.open_table(BIODATA)
    add_all(writer, rows_of(BIODATA)[before:])
    assert before + sum(extent.rows for extent in writer.close_table()) == 1500
    writer.abandon()


@pytest.mark.parametrize("limit", [None, 100_000])
@pytest.mark.parametrize("before", [(), (PARTITION,)])
def test_a_discarded_table_leaves_no_bytes(tmp_path, limit, before):
    writer = DumpWriter(Folder(tmp_path, limit), FACTS, JOB, lambda _: None, metadata_compressed=True)
    for table in before:
        writer.open_table(table)
        add_all(writer, rows_of(table))
        writer.close_table()
    kept = [state.bytes_ for state in writer.pieces()]
    writer.open_table(BIODATA)
    add_all(writer, rows_of(BIODATA))
    writer.discard_table()
    states = writer.pieces()
    assert [state.bytes_ for state in states] == kept + [BLOCK] * (len(states) - len(kept))
    assert [state.path.stat().st_size for state in states] == [state.bytes_ for state in states]
    writer.abandon()


def test_without_an_open_table_there_is_nothing_to_add_to(tmp_path):
    writer = DumpWriter(Folder(tmp_path), FACTS, JOB, lambda _: None, metadata_compressed=True)
    with pytest.raises(RuntimeError, match="no table is open"):
        writer.add_row((1,))


def test_memory_does_not_grow_with_the_rows(tmp_path):
    writer = DumpWriter(Folder(tmp_path), FACTS, JOB, lambda _: None, metadata_compressed=True)
    writer.open_table(PARTITION)
    tracemalloc.start()
    for number in range(16_000):
        writer.add_row((number, "x" * 250))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    (extent,) = writer.close_table()
    writer.abandon()
    assert extent.length_bytes > 4_000_000
    assert peak < 1_500_000


def test_bytes_pass_the_gate_once(tmp_path):
    passed = []
    (path,) = write(Folder(tmp_path), (12, 2), gate=passed.append)
    header_and_paddings = 4 * BLOCK
    assert path.stat().st_size - header_and_paddings < sum(passed) <= path.stat().st_size


@pytest.mark.parametrize("version", VERSIONS)
def test_file_information(tmp_path, version):
    paths = write(Folder(tmp_path, 100_000), version)
    found = [dumpfile_info(path) for path in paths]
    assert {filetype for _, filetype in found} == {1}
    values = [dict(items) for items, _ in found]
    assert {each[3] for each in values} == {JOB.guid.hex().upper()}
    assert [each[4] for each in values] == [str(number) for number in range(1, len(paths) + 1)]
    assert [each[2] for each in values] == ["0"] * (len(paths) - 1) + ["1"]
    assert values[0][10] == "REHEARSAL:sukamara"


def test_file_information_of_a_23ai_dump_cut_short_knows_no_master(tmp_path):
    (path,) = write(Folder(tmp_path), (23, 6))
    path.write_bytes(path.read_bytes()[:-100])
    items, filetype = dumpfile_info(path)
    assert (dict(items)[2], filetype) == ("0", 1)


@pytest.mark.parametrize("content", [b"", b"\0" * 5000, b"\x03\x03iEXPOR"])
def test_what_is_no_dump_has_no_information(tmp_path, content):
    (tmp_path / "x.dmp").write_bytes(content)
    assert dumpfile_info(tmp_path / "x.dmp") == ((), 0)
