# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of every kind share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings
from rehearsal_server import RehearsalServer, rehearsal_server

# No test is a timed test: the machines that run them are shared.
settings.register_profile("siak", deadline=None)
settings.load_profile("siak")


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RehearsalServer]:
    """A rehearsal server with two small databases, for the whole session of one worker."""
    with rehearsal_server(tmp_path_factory.mktemp("rehearsal") / "state", sukamara=60, lamandau=30) as server:
        yield server
