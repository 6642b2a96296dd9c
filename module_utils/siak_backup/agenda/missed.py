# SPDX-License-Identifier: GPL-3.0-or-later
"""Nights that nobody ran: a server without any run on a working day.

A run that did not happen leaves no line. So these are found by whoever reads
the journal, from the servers that should be in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..calendar import ServiceHours, Zone
    from .period import Period

#: Monday to Friday, where an office has not declared its hours.
_USUAL_DAYS = range(5)


@dataclass(frozen=True)
class Expected:
    """A server that the inventory lists, so that a backup is due on every working day of its office.

    `since` is the first day on which one is due; None for as long as the period reaches back.
    """

    server: str
    office: str
    zone: Zone
    hours: ServiceHours
    since: date | None = None


@dataclass(frozen=True, order=True)
class Missed:
    """No whole run of a server began on this local day, on which its office worked."""

    day: date
    server: str


def missed_nights(period: Period, expected: Iterable[Expected], today: date) -> tuple[Missed, ...]:
    """Return the missed nights of a period before `today`, which is not over yet; oldest first."""
    ran = {(night.day, night.server) for night in period.nights if night.whole_sop}
    return tuple(
        sorted(
            Missed(day, each.server)
            for each in expected
            for day in _days(
                max(period.since, each.since or period.since), min(period.until, today - timedelta(days=1))
            )
            if works(each.hours, day) and (day, each.server) not in ran
        )
    )


def works(hours: ServiceHours, day: date) -> bool:
    """Whether an office works on a day: it serves people then, or, where no hours are declared, it is a weekday."""
    return bool(hours.of(day)) if hours.declared else day.weekday() in _USUAL_DAYS


def _days(since: date, until: date) -> Iterable[date]:
    return (since + timedelta(days=number) for number in range((until - since).days + 1))
