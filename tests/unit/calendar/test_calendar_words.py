# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from siak_backup.calendar import WIB, WIT, WITA, clock_time, day_date, duration, long_date, number, size, zone
from siak_backup.errors import CalendarError

EVENING = datetime(2025, 1, 9, 9, 35, tzinfo=UTC)


@pytest.mark.parametrize(("name", "shown"), [("WIB", "16.35 WIB"), ("WITA", "17.35 WITA"), ("WIT", "18.35 WIT")])
def test_each_zone_shows_its_own_clock(name: str, shown: str):
    assert clock_time(EVENING, zone(name)) == shown


def test_local_time_keeps_its_offset_and_name():
    assert WIB.local(EVENING).isoformat() == "2025-01-09T16:35:00+07:00"
    assert WITA.local(EVENING).tzname() == "WITA"
    assert WIT.at(2025, 1, 9, 18, 35) == EVENING


@pytest.mark.parametrize("name", ["wib", "", "UTC", "WIB "])
def test_an_unknown_zone_is_refused_by_name(name: str):
    with pytest.raises(CalendarError, match="siak_zone"):
        zone(name)


def test_a_moment_without_offset_is_refused():
    with pytest.raises(CalendarError, match="2025-01-09T09:35:00"):
        WIB.local(EVENING.replace(tzinfo=None))


def test_dates_are_indonesian_in_every_month_and_weekday():
    assert day_date(date(2025, 1, 9)) == "Kamis, 9 Januari 2025"
    assert [long_date(date(2025, month, 1)).split()[1] for month in range(1, 13)] == [
        "Januari", "Februari", "Maret", "April", "Mei", "Juni",
        "Juli", "Agustus", "September", "Oktober", "November", "Desember",
    ]  # fmt: skip
    assert [day_date(date(2025, 1, day)).split(",")[0] for day in range(6, 13)] == [
        "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [(1234.5, 1, "1.234,5"), (0, 0, "0"), (1_234_567, 0, "1.234.567"), (-1234.56, 2, "-1.234,56")],
)
def test_numbers_have_indonesian_separators(value: float, decimals: int, shown: str):
    assert number(value, decimals) == shown


@pytest.mark.parametrize(
    ("size_bytes", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1,0 KB"),
        (18_900_000, "18,9 MB"),
        (999_960, "1,0 MB"),
        (4_294_967_296, "4,3 GB"),
        (5 * 10**12, "5,0 TB"),
        (1234 * 10**12, "1.234,0 TB"),
    ],
)
def test_sizes_are_decimal(size_bytes: int, shown: str):
    assert size(size_bytes) == shown


@pytest.mark.parametrize(
    ("duration_s", "shown"),
    [
        (0.44, "0,4 detik"),
        (9.96, "10 detik"),
        (12, "12 detik"),
        (59.6, "1 menit"),
        (125, "2 menit 5 detik"),
        (3600, "1 jam"),
        (4320, "1 jam 12 menit"),
        (7140, "1 jam 59 menit"),
        (7199.8, "2 jam"),
    ],
)
def test_durations_carry_the_units_people_use(duration_s: float, shown: str):
    assert duration(duration_s) == shown
