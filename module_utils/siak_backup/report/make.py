# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the office gets on paper and on screen, made from the journal: after a night, or of a month again."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from ..agenda.expected import expected_servers, today_of
from ..agenda.freshness import read_history
from ..agenda.missed import missed_nights
from ..agenda.period import first_day, read_period
from ..agenda.realisasi import zone_of
from ..agenda.report import told_run
from ..calendar import WIB
from ..errors import ConfigError
from ..sop import load_sop
from ..status.page import write_page
from ..status.settings import StatusSettings
from .documents import Page, Papers, Target, report_errors
from .laporan import Seal
from .numbering import first_numbers
from .office import Letterhead

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from ..agenda.ledger import RunState
    from ..agenda.missed import Expected, Missed
    from ..agenda.period import Period
    from ..sop import Sop

Kind = Literal["laporan", "agenda", "rekap", "status", "formulir"]
KINDS: tuple[Kind, ...] = get_args(Kind)

#: What the status page looks back on.
STATUS_DAYS = 90
STATUS_NAME = "status.html"

#: Above this, a day's Laporan are one file, a page each: nobody reads hundreds of files.
_MOST_SINGLE = 20

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Request:
    """What is to be made.

    `since` to `until` are the days whose Laporan are made, all of one month, which is that of register and rekap;
    with `run`, only that run's Laporan are.
    """

    agenda_dir: Path
    sop: Sop
    expected: tuple[Expected, ...]
    target: Target
    assets: Path
    status: StatusSettings
    kinds: tuple[Kind, ...]
    since: date
    until: date
    run: RunState | None
    now: datetime


@dataclass(frozen=True)
class Made:
    """What was made, by kind, and what the journal told on the way: missed nights, and damaged lines passed over."""

    files: Mapping[Kind, tuple[Path, ...]]
    missed: tuple[Missed, ...] = ()
    damage: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the module's result."""
        return {
            "changed": any(self.files.values()),
            "files": {kind: [str(path) for path in self.files.get(kind, ())] for kind in KINDS},
            "missed": [{"day": each.day.isoformat(), "server": each.server} for each in self.missed],
            "damage": list(self.damage),
        }


def plan(params: Mapping[str, Any], now: datetime) -> Request:
    """Return the request that a module's options make.

    Args:
        params: the options of `agenda_report`.
        now: aware.

    Raises:
        ConfigError: an option is impossible.
        AgendaError: the journal cannot be read, or tells nothing of the run.
    """
    agenda_dir, sop = Path(params["agenda_dir"]), load_sop(Path(params["sop_path"]))
    expected = expected_servers(params, first_day(agenda_dir) if agenda_dir.is_dir() else None)
    today = today_of(expected, now)
    run = told_run(agenda_dir, params["run"]) if params["run"] else None
    days = _days_of_month(params["bulan"], today) if run is None else _days_of_run(run)
    letterhead = Letterhead.parse(params["kop_surat"], sop, setting="siak_kop_surat")
    assets = Path(params["assets_dir"])
    return Request(
        agenda_dir=agenda_dir,
        sop=sop,
        expected=expected,
        target=Target(Path(params["report_dir"]), assets / "templates", letterhead),
        assets=assets,
        status=StatusSettings(
            letterhead.instansi,
            zone=expected[0].zone if expected else WIB,
            stale_after_h=params["max_age_h"],
            offsite_days=params["offsite_days"],
        ),
        kinds=tuple(kind for kind in KINDS if kind in params["kinds"]),
        since=days[0],
        until=days[1],
        run=run,
        now=now,
    )


def apply(request: Request) -> Made:
    """Make everything that is asked for.

    Raises:
        AgendaError: the journal cannot be read.
        ReportError: a paper cannot be made or written; those made before stay.
        ConfigError: a library that a paper needs is not installed.
    """
    month = _month_of(request.since)
    period = _read(request, month)
    files: dict[Kind, tuple[Path, ...]] = {}
    if "status" in request.kinds:
        files["status"] = (_status(request, period),)
    inside = replace(
        period,
        since=month[0],
        until=month[1],
        nights=tuple(night for night in period.nights if month[0] <= night.day <= month[1]),
    )
    gaps = _missed(inside, request.expected, request.now)
    if set(request.kinds) - {"status"}:
        papers = Papers(request.target)
        if "laporan" in request.kinds:
            files["laporan"] = tuple(_laporan(request, papers, inside))
        if "agenda" in request.kinds:
            files["agenda"] = papers.write_register(request.sop, inside, gaps)
        if "rekap" in request.kinds:
            files["rekap"] = papers.write_rekap(inside, request.expected, gaps)
        if "formulir" in request.kinds:
            files["formulir"] = papers.write_forms(request.sop)
    return Made(files, gaps, period.damage)


def _days_of_run(run: RunState) -> tuple[date, date]:
    """Return the first and last local day on which a run began, by its servers' zones."""
    days = {zone_of(server).local(run.began_at).date() for server in run.servers.values()} or {run.began_at.date()}
    return min(days), max(days)


def _days_of_month(text: str, today: date) -> tuple[date, date]:
    """Return the first and last day of a month, `2025-01`; an empty text is the month of today."""
    if not text:
        return _month_of(today)
    found = _MONTH.fullmatch(text)
    if found is None:
        raise ConfigError(f"bulan {text[:40]!r} tidak terbaca", where="bulan", remedy="tuliskan sebagai YYYY-MM")
    return _month_of(date(int(found[1]), int(found[2]), 1))


def _month_of(day: date) -> tuple[date, date]:
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _missed(period: Period, expected: Sequence[Expected], now: datetime) -> tuple[Missed, ...]:
    """Return the missed nights; a day is over when it is in the server's own zone."""
    days = {each: each.local(now).date() for each in {server.zone for server in expected}}
    gaps = (
        missed_nights(period, [server for server in expected if server.zone == each], today)
        for each, today in days.items()
    )
    return tuple(sorted(gap for some in gaps for gap in some))


def _read(request: Request, month: tuple[date, date]) -> Period:
    """Return the days of the month and, where the status page wants them, those that it looks back on."""
    if "status" not in request.kinds:
        return read_period(request.agenda_dir, request.sop, *month)
    today = today_of(request.expected, request.now)
    since = min(month[0], today - timedelta(days=STATUS_DAYS - 1))
    return read_period(request.agenda_dir, request.sop, since, max(month[1], today))


def _status(request: Request, period: Period) -> Path:
    path = request.target.folder / STATUS_NAME
    today = today_of(request.expected, request.now)
    begin = today - timedelta(days=STATUS_DAYS - 1)
    shown = replace(
        period, since=begin, until=today, nights=tuple(night for night in period.nights if begin <= night.day <= today)
    )
    proven = {night.server for night in shown.nights if night.proven and not night.rehearsal}
    lacking = [each.server for each in request.expected if each.server not in proven]
    older: dict[str, datetime] = {}
    if lacking:
        history = read_history(request.agenda_dir, request.sop, lacking, now=request.now)
        for server, last in history.last.items():
            if last.proven is not None and last.proven.filed_at is not None:
                older[server] = last.proven.filed_at
    with report_errors(path):
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        write_page(
            path,
            period=shown,
            older=older,
            expected=request.expected,
            sop=request.sop,
            now=request.now,
            assets=request.assets,
            settings=request.status,
        )
    return path


def _laporan(request: Request, papers: Papers, period: Period) -> Iterable[Path]:
    numbers = {year: first_numbers(request.agenda_dir, year) for year in {period.since.year, period.until.year}}
    runs = [] if request.run is None else [request.run]
    if request.run is None:
        read_period(request.agenda_dir, request.sop, request.since, request.until, runs.append)
    for run in runs:
        yield from _of_run(request, papers, period, run, numbers)


def _of_run(
    request: Request, papers: Papers, period: Period, run: RunState, numbers: Mapping[int, Mapping[str, int]]
) -> Iterable[Path]:
    first = numbers.get(run.began_at.year, {}).get(run.id)
    notes = {night.server: night.notes for night in period.nights if night.run == run.id}
    pages = [
        Page(
            run,
            server,
            Seal(run.head) if run.head else None,
            urut=None if first is None else first + position,
            notes=notes.get(server.name, ()),
            parafs=period.parafs,
        )
        for position, server in enumerate(run.servers.values())
    ]
    if len(pages) > _MOST_SINGLE:
        yield from papers.write_night(request.sop, pages)
    else:
        for page in pages:
            yield papers.write_laporan(request.sop, page)
