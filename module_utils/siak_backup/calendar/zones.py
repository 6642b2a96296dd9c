# SPDX-License-Identifier: GPL-3.0-or-later
"""The three time zones of Indonesia. None has daylight saving time, so an offset is all there is (Keppres 41/1987)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from ..errors import CalendarError


@dataclass(frozen=True)
class Zone:
    """A time zone by the name people write behind a clock time, e.g. `WIB`."""

    name: str
    offset_hours: int

    @property
    def tzinfo(self) -> timezone:
        """The fixed offset, named like the zone."""
        return timezone(timedelta(hours=self.offset_hours), self.name)

    def local(self, moment: datetime) -> datetime:
        """Return an aware moment as this zone's local time, still aware.

        Raises:
            CalendarError: the moment has no offset, so nobody knows when it is.
        """
        if moment.tzinfo is None:
            raise CalendarError(
                "waktu tanpa selisih UTC", where=moment.isoformat(), remedy="tuliskan waktu dengan selisih UTC"
            )
        return moment.astimezone(self.tzinfo)

    def at(self, year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
        """Return the moment in UTC at which this zone's clocks show the given time."""
        return datetime(year, month, day, hour, minute, tzinfo=self.tzinfo).astimezone(UTC)


WIB = Zone("WIB", 7)
WITA = Zone("WITA", 8)
WIT = Zone("WIT", 9)

_BY_NAME = {each.name: each for each in (WIB, WITA, WIT)}


def zone(name: str) -> Zone:
    """Return the zone called WIB, WITA or WIT. Raises CalendarError for any other name."""
    try:
        return _BY_NAME[name]
    except KeyError:
        raise CalendarError(
            f"zona waktu {name!r} tidak dikenal", where="siak_zone", remedy="pilih WIB, WITA atau WIT"
        ) from None
