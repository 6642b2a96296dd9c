# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of a table stream: pieces of counted columns, each value with its length.

A piece is a flag byte (8 first of its row, 4 last, 2 goes on with a value, 1 value goes on in the next), for rows
without LOBs the row's length (flags 0x30), a column count, and the values: length byte, or FE and two bytes, or FF for
NULL. Trailing NULLs are left out. LOBs come last, each in pieces of its own. Seen so in dumps of 11.2, 12.2 and 23.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from .values import LOB_TYPES, encoder_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rehearsal.contract import Column

_FIRST, _LAST, _RESUMED, _CONTINUED, _COUNTED = 0x08, 0x04, 0x02, 0x01, 0x30
_NULL = b"\xff"
_LONGEST_SHORT = 250
_PIECE_BYTES = 0xFFF0
_LENGTHS = tuple(bytes((n,)) for n in range(_LONGEST_SHORT + 1))


class RowEncoder:
    """Encodes the rows of one table."""

    def __init__(self, columns: Sequence[Column]) -> None:
        encoders = [(index, encoder_for(column)) for index, column in enumerate(columns)]
        self._plain = [pair for pair in encoders if columns[pair[0]].type not in LOB_TYPES]
        self._lobs = [pair for pair in encoders if columns[pair[0]].type in LOB_TYPES]

    def encode(self, row: Sequence[object]) -> bytes:
        """Encode one row, values in the order of the columns given."""
        fields = []
        for index, encoder in self._plain:
            value = row[index]
            data = b"" if value is None else encoder(value)
            if not data:
                fields.append(_NULL)
            elif len(data) <= _LONGEST_SHORT:
                fields.append(_LENGTHS[len(data)] + data)
            else:
                fields.append(struct.pack(">BH", 0xFE, len(data)) + data)
        lobs = self._encode_lobs(row) if self._lobs else []
        if lobs:
            return b"".join((bytes((_FIRST, len(fields))), *fields, *lobs))
        while fields and fields[-1] is _NULL:
            fields.pop()
        body = b"".join(fields)
        if self._lobs or len(body) + 4 > 0xFFFF:
            return bytes((_FIRST | _LAST, len(fields))) + body
        return struct.pack(">BHB", _FIRST | _LAST | _COUNTED, len(body) + 4, len(fields)) + body

    def _encode_lobs(self, row: Sequence[object]) -> list[bytes]:
        values = [None if row[index] is None else encoder(row[index]) for index, encoder in self._lobs]
        while values and values[-1] is None:
            values.pop()
        pieces = []
        for number, value in enumerate(values, 1):
            ends = _LAST if number == len(values) else 0
            if value is None:
                pieces.append(bytes((ends, 1)) + _NULL)
                continue
            last = max(len(value) - 1, 0) // _PIECE_BYTES
            for part in range(last + 1):
                flags = (_RESUMED if part else 0) | (ends if part == last else _CONTINUED)
                data = value[part * _PIECE_BYTES : (part + 1) * _PIECE_BYTES]
                pieces.append(struct.pack(">BBBH", flags, 1, 0xFE, len(data)) + data)
        return pieces
