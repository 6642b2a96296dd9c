# SPDX-License-Identifier: GPL-3.0-or-later
"""Register and rekap of a month, before they are typeset."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from evenings import (
    LETTERHEAD,
    LONG,
    SOP,
    START,
    busy_month,
    cut_off,
    due,
    failed,
    good,
    month,
    night_of,
    note,
    paraf,
)
from siak_backup.agenda.missed import Missed
from siak_backup.calendar import ServiceHours
from siak_backup.report.register import COLUMNS, in_parts, register
from siak_backup.report.rekap import CLOSED, COUNTED, rekap

DAY = date(2025, 1, 9)


def rows_of(*nights, **extra):
    return register(SOP, month(nights, **extra), LETTERHEAD).rows


def test_a_good_nights_line():
    assert rows_of(night_of(good()), parafs=(paraf(),)) == (
        (
            "1",
            "Kamis, 9 Januari 2025",
            "16.37 - 16.48 WIB",
            "Backup database kependudukan sukamara, Kabupaten Sukamara (62.08)",
            "berhasil; /srv/siak-backup/archive/sukamara/09jan2025; 37,8 MB",
            "DISK-01 (seri WX41A89)",
            "lemari besi ruang arsip lantai 2",
            "Contoh Pegawai",
            "Kasi SIAK, 10 Januari 2025",
            "-",
        ),
    )


def test_bad_nights_and_what_people_said_of_them():
    cut, bad = rows_of(
        night_of(cut_off("lamandau")),
        replace(night_of(failed()), notes=(note(kendala="kabel putus", tindak_lanjut="diganti"),)),
    )
    assert cut[2:] == (
        "16.37 - 16.40 WIB",
        "Backup database kependudukan lamandau, Kabupaten Sukamara (62.08)",
        "gagal, terputus",
        "-",
        "-",
        "Contoh Pegawai",
        "",
        "Langkah 3: run terputus, proses tidak ada lagi",
    )
    assert bad[4] == "gagal"
    assert bad[9] == "Langkah 2: SIAK-201 server tidak menjawab; kabel putus; diganti"
    assert len(rows_of(night_of(failed(reason=LONG)))[0][9]) == 240


def test_a_paraf_given_before_does_not_cover():
    early = replace(paraf(), at=START)
    assert rows_of(night_of(good()), parafs=(early,))[0][8] == ""


def test_a_rehearsal_and_a_copy_that_followed_are_no_backups():
    rehearsed = night_of(good("gladi", rehearsal=True, office=""))
    whole = good("susulan")
    step = whole.steps[5]
    caught = {"label": "", "path": "/m", "read_back": "O_DIRECT", "night": "08jan2025"}
    later = replace(whole, steps={5: replace(step, facts={**step.facts, "caught_up": [caught]})})
    gladi, susulan = rows_of(rehearsed, night_of(later, steps=(5,)))
    assert gladi[3] == "GLADI, BUKAN BACKUP. Backup database kependudukan gladi"
    assert susulan[3] == (
        "Susulan langkah 5 (Membuat kopian file ke dalam disk/hardisk/flashdisk untuk disimpan sebagai cadangan): "
        "susulan, Kabupaten Sukamara (62.08)"
    )
    assert susulan[5] == "DISK-01 (seri WX41A89); -, kopian malam 08jan2025"
    assert register(SOP, month([rehearsed]), LETTERHEAD).mark.startswith("GLADI")
    assert register(SOP, month([rehearsed, night_of(good())]), LETTERHEAD).mark == ""
    assert register(SOP, month([]), LETTERHEAD).mark == ""


def test_a_missed_night_has_its_line_in_its_place():
    book = register(SOP, month([night_of(good())], damage=("baris 7\n",)), LETTERHEAD, [Missed(date(2025, 1, 8), "x")])
    assert [row[:2] for row in book.rows] == [("1", "Rabu, 8 Januari 2025"), ("2", "Kamis, 9 Januari 2025")]
    assert book.rows[0][4] == "TIDAK DIJALANKAN"
    assert {len(row) for row in book.rows} == {len(COLUMNS)}
    assert book.period == "1 Januari 2025 sampai 31 Januari 2025"
    assert book.damage == ("baris 7 ",)


def test_a_long_register_comes_in_parts_of_which_the_last_is_signed():
    period, _, missed = busy_month(2)
    book = register(SOP, replace(period, damage=("rusak",)), LETTERHEAD, missed)
    assert in_parts(book, len(book.rows)) == (book,)
    parts = in_parts(book, 20)
    assert len(parts) == 3
    assert [row for part in parts for row in part.rows] == list(book.rows)
    assert [len(part.signatures) for part in parts] == [0, 0, 3]
    assert [part.damage for part in parts] == [(), (), ("rusak",)]
    assert parts[1].period.endswith(", bagian 2 dari 3")
    empty = register(SOP, month([]), LETTERHEAD)
    assert in_parts(empty, 20) == (empty,)


def cells_of(server: str, *nights, expected=(), missed=()):
    return next(row for row in rekap(month(nights), LETTERHEAD, expected, missed).rows if row.server == server)


@pytest.mark.parametrize(
    ("states", "letter"),
    [
        ([good()], "B"),
        ([failed()], "G"),
        ([cut_off()], "G"),
        ([good(rehearsal=True)], "R"),
        ([failed(), good()], "B²"),
        ([failed()] * 12, "G¹²"),
    ],
)
def test_a_days_letter(states, letter):
    nights = [night_of(each) for each in states]
    assert cells_of("sukamara", *nights).cells[8] == letter


def test_a_warning_a_running_run_and_a_copy_that_followed():
    slow = good()
    step = slow.steps[2]
    slow = replace(slow, steps={**slow.steps, 2: replace(step, ended_at=step.began_at + timedelta(hours=2))})
    assert cells_of("sukamara", night_of(slow)).cells[8] == "P"
    assert cells_of("sukamara", night_of(replace(good(), status="running"))).cells[8] == "J"
    whole = good()
    later = night_of(replace(whole, steps={5: whole.steps[5]}), steps=(5,))
    assert cells_of("sukamara", later).cells[8] == "S"
    assert cells_of("sukamara", later, missed=[Missed(DAY, "sukamara")]).cells[8] == "X"


def test_days_off_missed_days_and_days_of_which_nothing_is_known():
    row = cells_of(
        "sukamara", night_of(good()), expected=due("sukamara"), missed=[Missed(date(2025, 1, 8), "sukamara")]
    )
    assert row.cells[3:10] == (CLOSED, CLOSED, "", "", "X", "B", "")
    assert row.office == "Kabupaten Sukamara (62.08)"
    closed = [replace(due("sukamara")[0], hours=ServiceHours.parse({}, {"2025-01-07": "tutup"}))]
    assert cells_of("sukamara", expected=closed).cells[6] == CLOSED


def test_totals_by_server_and_by_day():
    friday = datetime(2025, 1, 10, 9, 35, tzinfo=UTC)
    nights = [night_of(good("a")), night_of(failed("b")), night_of(good("b", friday), friday)]
    matrix = rekap(month(nights), LETTERHEAD, due("c"), [Missed(DAY, "c")])
    assert matrix.counted == COUNTED == ("B", "P", "G", "X")
    assert [(row.server, row.totals) for row in matrix.rows] == [
        ("a", (1, 0, 0, 0)),
        ("b", (1, 0, 1, 0)),
        ("c", (0, 0, 0, 1)),
    ]
    assert [(counts[8], counts[9], counts[-1]) for counts in matrix.footer] == [
        (1, 1, 2),
        (0, 0, 0),
        (1, 0, 1),
        (1, 0, 1),
    ]
    assert all(len(counts) == 32 for counts in matrix.footer)
    assert matrix.days == tuple(range(1, 32))


def test_a_server_that_left_the_inventory_keeps_its_office():
    assert cells_of("sukamara", night_of(good())).office == "Kabupaten Sukamara (62.08)"
    assert cells_of("sukamara", night_of(good(office=""))).office == ""
