# SPDX-License-Identifier: GPL-3.0-or-later
"""The export log: its lines as each release shapes them, and the file they go to.

Shapes were taken from real logs: 11g prints only the time of the end, 12c and later the date and the time elapsed,
12.2 and later no estimate unless one was asked for; METRICS and LOGTIME (12.1) add prefixes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .phrases import PHRASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from .model import DatabaseFacts, Table
    from .phrases import Phrases

_SIZE_ENDS_AT = 62
_ROWS_WIDTH = 8
_STARS = "*" * 78


@dataclass(frozen=True)
class Line:
    """A line of the log; a worker's (or an error's of ORA- `error`) may get other prefixes than the master's."""

    text: str
    is_worker: bool = False
    error: int | None = None


@dataclass(frozen=True)
class LogStyle:
    """How one job writes: `owner` and `job` name it, `logtime` is NONE, STATUS, LOGFILE or ALL."""

    version: tuple[int, ...]
    owner: str
    job: str
    language: str = "AMERICAN"
    metrics: bool = False
    logtime: str = "NONE"

    @property
    def _phrases(self) -> Phrases:
        return PHRASES[self.language]

    @property
    def _quoted(self) -> str:
        return f'"{self.owner}"."{self.job}"'

    def banner(self, facts: DatabaseFacts, at: datetime) -> tuple[Line, ...]:
        """Return the head of the log. Where Oracle says Production this says REHEARSAL."""
        version = ".".join(map(str, facts.version))
        release = version if facts.version < (18,) else f"{facts.version[0]}.0.0.0.0"
        exact = () if facts.version < (18,) else (Line(f"Version {version}"),)
        return (
            Line(";;; "),
            Line(f"Export: Release {release} - REHEARSAL on {self._date(at)}"),
            *exact,
            Line(""),
            Line(";;; "),
            Line(f"Connected to: {facts.banner}"),
        )

    def starting(self, command: str) -> Line:
        """The first line of a running job, with the client's command (its password masked), or an empty one."""
        return Line(self._phrases.starting.format(job=self._quoted, command=f"{command} " if command else ""))

    def estimate(self, method: str, path: str, bytes_: int, *, asked: bool) -> tuple[Line, ...]:
        """The estimate phase; `asked`: ESTIMATE was set by the client."""
        processing = Line(self._phrases.processing.format(path=path), is_worker=True)
        if self.version >= (12, 2) and not asked:
            return (processing,)
        return (
            Line(self._phrases.estimating.format(method=method), is_worker=True),
            processing,
            Line(self._phrases.estimated.format(method=method, size=size_text(bytes_)), is_worker=True),
        )

    def processing(self, path: str) -> Line:
        """A kind of metadata being exported."""
        return Line(self._phrases.processing.format(path=path), is_worker=True)

    def exported(self, table: Table, bytes_: int, rows: int, seconds: int) -> Line:
        """A table that was exported: name, size, rows, aligned as Oracle aligns them."""
        name = f'"{table.owner}"."{table.name}"' + (f':"{table.partition}"' if table.partition else "")
        head = self._phrases.exported.format(table=name)
        amount, unit = size_text(bytes_).split()
        size = amount.rjust(max(_SIZE_ENDS_AT - len(head), len(amount) + 1))
        took = " " + self._phrases.in_seconds.format(seconds=seconds) if self.metrics else ""
        return Line(f"{head}{size} {unit}{rows:>{_ROWS_WIDTH}} {self._phrases.rows}{took}", is_worker=True)

    def file_set(self, paths: Iterable[Path]) -> tuple[Line, ...]:
        """The end of a good dump: master table and files."""
        return (
            Line(self._phrases.master.format(job=self._quoted), is_worker=True),
            Line(_STARS),
            Line(self._phrases.files.format(plain_job=f"{self.owner}.{self.job}")),
            *(Line(f"  {path}") for path in paths),
        )

    def completed(self, at: datetime, elapsed: timedelta, errors: int) -> Line:
        """The last line of a job that ran to its end."""
        phrase = self._phrases.completed_with_errors if errors else self._phrases.completed
        return Line(phrase.format(job=self._quoted, errors=errors, at=self._end(at, elapsed)))

    def stopped(self, at: datetime, elapsed: timedelta, *, by_user: bool) -> Line:
        """The last line of a job that did not."""
        phrase = self._phrases.stopped_by_user if by_user else self._phrases.stopped_by_error
        return Line(phrase.format(job=self._quoted, at=self._end(at, elapsed)))

    def in_file(self, line: Line, at: datetime) -> str:
        """Return the line as the log file holds it."""
        return self._prefixed(line, at, self.logtime in {"LOGFILE", "ALL"})

    def in_status(self, line: Line, at: datetime) -> str:
        """Return the line as GET_STATUS gives it."""
        return self._prefixed(line, at, self.logtime in {"STATUS", "ALL"})

    def _prefixed(self, line: Line, at: datetime, timed: bool) -> str:  # noqa: FBT001 - private, two callers
        month = PHRASES["AMERICAN"].months[at.month - 1].upper()
        stamp = f"{at:%d}-{month}-{at:%y %H:%M:%S}.{at.microsecond // 1000:03d}: " if timed else ""
        return stamp + ("W-1 " if self.metrics and line.is_worker else "") + line.text

    def _end(self, at: datetime, elapsed: timedelta) -> str:
        if self.version < (12,):
            return f"{at:%H:%M:%S}"
        minutes, seconds = divmod(elapsed.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{self._date(at)} elapsed {elapsed.days} {hours:02d}:{minutes:02d}:{seconds:02d}"

    def _date(self, at: datetime) -> str:
        day = f"{self._phrases.weekdays[at.weekday()]} {self._phrases.months[at.month - 1]} {at.day}"
        return f"{day} {at:%H:%M:%S %Y}"


def size_text(bytes_: int) -> str:
    """Return a size as logs give it: five characters at most, cut and not rounded, in KB, MB or GB."""
    unit, scale = next(
        ((unit, scale) for unit, scale in (("GB", 1 << 30), ("MB", 1 << 20)) if bytes_ >= scale), ("KB", 1 << 10)
    )
    whole, rest = divmod(bytes_, scale)
    text = f"{whole}.{rest * 1000 // scale:03d}"[:5].rstrip(".")
    return f"{text if rest else whole} {unit}"


class LogFile:
    """A log being written, each line on disk at once; `newline` is the server's."""

    def __init__(self, path: Path, newline: str = "\n") -> None:
        """Create or empty the file. Raises OSError."""
        self.path = path
        self._newline = newline
        path.write_bytes(b"")

    def write(self, texts: Sequence[str]) -> None:
        """Append lines. Raises OSError."""
        with self.path.open("ab") as file:
            file.write("".join(text + self._newline for text in texts).encode())
