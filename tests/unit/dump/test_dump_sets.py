# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files are judged together, how much of them is walked, and when they were made."""

from __future__ import annotations

import shutil
import struct
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest
from sample_exp import NUMBER, exp_file, row, section, value
from sample_exports import BEGAN
from siak_backup.dump.__main__ import main
from siak_backup.dump.files import find_dumps, judge_dumps
from siak_backup.dump.master import read_master
from siak_backup.dump.piece import Piece
from siak_backup.dump.source import Source
from siak_backup.dump.status import Status
from siak_backup.dump.stream import read_head
from siak_backup.dump.values import moment
from siak_backup.dump.verdict import conclude
from siak_backup.errors import UnreadableError

EXP = exp_file(section("T", [NUMBER], [row(value(b"\xc1\x02"))]))


def statuses(paths, **options):
    return [conclude(dump.evidence) for dump in judge_dumps(paths, **options)]


def test_a_spoilt_copy_says_nothing_of_the_dump(one_file, tmp_path):
    (piece,) = one_file.pieces
    cut = tmp_path / f"{piece.name}.part"
    cut.write_bytes(piece.read_bytes()[:-1])
    assert statuses([piece, cut]) == [Status.COMPLETE, Status.TRUNCATED]


def test_copies_of_a_set_lie_in_folders_of_their_own(pieces, tmp_path):
    copies = [Path(shutil.copy(piece, tmp_path)) for piece in pieces.pieces]
    assert statuses([*pieces.pieces, *copies]) == [Status.COMPLETE, Status.COMPLETE]
    copies[0].unlink()
    assert statuses([*pieces.pieces, *copies[1:]]) == [Status.COMPLETE, Status.TRUNCATED]


def test_a_set_may_lie_in_several_folders(pieces, tmp_path):
    moved = Path(shutil.copy(pieces.pieces[0], tmp_path))
    assert statuses([moved, *pieces.pieces[1:]]) == [Status.COMPLETE]


def test_a_piece_twice_in_one_folder_is_no_set(pieces, tmp_path):
    copies = [Path(shutil.copy(piece, tmp_path)) for piece in pieces.pieces]
    twice = Path(shutil.copy(copies[1], tmp_path / "twice.dmp"))
    assert statuses([*copies, twice]) == [Status.DAMAGED]


@pytest.mark.parametrize(("parts", "expected"), [((1, 2), Status.UNKNOWN), ((1, 1), Status.DAMAGED)])
def test_a_master_table_in_two_files(pieces, tmp_path, parts, expected):
    """Nobody has seen one that is spread; two that say they are the same part contradict each other."""
    copies = [Path(shutil.copy(piece, tmp_path)) for piece in pieces.pieces]
    with ExitStack() as stack:
        read = [Piece.read(stack.enter_context(Source(copy))) for copy in copies]
    (holder,) = [piece for piece in read if piece.holds_master]
    other = read[0]
    place_at = other.source.size_bytes - 4096 if other.header.has_trailer else 0
    in_holder = holder.source.size_bytes - 4096 if holder.header.has_trailer else 0
    text_at = 0x21A if holder.header.version == (3, 1) else 0x395
    blocks = other.source.size_bytes // 4096 - other.header.has_trailer
    for path, at, part in ((other.source.path, place_at, parts[0]), (holder.source.path, in_holder, parts[1])):
        with path.open("r+b") as file:
            file.seek(at + text_at)
            file.write(b"002:%03d:000001:000001" % part)
            if path is other.source.path:
                file.seek(at + 0x36)
                file.write(struct.pack(">IQ", blocks, 4096))
    assert statuses(copies) == [expected]


@pytest.mark.parametrize("walk_bytes", [0, 20_000, None])
def test_the_evidence_says_how_much_was_walked(one_file, walk_bytes):
    (dump,) = judge_dumps(one_file.pieces, walk_bytes=walk_bytes)
    assert conclude(dump.evidence) is Status.COMPLETE
    (seen,) = [evidence.seen for evidence in dump.evidence if evidence.check == "walk"]
    walked, total = (int(word) for word in seen.split() if word.isdecimal())
    if walk_bytes is None:
        assert walked == total
    else:
        assert walked <= walk_bytes < total
        assert bool(walked) == bool(walk_bytes)


def test_damage_is_found_where_was_walked(one_file, tmp_path):
    """The first row of the largest table is spoilt; the head of its stream still is what the master table says."""
    (piece,) = one_file.pieces
    with Source(piece) as source:
        place = Piece.read(source).place
        tables = read_master(source, place).tables
        largest = max((extent for table in tables for extent in table.extents), key=lambda extent: extent.length_bytes)
        rows_at = read_head(source, largest.offset).rows_offset
    content = bytearray(piece.read_bytes())
    content[rows_at : rows_at + 64] = bytes(64)
    spoilt = tmp_path / piece.name
    spoilt.write_bytes(content)
    assert statuses([spoilt]) == [Status.DAMAGED]
    assert statuses([spoilt], walk_bytes=0) == [Status.COMPLETE]


@pytest.mark.parametrize(("year", "expected"), [(2020, Status.COMPLETE), (2090, Status.STALE)])
def test_made_after(one_file, year, expected):
    assert statuses(one_file.pieces, made_after=datetime.fromisoformat(f"{year}-03-17T22:00:00+07:00")) == [expected]


def test_a_classic_export_has_no_time_that_could_be_read(tmp_path):
    path = tmp_path / "exp.dmp"
    path.write_bytes(EXP)
    assert statuses([path]) == [Status.COMPLETE]
    assert statuses([path], made_after=BEGAN) == [Status.UNKNOWN]


def test_what_a_folder_holds(tmp_path):
    (tmp_path / "folder.dmp").mkdir()
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "a.DMP").write_bytes(b"")
    (tmp_path / "b.log").write_bytes(b"")
    (tmp_path / "c").write_bytes(EXP)
    (tmp_path / "gone").symlink_to("nowhere")
    assert [path.name for path in find_dumps(tmp_path)] == ["a.DMP", "b.log", "c"]
    assert find_dumps(tmp_path / "c") == [tmp_path / "c"]


def test_a_folder_that_may_not_be_read(tmp_path, monkeypatch):
    def refused(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refused)
    with pytest.raises(UnreadableError):
        find_dumps(tmp_path)


def test_the_command_walks_no_more_than_it_is_told(one_file, capsys):
    assert main([str(one_file.pieces[0]), "--walk-bytes", "0"]) == 0
    assert "walk: 0 dari " in capsys.readouterr().out


@pytest.mark.parametrize("field_at", [6, 22, 38])
def test_a_stream_that_is_no_table(real_dumps, tmp_path, field_at):
    """The statistics of the 12.2 dump lie in the first stream of the file."""
    content = bytearray((real_dumps / "expdp-12.2-linux-hr.dmp").read_bytes())
    head = content.index(b"\xff\xff$$")
    content[head + field_at : head + field_at + 8] = (16 << 40).to_bytes(8, "big")
    path = tmp_path / "huge.dmp"
    path.write_bytes(content)
    assert statuses([path]) == [Status.DAMAGED]


def test_the_facts_of_the_job(one_file):
    (dump,) = judge_dumps(one_file.pieces)
    facts = dump.as_dict()
    assert (facts["mode"], facts["schemas"], facts["parameters"]["LOG_FILE_NAME"]) == (
        "SCHEMA",
        ["SIAKOFF"],
        one_file.log.name,
    )
    assert {"platform", "instance", "job_version"} <= facts.keys()
    began, made = facts["started_at_server"], facts["files"][0]["created_at_server"]
    assert began <= made


def test_the_facts_of_a_real_job(real_dumps):
    (dump,) = judge_dumps([real_dumps / "expdp-11.2-win64-store_shop.dmp"])
    facts = dump.as_dict()
    assert (facts["platform"], facts["instance"], facts["job_version"]) == (
        "Microsoft Windows x86 64-bit",
        "xe",
        "11.2.0.0.0",
    )
    assert facts["started_at_server"] == "2019-08-09T01:11:46"
    assert facts["schemas"] == ["STORE_SHOP"]
    assert facts["parameters"]["SCHEMA_LIST"] == "'STORE_SHOP'"
    assert facts["parameters"]["COMPRESSION"] == "METADATA_ONLY"
    assert facts["parameters"]["CLIENT_COMMAND"].startswith("STORE_SHOP/******** schemas=STORE_SHOP")


@pytest.mark.parametrize("data", [b"", b"xw", bytes(7), b"xw\x0d\x09\x02\x0c\x2f"])
def test_bytes_that_are_no_date(data):
    assert moment(data) is None
