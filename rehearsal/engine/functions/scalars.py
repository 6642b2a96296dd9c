# SPDX-License-Identifier: GPL-3.0-or-later
"""The code of single-row functions over Python values."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.engine.datatypes import PlValue, number, number_text
from rehearsal.engine.lobs import read_text

from .formats import format_datetime, format_number, parse_datetime

if TYPE_CHECKING:
    from collections.abc import Callable

    from .environment import Environment


def text(value: PlValue) -> str:
    """Convert implicitly to VARCHAR2 as `||` does."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, bool):
        raise OracleError(6502, "PL/SQL: numeric or value error")
    if isinstance(value, int | float | Decimal):
        return number_text(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return read_text(value)


def implicit_text(env: Environment, value: PlValue) -> str:
    """Convert to VARCHAR2 with the session's date format."""
    return to_char(env, value) or ""


def to_char(env: Environment, value: PlValue, model: str | None = None, _nls: str | None = None) -> str:
    """TO_CHAR of a date, number or text."""
    if isinstance(value, datetime):
        if model is None:
            with_time = value.microsecond or value.tzinfo
            model = env.nls["NLS_TIMESTAMP_FORMAT" if with_time else "NLS_DATE_FORMAT"]
        return format_datetime(value, model)
    if model is not None and not isinstance(value, str):
        return format_number(number(value), model)
    return text(value)


def to_date(env: Environment, value: PlValue, model: str | None = None, _nls: str | None = None) -> datetime:
    """TO_DATE; a date passes unchanged."""
    if isinstance(value, datetime):
        return value.replace(microsecond=0, tzinfo=None)
    return parse_datetime(text(value), model or env.nls["NLS_DATE_FORMAT"], env.now()).replace(tzinfo=None)


def to_timestamp(env: Environment, value: PlValue, model: str | None = None, _nls: str | None = None) -> datetime:
    """TO_TIMESTAMP and TO_TIMESTAMP_TZ."""
    if isinstance(value, datetime):
        return value
    return parse_datetime(text(value), model or env.nls["NLS_TIMESTAMP_FORMAT"], env.now())


def to_number(_env: Environment, value: PlValue, model: str | None = None, _nls: str | None = None) -> int | Decimal:
    """TO_NUMBER; a model of X reads hexadecimal, others only drop the group marks."""
    if model is not None:
        if set(model.upper()) <= set("X"):
            try:
                return int(text(value), 16)
            except ValueError:
                raise OracleError(1722, "invalid number") from None
        return number(text(value).replace(",", ""))
    return number(value)


def substr(_env: Environment, value: PlValue, position: PlValue, length: PlValue = 2**31) -> PlValue:
    """SUBSTR: 0 counts as 1, a negative position counts from the end."""
    whole = text(value)
    start = int(position)
    start = start - 1 if start > 0 else len(whole) + start if start < 0 else 0
    if start < 0 or length is None or length < 1:
        return None
    return whole[start : start + int(length)] or None


def instr(_env: Environment, value: PlValue, sought: PlValue, position: PlValue = 1, occurrence: PlValue = 1) -> int:
    """INSTR with its four arguments."""
    whole, part, start = text(value), text(sought), int(position)
    found = -1
    if start < 0:
        end = len(whole) + start + len(part)
        for _ in range(int(occurrence)):
            found = whole.rfind(part, 0, max(end, 0))
            end = found + len(part) - 1
        return found + 1
    found = start - 2
    for _ in range(int(occurrence)):
        found = whole.find(part, found + 1)
        if found < 0:
            break
    return found + 1


def pad(value: PlValue, length: PlValue, fill: PlValue, *, left: bool) -> str | None:
    """LPAD and RPAD: cut when too long."""
    whole, size = text(value), int(length)
    if size < 1:
        return None
    missing = size - len(whole)
    if missing <= 0:
        return whole[:size]
    padding = (text(fill) * missing)[:missing]
    return padding + whole if left else whole + padding


def round_(_env: Environment, value: PlValue, digits: PlValue = 0) -> PlValue:
    """ROUND of a number (half away from zero) or of a date (to its day)."""
    if isinstance(value, datetime):
        return (value + timedelta(hours=12)).replace(hour=0, minute=0, second=0, microsecond=0)
    return number(Decimal(number(value)).quantize(Decimal(1).scaleb(-int(digits)), ROUND_HALF_UP))


def trunc(_env: Environment, value: PlValue, what: PlValue = None) -> PlValue:
    """TRUNC of a number to digits, or of a date to a unit."""
    if not isinstance(value, datetime):
        scale = Decimal(10) ** int(what or 0)
        return number(Decimal(int(Decimal(number(value)) * scale)) / scale)
    moment = value.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    unit = str(what or "DD").upper()
    if unit in {"DD", "DDD", "J"}:
        return moment
    if unit in {"MM", "MON", "MONTH"}:
        return moment.replace(day=1)
    if unit in {"YYYY", "YEAR", "YY", "Y"}:
        return moment.replace(month=1, day=1)
    if unit in {"HH", "HH24", "MI"}:
        return value.replace(minute=value.minute if unit == "MI" else 0, second=0, microsecond=0, tzinfo=None)
    raise OracleError(1898, "too many precision specifiers")


def mod(_env: Environment, value: PlValue, divisor: PlValue) -> int | Decimal:
    """MOD with the sign of the dividend; MOD(n, 0) is n."""
    left, right = number(value), number(divisor)
    return left if right == 0 else number(Decimal(left) - Decimal(right) * int(Decimal(left) / Decimal(right)))


def decode(_env: Environment, value: PlValue, *pairs: PlValue) -> PlValue:
    """DECODE: NULL equals NULL here."""
    for index in range(0, len(pairs) - 1, 2):
        if value == pairs[index] or (value is not None and text(value) == (pairs[index] and text(pairs[index]))):
            return pairs[index + 1]
    return pairs[-1] if len(pairs) % 2 else None


def extreme(choose: Callable[..., PlValue]) -> Callable[..., PlValue]:
    """GREATEST or LEAST: NULL if any argument is."""

    def run(_env: Environment, *values: PlValue) -> PlValue:
        return choose(number(v) if isinstance(v, int | float | Decimal) else v for v in values)

    return run


def sys_context(env: Environment, namespace: PlValue, parameter: PlValue, _length: PlValue = None) -> str | None:
    """SYS_CONTEXT; ORA-02003 for an unknown USERENV parameter."""
    return env.context(text(namespace).upper(), text(parameter).upper())


def chr_(_env: Environment, code: PlValue) -> str:
    """CHR of a code point."""
    return chr(int(code))


def months_added(_env: Environment, value: datetime, months: PlValue) -> datetime:
    """ADD_MONTHS: the last day stays the last day."""
    index = value.year * 12 + value.month - 1 + int(months)
    first = value.replace(year=index // 12, month=index % 12 + 1, day=1)
    last = month_end(first)
    if value.day == month_end(value).day:
        return last
    return first.replace(day=min(value.day, last.day))


def month_end(moment: datetime) -> datetime:
    """Return the last day of the month, at the same time of day."""
    following = moment.replace(day=28) + timedelta(days=4)
    return following - timedelta(days=following.day)


def hex_to_raw(_env: Environment, value: PlValue) -> bytes:
    """HEXTORAW; raises ORA-01465."""
    if isinstance(value, bytes):
        return value
    try:
        return bytes.fromhex(text(value).rjust(len(text(value)) + len(text(value)) % 2, "0"))
    except ValueError:
        raise OracleError(1465, "invalid hex number") from None


def divide(_env: Environment, dividend: PlValue, divisor: PlValue) -> int | Decimal:
    """The operator `/`; raises ORA-01476."""
    if number(divisor) == 0:
        raise OracleError(1476, "divisor is equal to zero")
    return number(Decimal(number(dividend)) / Decimal(number(divisor)))


def days_between(_env: Environment, later: datetime, earlier: datetime) -> int | Decimal:
    """Date minus date: days, with a fraction."""
    return number(Decimal(int((later - earlier).total_seconds())) / 86400)


def add_days(_env: Environment, moment: datetime, days: PlValue) -> datetime:
    """Time plus an interval."""
    return moment + timedelta(days=float(days))


def add_whole_seconds(_env: Environment, moment: datetime, days: PlValue) -> datetime:
    """Date plus a number of days: a DATE keeps whole seconds and no zone."""
    seconds = round(float(days) * 86400)
    return moment.replace(microsecond=0, tzinfo=None) + timedelta(seconds=seconds)


def nvl(_env: Environment, value: PlValue, other: PlValue) -> PlValue:
    """NVL."""
    return other if value is None else value


def nvl2(_env: Environment, value: PlValue, some: PlValue, none: PlValue) -> PlValue:
    """NVL2."""
    return none if value is None else some


def coalesce(_env: Environment, *values: PlValue) -> PlValue:
    """COALESCE: the first that is not NULL."""
    return next((value for value in values if value is not None), None)
