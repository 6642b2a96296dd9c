# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier nights left in the server's directory object, and what of it may go (docs/adr/0021).

A file goes only if it is a dump piece of ours, its run's dated folder lies in
the archive with a sound manifest and SHA256SUMS, the server's file has the
size the manifest tells, and that folder was read again just before.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..archive.folder import DatedFolder, prove, read_folder
from ..archive.names import is_plain
from ..dump.status import Status
from ..durable import archive_errors
from ..errors import ArchiveError, ConfigError, OracleError
from . import files
from .names import job_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .session import Link

#: Nights are read again one after the other, within the step's time: two, and more as long as they are small.
_SURE_NIGHTS = 2
_MOST_BYTES = 16 * 1024**3

_NUMBER = re.compile(r"_[0-9]{2}\.dmp")


@dataclass(frozen=True)
class LeftFile:
    """A file that was to go and stays, and why, in Indonesian."""

    name: str
    reason: str


@dataclass(frozen=True)
class Cleared:
    """What was removed from the server, and what was to go and stays."""

    removed: tuple[str, ...] = ()
    left: tuple[LeftFile, ...] = ()


@dataclass(frozen=True)
class _Night:
    run_id: str
    folder: DatedFolder
    #: Names and bytes on the server.
    pieces: tuple[tuple[str, int], ...]


def clear(link: Link, directory: str, server_dir: Path, *, keep: int, run_id: str) -> Cleared:
    """Remove the pieces of nights older than the `keep` newest that the archive holds, the oldest first.

    The night of `run_id` is not among them. Nothing here is worth a night: what
    goes wrong is told as the reason why a file stays. Never raises for the
    server's or the archive's sake.
    """
    removed: list[str] = []
    left: list[LeftFile] = []
    try:
        read_bytes = cleared_nights = 0
        for night in _older_than(server_dir, keep, run_id):
            present, odd = _present(link, directory, night)
            left += odd
            if not present:
                continue
            if cleared_nights >= _SURE_NIGHTS and read_bytes + night.folder.total_bytes > _MOST_BYTES:
                left += [LeftFile(name, "menunggu giliran, dihapus oleh run berikutnya") for name in present]
                break
            cleared_nights += 1
            read_bytes += night.folder.total_bytes
            gone, stayed = _remove(link, directory, night, present)
            removed += gone
            left += stayed
    except (OracleError, ArchiveError) as error:
        left.append(LeftFile("", str(error)))
    return Cleared(tuple(removed), tuple(left))


def _older_than(server_dir: Path, keep: int, run_id: str) -> list[_Night]:
    """Return the archive's nights but the newest `keep`, the oldest first; a night published twice counts once."""
    nights = {night.run_id: night for night in _published(server_dir) if night.run_id != run_id}
    in_order = [nights[run] for run in sorted(nights)]
    return in_order[: max(0, len(in_order) - keep)]


def _published(server_dir: Path) -> Iterator[_Night]:
    with archive_errors(server_dir):
        names = sorted(
            entry.name
            for entry in (os.scandir(server_dir) if server_dir.is_dir() else ())
            if is_plain(entry.name) and entry.is_dir(follow_symlinks=False)
        )
    for name in names:
        try:
            folder = read_folder(server_dir / name)
            job = job_name(folder.manifest.run_id)
        except (ArchiveError, ConfigError):
            continue  # not ours, or not sound: nothing of it is known to be safe here
        night = _as_proven(folder, job)
        if night is not None and folder.manifest.server == server_dir.name:
            yield night


def _as_proven(folder: DatedFolder, job: str) -> _Night | None:
    """Return the night of a folder whose manifest says `complete` of this job and whose files have their sizes."""
    manifest = folder.manifest
    same_sizes = all(folder.sizes_bytes[entry.name] == entry.size_bytes for entry in manifest.files)
    if (
        manifest.oracle.job != job
        or manifest.verdict.status != str(Status.COMPLETE)
        or manifest.stored
        or not same_sizes
    ):
        return None
    pieces = tuple(
        (entry.source, entry.size_bytes)
        for entry in manifest.files
        if entry.source.startswith(job) and _NUMBER.fullmatch(entry.source.removeprefix(job))
    )
    return _Night(manifest.run_id, folder, pieces)


def _present(link: Link, directory: str, night: _Night) -> tuple[list[str], list[LeftFile]]:
    """Return which pieces are on the server as the manifest tells them, and those that are there otherwise."""
    present, odd = [], []
    for name, size_bytes in night.pieces:
        found_bytes = _size(link, directory, name)
        if found_bytes == size_bytes:
            present.append(name)
        elif found_bytes is not None:
            odd.append(LeftFile(name, f"di server {found_bytes} byte, di arsip {size_bytes}"))
    return present, odd


def _size(link: Link, directory: str, name: str) -> int | None:
    # A night is over but for this: a line that dropped is tried once, not waited for.
    return link.retry(lambda session: files.size_of(session, directory, name), patience_s=0)


def _remove(link: Link, directory: str, night: _Night, names: list[str]) -> tuple[list[str], list[LeftFile]]:
    try:
        prove(night.folder)
    except ArchiveError as error:
        return [], [LeftFile(name, str(error)) for name in names]
    stayed = link.retry(lambda session: files.remove(session, directory, names), patience_s=0)
    return (
        [name for name in names if name not in stayed],
        [LeftFile(name, "server menolak menghapusnya") for name in stayed],
    )
