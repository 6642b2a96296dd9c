# SPDX-License-Identifier: GPL-3.0-or-later
"""What one file proves of itself, and what the heads of a set prove together. Files are real, their heads changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sample_exports import JOB, export
from siak_backup.dump.piece import Piece, is_spread, set_evidence, size_evidence
from siak_backup.dump.source import Source
from siak_backup.dump.status import Status

CREATED = datetime(2025, 1, 9, 16, 35)  # noqa: DTZ001 - a header knows no zone
KNOWN = "versi 1.1, 3.1, 5.1 atau 6.1"


@pytest.fixture(scope="module")
def set_of_three(tmp_path_factory):
    """The first two files of a set and the last, which holds the master table; each with header and trailer."""
    made = export(tmp_path_factory.mktemp("piece"), version=(23, 6, 0, 24, 10), residents=60, filesize="100K")
    sources = [Source(made.pieces[at]) for at in (0, 1, -1)]
    yield [Piece.read(source) for source in sources]
    for source in sources:
        source.close()


def told(evidence):
    return [(one.check, one.seen, one.expected, one.means, one.subject) for one in evidence]


def header_of(piece, **changes):
    return replace(piece, header=replace(piece.header, **changes))


def trailer_of(piece, **changes):
    return replace(piece, trailer=replace(piece.trailer, **changes))


def test_everything_a_whole_file_proves(set_of_three):
    last = set_of_three[-1]
    size = f"{last.source.size_bytes} byte"
    assert told(last.own_evidence()) == [
        ("header", "versi 6.1", KNOWN, Status.COMPLETE, last.name),
        ("release", last.header.db_version, "rilis yang menulis versi 6.1", Status.COMPLETE, last.name),
        ("encryption", "tidak ada", "tidak ada", Status.COMPLETE, last.name),
        ("trailer", "cocok", "cocok dengan kepala", Status.COMPLETE, last.name),
        ("size", size, size, Status.COMPLETE, last.name),
    ]
    first = set_of_three[0]
    assert [one.check for one in first.own_evidence()] == ["header", "release", "encryption", "trailer"]
    facts = last.as_dict()
    assert (facts["name"], facts["size_bytes"], facts["holds_master"]) == (last.name, last.source.size_bytes, True)
    assert facts["version"] == "6.1"
    assert set(replace(last, header=None, trailer=None).as_dict()) == {"name", "size_bytes", "holds_master"}


@pytest.mark.parametrize(
    ("change", "check", "seen", "means"),
    [
        (lambda p: header_of(p, known=False), "header", "versi 6.1", Status.UNKNOWN),
        (
            lambda p: trailer_of(header_of(p, db_version="19.00"), db_version="19.00"),
            "release",
            "19.00",
            Status.UNKNOWN,
        ),
        (lambda p: header_of(p, encryption_mode=3), "encryption", "ada", Status.UNKNOWN),
        (lambda p: trailer_of(p, encryption_mode=3), "encryption", "ada", Status.UNKNOWN),
        (lambda p: trailer_of(p, guid="0" * 32), "trailer", "berbeda", Status.DAMAGED),
        (lambda p: trailer_of(p, guid="F" * 32), "trailer", "berbeda", Status.DAMAGED),
        (lambda p: replace(p, trailer=None), "trailer", "tidak ada", Status.TRUNCATED),
    ],
)
def test_what_a_file_says_against_itself(set_of_three, change, check, seen, means):
    piece = change(set_of_three[0])
    (failure,) = [one for one in piece.own_evidence() if not one.ok]
    assert (failure.check, failure.seen, failure.means, failure.subject) == (check, seen, means, piece.name)
    if check == "header":
        assert "release" not in [one.check for one in piece.own_evidence()]
    if seen == "tidak ada":
        assert failure.expected == "blok penutup"


@pytest.mark.parametrize(
    ("content", "seen", "means"),
    [
        (b"", "0 byte, terpotong", Status.TRUNCATED),
        (bytes(6) + b"\x00\x67\x80\xbc" + bytes(100), "110 byte, terpotong", Status.TRUNCATED),
        (bytes(110), "bukan dump Data Pump", Status.DAMAGED),
        (bytes(4096), "bukan dump Data Pump", Status.DAMAGED),
        (bytes(6) + b"\x00\x67\x80\xbc" + bytes(4086), "bukan dump Data Pump", Status.DAMAGED),
    ],
)
def test_a_file_without_a_head(tmp_path, content, seen, means):
    path = tmp_path / "a.dmp"
    path.write_bytes(content)
    with Source(path) as source:
        piece = replace(Piece.read(source), header=None, trailer=None)
        assert told(piece.own_evidence()) == [("header", seen, "kepala dump Data Pump", means, "a.dmp")]


@pytest.mark.parametrize(
    ("off_bytes", "means"),
    [
        ((0,), Status.COMPLETE), ((1, 0), Status.COMPLETE), ((1,), Status.TRUNCATED), ((-1,), Status.DAMAGED),
        ((-1, 1), Status.DAMAGED), ((2, 1), Status.TRUNCATED),
    ],
)  # fmt: skip
def test_the_sizes_a_file_may_have(set_of_three, off_bytes, means):
    piece = set_of_three[0]
    size_bytes = piece.source.size_bytes
    expected = [size_bytes + off for off in off_bytes]
    assert told([size_evidence(piece, *expected)]) == [
        ("size", f"{size_bytes} byte", f"{expected[0]} byte", means, piece.name)
    ]


@pytest.mark.parametrize(
    ("late_s", "skew_s", "means"),
    [(0, 0, Status.COMPLETE), (60, 60, Status.COMPLETE), (61, 60, Status.STALE), (-9, 0, Status.COMPLETE)],
)
def test_the_date_of_a_head(set_of_three, late_s, skew_s, means):
    piece = header_of(set_of_three[0], created=CREATED)
    began = (CREATED + timedelta(seconds=late_s)).replace(tzinfo=UTC)
    assert told([piece.date_evidence(began, skew_s)]) == [
        ("date", "2025-01-09 16:35:00", f"sejak {began:%Y-%m-%d %H:%M:%S}", means, piece.name)
    ]
    for undated in (header_of(piece, created=None), replace(piece, header=None)):
        assert told([undated.date_evidence(began, skew_s)]) == [
            ("date", "tanpa tanggal", f"sejak {began:%Y-%m-%d %H:%M:%S}", Status.UNKNOWN, piece.name)
        ]


def numbered(pieces):
    return [header_of(piece, file_number=number) for number, piece in enumerate(pieces, 1)]


def test_everything_the_heads_prove_together(set_of_three):
    pieces = numbered(set_of_three)
    guid = pieces[-1].header.guid
    each = [[("guid", guid, guid, Status.COMPLETE, p.name), ("job", JOB, JOB, Status.COMPLETE, p.name)] for p in pieces]
    assert told(set_evidence(pieces, JOB)) == [
        *(one for both in each for one in both),
        ("master", "1 file dengan tabel induk", "1 file dengan tabel induk", Status.COMPLETE, ""),
        ("numbers", "[1, 2, 3]", "[1, 2, 3]", Status.COMPLETE, ""),
    ]
    assert "job" not in [one.check for one in set_evidence(pieces, None)]
    assert told(set_evidence([], JOB)) == []
    assert told(set_evidence([replace(pieces[0], header=None, trailer=None)], JOB)) == []


@pytest.mark.parametrize("guid", ["0" * 32, "F" * 32])
def test_the_file_with_the_master_table_is_the_measure(set_of_three, guid):
    first, second, last = numbered(set_of_three)
    strange = header_of(first, guid=guid)
    assert [
        (one.check, one.subject, one.means) for one in set_evidence([strange, second, last], None) if not one.ok
    ] == [("guid", first.name, Status.STALE)]
    # Without one it is the first.
    assert [one.subject for one in set_evidence([strange, second], None) if one.check == "guid" and not one.ok] == [
        second.name
    ]


def test_another_job_and_a_file_less_or_twice(set_of_three):
    first, second, last = numbered(set_of_three)
    assert {one.means for one in set_evidence([first, second, last], "AAA") if one.check == "job"} == {Status.STALE}
    for pieces, means in (([first, last], Status.TRUNCATED), ([first, second, second, last], Status.DAMAGED)):
        (failure,) = [one for one in set_evidence(pieces, None) if not one.ok]
        assert (failure.check, failure.means) == ("numbers", means)
    (failure,) = [one for one in set_evidence([first, second], None) if not one.ok]
    assert told([failure]) == [("master", "0 file", "1 file dengan tabel induk", Status.UNKNOWN, "")]


def test_two_master_tables(set_of_three):
    first, _, last = numbered(set_of_three)
    copies = [trailer_of(last, master_piece=part) for part in ("001", "002", "001")]
    assert (is_spread(copies[:2]), is_spread(copies), is_spread(copies[:1]), is_spread([])) == (
        True,
        False,
        False,
        False,
    )
    for masters, means in ((copies[:2], Status.UNKNOWN), ([copies[0], copies[2]], Status.DAMAGED)):
        pieces = [header_of(piece, file_number=number) for number, piece in enumerate([first, *masters], 1)]
        (failure,) = [one for one in set_evidence(pieces, None) if not one.ok]
        assert (failure.check, failure.seen, failure.means) == ("master", "2 file dengan tabel induk", means)


def test_where_the_place_of_the_master_table_stands(set_of_three):
    last = set_of_three[-1]
    assert last.place is last.trailer
    without = header_of(last, flags=0)
    assert without.place is without.header
    assert replace(last, header=None).place is None


def test_a_file_without_a_head_is_missed_in_its_set(set_of_three):
    first, second, last = numbered(set_of_three)
    headless = replace(second, header=None, trailer=None)
    evidence = list(set_evidence([first, headless, last], None))
    assert [one.subject for one in evidence if one.check == "guid"] == [first.name, last.name]
    assert [(one.check, one.means) for one in evidence if not one.ok] == [("numbers", Status.TRUNCATED)]


@pytest.mark.parametrize("name", ['"A.B"."XAX"', '"A"."XAX"', "A.XAX"])
def test_a_job_is_known_without_its_owner(set_of_three, name):
    pieces = [header_of(piece, job_name=name) for piece in numbered(set_of_three)]
    assert {(one.seen, one.ok) for one in set_evidence(pieces, "XAX") if one.check == "job"} == {("XAX", True)}
