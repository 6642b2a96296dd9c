# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows behind an INSERT of a classic export.

First the columns: their number, per column type and length, for text also character set and form; then the number 0,
or per column flags and a name, and a 0 (1 on the direct path). Then rows: per column a length and the bytes; FFFE is
NULL, FFFF instead of a row ends the section, a set high bit says that the value goes on with a further length. Behind
the last column stands the number of LOBs whose bytes follow, each a length and bytes, or FFFC, a 64-bit size and chunks
of such; on the direct path nothing does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .reader import Reader

_VARCHAR2, _CHAR, _CLOB = 1, 96, 112
#: Object, nested table and varray columns: their bytes are not understood.
_OBJECT_TYPES: Final = frozenset({121, 122, 123})
_NULL, _END, _LARGE_LOB, _GOES_ON = 0xFFFE, 0xFFFF, 0xFFFC, 0x8000
_LONGEST_VALUE: Final = 0x7FFF
_CONVENTIONAL, _DIRECT = 0, 1


class SectionError(Exception):
    """The bytes are no rows; the text says what is wrong."""


class OpaqueError(Exception):
    """The rows hold objects: they cannot be told apart."""


def count_section(reader: Reader, columns: int, *, has_clob_charset: bool, may_be_direct: bool = False) -> int:
    """Move `reader` from the end of an INSERT statement behind its rows, and return their number.

    `columns` is the number of bind variables; rows of the direct path are accepted only if they `may_be_direct`.
    Raises SectionError, OpaqueError, and EOFError where the file ends.
    """
    path = _read_columns(reader, columns, has_clob_charset=has_clob_charset)
    if path != _CONVENTIONAL and not (path == _DIRECT and may_be_direct):
        raise SectionError("no end of the columns")
    rows = 0
    while (length := reader.number()) != _END:
        _skip_value(reader, length)
        something = length
        for _ in range(columns - 1):
            length = reader.number()
            _skip_value(reader, length)
            something |= length
        if not something:
            raise SectionError("a row of empty values, which Oracle writes as NULL")
        if path == _CONVENTIONAL:
            _skip_lobs(reader, columns)
        rows += 1
    if reader.take(1) != b"\n":
        raise SectionError("rows do not end with a line feed")
    return rows


def _read_columns(reader: Reader, columns: int, *, has_clob_charset: bool) -> int:
    """Move `reader` behind the columns; return the number that ends them."""
    if reader.number() != columns:
        raise SectionError("as many columns as the statement has values")
    opaque = False
    for _ in range(columns):
        type_ = reader.number()
        reader.skip(2)
        if type_ in {_VARCHAR2, _CHAR} or (type_ == _CLOB and has_clob_charset):
            reader.skip(4)
        opaque = opaque or type_ in _OBJECT_TYPES
    if opaque:
        raise OpaqueError
    named = reader.number()
    if named:
        for _ in range(named):
            reader.skip(2)
            reader.skip(reader.take(1)[0])
    return reader.number()


def _skip_value(reader: Reader, length: int) -> None:
    if length == _NULL:
        return
    while length & _GOES_ON:
        if length > 0xFF00:
            raise SectionError(f"a value of length {length:04x}")
        reader.skip(length & _LONGEST_VALUE)
        length = reader.number()
    reader.skip(length)


def _skip_lobs(reader: Reader, columns: int) -> None:
    lobs = reader.number()
    if lobs > columns:
        raise SectionError(f"{lobs} LOBs in {columns} columns")
    for _ in range(lobs):
        length = reader.number()
        if length != _LARGE_LOB:
            reader.skip(length)
            continue
        left = int.from_bytes(reader.take(8), "little")
        while left > 0:
            length = reader.number()
            if not length:
                raise SectionError("an empty chunk of a LOB")
            reader.skip(length)
            left -= length
