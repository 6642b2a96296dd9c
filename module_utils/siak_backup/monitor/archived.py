# SPDX-License-Identifier: GPL-3.0-or-later
"""Is the night that the journal tells of still in the archive?"""

from __future__ import annotations

import stat
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from ..archive.folder import prove, read_folder
from ..archive.names import is_plain, plain_name
from ..durable import archive_errors
from ..errors import VanishedError

if TYPE_CHECKING:
    from ..agenda.period import ServerNight

_REMEDY = "cari salinannya di media, lalu jalankan ulang backup"


def demand_archived(archive_dir: Path, night: ServerNight, *, verify: bool = False) -> Path:
    """Return the dated folder of a proven night, once it is found in the archive as it was filed.

    Cheap unless `verify`, which reads every file again: manifest, SHA256SUMS and the sizes of all files are looked at.

    Args:
        archive_dir: the archive's root; the folder is looked for below it, wherever the journal says it lay.
        night: a proven night of the journal; its folder's name is not taken on trust.
        verify: whether the files' SHA-256 are compared with SHA256SUMS.

    Raises:
        ConfigError: the server's name cannot name a folder.
        VanishedError: folder or file is gone, changed, or another run's.
        ArchiveError: manifest or SHA256SUMS is damaged, or cannot be read.
    """
    name = PurePath(night.folder).name
    path = archive_dir / plain_name(night.server, what="nama server") / name
    if not is_plain(name):
        raise VanishedError("jurnal tidak menyebut folder arsipnya", where=str(path.parent), remedy=_REMEDY)
    with archive_errors(path):
        if not stat.S_ISDIR(path.lstat().st_mode):
            raise VanishedError("bukan folder", where=str(path), remedy=_REMEDY)
    folder = read_folder(path)
    if (folder.manifest.run_id, folder.manifest.server) != (night.run, night.server):
        raise VanishedError(f"folder arsip bukan dari run {night.run}", where=str(path), remedy=_REMEDY)
    with archive_errors(path):
        irregular = [file for file in folder.sums if not stat.S_ISREG((path / file).lstat().st_mode)]
    if irregular:
        raise VanishedError("bukan berkas biasa", where=str(path / irregular[0]), remedy=_REMEDY)
    for entry in folder.manifest.files:
        if folder.sizes_bytes[entry.name] != entry.size_bytes:
            raise VanishedError("ukuran berkas berubah", where=str(path / entry.name), remedy=_REMEDY)
    # A journal line that could not hold the list of files tells no size.
    if night.size_bytes and sum(entry.size_bytes for entry in folder.manifest.files) != night.size_bytes:
        raise VanishedError("ukuran folder tidak sama dengan catatan jurnal", where=str(path), remedy=_REMEDY)
    if verify:
        prove(folder)
    return path
