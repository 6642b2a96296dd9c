# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import gc
from datetime import date

import pytest
from siak_backup.agenda.period import read_period


@pytest.mark.parametrize("is_enabled", [True, False])
def test_reading_leaves_the_collector_as_it_was(journal, sop, tmp_path, is_enabled):
    before = gc.isenabled()
    try:
        (gc.enable if is_enabled else gc.disable)()
        read_period(tmp_path, sop, date(2025, 1, 9), date(2025, 1, 9))
        assert gc.isenabled() == is_enabled
    finally:
        (gc.enable if before else gc.disable)()
