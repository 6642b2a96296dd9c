# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings files of the server's backup folder here: straight to disk, hashed, and compared with what the server says.

Ansible's own `fetch` reads a whole file into memory on Windows connections, so large files come by SFTP, or from a
folder of this machine under which the server's folder is mounted.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ..archive.manifest import FileEntry
from ..durable import (
    CHUNK_BYTES,
    PART_SUFFIX,
    PRIVATE_FILE,
    archive_errors,
    fsync_dir,
    fsync_file,
    hash_file,
    open_regular,
    rename_noreplace,
)
from ..errors import CollectError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .plan import ScriptPlan
    from .remote import Line
    from .replies import ServerFile

#: Logs come by any connection, as far as this.
_MOST_SMALL_BYTES: Final = 64 << 20

#: What sftp would take for a pattern, or a shell for more than a name.
_UNSAFE = re.compile(r"[*?\[\]\\/\"'`$;|<>]")

_LOOK_EVERY_S: Final = 1.0


class Fetcher:
    """Brings files of one server here. A share is preferred where there is one."""

    def __init__(self, line: Line, plan: ScriptPlan) -> None:
        self._line = line
        self._plan = plan

    def demand_way(self) -> None:
        """Raise ConfigError if large files cannot come here without being held in memory."""
        if self._plan.share_dir is None and not self._line.remote.streams:
            raise ConfigError(
                "sambungan ini tidak dapat mengambil berkas besar",
                where=self._plan.where,
                remedy="isi siak_script.share_dir dengan folder node kendali tempat folder backup server di-mount, "
                "atau pakai ansible_connection ssh",
            )

    def read_small(self, file: ServerFile, folder: Path) -> bytes:
        """Return what a log holds, by way of `folder`. Raises CollectError, ConnectError, LoginError."""
        if file.size_bytes > _MOST_SMALL_BYTES:
            raise self._changed(file, f"log terlalu besar, {file.size_bytes} byte")
        target = folder / "small"
        with archive_errors(folder):
            target.unlink(missing_ok=True)
            self._bring(file, target, lambda _: None)
            return target.read_bytes()

    def bring(self, file: ServerFile, target: Path, on_bytes: Callable[[int], None]) -> FileEntry:
        """Bring a file here under the name of `target`, durable; `on_bytes` hears how many bytes more are here.

        Raises:
            CollectError: it is not what the listing said, or is not to be had.
            ArchiveError: it cannot be written.
            ConnectError, LoginError: the server stays away.
        """
        part = target.with_name(target.name + PART_SUFFIX)
        with archive_errors(part):
            part.unlink(missing_ok=True)
            sha256 = self._bring(file, part, on_bytes)
            size_bytes = part.lstat().st_size
            if size_bytes != file.size_bytes:
                raise self._changed(file, f"datang {size_bytes} byte, di server {file.size_bytes}")
            part.chmod(PRIVATE_FILE)
            fsync_file(part)
            rename_noreplace(part, target)
            fsync_dir(target.parent)
        return FileEntry(target.name, size_bytes, sha256, file.name)

    def _bring(self, file: ServerFile, target: Path, on_bytes: Callable[[int], None]) -> str:
        if _UNSAFE.search(file.name):
            raise self._changed(file, "namanya memuat karakter yang tidak aman")
        if self._plan.share_dir is not None:
            return _copy(self._plan.share_dir / file.name, target, on_bytes)
        with _growth(target, on_bytes):
            self._line.fetch(self._line.shell.join(self._plan.folder, file.name), target)
        return hash_file(target)

    def _changed(self, file: ServerFile, what: str) -> CollectError:
        return CollectError(
            f"berkas {file.name} tidak dapat diambil utuh, {what}",
            where=f"{self._plan.where}, {self._plan.folder}",
            remedy="jangan ada yang menulis di folder itu selama backup, lalu ulangi",
        )


def _copy(source: Path, target: Path, on_bytes: Callable[[int], None]) -> str:
    digest = hashlib.sha256()
    with archive_errors(source):
        descriptor = open_regular(source)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with (
        os.fdopen(descriptor, "rb", buffering=0) as reader,
        os.fdopen(os.open(target, flags, PRIVATE_FILE), "wb", buffering=0) as writer,
    ):
        buffer = memoryview(bytearray(CHUNK_BYTES))
        while count := reader.readinto(buffer):
            digest.update(buffer[:count])
            written = 0
            while written < count:
                written += writer.write(buffer[written:count])
            on_bytes(count)
    return digest.hexdigest()


@contextmanager
def _growth(path: Path, on_bytes: Callable[[int], None]) -> Iterator[None]:
    """Tell how a file grows that another program writes. Only one thread at a time calls `on_bytes`."""
    done = threading.Event()
    told_bytes = 0

    def tell() -> None:
        nonlocal told_bytes
        size_bytes = path.lstat().st_size if path.exists() else told_bytes
        if size_bytes > told_bytes:
            on_bytes(size_bytes - told_bytes)
            told_bytes = size_bytes

    def look() -> None:
        while not done.wait(_LOOK_EVERY_S):
            tell()

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    tell()
