# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the rows of a job are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Progress:
    """How far the rows are. Percent goes by the estimate: tables finished, and as much of this one as is written."""

    total_bytes: int = 0
    done_bytes: int = 0
    current_total: int = 0
    current_bytes: int = 0
    written_bytes: int = 0
    completed_objects: int = 0
    total_objects: int = 0

    @property
    def percent(self) -> int:
        """Percent of the estimate, 0 if nothing was estimated."""
        current = min(self.current_bytes, self.current_total)
        return 100 * (self.done_bytes + current) // self.total_bytes if self.total_bytes else 0

    def begin_table(self, estimate_bytes: int) -> None:
        """A table's rows are next."""
        self.current_total, self.current_bytes = estimate_bytes, 0

    def end_table(self) -> None:
        """The table is finished, or skipped."""
        self.done_bytes += self.current_total
        self.current_total = self.current_bytes = 0
        self.completed_objects += 1

    def wrote(self, bytes_: int) -> None:
        """Bytes went into the dump."""
        self.written_bytes += bytes_
        self.current_bytes += bytes_
