# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of 11.2, which knows no containers: every question is one that it understands or may refuse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rehearsal_server import RehearsalServer, rehearsal_server
from siak_backup.doctor.finding import Mark


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RehearsalServer]:
    state = tmp_path_factory.mktemp("old") / "state"
    with rehearsal_server(state, "--oracle-version=11.2.0.4.0", sukamara=20) as server:
        yield server


def test_only_the_release_stands_in_the_way(clinic):
    found = clinic.findings()
    assert {name for name, finding in found.items() if finding.mark is not Mark.OK} == {"version"}
    assert found["version"].mark is Mark.FAILED
    assert "11.2.0.4.0 terlalu tua untuk mode thin" in found["version"].found
    assert "tidak mengenal PDB" in found["container"].found
