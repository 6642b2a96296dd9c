# SPDX-License-Identifier: GPL-3.0-or-later
"""Berita acara: blank ones for the pen, and what is known filled in."""

from __future__ import annotations

from datetime import date

import pytest
from evenings import LETTERHEAD, LONG, ODD
from siak_backup.report.forms import Counted, Destroyed, Pemusnahan, UjiPemulihan, pemusnahan, uji_pemulihan

DAY = date(2025, 1, 9)


@pytest.mark.parametrize("make", [pemusnahan, uji_pemulihan])
def test_a_blank_form_leaves_all_to_the_pen(make):
    paper = make(LETTERHEAD)
    assert paper.nomor == paper.mark == ""
    assert paper.opening.startswith("Pada hari ................, tanggal ....")
    assert "bertempat di Sukamara" in paper.opening
    assert [row[0] for row in paper.table.rows] == list("123456")
    assert {cell for row in paper.table.rows for cell in row[1:]} == {""}
    assert all(value in ("", "☐ ya   ☐ tidak", "☐ berhasil   ☐ gagal") for _, value in (*paper.fields, *paper.after))
    assert [each.heading for each in paper.signatures] == ["Mengetahui,", "Saksi,", "Pelaksana,"]
    assert len(paper.table.columns) == len(paper.table.widths) == len(paper.table.rows[0])


def test_a_destruction_that_is_known():
    paper = pemusnahan(
        LETTERHEAD,
        Pemusnahan(
            day=DAY,
            nomor="7/BA/I/2025",
            place="Kantor Dinas",
            basis="JRA Nomor 1",
            method="ditimpa dan dihancurkan",
            things=(Destroyed("sukamara/09jan2020", "DISK-01", 18_900_000, "ab" * 32), Destroyed(ODD)),
            remark=LONG,
            rehearsal=True,
        ),
    )
    assert paper.opening == (
        "Pada hari Kamis, 9 Januari 2025, bertempat di Kantor Dinas, kami yang bertanda tangan di bawah ini:"
    )
    assert paper.mark.startswith("GLADI")
    assert paper.fields[0] == ("Dasar retensi (JRA) nomor, tanggal", "JRA Nomor 1")
    assert paper.table.rows[0] == ("1", "sukamara/09jan2020", "DISK-01", "18,9 MB", "ab" * 32)
    assert paper.table.rows[1] == ("2", ODD.replace("\u202e", "?").replace("\0", "?"), "", "", "")
    assert len(paper.table.rows) == 2
    assert len(paper.after[2][1]) <= 400
    assert paper.signatures[-1].above == "Sukamara, 9 Januari 2025"


def test_a_drill_that_is_known():
    paper = uji_pemulihan(
        LETTERHEAD,
        UjiPemulihan(
            server="sukamara",
            folder="09jan2025",
            hash_matches=True,
            successful=False,
            counts=(
                Counted("SIAKOFF.BIODATA_WNI", 66_012, 66_012),
                Counted("SIAKOFF.DATA_KELUARGA", 2, 1),
                Counted("X"),
            ),
        ),
    )
    assert dict(paper.fields)["Server dan folder cadangan"] == "sukamara, 09jan2025"
    assert dict(paper.fields)["Nilai hash sama dengan SHA256SUMS"] == "ya"
    assert dict(paper.after)["Hasil uji"] == "GAGAL"
    assert paper.table.rows == (
        ("1", "SIAKOFF.BIODATA_WNI", "66.012", "66.012", "sama"),
        ("2", "SIAKOFF.DATA_KELUARGA", "2", "1", "tidak sama"),
        ("3", "X", "", "", ""),
    )
    other = uji_pemulihan(LETTERHEAD, UjiPemulihan(hash_matches=False, successful=True))
    assert dict(other.fields)["Nilai hash sama dengan SHA256SUMS"] == "TIDAK"
    assert dict(other.after)["Hasil uji"] == "berhasil"
