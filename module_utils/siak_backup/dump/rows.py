# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a stream, walked without trusting a length.

A row is one piece or several. A piece is a flag byte, a 16-bit length of the whole piece when 30 is set, a column
count, and per column a length byte and that many bytes: FF is NULL, FE a 16-bit length. Flags: 08 first piece of a
row, 04 last piece, 01 its last value goes on in the next piece, 02 its first value comes from the piece before.
Trailing NULL columns are left out. Where a stream does not know its length, up to 7 zeros of alignment end the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .stream import StreamError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .source import Source

_FIRST, _LAST, _GOES_ON, _CONTINUED, _SIZED = 0x08, 0x04, 0x01, 0x02, 0x30
_KNOWN_FLAGS: Final = 0x3F
_NULL, _LONG = 0xFF, 0xFE
_WINDOW_BYTES: Final = 1 << 20
#: A stream's tail begins at a multiple of this.
_ALIGNED_BYTES: Final = 8
#: The longest piece there can be: 255 values of 64 KiB.
_PIECE_BYTES: Final = 4 + 255 * (3 + 0xFFFF)
#: Longest value kept of a column that goes on over pieces, and of a whole row.
_VALUE_BYTES: Final = 1 << 13
_ROW_BYTES: Final = 4 << 20
#: 1000 columns up to 21c, 4096 since 23ai; a LOB is none of its own.
_MOST_COLUMNS: Final = 4096


class _Pieces:
    """Follows the order of pieces: which may come after which."""

    def __init__(self) -> None:
        self.rows = 0
        self._inside = self._goes_on = False

    def follow(self, flags: int) -> None:
        """Take the next piece's flags. Raises StreamError if it may not come here."""
        if flags & ~_KNOWN_FLAGS or bool(flags & _FIRST) == self._inside or bool(flags & _CONTINUED) != self._goes_on:
            raise StreamError("a piece of a row stands where it may not")
        self._inside, self._goes_on = not flags & _LAST, bool(flags & _GOES_ON)
        self.rows += not self._inside

    def end(self) -> None:
        """Raise StreamError unless the last row is whole."""
        if self._inside:
            raise StreamError("the last row has no end")


def iterate_rows(source: Source, start: int, end: int) -> Iterator[list[bytes | None]]:
    """Yield the rows between two offsets as lists of raw values, of each its first 8 KiB.

    Raises StreamError where the bytes are no rows, are rows longer than Oracle has, or end inside one.
    """
    order = _Pieces()
    row: list[bytes | None] = []
    kept_bytes = 0
    for flags, values in _walk(source, start, end):
        order.follow(flags)
        if flags & _CONTINUED and row and values:
            more, begun = values.pop(0), row[-1] or b""
            if more and len(begun) < _VALUE_BYTES:
                row[-1] = (begun + more)[:_VALUE_BYTES]
        row += (value and value[:_VALUE_BYTES] for value in values)
        kept_bytes += sum(len(value) for value in values if value)
        if len(row) > _MOST_COLUMNS or kept_bytes > _ROW_BYTES:
            raise StreamError("a row without end")
        if flags & _LAST:
            yield row
            row, kept_bytes = [], 0
    order.end()


def count_rows(source: Source, start: int, end: int) -> int:
    """Return the number of rows between two offsets. Raises StreamError like `iterate_rows`.

    A piece that gives its length is hopped over.
    """
    order = _Pieces()
    for flags, _ in _walk(source, start, end, hop=True):
        order.follow(flags)
    order.end()
    return order.rows


def _walk(source: Source, start: int, end: int, *, hop: bool = False) -> Iterator[tuple[int, list[bytes | None]]]:
    """Yield (flags, values) of each piece; no values of a piece that is hopped over."""
    window, at, offset = b"", 0, start
    while True:
        if at >= len(window):
            # A hop may land beyond the window.
            offset, at = offset + at - len(window), 0
            if offset >= end:
                break
            window = source.read(offset, min(_WINDOW_BYTES, end - offset))
            offset += len(window)
            if not window:
                raise StreamError("the file ends before its rows")
        try:
            piece = _hop(window, at) if hop else None
            flags, values, after = piece or _piece(window, at)
        except IndexError:
            more = source.read(offset, min(_WINDOW_BYTES, end - offset)) if offset < end else b""
            if not more and _is_alignment(window[at:]):
                return
            if not more or len(window) - at > _PIECE_BYTES:
                raise StreamError("the rows end inside a piece") from None
            window, at = window[at:] + more, 0
            offset += len(more)
            continue
        if not flags and not values:
            after_rows = offset - len(window) + at
            if _is_alignment(source.read(after_rows, min(_ALIGNED_BYTES, end - after_rows))):
                return
            raise StreamError("zeros stand where a row should begin")
        yield flags, values
        at = after
    if offset > end:
        raise StreamError("a piece reaches beyond the rows")


def _hop(window: bytes, at: int) -> tuple[int, list[bytes | None], int] | None:
    """Return a piece that gives its length, without its values."""
    flags = window[at]
    if not flags & _SIZED:
        return None
    length = window[at + 1] << 8 | window[at + 2]
    if length < 4:
        raise StreamError("a piece shorter than its own head")
    return flags, [], at + length


def _piece(window: bytes, at: int) -> tuple[int, list[bytes | None], int]:
    """Return flags, values and end of the piece at `at`. Raises IndexError if the window ends inside it."""
    flags = window[at]
    sized = flags & _SIZED
    columns_at = at + 3 if sized else at + 1
    columns = window[columns_at]
    after = columns_at + 1
    values: list[bytes | None] = []
    for _ in range(columns):
        length = window[after]
        after += 1
        if length == _NULL:
            values.append(None)
            continue
        if length == _LONG:
            length = window[after] << 8 | window[after + 1]
            after += 2
        values.append(window[after : after + length])
        after += length
    if after > len(window):
        raise IndexError
    if sized and after - at != window[at + 1] << 8 | window[at + 2]:
        raise StreamError("a piece that differs from the length it gives")
    return flags, values, after


def _is_alignment(rest: bytes) -> bool:
    return len(rest) < _ALIGNED_BYTES and not any(rest)
