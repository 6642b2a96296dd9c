# SPDX-License-Identifier: GPL-3.0-or-later
"""A dump's pieces, pulled on several connections at once (docs/adr/0021).

A connection takes one piece after the other, so that each piece's SHA-256 is
of its bytes as they arrive. One that is refused, or stays away, leaves its
piece to the others; the work fails when none is left, or a piece cannot be had.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import ConnectError, StatementError
from .pull import CHUNK_BYTES, Puller

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ..archive.manifest import FileEntry
    from .pulled import PulledRecord
    from .session import Link

#: More would crowd a listener and a profile's SESSIONS_PER_USER, and gain nothing.
MOST_CONNECTIONS = 16


@dataclass(frozen=True)
class PiecesPlan:
    """Which pieces, as names and bytes, of which directory object, to which folder, on how many connections at most."""

    directory: str
    staging: Path
    pieces: tuple[tuple[str, int], ...]
    connections: int
    chunk_bytes: int = CHUNK_BYTES


@dataclass(frozen=True)
class Pulled:
    """All pieces in the plan's order.

    `connections` took part, `reconnects` counts lines that dropped and came
    back; `lost` says why connections that were wanted did not take part, or
    not to the end.
    """

    files: tuple[FileEntry, ...]
    connections: int
    reconnects: int
    lost: tuple[str, ...]


class _StoppedError(Exception):
    """Another connection met an error that ends the work."""


def pull_pieces(
    link: Link,
    plan: PiecesPlan,
    record: PulledRecord,
    *,
    whole: dict[str, FileEntry],
    on_bytes: Callable[[int], None],
) -> Pulled:
    """Pull all pieces but those that are here `whole`, and record each; `link` is the first connection.

    Every piece's size on the server is asked before and after. `on_bytes`
    hears how many more bytes are here, fewer where a piece is begun anew; it is
    never called by two threads at once.

    Raises:
        LoginError: the account was refused; no connection asks again.
        ConnectError, StatementError: no connection is left.
        CollectError, VanishedError, ArchiveError: a piece did not come here whole.
    """
    team = _Team(plan, record, dict(whole), on_bytes)
    wanted = max(1, min(plan.connections, len(plan.pieces) - len(whole)))
    # Threads that do not outlive an interrupted program: a silent server may hold one for call_timeout_s.
    threads = [threading.Thread(target=team.first, args=(link,), name="pull-1", daemon=True)]
    threads += [
        threading.Thread(target=team.further, args=(link,), name=f"pull-{number}", daemon=True)
        for number in range(2, wanted + 1)
    ]
    return team.run(threads)


class _Team:
    """What the connections share. All of it is changed under one lock."""

    def __init__(
        self, plan: PiecesPlan, record: PulledRecord, done: dict[str, FileEntry], on_bytes: Callable[[int], None]
    ) -> None:
        self._plan = plan
        self._record = record
        self._done = done
        self._tell = on_bytes
        self._waiting = deque(piece for piece in plan.pieces if piece[0] not in done)
        self._change = threading.Condition()
        self._stop = threading.Event()
        self._at_work = 0
        self._failure: BaseException | None = None
        self._connections = self._reconnects = 0
        self._lost: list[str] = []

    def run(self, threads: Sequence[threading.Thread]) -> Pulled:
        """Start the threads and wait for all; a failure of any is raised here."""
        self._at_work = len(threads)
        for thread in threads:
            thread.start()
        try:
            with self._change:
                while self._at_work:
                    self._change.wait()
        finally:
            self._stop.set()
        if self._failure is not None:
            raise self._failure
        files = tuple(self._done[name] for name, _ in self._plan.pieces)
        return Pulled(files, self._connections, self._reconnects, tuple(self._lost))

    def first(self, link: Link) -> None:
        """Work with the connection that is there."""
        self._take_part(lambda: self._work(link))

    def further(self, link: Link) -> None:
        """Log on once more and work; a server that takes no further session is no failure."""

        def work() -> None:
            with link.beside() as own:
                self._work(own)

        self._take_part(work)

    def _take_part(self, work: Callable[[], None]) -> None:
        failure: BaseException | None = None
        try:
            work()
        except _StoppedError:
            pass
        except BaseException as error:  # noqa: BLE001 - `run` raises it in the thread that asked for the work
            failure = error
        with self._change:
            self._at_work -= 1
            if isinstance(failure, ConnectError | StatementError):
                self._lost.append(str(failure))
                if self._at_work or len(self._done) == len(self._plan.pieces):
                    # The others bring what is missing, if anything is.
                    failure = None
            if failure is not None and self._failure is None:
                self._failure = failure
                self._stop.set()
            self._change.notify_all()

    def _work(self, link: Link) -> None:
        before = link.reconnects
        puller = Puller(
            link, self._plan.directory, self._plan.staging, chunk_bytes=self._plan.chunk_bytes, sleep=self._pause
        )
        with self._change:
            self._connections += 1
        try:
            while (piece := self._next()) is not None:
                self._pull(puller, *piece)
        finally:
            with self._change:
                self._reconnects += link.reconnects - before

    def _next(self) -> tuple[str, int] | None:
        """Return the next piece; wait while others may still give theirs back. Raises _StoppedError."""
        with self._change:
            while True:
                if self._stop.is_set():
                    raise _StoppedError
                if self._waiting:
                    return self._waiting.popleft()
                if len(self._done) == len(self._plan.pieces):
                    return None
                self._change.wait()

    def _pull(self, puller: Puller, name: str, size_bytes: int) -> None:
        heard_bytes = 0

        def hear(count: int) -> None:
            nonlocal heard_bytes
            if self._stop.is_set():
                raise _StoppedError
            with self._change:
                heard_bytes += count
                self._tell(count)

        try:
            entry = puller.pull(name, size_bytes, hear)
        except (ConnectError, StatementError):
            with self._change:
                self._waiting.append((name, size_bytes))
                self._tell(-heard_bytes)
            raise
        with self._change:
            self._record.add(entry)
            self._done[name] = entry
            self._change.notify_all()

    def _pause(self, pause_s: float) -> None:
        """Wait before the next attempt to connect. Raises _StoppedError as soon as the work has failed elsewhere."""
        if self._stop.wait(pause_s):
            raise _StoppedError
