# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock on the server's wall, which may be wrong or stand in another zone."""

from __future__ import annotations

import enum
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone


class ServerZone(enum.StrEnum):
    """A server's time zone."""

    UTC = "UTC"
    WIB = "WIB"
    WITA = "WITA"
    WIT = "WIT"


_HOURS = {ServerZone.UTC: 0, ServerZone.WIB: 7, ServerZone.WITA: 8, ServerZone.WIT: 9}


@dataclass(frozen=True)
class ClockFaults:
    """What the server's clock shows; the defaults are this machine's."""

    clock_offset_s: int = 0
    """The server's clock is so many seconds ahead, or behind if negative. Seen in steps 2 and 3."""
    clock_zone: ServerZone | None = None
    """The server's local time, and so the log's, is of UTC, WIB, WITA or WIT. Seen in steps 2 and 3."""


class ServerClock:
    """Gives the server's local time with its offset. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults = ClockFaults()

    def arm(self, faults: ClockFaults) -> None:
        """Show what `faults` say from now on."""
        with self._lock:
            self._faults = faults

    def __call__(self) -> datetime:
        """Return what the clock shows."""
        with self._lock:
            faults = self._faults
        now = datetime.now(UTC) + timedelta(seconds=faults.clock_offset_s)
        zone = faults.clock_zone
        return now.astimezone(timezone(timedelta(hours=_HOURS[zone]), str(zone)) if zone else None)
