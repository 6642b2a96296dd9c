# SPDX-License-Identifier: GPL-3.0-or-later
"""What step 1 found: one check, one Indonesian sentence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import PreflightError, SiakError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Check:
    """One thing that must hold. `message` says what was found or, if not ok, what to do."""

    name: str
    ok: bool
    message: str
    error: SiakError | None = field(default=None, repr=False, compare=False)

    def as_dict(self) -> dict[str, object]:
        """Return the result's form."""
        return {"name": self.name, "ok": self.ok, "message": self.message}


def passed(name: str, message: str) -> Check:
    """Return a check that holds."""
    return Check(name, ok=True, message=message)


def failed(name: str, error: SiakError) -> Check:
    """Return a check that does not hold, for the reason the error gives."""
    return Check(name, ok=False, message=str(error), error=error)


def check(name: str, look: Callable[[], str]) -> Check:
    """Run one look, which returns what it found or raises SiakError."""
    try:
        return passed(name, look())
    except SiakError as error:
        return failed(name, error)


def refusal(checks: tuple[Check, ...], *, server: str) -> SiakError | None:
    """Return why step 1 refuses: the one failure itself, or a PreflightError that lists them; None if all holds."""
    errors = [each.error for each in checks if each.error is not None]
    if len(errors) < 2:
        return errors[0] if errors else None
    sentences = "; ".join(f"({number}) {error}" for number, error in enumerate(errors, start=1))
    return PreflightError(f"{len(errors)} syarat belum terpenuhi", where=server, remedy=sentences)
