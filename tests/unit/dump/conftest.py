# SPDX-License-Identifier: GPL-3.0-or-later
"""Dumps to judge: real ones where this machine has them, and exports of the rehearsal's Data Pump everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_exports import Export, export

OLD, MIDDLE, NEW = (11, 2, 0, 4, 0), (12, 2, 0, 1, 0), (23, 6, 0, 24, 10)


@pytest.fixture(scope="session")
def real_dumps() -> Path:
    """The folder of dumps that real Oracle releases wrote; they are not in the repository."""
    for parent in Path(__file__).resolve().parents:
        if (parent / "shared" / "dumps").is_dir():
            return parent / "shared" / "dumps"
    pytest.skip("no real dumps beside this repository (../shared/dumps)")


@pytest.fixture(scope="module", params=[OLD, MIDDLE, NEW], ids=["header 3.1", "header 5.1", "header 6.1"])
def one_file(request, tmp_path_factory) -> Export:
    """An export into one file, of every header version. Not to be changed: tests copy it."""
    return export(tmp_path_factory.mktemp("one_file"), version=request.param)


@pytest.fixture(scope="module", params=[OLD, MIDDLE, NEW], ids=["header 3.1", "header 5.1", "header 6.1"])
def pieces(request, tmp_path_factory) -> Export:
    """An export into several files. Not to be changed: tests copy it."""
    made = export(tmp_path_factory.mktemp("pieces"), version=request.param, filesize="100K")
    assert len(made.pieces) > 3
    return made
