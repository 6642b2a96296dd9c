# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a file that may be anything: positioned reads, nothing held, nothing believed."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Self

from ..errors import UnreadableError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


class Source:
    """A regular file open for positioned reads. `size_bytes` is its size when it was opened."""

    def __init__(self, path: Path) -> None:
        """Open `path`. Raises UnreadableError, at once even for a FIFO that nobody writes."""
        self.path = path
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as e:
            raise UnreadableError(
                "file tidak dapat dibaca", where=str(path), remedy=e.strerror or "periksa hak akses"
            ) from e
        status = os.fstat(self._fd)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._fd)
            raise UnreadableError("bukan file biasa", where=str(path), remedy="tunjuk file dump atau log")
        self.size_bytes = status.st_size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`; fewer, or none, where the file ends. Raises UnreadableError."""
        if offset >= self.size_bytes:
            return b""
        try:
            return os.pread(self._fd, min(length, self.size_bytes - offset), offset)
        except OSError as e:
            raise UnreadableError(
                "file gagal dibaca", where=f"{self.path} byte {offset}", remedy=e.strerror or "periksa disk"
            ) from e
