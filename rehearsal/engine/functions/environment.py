# SPDX-License-Identifier: GPL-3.0-or-later
"""What functions may ask of the session they run in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from rehearsal.engine.lobs import DirectoryFile


class Environment(Protocol):
    """What functions may ask of the session."""

    user: str
    nls: dict[str, str]

    def now(self) -> datetime:
        """Return the server's time, with its offset."""
        ...

    def session_time(self) -> datetime:
        """Return the time in the session's zone."""
        ...

    def context(self, namespace: str, parameter: str) -> str | None:
        """Return SYS_CONTEXT."""
        ...

    def scn_at(self, moment: datetime) -> int:
        """Return the SCN of a moment."""
        ...

    def time_of(self, scn: int) -> datetime:
        """Return the time of an SCN."""
        ...

    def bfile(self, directory: str, name: str) -> DirectoryFile:
        """Return a BFILE locator."""
        ...

    def new_guid(self) -> bytes:
        """Return 16 bytes."""
        ...
