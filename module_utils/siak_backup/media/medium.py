# SPDX-License-Identifier: GPL-3.0-or-later
"""A medium that was identified, and what its troubles mean to the person who plugged it in."""

from __future__ import annotations

import contextlib
import errno
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..calendar import size
from ..durable import NO_SPACE, READ_ONLY, VANISHED
from ..errors import FileSystemLimitError, MediumError
from .marker import FLASHDISK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .filesystem import FileSystem
    from .marker import Marker

#: What a pulled cable, a dead disk or a FUSE server that died answers.
_LOST = (*VANISHED, errno.EIO, errno.ENODEV, errno.ENXIO, errno.ENOTCONN)

PLUG_IN = "pasang (mount) disk itu lalu jalankan backup lagi"
READ_ONLY_MEDIUM = ("media tidak dapat ditulisi", "buka kunci tulis media, periksa mount dan izinnya")
_MAKE_ROOM = "ganti media, atau minta petugas mengosongkannya"
_TOO_LARGE = ("berkas terlalu besar untuk format media", "pakai media berformat exFAT atau ext4, bukan FAT32")


@dataclass(frozen=True)
class Medium:
    """A disk at its mount point, under the office's own label."""

    path: Path
    label: str
    file_system: FileSystem
    marker: Marker

    def warnings(self) -> tuple[str, ...]:
        """Return what the office should know of this medium, though the copy is made."""
        warnings = []
        if self.marker.kind == FLASHDISK:
            warnings.append(
                f"media {self.label} adalah flash disk: SOP membolehkan, tetapi flash disk mudah rusak dan hilang; "
                "sediakan juga hardisk khusus berformat exFAT"
            )
        elif self.file_system.is_removable:
            warnings.append(f"media {self.label} terdaftar sebagai {self.marker.kind}, sistem menyebutnya flash disk")
        if self.file_system.is_fuse:
            warnings.append(
                f"media {self.label} dilayani program FUSE, yang saat dibaca ulang mungkin menjawab dari memorinya"
            )
        return tuple(warnings)

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

    def demand_file(self, name: str, size_bytes: int) -> None:
        """Raise FileSystemLimitError unless the file system holds a file of this size."""
        most = self.file_system.most_file_bytes
        if most is not None and size_bytes > most:
            raise FileSystemLimitError(
                f"{name} {size(size_bytes)} tidak muat, berkas {self.file_system.name} paling besar {size(most)}",
                where=f"media {self.label}, {self.path}",
                remedy="pakai media berformat exFAT atau ext4, atau kecilkan export_piece_size",
            )

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turn an OSError of the block into a MediumError that names the medium and the remedy."""
        try:
            yield
        except OSError as error:
            raise self.error(*meaning(error), path=error.filename) from error

    def error(self, what: str, remedy: str, *, path: object = None) -> MediumError:
        """Return an error that says which medium, and where on it."""
        return MediumError(what, where=f"media {self.label}, {path or self.path}", remedy=remedy)


def meaning(error: OSError) -> tuple[str, str]:
    """Return what the system's answer means for a medium, and the remedy."""
    if error.errno in NO_SPACE:
        return "media penuh", _MAKE_ROOM
    if error.errno in READ_ONLY:
        return READ_ONLY_MEDIUM
    if error.errno == errno.EFBIG:
        return _TOO_LARGE
    reason = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in _LOST:
        return f"media terputus atau rusak, {reason}", "periksa kabel dan media, ganti bila perlu"
    return f"media gagal dipakai, {reason}", "periksa media, ganti bila perlu"
