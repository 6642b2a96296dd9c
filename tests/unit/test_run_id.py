# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from siak_backup.errors import ConfigError
from siak_backup.run_id import new_run_id, run_started_at, split_run_id

START = datetime(2025, 1, 9, 16, 35, tzinfo=timezone(timedelta(hours=7)))


def test_a_run_id_is_its_start_and_never_the_same():
    first, second = new_run_id(START), new_run_id(START)
    assert re.fullmatch(r"20250109T093500Z-[0-9a-f]{6}", first)
    assert first != second
    assert run_started_at(first) == datetime(2025, 1, 9, 9, 35, tzinfo=UTC)
    assert split_run_id("20250109T093500Z-3f9a1c") == ("20250109T093500Z", "3f9a1c")


@pytest.mark.parametrize("text", ["", "20250109T093500Z", "20250109T093500Z-3F9A1C", "x20250109T093500Z-3f9a1c"])
def test_what_is_not_a_run_id_is_refused(text):
    with pytest.raises(ConfigError, match="tidak sah"):
        split_run_id(text)


def test_a_run_id_of_no_moment_is_refused():
    with pytest.raises(ConfigError, match="tidak ada"):
        run_started_at("20250230T093500Z-3f9a1c")
