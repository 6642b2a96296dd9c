# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkups of a real rehearsal database, by the real driver, in folders of their own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from rehearsal_server import RehearsalDatabase, RehearsalServer
from siak_backup.doctor.checkup import Checkup
from siak_backup.doctor.finding import Finding, Mark
from siak_backup.doctor.run import Report, examine
from siak_backup.oracle.connection import ConnectionSettings
from siak_backup.oracle.session import open_session

from tests.unit.media.desk import register


@dataclass
class Clinic:
    """One office: a database, an archive and a medium. `logins` counts what was tried."""

    root: Path
    server: RehearsalServer
    service: str = "sukamara"
    skew: timedelta = field(default_factory=timedelta)
    logins: int = 0

    @property
    def database(self) -> RehearsalDatabase:
        return self.server[self.service]

    def params(self, **changed: Any) -> dict[str, Any]:
        connection = self.database.connection | changed.pop("connection", {})
        medium = {
            "dir": str(self.root / "medium"),
            "labels": ["DISK-01"],
            "policy": "wajib",
            "mount_required": False,
            "encrypt": "auto",
            "compress": False,
            "min_free_bytes": 0,
        }
        return {
            "server": self.service,
            "connection": connection,
            "directory": self.database.directory,
            "mode": "schema",
            "schemas": ["SIAKOFF"],
            "tables": [],
            "include": [],
            "exclude": [],
            "key_tables": ["SIAKOFF.BIODATA_WNI", "SIAKOFF.DATA_KELUARGA"],
            "parallel": 1,
            "time_limit_s": 21600,
            "zone": "WIB",
            "archive_dir": str(self.root / "archive"),
            "media": [medium],
            "folder_pattern": "ddmmmyyyy",
            "room_factor": 1.1,
            "min_free_bytes": 0,
            "piece_size": "3900M",
            # fine on a processor without SHA instructions too
            "media_digest": "blake3",
            "notice_days": 14,
        } | changed

    def settings(self) -> ConnectionSettings:
        return Checkup.from_params(self.params(), datetime.now(UTC)).settings

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.skew

    def examine(self, **changed: Any) -> Report:
        checkup = Checkup.from_params(self.params(**changed), datetime.now(UTC))

        def connect() -> Any:
            self.logins += 1
            return open_session(checkup.settings)

        return examine(checkup, connect, clock=self.clock, monotonic=time.monotonic)

    def findings(self, **changed: Any) -> dict[str, Finding]:
        found = self.examine(**changed).findings
        names = [finding.name for finding in found]
        assert len(set(names)) == len(names), "a look is told twice"
        return {finding.name: finding for finding in found}

    def not_fine(self, **changed: Any) -> dict[str, Finding]:
        return {name: finding for name, finding in self.findings(**changed).items() if finding.mark is not Mark.OK}

    def files(self) -> dict[str, tuple[int, int]]:
        """Everything in the office's folders, and in the server's."""
        roots = (self.root, self.server.state_dir / self.service / "dpdump")
        paths = [
            Path(where) / name for root in roots for where, folders, files in os.walk(root) for name in files + folders
        ]
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in paths}


@pytest.fixture
def clinic(tmp_path: Path, rehearsal: RehearsalServer) -> Clinic:
    for name in ("archive", "medium"):
        (tmp_path / name).mkdir()
    register(tmp_path / "medium")
    return Clinic(tmp_path, rehearsal)


@pytest.fixture
def checkup_of(clinic: Clinic) -> Callable[..., Checkup]:
    return lambda **changed: partial(Checkup.from_params, now=datetime.now(UTC))(clinic.params(**changed))
