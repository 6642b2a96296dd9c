# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from siak_backup.agenda.journal import Journal
from siak_backup.oracle.names import PieceSize, TableName
from siak_backup.oracle.scope import Scope
from siak_backup.preflight.request import Request

from tests.unit.media.desk import register, slot_of

RUN = "20250109T093000Z-a1b2c3"

#: Thursday, 16.35 WIB.
NOW = datetime(2025, 1, 9, 9, 35, tzinfo=UTC)


@pytest.fixture
def request_of(tmp_path: Path) -> Callable[..., Request]:
    """Make requests in a folder of their own, in which everything holds unless changed."""
    for name in ("archive", "medium", "agenda"):
        (tmp_path / name).mkdir()
    register(tmp_path / "medium")
    journal = Journal(tmp_path / "agenda", node="kendali", clock=lambda: NOW)
    journal.append({"run": RUN, "event": "run_begin"} | BEGIN)

    def make(**changed: Any) -> Request:
        return Request(
            **{
                "run": {"id": RUN, "pid": os.getpid(), "agenda_dir": str(tmp_path / "agenda")},
                "server": "sukamara",
                "directory": "SIAK_BACKUP_DIR",
                "scope": Scope("SCHEMA", ("SIAKOFF",), ()),
                "key_tables": (TableName("SIAKOFF", "BIODATA_WNI"),),
                "zone": "WIB",
                "service_hours": {"kamis": "07.30-16.00"},
                "service_exceptions": {},
                "override_reason": "",
                "archive_dir": tmp_path / "archive",
                "slots": (slot_of(tmp_path / "medium"),),
                "folder_pattern": "ddmmmyyyy",
                "room_factor": 1.1,
                "min_free_bytes": 0,
                "piece_size": PieceSize.parse("3900M"),
                "now": NOW,
            }
            | changed
        )

    return make


BEGIN = {
    "playbook": "backup.yml",
    "servers": ["sukamara"],
    "sop": "000.8.3.3/24/1.Dukcapil/2025",
    "node": "kendali",
    "pid": 1,
    "software": "siak-backup",
}
