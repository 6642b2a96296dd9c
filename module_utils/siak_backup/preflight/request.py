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
    from ..oracle.names import PieceSize, TableName
    from ..oracle.scope import Scope
    from .script import ScriptFindings


@dataclass(frozen=True)
class Request:
    """One server's step 1. Tables of hours are as the inventory holds them, checked only when looked at.

    `run` is what the callback handed over; `room_factor` times the estimate,
    plus `min_free_bytes`, must be free where the backup goes. No piece of the
    dump will be larger than `piece_size`. `drop_orphans` has master tables of
    ours removed that have no job, and whose run is older than `time_limit_s`.
    Where the site's own script makes the dump, `script` is what was found at
    the server: the database is not asked, and `scope` is OF_SCRIPT.
    """

    run: Mapping[str, Any]
    server: str
    directory: str
    scope: Scope
    key_tables: tuple[TableName, ...]
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
    drop_orphans: bool = False
    time_limit_s: float = 0.0
    script: ScriptFindings | None = None

    @property
    def run_id(self) -> str:
        """The run's id, empty if the callback handed nothing over."""
        return str(self.run.get("id") or "")

    @property
    def server_dir(self) -> Path:
        """The server's folder in the archive."""
        return self.archive_dir / self.server
