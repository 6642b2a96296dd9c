# SPDX-License-Identifier: GPL-3.0-or-later
"""Oracle's format models for dates and numbers, as far as scripts use them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError

if TYPE_CHECKING:
    from collections.abc import Callable

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_WRITE: dict[str, Callable[[datetime], str]] = {
    "YYYY": lambda t: f"{t.year:04d}",
    "RRRR": lambda t: f"{t.year:04d}",
    "YY": lambda t: f"{t.year % 100:02d}",
    "RR": lambda t: f"{t.year % 100:02d}",
    "MM": lambda t: f"{t.month:02d}",
    "MONTH": lambda t: _MONTHS[t.month - 1].ljust(9),
    "MON": lambda t: _MONTHS[t.month - 1][:3],
    "DDD": lambda t: f"{t.timetuple().tm_yday:03d}",
    "DD": lambda t: f"{t.day:02d}",
    "DAY": lambda t: _DAYS[t.weekday()].ljust(9),
    "DY": lambda t: _DAYS[t.weekday()][:3],
    "HH24": lambda t: f"{t.hour:02d}",
    "HH12": lambda t: f"{(t.hour - 1) % 12 + 1:02d}",
    "HH": lambda t: f"{(t.hour - 1) % 12 + 1:02d}",
    "MI": lambda t: f"{t.minute:02d}",
    "SSSSS": lambda t: str(t.hour * 3600 + t.minute * 60 + t.second),
    "SS": lambda t: f"{t.second:02d}",
    "AM": lambda t: "AM" if t.hour < 12 else "PM",
    "PM": lambda t: "AM" if t.hour < 12 else "PM",
    "D": lambda t: str(t.isoweekday() % 7 + 1),
    "IW": lambda t: f"{t.isocalendar().week:02d}",
    "IYYY": lambda t: str(t.isocalendar().year),
    "Q": lambda t: str((t.month + 2) // 3),
    "J": lambda t: str(t.toordinal() + 1721425),
    "TZH": lambda t: _offset(t)[0],
    "TZM": lambda t: _offset(t)[1],
    "TZR": lambda t: ":".join(_offset(t)),
}
_TOKEN = re.compile(
    r'"[^"]*"|FF[1-9]?|FM|FX|' + "|".join(sorted(_WRITE, key=len, reverse=True)) + r"|[-/,.;: ]|T(?=H)|.",
    re.IGNORECASE | re.DOTALL,
)
_READ = {
    "YYYY": r"(?P<year>\d{1,4})",
    "RRRR": r"(?P<year>\d{1,4})",
    "YY": r"(?P<short>\d{1,2})",
    "RR": r"(?P<short>\d{1,2})",
    "MM": r"(?P<month>\d{1,2})",
    "MON": r"(?P<mon>[A-Za-z]{3})",
    "MONTH": r"(?P<mon>[A-Za-z]{3,9})\s*",
    "DD": r"(?P<day>\d{1,2})",
    "HH24": r"(?P<hour>\d{1,2})",
    "HH12": r"(?P<half>\d{1,2})",
    "HH": r"(?P<half>\d{1,2})",
    "MI": r"(?P<minute>\d{1,2})",
    "SS": r"(?P<second>\d{1,2})",
    "AM": r"(?P<noon>[AaPp][Mm])",
    "PM": r"(?P<noon>[AaPp][Mm])",
    "TZH": r"(?P<tzh>[+-]?\d{1,2})",
    "TZM": r"(?P<tzm>\d{2})",
    "TZR": r"(?P<tzr>[+-]\d{2}:\d{2})",
}


def _offset(moment: datetime) -> tuple[str, str]:
    minutes = int((moment.utcoffset() or timedelta()).total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}", f"{abs(minutes) % 60:02d}"


def format_datetime(moment: datetime, model: str) -> str:
    """Write a time by a format model; raises ORA-01821 for an element it does not know."""
    parts = []
    fill = True
    for element in _TOKEN.findall(model):
        key = element.upper()
        if element.startswith('"'):
            parts.append(element[1:-1])
        elif key == "FM":
            fill = not fill
        elif key == "FX":
            continue
        elif key.startswith("FF"):
            parts.append(f"{moment.microsecond:06d}000"[: int(key[2:] or 6)])
        elif key in _WRITE:
            parts.append(_shaped(_WRITE[key](moment), element, fill=fill))
        elif element.isalnum():
            raise OracleError(1821, "date format not recognized")
        else:
            parts.append(element)
    return "".join(parts)


def _shaped(text: str, element: str, *, fill: bool) -> str:
    if not fill:
        text = text.rstrip() if not text.strip().isdigit() else text.lstrip("0") or "0"
    if not text.strip().isalpha():
        return text
    return text.upper() if element[:2].isupper() else text if element[0].isupper() else text.lower()


def parse_datetime(text: str, model: str, today: datetime) -> datetime:
    """Read a time by a format model. Raises ORA-01821, 01830, 01840, 01843, 01847, 01861."""
    fields = _match(text, model)
    if "year" in fields:
        year = int(fields["year"])
    elif "short" in fields:
        year = int(fields["short"]) + (2000 if int(fields["short"]) < 50 else 1900)
    else:
        year = today.year
    month = _month(fields, today)
    day = int(fields.get("day", 1))
    hour = int(fields.get("hour", 0))
    if "half" in fields:
        hour = int(fields["half"]) % 12 + (12 if fields.get("noon", "AM").upper() == "PM" else 0)
    fraction = int(fields.get("fraction", "0").ljust(6, "0")[:6])
    try:
        return datetime(
            year, month, day, hour, int(fields.get("minute", 0)), int(fields.get("second", 0)), fraction, _zone(fields)
        )
    except ValueError as error:
        if "day" in str(error):
            raise OracleError(1847, "day of month must be between 1 and last day of month") from None
        raise OracleError(1850, "hour must be between 0 and 23") from None


def _match(text: str, model: str) -> dict[str, str]:
    pattern = ""
    for element in _TOKEN.findall(model):
        key = element.upper()
        if key in {"FM", "FX"}:
            continue
        if key.startswith("FF"):
            pattern += r"(?P<fraction>\d{1,9})"
        elif key in _READ:
            pattern += _READ[key]
        elif element.startswith('"'):
            pattern += re.escape(element[1:-1])
        elif element.isalnum():
            raise OracleError(1821, "date format not recognized")
        else:
            pattern += r"[-/,.;: ]?" if element in "-/,.;: " else re.escape(element)
    found = re.match(pattern, text.strip())
    if found is None:
        raise OracleError(1861, "literal does not match format string")
    if found.end() < len(text.strip()):
        raise OracleError(1830, "date format picture ends before converting entire input string")
    return {key: value for key, value in found.groupdict().items() if value is not None}


def _month(fields: dict[str, str], today: datetime) -> int:
    if "mon" in fields:
        for position, name in enumerate(_MONTHS, 1):
            if name[:3].upper() == fields["mon"][:3].upper():
                return position
        raise OracleError(1843, "not a valid month")
    month = int(fields.get("month", today.month))
    if not 1 <= month <= 12:
        raise OracleError(1843, "not a valid month")
    return month


def _zone(fields: dict[str, str]) -> timezone | None:
    if "tzr" in fields:
        hours, minutes = fields["tzr"].split(":")
    elif "tzh" in fields:
        hours, minutes = fields["tzh"], fields.get("tzm", "0")
    else:
        return None
    sign = -1 if hours.startswith("-") else 1
    return timezone(sign * timedelta(hours=abs(int(hours)), minutes=int(minutes)))


def format_number(value: int | Decimal, model: str) -> str:
    """Write a number by a model of 9 0 , . D G FM S MI X; `#` where it does not fit, as Oracle does.

    Raises ORA-01481.
    """
    upper = model.upper()
    fill = not upper.startswith("FM")
    picture = upper.removeprefix("FM")
    if re.fullmatch(r"0?X+", picture):
        text = format(int(value), "X").rjust(len(picture), "0" if picture[0] == "0" else " ")
        return text if fill else text.strip()
    signed = picture.startswith("S")
    picture = picture.removeprefix("S").replace("D", ".").replace("G", ",")
    if not re.fullmatch(r"[90,]*(\.[90]*)?", picture):
        raise OracleError(1481, "invalid number format model")
    whole, _, fraction = picture.partition(".")
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
    digits = f"{abs(rounded):f}"
    integer, _, decimals = digits.partition(".")
    room = whole.replace(",", "")
    body = _group("" if integer == "0" and "0" not in room and fraction else integer, whole)
    if len(integer) > len(room):
        return "#" * (len(model) + 1)
    text = body + ("." + (decimals if fill else decimals.rstrip("0")) if fraction else "")
    sign = "-" if rounded < 0 else "+" if signed else " " if fill else ""
    return (sign + text).rjust(len(picture) + 1) if fill else sign + text


def _group(integer: str, whole: str) -> str:
    """Lay the digits into the picture from the right; a 0 in the picture fills up."""
    digits = list(integer)
    needed = len(whole.replace(",", "")) - whole.replace(",", "").find("0") if "0" in whole else 0
    digits = ["0"] * (needed - len(digits)) + digits
    out: list[str] = []
    for mark in reversed(whole):
        if not digits:
            break
        out.append("," if mark == "," else digits.pop())
    return "".join(reversed(out))
