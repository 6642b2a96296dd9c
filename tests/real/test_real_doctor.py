# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor at a real Oracle: what docs/real-oracle.md describes. Skips where none is given."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from siak_backup.doctor.checkup import Checkup
from siak_backup.doctor.finding import Mark
from siak_backup.doctor.run import examine
from siak_backup.oracle.session import open_session

from tests.unit.media.desk import register

DSN = os.environ.get("SIAK_TEST_ORACLE_DSN", "")

pytestmark = pytest.mark.skipif(not DSN, reason="no real Oracle: SIAK_TEST_ORACLE_DSN is not set (docs/real-oracle.md)")


def test_a_well_kept_site_hides_and_lacks_nothing(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    register(tmp_path / "medium")
    connection = {
        "dsn": DSN,
        "user": os.environ["SIAK_TEST_ORACLE_USER"],
        "password_file": os.environ["SIAK_TEST_ORACLE_PASSWORD_FILE"],
        "client_lib_dir": os.environ.get("SIAK_TEST_ORACLE_CLIENT_LIB_DIR"),
    }
    medium = {
        "dir": str(tmp_path / "medium"),
        "labels": ["DISK-01"],
        "policy": "wajib",
        "mount_required": False,
        "encrypt": "auto",
        "compress": False,
        "min_free_bytes": 0,
    }
    params = {
        "server": "uji",
        "connection": connection,
        "directory": os.environ.get("SIAK_TEST_ORACLE_DIRECTORY", "SIAK_BACKUP_DIR"),
        "mode": "schema",
        "schemas": [os.environ.get("SIAK_TEST_ORACLE_SCHEMA", "SIAKOFF")],
        "tables": [],
        "key_tables": [],
        "parallel": 1,
        "time_limit_s": 21600,
        "zone": "WIB",
        "archive_dir": str(tmp_path / "archive"),
        "media": [medium],
        "folder_pattern": "ddmmmyyyy",
        "room_factor": 1.1,
        "min_free_bytes": 0,
        "piece_size": "3900M",
        "media_digest": "sha256",
        "notice_days": 14,
    }
    checkup = Checkup.from_params(params, datetime.now(UTC))
    report = examine(
        checkup,
        partial(open_session, checkup.settings),
        clock=lambda: datetime.now(UTC),
        monotonic=time.monotonic,
    )
    told = [f"{finding.mark} {finding.title}: {finding.found}" for finding in report.findings]
    wrong = [finding.name for finding in report.findings if finding.mark in (Mark.FAILED, Mark.UNKNOWN)]
    assert wrong == [], "\n".join(told)
