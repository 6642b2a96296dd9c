# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing a server's files here by BFILE, over one SQL*Net connection.

A read is one request and one answer: 1 to 4 MiB at a time is where the driver
is fastest. While one chunk is on the wire the one before is hashed and written.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, TYPE_CHECKING

from ..archive.manifest import FileEntry
from ..durable import PART_SUFFIX, PRIVATE_FILE, archive_errors, fsync_dir, rename_noreplace
from ..errors import CollectError, ConnectError, StatementError, VanishedError
from . import statements
from .files import size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .session import Link, Session

CHUNK_BYTES = 2 * 1024 * 1024

#: Kernels with large folios look for one as long as the write. From 2 MiB on that search costs more than the copy.
_WRITE_BYTES = 512 * 1024

#: Lines that may drop one after the other over the same chunk before it is given up.
_MOST_DROPS = 5

#: BFILE operation failed, file not found, or the directory went away (Oracle's LOB errors).
_FILE_GONE = frozenset({"ORA-22285", "ORA-22286", "ORA-22288"})


class RemoteFile:
    """An opened BFILE of one session."""

    def __init__(self, session: Session, directory: str, name: str) -> None:
        self._session = session
        self._where = f"{directory}/{name}"
        with self._errors():
            self._lob = session.value(statements.BFILE, directory=directory, filename=name)
            self._lob.open()

    def read(self, offset: int, amount: int) -> bytes:
        """Return up to `amount` bytes from `offset`, counted from 0; empty past the end."""
        with self._errors():
            data: bytes | None = self._lob.read(offset + 1, amount)
        return data or b""

    def close(self) -> None:
        """Close the BFILE; a lost session has closed it already."""
        with contextlib.suppress(ConnectError, StatementError), self._session.errors():
            self._lob.close()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            with self._session.errors():
                yield
        except StatementError as error:
            if error.oracle_code not in _FILE_GONE:
                raise
            raise VanishedError(
                "berkas di server tidak ada atau tidak dapat dibaca",
                where=self._where,
                remedy="pastikan berkas tidak dihapus atau dipindah lalu jalankan ulang backup",
            ) from error


def read_small(session: Session, directory: str, name: str, *, limit_bytes: int) -> bytes:
    """Return a small file of the server, such as the export's log.

    Raises:
        VanishedError: it is not there.
        CollectError: it is larger than `limit_bytes`.
    """
    remote = RemoteFile(session, directory, name)
    try:
        content = bytearray()
        while chunk := remote.read(len(content), CHUNK_BYTES):
            content += chunk
            if len(content) > limit_bytes:
                raise CollectError(
                    "berkas log terlalu besar", where=f"{directory}/{name}", remedy="periksa log di server"
                )
    finally:
        remote.close()
    return bytes(content)


class Puller:
    """Pulls files of one directory object into a staging folder.

    `sleep` is the pause between two attempts to connect; the link's own if not given.
    """

    def __init__(
        self,
        link: Link,
        directory: str,
        staging: Path,
        *,
        chunk_bytes: int = CHUNK_BYTES,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._link = link
        self._directory = directory
        self._staging = staging
        self._chunk_bytes = chunk_bytes
        self._sleep = sleep

    def pull(
        self, name: str, expected_bytes: int | None = None, on_bytes: Callable[[int], None] | None = None
    ) -> FileEntry:
        """Bring one file here: to `<name>.part`, then fsync and rename; its sum is of the bytes as they arrived.

        Its size on the server must be the same before and after, and
        `expected_bytes` if given. A dropped line is taken up again at the same
        offset. `on_bytes` hears how many more bytes arrived.

        Raises:
            VanishedError: the file is not on the server.
            CollectError: its size is not what it was, or it ends early.
            NoSpaceError, ReadOnlyError, ArchiveError: the staging folder does not take it.
            ConnectError: the server stays away.
        """
        size_bytes = self._size(name)
        if expected_bytes not in (None, size_bytes):
            raise self._changed(name, expected_bytes, size_bytes)
        path = self._staging / name
        part = path.with_name(name + PART_SUFFIX)
        with archive_errors(part):
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, PRIVATE_FILE)
            try:
                with os.fdopen(descriptor, "wb", buffering=0) as file:
                    sha256 = self._stream(name, size_bytes, file, on_bytes)
                    os.fsync(file.fileno())
                self.demand_unchanged(name, size_bytes)
                rename_noreplace(part, path)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            fsync_dir(self._staging)
        return FileEntry(name=name, size_bytes=size_bytes, sha256=sha256, source=name)

    def _stream(self, name: str, size_bytes: int, file: IO[bytes], on_bytes: Callable[[int], None] | None) -> str:
        digest = hashlib.sha256()

        def keep(chunk: bytes) -> None:
            digest.update(chunk)
            view = memoryview(chunk)
            while view:
                view = view[file.write(view[:_WRITE_BYTES]) :]

        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="keep") as pool:
            kept: Future[None] | None = None
            for chunk in self._chunks(name, size_bytes):
                if kept is not None:
                    kept.result()
                kept = pool.submit(keep, chunk)
                if on_bytes is not None:
                    on_bytes(len(chunk))
            if kept is not None:
                kept.result()
        return digest.hexdigest()

    def _chunks(self, name: str, size_bytes: int) -> Iterator[bytes]:
        remote: RemoteFile | None = None
        offset = drops = 0
        try:
            while offset < size_bytes:
                try:
                    remote = remote or RemoteFile(self._link.session, self._directory, name)
                    chunk = remote.read(offset, min(self._chunk_bytes, size_bytes - offset))
                except ConnectError:
                    drops += 1
                    if drops > _MOST_DROPS:
                        raise
                    self._link.reconnect(sleep=self._sleep)
                    remote = None
                    continue
                if not chunk:
                    raise self._changed(name, size_bytes, offset)
                yield chunk
                offset += len(chunk)
                drops = 0
        finally:
            if remote is not None:
                remote.close()

    def _size(self, name: str) -> int:
        size_bytes = self._link.retry(lambda session: size_of(session, self._directory, name), sleep=self._sleep)
        if size_bytes is None:
            raise VanishedError(
                "berkas ekspor tidak ada lagi di server",
                where=f"{self._directory}/{name}",
                remedy="pastikan berkas tidak dihapus atau dipindah lalu jalankan ulang backup",
            )
        return size_bytes

    def demand_unchanged(self, name: str, expected_bytes: int) -> None:
        """Ask the server for a file's size. Raises VanishedError, CollectError if it is another, ConnectError."""
        found_bytes = self._size(name)
        if found_bytes != expected_bytes:
            raise self._changed(name, expected_bytes, found_bytes)

    def _changed(self, name: str, expected_bytes: int | None, found_bytes: int) -> CollectError:
        return CollectError(
            f"ukuran berkas berubah dari {expected_bytes} menjadi {found_bytes} byte",
            where=f"{self._directory}/{name}",
            remedy="pastikan tidak ada proses lain yang menulis berkas itu lalu jalankan ulang backup",
        )
