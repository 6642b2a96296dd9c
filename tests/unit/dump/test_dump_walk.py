# SPDX-License-Identifier: GPL-3.0-or-later
"""Zeros where they belong and where they do not, in dumps made to the byte."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from sample_exports import small_dump
from siak_backup.dump.header import read_headers
from siak_backup.dump.judge import judge_set
from siak_backup.dump.master import read_master
from siak_backup.dump.rows import count_rows
from siak_backup.dump.source import Source
from siak_backup.dump.status import Status
from siak_backup.dump.stream import StreamError
from siak_backup.dump.verdict import conclude
from siak_backup.dump.walk import row_evidence
from siak_backup.errors import UnreadableError

BLOCK = 4096
#: A DATE; what is inside a value no format tells.
LAST_VALUE_BYTES = 7
LAST_ROW_BYTES = 300
VERSIONS = [(11, 2), (12, 2), (23, 6)]


def rows_end(path):
    """Return where the last row of the dump's master table ends."""
    with Source(path) as source:
        header, trailer = read_headers(source)
        return read_master(source, trailer or header).rows_end


@pytest.mark.parametrize("version", VERSIONS)
def test_master_rows_that_end_near_a_block_boundary(tmp_path, version):
    """Alignment, tail and padding then make more than a block of zeros. Command lengths move the end by one byte."""
    path = tmp_path / "a.dmp"
    shortest = 1000
    boundary = shortest + -rows_end(small_dump(path, version, "x" * shortest)) % BLOCK
    long_runs = 0
    for length in range(boundary - 20, boundary + 9):
        small_dump(path, version, "x" * length)
        judgement = judge_set([path])
        assert (length - boundary, judgement.failures) == (length - boundary, ())
        long_runs += path.read_bytes().count(bytes(BLOCK))
    assert long_runs >= 8


@pytest.mark.parametrize("version", VERSIONS)
def test_zeros_inside_the_master_table(tmp_path, version):
    """Only this check sees them: they lie inside one value, so the rows can still be walked."""
    path = small_dump(tmp_path / "a.dmp", version, "x" * 12_000)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"x" * BLOCK, bytes(BLOCK), 1))
    judgement = judge_set([path])
    assert (judgement.status, [one.check for one in judgement.failures]) == (Status.DAMAGED, ["zeros"])


@pytest.mark.parametrize("version", VERSIONS)
def test_master_rows_that_end_in_zeros(tmp_path, version):
    """Fewer than a block of them, so the rows must not be believed to end where zeros begin, nor zeros be values."""
    path = small_dump(tmp_path / "a.dmp", version, "x")
    content, end = path.read_bytes(), rows_end(path)
    for lost_bytes in range(LAST_VALUE_BYTES + 1, LAST_ROW_BYTES + 20):
        path.write_bytes(content[: end - lost_bytes] + bytes(lost_bytes) + content[end:])
        assert (lost_bytes, judge_set([path]).status) == (lost_bytes, Status.DAMAGED)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_no_check_sees(tmp_path, version):
    """The inside of a value, and bytes that carry nothing: no check sum is known. See docs/dump-verdict.md."""
    path = small_dump(tmp_path / "a.dmp", version, "x" * 100, [b"scan"])
    content = bytearray(path.read_bytes())
    padding = -rows_end(path) % BLOCK
    for value, other in ((b"x" * 100, b"y" * 100), (b"scan", b"soot")):
        assert content.count(value) == 1
        at = content.index(value)
        content[at : at + len(value)] = other
    content[rows_end(path) : rows_end(path) + padding] = b"?" * padding
    path.write_bytes(content)
    assert padding > 0
    assert judge_set([path]).status is Status.COMPLETE


@pytest.mark.parametrize("version", VERSIONS)
def test_zeros_inside_a_lob_may_be_data(tmp_path, version):
    path = small_dump(tmp_path / "a.dmp", version, "x", [bytes(20_000), b"scan", bytes(5000)])
    judgement = judge_set([path])
    assert (judgement.status, [table.rows for table in judgement.tables]) == (Status.COMPLETE, [3, 0])


@pytest.fixture(params=VERSIONS)
def small(request, tmp_path):
    """A small dump, and where its table's and its master table's stream begin."""
    path = small_dump(tmp_path / "a.dmp", request.param, "x", [b"scan"])
    with Source(path) as source:
        header, trailer = read_headers(source)
        return path, BLOCK, (trailer or header).master_offset


def overwrite(path, offset, data):
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


@pytest.mark.parametrize(("stream", "check"), [(0, "rows"), (1, "master table")])
def test_a_compressed_stream_tells_nothing(small, stream, check):
    path, *starts = small
    gives_lengths = path.read_bytes()[starts[stream] + 4 :].startswith(b"\x0a\x00")
    overwrite(path, starts[stream] + 4, b"\x14\x04" if gives_lengths else b"\x15\x24")
    judgement = judge_set([path])
    assert (judgement.status, [one.check for one in judgement.failures]) == (Status.UNKNOWN, [check])


@pytest.mark.parametrize(
    ("kind", "length_bytes", "status"),
    [
        (b"\x14\x04", 0, Status.COMPLETE),
        (b"\x14\x04", 8, Status.DAMAGED),
        (b"\x15\x24", 8, Status.COMPLETE),
        (b"\x0a\x01", 0, Status.UNKNOWN),
    ],
)
def test_statistics_may_be_compressed(tmp_path, kind, length_bytes, status):
    """An export of 12.2 wrote STATISTICS/MARKER so, its XML compressed too; the tables beside it were plain."""
    path = small_dump(tmp_path / "a.dmp", (12, 2), "x", [b"scan"])
    with Source(path) as source:
        header, _ = read_headers(source)
        (table, _) = read_master(source, header).tables
        head = source.read(table.extents[0].offset, 0x36)
    tail_bytes = int.from_bytes(head[38:46], "big") + length_bytes
    overwrite(path, BLOCK, head[:4] + kind + head[6:38] + tail_bytes.to_bytes(8, "big"))
    overwrite(path, 2 * BLOCK, b"KGC\x80\x01")
    with Source(path) as source:
        evidence = list(row_evidence({1: source}, [table], heads_only=True))
    assert conclude(evidence) is status


def test_a_head_where_the_closing_block_should_be(tmp_path):
    path = small_dump(tmp_path / "a.dmp", (23, 6), "x")
    overwrite(path, path.stat().st_size - 2 * BLOCK + 4, b"\x0a\x00")
    assert judge_set([path]).status is Status.DAMAGED


def test_an_xml_longer_than_any_table_needs(small, monkeypatch):
    monkeypatch.setattr("siak_backup.dump.stream._LONGEST_XML_BYTES", 100)
    (failure,) = judge_set([small[0]]).failures
    assert (failure.check, failure.seen[:10], failure.means) == ("master table", "an XML of ", Status.DAMAGED)


def test_an_xml_that_lies_in_another_stream_is_not_read(small):
    """Else many tables could make the same megabytes be read as often as there are tables."""
    path, table, _ = small
    overwrite(path, table + 6, struct.pack(">4Q", 5 << 20, BLOCK, 0, 6 << 20))
    overwrite(path, table + 46, struct.pack(">Q", 6 << 20))
    (failure,) = judge_set([path]).failures
    assert (failure.check, failure.means) == ("rows", Status.DAMAGED)
    assert failure.seen.startswith(("a stream of ", "rows that begin at "))


@pytest.mark.parametrize("element", [b"<TYPE_NUM>", b"<COL_LIST_ITEM>"])
def test_an_xml_of_the_master_table_without_columns(small, element):
    path, _, master = small
    content = path.read_bytes()
    path.write_bytes(content[:master] + content[master:].replace(element, element[:-2] + b"X>"))
    judgement = judge_set([path])
    assert (judgement.status, [one.check for one in judgement.failures]) == (Status.DAMAGED, ["master table"])


def test_a_table_whose_rows_nobody_recorded(tmp_path):
    """An export skips a table it cannot read; this one did not even count it as an error."""
    judgement = judge_set([small_dump(tmp_path / "a.dmp", (12, 2), "x", skipped=True)])
    failure = next(one for one in judgement.failures if one.check == "rows")
    assert (failure.means, failure.seen) == (Status.UNKNOWN, "tidak tercatat")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"\x3c\x00\x02", "a piece shorter than its own head"),
        (b"\x08\x01\x01A", "the last row has no end"),
        (b"\x04\x01\x01A", "a piece of a row stands where it may not"),
        (b"\x0c\x01\x09A", "the rows end inside a piece"),
    ],
)
def test_bytes_that_are_no_rows(tmp_path, row, reason):
    path = tmp_path / "rows"
    path.write_bytes(row)
    with Source(path) as source, pytest.raises(StreamError, match=reason):
        count_rows(source, 0, len(row))


def test_a_file_that_fails_while_it_is_read(tmp_path):
    path = tmp_path / "a.dmp"
    path.write_bytes(b"dump")
    source = Source(path)
    source.close()
    with pytest.raises(UnreadableError, match=r"SIAK-301 file gagal dibaca \(.*a\.dmp byte 1\)"):
        source.read(1, 2)


@pytest.mark.parametrize(("recorded", "status"), [(2, Status.DAMAGED), (None, Status.UNKNOWN), (1, Status.COMPLETE)])
def test_rows_that_are_not_what_was_recorded(tmp_path, recorded, status):
    path = small_dump(tmp_path / "a.dmp", (12, 2), "x", [b"scan"])
    with Source(path) as source:
        header, _ = read_headers(source)
        (table, _) = read_master(source, header).tables
        tables = [replace(table, rows=recorded)] * 25
        evidence = list(row_evidence({1: source}, tables))
    assert conclude(evidence) is status
    assert len(evidence) == (2 if status is Status.COMPLETE else 20)


@pytest.mark.parametrize(
    ("piece", "end", "error"),
    [
        (bytes([0x3C, 0, 100, 1, 1, 65]), 6, "beyond"),
        (bytes([0x0C, 1, 1, 65]), 1000, "the file ends before"),
    ],
)
def test_rows_that_end_elsewhere(tmp_path, piece, end, error):
    path = tmp_path / "rows"
    path.write_bytes(piece)
    with Source(path) as source, pytest.raises(StreamError, match=error):
        count_rows(source, 0, end)
