# SPDX-License-Identifier: GPL-3.0-or-later
"""What step 1 is asked to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from ..media.slot import Slot
    from ..oracle.names import PieceSize
    from .script import ScriptFindings


@dataclass(frozen=True)
class Request:
    """One server's step 1. Tables of hours are as the inventory holds them, checked only when looked at.

    `run` is what the callback handed over; `room_factor` times the estimate,
    plus `min_free_bytes`, must be free where the backup goes. No piece of the
    dump will be larger than `piece_size`. Where the site's own script makes the
    dump, `script` is what was found at the server, and the database is not asked.
    """

    run: Mapping[str, Any]
    server: str
    directory: str
    schemas: tuple[str, ...]
    zone: str
    service_hours: Mapping[str, object]
    service_exceptions: Mapping[object, object]
    override_reason: str
    archive_dir: Path
    slots: tuple[Slot, ...]
    folder_pattern: str
    room_factor: float
    min_free_bytes: int
    piece_size: PieceSize
    now: datetime
    script: ScriptFindings | None = None

    @property
    def run_id(self) -> str:
        """The run's id, empty if the callback handed nothing over."""
        return str(self.run.get("id") or "")

    @property
    def server_dir(self) -> Path:
        """The server's folder in the archive."""
        return self.archive_dir / self.server
