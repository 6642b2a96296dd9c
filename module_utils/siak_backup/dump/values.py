# SPDX-License-Identifier: GPL-3.0-or-later
"""Oracle's own form of NUMBER, as rows in a dump hold it."""

from __future__ import annotations

from datetime import datetime

from .stream import StreamError


def whole_number(data: bytes) -> int:
    """Return a whole NUMBER: a base-100 exponent byte, then digits plus 1; negative ones complemented, ended by 102.

    Raises StreamError for bytes that are none, and for a fraction.
    """
    if data == b"\x80":
        return 0
    if not 2 <= len(data) <= 22:
        raise StreamError("a NUMBER of impossible length")
    negative = not data[0] & 0x80
    if negative:
        exponent, digits = 62 - data[0], [101 - digit for digit in data[1:] if digit != 102]
    else:
        exponent, digits = data[0] - 193, [digit - 1 for digit in data[1:]]
    shift = exponent + 1 - len(digits)
    if not digits or shift < 0 or shift > 20 or not all(0 <= digit <= 99 for digit in digits):
        raise StreamError("a NUMBER that is not whole")
    value: int = 0
    for digit in digits:
        value = value * 100 + digit
    value *= 100**shift
    return -value if negative else value


def moment(data: bytes) -> str | None:
    """Return a DATE as ISO 8601 without zone, None if `data` is none.

    Its bytes are century and year, plus 100 each, month, day, then hour, minute and second, plus 1 each.
    """
    if len(data) != 7:
        return None
    century, year, month, day, hour, minute, second = data
    try:
        read = datetime((century - 100) * 100 + year - 100, month, day, hour - 1, minute - 1, second - 1)  # noqa: DTZ001
    except ValueError:
        return None
    return read.isoformat()
