# SPDX-License-Identifier: GPL-3.0-or-later
"""Implicit conversions between numbers, text and times, as Oracle makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.contract import Column, OracleError, OraType
from rehearsal.engine.datatypes import DATE, NUMBER, NUMERIC_TYPES, TEXT, TEXT_TYPES, TIME_TYPES

from .scope import Fragment

if TYPE_CHECKING:
    from .scope import Surroundings

NULL = Column("", OraType.VARCHAR2, size=0)
"""The type of a bare NULL, which fits every other."""


class Conversions:
    """Converts translated expressions of one statement."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def comparable(self, left: Fragment, right: Fragment) -> tuple[str, str]:
        """Convert text as Oracle does before it compares with a number or a time."""
        one, two = left.type.type, right.type.type
        if one in NUMERIC_TYPES and two in TEXT_TYPES:
            return left.sql, self.number(right)
        if two in NUMERIC_TYPES and one in TEXT_TYPES:
            return self.number(left), right.sql
        if one in TIME_TYPES and two in TEXT_TYPES:
            return left.sql, self.time(right)
        if two in TIME_TYPES and one in TEXT_TYPES:
            return self.time(left), right.sql
        if (one in TIME_TYPES) != (two in TIME_TYPES):
            raise OracleError(932, "inconsistent datatypes: expected DATE got NUMBER")
        return left.sql, right.sql

    def number(self, value: Fragment) -> str:
        """Return the value as a number; text is converted. Raises ORA-00932."""
        if value.type.type in NUMERIC_TYPES or value.type is NULL:
            return value.sql
        if value.type.type not in TEXT_TYPES:
            raise OracleError(932, f"inconsistent datatypes: expected NUMBER got {value.type.type.name}")
        return f"{self._around.builtin('TO_NUMBER', (TEXT,))}({value.sql})"

    def time(self, value: Fragment) -> str:
        """Return the value as a date; text is converted by NLS_DATE_FORMAT."""
        return value.sql if value.type is NULL else f"{self._around.builtin('TO_DATE', (TEXT,))}({value.sql})"

    def text(self, value: Fragment) -> str:
        """Return the value as text."""
        if value.type.type in TEXT_TYPES:
            return value.sql
        return f"{self._around.builtin('TO_CHAR', (value.type,))}({value.sql})"

    def time_arithmetic(self, left: Fragment, operator: str, right: Fragment, *, interval: bool) -> Fragment:
        """Translate date plus or minus days, and date minus date. Raises ORA-30081."""
        both = left.type.type in TIME_TYPES and right.type.type in TIME_TYPES
        if both and operator == "-" and left.type.type is right.type.type is OraType.DATE:
            return Fragment(f"{self._around.builtin('DAYS_BETWEEN', (DATE, DATE))}({left.sql}, {right.sql})", NUMBER)
        if both or operator not in {"+", "-"} or (operator == "-" and right.type.type in TIME_TYPES):
            raise OracleError(30081, "invalid data type for datetime/interval arithmetic")
        moment, days = (left, right) if left.type.type in TIME_TYPES else (right, left)
        kind = moment.type if interval else DATE
        name = "ADD_DAYS" if interval else "ADD_WHOLE_SECONDS"
        function = self._around.builtin(name, (moment.type, NUMBER))
        return Fragment(f"{function}({moment.sql}, {'-' if operator == '-' else ''}{self.number(days)})", kind)
