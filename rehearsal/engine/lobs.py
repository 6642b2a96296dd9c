# SPDX-License-Identifier: GPL-3.0-or-later
"""LOB values: temporary ones in memory, and files in directory objects."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from io import FileIO
from typing import TYPE_CHECKING, Protocol

from rehearsal.contract import OracleError, OraType

if TYPE_CHECKING:
    from pathlib import Path

_BFILE_LIMIT_BYTES = 2**32 - 1
"""Oracle's documented maximum of a BFILE is 4 GB (Database Reference, datatype limits)."""


class TemporaryClob:
    """A CLOB in memory; offsets and sizes are characters."""

    type = OraType.CLOB

    def __init__(self, content: str = "") -> None:
        self._parts = [content] if content else []
        self._opened = False

    def text(self) -> str:
        """Return the whole content."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def append(self, more: str) -> None:
        """Add at the end, cheaply however often."""
        self._parts.append(more)

    def size(self) -> int:
        """Return the size."""
        return len(self.text())

    def read(self, offset: int, amount: int) -> str:
        """Return up to `amount` from `offset`."""
        return self.text()[offset - 1 : offset - 1 + amount]

    def write(self, offset: int, data: bytes | str) -> None:
        """Overwrite from `offset`, filling a gap."""
        more = data if isinstance(data, str) else data.decode()
        whole = self.text().ljust(offset - 1)
        self._parts = [whole[: offset - 1] + more + whole[offset - 1 + len(more) :]]

    def trim(self, size: int) -> None:
        """Cut to `size`."""
        self._parts = [self.text()[:size]]

    def open(self) -> None:
        """Mark as open."""
        self._opened = True

    def close(self) -> None:
        """Mark as closed."""
        self._opened = False

    def is_open(self) -> bool:
        """Tell whether it is open."""
        return self._opened


class TemporaryBlob:
    """A BLOB in memory; offsets and sizes are bytes."""

    type = OraType.BLOB

    def __init__(self, content: bytes = b"") -> None:
        self._content = bytearray(content)
        self._opened = False

    def size(self) -> int:
        """Return the size."""
        return len(self._content)

    def read(self, offset: int, amount: int) -> bytes:
        """Return up to `amount` from `offset`."""
        return bytes(self._content[offset - 1 : offset - 1 + amount])

    def write(self, offset: int, data: bytes | str) -> None:
        """Overwrite from `offset`, filling a gap."""
        more = data.encode() if isinstance(data, str) else data
        self._content.extend(bytes(max(offset - 1 - len(self._content), 0)))
        self._content[offset - 1 : offset - 1 + len(more)] = more

    def trim(self, size: int) -> None:
        """Cut to `size`."""
        del self._content[size:]

    def open(self) -> None:
        """Mark as open."""
        self._opened = True

    def close(self) -> None:
        """Mark as closed."""
        self._opened = False

    def is_open(self) -> bool:
        """Tell whether it is open."""
        return self._opened


class Resolver(Protocol):
    """Finds a file of a directory object for a user who may read it."""

    def __call__(self, directory: str, name: str) -> Path:
        """Return the path. Raises ORA-22285, 22286, 22287."""
        ...


@dataclass
class OpenFiles:
    """The BFILEs a session has open; SESSION_MAX_OPEN_FILES limits them."""

    limit: int = 10
    files: set[DirectoryFile] = field(default_factory=set)

    def close(self) -> None:
        """Close them all."""
        for file in tuple(self.files):
            file.close()


@dataclass(eq=False)
class DirectoryFile:
    """A BFILE: a name that becomes a file only when it is used."""

    directory: str
    name: str
    resolve: Resolver
    open_files: OpenFiles
    type: OraType = OraType.BFILE
    _file: FileIO | None = field(default=None, repr=False)

    def exists(self) -> bool:
        """Tell whether the file is there, or the folder `.`. Raises ORA-22285 (unknown), 22286 (forbidden)."""
        path = self.resolve(self.directory, self.name)
        return path.is_dir() if self.name == "." else path.is_file()

    def size(self) -> int:
        """Return the size in bytes; raises ORA-22288 if the file is not there."""
        path = self.resolve(self.directory, self.name)
        try:
            return path.stat().st_size
        except OSError as error:
            raise _failed("GETLENGTH", error) from error

    def read(self, offset: int, amount: int) -> bytes:
        """Read from the open file, or open it for this read."""
        if offset + amount - 2 > _BFILE_LIMIT_BYTES:
            amount = _BFILE_LIMIT_BYTES - offset + 1
        if self._file is not None:
            return os.pread(self._file.fileno(), max(amount, 0), offset - 1)
        self.open()
        try:
            return self.read(offset, amount)
        finally:
            self.close()

    def write(self, offset: int, data: bytes | str) -> None:  # noqa: ARG002  # a BFILE is read-only
        """Refuse."""
        raise OracleError(22275, "invalid LOB locator specified")

    def trim(self, size: int) -> None:  # noqa: ARG002  # a BFILE is read-only
        """Refuse."""
        raise OracleError(22275, "invalid LOB locator specified")

    def open(self) -> None:
        """Open the file. Raises ORA-22285, 22286, 22288, 22290."""
        if self._file is not None:
            return
        if len(self.open_files.files) >= self.open_files.limit:
            raise OracleError(22290, "operation would exceed the maximum number of opened files or LOBs")
        path = self.resolve(self.directory, self.name)
        try:
            self._file = FileIO(path)
        except OSError as error:
            raise _failed("FILEOPEN", error) from error
        self.open_files.files.add(self)

    def close(self) -> None:
        """Close the file if it is open."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self.open_files.files.discard(self)

    def is_open(self) -> bool:
        """Tell whether this locator is open."""
        return self._file is not None


def _failed(operation: str, error: OSError) -> OracleError:
    reason = {2: "No such file or directory", 13: "Permission denied"}.get(
        error.errno or 0, error.strerror or "I/O error"
    )
    return OracleError(22288, f"file or LOB operation {operation} failed\n{reason}")


def read_text(value: object) -> str:
    """Return the content of a CLOB; raises ORA-00932 for anything that has no text."""
    if not isinstance(value, TemporaryClob):
        raise OracleError(932, "inconsistent datatypes: expected CHAR")
    return value.text()
