# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from siak_backup.agenda.notes import Paraf
from siak_backup.agenda.period import Period, StepBrief
from siak_backup.calendar import WIB, WIT
from siak_backup.status.model import ServerView, StatusView
from siak_backup.status.settings import StatusSettings
from siak_backup.status.view import build_view, state_of
from status_nights import HOURS, NOW, SINCE, SOP, expected, failed, night, note, period, slow

TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 1, day) for day in (6, 7, 8, 9))


def view(told: Period, *wanted, older=None, now: datetime = NOW, **settings) -> StatusView:
    return build_view(
        period=told, older=older or {}, expected=wanted, sop=SOP, now=now, settings=StatusSettings(**settings)
    )


def only(told: Period, *wanted, **changes) -> ServerView:
    (server,) = view(told, *(wanted or (expected(since=THURSDAY),)), **changes).servers
    return server


def test_the_last_night_speaks_for_the_server() -> None:
    server = only(period(failed(night(WEDNESDAY), 2, "SIAK-201"), night(THURSDAY)))
    assert server.state == "berhasil"
    assert server.last is not None
    assert server.last.day == THURSDAY
    assert not server.stale


def test_a_later_missed_day_speaks_for_the_server() -> None:
    server = only(period(night(WEDNESDAY)), expected(since=WEDNESDAY))
    assert server.state == "tidak dijalankan"
    assert [each.state for each in server.nights] == ["berhasil", "tidak dijalankan"]
    assert server.missed == 1


def test_today_is_not_missed_before_it_is_over_in_the_servers_zone() -> None:
    # 16.30 UTC: still Thursday in WIB, already Friday in WIT.
    now = datetime(2026, 1, 8, 16, 30, tzinfo=UTC)
    nothing = period()
    assert only(nothing, expected(since=THURSDAY), now=now).state == "belum ada"
    assert only(nothing, expected(since=THURSDAY, zone=WIT), now=now).state == "tidak dijalankan"


def test_of_two_runs_on_one_day_the_later_speaks() -> None:
    first = failed(night(THURSDAY), 2, "SIAK-201")
    again = night(THURSDAY)
    again = replace(again, began_at=again.began_at + timedelta(hours=1), run="20260108T103500Z-0a1b2c")
    assert only(period(again, first)).state == "berhasil"


def test_a_run_of_some_steps_is_no_night_but_its_copies_count() -> None:
    whole = replace(night(THURSDAY), copies=())
    later = replace(night(FRIDAY), whole_sop=False, copies=(), caught_up=night(THURSDAY).copies, grade="gagal")
    server = only(period(whole, later))
    assert [each.day for each in server.nights] == [THURSDAY]
    assert [(medium.label, medium.copies) for medium in server.media] == [("HDD-A", 1)]


@pytest.mark.parametrize(
    ("run", "state"),
    [
        (night(THURSDAY), "berhasil"),
        (slow(night(THURSDAY), 5, 17), "peringatan"),
        (failed(night(THURSDAY), 2, "SIAK-201"), "gagal"),
        (failed(night(THURSDAY), 3, "run terputus", interrupted=True), "terputus"),
        (replace(night(THURSDAY), grade="gagal", result="gagal, terputus", steps=()), "terputus"),
        (replace(night(THURSDAY), grade="gagal", result="gagal, tidak pernah dijangkau", steps=()), "gagal"),
        (replace(night(THURSDAY), grade="berjalan", result="berjalan"), "berjalan"),
    ],
)
def test_a_nights_state(run, state) -> None:
    assert state_of(run) == state


def test_the_last_proven_backup_may_be_older_than_the_period() -> None:
    long_ago = datetime(2025, 6, 2, 10, 0, tzinfo=UTC)
    bad = failed(night(THURSDAY), 2, "SIAK-201")
    server = only(period(bad), older={"sukamara": long_ago})
    assert server.proven is not None
    assert (server.proven.at, server.stale) == (long_ago, True)
    # What the period has is newer than whatever is older.
    newer = only(period(night(WEDNESDAY), bad), older={"sukamara": long_ago})
    assert newer.proven is not None
    assert newer.proven.at == night(WEDNESDAY).filed_at


def test_a_server_without_any_proven_backup_is_stale() -> None:
    server = only(period(failed(night(THURSDAY), 2, "SIAK-201")))
    assert (server.proven, server.stale, server.size_bytes, server.growth) == (None, True, 0, None)


def test_filed_but_not_proven_is_no_backup() -> None:
    assert only(period(replace(night(THURSDAY), proven=False))).proven is None


def test_a_rehearsal_is_not_taken_for_a_backup() -> None:
    gladi = replace(night(THURSDAY), rehearsal=True, size_bytes=5)
    server = only(period(night(WEDNESDAY), gladi))
    assert server.proven is not None
    assert server.proven.at == night(WEDNESDAY).filed_at
    assert (server.rehearsal, server.size_bytes) == (False, 1_900_000_000)
    assert server.nights[-1].rehearsal


def test_where_there_are_only_rehearsals_they_are_shown_and_named() -> None:
    told = view(period(replace(night(THURSDAY), rehearsal=True)), expected(since=THURSDAY))
    assert told.rehearsal == 1
    assert told.servers[0].proven is not None


def test_what_needs_a_person_stands_first() -> None:
    runs = [
        night(THURSDAY, "a-baik"),
        failed(night(THURSDAY, "b-gagal"), 2, "x"),
        failed(night(THURSDAY, "c-putus"), 2, "x", interrupted=True),
        slow(night(THURSDAY, "e-lambat"), 5, 17),
        replace(night(THURSDAY, "f-basi"), proven=False),
        replace(night(THURSDAY, "g-jalan"), grade="berjalan", result="berjalan"),
        night(THURSDAY, "h-lain"),
    ]
    runs[1:3] = [night(WEDNESDAY, "b-gagal"), runs[1], night(WEDNESDAY, "c-putus"), runs[2]]
    wanted = [
        expected(name, since=THURSDAY)
        for name in ("a-baik", "b-gagal", "c-putus", "d-absen", "e-lambat", "f-basi", "g-jalan", "i-baru")
    ]
    wanted[-1] = expected("i-baru", since=FRIDAY)
    told = view(period(*runs), *wanted, older={"i-baru": NOW})
    assert [(each.name, each.state) for each in told.servers] == [
        ("b-gagal", "gagal"),
        ("c-putus", "terputus"),
        ("d-absen", "tidak dijalankan"),
        ("f-basi", "berhasil"),
        ("e-lambat", "peringatan"),
        ("g-jalan", "berjalan"),
        ("i-baru", "belum ada"),
        ("a-baik", "berhasil"),
        ("h-lain", "tidak terdaftar"),
    ]
    assert told.counts == {
        "gagal": 1, "terputus": 1, "tidak dijalankan": 1, "peringatan": 1, "berjalan": 1, "belum ada": 1, "berhasil": 2,
        "tidak terdaftar": 1,
    }  # fmt: skip
    assert told.stale == 4
    assert told.days == (THURSDAY,)


def test_without_an_inventory_all_that_ran_are_listed() -> None:
    told = view(period(night(THURSDAY, "x"), night(WEDNESDAY, "y")))
    assert [(each.name, each.state) for each in told.servers] == [("y", "berhasil"), ("x", "berhasil")]
    assert told.days == (WEDNESDAY, THURSDAY)


def test_a_server_only_of_partial_runs_has_its_place_from_them() -> None:
    part = replace(night(THURSDAY, "x", zone=WIT), whole_sop=False)
    (server,) = view(period(part)).servers
    assert (server.state, server.zone, server.office) == ("belum ada", WIT, part.office)


def test_steps_are_told_in_the_sops_order_with_what_never_began() -> None:
    run = replace(night(THURSDAY), steps=(StepBrief(2, "sesuai", NOW, 60.0), StepBrief(1, "berjalan", NOW, None)))
    last = only(period(run)).last
    assert last is not None
    assert last.took_s == (None, 60.0, None, None, None, None)
    assert last.verdicts == ("berjalan", "sesuai", *["tidak dijalankan"] * 4)


def test_deviations_are_nights_not_steps() -> None:
    twice = slow(slow(night(THURSDAY), 5, 17), 3, 12)
    assert only(period(twice)).deviations == 1


def paraf(office: str, at: datetime, since: date = WEDNESDAY, until: date = THURSDAY) -> Paraf:
    return Paraf(at, office, "Contoh Pegawai", since, until)


def test_a_paraf_covers_what_stood_before_it() -> None:
    runs = (night(WEDNESDAY), night(THURSDAY))
    between = runs[0].began_at + timedelta(hours=2)
    told = view(
        period(*runs, parafs=(paraf("Kasi SIAK", between), paraf("Kabid PIAK", NOW, since=SINCE - timedelta(days=9)))),
        expected(since=WEDNESDAY),
    )
    assert [each.parafs for each in told.servers[0].nights] == [("Kasi SIAK", "Kabid PIAK"), ("Kabid PIAK",)]
    assert [(each.office, each.seen, each.nights) for each in told.parafs] == [
        ("Kasi SIAK", 1, 2),
        ("Kabid PIAK", 2, 2),
    ]
    assert told.parafs[0].last is not None
    assert told.parafs[0].last.at == between


def test_the_last_paraf_is_told_and_absence_is_none() -> None:
    told = view(period(parafs=(paraf("Kasi SIAK", NOW - timedelta(days=2)), paraf("Kasi SIAK", NOW))))
    assert [each.last and each.last.at for each in told.parafs] == [NOW, None]


def test_notes_are_told_in_the_papers_words() -> None:
    run = night(THURSDAY)
    run = replace(run, notes=(note(run.run), note(run.run, kendala="")))
    last = only(period(run)).last
    assert last is not None
    assert last.notes == ("Kendala: Listrik padam; Tindak lanjut: Genset diperiksa", "Tindak lanjut: Genset diperiksa")


def test_the_disk_in_use_is_not_outside() -> None:
    other = replace(night(WEDNESDAY).copies[0], label="HDD-B", serial="B")
    runs = (replace(night(WEDNESDAY), copies=(other,)), night(THURSDAY))
    server = only(period(*runs), expected(since=WEDNESDAY), offsite_days=7)
    assert server.offsite is not None
    assert (server.offsite.label, server.offsite.due) == ("HDD-B", date(2026, 1, 14))
    assert only(period(), expected(since=THURSDAY), offsite_days=7).offsite is None


def test_a_night_that_failed_before_its_copy_does_not_move_the_disk_outside() -> None:
    runs = (night(WEDNESDAY), failed(night(THURSDAY), 2, "SIAK-201"))
    assert only(period(*runs), expected(since=WEDNESDAY), offsite_days=7).offsite is None


def test_hours_of_the_inventory_bound_the_age() -> None:
    friday = datetime(2026, 1, 12, 0, 30, tzinfo=UTC)
    told = period(night(FRIDAY))
    assert not only(told, expected(hours=HOURS, since=FRIDAY), now=friday).stale
    (server,) = view(told, now=friday).servers
    assert server.zone == WIB
    assert not server.stale


def test_damage_is_handed_on() -> None:
    assert view(period(damage=("2026-01-kendali.jsonl, baris 3: bukan JSON",))).damage
