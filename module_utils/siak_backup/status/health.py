# SPDX-License-Identifier: GPL-3.0-or-later
"""How old the last proven backup may be, which media hold copies, and when one has to leave the building again."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from ..agenda.missed import works
from .model import Growth, MediumView, Offsite, Proven

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..agenda.facts import CopyFact
    from ..agenda.period import ServerNight
    from ..calendar import ServiceHours, Zone
    from .model import NightView
    from .settings import StatusSettings

#: Hours under which an office is closed for longer are a slip, and must not keep a backup young for ever.
_MOST_CLOSED_DAYS = 31

#: A control node's clock may have been set by a little between the backup and the look at it, as in monitor/check.py.
_SKEW = timedelta(minutes=5)


def proven_view(at: datetime, zone: Zone, hours: ServiceHours, now: datetime, settings: StatusSettings) -> Proven:
    """Return what is to be told of the last proven backup. One from the future proves nothing of its age: stale."""
    limit = stale_at(at, zone, hours, settings.stale_after_h)
    return Proven(at, limit, stale=not at - _SKEW <= now <= limit)


def stale_at(at: datetime, zone: Zone, hours: ServiceHours, after_h: float) -> datetime:
    """Return the moment from which a backup is too old: `agenda.freshness.working_s` from `at` to it is `after_h`.

    After 31 closed days on end every day counts.
    """
    left = timedelta(hours=after_h)
    begin = zone.local(at)
    closed = 0
    while True:
        midnight = datetime.combine(begin.date() + timedelta(days=1), time(), zone.tzinfo)
        is_open = works(hours, begin.date())
        if is_open or closed == _MOST_CLOSED_DAYS:
            if begin + left <= midnight:
                return (begin + left).astimezone(at.tzinfo)
            left -= midnight - begin
        closed = 0 if is_open else min(closed + 1, _MOST_CLOSED_DAYS)
        begin = midnight


def media_of(runs: Iterable[ServerNight]) -> tuple[MediumView, ...]:
    """Return the media that one server's runs copied to, the last used first; copies made up for later count."""
    found: dict[tuple[str, str], MediumView] = {}
    for run in runs:
        at = run.ended_at or run.began_at
        for copy in (*run.copies, *run.caught_up):
            earlier = found.get((copy.label, copy.serial))
            found[copy.label, copy.serial] = _used(copy, at, earlier)
    return tuple(sorted(found.values(), key=lambda medium: (-medium.last_at.timestamp(), medium.label, medium.serial)))


def _used(copy: CopyFact, at: datetime, earlier: MediumView | None) -> MediumView:
    if earlier is None:
        return MediumView(copy.label, copy.serial, copy.group, 1, at)
    return MediumView(
        copy.label, copy.serial, copy.group or earlier.group, earlier.copies + 1, max(earlier.last_at, at)
    )


def offsite_of(
    media: Sequence[MediumView], in_use: Sequence[str], zone: Zone, now: datetime, settings: StatusSettings
) -> Offsite | None:
    """Return the newest copy outside the building, None if there is none or the office has set no limit.

    Outside is, as in the night itself, what was not plugged in: `in_use` are the labels that the last copies went to.
    """
    outside = next((medium for medium in media if medium.label not in in_use), None)
    if outside is None or not settings.offsite_days:
        return None
    day = zone.local(outside.last_at).date()
    due = day + timedelta(days=settings.offsite_days)
    return Offsite(outside.label, day, due, overdue=zone.local(now).date() > due)


def growth_of(nights: Sequence[NightView]) -> Growth | None:
    """Return how the size changed from the first proven night to the last; None with fewer than two."""
    proven = [night for night in nights if night.proven and night.size_bytes]
    if len(proven) < 2 or proven[0].day == proven[-1].day:
        return None
    first, last = proven[0], proven[-1]
    return Growth((last.size_bytes / first.size_bytes - 1) * 100, (last.day - first.day).days)
