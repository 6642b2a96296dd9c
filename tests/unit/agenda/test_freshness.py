# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest backup of each server in the journal, and how old it is on working days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from siak_backup.agenda.freshness import WINDOWS_DAYS, ago, read_history, working_s
from siak_backup.agenda.journal import Journal
from siak_backup.calendar import WIB, WIT, ServiceHours
from siak_backup.errors import AgendaError
from siak_backup.run_id import new_run_id

from tests.unit.monitor.nightbook import NightBook

#: Thursday, 16.35 WIB.
NIGHT = datetime(2025, 1, 9, 9, 35, tzinfo=UTC)
MORNING = NIGHT + timedelta(hours=16)
HOUR = 3600.0

USUAL = ServiceHours()
WITH_SATURDAY = ServiceHours.parse(
    {"senin": "08.00-15.00", "sabtu": "08.00-12.00"}, {"2025-01-12": "08.00-12.00", "2025-01-13": "libur"}
)


@pytest.fixture
def book(tmp_path):
    return NightBook(tmp_path)


def last(book, *servers, now=MORNING, **options):
    return read_history(book.agenda, book.sop, servers, now=now, **options)


def test_newest_proven_night_and_newest_run(book):
    proven = book.night(NIGHT - timedelta(days=1), ("sukamara", "lamandau"))
    failed = book.night(NIGHT, {"sukamara": {"fails": "export"}, "lamandau": None})
    found = last(book, "sukamara", "lamandau", "asing")
    assert found.damage == ()
    assert (found.last["sukamara"].run.run, found.last["sukamara"].proven.run) == (failed, proven)
    assert found.last["lamandau"].proven.run == failed
    assert found.last["asing"] == type(found.last["asing"])()
    assert found.media == {"DISK-01": found.last["lamandau"].run.ended_at}
    assert found.last["lamandau"].copied is found.last["lamandau"].proven


def test_a_running_run_is_no_newest_run(book):
    over = book.night(NIGHT - timedelta(days=1), ("sukamara",))
    book.night(NIGHT, ("sukamara",), finish=False)
    found = last(book, "sukamara").last["sukamara"]
    assert found.run.run == over
    assert found.proven.run != over, "what is proven is proven before the run has ended"


def test_a_dump_that_was_not_judged_complete_is_no_backup(book):
    book.night(NIGHT, {"sukamara": {"collect": {"verdict": {"status": "unknown"}}}})
    assert last(book, "sukamara").last["sukamara"].proven is None


def test_a_rehearsal_is_no_backup_unless_it_is_asked_for(book):
    book.night(NIGHT, {"sukamara": {"file_dump": {"rehearsal": True}}})
    assert last(book, "sukamara").last["sukamara"].proven is None
    assert last(book, "sukamara", rehearsals=["sukamara"]).last["sukamara"].proven is not None


@pytest.mark.parametrize("days", [30, 40, 100, 300, 700])
def test_however_long_ago(book, days):
    run = book.night(NIGHT - timedelta(days=days), ("sukamara",))
    assert last(book, "sukamara").last["sukamara"].proven.run == run


def test_at_most_two_years(book):
    assert sum(WINDOWS_DAYS) == 731
    book.night(NIGHT - timedelta(days=735), ("sukamara",))
    assert last(book, "sukamara").last["sukamara"].proven is None


def test_a_copy_that_followed_counts_for_the_night_it_is_of(book):
    deferred = {"copies": [{"label": "DISK-01", "status": "deferred", "reason": "tidak ada"}]}
    book.night(NIGHT, {"sukamara": {"copy_media": deferred}})
    assert last(book, "sukamara").last["sukamara"].copied is None
    caught_up = [{"label": "DISK-02", "path": "/media/x", "read_back": "O_DIRECT", "night": "09jan2025"}]
    later = {"fails": "export", "copy_media": {}}
    book.night(NIGHT + timedelta(hours=1), {"sukamara": later})
    assert last(book, "sukamara").last["sukamara"].copied is None
    book.night(NIGHT + timedelta(days=1), {"sukamara": {"copy_media": deferred | {"caught_up": caught_up}}})
    found = last(book, "sukamara", now=MORNING + timedelta(days=1))
    assert found.last["sukamara"].copied.day == date(2025, 1, 9)
    assert found.last["sukamara"].proven.day == date(2025, 1, 10)
    assert set(found.media) == {"DISK-02"}


def test_a_changed_line_is_told(book):
    book.night(NIGHT, ("sukamara",))
    path = book.journal_file()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], lines[1].replace(b"sukamara", b"sukamarb", 1), *lines[2:]]))
    (damage,) = last(book, "sukamara").damage
    assert damage == f"{path.name}, baris 2: diubah setelah ditulis, tidak cocok dengan hash pada baris 3"


def test_damage_is_told_once_and_not_without_end(book):
    book.night(NIGHT, ("sukamara",))
    with book.journal_file().open("ab") as file:
        file.write(b"bukan json\n" * 50)
    damage = last(book, "sukamara").damage
    assert len(damage) == len(set(damage)) == 5
    assert all("bukan JSON yang utuh" in each for each in damage)


def test_damage_of_a_month_that_nothing_relies_on_is_not_told(book):
    oldest, before, _ = (_written(book, NIGHT - timedelta(days=days)) for days in (150, 90, 0))
    oldest.write_bytes(oldest.read_bytes().replace(b'"event":"run_end"', b'"event":"xxx_end"'))
    assert last(book, "sukamara").damage == ()
    # The month before is hashed into the first line of the one that is relied upon.
    before.write_bytes(before.read_bytes()[:-1])
    assert "diubah atau terpotong" in last(book, "sukamara").damage[0]


def test_damage_far_behind_does_not_spread_because_of_one_unknown_server(book):
    oldest, _, _ = (_written(book, NIGHT - timedelta(days=days)) for days in (150, 90, 0))
    oldest.write_bytes(oldest.read_bytes().replace(b"{", b"["))
    assert last(book, "sukamara", "tidak-pernah").damage == ()


def test_a_run_of_some_steps_is_no_newest_run(book):
    whole = book.night(NIGHT, ("sukamara",))
    later = NIGHT + timedelta(hours=2)
    journal = Journal(book.agenda, node="kendali", clock=lambda: later)
    run = new_run_id(later)
    journal.append({"run": run, "event": "run_begin", "servers": ["sukamara"], "steps": [5]})
    journal.append({"run": run, "event": "server_end", "server": "sukamara", "status": "ok"})
    journal.append({"run": run, "event": "run_end", "status": "ok"})
    assert last(book, "sukamara").last["sukamara"].run.run == whole


def _written(book, at):
    book.night(at, ("sukamara",))
    return book.journal_file()


def test_a_journal_that_is_not_there(tmp_path):
    with pytest.raises(AgendaError, match="SIAK-600"):
        last(NightBook(tmp_path), "sukamara")


def test_no_file_at_all_is_nothing_found(book):
    (book.agenda / "journal").mkdir(parents=True)
    assert last(book, "sukamara").last["sukamara"].run is None


@pytest.mark.parametrize(
    ("since", "until", "hours", "working_h"),
    [
        # 9 January 2025 is a Thursday.
        (WIB.at(2025, 1, 9, 17), WIB.at(2025, 1, 10, 19), USUAL, 26),
        (WIB.at(2025, 1, 10, 17), WIB.at(2025, 1, 11, 8), USUAL, 7),
        (WIB.at(2025, 1, 10, 17), WIB.at(2025, 1, 12, 23), USUAL, 7),
        (WIB.at(2025, 1, 10, 17), WIB.at(2025, 1, 13, 10), USUAL, 17),
        (WIB.at(2025, 1, 10, 17), WIB.at(2025, 1, 13, 19), USUAL, 26),
        (WIB.at(2025, 1, 11, 17), WIB.at(2025, 1, 13, 19), USUAL, 19),
        (WIB.at(2025, 1, 10, 17), WIB.at(2025, 1, 13, 10), WITH_SATURDAY, 48),
        (WIB.at(2025, 1, 9, 17), WIB.at(2025, 1, 9, 17), USUAL, 0),
        (WIB.at(2025, 1, 9, 17), WIB.at(2025, 1, 8, 17), USUAL, 0),
    ],
)
def test_days_without_work_do_not_make_it_older(since, until, hours, working_h):
    assert working_s(since, until, hours, WIB) == working_h * HOUR


def test_days_are_those_of_the_office_not_of_the_machine():
    friday_midnight = WIT.at(2025, 1, 11)
    assert working_s(friday_midnight - timedelta(hours=1), friday_midnight + timedelta(hours=1), USUAL, WIT) == HOUR
    assert working_s(friday_midnight - timedelta(hours=1), friday_midnight + timedelta(hours=1), USUAL, WIB) == 2 * HOUR


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2025, 3, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - made aware by it
    st.timedeltas(timedelta(0), timedelta(days=40)),
    st.timedeltas(timedelta(0), timedelta(days=40)),
)
def test_ages_add_up_and_are_never_more_than_the_clocks(since, first, second):
    middle, end = since + first, since + first + second
    whole = working_s(since, end, USUAL, WIB)
    assert whole == pytest.approx(working_s(since, middle, USUAL, WIB) + working_s(middle, end, USUAL, WIB))
    assert 0 <= whole <= (end - since).total_seconds()
    every_day = ServiceHours.parse(
        dict.fromkeys(("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"), "08.00-09.00")
    )
    assert working_s(since, end, every_day, WIB) == pytest.approx((end - since).total_seconds())


@pytest.mark.parametrize(
    ("age_s", "told"),
    [(-5, "0 menit"), (59, "0 menit"), (3599, "59 menit"), (9.9 * HOUR, "9 jam"), (47.9 * HOUR, "47 jam"),
     (48 * HOUR, "2 hari"), (95 * HOUR, "3 hari")],
)  # fmt: skip
def test_ages_in_words(age_s, told):
    assert ago(age_s) == told
