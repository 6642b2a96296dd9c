# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Laporan's one page says, before it is typeset."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from evenings import (
    HEAD,
    LETTERHEAD,
    LONG,
    ODD,
    SEAL,
    SOP,
    START,
    cut_off,
    failed,
    good,
    night_of,
    note,
    paraf,
    run_id,
    run_of,
)
from siak_backup.agenda.ledger import ServerState, StepState
from siak_backup.archive.sums import format_sums
from siak_backup.report.laporan import Seal, laporan, recorded_at
from siak_backup.report.paper import span

ZONE = night_of(good()).zone


def page(server: ServerState, *, steps=(), seal=SEAL, **extra):
    return laporan(SOP, run_of(server, steps=steps), server, LETTERHEAD, seal=seal, **extra)


def with_facts(server: ServerState, number: int, **facts) -> ServerState:
    step = server.steps[number]
    return replace(server, steps={**server.steps, number: replace(step, facts={**step.facts, **facts})})


def test_a_good_night():
    told = page(good(), urut=7)
    assert told.nomor == "7/Laporan-Backup/I/2025"
    assert told.mark == ""
    identity = dict(told.identity)
    assert identity["Hari, tanggal"] == "Kamis, 9 Januari 2025"
    assert identity["Waktu mulai-selesai"] == "16.37 - 16.48 WIB"
    assert identity["Dasar"] == (
        "SOP BACKUP DATABASE KEPENDUDUKAN, Nomor 000.8.3.3/24/1.Dukcapil/2025, efektif 9 Januari 2025"
    )
    assert identity["Nomor run"] == f"{run_id()}, node kendali kendali"
    assert identity["Hasil"] == "berhasil"
    assert [(row.no, row.verdict, row.reason) for row in told.steps] == [(str(n), "sesuai", "") for n in range(1, 7)]
    assert [row.output for row in told.steps] == [
        "-", "1 file, 18,9 MB", "1 file, 18,9 MB", "2 file, 37,8 MB", "2 file, 37,8 MB", "agenda tertulis",
    ]  # fmt: skip
    assert told.steps[3].kegiatan == SOP.steps[3].kegiatan
    assert told.steps[1].mutu_baku == "40 menit; File Backup (dmp File)"
    assert told.steps[1].realisasi == "1 menit 5 detik"
    assert [(row.name, row.size, row.sha256, row.media) for row in told.files] == [
        ("export.log", "18,9 MB (18.900.001 B)", f"{1:064x}", "DISK-01"),
        ("master.dmp", "18,9 MB (18.900.000 B)", f"{0:064x}", "DISK-01"),
    ]
    assert told.more_files == ""
    assert told.proofs[:3] == (
        ("Dump", "lengkap, terbukti"),
        (
            "Baris di dump / database",
            (
                "SIAKOFF.BIODATA_WNI 66.012 / 66.012; SIAKOFF.DATA_KELUARGA 21.003 / 21.003; "
                "SIAKOFF.CAPIL_LAHIR 18.421 / 18.421"
            ),
        ),
        ("Arsip", "/srv/siak-backup/archive/sukamara/09jan2025"),
    )
    assert told.proofs[3] == (
        "Media",
        (
            "DISK-01 (seri WX41A89): /media/siak/sukamara/09jan2025, dibaca ulang (O_DIRECT) dan sama, disimpan di "
            "lemari besi ruang arsip lantai 2"
        ),
    )
    assert (told.troubles, told.follow_up, told.parafs) == ((), (), ())
    assert (told.head, told.signature) == (HEAD, "")
    assert [each.heading for each in told.signatures] == ["Mengetahui,", "Paraf,", "Pelaksana,"]


def test_a_failed_night_says_where_and_why():
    told = page(failed())
    assert dict(told.identity)["Hasil"] == "gagal"
    assert [row.verdict for row in told.steps] == ["sesuai", "tidak sesuai", *["tidak dijalankan"] * 3, "sesuai"]
    assert told.steps[1].reason == "SIAK-201 server tidak menjawab"
    assert told.troubles == ("Langkah 2: SIAK-201 server tidak menjawab",)
    assert told.files == ()
    assert told.no_files == "Tidak ada file yang tercatat."
    assert told.proofs == (
        ("Dump", "belum terbukti"),
        ("Baris di dump / database", "tidak dihitung"),
        ("Arsip", "-"),
        ("Media", "tidak ada kopian yang terbukti"),
    )


def test_a_night_that_was_cut_off():
    told = page(cut_off())
    assert told.steps[2].verdict == "terputus"
    assert told.steps[2].realisasi == "mulai 16.41 WIB, tidak selesai"
    assert told.troubles == ("Langkah 3: run terputus, proses tidak ada lagi",)


def test_a_server_that_was_never_reached_does_not_say_that_there_was_no_trouble():
    told = page(ServerState("jauh", "never_reached"))
    assert told.troubles == ("Hasil: gagal, tidak pernah dijangkau",)
    assert dict(told.identity)["Waktu mulai-selesai"] == "16.35 WIB - (tidak selesai)"
    assert dict(told.identity)["Kantor"] == "-"


def test_a_dump_that_was_not_proven_is_not_called_so():
    told = page(with_facts(good(), 3, verdict="truncated"))
    assert told.proofs[0] == ("Dump", "belum terbukti (truncated)")
    assert told.steps[2].verdict == "tidak sesuai"


def test_a_rehearsal_is_marked():
    assert page(good(rehearsal=True)).mark == ("GLADI / REHEARSAL: BUKAN BACKUP DATABASE KEPENDUDUKAN YANG SEBENARNYA")


def test_a_copy_that_followed_tells_of_its_step_only():
    whole = good()
    caught = {"label": "DISK-02", "path": "/m/2", "read_back": "O_DIRECT", "night": "08jan2025"}
    later = with_facts(replace(whole, steps={5: whole.steps[5]}), 5, copies=[], caught_up=[caught])
    told = page(later, steps=(5,))
    assert [row.no for row in told.steps] == ["5"]
    assert dict(told.identity)["Dasar"].endswith("(langkah 5 saja)")
    assert told.no_files == "Run ini tidak membuat file backup baru."
    assert told.proofs == (("Media", "DISK-02, kopian malam 08jan2025: /m/2, dibaca ulang (O_DIRECT) dan sama"),)


def test_many_pieces_are_counted_with_a_hash_that_anybody_can_make_again():
    told = page(good(files=40))
    assert [row.name for row in told.files] == ["export.log", *(f"master_{n:02}.dmp" for n in range(1, 8))]
    rest = format_sums({f"master_{n:02}.dmp": f"{n - 1:064x}" for n in range(8, 41)})
    assert rest.count("\n") == 33
    assert told.more_files == (
        "33 file lain, jumlah 623,7 MB; nilai hash gabungan (tail -n 33 SHA256SUMS | sha256sum): "
        + hashlib.sha256(rest.encode()).hexdigest()
    )


def test_without_all_hashes_none_is_made():
    listed = [{"name": f"m{n:02}.dmp", "size_bytes": 1} for n in range(20)]
    assert (
        page(with_facts(good(), 4, files=listed)).more_files
        == "12 file lain, jumlah 12 B; selengkapnya di entri agenda"
    )
    assert {row.sha256 for row in page(with_facts(good(), 4, files=listed)).files} == {"-"}


def test_notes_parafs_and_advice_of_this_night_only():
    server = with_facts(good(), 5, advice=["hardisk berumur 5 tahun"])
    told = page(
        server,
        notes=[
            note(kendala="listrik padam", tindak_lanjut="genset dinyalakan"),
            note(kendala="lain server", server="lamandau"),
            note(kendala="lain run", target=run_id(START + timedelta(days=1))),
            note(tindak_lanjut="kabel diganti", server="sukamara"),
        ],
        parafs=[paraf(remark="diperiksa"), paraf(date(2025, 1, 10), date(2025, 1, 10)), replace(paraf(), at=START)],
    )
    signed = "(dicatat Contoh Pegawai, 10 Januari 2025 16.35 WIB)"
    assert told.troubles == ("Media: hardisk berumur 5 tahun", f"listrik padam {signed}")
    assert told.follow_up == (f"genset dinyalakan {signed}", f"kabel diganti {signed}")
    assert told.parafs == ("Kasi SIAK: Contoh Kasi, 10 Januari 2025 16.35 WIB, catatan: diperiksa",)


def test_long_texts_are_cut_and_say_so_and_odd_ones_cannot_steer():
    told = page(failed(reason=LONG), notes=[note(kendala=LONG)] * 9, seal=Seal(HEAD, "s" * 500))
    assert told.steps[1].reason == "lihat Kendala"
    assert told.troubles[0].endswith("… (selengkapnya di entri agenda)")
    assert told.troubles[1].endswith("… (dicatat Contoh Pegawai, 10 Januari 2025 16.35 WIB)")
    assert told.troubles[-1] == "3 lagi, selengkapnya di entri agenda"
    assert len(told.troubles) == 8
    assert max(map(len, told.troubles)) < 500
    assert len(told.signature) == 400
    assert page(failed(reason=ODD)).troubles == ("Langkah 2: " + ODD.replace("\u202e", "?").replace("\0", "?"),)


def test_many_counts_and_copies_are_cut_with_their_number():
    count = {"table": "SIAKOFF.T", "rows_in_database": 1, "rows_in_export": 1}
    copy = {"label": "D", "path": "/m", "read_back": "O_DIRECT"}
    told = page(with_facts(with_facts(good(), 3, counts=[count] * 12), 5, copies=[copy] * 6))
    assert dict(told.proofs)["Baris di dump / database"].endswith("; 2 tabel lain, selengkapnya di entri agenda")
    assert told.proofs[-1] == ("Media", "2 kopian lain, selengkapnya di entri agenda")


def test_without_a_seal_a_page_bears_its_runs_own_head():
    server = good()
    assert laporan(SOP, replace(run_of(server), head="ab" * 32), server, LETTERHEAD).head == "ab" * 32


def test_hours_that_pass_midnight():
    late = datetime(2025, 1, 9, 16, 50, tzinfo=UTC)
    assert span(late, late + timedelta(minutes=30), ZONE) == "23.50 - 00.20 WIB (+1 hari)"
    assert span(late, None, ZONE) == "23.50 WIB - (tidak selesai)"


def test_the_last_line_of_a_running_run_is_its_last_steps_end():
    server = good()
    running = replace(run_of(server), ended_at=None)
    assert recorded_at(running, server) == max(step.ended_at for step in server.steps.values())
    begun = ServerState("x", steps={1: StepState(1, "running", START)})
    assert recorded_at(running, begun) == running.began_at


@pytest.mark.parametrize("label", ["", "DISK-02"])
def test_a_medium_whose_place_is_unknown_has_none(label):
    copy = {"label": label, "path": "/m", "read_back": "O_DIRECT"}
    told = page(with_facts(good(), 5, copies=[copy]))
    assert told.proofs[3] == ("Media", f"{label or '-'}: /m, dibaca ulang (O_DIRECT) dan sama")
