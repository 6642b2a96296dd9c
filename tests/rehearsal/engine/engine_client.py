# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the engine without a wire."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.contract import BindType, OracleError, OraType, Outcome, Session
from rehearsal.engine import DatabaseSpec

if TYPE_CHECKING:
    pass

RESIDENTS = 40
SERVICE = "gladi"
USER = "SIAK_BACKUP"
SPEC = DatabaseSpec(SERVICE, RESIDENTS, "gladi-saja")

NUMBER = BindType(OraType.NUMBER, 22)
TEXT = BindType(OraType.VARCHAR2, 4000)
CLOB = BindType(OraType.CLOB, 4000)
CURSOR = BindType(OraType.CURSOR, 0)
_TYPES = {
    int: NUMBER,
    float: NUMBER,
    bytes: BindType(OraType.RAW, 32767),
    datetime: BindType(OraType.DATE, 7),
    str: TEXT,
    type(None): TEXT,
}


def moment(*parts: int) -> datetime:
    """A DATE: Oracle's have no zone."""
    return datetime(*parts)  # noqa: DTZ001


@dataclass
class Client:
    """Sends statements as the wire would: describe, then execute."""

    session: Session

    def run(self, sql: str, *values: Any, types: dict[int, BindType] | None = None) -> Outcome:
        statement = self.session.prepare(sql)
        binds = [_TYPES[type(value)] for value in values]
        for place, type_ in (types or {}).items():
            binds[place] = type_
        self.session.describe(statement, binds)
        return self.session.execute(statement, binds, [values], threading.Event())

    def exhaust(self, sql: str, *values: Any) -> None:
        """Run and fetch everything, for the errors of it."""
        result = self.run(sql, *values).result
        list(result.rows if result else ())

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        result = self.run(sql, *values).result
        assert result is not None
        return list(result.rows)

    def value(self, sql: str, *values: Any) -> Any:
        ((value,),) = self.rows(sql, *values)
        return value

    def out(self, block: str, *values: Any, types: dict[int, BindType] | None = None) -> tuple[Any, ...]:
        return tuple(self.run(block, *values, types=types).out)

    def evaluate(self, expression: str, type_: BindType = TEXT) -> Any:
        """Evaluate a PL/SQL expression."""
        return self.out(f"BEGIN :result := {expression}; END;", None, types={0: type_})[0]

    def fails(self, code: int, sql: str, *values: Any, match: str = "") -> OracleError:
        with pytest.raises(OracleError) as caught:
            self.exhaust(sql, *values)
        assert caught.value.code == code, str(caught.value)
        assert match in str(caught.value)
        return caught.value
