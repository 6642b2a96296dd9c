# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import date, datetime

import pytest
from siak_backup.calendar import WIB, WIT, ServiceHours, Serving, serving
from siak_backup.errors import CalendarError

# 9 January 2025 is a Thursday.
WEEKLY = {"kamis": "07.30-12.00, 13.00-16.00", "jumat": ["07:30 - 16:30"], "sabtu": "tutup"}
HOURS = ServiceHours.parse(WEEKLY, {"2025-01-16": "08.00-14.00", date(2025, 1, 17): "libur"})


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return WIB.at(2025, 1, day, hour, minute)


@pytest.mark.parametrize(
    "moment",
    [at(9, 7, 29), at(9, 16), at(9, 23, 59), at(10, 16, 30), at(11, 10), at(12, 10), at(16, 14), at(17, 10)],
    ids=["before", "just after", "night", "friday", "closed", "not in the table", "exception over", "exception closed"],
)
def test_outside_service_a_backup_may_begin(moment: datetime):
    assert serving(moment, HOURS, WIB) is None


@pytest.mark.parametrize(
    ("moment", "ends", "in_break"),
    [
        (at(9, 7, 30), "2025-01-09T16:00:00+07:00", False),
        (at(9, 12), "2025-01-09T16:00:00+07:00", True),
        (at(9, 15, 59), "2025-01-09T16:00:00+07:00", False),
        (at(10, 16, 29), "2025-01-10T16:30:00+07:00", False),
        (at(16, 13, 59), "2025-01-16T14:00:00+07:00", False),
    ],
)
def test_inside_service_the_message_knows_when_it_ends(moment: datetime, ends: str, in_break: bool):
    assert serving(moment, HOURS, WIB) == Serving(ends_at=datetime.fromisoformat(ends), in_break=in_break)


def test_the_office_s_zone_decides():
    assert serving(at(9, 14, 30), HOURS, WIB) is not None
    assert serving(at(9, 14, 30), HOURS, WIT) is None


def test_an_empty_table_declares_nothing():
    nothing = ServiceHours.parse({})
    assert not nothing.declared
    assert HOURS.declared
    assert serving(at(9, 10), nothing, WIB) is None


def test_service_may_last_until_midnight():
    late = ServiceHours.parse({"kamis": "20.00-24.00"})
    found = serving(at(9, 23, 59), late, WIB)
    assert found is not None
    assert found.ends_at == datetime.fromisoformat("2025-01-10T00:00:00+07:00")


@pytest.mark.parametrize(
    ("weekly", "key"),
    [
        ({"monday": "07.30-16.00"}, "siak_service_hours"),
        ({"senin": "16.00-07.30"}, "siak_service_hours.senin"),
        ({"senin": "07.30-07.30"}, "siak_service_hours.senin"),
        ({"senin": "07.60-16.00"}, "siak_service_hours.senin"),
        ({"senin": "07.30-24.01"}, "siak_service_hours.senin"),
        ({"senin": "25.00-26.00"}, "siak_service_hours.senin"),
        ({"senin": "pagi"}, "siak_service_hours.senin"),
        ({"senin": 7.3}, "siak_service_hours.senin"),
        ({"senin": None}, "siak_service_hours.senin"),
        ({"senin": [730]}, "siak_service_hours.senin"),
        ({"senin": "08.00-12.00, 11.00-16.00"}, "siak_service_hours.senin"),
        ({"senin": "13.00-16.00, 08.00-12.00"}, "siak_service_hours.senin"),
    ],
)
def test_impossible_hours_name_their_key(weekly: dict[str, object], key: str):
    with pytest.raises(CalendarError, match=key):
        ServiceHours.parse(weekly)


@pytest.mark.parametrize("key", ["2025-02-30", "2025-1-3", "20250103", "lebaran", WIB.at(2025, 1, 3), None])
def test_impossible_dates_are_refused(key: object):
    with pytest.raises(CalendarError, match="siak_service_exceptions"):
        ServiceHours.parse({}, {key: "tutup"})


def test_impossible_hours_of_an_exception_name_the_date():
    with pytest.raises(CalendarError, match=r"siak_service_exceptions\.2025-12-27"):
        ServiceHours.parse({}, {"2025-12-27": "12.00-08.00"})
