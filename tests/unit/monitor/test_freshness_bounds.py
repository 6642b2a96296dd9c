# SPDX-License-Identifier: GPL-3.0-or-later
"""The very second at which a backup turns stale, and what is told where there is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from siak_backup.calendar import WIB, ServiceHours
from siak_backup.monitor.check import Demand, look

from tests.unit.monitor.nightbook import NightBook

#: Thursday, 16.35 WIB; the fourth of six steps of five minutes files the night.
NIGHT = datetime(2025, 1, 9, 9, 35, tzinfo=UTC)
FILED = NIGHT + timedelta(minutes=20)
HOUR_S = 3600.0
CHANGED = {
    "collect": {
        "swing": {
            "percent": 20.0,
            "compared_with": "08jan2025",
            "not_compared": "",
            "found": [{"table": "SIAKOFF.KTP", "before": 200, "now": 100}],
        }
    }
}
TOLD = "SIAKOFF.KTP turun 50,0 %, dari 200 menjadi 100 baris"


@pytest.fixture
def book(tmp_path):
    return NightBook(tmp_path)


def judged(book, after_s, **demanded):
    known = {
        "office": "",
        "zone": WIB,
        "hours": ServiceHours(),
        "archive_dir": book.archive,
        "max_age_s": 26.5 * HOUR_S,
    }
    demand = Demand("sukamara", **(known | demanded))
    (found,) = look(book.agenda, book.sop, [demand], now=FILED + timedelta(seconds=after_s)).servers
    return found


@pytest.mark.parametrize(("after_s", "fresh"), [(-301, False), (-300, True), (26.5 * HOUR_S, True)])
def test_the_second_that_decides(book, after_s, fresh):
    book.night(NIGHT, ("sukamara",))
    assert judged(book, after_s).fresh is fresh


def test_hours_are_told_as_they_were_set(book):
    book.night(NIGHT, ("sukamara",))
    assert judged(book, 26.5 * HOUR_S + 1).reasons == ("lebih tua dari 26,5 jam pada hari kerja",)


@pytest.mark.parametrize(("after_s", "fresh"), [(20 * HOUR_S, True), (20 * HOUR_S + 1, False)])
def test_the_second_that_decides_of_a_copy(book, after_s, fresh):
    book.night(NIGHT, ("sukamara",))
    assert judged(book, after_s, copy_max_age_s=20 * HOUR_S).fresh is fresh


def test_where_there_is_no_backup_there_is_no_place(book):
    found = judged(book, 0)
    assert (found.path, found.missed, found.age_s) == ("", 0, None)
    book.night(NIGHT, {"sukamara": {"fails": "export"}})
    found = judged(book, 0)
    assert (found.path, found.age_s) == ("", None)


def test_where_no_server_was_ever_seen_none_was_missed(book):
    book.night(NIGHT, ())
    found = judged(book, 4 * 24 * HOUR_S)
    assert (found.fresh, found.missed) == (False, 0)


def test_a_night_whose_folder_is_not_told_has_no_name(book):
    book.night(NIGHT, {"sukamara": {"file_dump": {"path": ""}}})
    assert " lalu (arsip " in judged(book, 0).line


def test_a_change_that_waits_is_told_of_its_own_server_alone(book):
    run = book.night(NIGHT, {"lamandau": CHANGED, "sukamara": CHANGED, "tapin": CHANGED})
    found = judged(book, 0)
    assert found.warnings == (f"perubahan besar belum diterima pada run {run}, {TOLD}",)
    assert found.fresh
    assert found.line.endswith(f", PERINGATAN: {found.warnings[0]}")


@pytest.mark.parametrize("other", ["lamandau", "tapin"])
def test_where_nothing_changed_nothing_waits(book, other):
    book.night(NIGHT, {other: CHANGED, "sukamara": {}})
    assert judged(book, 0).warnings == ()


def test_a_change_of_a_rehearsal_waits_only_where_rehearsals_count(book):
    book.night(NIGHT, {"sukamara": CHANGED | {"file_dump": {"rehearsal": True}}})
    assert judged(book, 0).warnings == ()
    assert len(judged(book, 0, rehearsals=True).warnings) == 1
