# SPDX-License-Identifier: GPL-3.0-or-later
"""A small database per test."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from engine_client import SERVICE, SPEC, USER, Client

from rehearsal.engine import BACKUP_DIRECTORY, RehearsalEngine, open_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database made once; each test works on a copy."""
    state = tmp_path_factory.mktemp("template")
    open_engine(state, [SPEC]).close()
    return state


@pytest.fixture
def engine(template: Path, tmp_path: Path, dpdump: Path) -> Iterator[RehearsalEngine]:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    engine = open_engine(tmp_path, [SPEC])
    engine.database(SERVICE).accounts.create_directory(BACKUP_DIRECTORY, dpdump)
    yield engine
    engine.close()


@pytest.fixture
def client(engine: RehearsalEngine) -> Iterator[Client]:
    session = engine.open_session(SERVICE, USER, {})
    yield Client(session)
    session.close()


@pytest.fixture
def second(engine: RehearsalEngine) -> Iterator[Client]:
    session = engine.open_session(SERVICE, USER, {})
    yield Client(session)
    session.close()


@pytest.fixture
def dpdump(tmp_path: Path) -> Path:
    """The folder behind SIAK_BACKUP_DIR."""
    return tmp_path / SERVICE / "dpdump"
