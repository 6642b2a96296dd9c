# SPDX-License-Identifier: GPL-3.0-or-later
"""Service hours: when the office serves people, and when it has finished for the day.

A table gives hours per weekday (`senin` to `minggu`); dated exceptions replace
a day's hours. The SOP lets step 1 begin "setelah jam pelayanan selesai".
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from ..errors import CalendarError
from .days import iso_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .zones import Zone

_WEEKDAYS = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu")
_CLOSED = ("tutup", "libur")
_INTERVAL = re.compile(r"([0-9]{1,2})[.:]([0-9]{2})\s*-\s*([0-9]{1,2})[.:]([0-9]{2})")
_DAY_MINUTES = 24 * 60

_REMEDY = 'tuliskan misalnya "07.30-16.00", "08.00-12.00, 13.00-16.00" atau "tutup"'


@dataclass(frozen=True)
class Interval:
    """Minutes since local midnight, from `begin` up to but not including `end`."""

    begin: int
    end: int


@dataclass(frozen=True)
class Serving:
    """The office has not finished serving people today.

    `ends_at` is the end of the day's last interval, local and aware. `in_break`
    is true between two intervals: nobody is served, but the day's service is
    not over, so the SOP's condition is not met.
    """

    ends_at: datetime
    in_break: bool


@dataclass(frozen=True)
class ServiceHours:
    """Checked hours. An empty table means that no service hours are declared."""

    weekly: Mapping[int, tuple[Interval, ...]] = field(default_factory=dict)
    exceptions: Mapping[date, tuple[Interval, ...]] = field(default_factory=dict)

    @classmethod
    def parse(cls, weekly: Mapping[str, object], exceptions: Mapping[object, object] | None = None) -> ServiceHours:
        """Check tables as an inventory holds them.

        Args:
            weekly: hours per weekday name; an absent weekday is a closed one.
            exceptions: hours per date, `YYYY-MM-DD` or a date as YAML reads it.

        Hours are `"07.30-16.00"`, several of them with commas or as a list, or
        `tutup` (also `libur`).

        Raises:
            CalendarError: naming the key whose day, date or hours are impossible.
        """
        return cls(
            {_weekday(key): _intervals(value, f"siak_service_hours.{key}") for key, value in weekly.items()},
            {
                _date(key): _intervals(value, f"siak_service_exceptions.{key}")
                for key, value in (exceptions or {}).items()
            },
        )

    @property
    def declared(self) -> bool:
        """Whether any hours are declared at all."""
        return bool(self.weekly or self.exceptions)

    def of(self, day: date) -> tuple[Interval, ...]:
        """Return the intervals of a day, earliest first; none when closed."""
        if day in self.exceptions:
            return self.exceptions[day]
        return self.weekly.get(day.weekday(), ())


def serving(now: datetime, hours: ServiceHours, zone: Zone) -> Serving | None:
    """Return why a backup may not begin now, or None if it may.

    It may before the day's first interval and from the end of its last.
    Raises CalendarError if `now` has no offset.
    """
    local = zone.local(now)
    intervals = hours.of(local.date())
    minute = local.hour * 60 + local.minute
    if not intervals or not intervals[0].begin <= minute < intervals[-1].end:
        return None
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return Serving(
        ends_at=midnight + timedelta(minutes=intervals[-1].end),
        in_break=not any(each.begin <= minute < each.end for each in intervals),
    )


def _weekday(key: object) -> int:
    if key in _WEEKDAYS:
        return _WEEKDAYS.index(str(key))
    raise CalendarError(
        f"hari {key!r} tidak dikenal", where="siak_service_hours", remedy=f"pilih dari {', '.join(_WEEKDAYS)}"
    )


def _date(key: object) -> date:
    if type(key) is date:
        return key
    text = str(key)
    day = iso_day(text)
    if day is None:
        raise CalendarError(
            f"tanggal {text!r} tidak ada", where="siak_service_exceptions", remedy="tuliskan sebagai YYYY-MM-DD"
        )
    return day


def _intervals(value: object, key: str) -> tuple[Interval, ...]:
    if isinstance(value, str) and value.strip().lower() in _CLOSED:
        return ()
    texts = value.split(",") if isinstance(value, str) else value
    if not isinstance(texts, list | tuple):
        raise CalendarError(f"jam pelayanan {value!r} bukan teks", where=key, remedy=_REMEDY)
    intervals = tuple(_interval(text, key) for text in texts)
    for earlier, later in itertools.pairwise(intervals):
        if later.begin < earlier.end:
            raise CalendarError(
                f"jam pelayanan {value!r} tumpang tindih atau tidak berurutan",
                where=key,
                remedy="urutkan dan pisahkan jamnya",
            )
    return intervals


def _interval(text: object, key: str) -> Interval:
    found = _INTERVAL.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise CalendarError(f"jam pelayanan {text!r} tidak terbaca", where=key, remedy=_REMEDY)
    begin_hour, begin_minute, end_hour, end_minute = map(int, found.groups())
    begin, end = begin_hour * 60 + begin_minute, end_hour * 60 + end_minute
    if begin_minute > 59 or end_minute > 59 or end > _DAY_MINUTES:
        raise CalendarError(f"jam pelayanan {text!r} tidak ada pada jam dinding", where=key, remedy=_REMEDY)
    if begin >= end:
        raise CalendarError(
            f"jam pelayanan {text!r} berakhir sebelum mulai", where=key, remedy="tuliskan jam mulai lalu jam selesai"
        )
    return Interval(begin, end)
