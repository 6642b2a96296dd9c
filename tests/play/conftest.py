# SPDX-License-Identifier: GPL-3.0-or-later
"""A control node of its own for each test."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from night import Night


@pytest.fixture(autouse=True, scope="session")
def hangup_as_at_a_terminal() -> Iterator[None]:
    """Let runs begin with SIGHUP as a terminal leaves it, even when the tests themselves run under nohup(1)."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path / "var")
