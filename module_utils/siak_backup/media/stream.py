# SPDX-License-Identifier: GPL-3.0-or-later
"""One file to the medium and back: hashed on the way there, read again past the page cache."""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import FileIO
from typing import TYPE_CHECKING

from ..durable import CHUNK_BYTES, PRIVATE_FILE, archive_errors, drop_cache, hash_file, open_regular

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from .medium import Medium

O_DIRECT = "O_DIRECT"
FADVISE = "fadvise"

#: Written data is pushed to the disk this often, so that a slow or full disk
#: shows at once and the progress tells what the disk has, not what memory has.
_SYNC_EVERY_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class ReadBack:
    """SHA-256 of what the medium gave back, and by which method (`O_DIRECT` or `fadvise`)."""

    sha256: str
    method: str


def copy_file(source: Path, target: Path, medium: Medium, on_bytes: Callable[[int], None]) -> str:
    """Copy to a new file on the medium, durably; return the SHA-256 of the bytes as they were read, once.

    `on_bytes` hears how many more bytes were written.

    Raises:
        VanishedError, ArchiveError: the source cannot be read.
        MediumError: the medium does not take it.
    """
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(CHUNK_BYTES))
    unsynced_bytes = 0
    with archive_errors(source):
        reader = os.fdopen(open_regular(source), "rb", buffering=0)
    with _hasher() as hasher, reader, medium.errors(), _new_file(target) as writer:
        while True:
            with archive_errors(source):
                count = reader.readinto(buffer) or 0
            if not count:
                break
            hashed = hasher.submit(digest.update, buffer[:count])
            left = buffer[:count]
            while left:
                left = left[writer.write(left) :]
            hashed.result()
            unsynced_bytes += count
            if unsynced_bytes >= _SYNC_EVERY_BYTES:
                os.fdatasync(writer.fileno())
                unsynced_bytes = 0
            on_bytes(count)
        os.fsync(writer.fileno())
    return digest.hexdigest()


def _new_file(path: Path) -> FileIO:
    """Open a file that does not exist yet for writing. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE)
    return FileIO(descriptor, "wb")


def read_back(path: Path, medium: Medium, on_bytes: Callable[[int], None]) -> ReadBack:
    """Hash a file of the medium from the medium itself.

    Direct I/O never reads the page cache. Where the file system refuses it,
    the cache is asked to forget the file first, which is weaker; the method is
    part of the answer. `on_bytes` hears how many more bytes were read.

    Raises MediumError.
    """
    with medium.errors():
        try:
            return ReadBack(_hash_direct(path, on_bytes), O_DIRECT)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise
        descriptor = open_regular(path)
        try:
            drop_cache(descriptor)
        finally:
            os.close(descriptor)
        return ReadBack(hash_file(path, on_bytes), FADVISE)


def _hash_direct(path: Path, on_bytes: Callable[[int], None]) -> str:
    """Hash with O_DIRECT. Raises OSError EINVAL where the file system has no such thing (open(2))."""
    digest = hashlib.sha256()
    # An anonymous map begins at a page, which every file system's alignment accepts.
    reading, hashing = (memoryview(mmap.mmap(-1, CHUNK_BYTES)) for _ in range(2))
    descriptor = open_regular(path, os.O_DIRECT)
    try:
        with _hasher() as hasher:
            size_bytes = os.fstat(descriptor).st_size
            offset = 0
            hashed: Future[None] | None = None
            while offset < size_bytes and (count := os.preadv(descriptor, [reading], offset)):
                if hashed is not None:
                    hashed.result()
                reading, hashing = hashing, reading
                hashed = hasher.submit(digest.update, hashing[:count])
                offset += count
                on_bytes(count)
    finally:
        os.close(descriptor)
    return digest.hexdigest()


def _hasher() -> ThreadPoolExecutor:
    """Return one thread that hashes, without the GIL, while this one waits for the disk."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="hash")
