# SPDX-License-Identifier: GPL-3.0-or-later
"""Nights as reports want them: one small value a server and run, for any number of servers and days.

A run is judged as soon as its end is read and kept in brief, so that a month
of 514 servers fits into memory.
"""

from __future__ import annotations

import contextlib
import gc
import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from ..calendar import Zone
from .facts import CopyFact, outcome
from .journal import journal_dir, journal_files, read_raw
from .judge import PROVEN, Verdict, judge_server, took
from .ledger import RunState, book_of
from .line import Damaged, Sound, parse
from .notes import NOTE, PARAF, Note, Paraf, read_note, read_paraf
from .realisasi import Grade, grade, result, troubles, zone_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ..sop import Sop
    from .journal import JournalFile
    from .judge import Judgement
    from .ledger import Book, ServerState

#: A journal that is damaged all over is told of, not copied.
_MAX_DAMAGE = 20

#: How every line of ours names its run; lines of runs outside the period need not be parsed.
_RUN = re.compile(rb'"run":"([0-9]{8})T')


@dataclass(frozen=True, slots=True)
class StepBrief:
    """One step in brief. `took_s` is None while it has no end, or when a clock was set back."""

    number: int
    verdict: Verdict
    began_at: datetime | None
    took_s: float | None


@dataclass(frozen=True, slots=True)
class ServerNight:
    """What one run did for one server, judged.

    `day` is the local day on which the run began, after which the folder is named. `result` is the grade in words.
    `proven` means that the dump was judged complete and filed, `filed_at` when. `size_bytes` is of all files, 0 if
    unknown. `folder` is its path in the archive; `copies` lie on media, `caught_up` are those of other nights that this
    run made. `whole_sop` is false for a run of some steps only, such as a copy that followed later: it is no night of
    its own. `reasons` say why steps are not sesuai, `swings` what changed beyond the band since the night before, and
    `choice` what the office had left out. `recorded_at` is when its last line was written, which is what a
    paraf must come after to cover it.
    """

    run: str
    node: str
    server: str
    office: str
    zone: Zone
    day: date
    began_at: datetime
    ended_at: datetime | None
    recorded_at: datetime
    grade: Grade
    result: str
    proven: bool
    filed_at: datetime | None
    size_bytes: int
    folder: str
    copies: tuple[CopyFact, ...]
    caught_up: tuple[CopyFact, ...]
    steps: tuple[StepBrief, ...]
    reasons: tuple[str, ...]
    rehearsal: bool
    whole_sop: bool
    notes: tuple[Note, ...] = ()
    choice: str = ""
    swings: tuple[str, ...] = ()

    @property
    def open_swings(self) -> tuple[str, ...]:
        """The changes that nobody has accepted yet."""
        return () if any(note.perubahan for note in self.notes) else self.swings


@dataclass(frozen=True, slots=True)
class Period:
    """All that the journal tells of some days.

    `nights` by day, server and begin. `damage` names damaged lines that were passed over, in Indonesian; what they
    told is missing from the rest.
    """

    since: date
    until: date
    nights: tuple[ServerNight, ...]
    parafs: tuple[Paraf, ...]
    damage: tuple[str, ...]


def read_period(
    agenda_dir: Path, sop: Sop, since: date, until: date, on_run: Callable[[RunState], None] | None = None
) -> Period:
    """Return the nights of the local days `since` to `until`, both included. Raises AgendaError.

    Running runs are in it, as `berjalan`. `on_run` takes each whole run that has a night in it, for those who need
    more of it than the brief and can do with one at a time.
    """
    reader = _Reader(sop, since, until, on_run)
    files = [file for file in journal_files(journal_dir(agenda_dir)) if file.month >= _first_month(since)]
    # By month, so that what one control node tells of another's run comes after that run.
    with _no_search_for_cycles():
        for file in sorted(files, key=lambda each: (each.month, each.node)):
            reader.read(file)
        return reader.period()


@contextlib.contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Let Python not look for garbage that refers to itself: there is none, and looking takes a sixth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def first_day(agenda_dir: Path) -> date | None:
    """Return the day, in UTC, on which the journal begins; None while it holds nothing. Raises AgendaError."""
    for file in sorted(journal_files(journal_dir(agenda_dir)), key=lambda each: each.month):
        for number, raw in enumerate(read_raw(file), start=1):
            line = parse(raw, number)
            if isinstance(line, Sound):
                return datetime.fromisoformat(line.record["at"]).date()
    return None


def brief(sop: Sop, run: RunState, server: ServerState) -> ServerNight:
    """Return one server's part of a run in brief, without its notes."""
    own = sop.of_steps(run.steps)
    judgements = judge_server(own, server)
    told = outcome(own, server)
    zone = zone_of(server)
    ends = [step.ended_at for step in server.steps.values() if step.ended_at is not None]
    filing = own.step_of_role("file_dump")
    filed = server.steps.get(filing.number) if filing else None
    is_filed = filed is not None and filed.status == "ok"
    return ServerNight(
        run=run.id,
        node=run.node,
        server=server.name,
        office=server.office,
        zone=zone,
        day=zone.local(run.began_at).date(),
        began_at=min((step.began_at for step in server.steps.values()), default=run.began_at),
        ended_at=max(ends, default=None),
        recorded_at=run.ended_at or max(ends, default=run.began_at),
        grade=grade(server, judgements),
        result=result(server, judgements),
        proven=told.verdict == PROVEN and is_filed,
        filed_at=filed.ended_at if filed is not None and is_filed else None,
        size_bytes=sum(file.size_bytes for file in told.files),
        folder=told.archive_path,
        copies=told.copies,
        caught_up=told.caught_up,
        steps=tuple(_step(each) for each in judgements),
        reasons=troubles(server, judgements),
        rehearsal=told.rehearsal,
        whole_sop=not run.steps,
        choice=told.choice,
        swings=tuple(swing.told for swing in told.swings),
    )


class _Reader:
    """Follows the journal's files, closing each run's book at its end."""

    def __init__(self, sop: Sop, since: date, until: date, on_run: Callable[[RunState], None] | None) -> None:
        self._sop = sop
        self._since = since
        self._until = until
        self._on_run = on_run
        self._open: dict[str, Book] = {}
        self._nights: dict[str, list[ServerNight]] = {}
        self._notes: list[Note] = []
        self._parafs: list[Paraf] = []
        self._damage: list[str] = []
        # A run's id is in UTC, its day in its servers' zones.
        self._first = f"{since - timedelta(days=1):%Y%m%d}".encode()
        self._last = f"{until + timedelta(days=1):%Y%m%d}".encode()

    def read(self, file: JournalFile) -> None:
        for number, raw in enumerate(read_raw(file), start=1):
            if self._concerns(raw):
                line = parse(raw, number)
                if isinstance(line, Damaged):
                    if len(self._damage) < _MAX_DAMAGE:
                        self._damage.append(f"{file.path.name}, baris {number}: {line.reason}")
                else:
                    self._take(line)

    def _concerns(self, raw: bytes) -> bool:
        """Whether a line may tell of the period: only such lines are worth parsing."""
        found = _RUN.search(raw)
        return (
            found is None
            or self._first <= found[1] <= self._last
            or b'"event":"paraf"' in raw
            or b'"event":"note"' in raw
            or not raw.endswith(b"}")
        )

    def _take(self, line: Sound) -> None:
        record = line.record
        run_id, event = record["run"], record["event"]
        if event == PARAF:
            self._parafs += [paraf] if (paraf := read_paraf(record)) else []
        elif event == NOTE:
            self._notes += [note] if (note := read_note(record)) else []
        elif event == "run_begin":
            if run_id not in self._nights and (book := book_of(record)):
                self._open.setdefault(run_id, book)
        elif run_id in self._open:
            self._open[run_id].add(record, line.sha256)
            if event in ("run_end", "run_interrupted"):
                self._close(run_id)

    def _close(self, run_id: str) -> None:
        run = self._open.pop(run_id).state()
        self._nights[run_id] = [
            night
            for night in (brief(self._sop, run, server) for server in run.servers.values())
            if self._since <= night.day <= self._until
        ]
        if self._on_run is not None and self._nights[run_id]:
            self._on_run(run)

    def period(self) -> Period:
        for run_id in list(self._open):
            self._close(run_id)
        nights = [self._noted(night) for each in self._nights.values() for night in each]
        return Period(
            self._since,
            self._until,
            tuple(sorted(nights, key=lambda night: (night.day, night.server, night.began_at, night.run))),
            tuple(sorted(self._parafs, key=lambda paraf: paraf.at)),
            tuple(self._damage),
        )

    def _noted(self, night: ServerNight) -> ServerNight:
        notes = tuple(note for note in self._notes if note.target == night.run and note.server in ("", night.server))
        return replace(night, notes=notes) if notes else night


def _step(judgement: Judgement) -> StepBrief:
    state = judgement.state
    lasted = took(state) if state is not None else None
    return StepBrief(
        judgement.step.number,
        judgement.verdict,
        state.began_at if state is not None else None,
        lasted.total_seconds() if lasted is not None else None,
    )


def _first_month(since: date) -> str:
    """Return the month of the oldest file that may tell of a day; a clock set back writes to later ones."""
    return f"{since - timedelta(days=1):%Y-%m}"
