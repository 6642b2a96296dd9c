# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a file forwards, a window at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .source import Source

_WINDOW_BYTES: Final = 1 << 18


class Reader:
    """A place in a file that moves forwards only; memory does not grow with what is read or skipped."""

    def __init__(self, source: Source, offset: int = 0) -> None:
        self._source = source
        self._window = b""
        self._start = offset
        self._at = 0

    @property
    def offset(self) -> int:
        """Where the next byte lies."""
        return self._start + self._at

    def take(self, length: int) -> bytes:
        """Return the next `length` bytes, at most a window; raises EOFError if the file ends before."""
        at, end = self._at, self._at + length
        if end > len(self._window):
            self._refill()
            at, end = 0, length
            if end > len(self._window):
                raise EOFError
        self._at = end
        return self._window[at:end]

    def number(self) -> int:
        """Return the next 16-bit little-endian number; raises EOFError."""
        at = self._at
        if at + 2 > len(self._window):
            return int.from_bytes(self.take(2), "little")
        self._at = at + 2
        return self._window[at] | self._window[at + 1] << 8

    def skip(self, length: int) -> None:
        """Move on by `length` bytes; raises EOFError if the file ends before."""
        self._at += length
        if self._at > len(self._window):
            if self.offset > self._source.size_bytes:
                raise EOFError
            self._refill()

    def line(self, longest: int) -> bytes | None:
        """Return what stands before the next line feed, its first `longest` bytes, and move behind it; None at the end.

        A last line without a line feed is not returned.
        """
        kept = bytearray()
        while True:
            end = self._window.find(b"\n", self._at)
            stop = end if end >= 0 else len(self._window)
            kept += self._window[self._at : min(stop, self._at + longest - len(kept))]
            self._at = stop
            if end >= 0:
                self._at += 1
                return bytes(kept)
            self._refill()
            if not self._window:
                return None

    def seek_behind(self, mark: bytes) -> bool:
        """Move behind the next `mark`; False, at the end of the file, if there is none."""
        while (found := self._window.find(mark, self._at)) < 0:
            self._at = max(self._at, len(self._window) - len(mark) + 1)
            before = self.offset
            self._refill()
            if len(self._window) < len(mark) and before + len(self._window) >= self._source.size_bytes:
                return False
        self._at = found + len(mark)
        return True

    def _refill(self) -> None:
        self._start, self._at = self._start + self._at, 0
        self._window = self._source.read(self._start, _WINDOW_BYTES)
