# SPDX-License-Identifier: GPL-3.0-or-later
"""Bind and define metadata, and rows of bind values, as requests carry them.

Values stay raw here: reading only finds where each one ends, so that a value which makes no sense is
an error of the statement and not of the connection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ..contract import BindType, Direction, OraType
from .codec import FieldReader, ProtocolError
from .messages import ROW_DATA, WIDEST_INLINE_BYTES
from .values import LOB_TYPES

ARRAY = 0x40
NATIONAL = 2
MOST_BINDS = 65_535


class UnsupportedError(Exception):
    """A request, or a bind type, whose layout is unknown: its rest cannot be read."""


@dataclass(frozen=True)
class CursorNumber:
    """A cursor bound by the client; 0 is one that was never executed."""

    number: int


RawValue: TypeAlias = bytes | CursorNumber | None
RawRow: TypeAlias = list[RawValue | list[RawValue]]


@dataclass(frozen=True)
class BindLayout:
    """How the bind rows of a statement lie on the wire."""

    types: tuple[BindType, ...] = ()
    plsql: bool = False
    directions: tuple[Direction, ...] = ()
    """Empty on the first execution; afterwards the client leaves out what it was told to be OUT."""

    def order(self) -> list[int]:
        """Return the binds' indexes in the order of their values: outside PL/SQL long ones come last."""
        sent = [i for i in range(len(self.types)) if not self.directions or self.directions[i] is not Direction.OUT]
        return sent if self.plsql else sorted(sent, key=lambda i: self.types[i].size > WIDEST_INLINE_BYTES)


async def read_bind_types(fields: FieldReader, count: int, field_version: int) -> tuple[BindType, ...]:
    """Read `count` bind or define descriptions; raises UnsupportedError."""
    if count > MOST_BINDS:
        raise ProtocolError(f"{count} binds")
    return tuple([await _read_bind_type(fields, field_version) for _ in range(count)])


async def _read_bind_type(fields: FieldReader, field_version: int) -> BindType:
    number = await fields.u8()
    flags = await fields.u8()
    await fields.skip("11")
    size = await fields.ub()
    elements = await fields.ub()
    await fields.skip("b2bb")
    national = await fields.u8() == NATIONAL
    await fields.ub()
    if field_version >= 8:
        await fields.ub()
    try:
        type_ = OraType(number)
    except ValueError:
        raise UnsupportedError(f"bind type {number}") from None
    return BindType(type_, size, max(elements, 1) if flags & ARRAY else 0, national)


async def read_rows(fields: FieldReader, layout: BindLayout, count: int) -> list[RawRow]:
    """Read `count` rows of values, each in bind order whatever its order on the wire; what was left out is None."""
    order = layout.order()
    rows = []
    for _ in range(count):
        if await fields.u8() != ROW_DATA:
            raise ProtocolError("bind values that do not begin as a row")
        row: RawRow = [None] * len(layout.types)
        for index in order:
            bind = layout.types[index]
            if bind.elements:
                row[index] = [await _read_value(fields, bind.type) for _ in range(await fields.ub())]
            else:
                row[index] = await _read_value(fields, bind.type)
        rows.append(row)
    return rows


async def _read_value(fields: FieldReader, type_: OraType) -> RawValue:
    if type_ is OraType.CURSOR:
        return await _read_cursor(fields)
    if type_ in LOB_TYPES:
        return await fields.clr2()
    return await fields.clr()


async def _read_cursor(fields: FieldReader) -> RawValue:
    """Read `00`, which is NULL, `01 00` for a cursor never executed, or the `ub` 1 and the `ub` number of another."""
    if not await fields.u8():
        return None
    return CursorNumber(await fields.ub() if await fields.u8() else 0)
