# SPDX-License-Identifier: GPL-3.0-or-later
"""What people read: the entry, the table, and the columns both are made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import START
from siak_backup.agenda import entry, table
from siak_backup.agenda.facts import FileFact, Outcome, files, outcome
from siak_backup.agenda.grid import cut, grid, paragraph, printable
from siak_backup.agenda.judge import judge_server, judge_step
from siak_backup.agenda.ledger import RunState, ServerState, StepState
from siak_backup.agenda.realisasi import realisasi, result, zone_of
from siak_backup.calendar import WIB
from siak_backup.sop import Sop

MASTER = {"name": "master.dmp", "size_bytes": 18_900_000, "sha256": "ab" * 32}
COUNT = {"table": "SIAKOFF.BIODATA_WNI", "rows_in_database": 66000, "rows_in_export": 66000}
MEDIUM = "/media/disk/sukamara/09jan2025"
PATH = "/srv/siak-backup/archive/sukamara/09jan2025"


def step(number: int, *, facts: dict[str, object], minutes: float = 1) -> StepState:
    began_at = START + timedelta(minutes=2 * number)
    return StepState(number, "ok", began_at, began_at + timedelta(minutes=minutes), facts=facts)


@pytest.fixture
def good() -> ServerState:
    return ServerState(
        "sukamara",
        "ok",
        office="Kabupaten Sukamara (62.08)",
        zone="WIB",
        steps={
            1: step(1, facts={"override": ""}),
            2: step(2, facts={"pieces": 1, "size_bytes": 18_900_000, "rehearsal": True}),
            3: step(3, facts={"files": 1, "size_bytes": 18_900_000, "counts": [COUNT], "verdict": "complete"}),
            4: step(4, facts={"files": [MASTER], "path": PATH}),
            5: step(5, facts={"files": [MASTER], "path": MEDIUM, "label": "DISK-01", "read_back": "O_DIRECT"}),
            6: step(6, facts={"entry": "/x.txt"}),
        },
    )


def run_with(*servers: ServerState) -> RunState:
    return RunState(
        "20250109T093500Z-abcdef",
        "ok",
        "",
        "kendali",
        "24/1",
        START,
        START,
        None,
        {each.name: each for each in servers},
    )


def test_the_entry_of_a_good_night(sop: Sop, good: ServerState):
    text = entry.render(sop, run_with(good), good)
    for words in (
        "AGENDA KEGIATAN HARIAN", "000.8.3.3/24/1.Dukcapil/2025", "GLADI", "Kabupaten Sukamara (62.08)",
        "Kamis, 9 Januari 2025", "16.37 - 16.48 WIB", "Administrator Database, Kasi SIAK, Kabid PIAK",
        ": berhasil\n", "18.900.000 B", "18,9 MB", "ab" * 32, PATH, "DISK-01",
        "dump lengkap, terbukti; SIAKOFF.BIODATA_WNI 66.000 dari 66.000 baris; kopian di media dibaca ulang dan sama",
        "1 menit; 1 file, 18,9 MB",
        "Kendala: tidak ada",
    ):  # fmt: skip
        assert words in text
    assert "tidak sesuai" not in text
    assert max(map(len, text.splitlines())) <= 132
    assert entry.render(sop, run_with(good), good) == text


def test_the_servers_own_folder_is_told_where_there_is_one(sop: Sop, good: ServerState):
    assert "Folder di server" not in entry.render(sop, run_with(good), good)
    filed = step(4, facts={"files": [MASTER], "path": PATH, "server_folder": "/u01/backup/09jan2025"})
    server = replace(good, steps={**good.steps, 4: filed})
    assert "Folder di server : /u01/backup/09jan2025\n" in entry.render(sop, run_with(server), server)


def test_the_entry_of_a_bad_night_says_what_and_why(sop: Sop):
    failed = replace(step(2, facts={}), status="failed", reason="SIAK-210 ekspor berhenti")
    bad = ServerState(
        "lamandau", "failed", "langkah 2", steps={1: step(1, facts={"override": "mati lampu"}), 2: failed}
    )
    text = entry.render(sop, run_with(bad), bad)
    for words in (
        ": gagal\n", "Berkas: tidak ada yang tercatat", "Hasil verifikasi : belum terbukti", "tidak dijalankan",
        "- Langkah 1: dimulai dalam jam pelayanan, alasan: mati lampu", "- Langkah 2: SIAK-210 ekspor berhenti",
    ):  # fmt: skip
        assert words in text
    assert "GLADI" not in text


def test_a_server_never_reached_has_an_entry_with_its_reason(sop: Sop):
    lost = ServerState("jauh", "never_reached", "tidak pernah dijangkau run ini")
    text = entry.render(sop, run_with(lost), lost)
    assert "gagal, tidak pernah dijangkau" in text
    assert "- tidak pernah dijangkau run ini" in text
    assert "16.35 - -" in text


def test_an_unproven_dump_is_told_as_such(sop: Sop, good: ServerState):
    facts = {"files": [MASTER], "verdict": {"status": "truncated", "evidence": "x"}}
    server = replace(good, steps={**good.steps, 3: step(3, facts=facts)})
    assert "belum terbukti (truncated)" in entry.render(sop, run_with(server), server)
    assert result(server, judge_server(sop, server)) == "berhasil dengan peringatan"


def test_an_entry_lies_under_the_date_of_the_office(good: ServerState, tmp_path: Path):
    late = replace(run_with(good), began_at=START + timedelta(hours=8))
    assert entry.entry_path(tmp_path, late, good).parent.name == "2025-01-10"
    assert entry.entry_path(tmp_path, run_with(good), good) == (
        tmp_path / "entri/2025-01-09/20250109T093500Z-abcdef-sukamara.txt"
    )


@pytest.mark.parametrize("width", [80, 120, 160])
def test_the_table_fits_its_width_and_paths_are_whole(sop: Sop, good: ServerState, width: int):
    other = ServerState("lamandau", "unreachable", "x")
    lines = table.render(sop, run_with(good, other), Path("/agenda"), width=width)
    rows = [line for line in lines if "/" not in line and "GLADI" not in line]
    assert max(map(len, rows)) <= width
    assert "GLADI" in lines[0]
    assert "sukamara: berhasil" in lines
    assert f"  arsip {PATH}" in lines
    assert "  media DISK-01 /media/disk/sukamara/09jan2025" in lines
    assert "lamandau: gagal, server tidak terjangkau" in lines
    assert lines[-1] == "Agenda: /agenda/entri/2025-01-09/20250109T093500Z-abcdef-*.txt"


def test_a_good_night_takes_one_line_a_step(sop: Sop, good: ServerState):
    lines = table.render(sop, run_with(good, replace(good, name="lamandau")), Path("/agenda"), width=140)
    # The mark, the header, two servers of six steps, each with a blank line, a result and two places, the agenda.
    assert len(lines) == 1 + 2 + 12 + 2 * 4 + 1


def test_table_names_what_the_office_left_out_and_what_waits_for_somebody(sop, good):
    good.steps[2].facts["choice"] = "tanpa INDEX"
    good.steps[3].facts["swing"] = {"found": [{"table": "SIAKOFF.BIODATA_WNI", "before": 900, "now": 300}]}
    lines = table.render(sop, run_with(good), Path("/agenda"), width=140)
    assert "  menurut pilihan kantor: tanpa INDEX" in lines
    (line,) = [line for line in lines if "SIAKOFF.BIODATA_WNI" in line]
    assert line.startswith("  perubahan besar menunggu diterima (lihat agenda): SIAKOFF.BIODATA_WNI turun 66,7 %")


def test_a_narrow_terminal_costs_the_first_step_a_second_line_and_no_other(sop: Sop, good: ServerState):
    lines = table.render(sop, run_with(good), Path("/agenda"), width=80)
    assert len(lines) == 1 + 2 + (6 + 1) + 4 + 1


def test_reasons_stand_below_the_table_and_within_its_width(sop: Sop, good: ServerState):
    reason = "SIAK-201 listener tidak menjawab (10.0.0.1:1521/SIAK): " + "hidupkan listener " * 12
    failed = replace(good, status="failed", steps={1: replace(step(1, facts={}), status="failed", reason=reason)})
    lines = table.render(sop, run_with(failed), Path("/agenda"), width=90)
    start = lines.index("sukamara: gagal") + 1
    assert lines[start].startswith("  langkah 1: ")
    told = " ".join(line.strip() for line in lines[start:-1])
    assert reason.strip() in told
    assert max(map(len, lines)) <= 90


def test_realisasi_of_each_state(sop: Sop):
    export, first = sop.steps[1], sop.steps[0]
    running = StepState(2, "running", START)
    assert realisasi(judge_step(export, None), WIB) == "-"
    assert realisasi(judge_step(export, running), WIB) == "mulai 16.35 WIB"
    assert (
        realisasi(judge_step(export, replace(running, status="interrupted")), WIB) == "mulai 16.35 WIB, tidak selesai"
    )
    assert realisasi(judge_step(export, step(2, facts={"files": [MASTER]})), WIB) == "1 menit; 1 file, 18,9 MB"
    assert realisasi(judge_step(export, step(2, facts={}, minutes=-1)), WIB) == "mulai 16.39 WIB"
    assert realisasi(judge_step(first, step(1, facts={})), WIB) == "mulai 16.37 WIB, 1 menit"
    assert (
        realisasi(judge_step(first, step(1, facts={"entry": "x"}, minutes=-1)), WIB)
        == "mulai 16.37 WIB; agenda tertulis"
    )


def test_an_unknown_zone_reads_as_the_sops_own():
    assert zone_of(ServerState("a", zone="CET")) is WIB
    assert zone_of(ServerState("a", zone="WIT")).name == "WIT"


def test_foreign_facts_are_passed_over(sop: Sop):
    assert files({"files": "x"}) == ()
    assert files({"files": [1, {}, {"name": "a", "size_bytes": "1"}, {"name": "", "size_bytes": 1}]}) == ()
    assert files({"files": [{"name": "a", "size_bytes": 1}]}) == (FileFact("a", 1, ""),)
    server = ServerState(
        "a", steps={3: step(3, facts={"verdict": "complete", "rehearsal": "ya"}), 4: step(4, facts={"path": 5})}
    )
    assert outcome(sop, server) == Outcome(verdict="complete")
    assert outcome(sop, ServerState("a", steps={3: step(3, facts={"counts": [1, {"table": "x"}]})})) == Outcome()
    assert outcome(sop, ServerState("a", steps={3: step(3, facts={"counts": "x"})})) == Outcome()


def test_columns_are_aligned_and_wrapped():
    assert grid(("No", "Kegiatan"), [("1", "satu dua tiga")], width=12) == [
        "No  Kegiatan",
        "--  --------",
        "1   satu dua",
        "    tiga",
    ]
    assert grid(("A", "B"), [], width=80) == ["A  B", "-  -"]
    assert grid(("A", ""), [("x", "")], width=1) == ["A", "-  -", "x"]
    assert max(map(len, grid(("A", "B"), [("x" * 50, "y" * 50)], width=20))) == 20
    assert max(map(len, grid(("A", "B"), [("x" * 50, "y" * 50)], width=3))) == 14


def test_listed_failures_begin_a_line_each_and_no_word_is_broken():
    setting = "(siak_service_hours.senin)"
    text = f"- SIAK-150 2 syarat (sukamara): (1) SIAK-120 jam {setting}: perbaiki; (2) SIAK-500 media: pasang\x1b"
    assert paragraph(text, width=30, indent="  ") == [
        "- SIAK-150 2 syarat",
        "  (sukamara):",
        "  (1) SIAK-120 jam",
        f"  {setting}:",
        "  perbaiki;",
        "  (2) SIAK-500 media: pasang?",
    ]


def test_a_long_reason_is_told_once_below_the_table(sop: Sop):
    reason = "SIAK-210 " + "ekspor berhenti " * 20
    failed = replace(step(2, facts={}), status="failed", reason=reason)
    bad = ServerState("lamandau", "failed", "langkah 2", steps={2: failed})
    text = entry.render(sop, run_with(bad), bad)
    assert "lihat Kendala" in text
    assert text.count("SIAK-210") == 1


def test_nothing_steers_the_terminal():
    assert printable("a\x1b[31mb\r\n\u202ec") == "a?[31mb  ?c"
    assert "\x1b" not in "".join(grid(("A",), [("\x1b[2J",)], width=20))
    assert cut("Membuka file", 8) == "Membuka…"
    assert cut("Membuka", 7) == "Membuka"
