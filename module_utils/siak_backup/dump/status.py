# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dump or log may turn out to be."""

from __future__ import annotations

import enum


class Status(enum.Enum):
    """A verdict. Only COMPLETE is OK: what is not proven is UNKNOWN, and unknown is never OK."""

    COMPLETE = "complete"
    TRUNCATED = "truncated"
    """Bytes or pieces are missing."""
    DAMAGED = "damaged"
    """The bytes contradict themselves or what the export counted."""
    ABORTED = "aborted"
    """The export died, was stopped, never began, or left something out."""
    EMPTY = "empty"
    """The export ended well and holds no table."""
    STALE = "stale"
    """A file of another run."""
    UNKNOWN = "unknown"
    """Encrypted, of a version not understood, or without a witness."""

    def __str__(self) -> str:
        return self.value
