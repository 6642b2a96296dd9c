# SPDX-License-Identifier: GPL-3.0-or-later
"""What the agenda's tests share: a clock that stands still, and the evening it shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

#: Thursday, 16.35 WIB.
START = datetime(2025, 1, 9, 9, 35, tzinfo=UTC)


class Clock:
    """Stands still unless told otherwise."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **duration: float) -> datetime:
        self.now += timedelta(**duration)
        return self.now
