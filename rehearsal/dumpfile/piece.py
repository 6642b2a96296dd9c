# SPDX-License-Identifier: GPL-3.0-or-later
"""One dump file being written, and the supply of further ones."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from .model import BLOCK_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .header import Header


class SpaceExhaustedError(Exception):
    """Every file of the set is full and no name is left for another (ORA-39095). `bytes_` is what was asked for."""

    def __init__(self, bytes_: int) -> None:
        self.bytes_ = bytes_
        super().__init__(f"unable to allocate {bytes_} bytes")


class PieceSupply(Protocol):
    """Where the next file of a dump comes from."""

    def create(self) -> tuple[Path, int | None] | None:
        """Create the next file; return its path and size limit in bytes (None: none), or None if there is none left.

        Raises OSError, FileExistsError among them.
        """
        ...


class Piece:
    """A dump file under construction: a header block, then streams, each from a block boundary on.

    `gate` is called with the number of bytes by which the file is about to grow, and may raise to end the job. Until it
    is closed the file on disk is a multiple of `extend_bytes`, if given.
    """

    def __init__(
        self,
        path: Path,
        number: int,
        limit_bytes: int | None,
        gate: Callable[[int], None],
        extend_bytes: int | None = None,
    ) -> None:
        self.path = path
        self.number = number
        self.limit_bytes = None if limit_bytes is None else limit_bytes // BLOCK_BYTES * BLOCK_BYTES
        self.end = BLOCK_BYTES
        self._gate = gate
        self._extend_bytes = extend_bytes
        self._file = path.open("r+b")

    def has_room(self, bytes_: int) -> bool:
        """Tell whether so many more bytes fit."""
        return self.limit_bytes is None or self.end + bytes_ <= self.limit_bytes

    def write_at(self, offset: int, data: bytes | bytearray) -> None:
        """Write `data` at `offset`; writing behind the end moves the end. Raises OSError."""
        if (growth := offset + len(data) - self.end) > 0:
            self._gate(growth)
        os.pwrite(self._file.fileno(), data, offset)
        self.end = max(self.end, offset + len(data))
        if self._extend_bytes is not None and growth > 0:
            os.ftruncate(self._file.fileno(), -(-self.end // self._extend_bytes) * self._extend_bytes)

    def pad(self) -> None:
        """Fill the last block with zeros."""
        self.end = -(-self.end // BLOCK_BYTES) * BLOCK_BYTES
        self._file.truncate(self.end)

    def truncate(self, end: int) -> None:
        """Cut the file off at `end`, closed or not. Raises OSError."""
        os.truncate(self.path, end)
        self.end = end

    def write_header(self, header: Header) -> None:
        """Write the header block, again if need be."""
        os.pwrite(self._file.fileno(), header.pack(), 0)

    def append_block(self, block: bytes) -> None:
        """Append one whole block."""
        self.write_at(self.end, block)

    def reopen(self) -> None:
        """Open the file again if it was closed."""
        if self._file.closed:
            self._file = self.path.open("r+b")

    def close(self) -> None:
        """Close the file, everything on disk."""
        if not self._file.closed:
            if self._extend_bytes is not None:
                self._file.truncate(self.end)
            os.fsync(self._file.fileno())
            self._file.close()
