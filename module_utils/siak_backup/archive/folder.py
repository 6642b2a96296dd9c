# SPDX-License-Identifier: GPL-3.0-or-later
"""A dated folder as a reader finds it, in the archive or on a medium: read strictly, proven by hashing."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..durable import archive_errors, hash_file, open_regular
from ..errors import VanishedError
from .manifest import Manifest
from .names import MANIFEST_NAME, SUMS_NAME, is_plain
from .sums import parse_sums

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: A manifest of 50,000 tables is some 6 MB; what is longer is cut, and then refused as damaged.
_MAX_TEXT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class DatedFolder:
    """A published folder.

    `sums` maps the name of every file to its SHA-256: as SHA256SUMS gives it,
    and last SHA256SUMS with its own. `sizes_bytes` has the same names.
    """

    path: Path
    manifest: Manifest
    sums: dict[str, str]
    sizes_bytes: dict[str, int]

    @property
    def total_bytes(self) -> int:
        """Bytes of all files."""
        return sum(self.sizes_bytes.values())

    def files(self) -> list[dict[str, Any]]:
        """Return `name`, `size_bytes` and `sha256` of every file."""
        return [
            {"name": name, "size_bytes": self.sizes_bytes[name], "sha256": sha256} for name, sha256 in self.sums.items()
        ]


def read_folder(path: Path) -> DatedFolder:
    """Read what a dated folder says of itself; only the manifest is read in full.

    Raises:
        VanishedError: the folder, or a file that its SHA256SUMS names, is gone.
        ArchiveError: manifest or SHA256SUMS is damaged, or they contradict each other.
    """
    sums_text = _read_text(path / SUMS_NAME)
    sums = parse_sums(sums_text, where=str(path / SUMS_NAME))
    manifest = read_manifest(path / MANIFEST_NAME)
    if SUMS_NAME in sums:
        raise _changed(path / SUMS_NAME)
    stored = {entry.name: entry for entry in manifest.stored}
    for entry in manifest.files:
        lies = stored.get(entry.name)
        name, sha256 = (lies.stored_name, lies.sha256) if lies else (entry.name, entry.sha256)
        if sums.get(name) != sha256:
            raise _changed(path / name)
    with archive_errors(path):
        sums[SUMS_NAME] = hashlib.sha256(sums_text.encode()).hexdigest()
        sizes_bytes = {name: (path / name).lstat().st_size for name in sums}
    return DatedFolder(path, manifest, sums, sizes_bytes)


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a folder that is not looked at otherwise. Raises VanishedError, ArchiveError."""
    return Manifest.from_json(_read_text(path), where=str(path))


def _read_text(path: Path) -> str:
    with archive_errors(path), os.fdopen(open_regular(path), "rb") as file:
        return file.read(_MAX_TEXT_BYTES).decode("utf-8", errors="replace")


def nights_of(server_dir: Path) -> tuple[str, ...]:
    """Return the names of a server's nights in the archive, the latest published first. Raises ArchiveError."""
    with archive_errors(server_dir):
        found = [
            (manifest.stat().st_mtime_ns, manifest.parent.name)
            for manifest in server_dir.glob(f"*/{MANIFEST_NAME}")
            if is_plain(manifest.parent.name)
        ]
    return tuple(name for _, name in sorted(found, reverse=True))


def prove(folder: DatedFolder, on_bytes: Callable[[int], None] | None = None) -> None:
    """Read every file again and compare; `on_bytes` hears how many more bytes were read.

    Raises:
        VanishedError: a file is gone or differs from its sum.
        ArchiveError: a file cannot be read.
    """
    for name, sha256 in folder.sums.items():
        path = folder.path / name
        with archive_errors(path):
            found = hash_file(path, on_bytes)
        if found != sha256:
            raise _changed(path)


def _changed(path: Path) -> VanishedError:
    return VanishedError("isi berkas berubah", where=str(path), remedy="jangan pakai folder ini, jalankan ulang backup")
