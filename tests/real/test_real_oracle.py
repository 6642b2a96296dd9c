# SPDX-License-Identifier: GPL-3.0-or-later
"""The product against a real Oracle: what docs/real-oracle.md describes. Skips where none is given."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from siak_backup.dump.status import Status
from siak_backup.oracle import files
from siak_backup.oracle.checks import observe
from siak_backup.oracle.collect import CollectPlan, collect
from siak_backup.oracle.connection import ConnectionSettings
from siak_backup.oracle.datapump.export import run_export
from siak_backup.oracle.datapump.plan import ExportPlan
from siak_backup.oracle.datapump.timing import Timing
from siak_backup.oracle.scope import Scope
from siak_backup.oracle.session import Link, open_session

DSN = os.environ.get("SIAK_TEST_ORACLE_DSN", "")
DIRECTORY = os.environ.get("SIAK_TEST_ORACLE_DIRECTORY", "SIAK_BACKUP_DIR")
SCHEMA = os.environ.get("SIAK_TEST_ORACLE_SCHEMA", "SIAKOFF")

pytestmark = [
    pytest.mark.skipif(not DSN, reason="no real Oracle: SIAK_TEST_ORACLE_DSN is not set (docs/real-oracle.md)"),
    pytest.mark.timeout(3600),
]


@pytest.fixture(scope="module")
def settings() -> ConnectionSettings:
    return ConnectionSettings(
        dsn=DSN,
        user=os.environ["SIAK_TEST_ORACLE_USER"],
        password_file=os.environ["SIAK_TEST_ORACLE_PASSWORD_FILE"],
        client_lib_dir=os.environ.get("SIAK_TEST_ORACLE_CLIENT_LIB_DIR", ""),
    )


def test_account_sees_what_step_1_must_know(settings: ConnectionSettings) -> None:
    with open_session(settings) as session:
        seen = observe(session, directory=DIRECTORY, scope=Scope("SCHEMA", (SCHEMA,), ()))
    assert seen.refusals == {}
    assert seen.database is not None
    assert seen.scn
    assert seen.directory_grants is not None
    assert {"READ", "WRITE"} <= seen.directory_grants
    assert (seen.estimate_bytes or 0) > 0


def test_export_comes_here_complete(settings: ConnectionSettings, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    run = {"id": f"{now:%Y%m%dT%H%M%SZ}-{os.urandom(3).hex()}"}
    plan = ExportPlan.from_params(
        {
            "run": run,
            "server": "uji",
            "directory": DIRECTORY,
            "mode": "schema",
            "schemas": [SCHEMA],
            "tables": [],
            "piece_size": "3900M",
            "parallel": 1,
            "time_limit_s": 3000,
            "poll_interval_s": 5,
            "stall_notice_s": 300,
            "include": [],
            "exclude": [],
            "compression": "",
            "estimate": "",
            "checksum": False,
            "cluster": False,
            "version": "COMPATIBLE",
        }
    )
    with Link(partial(open_session, settings, client_id=plan.run_id)) as link:
        exported = run_export(link, plan, abandoned=[], progress=lambda *_, **__: None, timing=Timing()).as_dict()
        try:
            collected = collect(
                link,
                CollectPlan.from_params(
                    {
                        "run": run,
                        "server": "uji",
                        "export": exported,
                        "archive_dir": str(tmp_path),
                        "key_tables": [],
                        "connections": 2,
                        "keep_on_server": -1,
                        "remove_from_server": False,
                        "swing_percent": 20.0,
                        "swing_min_rows": 100,
                    }
                ),
                lambda *_, **__: None,
            )
        finally:
            names = [piece["name"] for piece in exported["pieces"]]
            left = files.remove(link.session, DIRECTORY, [*names, plan.log_name])
    assert collected.judgement.status is Status.COMPLETE
    assert collected.judgement.tables
    assert left == []
