# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from desk import ROOT, Clock
from siak_backup.agenda.journal import Journal
from siak_backup.sop import Sop, load_sop


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def sop() -> Sop:
    return load_sop(ROOT / "sop/backup-database.yml")


@pytest.fixture
def journal(tmp_path: Path, clock: Clock) -> Journal:
    return Journal(tmp_path, node="kendali", clock=clock)
