# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates, times, numbers, sizes and durations as people of the office read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from .zones import Zone

_DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")

_MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip

_SIZE_UNITS = ("B", "KB", "MB", "GB", "TB")


def long_date(day: date) -> str:
    """Return e.g. `9 Januari 2025`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def day_date(day: date) -> str:
    """Return e.g. `Kamis, 9 Januari 2025`."""
    return f"{_DAYS[day.weekday()]}, {long_date(day)}"


def clock_time(moment: datetime, zone: Zone) -> str:
    """Return an aware moment as the office's clock shows it, e.g. `16.35 WIB`."""
    return f"{zone.local(moment):%H.%M} {zone.name}"


def number(value: float, decimals: int = 0) -> str:
    """Return a number with Indonesian separators, e.g. `1.234,5` for (1234.5, 1)."""
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))


def size(size_bytes: float) -> str:
    """Return a size in decimal units, as disks are labelled, e.g. `18,9 MB`."""
    scaled, unit = float(size_bytes), 0
    while abs(scaled) >= (999.5 if unit == 0 else 999.95) and unit < len(_SIZE_UNITS) - 1:
        scaled, unit = scaled / 1000, unit + 1
    return f"{number(scaled, 0 if unit == 0 else 1)} {_SIZE_UNITS[unit]}"


def duration(duration_s: float) -> str:
    """Return a duration, e.g. `0,4 detik`, `12 detik`, `2 menit 5 detik`, `1 jam 12 menit`."""
    if duration_s < 9.95:
        return f"{number(duration_s, 1)} detik"
    seconds = round(duration_s)
    if seconds < 60:
        return f"{seconds} detik"
    if seconds < 3600:
        return _pair(seconds // 60, "menit", seconds % 60, "detik")
    minutes = round(duration_s / 60)
    return _pair(minutes // 60, "jam", minutes % 60, "menit")


def _pair(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{number(large)} {large_unit}" + (f" {small} {small_unit}" if small else "")
