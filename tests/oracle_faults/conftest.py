# SPDX-License-Identifier: GPL-3.0-or-later
"""Offices whose last night is proven, each test with its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rehearsal_server import RehearsalServer, rehearsal_server

from tests.oracle_faults.nights import YESTERDAY, Office

RESIDENTS = 60


class Stand:
    """A rehearsal server, and the office as it was after a good night on it."""

    def __init__(self, server: RehearsalServer, root: Path) -> None:
        self.server = server
        self.root = root
        first = Office(root / "first", server["sukamara"], server).prepare()
        verdict = first.night(YESTERDAY)
        assert verdict.step == 0, verdict

    def office(self, root: Path) -> Office:
        """Return a new office with yesterday's night in its archive and on its medium."""
        shutil.copytree(self.root / "first", root, symlinks=True)
        office = Office(root, self.server["sukamara"], self.server)
        office.remember()
        return office


@pytest.fixture(scope="session")
def stands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Stand]]:
    """Give stands by the options of their server, each started at most once a worker."""
    made: dict[tuple[str, ...], Stand] = {}
    closing = []

    def stand(*options: str) -> Stand:
        if options not in made:
            root = tmp_path_factory.mktemp("stand")
            context = rehearsal_server(root / "state", *options, sukamara=RESIDENTS)
            closing.append(context)
            made[options] = Stand(context.__enter__(), root)
        return made[options]

    yield stand
    for context in closing:
        context.__exit__(None, None, None)
