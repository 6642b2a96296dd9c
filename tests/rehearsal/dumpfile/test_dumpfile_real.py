# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats against files that real Oracle releases wrote."""

from __future__ import annotations

import re

import pytest
from dump_reader import BLOCK, CLOB, DumpFile

from rehearsal.contract import Column, OraType
from rehearsal.dumpfile.header import LAYOUT_11, LAYOUT_12, LAYOUT_23, Header
from rehearsal.dumpfile.info import dumpfile_info
from rehearsal.dumpfile.log import LogStyle
from rehearsal.dumpfile.master_columns import MASTER_COLUMNS
from rehearsal.dumpfile.model import DatabaseFacts, Table
from rehearsal.dumpfile.rows import RowEncoder
from rehearsal.dumpfile.strmtable import stream_xml

SAMPLES = {
    "expdp-11.2-win64-store_shop.dmp": (17, 93),
    "expdp-12.2-linux-hr.dmp": (7, 215),
    "expdp-23ai-linux-full-small.dmp": (19, 307),
    "expdp-23ai-aarch64-full.dmp": (59, 659),
}
LAYOUTS = dict(zip(SAMPLES, (LAYOUT_11, LAYOUT_12, LAYOUT_23, LAYOUT_23), strict=True))
FACTS = DatabaseFacts((12, 2, 0, 1, 0), "orcl", "PDB1", "banner")
# The check sum, and two words of release numbers that only 12.2 and later write.
NOT_OURS = (range(2, 6), range(0x140, 0x150))


@pytest.fixture(params=SAMPLES)
def sample(request, real_dumps):
    return real_dumps / request.param


def table_streams(dump: DumpFile):
    for row in dump.master():
        if row["DUPLICATE"] >= 1_000_001 and row["OBJECT_TYPE_PATH"].endswith("/TABLE_DATA"):
            yield row, dump.stream(row["DUMP_POSITION"], row["DUMP_LENGTH"])


def columns_of(stream) -> tuple[Column, ...]:
    return tuple(
        Column(
            item.findtext("NAME"),
            OraType(int(item.findtext("TYPE_NUM"))),
            int(item.findtext("CHARLENGTH")) or int(item.findtext("LENGTH")),
            int(item.findtext("PRECISION_NUM") or 0),
            int(item.findtext("SCALE") or -127),
            nullable=item.findtext("NOT_NULL") == "0",
        )
        for item in stream.table.iter("COL_LIST_ITEM")
    )


def test_the_independent_reader_reads_real_dumps_whole(sample):
    dump = DumpFile(sample)
    assert dump.expected_bytes() == len(dump.data)
    streams = list(table_streams(dump))
    assert all(row["COMPLETED_ROWS"] == len(stream.raw_rows()) for row, stream in streams)
    assert (len(streams), sum(row["COMPLETED_ROWS"] for row, _ in streams)) == SAMPLES[sample.name]


def test_a_real_header_comes_out_of_ours_byte_for_byte(sample):
    data = sample.read_bytes()
    blocks = [data[:BLOCK]] + ([data[-BLOCK:]] if LAYOUTS[sample.name].has_trailer else [])
    for block in blocks:
        header = Header.unpack(block)
        assert header.layout is LAYOUTS[sample.name]
        ours = header.pack()
        different = [
            at for at in range(BLOCK) if ours[at] != block[at] and not any(at in ours_not for ours_not in NOT_OURS)
        ]
        assert different == []


def test_the_master_table_has_the_columns_of_the_real_one(sample):
    dump = DumpFile(sample)
    length = dump.head.master_length - (BLOCK if dump.has_trailer else 0)
    real = columns_of(dump.stream(dump.head.master_position, length))
    ours = MASTER_COLUMNS[LAYOUTS[sample.name]]
    assert [(column.name, column.type) for column in ours] == [(column.name, column.type) for column in real]
    assert [column.size for column in ours] == [column.size for column in real]


def test_real_rows_are_encoded_as_oracle_encoded_them(real_dumps):
    for _, stream in table_streams(DumpFile(real_dumps / "expdp-12.2-linux-hr.dmp")):
        if stream.name == "IMPDP_STATS":
            continue
        encoder = RowEncoder(columns_of(stream))
        names = [name for name, _ in stream.columns]
        ours = b"".join(encoder.encode([record.get(name) for name in names]) for record in stream.records())
        assert ours == stream.rows_data, stream.name


def test_rows_with_lobs_are_encoded_as_oracle_encoded_them(real_dumps):
    dump = DumpFile(real_dumps / "expdp-23ai-aarch64-full.dmp")
    checked = 0
    for _, stream in table_streams(dump):
        if stream.name in {"CHANGE_LOG", "ACCOUNTS"}:
            assert CLOB in dict(stream.columns).values()
            columns = columns_of(stream)
            kept = [column if column.type is not OraType.TIMESTAMP_LTZ else as_raw(column) for column in columns]
            records = stream.records()
            ours = b"".join(RowEncoder(kept).encode([record.get(c.name) for c in kept]) for record in records)
            assert ours == stream.rows_data[: len(ours)]
            assert not stream.rows_data[len(ours) :].strip(b"\0")
            checked += len(records)
    assert checked > 50


def as_raw(column: Column) -> Column:
    return Column(column.name, OraType.RAW, 11)


def test_the_xml_of_a_table_is_the_real_one(real_dumps):
    dump = DumpFile(real_dumps / "expdp-12.2-linux-hr.dmp")
    for row, stream in table_streams(dump):
        if int(stream.table.findtext("PROPERTY")) != 0x20000000:
            continue
        table = Table(stream.owner, stream.name, columns_of(stream), object_id=int(stream.table.findtext("OBJ_NUM")))
        start = row["DUMP_POSITION"] * BLOCK
        ours = stream_xml(table, FACTS)
        real = dump.data[start : start + len(ours)]
        # Oracle tells a primary key's NOT NULL (2) from a column's own (1).
        assert ours == real.replace(b"<NOT_NULL>2<", b"<NOT_NULL>1<"), stream.name


def test_table_lines_of_the_log_are_the_real_ones(real_dumps):
    log = (real_dumps / "expdp-11.2-win64-store_shop.log").read_text(errors="replace").splitlines()
    style = LogStyle((11, 2, 0, 2, 0), "STORE_SHOP", "SYS_EXPORT_SCHEMA_01")
    dump = DumpFile(real_dumps / "expdp-11.2-win64-store_shop.dmp")
    ours = {
        style.exported(
            Table(row["OBJECT_SCHEMA"], row["OBJECT_NAME"], ()), row["DUMP_LENGTH"], row["COMPLETED_ROWS"], 0
        ).text
        for row in dump.master()
        if row.get("OBJECT_TYPE") == "TABLE_DATA" and row["PROCESS_ORDER"] > 0
    }
    assert ours == {line for line in log if line.startswith(". . exported")}
    assert len(ours) == 19


def test_the_other_lines_of_the_log_are_the_real_ones(real_dumps):
    log = (real_dumps / "expdp-11.2-win64-store_shop.log").read_text(errors="replace").splitlines()
    style = LogStyle((11, 2, 0, 2, 0), "STORE_SHOP", "SYS_EXPORT_SCHEMA_01")
    command = "STORE_SHOP/******** schemas=STORE_SHOP dumpfile=STORE_SHOP.dmp logfile=STORE_SHOP.log"
    ours = [
        style.starting(command),
        *style.estimate("BLOCKS", "SCHEMA_EXPORT/TABLE/TABLE_DATA", 1_245_184, asked=False),
        style.processing("SCHEMA_EXPORT/USER"),
        *style.file_set(())[:3],
    ]
    assert [line.text for line in ours if line.text not in log] == []


@pytest.mark.parametrize(
    ("name", "filetype", "job"),
    [
        ("expdp-12.2-linux-hr.dmp", 1, '"SYSTEM"."SYS_EXPORT_SCHEMA_01"'),
        ("expdp-23ai-linux-full-small.dmp", 1, '"SYSTEM"."SYS_EXPORT_FULL_01"'),
        ("exp-19-hr.dmp", 2, None),
        ("expdp-11.2-win64-store_shop.log", 0, None),
    ],
)
def test_file_information_of_real_files(real_dumps, name, filetype, job):
    items, found = dumpfile_info(real_dumps / name)
    assert found == filetype
    values = dict(items)
    assert values.get(8) == job
    if job:
        assert values[2] == "1"
        assert re.fullmatch("[0-9A-F]{32}", values[3])
