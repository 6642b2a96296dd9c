# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing to a medium and reading from it past the page cache, and what is said where that cannot be.

Direct I/O wants page-aligned memory, offsets and lengths (open(2)); the last
block of a file is padded and then cut off. Where a file system refuses it,
the page cache is used, emptied, and looked at: pages that stay mean that what
was read may be memory, not the medium.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import mmap
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..durable import NO_SPACE, PRIVATE_FILE, drop_cache, open_regular
from .ring import BUFFER_BYTES, PAGE_BYTES, Ring

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from .digest import Digest

#: How a file was read back: from the device; through an emptied page cache; from memory, perhaps, which proves nothing.
O_DIRECT: Final = "O_DIRECT"
FADVISE: Final = "fadvise"
CACHE: Final = "cache"

#: From the weakest to the strongest.
METHODS = (CACHE, FADVISE, O_DIRECT)

#: Requests in flight while reading. One leaves the device idle while Python turns round.
_LANES = 2

#: What a file system without direct I/O, or without room set aside, answers.
_NOT_SUPPORTED = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS)

#: Without direct I/O, written data is pushed to the disk this often, so that a slow, full or dead disk shows at once.
_PUSH_EVERY_BYTES = 16 * BUFFER_BYTES


class NewFile:
    """A file that did not exist, written front to back, with direct I/O unless the file system refuses it.

    Every method raises OSError.
    """

    def __init__(self, path: Path, *, direct: bool = True) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, PRIVATE_FILE)
        self.is_direct = direct and self._set_direct(on=True)
        self._written_bytes = 0
        self._padded_bytes = 0
        self._unpushed_bytes = 0

    def reserve(self, size_bytes: int) -> None:
        """Set room aside, so that a full disk or quota is told before and not after hours of writing."""
        libc = ctypes.CDLL(None, use_errno=True)
        length = ctypes.c_int64(size_bytes)
        if size_bytes and libc.fallocate(self._descriptor, _KEEP_SIZE, ctypes.c_int64(0), length) != 0:
            code = ctypes.get_errno()
            if code in (*NO_SPACE, errno.EFBIG):
                # What was found before the room ran out stays taken otherwise.
                os.ftruncate(self._descriptor, 0)
                raise OSError(code, os.strerror(code))

    def write(self, buffer: memoryview, length: int) -> None:
        """Append the first `length` bytes of a page-aligned buffer, which is theirs to pad."""
        size_bytes = length
        if self.is_direct and length % PAGE_BYTES:
            size_bytes = -(-length // PAGE_BYTES) * PAGE_BYTES
            self._padded_bytes = size_bytes - length
        left, offset = buffer[:size_bytes], self._written_bytes
        while left:
            count = self._write_some(left, offset)
            left, offset = left[count:], offset + count
        self._written_bytes += length
        self._push(length)

    def _write_some(self, data: memoryview, offset: int) -> int:
        try:
            return os.pwrite(self._descriptor, data, offset)
        except OSError as error:
            if not self.is_direct or error.errno not in _NOT_SUPPORTED:
                raise
            self.is_direct = False
            self._set_direct(on=False)
            return os.pwrite(self._descriptor, data, offset)

    def _set_direct(self, *, on: bool) -> bool:
        """Switch direct I/O and tell whether the file system took it."""
        flags = fcntl.fcntl(self._descriptor, fcntl.F_GETFL)
        try:
            fcntl.fcntl(self._descriptor, fcntl.F_SETFL, flags | os.O_DIRECT if on else flags & ~os.O_DIRECT)
        except OSError as error:
            if error.errno not in _NOT_SUPPORTED:
                raise
            return False
        return True

    def _push(self, length: int) -> None:
        self._unpushed_bytes += length
        if not self.is_direct and self._unpushed_bytes >= _PUSH_EVERY_BYTES:
            os.fdatasync(self._descriptor)
            self._unpushed_bytes = 0

    def finish(self) -> None:
        """Cut off what was padded and make the file durable."""
        if self._padded_bytes:
            os.ftruncate(self._descriptor, self._written_bytes)
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close it, durable or not; again does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


_KEEP_SIZE = 1  # FALLOC_FL_KEEP_SIZE, linux/falloc.h


@dataclass(frozen=True)
class ReadBack:
    """Digest and bytes of what the medium gave back, and by which of `METHODS` it was read."""

    digest: str
    method: str
    size_bytes: int


def read_back(path: Path, digest: Digest, on_bytes: Callable[[int], None]) -> ReadBack:
    """Hash a regular file from the medium itself; `on_bytes` hears how many more bytes were read. Raises OSError."""
    descriptor = open_regular(path)
    try:
        if _takes_direct_reads(path):
            direct = open_regular(path, os.O_DIRECT)
            try:
                size_bytes = _hash(direct, digest, on_bytes, direct=True)
            finally:
                os.close(direct)
            return ReadBack(digest.hexdigest(), O_DIRECT, size_bytes)
        os.fsync(descriptor)
        drop_cache(descriptor)
        method = CACHE if _resident(descriptor) else FADVISE
        size_bytes = _hash(descriptor, digest, on_bytes, direct=False)
    finally:
        os.close(descriptor)
    return ReadBack(digest.hexdigest(), method, size_bytes)


def _takes_direct_reads(path: Path) -> bool:
    try:
        descriptor = open_regular(path, os.O_DIRECT)
    except OSError as error:
        if error.errno not in _NOT_SUPPORTED:
            raise
        return False
    try:
        os.preadv(descriptor, [mmap.mmap(-1, PAGE_BYTES)], 0)
    except OSError as error:
        if error.errno not in _NOT_SUPPORTED:
            raise
        return False
    finally:
        os.close(descriptor)
    return True


def weakest(methods: set[str]) -> str:
    """Return the weakest of the methods; of none, the strongest."""
    return min(methods, key=METHODS.index, default=O_DIRECT)


def _hash(descriptor: int, digest: Digest, on_bytes: Callable[[int], None], *, direct: bool) -> int:
    """Hash an open file and return the bytes that came. Raises OSError."""
    size_bytes = os.fstat(descriptor).st_size
    ring = Ring(_LANES + 1)

    def read(number: int, offset: int) -> tuple[memoryview, int]:
        view = ring.view(number)
        count = 0
        while count < len(view) and (more := os.preadv(descriptor, [view[count:]], offset + count)):
            count += more
            # A short count is the end of the file; direct I/O could not go on from there anyway.
            if direct and more % PAGE_BYTES:
                break
        return view, count

    with ThreadPoolExecutor(_LANES, thread_name_prefix="read") as lanes:
        running: deque[Future[tuple[memoryview, int]]] = deque()
        came_bytes = 0
        for turn, offset in enumerate(range(0, size_bytes, BUFFER_BYTES)):
            if len(running) == _LANES:
                came_bytes += _take(running.popleft(), digest, on_bytes)
            running.append(lanes.submit(read, turn % ring.count, offset))
        while running:
            came_bytes += _take(running.popleft(), digest, on_bytes)
    return came_bytes


def _take(read: Future[tuple[memoryview, int]], digest: Digest, on_bytes: Callable[[int], None]) -> int:
    view, count = read.result()
    digest.update(view[:count])
    on_bytes(count)
    return count


def _resident(descriptor: int) -> bool:
    """Tell whether any page of an open file is in memory. Raises OSError."""
    size_bytes = os.fstat(descriptor).st_size
    if not size_bytes:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_int64]
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    libc.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p]
    # Python's mmap hides its address where the map cannot be written.
    address = libc.mmap(None, size_bytes, mmap.PROT_READ, mmap.MAP_SHARED, descriptor, 0)
    if address in (None, ctypes.c_void_p(-1).value):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    try:
        pages = ctypes.create_string_buffer(-(-size_bytes // PAGE_BYTES))
        if libc.mincore(address, size_bytes, pages) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
    finally:
        libc.munmap(address, size_bytes)
    return any(page & 1 for page in pages.raw)
