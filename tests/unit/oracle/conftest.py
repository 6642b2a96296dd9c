# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from exporting import settings_of
from rehearsal_server import RehearsalDatabase, RehearsalServer
from siak_backup.oracle.datapump.plan import ExportPlan
from siak_backup.oracle.session import Link, Session, open_session

_RUN_NUMBERS = itertools.count(1)


@pytest.fixture
def database(rehearsal: RehearsalServer) -> RehearsalDatabase:
    return rehearsal["sukamara"]


@pytest.fixture
def session(database: RehearsalDatabase) -> Iterator[Session]:
    with open_session(settings_of(database)) as opened:
        yield opened


@pytest.fixture
def connect(database: RehearsalDatabase) -> Callable[[], Session]:
    return lambda: open_session(settings_of(database))


@pytest.fixture
def link(connect: Callable[[], Session]) -> Iterator[Link]:
    with Link(connect, patience_s=20) as opened:
        yield opened


@pytest.fixture
def plan_of(database: RehearsalDatabase) -> Callable[..., ExportPlan]:
    """Make plans, each of a run of its own."""

    def make(**changed: Any) -> ExportPlan:
        options = {
            "run": {"id": f"20250109T093000Z-{next(_RUN_NUMBERS):06x}"},
            "server": database.service,
            "directory": database.directory,
            "mode": "schema",
            "schemas": ["SIAKOFF"],
            "tables": [],
            "include": [],
            "exclude": [],
            "piece_size": "3900M",
            "parallel": 1,
            "time_limit_s": 60,
            "poll_interval_s": 1,
            "stall_notice_s": 300,
            "compression": "",
            "estimate": "",
            "checksum": False,
            "version": "COMPATIBLE",
            "cluster": False,
        }
        return ExportPlan.from_params(options | changed)

    return make
