# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from siak_backup.status.model import Growth
from siak_backup.status.settings import StatusSettings
from siak_backup.status.view import build_view
from siak_backup.status.words import days_told, facts, growth_told, headline, reasons_told, sentence
from status_nights import NOW, SOP, expected, failed, night, period, slow

WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 1, day) for day in (7, 8, 9))


def view(*nights, older=None, wanted=None, **settings):
    return build_view(
        period=period(*nights),
        older=older or {},
        expected=(expected(since=THURSDAY),) if wanted is None else wanted,
        sop=SOP,
        now=NOW,
        settings=StatusSettings(**settings),
    )


def told(*nights, **changes) -> str:
    return headline(view(*nights, **changes))


def figures(*nights, offsite_days: int = 0, **changes) -> dict[str, tuple[str, str, bool]]:
    settings = StatusSettings(offsite_days=offsite_days)
    made = view(*nights, offsite_days=offsite_days, **changes)
    return {
        name: (value, text, alarm) for name, value, text, alarm in facts(made.servers[0], made.parafs, NOW, settings)
    }


@pytest.mark.parametrize(
    ("percent", "words"),
    [
        (3.21, "+3,2 % dalam 9 hari"),
        (-3.21, "\N{MINUS SIGN}3,2 % dalam 9 hari"),
        (0.01, "0,0 % dalam 9 hari"),
        (-0.04, "0,0 % dalam 9 hari"),
    ],
)
def test_growth_has_a_sign_that_is_true(percent, words) -> None:
    assert growth_told(Growth(percent, 9)) == words
    assert growth_told(None) == ""


def test_days() -> None:
    assert days_told(()) == "-"
    assert days_told((THURSDAY,)) == "Kamis, 8 Januari 2026"
    assert days_told((WEDNESDAY, THURSDAY)) == "Rabu, 7 Januari 2026 sampai Kamis, 8 Januari 2026"


def test_reasons_steer_nothing_and_end() -> None:
    (short, long) = reasons_told(("a\x1b[31m\nb\u202e", "x" * 5000))
    assert short == "a?[31m b?"
    assert len(long) == 600


def test_a_good_night_in_one_sentence() -> None:
    assert told(night(THURSDAY)) == (
        "Backup server sukamara pada Kamis, 8 Januari 2026 berhasil: 1,9 GB, terbukti lengkap dan disalin ke HDD-A."
    )
    assert told(replace(night(THURSDAY), copies=())).endswith("berhasil: 1,9 GB, terbukti lengkap.")


def test_a_warning_names_its_reason() -> None:
    assert told(slow(night(THURSDAY), 5, 17)) == (
        "Backup server sukamara pada Kamis, 8 Januari 2026 berhasil dengan peringatan: "
        "Langkah 5: waktu 17 menit 12 detik melebihi 15 menit. Backup terbukti terakhir berumur 14 jam."
    )


def test_a_failed_night_names_its_reason_and_what_there_is() -> None:
    bad = failed(night(THURSDAY), 2, "SIAK-201 server tidak menjawab.")
    assert told(bad) == (
        "Backup server sukamara pada Kamis, 8 Januari 2026 gagal: Langkah 2: SIAK-201 server tidak menjawab. "
        "Belum ada satu pun backup yang terbukti lengkap."
    )
    assert told(night(WEDNESDAY), bad).endswith(
        "Backup terbukti terakhir berumur 38 jam, dan sudah melewati batas umurnya."
    )


def test_other_nights() -> None:
    assert "gagal karena terputus: Langkah 3: run terputus." in told(
        failed(night(THURSDAY), 3, "run terputus", interrupted=True)
    )
    assert "2026 gagal. Belum" in told(replace(failed(night(THURSDAY), 2, "x"), reasons=()))
    assert "2026 sedang berjalan." in told(replace(night(THURSDAY), grade="berjalan", result="berjalan"))
    assert told().startswith("Tidak ada backup server sukamara yang dijalankan pada Kamis, 8 Januari 2026.")
    assert told(wanted=(expected(since=FRIDAY),)).startswith("Backup server sukamara belum pernah jatuh tempo")
    assert told(replace(night(THURSDAY), rehearsal=True)).startswith("Gladi server sukamara")


def test_a_backup_from_the_future_is_a_wrong_clock() -> None:
    later = datetime(2026, 2, 1, 10, 0, tzinfo=UTC)
    one = failed(night(THURSDAY), 2, "x")
    assert "tercatat Minggu, 1 Februari 2026 17.00 WIB: periksa jam node kendali." in told(
        one, older={"sukamara": later}
    )
    assert figures(one, older={"sukamara": later})["Backup terbukti terakhir"] == (
        "jam salah", "tercatat Minggu, 1 Februari 2026 17.00 WIB", True,
    )  # fmt: skip


def test_many_servers_in_one_sentence() -> None:
    runs = (night(THURSDAY, "a"), night(WEDNESDAY, "b"), failed(night(THURSDAY, "b"), 2, "x"), night(THURSDAY, "z"))
    wanted = tuple(expected(name, since=THURSDAY) for name in ("a", "b"))
    assert told(*runs, wanted=wanted) == (
        "Dari 2 server: 1 gagal, 1 berhasil. 1 server tidak punya backup terbukti yang cukup baru."
    )
    assert told(*runs[:1], night(THURSDAY, "c"), wanted=()) == "Dari 2 server: 2 berhasil."
    assert told(wanted=()) == "Belum ada server yang tercatat."


def test_the_sentence_of_a_server_is_the_headline_of_one() -> None:
    made = view(night(THURSDAY))
    assert sentence(made.servers[0], NOW) == headline(made)


def test_figures_of_a_good_server() -> None:
    assert figures(night(THURSDAY)) == {
        "Backup terbukti terakhir": (
            "14 jam lalu",
            "Kamis, 8 Januari 2026 16.44 WIB; batas umur Jumat, 9 Januari 2026 18.44 WIB",
            False,
        ),
        "Ukuran terakhir": ("1,9 GB", "", False),
        "Malam terlewat": ("tidak ada", "", False),
        "Salinan luar gedung berikutnya": ("tidak diatur", "kantor belum menetapkan batas umurnya", False),
        "Paraf Kasi SIAK": ("0 dari 1 malam", "belum diparaf sejak Kamis, 8 Januari 2026", False),
        "Paraf Kabid PIAK": ("0 dari 1 malam", "belum diparaf sejak Kamis, 8 Januari 2026", False),
    }


def test_figures_that_want_a_person() -> None:
    made = figures(offsite_days=7)
    assert made["Backup terbukti terakhir"] == ("belum ada", "tidak ada backup yang terbukti lengkap", True)
    assert made["Ukuran terakhir"] == ("-", "", False)
    assert made["Malam terlewat"] == ("1 malam", "terakhir Kamis, 8 Januari 2026", True)
    assert made["Salinan luar gedung berikutnya"] == ("belum ada", "simpan satu media di tempat lain", True)
    assert made["Paraf Kasi SIAK"] == ("0 dari 0 malam", "", False)


def test_a_stale_backup_names_when_it_became_so() -> None:
    value, text, alarm = figures(night(WEDNESDAY))["Backup terbukti terakhir"]
    assert (value, alarm) == ("38 jam lalu", True)
    assert text.endswith("basi sejak Kamis, 8 Januari 2026 18.44 WIB")


@pytest.mark.parametrize(
    ("days", "value", "alarm"),
    [(2, "paling lambat 9 Januari 2026", False), (1, "terlambat sejak 8 Januari 2026", True)],
)
def test_the_next_copy_outside(days, value, alarm) -> None:
    other = replace(night(WEDNESDAY).copies[0], label="HDD-B", serial="B")
    made = figures(replace(night(WEDNESDAY), copies=(other,)), night(THURSDAY), offsite_days=days)
    assert made["Salinan luar gedung berikutnya"] == (value, "terbaru di media HDD-B, 7 Januari 2026", alarm)
