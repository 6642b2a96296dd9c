# SPDX-License-Identifier: GPL-3.0-or-later
"""A mounted disk, and what its troubles mean to the person who plugged it in."""

from __future__ import annotations

import contextlib
import errno
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..calendar import size
from ..durable import NO_SPACE, READ_ONLY, VANISHED
from ..errors import MediumError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: What a pulled cable, a dead disk or a FUSE server that died answers.
_LOST = (*VANISHED, errno.EIO, errno.ENODEV, errno.ENXIO, errno.ENOTCONN)


@dataclass(frozen=True)
class Medium:
    """A disk at its mount point, under the office's own label or serial number."""

    path: Path
    label: str

    def demand_usable(self, *, mount_required: bool) -> None:
        """Raise MediumError unless the medium is there, mounted if it must be, and takes writes."""
        if not self.path.is_dir():
            raise self.error("media tidak ditemukan", remedy=_PLUG_IN)
        if mount_required and not self.path.is_mount():
            raise self.error("media tidak terpasang, folder itu bukan titik mount", remedy=_PLUG_IN)
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise self.error(*_read_only())

    def demand_room(self, needed_bytes: int, *, reclaimable_bytes: int = 0) -> int:
        """Return the free bytes, `reclaimable_bytes` given back. Raises MediumError unless `needed_bytes` fit."""
        with self.errors():
            status = os.statvfs(self.path)
        free_bytes = status.f_bavail * status.f_frsize + reclaimable_bytes
        if free_bytes < needed_bytes:
            raise self.error(
                f"media penuh, perlu {size(needed_bytes)} dan tersisa {size(free_bytes)}", remedy=_MAKE_ROOM
            )
        return free_bytes

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turn an OSError of the block into a MediumError that names the medium and the remedy."""
        try:
            yield
        except OSError as error:
            raise self.error(*_meaning(error), path=error.filename) from error

    def error(self, what: str, remedy: str, *, path: object = None) -> MediumError:
        """Return an error that says which medium, and where on it."""
        return MediumError(what, where=f"media {self.label}, {path or self.path}", remedy=remedy)


_PLUG_IN = "pasang (mount) disk itu lalu jalankan backup lagi"
_MAKE_ROOM = "ganti media, atau minta petugas mengosongkannya"


def _read_only() -> tuple[str, str]:
    return "media tidak dapat ditulisi", "buka kunci tulis media, periksa mount dan izinnya"


def _meaning(error: OSError) -> tuple[str, str]:
    if error.errno in NO_SPACE:
        return "media penuh", _MAKE_ROOM
    if error.errno in READ_ONLY:
        return _read_only()
    if error.errno == errno.EFBIG:
        return "berkas terlalu besar untuk format media", "pakai media berformat exFAT atau ext4, bukan FAT32"
    reason = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in _LOST:
        return f"media terputus atau rusak, {reason}", "periksa kabel dan media, ganti bila perlu"
    return f"media gagal dipakai, {reason}", "periksa media, ganti bila perlu"
