# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pieces a try of this run has already brought here whole, so that the next try does not pull them again.

A line of JSON a piece, in the staging folder, appended once the piece has its
name. What it says is only a claim: the piece is hashed again before it counts.
The file goes when step 3 succeeds; step 4 takes nothing but dump and log.
"""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

from ..archive.fields import read_object
from ..archive.manifest import FileEntry
from ..durable import PRIVATE_DIR, PRIVATE_FILE, archive_errors, fsync_dir, hash_file, open_regular

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

RECORD_NAME = ".diambil.jsonl"

#: Of 99 pieces some 30 KB; what is longer is not ours, and its tail is not read.
_MAX_RECORD_BYTES = 256 * 1024


class PulledRecord:
    """The record of one staging folder, kept by one thread at a time."""

    def __init__(self, staging: Path) -> None:
        self._staging = staging
        self._path = staging / RECORD_NAME

    def add(self, entry: FileEntry) -> None:
        """Append a piece that lies in the folder under its name. Raises ArchiveError."""
        with archive_errors(self._path):
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
            with os.fdopen(os.open(self._path, flags, PRIVATE_FILE), "wb", buffering=0) as file:
                file.write(json.dumps(entry.as_dict(), sort_keys=True).encode() + b"\n")
                os.fsync(file.fileno())

    def drop(self) -> None:
        """Remove the record. Raises ArchiveError."""
        with archive_errors(self._path):
            self._path.unlink(missing_ok=True)
            fsync_dir(self._staging)

    def prepare(self, wanted: Mapping[str, int], on_bytes: Callable[[int], None]) -> dict[str, FileEntry]:
        """Make the folder hold nothing but recorded pieces that are still what they were; return those.

        `wanted` gives the bytes each piece has on the server; `on_bytes` hears
        how many bytes more are known to be here. Raises ArchiveError.
        """
        with archive_errors(self._staging):
            whole = {
                entry.name: entry
                for entry in self._claims()
                if wanted.get(entry.name) == entry.size_bytes and _is_whole(self._staging / entry.name, entry)
            }
            if not whole and self._staging.exists():
                shutil.rmtree(self._staging)
            self._staging.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
            for path in list(self._staging.iterdir()):
                if path.name not in (*whole, RECORD_NAME):
                    _remove(path)
            fsync_dir(self._staging.parent)
        on_bytes(sum(entry.size_bytes for entry in whole.values()))
        return whole

    def _claims(self) -> list[FileEntry]:
        """Return what the record says, as far as its lines can be read; a line cut by a crash is no claim."""
        try:
            descriptor = open_regular(self._path)
        except OSError:
            return []
        with os.fdopen(descriptor, "rb") as file:
            lines = file.read(_MAX_RECORD_BYTES).splitlines()
        return [entry for line in lines if (entry := _claim(line)) is not None]


def _claim(line: bytes) -> FileEntry | None:
    try:
        return read_object(json.loads(line), FileEntry.read, name="piece")
    except (ValueError, RecursionError):
        return None


def _is_whole(path: Path, entry: FileEntry) -> bool:
    try:
        return path.lstat().st_size == entry.size_bytes and hash_file(path) == entry.sha256
    except OSError:
        return False


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
