# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from siak_backup.agenda.facts import CopyFact
from siak_backup.agenda.freshness import working_s
from siak_backup.calendar import WIB, WIT, ServiceHours, Zone
from siak_backup.errors import ConfigError
from siak_backup.status.health import growth_of, media_of, offsite_of, proven_view, stale_at
from siak_backup.status.model import Growth, MediumView, NightView
from siak_backup.status.settings import StatusSettings
from status_nights import HOURS, NOW, night

#: Thursday evening, 17.00 WIB.
FILED = datetime(2026, 1, 8, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_backup_of_a_working_day_is_stale_after_the_hours_set() -> None:
    assert stale_at(FILED, WIB, HOURS, 26) == FILED + 26 * HOUR


def test_a_weekend_does_not_make_a_backup_stale() -> None:
    friday = FILED + 24 * HOUR
    assert stale_at(friday, WIB, HOURS, 26) == friday + (26 + 48) * HOUR


def test_a_holiday_does_not_either() -> None:
    # 24 December; 25 and 26 are closed, then a weekend.
    before = datetime(2025, 12, 24, 10, 0, tzinfo=UTC)
    assert stale_at(before, WIB, HOURS, 26) == before + (26 + 96) * HOUR


def test_an_office_without_declared_hours_rests_on_weekends() -> None:
    friday = FILED + 24 * HOUR
    assert stale_at(friday, WIB, ServiceHours(), 26) == friday + (26 + 48) * HOUR


def test_the_day_is_the_servers_own() -> None:
    # Thursday 23.30 WIT; a limit of half an hour and a bit falls on Friday, a working day.
    late = datetime(2026, 1, 8, 14, 30, tzinfo=UTC)
    assert stale_at(late, WIT, HOURS, 1) == late + HOUR
    # Friday 23.30 WIT is Friday 21.30 WIB: only in Papua does the limit fall on a Saturday.
    assert stale_at(late + 24 * HOUR, WIT, HOURS, 1) == late + 24 * HOUR + HOUR + 48 * HOUR
    assert stale_at(late + 24 * HOUR, WIB, HOURS, 1) == late + 24 * HOUR + HOUR


def test_a_backup_of_a_closed_day_ages_from_the_next_working_day_on() -> None:
    saturday = FILED + 48 * HOUR
    monday = datetime(2026, 1, 11, 17, 0, tzinfo=UTC)
    assert stale_at(saturday, WIB, HOURS, 26) == monday + 26 * HOUR


@given(
    minutes=st.integers(0, 60 * 24 * 120),
    after_h=st.floats(0.1, 400),
    hours=st.sampled_from([HOURS, ServiceHours()]),
    zone=st.sampled_from([WIB, WIT]),
)
def test_it_is_the_age_that_the_monitor_counts(minutes: int, after_h: float, hours: ServiceHours, zone: Zone) -> None:
    at = datetime(2025, 10, 12, tzinfo=UTC) + timedelta(minutes=minutes)
    limit = stale_at(at, zone, hours, after_h)
    assert working_s(at, limit, hours, zone) == pytest.approx(after_h * 3600, abs=0.001)


def test_hours_that_never_open_do_not_keep_a_backup_young() -> None:
    never = ServiceHours.parse({"senin": "tutup"})
    # The rest of Thursday and thirty days more are closed, then every day counts.
    assert stale_at(FILED, WIB, never, 26) == datetime(2026, 2, 7, 17, 0, tzinfo=UTC) + 26 * HOUR


@pytest.mark.parametrize(
    ("later", "stale"),
    [(0 * HOUR, False), (26 * HOUR, False), (26 * HOUR + timedelta(seconds=1), True), (-2 * HOUR, True)],
)
def test_stale_is_what_is_beyond_the_limit_or_from_the_future(later: timedelta, stale: bool) -> None:
    told = proven_view(FILED, WIB, HOURS, FILED + later, StatusSettings())
    assert (told.at, told.stale) == (FILED, stale)


def test_media_are_told_by_their_last_use() -> None:
    older = night(date(2026, 1, 6), copies=(copy("HDD-A", "A1"),))
    newer = night(date(2026, 1, 7), copies=(copy("HDD-B", "B1", group="harian"),))
    made_up = night(date(2026, 1, 8), whole_sop=False, ended_at=None, copies=(), caught_up=(copy("HDD-A", "A1"),))
    assert media_of([older, newer, made_up]) == (
        MediumView("HDD-A", "A1", "", 2, made_up.began_at),
        MediumView("HDD-B", "B1", "harian", 1, newer.ended_at),
    )


def test_a_medium_keeps_its_group_when_an_older_journal_did_not_tell_it() -> None:
    told = night(date(2026, 1, 6), copies=(copy("HDD-A", "A1", group="harian"),))
    untold = night(date(2026, 1, 7), copies=(copy("HDD-A", "A1"),))
    assert media_of([told, untold]) == (MediumView("HDD-A", "A1", "harian", 2, untold.ended_at),)


def test_two_disks_of_one_label_are_two_media() -> None:
    runs = [night(date(2026, 1, 6), copies=(copy("HDD", "1"),)), night(date(2026, 1, 7), copies=(copy("HDD", "2"),))]
    assert [(each.serial, each.copies) for each in media_of(runs)] == [("2", 1), ("1", 1)]


def copy(label: str, serial: str, group: str = "") -> CopyFact:
    return CopyFact(label, "/media/x", "sha256", serial, group)


def medium(label: str, last: datetime) -> MediumView:
    return MediumView(label, "", "", 1, last)


def test_the_copy_outside_is_on_a_disk_that_is_not_in_use() -> None:
    media = [medium("HDD-B", FILED), medium("HDD-A", FILED - timedelta(days=5))]
    told = offsite_of(media, ["HDD-B"], WIB, NOW, StatusSettings(offsite_days=7))
    assert told is not None
    assert (told.label, told.day, told.due, told.overdue) == ("HDD-A", date(2026, 1, 3), date(2026, 1, 10), False)


def test_a_copy_outside_is_overdue_on_the_day_after() -> None:
    media = [medium("HDD-A", FILED - timedelta(days=7))]
    due_today = offsite_of(media, [], WIB, NOW, StatusSettings(offsite_days=8))
    due_yesterday = offsite_of(media, [], WIB, NOW, StatusSettings(offsite_days=7))
    assert due_today is not None
    assert due_yesterday is not None
    assert (due_today.overdue, due_yesterday.overdue) == (False, True)


def test_without_a_limit_or_a_disk_outside_nothing_is_told() -> None:
    media = [medium("HDD-A", FILED)]
    assert offsite_of(media, [], WIB, NOW, StatusSettings()) is None
    assert offsite_of(media, ["HDD-A"], WIB, NOW, StatusSettings(offsite_days=7)) is None


def test_growth_is_from_the_first_proven_night_to_the_last() -> None:
    nights = [
        NightView(date(2026, 1, 1), "berhasil", size_bytes=1000, proven=True),
        NightView(date(2026, 1, 2), "gagal", size_bytes=1),
        NightView(date(2026, 1, 5), "berhasil", size_bytes=1100, proven=True),
        NightView(date(2026, 1, 6), "peringatan", size_bytes=0, proven=True),
    ]
    told = growth_of(nights)
    assert told == Growth(pytest.approx(10), 4)
    assert growth_of(nights[:2]) is None
    assert growth_of([nights[0], nights[0]]) is None


@pytest.mark.parametrize(
    "impossible",
    [
        {"stale_after_h": 0},
        {"stale_after_h": 24 * 367},
        {"stale_after_h": float("nan")},
        {"offsite_days": -1},
        {"offsite_days": 367},
    ],
)
def test_impossible_settings_are_refused_by_name(impossible: dict[str, float]) -> None:
    with pytest.raises(ConfigError) as refused:
        StatusSettings(**impossible)
    assert refused.value.where == next(iter(impossible))
