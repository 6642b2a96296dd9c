# SPDX-License-Identifier: GPL-3.0-or-later
"""Executing statements and fetching their rows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from ..contract import BindType, Direction, Kind, OracleError, OraType, ResultSet, Session, Statement, Value
from .binds import CursorNumber, RawRow, RawValue
from .codec import FieldWriter
from .cursors import Cursor, CursorTable
from .locators import LobTable
from .messages import NO_DATA_FOUND, write_describe, write_error, write_io_vector
from .outputs import OutputWriter
from .requests import Execute, Fetch, Option
from .values import LOB_TYPES, decode_scalar

FULL_RESPONSE_BYTES = 32 * 1024 * 1024
"""A fetch stops early beyond this; the client asks again for the rest."""
DEFINED_TYPES = frozenset({OraType.CLOB, OraType.BLOB})
"""Before it fetches these the client says whether it wants locators or contents."""

BindRow: TypeAlias = list[Value | list[Value]]


class StatementCalls:
    """Performs the execute and fetch calls of one session."""

    def __init__(
        self, session: Session, cursors: CursorTable, lobs: LobTable, field_version: int, status: Callable[[], int]
    ) -> None:
        self._session = session
        self._cursors = cursors
        self._lobs = lobs
        self._field_version = field_version
        self._status = status
        self._outputs = OutputWriter(lobs, cursors, field_version)

    def fetch(self, call: Fetch, cancelled: threading.Event) -> FieldWriter:
        """Return the next rows of an open cursor."""
        cursor = self._cursors.get(call.cursor_id)
        out = FieldWriter()
        try:
            self._write_rows(out, cursor, call.rows, cancelled)
        except BaseException:
            cursor.close_rows()
            raise
        return out

    def execute(self, call: Execute, cancelled: threading.Event) -> FieldWriter:
        """Describe, define, execute and fetch, as the call's options say."""
        cursor = self._cursor(call)
        out = FieldWriter()
        try:
            if call.options & Option.DESCRIBE_ONLY:
                self._describe(out, cursor)
            elif cursor.statement is not None and call.options & Option.EXECUTE:
                self._run(out, cursor, cursor.statement, call, cancelled)
            else:
                self._define_and_fetch(out, cursor, call, cancelled)
        except BaseException:
            if call.cursor_id:
                cursor.close_rows()
            else:
                self._cursors.close((cursor.number,))
            raise
        return out

    def _cursor(self, call: Execute) -> Cursor:
        if call.sql is None:
            cursor = self._cursors.get(call.cursor_id)
            cursor.types = call.types or cursor.types
            return cursor
        statement = self._session.prepare(call.sql)
        cursor = self._cursors.get(call.cursor_id) if call.cursor_id else self._cursors.open()
        cursor.statement, cursor.types, cursor.defines, cursor.columns = statement, call.types, (), ()
        return cursor

    def _describe(self, out: FieldWriter, cursor: Cursor) -> None:
        if cursor.statement is not None and cursor.statement.kind is Kind.QUERY:
            cursor.columns = self._session.describe(cursor.statement, cursor.types)
            write_describe(out, cursor.columns, self._field_version)
        write_error(out, self._status(), cursor_id=cursor.number)

    def _define_and_fetch(self, out: FieldWriter, cursor: Cursor, call: Execute, cancelled: threading.Event) -> None:
        if call.options & Option.DEFINE:
            if len(call.defines) != len(cursor.columns):
                raise OracleError(1007, "variable not in select list")
            cursor.defines = call.defines
        # of a REF CURSOR the client expects the first rows with this answer, of a query it does not
        wants_rows = call.options & Option.FETCH or cursor.statement is None
        self._write_rows(out, cursor, call.fetch_rows if wants_rows else 0, cancelled)

    def _run(
        self, out: FieldWriter, cursor: Cursor, statement: Statement, call: Execute, cancelled: threading.Event
    ) -> None:
        if len(cursor.types) != len(statement.binds):
            raise OracleError(1008, "not all variables bound")
        rows = [self._decode_row(cursor.types, row) for row in call.rows]
        if statement.kind is Kind.PLSQL:
            self._cursors.close(_cursors_to_open(call.rows))
            row_count = self._run_block(out, cursor.types, statement, rows, cancelled)
        else:
            outcome = self._session.execute(statement, cursor.types, rows, cancelled)
            if outcome.result is not None:
                self._open(out, cursor, outcome.result)
                wanted = call.fetch_rows if call.options & Option.FETCH and not _needs_define(cursor) else 0
                self._write_rows(out, cursor, wanted, cancelled)
                return
            row_count = outcome.row_count
        if call.options & Option.COMMIT:
            self._session.commit()
        write_error(out, self._status(), cursor_id=cursor.number, row_count=row_count)

    def _run_block(
        self,
        out: FieldWriter,
        types: Sequence[BindType],
        statement: Statement,
        rows: Sequence[BindRow],
        cancelled: threading.Event,
    ) -> int:
        """Execute PL/SQL; one that gives values back runs row by row, as each row has its own."""
        if types:
            write_io_vector(out, statement.directions)
        if all(direction is Direction.IN for direction in statement.directions):
            return self._session.execute(statement, types, rows, cancelled).row_count
        row_count = 0
        for row in rows:
            outcome = self._session.execute(statement, types, [row], cancelled)
            self._outputs.binds(out, types, statement.directions, outcome.out)
            row_count += outcome.row_count
        return row_count

    def _open(self, out: FieldWriter, cursor: Cursor, result: ResultSet) -> None:
        """Begin to serve a result set, described unless the client knows its columns from before."""
        known = cursor.columns == result.columns
        cursor.open(result)
        if not known:
            cursor.defines = ()
            write_describe(out, cursor.columns, self._field_version)

    def _write_rows(self, out: FieldWriter, cursor: Cursor, wanted: int, cancelled: threading.Event) -> None:
        ending = None
        for _ in range(wanted):
            if cancelled.is_set():
                raise OracleError(1013, "user requested cancel of current operation")
            if len(out) > FULL_RESPONSE_BYTES:
                break
            row = cursor.next_row()
            if row is None:
                ending = NO_DATA_FOUND
                break
            self._outputs.row(out, cursor, row)
        write_error(out, self._status(), error=ending, cursor_id=cursor.number, row_count=cursor.fetched)

    def _decode_row(self, types: Sequence[BindType], row: RawRow) -> BindRow:
        return [
            [self._decode(bind, element) for element in raw] if isinstance(raw, list) else self._decode(bind, raw)
            for bind, raw in zip(types, row, strict=True)
        ]

    def _decode(self, bind: BindType, raw: RawValue) -> Value:
        if not isinstance(raw, bytes):
            return None
        if bind.type in LOB_TYPES:
            return self._lobs.lob(raw)
        return decode_scalar(bind.type, raw, national=bind.national)


def _cursors_to_open(rows: Sequence[RawRow]) -> Iterator[int]:
    """Yield the cursors bound to be opened again: the client gets new numbers and closes these no more."""
    for row in rows:
        yield from (raw.number for raw in row if isinstance(raw, CursorNumber))


def _needs_define(cursor: Cursor) -> bool:
    return not cursor.defines and any(column.type in DEFINED_TYPES for column in cursor.columns)
