# SPDX-License-Identifier: GPL-3.0-or-later
"""Where long work tells how far it is. `siak_backup.progress.ProgressWriter` is one."""

from __future__ import annotations

from typing import Protocol


class ProgressSink(Protocol):
    """Hears how far a phase is; bytes, and percent where bytes do not tell."""

    def __call__(
        self, phase: str, done_bytes: int = 0, total_bytes: int | None = None, percent: float | None = None
    ) -> None:
        """Tell how far `phase` is."""
        ...
