# SPDX-License-Identifier: GPL-3.0-or-later
"""TTC messages that a response is made of. A response ends with ERROR or STATUS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..contract import Column, Direction, OracleError, OraType
from .codec import FieldWriter

ERROR = 4
ROW_DATA = 7
PARAMETER = 8
STATUS = 9
IO_VECTOR = 11
LOB_DATA = 14
WARNING = 15
DESCRIBE = 16
END_OF_RESPONSE = 29

TRANSACTION_IN_PROGRESS = 0x02
NO_DATA_FOUND = OracleError(1403, "no data found")
CHARSET_UTF8 = 873
CHARACTER_TYPES = frozenset({OraType.VARCHAR2, OraType.CHAR, OraType.LONG, OraType.CLOB})
WIDEST_INLINE_BYTES = 32767
"""A wider column is fetched as a LONG is, with an indicator after each value."""
FIXED_SIZES = {
    OraType.NUMBER: 22,
    OraType.BINARY_INTEGER: 22,
    OraType.DATE: 7,
    OraType.TIMESTAMP: 11,
    OraType.TIMESTAMP_TZ: 13,
    OraType.TIMESTAMP_LTZ: 11,
    OraType.BINARY_FLOAT: 4,
    OraType.BINARY_DOUBLE: 8,
    OraType.LONG: 0x7FFFFFFF,
    OraType.LONG_RAW: 0x7FFFFFFF,
    OraType.CLOB: 4000,
    OraType.BLOB: 4000,
    OraType.BFILE: 530,
    OraType.CURSOR: 4,
}


def call_status(*, in_transaction: bool) -> int:
    """Return the call status that every ending message bears."""
    return TRANSACTION_IN_PROGRESS if in_transaction else 0


def write_status(out: FieldWriter, status: int) -> None:
    """End a response that has nothing to say."""
    out.u8(STATUS)
    out.ub(status)
    out.ub(0)


def write_error(
    out: FieldWriter, status: int, *, error: OracleError | None = None, cursor_id: int = 0, row_count: int = 0
) -> None:
    """End a response with its error, or with success when `error` is None (layout before field version 14)."""
    code = error.code if error else 0
    out.u8(ERROR)
    out.ub(status)
    out.raw(bytes(2))
    out.ub(code & 0xFFFF)
    out.raw(bytes(2))
    out.ub(cursor_id)
    out.ub(error.offset if error else 0)
    out.raw(bytes(6))
    out.raw(bytes(5))  # rowid of the row
    out.raw(bytes(6))  # system error, two flags, two numbers, rowid as text
    out.raw(bytes(3))  # batch codes, offsets, messages
    out.ub(code)
    out.ub(row_count)
    if error:
        out.clr(str(error).encode())


def write_warning(out: FieldWriter, warning: OracleError) -> None:
    """Tell of a call that succeeds what must be known besides: code, length, flags, text."""
    text = str(warning).encode()
    out.u8(WARNING)
    out.ub(warning.code)
    out.ub(len(text))
    out.ub(0)
    out.clr(text)


def write_parameters(out: FieldWriter, pairs: Iterable[tuple[str, str, int]]) -> None:
    """Write (key, value, flags) pairs, the replies of a logon."""
    pairs = tuple(pairs)
    out.u8(PARAMETER)
    out.ub(len(pairs))
    for key, value, flags in pairs:
        out.text2(key)
        out.text2(value)
        out.ub(flags)


def write_describe(out: FieldWriter, columns: Sequence[Column], field_version: int) -> None:
    """Write the description of a result set."""
    out.u8(DESCRIBE)
    out.clr(None)
    write_columns(out, columns, field_version)


def write_columns(out: FieldWriter, columns: Sequence[Column], field_version: int) -> None:
    """Write the column block, which a description and a REF CURSOR have in common."""
    out.ub(0)
    out.ub(len(columns))
    if columns:
        out.u8(0)
    for position, column in enumerate(columns):
        _write_column(out, column, position, field_version)
    out.clr2(None)
    out.raw(bytes(4))
    out.clr2(None)


def _write_column(out: FieldWriter, column: Column, position: int, field_version: int) -> None:
    characters = column.type in CHARACTER_TYPES
    size = FIXED_SIZES.get(column.type, min(column.size, WIDEST_INLINE_BYTES))
    name = column.name.encode()
    out.u8(column.type)
    out.u8(0)
    out.u8(column.precision & 0xFF)
    out.u8(column.scale & 0xFF)
    out.ub(size)
    out.ub(0)
    out.ub(0)
    out.clr2(None)
    out.ub(0)
    out.ub(CHARSET_UTF8 if characters else 0)
    out.u8(1 if characters else 0)
    out.ub(size if characters else 0)
    if field_version >= 8:
        out.ub(0)
    out.u8(column.nullable)
    out.u8(min(len(name), 255))
    out.clr2(name)
    out.clr2(None)
    out.clr2(None)
    out.ub(position)
    out.ub(0)


def write_io_vector(out: FieldWriter, directions: Sequence[Direction]) -> None:
    """Tell which binds of a PL/SQL block are IN, OUT or both; precedes its OUT values."""
    high, low = divmod(len(directions), 256)
    out.u8(IO_VECTOR)
    out.u8(0)
    out.ub(low)
    out.ub(high)
    out.raw(bytes(4))
    for direction in directions:
        out.u8(direction)
