# SPDX-License-Identifier: GPL-3.0-or-later
"""One thing that was looked at, how it is, and what mends it."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..errors import SiakError
    from ..preflight.report import Check


class Mark(enum.StrEnum):
    """How a thing is. What could not be looked at is unknown, and never OK."""

    OK = "OK"
    WARNING = "PERINGATAN"
    FAILED = "GAGAL"
    UNKNOWN = "TIDAK DIKETAHUI"


@dataclass(frozen=True)
class Finding:
    """One line of the table.

    `name` is stable, for programs. `found` is an Indonesian sentence; `remedy`
    holds the SQL or the command as it is to be typed, empty where nothing is
    to be done.
    """

    name: str
    title: str
    mark: Mark
    found: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the result's form."""
        return {
            "name": self.name,
            "title": self.title,
            "status": str(self.mark),
            "found": self.found,
            "remedy": self.remedy,
        }


def fine(name: str, title: str, found: str) -> Finding:
    """Return a finding that asks for nothing."""
    return Finding(name, title, Mark.OK, found)


def warning(name: str, title: str, found: str, remedy: str) -> Finding:
    """Return one that does not stop a night yet, or that must be known."""
    return Finding(name, title, Mark.WARNING, found, remedy)


def failed(name: str, title: str, found: str, remedy: str) -> Finding:
    """Return one that stops a night."""
    return Finding(name, title, Mark.FAILED, found, remedy)


def unknown(name: str, title: str, found: str, remedy: str) -> Finding:
    """Return one that could not be looked at; `remedy` is the grant or command that would show it."""
    return Finding(name, title, Mark.UNKNOWN, found, remedy)


def of_error(name: str, title: str, error: SiakError, remedy: str = "") -> Finding:
    """Return a failure for the reason an error gives, with its own remedy unless there is a better one."""
    place = f" ({error.where})" if error.where else ""
    return failed(name, title, f"{error.code} {error.what}{place}", remedy or error.remedy)


def of_check(title: str, check: Check, remedy: str = "") -> Finding:
    """Return what a check of step 1 found."""
    if check.error is not None:
        return of_error(check.name, title, check.error, remedy)
    return fine(check.name, title, check.message)


def count(findings: Iterable[Finding]) -> dict[Mark, int]:
    """Return how many findings bear each mark."""
    counted = Counter(finding.mark for finding in findings)
    return {mark: counted[mark] for mark in Mark}
