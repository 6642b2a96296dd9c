# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a claim is tried, seeds being fixed. `SIAK_TEST_TRIALS=400 pytest tests/unit/dump` tries each 400 times."""

from __future__ import annotations

import os


def trials(usual: int) -> int:
    return int(os.environ.get("SIAK_TEST_TRIALS", usual))
