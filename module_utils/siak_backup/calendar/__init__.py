# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates, hours and numbers as an Indonesian office writes them, whatever the machine's locale and time zone."""

from __future__ import annotations

from .days import iso_day
from .hours import ServiceHours, Serving, serving
from .names import DEFAULT_PATTERN, FolderName, folder_name, read_folder_name
from .words import clock_time, day_date, duration, long_date, number, size
from .zones import WIB, WIT, WITA, Zone, zone

__all__ = [
    "DEFAULT_PATTERN",
    "WIB",
    "WIT",
    "WITA",
    "FolderName",
    "ServiceHours",
    "Serving",
    "Zone",
    "clock_time",
    "day_date",
    "duration",
    "folder_name",
    "iso_day",
    "long_date",
    "number",
    "read_folder_name",
    "serving",
    "size",
    "zone",
]
