# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are whole or absent, whatever stops the program between two lines.

A rename is atomic, but only an fsync of the folder makes it survive a power
cut, and only an fsync of the file makes what it names survive (fsync(2)).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import stat
from typing import TYPE_CHECKING

from .errors import ArchiveError, NoSpaceError, ReadOnlyError, VanishedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: Large enough that two threads do not hand the GIL back and forth, small beside any machine's memory.
CHUNK_BYTES = 4 * 1024 * 1024

#: What holds residents' data is for the account that makes the backup, and for nobody else.
PRIVATE_FILE, PRIVATE_DIR = 0o600, 0o700

#: Added to the name of a file that is still being written.
PART_SUFFIX = ".part"

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1

#: What a kernel or file system without RENAME_NOREPLACE answers (renameat2(2)).
_NOREPLACE_UNKNOWN = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
VANISHED = (errno.ENOENT, errno.ENOTDIR, errno.ESTALE)


@contextlib.contextmanager
def archive_errors(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into the ArchiveError that tells an operator what to do.

    Args:
        path: the file or folder of the archive that the block works on; the
            message names it unless the OSError names another.

    Raises:
        NoSpaceError: the file system or the quota is full.
        ReadOnlyError: the file system or the folder refuses writes.
        VanishedError: the file is not there.
        ArchiveError: any other answer of the system.
    """
    try:
        yield
    except OSError as error:
        raise _archive_error(error, path) from error


def _archive_error(error: OSError, path: Path) -> ArchiveError:
    where = str(error.filename or path)
    if error.errno in NO_SPACE:
        return NoSpaceError("arsip penuh", where=where, remedy="kosongkan atau perbesar penyimpanan lalu ulangi")
    if error.errno in READ_ONLY:
        return ReadOnlyError(
            "arsip tidak dapat ditulisi atau dibaca", where=where, remedy="periksa izin folder dan status mount"
        )
    if error.errno in VANISHED:
        return VanishedError("berkas tidak ditemukan", where=where, remedy="jalankan ulang backup dari langkah 1")
    reason = os.strerror(error.errno) if error.errno else str(error)
    return ArchiveError(f"arsip gagal dipakai, {reason}", where=where, remedy="periksa disk node kendali")


def fsync_dir(path: Path) -> None:
    """Make the names in a folder survive a power cut. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_file(path: Path) -> None:
    """Make the content of a file survive a power cut. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomic(path: Path, data: bytes, mode: int = PRIVATE_FILE) -> None:
    """Write a small file so that readers see the old content or the new, never a part of it.

    The parent's `<name>.part` is replaced without asking: one writer at a
    time. Raises OSError.
    """
    part = path.with_name(path.name + PART_SUFFIX)
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    fsync_dir(path.parent)


def rename_noreplace(source: Path, target: Path) -> None:
    """Rename a file or folder, and never replace anything that bears the target's name.

    Not even the empty folder that rename(2) would replace. Where the file
    system lacks RENAME_NOREPLACE (some FUSE ones), a file is linked and then
    unlinked; a folder, or a file where there are no links, is looked for
    first, which leaves only an empty folder or file made in that instant to
    chance.

    Raises:
        FileExistsError: the target exists.
        OSError: any other answer of the system.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.renameat2(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), _RENAME_NOREPLACE)
    if result == 0:
        return
    code = ctypes.get_errno()
    if code in _NOREPLACE_UNKNOWN:
        _rename_by_link(source, target)
        return
    raise OSError(code, os.strerror(code), os.fspath(source), None, os.fspath(target))


def _rename_by_link(source: Path, target: Path) -> None:
    if not stat.S_ISDIR(source.lstat().st_mode):
        try:
            os.link(source, target, follow_symlinks=False)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS):
                raise
        else:
            source.unlink()
            return
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(target))
    source.rename(target)


def open_regular(path: Path, flags: int = 0) -> int:
    """Open a regular file for reading and return its descriptor.

    On a medium a name may be anything: a symbolic link is refused (ELOOP), and
    so is whatever else is not a regular file (EINVAL), without waiting for a
    writer of a FIFO. `flags` are added for open(2). Raises OSError.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))
    return descriptor


def hash_file(path: Path, on_bytes: Callable[[int], None] | None = None) -> str:
    """Return the SHA-256 of a regular file in lower-case hex, reading it in chunks.

    `on_bytes` hears how many more bytes were read. Raises OSError, as `open_regular` does.
    """
    digest = hashlib.sha256()
    with os.fdopen(open_regular(path), "rb", buffering=0) as file:
        buffer = memoryview(bytearray(CHUNK_BYTES))
        while count := file.readinto(buffer):
            digest.update(buffer[:count])
            if on_bytes is not None:
                on_bytes(count)
    return digest.hexdigest()


def drop_cache(descriptor: int) -> None:
    """Ask the kernel to forget its pages of an open file, so that the next read asks the disk.

    Only clean pages go: fsync first. It is a request (posix_fadvise(2)); a
    mapped file keeps its pages. Raises OSError.
    """
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
