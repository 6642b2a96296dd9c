# SPDX-License-Identifier: GPL-3.0-or-later
"""Line by line: what a log must say exactly, and what may stand in it without meaning anything."""

from __future__ import annotations

from dataclasses import replace

import pytest
from siak_backup.dump.log import Ending, ExportLog, read_log
from siak_backup.dump.status import Status
from siak_backup.dump.verdict import TableRows

HEAD = 'Starting "SYSTEM"."MALAM":  system/******** schemas=SIAKOFF\n'
TABLE = '. . exported "SIAKOFF"."CAPIL"      5.070 KB       3 rows\n'
MASTER = 'Master table "SYSTEM"."MALAM" successfully loaded/unloaded\n'
FILES = "Dump file set for SYSTEM.MALAM is:\n  /d/malam_01.dmp\n"
LAST = 'Job "SYSTEM"."MALAM" successfully completed at Fri Oct 9 22:34:04 2020 elapsed 0 00:00:24\n'
GOOD = HEAD + TABLE + MASTER + FILES + LAST
CAPIL = TableRows("SIAKOFF", "CAPIL", "", 3)
STAMP = "02-JUL-25 17:25:27.400: "
EXP_LAST = "Export terminated successfully without warnings.\n"
LONGEST = 1 << 20
CHUNK = 1 << 16


def log_of(*parts: str) -> ExportLog:
    return read_log("".join(parts).encode())


def with_lines(*lines: str) -> ExportLog:
    """Read a good log with more lines behind the one that names the job."""
    return log_of(HEAD, *(f"{line}\n" for line in lines), TABLE, MASTER, FILES, LAST)


def exp_of(*lines: str) -> ExportLog:
    return log_of(*(f"{line}\n" for line in lines), EXP_LAST)


def rows_of(log: ExportLog) -> list[tuple[str, str, int | None]]:
    return [(table.name, table.partition, table.rows) for table in log.tables]


def test_everything_of_a_good_log():
    assert log_of(GOOD) == ExportLog(
        kind="datapump", job_owner="SYSTEM", job_name="MALAM", tables=(CAPIL,), files=("/d/malam_01.dmp",),
        master_written=True, ending=Ending.SUCCEEDED, last_line=LAST.strip(),
    )  # fmt: skip


def test_everything_of_no_log():
    log = read_log(b"")
    texts = (log.kind, log.job_owner, log.job_name, log.last_line)
    lists = (log.tables, log.files, log.error_lines, log.harmless_lines)
    flags = (log.master_written, log.has_zeros, log.is_beyond_bounds)
    assert (texts, lists, flags) == (("",) * 4, ((),) * 4, (False,) * 3)
    assert (log.ending, log.ending.value, log) == (Ending.MISSING, "missing", ExportLog())


@pytest.mark.parametrize("code", ["ORA-28002", "UDE-28002", "ORA-28011", "UDE-28011", "ORA-39173", "EXP-00091"])
def test_codes_that_touch_no_row(code):
    log = with_lines(f"{code}: x")
    assert (log.status, log.harmless_lines, log.error_lines) == (Status.COMPLETE, (f"{code}: x",), ())


def test_a_harmless_code_beside_another_is_an_error():
    assert with_lines("ORA-39173: x ORA-01555").status is Status.ABORTED


@pytest.mark.parametrize("name", ["ADA", "PAGI"])
def test_the_master_table_of_another_job_proves_nothing(name):
    assert log_of(GOOD.replace(MASTER, MASTER.replace("MALAM", name))).status is Status.TRUNCATED


def test_words_may_follow_the_master_table():
    assert log_of(GOOD.replace(MASTER, MASTER.replace("\n", " in 3 seconds\n"))).succeeded


def test_the_first_line_that_names_a_job_does():
    log = with_lines('Starting "SYSTEM"."PAGI":  x')
    assert (log.job_name, log.status) == ("MALAM", Status.COMPLETE)


def test_a_code_in_a_table_s_name_is_none():
    log = with_lines('. . exported "SIAKOFF"."A (ORA-01555"      1 KB       1 rows')
    assert (log.error_lines, len(log.tables), log.status) == ((), 2, Status.COMPLETE)


def test_one_prefix_is_taken_off_not_two():
    assert len(with_lines(STAMP + TABLE.strip()).tables) == 2
    assert len(with_lines(STAMP + STAMP + TABLE.strip()).tables) == 1


@pytest.mark.parametrize("rest", ["x", "Job", "\N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_what_follows_the_last_line_feed_takes_its_proof(rest):
    log = log_of(GOOD, rest)
    assert (log.ending, log.last_line, log.status) == (Ending.MISSING, "", Status.TRUNCATED)


@pytest.mark.parametrize("size_bytes", [len(GOOD) + 1, CHUNK, 2 * CHUNK])
def test_half_a_letter_at_the_end_is_something(size_bytes):
    """Wherever the reader's chunks end."""
    filler = "x" * (size_bytes - len(GOOD) - 2) + "\n" if size_bytes > len(GOOD) + 1 else ""
    content = (filler + GOOD).encode() + b"\xc3"
    assert len(content) == size_bytes
    assert read_log(content[:-1]).succeeded
    assert read_log(content).status is Status.TRUNCATED


def test_utf_16_of_either_order():
    assert read_log(b"\xff\xfe" + GOOD.encode("utf-16-le")).succeeded
    assert read_log(b"\xfe\xff" + GOOD.encode("utf-16-be")).succeeded


@pytest.mark.parametrize("name", ["ADA", "PAGI"])
def test_the_end_of_another_job_is_none(name):
    assert log_of(GOOD.replace(LAST, LAST.replace("MALAM", name))).ending is Ending.MISSING


def test_a_last_line_with_more_names_is_none():
    assert log_of(GOOD.replace("00:00:24", '00:00:24 "x"')).ending is Ending.MISSING


# Bounds


def test_a_line_may_be_long_but_not_longer():
    assert with_lines("x" * LONGEST).status is Status.COMPLETE
    log = with_lines("ORA-01555: ".ljust(LONGEST + 1, "x"))
    assert (log.status, log.error_lines, log.is_beyond_bounds) == (Status.UNKNOWN, (), True)


def test_a_line_of_many_chunks_is_too_long_wherever_it_ends():
    assert log_of("x" * (20 * CHUNK), "\n", GOOD).status is Status.UNKNOWN


def test_so_many_errors_are_kept_and_so_much_of_each():
    log = with_lines(*["ORA-01555: ".ljust(3000, "x")] * 3, *["ORA-01555: x"] * 9_998)
    assert (len(log.error_lines), len(log.error_lines[0])) == (10_000, 2000)


def test_so_many_tables_are_kept(monkeypatch):
    monkeypatch.setattr("siak_backup.dump.log.MOST_TABLES", 2)
    two, three = with_lines(TABLE.strip()), with_lines(TABLE.strip(), TABLE.strip())
    assert (len(two.tables), two.status) == (2, Status.COMPLETE)
    assert (len(three.tables), three.status) == (2, Status.UNKNOWN)
    many = ". . exporting table  KTP    4 rows exported"
    assert exp_of(many, many).status is Status.COMPLETE
    assert exp_of(many, many, many).status is Status.UNKNOWN
    # Lines like these in a log of Data Pump are no tables, however many there are.
    assert with_lines(many, many, many).status is Status.COMPLETE


# What a person is shown


def test_the_summary_is_of_errors_then_of_the_last_line():
    errors = [f"ORA-0000{n}: x" for n in range(1, 6)]
    assert with_lines(*errors).summary() == "ORA-00001: x; ORA-00002: x; ORA-00003: x"
    assert len(with_lines("ORA-00001: ".ljust(900, "x")).summary()) == 500
    assert log_of(GOOD).summary() == LAST.strip()
    assert len(log_of(GOOD.replace("elapsed", "e" * 600)).summary()) == 500
    assert log_of(GOOD, "x").summary() == "tanpa baris akhir"


def test_the_summary_repeats_no_command_line_and_no_last_line_that_is_no_exports():
    complaint = "LRM-00108: invalid positional parameter value 'siak/kenari-7731'"
    assert with_lines(complaint, "ORA-00001: x").summary() == "LRM-00108; ORA-00001: x"
    assert log_of("kenari-7731", "\n").summary() == "tanpa baris akhir"
    foreign = with_lines()
    assert replace(foreign, ending=Ending.FOREIGN, last_line="kenari-7731").summary() == "baris akhir tidak dikenal"


def test_the_log_of_an_import_keeps_its_last_line():
    log = log_of("Import: Release 19.0.0.0.0\n", LAST)
    assert (log.kind, log.last_line) == ("", LAST.strip())


# Files


@pytest.mark.parametrize(
    "lines",
    [
        ["  catatan"],
        ["Daftar:", "  catatan"],
        ["Tentang SYSTEM.MALAM", "  catatan"],
        ["Tentang SYSTEM.MALAM: ada", "  catatan"],
    ],
)
def test_indented_lines_elsewhere_are_no_files(lines):
    assert with_lines(*lines).files == ("/d/malam_01.dmp",)
    assert log_of(*(f"{line}\n" for line in lines), GOOD).files == ("/d/malam_01.dmp",)


def test_of_two_lists_of_files_the_first_counts():
    log = log_of(GOOD.replace(FILES, f"{FILES}\nDump file set for SYSTEM.MALAM is:\n  /d/lain.dmp\n"))
    assert log.files == ("/d/malam_01.dmp",)


# Which program wrote it


@pytest.mark.parametrize(
    ("lines", "kind", "status"),
    [
        (["Export: Release 10.2.0.1.0", "Password:"], "exp", Status.TRUNCATED),
        (["EXP-00000: Export terminated unsuccessfully"], "exp", Status.ABORTED),
        ([". . exporting table  KTP    4 rows exported"], "exp", Status.TRUNCATED),
        ([EXP_LAST.strip()], "exp", Status.EMPTY),
        (["Lihat Export: Release "], "", Status.UNKNOWN),
        ([";;;", "ORA-39000: x"], "datapump", Status.ABORTED),
        (["", "", ";;; ", "x"], "datapump", Status.TRUNCATED),
        (["", "", "", ";;;", "x"], "", Status.UNKNOWN),
    ],
)
def test_the_program_is_known_by_its_own_lines(lines, kind, status):
    log = log_of(*(f"{line}\n" for line in lines))
    assert (log.kind, log.status, log.job_owner, log.job_name) == (kind, status, "", "")


def test_how_exp_stopped():
    assert log_of("EXP-00000: Export terminated unsuccessfully\n").ending is Ending.STOPPED


# exp's lines of tables


def test_a_partition_before_any_table_has_none():
    assert exp_of(". . exporting partition   P1   3 rows exported").tables == (TableRows("", "", "P1", 3),)


def test_short_lines_name_no_table():
    log = exp_of(". . exporting table   CAPIL", ". . exporting", ". . exporting partition   P1   3 rows exported")
    assert rows_of(log) == [("CAPIL", "P1", 3)]
    log = exp_of(". . Tabelle CAPIL", ". . exporting partition   P1   3 rows exported")
    assert rows_of(log) == [("CAPIL", "P1", 3)]


@pytest.mark.parametrize(
    ("line", "tables"),
    [
        ("- - exporting table  KTP    4 rows exported", []),
        (". x exporting table  KTP    4 rows exported", []),
        (". . exporting table  KTP    4", [("KTP", "", 4)]),
        (". . exporting KTP    4 rows", [("KTP", "", 4)]),
        (". . KTP 4 rows", []),
        (". . exporting table  KTP    4 rows 3th", [("KTP", "", 4)]),
        (". . partition  P1    4 rows", [("", "P1", 4)]),
    ],
)
def test_where_the_rows_stand(line, tables):
    assert rows_of(exp_of(line)) == tables


def test_an_owner_is_named_by_a_whole_line():
    log = exp_of(
        "Current user changed to SIAKOFF",
        "Current user changed to LAIN dan kembali",
        ". . exporting table  KTP    4 rows exported",
    )
    assert log.tables == (TableRows("SIAKOFF", "KTP", "", 4),)
