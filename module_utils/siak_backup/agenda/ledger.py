# SPDX-License-Identifier: GPL-3.0-or-later
"""The state that the journal's lines tell: runs, their servers, their steps.

Lines may be missing, repeated or foreign; what they say is taken only when it
fits, and a step is ended only by its own end line. A begun step without one
is terputus as soon as its run is over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from ..archive.names import is_plain
from ..process import Process
from ..run_id import is_run_id
from .journal import JournalFile, find_raw, journal_dir, journal_files
from .line import Sound, is_moment, parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

StepStatus = Literal["running", "ok", "failed", "unreachable", "interrupted"]
ServerStatus = Literal["running", "ok", "failed", "unreachable", "never_reached", "interrupted"]
RunStatus = Literal["running", "ok", "failed", "interrupted"]

_RUN_EVENTS = ("run_begin", "run_end", "run_interrupted")


@dataclass(frozen=True)
class StepState:
    """One step of one server in one run. Times are aware; `ended_at` is None until an end line tells it."""

    step: int
    status: StepStatus
    began_at: datetime
    ended_at: datetime | None = None
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ServerState:
    """One server in one run; `office` and `zone` (WIB, WITA, WIT) as its lines tell them, `steps` by number."""

    name: str
    status: ServerStatus = "running"
    reason: str = ""
    office: str = ""
    zone: str = ""
    steps: Mapping[int, StepState] = field(default_factory=dict)


@dataclass(frozen=True)
class RunState:
    """One run. `process` is None when the begin line does not tell it; `servers` are in the planned order.

    `steps` are the numbers of those it was to perform, none for all that the SOP has. `head` is the SHA-256 of its end
    line, empty without one: whoever keeps it can prove that nothing up to there was changed since.
    """

    id: str
    status: RunStatus
    reason: str
    node: str
    sop: str
    began_at: datetime
    ended_at: datetime | None
    process: Process | None
    servers: Mapping[str, ServerState]
    steps: tuple[int, ...] = ()
    head: str = ""


def runs(lines: Iterable[Sound]) -> dict[str, RunState]:
    """Return the runs the lines tell, by id, in the order they began.

    Left out is what no recorder writes: lines of a run whose begin line is not
    among them, and names of runs and servers that could not name a file.
    """
    return {run_id: book.state() for run_id, book in _books(lines).items()}


def _books(lines: Iterable[Sound]) -> dict[str, Book]:
    books: dict[str, Book] = {}
    for line in lines:
        record = line.record
        run_id = record["run"]
        if record["event"] == "run_begin":
            if book := book_of(record):
                books.setdefault(run_id, book)
        elif run_id in books:
            books[run_id].add(record, line.sha256)
    return books


def lines_holding(files: Iterable[JournalFile], text: str, any_of: Collection[str] = ()) -> Iterator[Sound]:
    """Yield the sound lines of journal files that hold a text, passing over damaged ones. Raises AgendaError.

    With `any_of`, they also hold one of these. Their numbers are not told. All texts are ASCII that JSON writes as it
    is.
    """
    wanted = [each.encode("ascii") for each in any_of]
    for file in files:
        for raw in find_raw(file, text.encode("ascii")):
            if wanted and not any(each in raw for each in wanted):
                continue
            line = parse(raw, 0)
            if isinstance(line, Sound):
                yield line


def files_since(agenda_dir: Path, run_id: str, node: str | None = None) -> list[JournalFile]:
    """Return the journal's files that may hold lines of a run: its own month's and later ones. Raises AgendaError."""
    files = journal_files(journal_dir(agenda_dir), node)
    return [file for file in files if file.month >= month_of(run_id)]


def month_of(run_id: str) -> str:
    """Return the month, `YYYY-MM`, of the oldest file that may hold lines of a run.

    A clock that was set back writes to a later file, never to an earlier one.
    """
    return f"{run_id[:4]}-{run_id[4:6]}"


def run_of(agenda_dir: Path, run_id: str, server: str = "") -> RunState | None:
    """Return one run from the journal on disk, or None if it has not begun there. Raises AgendaError.

    With a server's name, the steps of the others need not be filled in: of 514, one is asked for.
    """
    book = read_book(agenda_dir, run_id, server)
    return None if book is None else book.state()


def read_book(agenda_dir: Path, run_id: str, server: str = "") -> Book | None:
    """Return the book of one run, as `run_of`, for those who know more to enter. Raises AgendaError."""
    if not is_run_id(run_id):
        return None
    lines = lines_holding(files_since(agenda_dir, run_id), run_id, (server, '"run_') if server else ())
    return _books(line for line in lines if line.record["run"] == run_id).get(run_id)


def run_has_begun(agenda_dir: Path, run_id: str) -> bool:
    """Whether the begin line of a run is on disk. Raises AgendaError when the journal cannot be read."""
    return is_run_id(run_id) and any(
        line.record["event"] == "run_begin" and line.record["run"] == run_id
        for line in lines_holding(files_since(agenda_dir, run_id), run_id)
    )


def unfinished_runs(agenda_dir: Path, node: str) -> list[RunState]:
    """Return this node's runs that have no end, living and dead, oldest first; their servers are not filled in.

    Only the newest two months are looked at: every start of a run looks, so
    none stays open for longer. Raises AgendaError.
    """
    files = journal_files(journal_dir(agenda_dir), node)[-2:]
    told = (line for line in lines_holding(files, '"run_') if line.record["event"] in _RUN_EVENTS)
    return [run for run in runs(told).values() if run.status == "running"]


def book_of(begin: Mapping[str, Any]) -> Book | None:
    """Return an empty book for a run's begin line, or None if no recorder writes such an id."""
    return Book(begin) if is_run_id(begin["run"]) else None


class Book:
    """Collects the lines of one run, beginning with its begin line."""

    def __init__(self, begin: Mapping[str, Any]) -> None:
        self._begin = begin
        self._servers: dict[str, dict[int, StepState]] = {
            name: {} for name in _texts(begin.get("servers")) if is_plain(name)
        }
        self._server_ends: dict[str, tuple[ServerStatus, str]] = {}
        self._places: dict[str, tuple[str, str]] = {}
        self._end: tuple[RunStatus, str, datetime] | None = None
        self._head = ""

    def add(self, record: Mapping[str, Any], sha256: str = "") -> None:
        """Take in a line of this run and its digest; what does not fit is passed over."""
        match record["event"]:
            case "step_begin" | "step_end" | "server_end" if is_plain(_text(record.get("server"))):
                self._of_server(record)
            case "run_end" | "run_interrupted":
                told = record.get("status")
                status: RunStatus = told if record["event"] == "run_end" and told in ("ok", "failed") else "interrupted"
                if self._end is None:
                    self._end = (status, _text(record.get("reason")), datetime.fromisoformat(record["at"]))
                    self._head = sha256

    def _of_server(self, record: Mapping[str, Any]) -> None:
        name = record["server"]
        steps = self._servers.setdefault(name, {})
        if "office" in record:
            self._places[name] = (_text(record["office"]), _text(record.get("zone")))
        if record["event"] == "step_begin":
            _begin_step(steps, record)
        elif record["event"] == "step_end":
            _end_step(steps, record)
        elif record.get("status") in get_args(ServerStatus):
            self._server_ends[name] = (record["status"], _text(record.get("reason")))

    def state(self) -> RunState:
        """Return the run as the lines so far tell it."""
        status, reason, ended_at = self._end or ("running", "", None)
        return RunState(
            id=self._begin["run"],
            status=status,
            reason=reason,
            node=_text(self._begin.get("node")),
            sop=_text(self._begin.get("sop")),
            began_at=datetime.fromisoformat(self._begin["at"]),
            ended_at=ended_at,
            process=_process(self._begin),
            servers={name: self._server(name, steps) for name, steps in self._servers.items()},
            steps=_numbers(self._begin.get("steps")),
            head=self._head,
        )

    def _server(self, name: str, steps: Mapping[int, StepState]) -> ServerState:
        if self._end is not None:
            steps = {number: _interrupted(step, self._end[1]) for number, step in steps.items()}
        status, reason = self._server_ends.get(name, ("interrupted" if self._end else "running", ""))
        office, zone = self._places.get(name, ("", ""))
        return ServerState(name, status, reason, office, zone, steps)


def _begin_step(steps: dict[int, StepState], record: Mapping[str, Any]) -> None:
    step = record.get("step")
    if type(step) is int:
        steps.setdefault(step, StepState(step, "running", datetime.fromisoformat(record["at"])))


def _end_step(steps: dict[int, StepState], record: Mapping[str, Any]) -> None:
    step, status = record.get("step"), record.get("status")
    began_at, ended_at, facts = record.get("began_at"), record.get("ended_at"), record.get("facts")
    earlier = steps.get(step) if type(step) is int else None
    if earlier is None or earlier.status in ("failed", "unreachable") or status not in ("ok", "failed", "unreachable"):
        # An end without its begin proves nothing, and the first failure is not undone by a later line.
        return
    steps[earlier.step] = StepState(
        earlier.step,
        status,
        began_at=datetime.fromisoformat(began_at) if is_moment(began_at) else earlier.began_at,
        ended_at=datetime.fromisoformat(ended_at if is_moment(ended_at) else record["at"]),
        reason=_text(record.get("reason")),
        facts=facts if isinstance(facts, dict) else {},
    )


def _interrupted(step: StepState, reason: str) -> StepState:
    if step.status != "running":
        return step
    return StepState(step.step, "interrupted", step.began_at, reason=reason)


def _process(begin: Mapping[str, Any]) -> Process | None:
    pid, ticks, boot_id = begin.get("pid"), begin.get("started_ticks"), begin.get("boot_id")
    if type(pid) is int and type(ticks) is int and isinstance(boot_id, str):
        return Process(pid, ticks, boot_id)
    return None


def _numbers(value: object) -> tuple[int, ...]:
    return tuple(item for item in value if type(item) is int) if isinstance(value, list) else ()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
