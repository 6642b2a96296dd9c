# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of dated folders: the SOP's "admmmyyy", read as `ddmmmyyyy`, such as `09jan2025`.

The month names are a fixed table. The operating system's locale would give
another folder on another machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from ..errors import CalendarError

DEFAULT_PATTERN = "ddmmmyyyy"

#: The abbreviations the office uses, January first.
_MONTHS = ("jan", "feb", "mar", "apr", "mei", "jun", "jul", "agu", "sep", "okt", "nov", "des")

#: What people typed by hand over the years, for reading old folders only.
_ALSO_READ = {
    "peb": 2, "may": 5, "ags": 8, "agt": 8, "agust": 8, "aug": 8, "sept": 9, "oct": 10, "nop": 11, "dec": 12,
}  # fmt: skip
_READ = {name: number for number, name in enumerate(_MONTHS, start=1)} | _ALSO_READ

#: Longest first, so that `mmm` is never read as `mm` and a stray `m`.
_TOKENS = re.compile(r"(?P<year>yyyy)|(?P<day>dd)|(?P<name>mmm)|(?P<month>mm)|(?P<literal>[-_.])")

_READ_AS = {
    "year": r"(?P<year>[0-9]{4})",
    "day": r"(?P<day>[0-9]{2})",
    "name": r"(?P<name>[A-Za-z]{3,5})",
    "month": r"(?P<month>[0-9]{2})",
}


@dataclass(frozen=True)
class FolderName:
    """The day a folder stands for and which of the day's runs made it, from 1."""

    day: date
    number: int


def folder_name(day: date, pattern: str = DEFAULT_PATTERN) -> str:
    """Return the name of a day's folder.

    A pattern is made of `dd`, `mm` or `mmm` (the month's Indonesian name) and
    `yyyy`, each once, with `-`, `_` or `.` between them.

    Raises:
        CalendarError: the pattern lacks a part, so that two days would share
            a folder, or has something else in it.
    """
    shown = {
        "year": f"{day.year:04}",
        "day": f"{day.day:02}",
        "name": _MONTHS[day.month - 1],
        "month": f"{day.month:02}",
    }
    return "".join(shown.get(kind, text) for kind, text in _parts(pattern))


def read_folder_name(name: str, pattern: str = DEFAULT_PATTERN) -> FolderName | None:
    """Return what a folder's name says, or None if it is not such a name.

    Accepts the month names that people have typed by hand, in any case, and
    the `_2`, `_3` ... of a second run on one day. Raises CalendarError for an
    impossible pattern only.
    """
    expression = "".join(_READ_AS.get(kind, re.escape(text)) for kind, text in _parts(pattern))
    found = re.fullmatch(expression + r"(?:_(?P<number>[1-9][0-9]{0,3}))?", name)
    if found is None:
        return None
    part = found.groupdict()
    month = _READ.get(part["name"].lower()) if "name" in part else int(part["month"])
    number = int(part["number"] or 1)
    if month is None or (part["number"] and number < 2):
        return None
    try:
        return FolderName(date(int(part["year"]), month, int(part["day"])), number)
    except ValueError:
        return None


def _parts(pattern: str) -> list[tuple[str, str]]:
    """Split a pattern into (kind, text), where kind is a name of `_READ_AS` or `literal`."""
    parts: list[tuple[str, str]] = []
    end = 0
    while found := _TOKENS.match(pattern, end):
        parts.append((str(found.lastgroup), found.group()))
        end = found.end()
    if end != len(pattern):
        raise _impossible(pattern, f"memuat {pattern[end:]!r} yang tidak dikenal")
    kinds = sorted("month" if kind == "name" else kind for kind, _ in parts if kind != "literal")
    if kinds != ["day", "month", "year"]:
        raise _impossible(pattern, "harus memuat dd, mmm (atau mm) dan yyyy, masing-masing sekali")
    if parts[0][0] == "literal":
        raise _impossible(pattern, "tidak boleh diawali tanda baca")
    return parts


def _impossible(pattern: str, reason: str) -> CalendarError:
    return CalendarError(
        f"pola nama folder {pattern!r} {reason}",
        where="siak_folder_pattern",
        remedy=f"pakai misalnya {DEFAULT_PATTERN}",
    )
