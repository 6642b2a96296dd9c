# SPDX-License-Identifier: GPL-3.0-or-later
"""A run as the callback hands it over, and the options of steps 1 to 3 for one rehearsal database."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rehearsal_server import RehearsalDatabase
from siak_backup.agenda.journal import Journal
from siak_backup.media.marker import read_marker

from tests.unit.media.desk import register

_RUN_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Steps:
    """One run of one server in a folder of its own."""

    root: Path
    database: RehearsalDatabase
    run: dict[str, Any]

    @classmethod
    def begin(cls, root: Path, database: RehearsalDatabase) -> Steps:
        """Make the folders and record the run's begin, as the callback does."""
        run_id = f"20250109T093000Z-{os.getpid() % 4096:03x}{next(_RUN_NUMBERS):03x}"
        for name in ("archive", "medium", "agenda", "progress"):
            (root / name).mkdir(exist_ok=True)
        if read_marker(root / "medium") is None:
            register(root / "medium")
        begin = {
            "run": run_id,
            "event": "run_begin",
            "playbook": "backup.yml",
            "servers": [database.service],
            "sop": "000.8.3.3/24/1.Dukcapil/2025",
            "node": "kendali",
            "pid": os.getpid(),
            "software": "siak-backup",
        }
        Journal(root / "agenda", node="kendali", clock=lambda: datetime.now(UTC)).append(begin)
        run = {
            "id": run_id,
            "pid": os.getpid(),
            "agenda_dir": str(root / "agenda"),
            "progress_dir": str(root / "progress"),
        }
        return cls(root, database, run)

    @property
    def common(self) -> dict[str, Any]:
        return {"run": self.run, "server": self.database.service, "connection": self.database.connection}

    def preflight(self, **changed: Any) -> dict[str, Any]:
        return (
            self.common
            | {
                "directory": self.database.directory,
                "schemas": ["SIAKOFF"],
                "zone": "WIB",
                "archive_dir": str(self.root / "archive"),
                "media": [{"dir": str(self.root / "medium"), "labels": ["DISK-01"], "mount_required": False}],
            }
            | changed
        )

    def export(self, **changed: Any) -> dict[str, Any]:
        return (
            self.common
            | {
                "directory": self.database.directory,
                "schemas": ["SIAKOFF"],
                "time_limit_s": 60,
                "poll_interval_s": 1,
                "progress_path": str(self.root / "progress/server.json"),
            }
            | changed
        )

    def collect(self, export: dict[str, Any], **changed: Any) -> dict[str, Any]:
        return (
            self.common
            | {
                "export": export,
                "archive_dir": str(self.root / "archive"),
                "key_tables": ["SIAKOFF.BIODATA_WNI", "SIAKOFF.DATA_KELUARGA"],
                "progress_path": str(self.root / "progress/server.json"),
            }
            | changed
        )
