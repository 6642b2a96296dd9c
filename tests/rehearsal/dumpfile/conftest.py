# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the real dumps are, if this machine has them."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_dumps():
    """The folder of dumps that real Oracle releases wrote; they are not in the repository."""
    for parent in Path(__file__).resolve().parents:
        if (parent / "shared" / "dumps").is_dir():
            return parent / "shared" / "dumps"
    pytest.skip("no real dumps beside this repository (../shared/dumps)")
