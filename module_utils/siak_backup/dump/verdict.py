# SPDX-License-Identifier: GPL-3.0-or-later
"""From evidence to a verdict. Nothing here reads a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..errors import DumpError
from .status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Several things may be wrong at once; the verdict is the first of these that is.
_WORST_FIRST: Final = (
    Status.TRUNCATED,
    Status.DAMAGED,
    Status.ABORTED,
    Status.STALE,
    Status.EMPTY,
    Status.UNKNOWN,
)


@dataclass(frozen=True)
class Evidence:
    """One check: what was seen, what was expected, and what it means: COMPLETE if it passed.

    `check` is a stable English word, `subject` the file's name or empty for the whole set, `seen` and `expected` are
    short texts for an operator.
    """

    check: str
    seen: str
    expected: str
    means: Status
    subject: str = ""

    @property
    def ok(self) -> bool:
        """Whether the check passed."""
        return self.means is Status.COMPLETE

    def __str__(self) -> str:
        where = f" {self.subject}" if self.subject else ""
        verdict = "" if self.ok else f", seharusnya {self.expected} ({self.means})"
        return f"{self.check}{where}: {self.seen}{verdict}"

    def as_dict(self) -> dict[str, object]:
        """Return the check for JSON."""
        return {
            "check": self.check,
            "subject": self.subject,
            "seen": self.seen,
            "expected": self.expected,
            "ok": self.ok,
        }


#: Tables and partitions kept of one dump or log, for no file may take more than 100 MB. What has more is unknown.
MOST_TABLES: Final = 100_000


@dataclass(frozen=True, slots=True)
class TableRows:
    """Rows of a table or (sub)partition in the dump; `partition` is empty for a whole table, `rows` None if unknown."""

    schema: str
    name: str
    partition: str
    rows: int | None

    def as_dict(self) -> dict[str, object]:
        """Return the row for manifest and JSON."""
        return {"schema": self.schema, "name": self.name, "partition": self.partition, "rows": self.rows}


@dataclass(frozen=True)
class Judgement:
    """The verdict on a dump, with everything it rests on. `header` holds the dump's own facts, for JSON."""

    kind: str
    evidence: tuple[Evidence, ...]
    tables: tuple[TableRows, ...]
    header: Mapping[str, object]

    @property
    def status(self) -> Status:
        """The verdict."""
        return conclude(self.evidence)

    @property
    def failures(self) -> tuple[Evidence, ...]:
        """The checks that did not pass."""
        return tuple(evidence for evidence in self.evidence if not evidence.ok)

    def demand_complete(self, *, where: str, remedy: str) -> None:
        """Raise DumpError, which names the checks that did not pass, unless the dump is proven complete."""
        if self.status is not Status.COMPLETE:
            told = "; ".join(map(str, self.failures))
            raise DumpError(f"dump tidak terbukti lengkap, {self.status}: {told}", where=where, remedy=remedy)

    def as_dict(self) -> dict[str, object]:
        """Return everything for JSON."""
        return {
            "kind": self.kind,
            "verdict": str(self.status),
            "evidence": [evidence.as_dict() for evidence in self.evidence],
            "tables": [table.as_dict() for table in self.tables],
            **self.header,
        }


def conclude(evidence: Iterable[Evidence]) -> Status:
    """Return the verdict: the worst of what the checks mean, COMPLETE if all passed, UNKNOWN without any."""
    meanings = {one.means for one in evidence}
    if not meanings:
        return Status.UNKNOWN
    return next((status for status in _WORST_FIRST if status in meanings), Status.COMPLETE)


def expect(
    check: str, seen: object, expected: object, otherwise: Status, *, subject: str = "", unit: str = ""
) -> Evidence:
    """Return a check that passes when `seen` equals `expected`, and else means `otherwise`."""
    suffix = f" {unit}" if unit else ""
    return Evidence(
        check, f"{seen}{suffix}", f"{expected}{suffix}", Status.COMPLETE if seen == expected else otherwise, subject
    )


def tables_evidence(count: int, *, is_all: bool = True) -> Evidence:
    """Return whether there is any table, and whether all could be kept."""
    if not is_all:
        seen = f"terlalu banyak objek data, {count} terbaca"
        return Evidence("tables", seen, f"kurang dari {MOST_TABLES}", Status.UNKNOWN)
    means = Status.COMPLETE if count else Status.EMPTY
    return Evidence("tables", f"{count} objek data", "paling sedikit 1", means)
