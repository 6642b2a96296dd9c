# SPDX-License-Identifier: GPL-3.0-or-later
"""A table stream: a block of offsets, the table's XML, its rows, eight bytes of nothing."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from .model import BLOCK_BYTES, Extent

if TYPE_CHECKING:
    from .piece import Piece

_HEAD = struct.Struct(">4sH6Q")
_MARK = b"\xff\xff$$"
_KIND_PLAIN, _KIND_OPEN_ENDED, _KIND_CLOSING = 0x0A00, 0x0B20, 0x0B60
TAIL_BYTES = 8
_BUFFER_BYTES = 1 << 18


def _aligned(offset: int) -> int:
    return -(-offset // 8) * 8


class StreamWriter:
    """Writes one stream at the end of a piece.

    In the layout with trailers the head says nothing of the rows' length, since it is never written twice.
    """

    def __init__(self, piece: Piece, xml: bytes, *, open_ended: bool) -> None:
        self.rows = 0
        self._piece = piece
        self._start = piece.end
        self._xml_bytes = len(xml)
        self._data_at = _aligned(BLOCK_BYTES + len(xml))
        self._data_bytes = 0
        self._open_ended = open_ended
        self._buffer = bytearray(self._head(_KIND_OPEN_ENDED if open_ended else _KIND_PLAIN) + xml)
        self._buffer.extend(bytes(self._data_at - len(self._buffer)))
        self._written = 0

    @staticmethod
    def overhead_bytes(xml: bytes) -> int:
        """Return what a stream without rows takes."""
        return _aligned(BLOCK_BYTES + len(xml)) + TAIL_BYTES

    def fits(self, row: bytes) -> bool:
        """Tell whether the stream may still take `row`, in a piece that has a size limit."""
        limit = self._piece.limit_bytes
        if limit is None:
            return True
        return self._start + _aligned(self._data_at + self._data_bytes + len(row)) + TAIL_BYTES <= limit

    def add(self, row: bytes) -> None:
        """Append one encoded row. Raises OSError."""
        self._buffer += row
        self._data_bytes += len(row)
        self.rows += 1
        if len(self._buffer) >= _BUFFER_BYTES:
            self._flush()

    def close(self) -> Extent:
        """Write what is left and return where the stream lies. Raises OSError."""
        length = _aligned(self._data_at + self._data_bytes) + TAIL_BYTES
        self._buffer.extend(bytes(length - self._written - len(self._buffer)))
        self._flush()
        if not self._open_ended:
            self._piece.write_at(self._start, self._head(_KIND_PLAIN, complete=True))
        self._piece.pad()
        return Extent(self._piece.number, self._start // BLOCK_BYTES + 1, length, self.rows)

    def closing_head(self) -> bytes:
        """Return the block that repeats the head of an open-ended stream once its length is known."""
        return self._head(_KIND_CLOSING, complete=True)

    def _flush(self) -> None:
        self._piece.write_at(self._start + self._written, self._buffer)
        self._written += len(self._buffer)
        self._buffer.clear()

    def _head(self, kind: int, *, complete: bool = False) -> bytes:
        tail_at = _aligned(self._data_at + self._data_bytes)
        lengths = (self._data_bytes, self._data_at, TAIL_BYTES, tail_at) if complete else (0, self._data_at, 0, 0)
        return _HEAD.pack(_MARK, kind, self._xml_bytes, BLOCK_BYTES, *lengths).ljust(BLOCK_BYTES, b"\0")
