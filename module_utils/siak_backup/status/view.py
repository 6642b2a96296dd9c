# SPDX-License-Identifier: GPL-3.0-or-later
"""From the journal's nights to the values of the page. Pure: the same nights and the same `now` give the same view."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, get_args

from ..agenda.missed import missed_nights
from ..agenda.notes import Office
from ..calendar import WIB, ServiceHours, Zone
from .health import growth_of, media_of, offsite_of, proven_view
from .model import STATES, NightView, ParafView, ServerView, State, StatusView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from ..agenda.missed import Expected
    from ..agenda.notes import Note, Paraf
    from ..agenda.period import Period, ServerNight
    from ..sop import Sop
    from .model import MediumView, Offsite
    from .settings import StatusSettings

_UNDECLARED = ServiceHours()

#: A stale backup, or a change that waits for somebody to accept it, stands right behind the nights that brought none.
_STALE = 3


def build_view(
    *,
    period: Period,
    older: Mapping[str, datetime],
    expected: Sequence[Expected],
    sop: Sop,
    now: datetime,
    settings: StatusSettings,
) -> StatusView:
    """Return the page's values.

    Args:
        period: the nights of some days, 90 as a rule.
        older: when the last proven backup was filed, for servers that have none in the period.
        expected: the servers that the inventory lists; empty where nobody knows, then all that ran are listed.
        sop: whose steps the nights were judged by.
        now: aware.
        settings: what the office has set.
    """
    known = {each.server: each for each in expected}
    runs: dict[str, list[ServerNight]] = defaultdict(list)
    for night in period.nights:
        runs[night.server].append(night)
    missed: dict[str, list[date]] = defaultdict(list)
    # A day is over when it is in the server's own zone.
    for today in sorted({each.zone.local(now).date() for each in expected}):
        for gap in missed_nights(period, (each for each in expected if each.zone.local(now).date() == today), today):
            missed[gap.server].append(gap.day)
    desk = _Desk(period, older, sop, now, settings)
    servers = [
        desk.server(name, known.get(name), runs[name], missed[name], listed=not known or name in known)
        for name in sorted({*known, *runs})
    ]
    return StatusView(
        since=period.since,
        until=period.until,
        now=now,
        servers=tuple(sorted(servers, key=lambda server: (server.attention, server.name))),
        counts={state: number for state, number in _counted(servers).items() if number},
        days=tuple(sorted({server.last.day for server in servers if server.last is not None and _is_listed(server)})),
        parafs=tuple(_paraf(office, period.parafs, servers) for office in get_args(Office)),
        damage=period.damage,
    )


def state_of(night: ServerNight) -> State:
    """Return what a night was: its grade, but `terputus` told apart from `gagal`."""
    if night.grade == "gagal" and ("terputus" in night.result or any(s.verdict == "terputus" for s in night.steps)):
        return "terputus"
    return night.grade


class _Desk:
    """Makes the view of one server after the other from what all of them share."""

    def __init__(
        self,
        period: Period,
        older: Mapping[str, datetime],
        sop: Sop,
        now: datetime,
        settings: StatusSettings,
    ) -> None:
        self._parafs = _by_day(period)
        self._older = older
        self._numbers = tuple(step.number for step in sop.steps)
        self._now = now
        self._settings = settings

    def server(
        self,
        name: str,
        expected: Expected | None,
        runs: Sequence[ServerNight],
        missed: Sequence[date],
        *,
        listed: bool,
    ) -> ServerView:
        whole = [run for run in runs if run.whole_sop]
        # Nobody may take a rehearsal for a backup: it counts only where there is nothing else to show.
        rehearsal = bool(whole) and all(run.rehearsal for run in whole)
        counted = [run for run in whole if rehearsal or not run.rehearsal]
        ran = [self._night(run) for run in whole]
        nights = sorted(
            [*ran, *(NightView(day, "tidak dijalankan") for day in missed)],
            key=lambda night: (night.day, night.began_at or self._now),
        )
        zone = expected.zone if expected else runs[-1].zone if runs else WIB
        filed = [run.filed_at for run in counted if run.proven and run.filed_at is not None]
        at = max(filed) if filed else self._older.get(name)
        hours = expected.hours if expected else _UNDECLARED
        proven = proven_view(at, zone, hours, self._now, self._settings) if at is not None else None
        state = self._state(nights, listed=listed)
        media = media_of(runs)
        own = [night for night in ran if rehearsal or not night.rehearsal]
        return ServerView(
            name=name,
            office=(expected.office if expected else "") or (runs[-1].office if runs else ""),
            zone=zone,
            state=state,
            attention=_attention(state, stale=proven is None or proven.stale or any(night.waiting for night in nights)),
            last=nights[-1] if nights else None,
            proven=proven,
            size_bytes=next((night.size_bytes for night in reversed(own) if night.proven), 0),
            growth=growth_of(own),
            missed=len(missed),
            deviations=sum("tidak sesuai" in night.verdicts for night in nights),
            nights=tuple(nights),
            media=media,
            offsite=self._offsite(runs, media, zone),
            rehearsal=rehearsal,
        )

    def _offsite(self, runs: Sequence[ServerNight], media: Sequence[MediumView], zone: Zone) -> Offsite | None:
        # A night that failed before its copy tells nothing of the disk that is plugged in; the one before it does.
        used = ([copy.label for copy in (*run.copies, *run.caught_up)] for run in reversed(runs))
        in_use = next((labels for labels in used if labels), [])
        return offsite_of(media, in_use, zone, self._now, self._settings)

    def _state(self, nights: Sequence[NightView], *, listed: bool) -> State:
        if not listed:
            return "tidak terdaftar"
        return nights[-1].state if nights else "belum ada"

    def _night(self, run: ServerNight) -> NightView:
        steps = {step.number: step for step in run.steps}
        own = [steps.get(number) for number in self._numbers]
        return NightView(
            day=run.day,
            state=state_of(run),
            began_at=run.began_at,
            size_bytes=run.size_bytes,
            proven=run.proven,
            rehearsal=run.rehearsal,
            took_s=tuple(step.took_s if step else None for step in own),
            verdicts=tuple(step.verdict if step else "tidak dijalankan" for step in own),
            media=tuple(dict.fromkeys(copy.label for copy in run.copies)),
            reasons=(*run.reasons, *(f"Perubahan besar belum diterima: {swing}" for swing in run.open_swings)),
            notes=tuple(_note(note) for note in run.notes),
            choice=run.choice,
            waiting=run.open_swings,
            parafs=tuple(
                office
                for office in get_args(Office)
                if any(
                    paraf.office == office and paraf.covers(run.day, run.recorded_at)
                    for paraf in self._parafs.get(run.day, ())
                )
            ),
        )


def _by_day(period: Period) -> dict[date, list[Paraf]]:
    """Return the parafs by the days they are over; asking every paraf for every night would take seconds."""
    found: dict[date, list[Paraf]] = defaultdict(list)
    for paraf in period.parafs:
        first, last = max(paraf.since, period.since), min(paraf.until, period.until)
        for number in range((last - first).days + 1):
            found[first + timedelta(days=number)].append(paraf)
    return found


def _attention(state: State, *, stale: bool) -> int:
    rank = STATES.index(state)
    if rank < _STALE:
        return rank
    return _STALE if stale and state != "tidak terdaftar" else rank + 1


def _note(note: Note) -> str:
    accepted = f"{note.perubahan} ({note.name})" if note.perubahan else ""
    told = (("Kendala", note.kendala), ("Tindak lanjut", note.tindak_lanjut), ("Perubahan diterima", accepted))
    return "; ".join(f"{what}: {text}" for what, text in told if text)


def _counted(servers: Sequence[ServerView]) -> dict[State, int]:
    found = Counter(server.state for server in servers)
    return {state: found[state] for state in STATES}


def _is_listed(server: ServerView) -> bool:
    return server.state != "tidak terdaftar"


def _paraf(office: str, parafs: Sequence[Paraf], servers: Sequence[ServerView]) -> ParafView:
    nights = [night for server in servers for night in server.nights if night.began_at is not None]
    return ParafView(
        office=office,
        last=next((paraf for paraf in reversed(parafs) if paraf.office == office), None),
        seen=sum(office in night.parafs for night in nights),
        nights=len(nights),
    )
