# SPDX-License-Identifier: GPL-3.0-or-later
"""Single-row functions of SQL and PL/SQL, over Python values. NULL is None, and so is an empty string."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Protocol

from rehearsal.contract import Column, OracleError
from rehearsal.engine.datatypes import (
    BFILE,
    DATE,
    NUMBER,
    RAW,
    TEXT,
    TIMESTAMP,
    TIMESTAMP_TZ,
    PlValue,
    number,
    number_text,
)
from rehearsal.engine.lobs import DirectoryFile, read_text

from .formats import format_datetime, format_number, parse_datetime

if TYPE_CHECKING:
    from collections.abc import Callable


class Environment(Protocol):
    """What functions may ask of the session."""

    user: str
    nls: dict[str, str]

    def now(self) -> datetime:
        """Return the server's time, with its offset."""
        ...

    def session_time(self) -> datetime:
        """Return the time in the session's zone."""
        ...

    def context(self, namespace: str, parameter: str) -> str | None:
        """Return SYS_CONTEXT."""
        ...

    def scn_at(self, moment: datetime) -> int:
        """Return the SCN of a moment."""
        ...

    def time_of(self, scn: int) -> datetime:
        """Return the time of an SCN."""
        ...

    def bfile(self, directory: str, name: str) -> DirectoryFile:
        """Return a BFILE locator."""
        ...

    def new_guid(self) -> bytes:
        """Return 16 bytes."""
        ...


FIRST_ARGUMENT = None
"""Result type of a function that returns what it was given."""


@dataclass(frozen=True)
class Builtin:
    """A function: how many arguments it takes, the type it gives, what it does.

    `result` None stands for the type of the first argument that has one.
    """

    least: int
    most: int
    result: Column | None
    run: Callable[..., PlValue]
    strict: bool = True
    """NULL in, NULL out, without asking `run`."""


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
    last = _month_end(first)
    if value.day == _month_end(value).day:
        return last
    return first.replace(day=min(value.day, last.day))


def _month_end(moment: datetime) -> datetime:
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


def _nvl(_env: Environment, value: PlValue, other: PlValue) -> PlValue:
    return other if value is None else value


def _nvl2(_env: Environment, value: PlValue, some: PlValue, none: PlValue) -> PlValue:
    return none if value is None else some


def _coalesce(_env: Environment, *values: PlValue) -> PlValue:
    return next((value for value in values if value is not None), None)


BUILTINS: dict[str, Builtin] = {
    "NVL": Builtin(2, 2, FIRST_ARGUMENT, _nvl, strict=False),
    "NVL2": Builtin(3, 3, FIRST_ARGUMENT, _nvl2, strict=False),
    "COALESCE": Builtin(2, 99, FIRST_ARGUMENT, _coalesce, strict=False),
    "NULLIF": Builtin(2, 2, FIRST_ARGUMENT, lambda _e, a, b: None if a == b else a, strict=False),
    "DECODE": Builtin(3, 255, TEXT, decode, strict=False),
    "TO_CHAR": Builtin(1, 3, TEXT, to_char),
    "TO_CLOB": Builtin(1, 1, TEXT, to_char),
    "TO_DATE": Builtin(1, 3, DATE, to_date),
    "TO_TIMESTAMP": Builtin(1, 3, TIMESTAMP, to_timestamp),
    "TO_TIMESTAMP_TZ": Builtin(1, 3, TIMESTAMP_TZ, to_timestamp),
    "TO_NUMBER": Builtin(1, 3, NUMBER, to_number),
    "UPPER": Builtin(1, 1, TEXT, lambda _e, v: text(v).upper()),
    "LOWER": Builtin(1, 1, TEXT, lambda _e, v: text(v).lower()),
    "INITCAP": Builtin(1, 1, TEXT, lambda _e, v: text(v).title()),
    "SUBSTR": Builtin(2, 3, TEXT, substr),
    "INSTR": Builtin(2, 4, NUMBER, instr),
    "LENGTH": Builtin(1, 1, NUMBER, lambda _e, v: len(text(v))),
    "LENGTHB": Builtin(1, 1, NUMBER, lambda _e, v: len(text(v).encode())),
    "TRIM": Builtin(1, 1, TEXT, lambda _e, v: text(v).strip(" ")),
    "LTRIM": Builtin(1, 2, TEXT, lambda _e, v, s=" ": text(v).lstrip(text(s))),
    "RTRIM": Builtin(1, 2, TEXT, lambda _e, v, s=" ": text(v).rstrip(text(s))),
    "LPAD": Builtin(2, 3, TEXT, lambda _e, v, n, s=" ": pad(v, n, s, left=True)),
    "RPAD": Builtin(2, 3, TEXT, lambda _e, v, n, s=" ": pad(v, n, s, left=False)),
    "REPLACE": Builtin(
        2, 3, TEXT, lambda _e, v, a, b=None: v if a is None else text(v).replace(text(a), text(b or "")), strict=False
    ),
    "TRANSLATE": Builtin(
        3,
        3,
        TEXT,
        lambda _e, v, a, b: text(v).translate({ord(x): (b[i] if i < len(b) else None) for i, x in enumerate(a)}),
    ),
    "CHR": Builtin(1, 1, TEXT, chr_),
    "ASCII": Builtin(1, 1, NUMBER, lambda _e, v: ord(text(v)[0])),
    "CONCAT": Builtin(
        2,
        2,
        TEXT,
        lambda _e, a, b: (text(a) if a is not None else "") + (text(b) if b is not None else ""),
        strict=False,
    ),
    "ABS": Builtin(1, 1, NUMBER, lambda _e, v: abs(number(v))),
    "SIGN": Builtin(1, 1, NUMBER, lambda _e, v: (number(v) > 0) - (number(v) < 0)),
    "CEIL": Builtin(1, 1, NUMBER, lambda _e, v: math.ceil(number(v))),
    "FLOOR": Builtin(1, 1, NUMBER, lambda _e, v: int(Decimal(number(v)).to_integral_value(ROUND_FLOOR))),
    "SQRT": Builtin(1, 1, NUMBER, lambda _e, v: number(math.sqrt(number(v)))),
    "POWER": Builtin(2, 2, NUMBER, lambda _e, a, b: number(Decimal(number(a)) ** Decimal(number(b)))),
    "MOD": Builtin(2, 2, NUMBER, mod),
    "ROUND": Builtin(1, 2, FIRST_ARGUMENT, round_),
    "TRUNC": Builtin(1, 2, FIRST_ARGUMENT, trunc),
    "BITAND": Builtin(2, 2, NUMBER, lambda _e, a, b: int(number(a)) & int(number(b))),
    "GREATEST": Builtin(1, 99, FIRST_ARGUMENT, extreme(max)),
    "LEAST": Builtin(1, 99, FIRST_ARGUMENT, extreme(min)),
    "RAWTOHEX": Builtin(
        1, 1, TEXT, lambda _e, v: v.hex().upper() if isinstance(v, bytes) else text(v).encode().hex().upper()
    ),
    "HEXTORAW": Builtin(1, 1, RAW, hex_to_raw),
    "ADD_MONTHS": Builtin(2, 2, DATE, months_added),
    "LAST_DAY": Builtin(1, 1, DATE, lambda _e, v: _month_end(v)),
    "SYS_CONTEXT": Builtin(2, 3, TEXT, sys_context),
    "SYS_GUID": Builtin(0, 0, RAW, lambda env: env.new_guid()),
    "USER": Builtin(0, 0, TEXT, lambda env: env.user),
    "SYSDATE": Builtin(0, 0, DATE, lambda env: env.now().replace(microsecond=0, tzinfo=None)),
    "CURRENT_DATE": Builtin(0, 0, DATE, lambda env: env.session_time().replace(microsecond=0, tzinfo=None)),
    "SYSTIMESTAMP": Builtin(0, 0, TIMESTAMP_TZ, lambda env: env.now()),
    "CURRENT_TIMESTAMP": Builtin(0, 0, TIMESTAMP_TZ, lambda env: env.session_time()),
    "LOCALTIMESTAMP": Builtin(0, 0, TIMESTAMP, lambda env: env.session_time().replace(tzinfo=None)),
    "SESSIONTIMEZONE": Builtin(0, 0, TEXT, lambda env: format_datetime(env.session_time(), "TZH:TZM")),
    "DBTIMEZONE": Builtin(0, 0, TEXT, lambda _env: "+00:00"),
    "TIMESTAMP_TO_SCN": Builtin(
        1, 1, NUMBER, lambda env, v: env.scn_at(v if v.tzinfo else v.replace(tzinfo=env.now().tzinfo))
    ),
    "SCN_TO_TIMESTAMP": Builtin(1, 1, TIMESTAMP, lambda env, v: env.time_of(int(number(v))).replace(tzinfo=None)),
    "DIVIDE": Builtin(2, 2, NUMBER, divide),
    "DAYS_BETWEEN": Builtin(2, 2, NUMBER, days_between),
    "ADD_DAYS": Builtin(2, 2, DATE, add_days),
    "ADD_WHOLE_SECONDS": Builtin(2, 2, DATE, add_whole_seconds),
    "BFILENAME": Builtin(2, 2, BFILE, lambda env, d, f: env.bfile(text(d or ""), text(f or "")), strict=False),
}

WITHOUT_PARENTHESES = {
    "USER", "SYSDATE", "CURRENT_DATE", "SYSTIMESTAMP", "CURRENT_TIMESTAMP", "LOCALTIMESTAMP",
    "SESSIONTIMEZONE", "DBTIMEZONE",
}  # fmt: skip


def call_builtin(env: Environment, name: str, values: list[PlValue]) -> PlValue:
    """Run a built-in; the count of arguments was checked when the statement was compiled."""
    builtin = BUILTINS[name]
    if builtin.strict and any(value is None for value in values):
        return None
    result = builtin.run(env, *values)
    return None if result == "" else result
