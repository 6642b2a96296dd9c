# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a long step is: one small JSON file a server, replaced as a whole.

A module writes it, the callback reads it from another process. Nothing depends
on it: losing it costs a line on the screen, never a backup.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from .calendar import duration, size

if TYPE_CHECKING:
    from collections.abc import Mapping

Clock = Callable[[], datetime]

#: A progress file is some 300 bytes; whatever is larger is not one.
_MAX_FILE_BYTES = 16 * 1024

#: The rate is that of the last seconds, so that a stalled medium shows as one.
_RATE_WINDOW_S = 10.0


@dataclass(frozen=True)
class Progress:
    """One look at a running step.

    `percent` is 0 to 100; `total_bytes`, `percent` and `eta_s` are None while
    they cannot be known. `started_at` (of the phase) and `at` are UTC.
    """

    server: str
    step: int
    phase: str
    done_bytes: int
    total_bytes: int | None
    percent: float | None
    started_at: datetime
    at: datetime
    rate_bytes_s: float
    eta_s: float | None

    def to_json(self) -> str:
        """Return the file's content: one JSON object, times as ISO 8601 with offset."""
        facts = asdict(self) | {"started_at": self.started_at.isoformat(), "at": self.at.isoformat()}
        return json.dumps(facts, sort_keys=True) + "\n"

    def sentence(self) -> str:
        """Return the line people read, e.g. `sukamara · langkah 2 ekspor: 43 %, 8,1 MB dari 18,9 MB`."""
        parts = []
        if self.percent is not None:
            parts.append(f"{self.percent:.0f} %")
        if self.total_bytes is not None:
            parts.append(f"{size(self.done_bytes)} dari {size(self.total_bytes)}")
        elif self.done_bytes:
            parts.append(size(self.done_bytes))
        if self.rate_bytes_s > 0:
            parts.append(f"{size(self.rate_bytes_s)}/s")
        if self.eta_s is not None:
            parts.append(f"sisa {duration(self.eta_s)}")
        return f"{self.server} · langkah {self.step} {self.phase}: {', '.join(parts) or 'berjalan'}"


class ProgressWriter:
    """Writes the progress file of one step of one server, at most once in `min_interval_s`.

    The first and the last word of a phase are always written. Without a path
    every call does nothing. `clock` returns the time in UTC.
    """

    def __init__(self, path: Path | None, *, server: str, step: int, clock: Clock, min_interval_s: float = 0.5) -> None:
        self._path = path
        self._server = server
        self._step = step
        self._clock = clock
        self._min_interval = timedelta(seconds=min_interval_s)
        self._phase: str | None = None
        self._started_at = self._written_at = datetime.min.replace(tzinfo=UTC)
        self._samples: deque[tuple[datetime, int]] = deque()

    @classmethod
    def of_step(cls, step: int, params: Mapping[str, Any]) -> Self:
        """Return the writer of a module's step, from its options `server` and `progress_path` (None: no progress)."""
        path = params["progress_path"]
        return cls(Path(path) if path else None, server=params["server"], step=step, clock=lambda: datetime.now(UTC))

    def __call__(
        self, phase: str, done_bytes: int = 0, total_bytes: int | None = None, percent: float | None = None
    ) -> None:
        """Tell how far the phase is; another phase than the last one starts the rate anew."""
        if self._path is None:
            return
        now = self._clock()
        if phase != self._phase:
            self._phase, self._started_at = phase, now
            self._samples.clear()
        elif done_bytes != total_bytes and timedelta() <= now - self._written_at < self._min_interval:
            return
        self._written_at = now
        self._samples.append((now, done_bytes))
        while now - self._samples[0][0] > timedelta(seconds=_RATE_WINDOW_S) and len(self._samples) > 2:
            self._samples.popleft()
        self._write(self._path, self._progress(now, done_bytes, total_bytes, percent))

    def _progress(self, now: datetime, done_bytes: int, total_bytes: int | None, percent: float | None) -> Progress:
        since, before_bytes = self._samples[0]
        elapsed_s = (now - since).total_seconds()
        rate_bytes_s = max(0.0, (done_bytes - before_bytes) / elapsed_s) if elapsed_s > 0 else 0.0
        eta_s = None
        if total_bytes is not None:
            if percent is None:
                percent = min(100.0, 100 * done_bytes / total_bytes) if total_bytes else 100.0
            if rate_bytes_s > 0:
                eta_s = max(0, total_bytes - done_bytes) / rate_bytes_s
        return Progress(
            server=self._server,
            step=self._step,
            phase=str(self._phase),
            done_bytes=done_bytes,
            total_bytes=total_bytes,
            percent=percent,
            started_at=self._started_at,
            at=now,
            rate_bytes_s=rate_bytes_s,
            eta_s=eta_s,
        )

    @staticmethod
    def _write(path: Path, progress: Progress) -> None:
        # No fsync: the file is worthless after a power cut. An OSError is not
        # worth a backup either; the agenda's own checks find a full disk.
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        with contextlib.suppress(OSError):
            part.write_text(progress.to_json(), encoding="utf-8")
            part.replace(path)


class ByteCounter:
    """Hears how many more bytes a phase has done, and tells a `ProgressWriter` how many in all."""

    def __init__(self, progress: Callable[[str, int, int], None], phase: str, total_bytes: int) -> None:
        self._progress = progress
        self._phase = phase
        self._total_bytes = total_bytes
        self._done_bytes = 0

    def __call__(self, count: int) -> None:
        """Add `count` bytes."""
        self._done_bytes += count
        self._progress(self._phase, self._done_bytes, self._total_bytes)


def read_progress(path: Path) -> Progress | None:
    """Return what a progress file says, or None if it is absent or not a progress file.

    The file may hold anything: it is read only up to a limit, every value is
    checked for type and range, and text must be printable, since it goes to
    a terminal.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_FILE_BYTES + 1)
        if len(raw) > _MAX_FILE_BYTES:
            return None
        return _from_facts(json.loads(raw))
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def _from_facts(facts: dict[str, Any]) -> Progress:
    step, done_bytes, total_bytes = facts["step"], facts["done_bytes"], facts["total_bytes"]
    if type(step) is not int or type(done_bytes) is not int or type(total_bytes) not in (int, type(None)):
        raise TypeError("not whole numbers")
    if step < 0 or done_bytes < 0 or (total_bytes or 0) < 0:
        raise ValueError("negative numbers")
    return Progress(
        server=_text(facts["server"]),
        step=step,
        phase=_text(facts["phase"]),
        done_bytes=done_bytes,
        total_bytes=total_bytes,
        percent=None if facts["percent"] is None else _number(facts["percent"], 100.0),
        started_at=_time(facts["started_at"]),
        at=_time(facts["at"]),
        rate_bytes_s=_number(facts["rate_bytes_s"]),
        eta_s=None if facts["eta_s"] is None else _number(facts["eta_s"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable() or len(value) > 200:
        raise ValueError("not printable text")
    return value


def _number(value: object, largest: float = 1e18) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= largest:
        raise ValueError("not a number in range")
    return float(value)


def _time(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment
