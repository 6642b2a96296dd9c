# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from siak_backup.calendar import FolderName, folder_name, read_folder_name
from siak_backup.errors import CalendarError

NINTH = date(2025, 1, 9)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("ddmmmyyyy", "09jan2025"),
        ("yyyy-mm-dd", "2025-01-09"),
        ("dd_mmm.yyyy", "09_jan.2025"),
        ("yyyymmdd", "20250109"),
    ],
)
def test_a_pattern_names_the_day(pattern: str, name: str):
    assert folder_name(NINTH, pattern) == name


def test_months_are_the_fixed_indonesian_table():
    assert [folder_name(date(2025, month, 1))[2:5] for month in range(1, 13)] == [
        "jan", "feb", "mar", "apr", "mei", "jun", "jul", "agu", "sep", "okt", "nov", "des",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "pattern", ["mmmyyyy", "ddyyyy", "ddmmm", "", "ddmmmmmyyyy", "dddmmmyyyy", "dd/mmm/yyyy", ".ddmmmyyyy", "admmmyyy"]
)
def test_a_pattern_that_cannot_tell_days_apart_or_leaves_the_folder_is_refused(pattern: str):
    with pytest.raises(CalendarError, match="siak_folder_pattern"):
        folder_name(NINTH, pattern)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("09PEB2025", date(2025, 2, 9)),
        ("09may2025", date(2025, 5, 9)),
        ("09Agust2025", date(2025, 8, 9)),
        ("09sept2025", date(2025, 9, 9)),
        ("09oct2025", date(2025, 10, 9)),
        ("09nop2025", date(2025, 11, 9)),
        ("09dec2025", date(2025, 12, 9)),
    ],
)
def test_old_spellings_are_read(name: str, day: date):
    assert read_folder_name(name) == FolderName(day, 1)


@pytest.mark.parametrize(
    "name", ["31feb2025", "09xyz2025", "9jan2025", "09jan2025_1", "09jan2025_", "09jan2025_2_2", "jan2025", "09jan0000"]
)
def test_what_is_no_such_name_is_none(name: str):
    assert read_folder_name(name) is None


@given(
    day=st.dates(min_value=date(1000, 1, 1)),
    number=st.integers(1, 9999),
    pattern=st.sampled_from(["ddmmmyyyy", "yyyy-mm-dd", "yyyy_mm_dd", "mmmddyyyy"]),
)
def test_reading_undoes_naming(day: date, number: int, pattern: str):
    suffix = f"_{number}" if number > 1 else ""
    assert read_folder_name(folder_name(day, pattern) + suffix, pattern) == FolderName(day, number)
