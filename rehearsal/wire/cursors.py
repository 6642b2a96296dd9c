# SPDX-License-Identifier: GPL-3.0-or-later
"""The cursors of a session: statements and result sets that a client names by number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..contract import BindType, Column, Kind, OracleError, ResultSet, Statement, Value
from .binds import BindLayout

MOST_OPEN_CURSORS = 300
"""Announced to the client as AUTH_MAX_OPEN_CURSORS."""


@dataclass
class Cursor:
    """A statement that may be executed again, with its last result set; a REF CURSOR has no statement."""

    number: int
    statement: Statement | None = None
    types: tuple[BindType, ...] = ()
    defines: tuple[BindType, ...] = ()
    columns: tuple[Column, ...] = ()
    fetched: int = 0
    _rows: Iterator[tuple[Value, ...]] = field(default_factory=lambda: iter(()))

    @property
    def is_plsql(self) -> bool:
        """Whether its binds travel as PL/SQL's do."""
        return self.statement is not None and self.statement.kind is Kind.PLSQL

    def layout(self) -> BindLayout:
        """Return how the bind rows of a re-execution lie."""
        if self.statement is None or len(self.types) != len(self.statement.directions):
            return BindLayout(self.types, self.is_plsql)
        return BindLayout(self.types, self.is_plsql, tuple(self.statement.directions) if self.is_plsql else ())

    def open(self, result: ResultSet) -> None:
        """Begin to serve a result set."""
        self.close_rows()
        self.columns = result.columns
        self._rows = iter(result.rows)
        self.fetched = 0

    def next_row(self) -> tuple[Value, ...] | None:
        """Return the next row, or None at the end."""
        row = next(self._rows, None)
        self.fetched += row is not None
        return row

    def close_rows(self) -> None:
        """Let go of the result set; a generator behind it ends now rather than with the garbage."""
        close = getattr(self._rows, "close", None)
        self._rows = iter(())
        if close is not None:
            close()


class CursorTable:
    """Open cursors by number."""

    def __init__(self) -> None:
        self._cursors: dict[int, Cursor] = {}
        self._last = 0

    def open(self, statement: Statement | None = None) -> Cursor:
        """Make a new cursor; raises ORA-01000 when the client holds too many."""
        if len(self._cursors) >= MOST_OPEN_CURSORS:
            raise OracleError(1000, "maximum open cursors exceeded")
        self._last += 1
        cursor = self._cursors[self._last] = Cursor(self._last, statement)
        return cursor

    def get(self, number: int) -> Cursor:
        """Return an open cursor; raises ORA-01001 for any other number."""
        try:
            return self._cursors[number]
        except KeyError:
            raise OracleError(1001, "invalid cursor") from None

    def layout(self, number: int) -> BindLayout:
        """Return a cursor's bind layout, an empty one if there is no such cursor."""
        cursor = self._cursors.get(number)
        return cursor.layout() if cursor else BindLayout()

    def close(self, numbers: Iterable[int]) -> None:
        """Close cursors; the client may name one that an error has closed before."""
        for number in numbers:
            if cursor := self._cursors.pop(number, None):
                cursor.close_rows()

    def close_all(self) -> None:
        """Close every cursor."""
        self.close(tuple(self._cursors))
