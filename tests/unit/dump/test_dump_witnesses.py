# SPDX-License-Identifier: GPL-3.0-or-later
"""Every witness of a set by itself: each is asked, each alone changes the verdict, and one may not speak for another.

What a real master table says cannot be changed in the file, where it is one closed stream, so it is changed behind its
reader; files and logs are real.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest
from sample_exports import BEGAN, JOB, export, small_dump
from siak_backup.dump import judge
from siak_backup.dump.judge import judge_log, judge_set
from siak_backup.dump.master import DumpFile, ExportedTable, Extent
from siak_backup.dump.source import Source
from siak_backup.dump.status import Status
from siak_backup.dump.stream import CompressedError, StreamError

PROP, BIODATA, FOTO = "SETUP_PROP", "BIODATA_WNI", "FOTO"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An export of 60 residents into five files. Not to be changed."""
    return export(tmp_path_factory.mktemp("witnesses"), residents=60, filesize="100K")


@pytest.fixture
def judged(made, monkeypatch):
    """Judge the set with a master table that says something else."""
    read = judge.read_master

    def run(change=lambda master: master, **options):
        monkeypatch.setattr(judge, "read_master", lambda source, place: change(read(source, place)))
        return judge_set(options.pop("pieces", made.pieces), **options)

    return run


def failed(judgement):
    return [evidence.check for evidence in judgement.failures]


def asked(judgement):
    return {evidence.check for evidence in judgement.evidence}


def altered(master, table, **changes):
    return replace(master, tables=tuple(replace(t, **changes) if t.name == table else t for t in master.tables))


def table_of(master, name):
    return next(table for table in master.tables if table.name == name)


def edited(made, tmp_path, *change):
    """Return a log with a text replaced once, or all of it."""
    path = tmp_path / "edited.log"
    path.write_text(made.log.read_text().replace(*change))
    return path


def test_every_witness_is_asked_and_says_what_it_saw(made):
    options = {"job_name": JOB, "started_at": BEGAN, "expected_rows": {f"SIAKOFF.{BIODATA}": 60}}
    judgement = judge_set(made.pieces, made.log, **options)
    names = [path.name for path in made.pieces]
    last = names[-1]
    told = [(evidence.check, evidence.subject) for evidence in judgement.evidence]
    assert told == [
        *((check, name) for name in names for check in ("header", "release", "encryption")),
        ("size", last),
        *((check, name) for name in names for check in ("guid", "job")),
        ("master", ""),
        ("numbers", ""),
        *(("date", name) for name in names),
        ("master table", last),
        ("errors", ""),
        ("tables", ""),
        ("files", ""),
        *(("size", name) for name in names[:-1]),
        ("rows", ""),
        ("walk", ""),
        *((check, name) for name in names for check in ("layout", "zeros")),
        ("log", ""),
        ("log job", ""),
        ("log files", ""),
        ("log rows", ""),
        ("log tables", ""),
        ("count", f"SIAKOFF.{BIODATA}"),
    ]
    both = {evidence.check: (evidence.seen, evidence.expected) for evidence in judgement.evidence}
    assert both["errors"] == ("0 kesalahan", "0 kesalahan")
    assert both["files"] == both["log files"] == ("5 file", "5 file")
    assert both["log rows"] == ("0 objek berbeda", "0 objek berbeda")
    assert both["log tables"] == ("0 objek tanpa pasangan", "0 objek tanpa pasangan")
    assert both["count"] == ("60 baris", "60 baris")
    assert both["log"][1] == "ekspor berhasil"
    assert judgement.status is Status.COMPLETE


def swapped_size(by_bytes):
    def change(master):
        first, *rest = master.files
        size_bytes = None if by_bytes is None else first.size_bytes + by_bytes
        return replace(master, files=(replace(first, size_bytes=size_bytes), *rest))

    return change


def twice(master):
    """Two tables that lie in the same place."""
    stolen = table_of(master, BIODATA).extents
    return altered(master, FOTO, extents=stolen, rows=table_of(master, BIODATA).rows)


def in_the_master_table(master):
    """A table that lies where the master table itself does."""
    last = max((extent for table in master.tables for extent in table.extents), key=lambda each: each.file_number)
    place = (len(master.files), master.rows_end // 4096, 4096)
    return altered(master, PROP, extents=(Extent(*place, rows=last.rows),))


@pytest.mark.parametrize(
    ("change", "status", "checks"),
    [
        (lambda m: replace(m, guid="0" * 32), Status.DAMAGED, ["master table"]),
        (lambda m: replace(m, error_count=1), Status.ABORTED, ["errors"]),
        (lambda m: replace(m, error_count=None), Status.COMPLETE, []),
        (lambda m: replace(m, tables=()), Status.EMPTY, ["tables"]),
        (lambda m: replace(m, is_all=False), Status.UNKNOWN, ["tables"]),
        (lambda m: replace(m, is_all=False, files=()), Status.UNKNOWN, ["tables"]),
        (lambda m: replace(m, files=(*m.files, DumpFile("x", 1))), Status.TRUNCATED, ["files"]),
        (lambda m: replace(m, files=m.files[:-1]), Status.DAMAGED, ["files"]),
        (swapped_size(4096), Status.TRUNCATED, ["size"]),
        (swapped_size(-4096), Status.COMPLETE, []),
        (swapped_size(-8192), Status.DAMAGED, ["size"]),
        (swapped_size(None), Status.COMPLETE, []),
        (lambda m: altered(m, BIODATA, rows=61), Status.DAMAGED, ["rows"]),
        (twice, Status.DAMAGED, ["layout"]),
        (in_the_master_table, Status.DAMAGED, ["layout"]),
    ],
    ids=[
        "guid", "errors", "no count of errors", "no table", "not all", "not all, nor files", "a file more",
        "a file less",
        "file too small", "a trailer", "file too large", "no size", "rows", "overlap", "in the master table",
    ],
)  # fmt: skip
def test_what_the_master_table_says_counts(judged, change, status, checks):
    judgement = judged(change)
    assert (judgement.status, failed(judgement)) == (status, checks)


def test_of_too_many_tables_nothing_more_is_asked(judged):
    assert not {"files", "rows", "layout"} & asked(judged(lambda m: replace(m, is_all=False)))


def test_streams_that_overlap_are_not_walked(judged):
    assert "rows" not in asked(judged(twice))


def test_a_hole_does_not_keep_from_walking(made, tmp_path, judged):
    """Between its last stream and the end of a file lie zeros, where a table was forgotten: the others are walked."""

    def forget(master):
        return replace(master, tables=tuple(table for table in master.tables if table.name != FOTO))

    holed = [tmp_path / path.name for path in made.pieces]
    for path, copy in zip(made.pieces, holed, strict=True):
        shutil.copy(path, copy)
    with holed[2].open("r+b") as file:
        file.seek(8192)
        file.write(bytes(3 * 4096))
    judgement = judged(forget, pieces=holed)
    assert (judgement.status, failed(judgement)) == (Status.DAMAGED, ["zeros"])
    assert "rows" in asked(judgement)


def others_of(name, **changes):
    """Say that what is a table of the dump is none, but has its streams."""

    def change(master):
        other = replace(table_of(master, name), schema="", **changes)
        return replace(master, tables=tuple(t for t in master.tables if t.name != name), others=(other,))

    return change


def test_what_is_no_table_needs_sound_heads_only(judged):
    assert judged(others_of(FOTO, rows=None)).failures == ()
    judgement = judged(others_of(FOTO, rows=7))
    assert judgement.failures == ()


def test_what_is_no_table_may_not_lie_where_there_is_no_stream(judged):
    judgement = judged(lambda m: replace(m, others=(ExportedTable("", "S", "", None, (Extent(1, 24, 100, None),)),)))
    assert judgement.status is Status.DAMAGED
    assert set(failed(judgement)) == {"layout"}

    def without_head(master):
        (first,) = table_of(master, PROP).extents
        return others_of(PROP, extents=(replace(first, length_bytes=first.length_bytes - 1),))(master)

    assert failed(judged(without_head)) == ["rows"]


@pytest.mark.parametrize(
    ("error", "status", "seen"),
    [
        (CompressedError(known=True), Status.UNKNOWN, "terkompresi"),
        (StreamError("kepala aneh"), Status.DAMAGED, "kepala aneh"),
    ],
)
def test_a_master_table_that_cannot_be_read(made, monkeypatch, error, status, seen):
    def refuse(source, place):
        raise error

    monkeypatch.setattr(judge, "read_master", refuse)
    judgement = judge_set(made.pieces)
    (evidence,) = judgement.failures
    assert (judgement.status, evidence.check, evidence.subject) == (status, "master table", made.pieces[-1].name)
    assert (evidence.seen, evidence.expected) == (seen, "terbaca")
    assert judgement.tables == ()


def test_nothing_is_read_inside_of_what_contradicts_itself(made, tmp_path, monkeypatch):
    def refuse(source, place):
        raise StreamError("dibaca juga")

    monkeypatch.setattr(judge, "read_master", refuse)
    encrypted = tmp_path / made.pieces[1].name
    shutil.copy(made.pieces[1], encrypted)
    with encrypted.open("r+b") as file:
        file.seek(0x34)
        file.write(b"\x03")
    judgement = judge_set([made.pieces[0], encrypted, *made.pieces[2:]])
    assert (judgement.status, failed(judgement)) == (Status.UNKNOWN, ["encryption"])


def test_a_file_without_a_head_has_no_date_nor_job(made, tmp_path):
    empty = tmp_path / "empty.dmp"
    empty.write_bytes(b"")
    log = edited(made, tmp_path, JOB, "SIAK_BACKUP_OTHER")
    judgement = judge_set([empty, *made.pieces[1:]], log, started_at=BEGAN)
    assert judgement.status is Status.TRUNCATED
    assert {evidence.subject for evidence in judgement.evidence if evidence.check == "date"} == {
        path.name for path in made.pieces[1:]
    }
    assert "log job" in failed(judgement)
    assert "log job" not in asked(judge_set([empty], log))


@pytest.mark.parametrize(("late_s", "status"), [(300, Status.COMPLETE), (301, Status.STALE)])
def test_clocks_may_be_five_minutes_apart(tmp_path, late_s, status):
    path = small_dump(tmp_path / "a.dmp", (12, 2), "x", [b"scan"])
    assert judge_set([path], started_at=BEGAN + timedelta(seconds=late_s)).status is status


def test_without_a_master_table_the_log_tells_the_tables(made):
    judgement = judge_set(made.pieces[:-1], made.log, expected_rows={f"SIAKOFF.{BIODATA}": 61})
    assert {table.name: table.rows for table in judgement.tables}[BIODATA] == 60
    assert judgement.failures[-1].means is Status.DAMAGED


def test_the_master_table_tells_them_where_it_is(made, tmp_path):
    log = edited(made, tmp_path, " 60 rows", " 61 rows")
    judgement = judge_set(made.pieces, log)
    assert {table.name: table.rows for table in judgement.tables}[BIODATA] == 60


@pytest.mark.parametrize("rows", [59, 61])
def test_the_log_may_count_neither_more_nor_less(made, tmp_path, rows):
    judgement = judge_set(made.pieces, edited(made, tmp_path, " 60 rows", f" {rows} rows"))
    assert (judgement.status, failed(judgement)) == (Status.DAMAGED, ["log rows"])


def test_a_log_that_names_a_file_less_or_more(made, tmp_path):
    line = f"  {made.pieces[0]}\n"
    less = judge_set(made.pieces, edited(made, tmp_path, line, ""))
    assert (less.status, failed(less)) == (Status.STALE, ["log files"])
    more = judge_set(made.pieces, edited(made, tmp_path, line, line * 2))
    assert (more.status, failed(more)) == (Status.TRUNCATED, ["log files"])


def test_a_log_without_files_or_job_says_nothing_of_them(made, tmp_path):
    without = edited(made, tmp_path, "Dump file set for", "Kumpulan")
    without.write_text(without.read_text().replace("  /", "/"))
    assert "log files" not in asked(judge_set(made.pieces, without))
    strange = edited(made, tmp_path, 'Starting "', "Starting ")
    judgement = judge_set(made.pieces, strange)
    assert ("log job" in asked(judgement), judgement.status) == (False, Status.TRUNCATED)


def test_rows_are_set_beside_a_good_log_only(made, tmp_path):
    cut = edited(made, tmp_path, "successfully completed", "completed with 1 error(s)")
    judgement = judge_set(made.pieces, cut)
    assert (judgement.status, failed(judgement)) == (Status.ABORTED, ["log"])
    assert not {"log rows", "log tables"} & asked(judgement)


def test_names_that_the_dump_spells_in_another_character_set(judged, made):
    judgement = judged(lambda m: altered(m, FOTO, name="F\ufffdTO"), log=made.log)
    assert judgement.failures == ()


def test_rows_that_the_master_table_does_not_tell_are_not_those_of_the_log(judged, made):
    judgement = judged(lambda m: altered(m, PROP, rows=None), log=made.log)
    assert failed(judgement) == ["rows", "log rows"]


def test_rows_that_nobody_knows_are_not_what_the_database_counted(judged):
    judgement = judged(lambda m: altered(m, BIODATA, rows=None), expected_rows={f"SIAKOFF.{BIODATA}": 60})
    evidence = judgement.failures[-1]
    assert (evidence.check, evidence.means, evidence.subject) == ("count", Status.UNKNOWN, f"SIAKOFF.{BIODATA}")
    assert (evidence.seen, evidence.expected) == ("tidak diketahui", "60 baris")


def test_a_log_alone(made, tmp_path):
    with Source(made.log) as source:
        judgement = judge_log(source)
    (evidence,) = judgement.evidence
    assert (judgement.kind, judgement.status, len(judgement.tables)) == ("log", Status.COMPLETE, 8)
    assert (evidence.check, evidence.expected, evidence.subject) == ("log", "ekspor berhasil", made.log.name)
    assert judgement.header == {
        "written_by": "datapump",
        "job_name": f"SIAK_BACKUP.{JOB}",
        "files": [str(path) for path in made.pieces],
    }
    bare = tmp_path / "bare.log"
    bare.write_text("surat\n")
    with Source(bare) as source:
        assert (judge_log(source).kind, judge_log(source).status) == ("", Status.UNKNOWN)


def test_a_log_is_read_from_its_first_letter_on(made, tmp_path):
    log = tmp_path / "exp.log"
    log.write_text("Export terminated successfully without warnings.\n")
    with Source(log) as source:
        assert judge_log(source).status is Status.EMPTY
    assert "log" not in failed(judge_set(made.pieces, log))
