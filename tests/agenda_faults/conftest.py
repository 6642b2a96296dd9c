# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The small night, which tests/play imports as its own.
sys.path.append(str(Path(__file__).resolve().parents[1] / "play"))


@pytest.fixture(autouse=True, scope="session")
def hangup_as_at_a_terminal() -> Iterator[None]:
    """Let runs begin with SIGHUP as a terminal leaves it, even when the tests themselves run under nohup(1)."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)
