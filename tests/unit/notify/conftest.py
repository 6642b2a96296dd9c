# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import UTC, datetime

import pytest
from siak_backup.notify.message import Message

from tests.unit.notify.stations import Certificate, certificate_for


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate_for(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def message() -> Message:
    return Message(
        key="siak-20250109T093500Z-abcdef-00ff",
        subject="Backup SIAK berhasil: 1 server (Kamis, 9 Januari 2025) é",
        text="Backup SIAK berhasil: 1 server\nsukamara: berhasil — 18,9 MB\n",
        at=datetime(2025, 1, 9, 10, 5, tzinfo=UTC),
        fields={"run": "20250109T093500Z-abcdef"},
    )
