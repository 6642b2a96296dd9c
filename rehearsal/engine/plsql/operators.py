# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators over PL/SQL values, with NULL logic."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from rehearsal.contract import OracleError
from rehearsal.engine.datatypes import PlValue, number
from rehearsal.engine.functions.environment import Environment
from rehearsal.engine.functions.scalars import implicit_text, text, to_date


def both(left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001  # NULL logic is about such values
    """AND."""
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def either(left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001  # NULL logic is about such values
    """OR."""
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


def compare(env: Environment, operator: str, left: PlValue, right: PlValue) -> bool | None:
    """Compare two values; text is converted to the other side's type."""
    if left is None or right is None:
        return None
    one, two = _alike(env, left, right)
    checks: dict[str, Callable[[], bool]] = {
        "=": lambda: bool(one == two),
        "<>": lambda: bool(one != two),
        "!=": lambda: bool(one != two),
        "^=": lambda: bool(one != two),
        "<": lambda: bool(one < two),
        "<=": lambda: bool(one <= two),
        ">": lambda: bool(one > two),
        ">=": lambda: bool(one >= two),
    }
    return checks[operator]()


def _alike(env: Environment, left: PlValue, right: PlValue) -> tuple[PlValue, PlValue]:
    if isinstance(left, bool) or isinstance(right, bool):
        return left, right
    if isinstance(left, int | float | Decimal) or isinstance(right, int | float | Decimal):
        return _number(left), _number(right)
    if isinstance(left, datetime) or isinstance(right, datetime):
        one = left if isinstance(left, datetime) else to_date(env, left)
        two = right if isinstance(right, datetime) else to_date(env, right)
        if one.tzinfo and two.tzinfo:
            return one, two
        return one.replace(tzinfo=None), two.replace(tzinfo=None)
    if isinstance(left, bytes) and isinstance(right, bytes):
        return left, right
    return text(left), text(right)


def arithmetic(operator: str, left: PlValue, right: PlValue) -> PlValue:
    """`+ - * / **` over numbers, and over dates and days. Raises ORA-01476, ORA-06502."""
    if left is None or right is None:
        return None
    if isinstance(left, datetime) or isinstance(right, datetime):
        return _time_arithmetic(operator, left, right)
    one, two = _number(left), _number(right)
    if operator == "/":
        if two == 0:
            raise OracleError(1476, "divisor is equal to zero")
        return number(Decimal(one) / Decimal(two))
    if operator == "**":
        return number(Decimal(one) ** Decimal(two))
    results: dict[str, Callable[[], PlValue]] = {"+": lambda: one + two, "-": lambda: one - two, "*": lambda: one * two}
    return number(results[operator]())


def _time_arithmetic(operator: str, left: PlValue, right: PlValue) -> PlValue:
    if isinstance(left, datetime) and isinstance(right, datetime):
        if left.tzinfo is None or right.tzinfo is None:
            left, right = left.replace(tzinfo=None), right.replace(tzinfo=None)
        return number(Decimal(repr((left - right).total_seconds())) / 86400)
    if isinstance(left, datetime):
        days = timedelta(days=float(_number(right)))
        return left - days if operator == "-" else left + days
    return right + timedelta(days=float(_number(left)))


def _number(value: PlValue) -> int | Decimal:
    try:
        return number(value if isinstance(value, int | float | Decimal) else text(value))
    except OracleError:
        raise OracleError(6502, "PL/SQL: numeric or value error: character to number conversion error") from None


def concat(env: Environment, left: PlValue, right: PlValue) -> str | None:
    """`||`: NULL is the empty string."""
    parts = [implicit_text(env, value) for value in (left, right) if value is not None]
    return "".join(parts) or None


def like(value: PlValue, pattern: PlValue, escape: PlValue) -> bool | None:
    """LIKE with % and _."""
    if value is None or pattern is None:
        return None
    out, marks = "", iter(text(pattern))
    for mark in marks:
        if mark == escape:
            out += re.escape(next(marks, ""))
        else:
            out += {"%": ".*", "_": "."}.get(mark, re.escape(mark))
    return re.fullmatch(out, text(value), re.DOTALL) is not None
