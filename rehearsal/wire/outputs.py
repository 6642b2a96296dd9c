# SPDX-License-Identifier: GPL-3.0-or-later
"""Values on their way to the client: columns of rows and OUT binds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from ..contract import BindType, Column, Direction, Lob, OraType, ResultSet, Value
from .codec import FieldWriter
from .cursors import Cursor, CursorTable
from .locators import LobTable
from .messages import ROW_DATA, WIDEST_INLINE_BYTES, write_columns
from .values import LOB_TYPES, RAW_TYPES, TEXT_TYPES, encode_scalar

LOB_CHUNK_BYTES = 8132
"""What a LOB of a block size of 8 KiB stores per chunk."""
LONG_TYPES = frozenset({OraType.LONG, OraType.LONG_RAW})
WHOLE_LOB = 2**32 - 1


class OutputWriter:
    """Writes values, handing out a locator for every LOB and a cursor for every result set."""

    def __init__(self, lobs: LobTable, cursors: CursorTable, field_version: int) -> None:
        self._lobs = lobs
        self._cursors = cursors
        self._field_version = field_version

    def row(self, out: FieldWriter, cursor: Cursor, row: Sequence[Value]) -> None:
        """Write one row of a result set, LOBs inline where the client defined them so."""
        out.u8(ROW_DATA)
        for index, (column, value) in enumerate(zip(cursor.columns, row, strict=True)):
            type_ = column.type
            if cursor.defines and type_ in LOB_TYPES and cursor.defines[index].type in TEXT_TYPES | RAW_TYPES:
                type_ = cursor.defines[index].type
                value = _content(value)  # noqa: PLW2901 - the same value, read
            self._value(out, type_, value)
            if type_ in LONG_TYPES or _is_wide(column):
                out.ub(0)
                out.ub(0)

    def binds(
        self,
        out: FieldWriter,
        types: Sequence[BindType],
        directions: Sequence[Direction],
        values: Sequence[Value | list[Value]],
    ) -> None:
        """Write the OUT and IN OUT values of one PL/SQL execution."""
        out.u8(ROW_DATA)
        for bind, direction, value in zip(types, directions, values, strict=True):
            if direction is Direction.IN:
                continue
            if bind.elements:
                elements = value if isinstance(value, list) else []
                out.ub(len(elements))
                for element in elements:
                    self._bind(out, bind, element)
            else:
                self._bind(out, bind, cast("Value", value))

    def _bind(self, out: FieldWriter, bind: BindType, value: Value) -> None:
        self._value(out, bind.type, value, national=bind.national)
        out.ub(0)

    def _value(self, out: FieldWriter, type_: OraType, value: Value, *, national: bool = False) -> None:
        if type_ is OraType.CURSOR:
            self._result_set(out, cast("ResultSet | None", value))
        elif type_ in LOB_TYPES:
            self._lob(out, type_, cast("Lob | None", value))
        else:
            out.clr(None if value is None else encode_scalar(type_, value, national=national))

    def _result_set(self, out: FieldWriter, result: ResultSet | None) -> None:
        out.u8(1)
        write_columns(out, result.columns if result else (), self._field_version)
        if result is None:
            out.ub(0)
            return
        cursor = self._cursors.open()
        cursor.open(result)
        out.ub(cursor.number)

    def _lob(self, out: FieldWriter, type_: OraType, lob: Lob | None) -> None:
        if lob is None:
            out.ub(0)
            return
        locator = self._lobs.locator(lob)
        out.ub(len(locator))
        if type_ is not OraType.BFILE:
            out.ub(lob.size())
            out.ub(LOB_CHUNK_BYTES)
        out.clr(locator)


def _content(value: Value) -> Value:
    if value is None:
        return None
    lob = cast("Lob", value)
    data = lob.read(1, WHOLE_LOB)
    return bytes(data) if isinstance(data, memoryview) else data


def _is_wide(column: Column) -> bool:
    return column.type in TEXT_TYPES | RAW_TYPES and column.size > WIDEST_INLINE_BYTES
