# SPDX-License-Identifier: GPL-3.0-or-later
"""What the journal tells of each server's newest backup, however long ago that was.

The newest days are read first and older ones only for servers of which
nothing was found, so that a look at 514 servers reads a month.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING

from .chain import verify_file
from .journal import journal_dir, journal_files
from .missed import works
from .period import Period, read_period

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from ..calendar import ServiceHours, Zone
    from ..sop import Sop
    from .period import ServerNight

#: Days of each look back, newest first; together two years.
WINDOWS_DAYS = (35, 70, 140, 280, 206)

#: Damage that is all over a journal is told of, not copied.
_MAX_DAMAGE = 5


@dataclass(frozen=True, slots=True)
class Last:
    """The newest that is known of a server; None where two years tell nothing.

    `run` is its newest run of the whole SOP that is over, `proven` the newest night whose dump was proven and filed,
    `copied` the newest of those that lies on a medium, proven there, too.
    """

    run: ServerNight | None = None
    proven: ServerNight | None = None
    copied: ServerNight | None = None


@dataclass(frozen=True)
class History:
    """What a look at the journal found.

    `last` has every server asked for. `recent` are the newest 35 days. `media` tells by label when a copy was last
    proven on it. `damage` names what is broken in the part of the journal that was relied upon, in Indonesian: with
    any of it, nothing that was found proves anything.
    """

    last: Mapping[str, Last]
    recent: Period
    media: Mapping[str, datetime]
    damage: tuple[str, ...]


def read_history(
    agenda_dir: Path, sop: Sop, servers: Collection[str], *, now: datetime, rehearsals: Collection[str] = ()
) -> History:
    """Read the journal once for all servers. Raises AgendaError when it cannot be read.

    Args:
        agenda_dir: the agenda's folder.
        sop: whose nights they are.
        servers: names of those looked for.
        now: aware; nights of later days than tomorrow are not looked at.
        rehearsals: servers whose rehearsals count as backups, for a rehearsal's own inventory.
    """
    desks = {server: _Desk(rehearsals=server in rehearsals) for server in servers}
    media: dict[str, datetime] = {}
    recent: Period | None = None
    oldest = now
    for since, until in _windows(now.astimezone(UTC).date()):
        period = read_period(agenda_dir, sop, since, until)
        for night in reversed(period.nights):
            if night.server in desks:
                _note_media(media, night)
                desks[night.server].take(night)
        if recent is None:
            recent = period
            oldest = min([now, *(night.began_at for night in (desk.proven for desk in desks.values()) if night)])
        if all(desk.proven for desk in desks.values()):
            break
    assert recent is not None  # noqa: S101 - for mypy: there is at least one window
    # Older damage takes nothing from what is fresh, and what is older is not fresh anyway.
    damage = dict.fromkeys(_broken(agenda_dir, f"{oldest.astimezone(UTC) - timedelta(days=1):%Y-%m}"))
    return History(
        {server: desk.last() for server, desk in desks.items()},
        recent,
        media,
        tuple(damage)[:_MAX_DAMAGE],
    )


def working_s(since: datetime, until: datetime, hours: ServiceHours, zone: Zone) -> float:
    """Return the seconds between two aware moments, days on which the office does not work left out.

    On such days no night is due, so a backup does not grow older on them. 0 if `until` is not later.
    """
    begin, end = zone.local(since), zone.local(until)
    total = timedelta()
    day = begin.date()
    while day <= end.date():
        midnight = datetime.combine(day, time(), zone.tzinfo)
        if works(hours, day):
            total += max(min(end, midnight + timedelta(days=1)) - max(begin, midnight), timedelta())
        day += timedelta(days=1)
    return total.total_seconds()


def ago(age_s: float) -> str:
    """Return an age as people say it, e.g. `12 menit`, `9 jam`, `3 hari`; always rounded down."""
    minutes = int(age_s // 60)
    if minutes < 60:
        return f"{max(minutes, 0)} menit"
    return f"{minutes // 60} jam" if minutes < 48 * 60 else f"{minutes // (24 * 60)} hari"


@dataclass
class _Desk:
    """What was found of one server so far; nights come newest first within a window."""

    rehearsals: bool
    run: ServerNight | None = None
    proven: ServerNight | None = None
    copied: ServerNight | None = None
    caught_up: set[str] = field(default_factory=set)

    def take(self, night: ServerNight) -> None:
        self.caught_up |= {copy.night for copy in night.caught_up}
        if night.whole_sop and night.grade != "berjalan":
            self.run = _later(self.run, night)
        if night.proven and night.filed_at is not None and (self.rehearsals or not night.rehearsal):
            self.proven = _later(self.proven, night)
            if night.copies or PurePath(night.folder).name in self.caught_up:
                self.copied = _later(self.copied, night)

    def last(self) -> Last:
        return Last(self.run, self.proven, self.copied)


def _later(one: ServerNight | None, other: ServerNight) -> ServerNight:
    return other if one is None or _end(other) > _end(one) else one


def _end(night: ServerNight) -> datetime:
    return night.filed_at or night.ended_at or night.began_at


def _note_media(media: dict[str, datetime], night: ServerNight) -> None:
    at = night.ended_at or night.began_at
    for copy in (*night.copies, *night.caught_up):
        media[copy.label] = max(at, media.get(copy.label, at))


def _windows(today: date) -> Iterator[tuple[date, date]]:
    until = today + timedelta(days=1)
    for days in WINDOWS_DAYS:
        since = until - timedelta(days=days - 1)
        yield since, until
        until = since - timedelta(days=1)


def _broken(agenda_dir: Path, since_month: str) -> Iterator[str]:
    """Yield what is wrong with every node's chain since a month."""
    for _, files in itertools.groupby(journal_files(journal_dir(agenda_dir)), key=lambda file: file.node):
        before = None
        for file in files:
            if file.month >= since_month:
                problems = verify_file(file, before)
                yield from (f"{each.path.name}, baris {each.line}: {each.reason}" for each in problems)
            before = file
