# SPDX-License-Identifier: GPL-3.0-or-later
"""Files made to take memory or time: what is kept of a file, and how often it is read, has an end."""

from __future__ import annotations

import json
import struct
import tracemalloc
from pathlib import Path

import pytest
from sample_exp import NUMBER, RECORD_BYTES, exp_file, row, section, value
from sample_exports import BEGAN, JOB, SCANS, OneFile
from siak_backup.dump import exp, log, master
from siak_backup.dump.__main__ import main
from siak_backup.dump.files import judge_files
from siak_backup.dump.log import read_log
from siak_backup.dump.rows import iterate_rows
from siak_backup.dump.source import Source
from siak_backup.dump.status import Status
from siak_backup.dump.stream import StreamError

from rehearsal.dumpfile.master import FileRecord, JobRecord, TableRecord, master_rows
from rehearsal.dumpfile.model import DatabaseFacts, Table
from rehearsal.dumpfile.writer import DumpWriter

SECTIONS = [section(f"T{number}", [NUMBER], [row(value(b"\xc1\x02"))]) for number in range(12)]
FIRST, LAST, GOES_ON, CONTINUED = 8, 4, 1, 2


def only(path):
    return judge_files([path])[path]


def written(path, content):
    path.write_bytes(content)
    return path


def peak_bytes(work):
    """Return what `work` returns, and how many bytes it took at most."""
    tracemalloc.start()
    try:
        return work(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def dump_of(path, tables):
    """Write a dump whose master table names `tables` tables, all of which it places at the same stream."""
    version = 12, 2, 0, 1, 0
    job = JobRecord("SIAK", JOB, "SCHEMA", bytes(range(16)), version[:2], BEGAN, 1, (), [("METRICS", 1)], ())
    path.write_bytes(b"")
    facts = DatabaseFacts(version, "gladi", "REHEARSAL.GLADI", "REHEARSAL of Oracle Database")
    writer = DumpWriter(OneFile(path), facts, job, lambda _: None, metadata_compressed=True)
    writer.open_table(SCANS)
    writer.add_row((b"pindaian",))
    extents = writer.close_table()
    records = [
        TableRecord(Table(SCANS.owner, f"T{number}", SCANS.columns), extents, 1, 1000, BEGAN, BEGAN)
        for number in range(tables)
    ]
    file = FileRecord(1, str(path), "D", path.name, 0, 0)
    writer.finish(lambda _: master_rows(job, facts, [file], records, 0), BEGAN)
    return path


@pytest.mark.parametrize(
    "content",
    [
        b"\n" * 1_000_000,
        b"\xff\xfe" + b"\n\0" * 500_000,
        b"Export: Release 1\n" + b"EXP-00056: x\n" * 70_000,
        bytes(1_000_000),
        b'"' * 1_000_000,
    ],
    ids=["lines", "UTF-16", "errors", "zeros", "one line"],
)
def test_a_log_takes_no_more_memory_than_its_own_bytes(content):
    found, peak = peak_bytes(lambda: read_log(content))
    assert not found.succeeded
    assert peak < 8_000_000


def test_a_log_of_more_tables_than_are_kept(monkeypatch):
    monkeypatch.setattr(log, "MOST_TABLES", 3)
    lines = [f". . exporting table T{number} 1 rows exported\n" for number in range(4)]
    end = "Export terminated successfully without warnings.\n"
    assert read_log("".join([*lines[:3], end]).encode()).status is Status.COMPLETE
    found = read_log("".join([*lines, end]).encode())
    assert (found.status, len(found.tables)) == (Status.UNKNOWN, 3)


def test_a_log_with_a_line_that_is_none(monkeypatch):
    monkeypatch.setattr(log, "_LONGEST_LINE", 100)
    good = ". . exporting table T 1 rows exported\n{}\nExport terminated successfully without warnings.\n"
    assert read_log(good.format("x" * 100).encode()).status is Status.COMPLETE
    assert read_log(good.format("x" * 200_000 + "EXP-00056: x").encode()).status is Status.UNKNOWN


def test_an_exp_of_more_tables_than_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(exp, "MOST_TABLES", 10)
    assert only(written(tmp_path / "a.dmp", exp_file(*SECTIONS[:9]))).status is Status.COMPLETE
    judgement = only(written(tmp_path / "b.dmp", exp_file(*SECTIONS)))
    assert (judgement.status, len(judgement.tables)) == (Status.UNKNOWN, 10)
    names = ", ".join(f'PARTITION "P{number}" VALUES (1)' for number in range(11))
    created = f'CREATE TABLE "T0" (X) PARTITION BY LIST (X) ({names})\n'.encode()
    assert only(written(tmp_path / "c.dmp", exp_file(created, *SECTIONS[:1]))).status is Status.UNKNOWN


def test_what_is_wrong_with_an_exp_is_told_twenty_times(tmp_path):
    spoilt = [bytes(300) + b"\n"] * 1000
    judgement = only(written(tmp_path / "a.dmp", exp_file(*spoilt, *SECTIONS)))
    assert (judgement.status, len(judgement.failures)) == (Status.DAMAGED, 20)


@pytest.mark.parametrize("length", [b"0000", b"000", b"0"])
def test_an_exp_of_records_without_length(tmp_path, length):
    content = exp_file(*SECTIONS * 9).replace(b"\n%d\n" % RECORD_BYTES, b"\n" + length + b"\n", 1)
    judgement = only(written(tmp_path / "a.dmp", content))
    assert (judgement.kind, judgement.status) == ("exp", Status.DAMAGED)


def test_streams_that_overlap_are_not_walked(tmp_path):
    """A master table of a megabyte could else have megabytes of rows walked ten thousand times."""
    judgement = only(dump_of(tmp_path / "a.dmp", 2))
    assert (judgement.status, [one.check for one in judgement.failures]) == (Status.DAMAGED, ["layout"])
    assert not [one for one in judgement.evidence if one.check in {"rows", "walk"}]


def test_a_dump_of_more_tables_than_are_kept(tmp_path, monkeypatch):
    path = dump_of(tmp_path / "a.dmp", 1)
    assert only(path).status is Status.COMPLETE
    monkeypatch.setattr(master, "MOST_TABLES", 1)
    judgement = only(path)
    assert (judgement.status, [one.check for one in judgement.failures]) == (Status.UNKNOWN, ["tables"])


@pytest.mark.parametrize(
    "piece",
    [
        bytes([0, 255]) + b"\xff" * 255,
        bytes([0, 200]) + (b"\xfe\xff\xff" + bytes(0xFFFF)) * 200,
    ],
    ids=["columns", "bytes"],
)
def test_a_row_without_end(tmp_path, piece):
    path = written(tmp_path / "rows", bytes([FIRST, 0]) + piece * 40)

    def read():
        with Source(path) as source, pytest.raises(StreamError, match="without end"):
            list(iterate_rows(source, 0, source.size_bytes))

    _, peak = peak_bytes(read)
    assert peak < 60_000_000


def test_of_a_long_value_only_the_begin_is_kept(tmp_path):
    def piece(flags, data):
        return bytes([flags, 1, 0xFE]) + struct.pack(">H", len(data)) + data

    pieces = [piece(FIRST | GOES_ON, b"a" * 5000), *[piece(CONTINUED | GOES_ON, b"b" * 5000)] * 9]
    path = written(tmp_path / "rows", b"".join([*pieces, piece(CONTINUED | LAST, b"c")]))
    with Source(path) as source:
        ((kept,),) = iterate_rows(source, 0, source.size_bytes)
    assert kept == b"a" * 5000 + b"b" * 3192


def test_a_file_named_twice_is_one(tmp_path, capsys):
    path = written(tmp_path / "a.dmp", exp_file(*SECTIONS))
    assert main([str(path), str(path), "--json"]) == 0
    assert [one["file"] for one in json.loads(capsys.readouterr().out)] == [str(path)]


def test_a_name_that_is_no_text(tmp_path, capsys):
    path = written(Path(f"{tmp_path}/\udcff\x1b[31m.dmp"), exp_file(*SECTIONS))
    assert main([str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["file"] == str(path)
    assert main([str(path)]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\udcff" not in shown
