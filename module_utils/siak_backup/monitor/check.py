# SPDX-License-Identifier: GPL-3.0-or-later
"""Fresh (SEGAR) or stale (BASI): every server's newest proven backup beside the age it may have.

Unknown is never fresh: neither a journal that cannot be read or is damaged,
nor a backup whose folder is gone, nor one from the future.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..agenda.freshness import WINDOWS_DAYS, Last, ago, read_history, working_s
from ..agenda.grid import cut, printable
from ..agenda.missed import Expected, missed_nights
from ..errors import AgendaError, ArchiveError, StaleError
from .archived import demand_archived

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from ..agenda.freshness import History
    from ..agenda.period import ServerNight
    from ..calendar import ServiceHours, Zone
    from ..sop import Sop

#: A control node's clock may have been set by a little between the backup and the look at it.
_CLOCK_SLACK_S = 300.0

_MAX_REASON = 300
_MAX_NAMES = 20


@dataclass(frozen=True)
class Demand:
    """What is demanded of a server's backups.

    `max_age_s` and `copy_max_age_s` count the hours of days on which the office works; 0 for `copy_max_age_s` demands
    no copy. Rehearsals are taken for backups only where `rehearsals` is true.
    """

    server: str
    office: str
    zone: Zone
    hours: ServiceHours
    archive_dir: Path
    max_age_s: float
    copy_max_age_s: float = 0.0
    rehearsals: bool = False


@dataclass(frozen=True)
class Freshness:
    """One server, judged at a moment. `reasons` say in Indonesian why it is stale; a fresh one has none.

    `age_s` is by the clock and None if there is no proven backup; `path` is its folder in the archive, as it was found
    or is missing. `missed` counts the working days of the newest 35 on which no whole run began. `warnings` say what
    waits for a person on those days, and make nothing stale.
    """

    demand: Demand
    last: Last
    age_s: float | None
    path: str
    reasons: tuple[str, ...]
    missed: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def fresh(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons

    @property
    def line(self) -> str:
        """The server in one line for the screen and for letters."""
        told = [f"{self.demand.server}: {'SEGAR' if self.fresh else 'BASI'}", *self.reasons]
        if self.last.proven is not None and self.age_s is not None:
            told.append(f"backup terbukti terakhir {ago(self.age_s)} lalu ({self._places(self.last.proven)})")
        told += [f"PERINGATAN: {warning}" for warning in self.warnings]
        return printable(", ".join(told))

    def _places(self, night: ServerNight) -> str:
        media = [copy.label for copy in night.copies]
        if not media and self.last.copied is night:
            media = ["disalin menyusul"]
        return ", ".join(
            [
                *([Path(night.folder).name] if night.folder else []),
                *(["GLADI / REHEARSAL"] if night.rehearsal else []),
                f"arsip {self.path or '-'}",
                f"media {', '.join(dict.fromkeys(media)) or '-'}",
            ]
        )


@dataclass(frozen=True)
class Look:
    """All servers at a moment. `history` is None when the journal could not be read."""

    at: datetime
    servers: tuple[Freshness, ...]
    history: History | None

    @property
    def stale(self) -> tuple[Freshness, ...]:
        """Those that are not fresh."""
        return tuple(each for each in self.servers if not each.fresh)

    @property
    def trouble(self) -> str:
        """One sentence that names the stale servers; empty when there is none."""
        if not self.stale:
            return ""
        names = ", ".join(each.demand.server for each in self.stale[:_MAX_NAMES])
        return str(
            StaleError(
                f"backup basi pada {len(self.stale)} dari {len(self.servers)} server",
                where=names + (", ..." if len(self.stale) > _MAX_NAMES else ""),
                remedy="kerjakan sebabnya, lalu jalankan backup",
            )
        )


def look(agenda_dir: Path, sop: Sop, demands: Sequence[Demand], *, now: datetime, verify: bool = False) -> Look:
    """Judge every server; `now` is aware, `verify` hashes the newest folders. Never raises for what it finds."""
    try:
        history = read_history(
            agenda_dir,
            sop,
            [each.server for each in demands],
            now=now,
            rehearsals=[each.server for each in demands if each.rehearsals],
        )
    except AgendaError as error:
        unread = tuple(Freshness(each, Last(), None, "", (f"jurnal tidak terbaca, {error}",)) for each in demands)
        return Look(now, unread, None)
    missed = _missed(history, demands, now)
    return Look(now, tuple(_judge(each, history, missed[each.server], now, verify=verify) for each in demands), history)


def _judge(demand: Demand, history: History, missed: int, now: datetime, *, verify: bool) -> Freshness:
    last = history.last[demand.server]
    warnings = _warnings(demand, history)
    reasons = [f"jurnal rusak, {history.damage[0]}"] if history.damage else []
    if last.proven is None:
        reasons.append("belum ada backup terbukti dalam dua tahun terakhir")
        return Freshness(demand, last, None, "", tuple(reasons), missed, warnings)
    age_s = (now - _filed_at(last.proven)).total_seconds()
    reasons += _age(demand, last.proven, age_s, now)
    path = demand.archive_dir / demand.server / Path(last.proven.folder).name
    try:
        demand_archived(demand.archive_dir, last.proven, verify=verify)
    except ArchiveError as error:
        reasons.append(cut(f"arsip tidak utuh, {error}", _MAX_REASON))
    reasons += _copy(demand, last.copied, now)
    return Freshness(demand, last, max(age_s, 0.0), str(path), tuple(reasons), missed, warnings)


def _warnings(demand: Demand, history: History) -> tuple[str, ...]:
    """Return the changes of rows and size of the newest 35 days that nobody has accepted yet."""
    nights = (
        night
        for night in history.recent.nights
        if night.server == demand.server and night.open_swings and (demand.rehearsals or not night.rehearsal)
    )
    return tuple(
        cut(f"perubahan besar belum diterima pada run {night.run}, {'; '.join(night.open_swings)}", _MAX_REASON)
        for night in nights
    )


def _age(demand: Demand, night: ServerNight, age_s: float, now: datetime) -> list[str]:
    if age_s < -_CLOCK_SLACK_S:
        return ["waktu backup terakhir lebih baru dari jam komputer ini, periksa jamnya"]
    if working_s(_filed_at(night), now, demand.hours, demand.zone) > demand.max_age_s:
        return [f"lebih tua dari {_hours(demand.max_age_s)} jam pada hari kerja"]
    return []


def _copy(demand: Demand, night: ServerNight | None, now: datetime) -> list[str]:
    if not demand.copy_max_age_s:
        return []
    if night is None:
        return [f"tidak ada kopian terbukti di media dalam {WINDOWS_DAYS[0]} hari terakhir"]
    if working_s(_filed_at(night), now, demand.hours, demand.zone) > demand.copy_max_age_s:
        told = ago((now - _filed_at(night)).total_seconds())
        return [f"kopian terakhir di media {told} lalu, lebih dari {_hours(demand.copy_max_age_s)} jam pada hari kerja"]
    return []


def _filed_at(night: ServerNight) -> datetime:
    assert night.filed_at is not None  # noqa: S101 - for mypy: a proven night was filed
    return night.filed_at


def _hours(duration_s: float) -> str:
    return f"{duration_s / 3600:g}".replace(".", ",")


def _missed(history: History, demands: Iterable[Demand], now: datetime) -> Mapping[str, int]:
    """Count missed nights since a server was first seen; of one that never was, since anything was."""
    first: dict[str, date] = {}
    for night in history.recent.nights:
        first.setdefault(night.server, night.day)
    begun = min(first.values(), default=history.recent.until)
    by_today: dict[date, list[Expected]] = {}
    for demand in demands:
        each = Expected(demand.server, demand.office, demand.zone, demand.hours, first.get(demand.server, begun))
        by_today.setdefault(demand.zone.local(now).date(), []).append(each)
    return Counter(
        missed.server for today, group in by_today.items() for missed in missed_nights(history.recent, group, today)
    )
