# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder `.masuk-<run id>`, in which a night grows until it is whole."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from .. import runlock
from ..durable import PART_SUFFIX, archive_errors, hash_file
from ..errors import ArchiveError, VanishedError
from .names import MANIFEST_NAME, STAGING_PREFIX, SUMS_NAME, plain_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .manifest import FileEntry

#: Ours, written into the staging folder by a try of this run that did not come to its end.
_REWRITTEN = frozenset(name + suffix for name in (MANIFEST_NAME, SUMS_NAME) for suffix in ("", PART_SUFFIX))


def staging_dir(archive_dir: Path, server: str, run: str) -> Path:
    """Return the one staging folder of a run on a server. Raises ConfigError for names that are not plain."""
    return archive_dir / plain_name(server, what="nama server") / (STAGING_PREFIX + plain_name(run, what="id run"))


def sweep_staging(server_dir: Path, *, keep_run: str) -> list[str]:
    """Remove what other runs left half collected; return the folders' names.

    Only `keep_run`, which must hold the server's lock, may do so: nobody else
    can be collecting then. A server without a folder has nothing to sweep.

    Raises:
        RunLockError: `keep_run` does not hold the lock.
        ArchiveError: a folder cannot be removed.
    """
    left = _left_by_others(server_dir, keep_run)
    if left:
        runlock.require(server_dir / runlock.LOCK_NAME, run=keep_run)
    with archive_errors(server_dir):
        for name in left:
            shutil.rmtree(server_dir / name)
    return left


def left_bytes(server_dir: Path, *, keep_run: str) -> int:
    """Return the bytes that `sweep_staging` would give back. Raises ArchiveError."""
    with archive_errors(server_dir):
        return sum(
            path.lstat().st_size
            for name in _left_by_others(server_dir, keep_run)
            for path in (server_dir / name).rglob("*")
        )


def _left_by_others(server_dir: Path, keep_run: str) -> list[str]:
    with archive_errors(server_dir):
        return sorted(
            entry.name
            for entry in (os.scandir(server_dir) if server_dir.is_dir() else ())
            if entry.name.startswith(STAGING_PREFIX)
            and entry.name != STAGING_PREFIX + keep_run
            and entry.is_dir(follow_symlinks=False)
        )


def prove_staged(
    staging: Path, pieces: Mapping[str, FileEntry], on_bytes: Callable[[int], None] | None = None
) -> dict[str, str]:
    """Read every collected file again; return final name -> the name it bears now.

    `pieces` maps the name a file was collected under to what it must be; a
    file that an earlier try of this run has already renamed is accepted.

    Raises:
        VanishedError: a file is gone or is no longer what was collected.
        ArchiveError: the folder holds something nobody collected.
    """
    with archive_errors(staging):
        present = {entry.name for entry in os.scandir(staging)}
    known = {*pieces, *(entry.name for entry in pieces.values()), *_REWRITTEN}
    if foreign := present - known:
        raise ArchiveError(
            "folder sementara memuat berkas yang tidak dikenal",
            where=str(staging / min(foreign)),
            remedy="pindahkan berkas itu lalu jalankan ulang backup",
        )
    found: dict[str, str] = {}
    for collected_as, entry in pieces.items():
        renamed = entry.name in present and collected_as not in present
        name = entry.name if renamed else collected_as
        path = staging / name
        with archive_errors(path):
            same = path.lstat().st_size == entry.size_bytes and hash_file(path, on_bytes) == entry.sha256
        if not same:
            raise VanishedError("dump berubah setelah diambil", where=str(path), remedy="jalankan ulang backup")
        found[entry.name] = name
    return found
