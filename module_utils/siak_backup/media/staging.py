# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's folder on a medium: what lies there, what of an interrupted copy may be kept, and the rename at the end.

A night is written into `.part-<name>`, each file there as `<file>.part` until
it is durable. A file that bears its final name in such a folder is kept by
the next run if, and only if, it is read again and is what it should be.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..archive.folder import DatedFolder, read_folder
from ..archive.manifest import Manifest, StoredEntry
from ..archive.names import MANIFEST_NAME, SUMS_NAME, free_names, plain_name
from ..durable import PART_SUFFIX, PRIVATE_DIR, fsync_dir, rename_noreplace
from ..errors import ArchiveError
from .digest import new_digest
from .direct import read_back, weakest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .history import PieceProven
    from .medium import Medium
    from .slot import Slot

PART_PREFIX = ".part-"

#: Hears how many more bytes were read from the medium.
OnBytes = Callable[[int], None]


@dataclass(frozen=True)
class Order:
    """A night to be copied to one slot.

    `sums` are those of the archive's folder, SHA256SUMS included, and `sizes_bytes` its sizes; None while the
    folder is only planned. `nights` are the archive's nights of this server, whose broken copies may be continued,
    `proven` what the history tells of this night's files.
    """

    slot: Slot
    server: str
    night: str
    manifest: Manifest | None
    sums: dict[str, str]
    sizes_bytes: dict[str, int]
    nights: tuple[str, ...] = ()
    proven: tuple[PieceProven, ...] = ()


@dataclass(frozen=True)
class Kept:
    """A file of a broken copy that was read again and is whole; `name` is the archive's, `stored` the medium's."""

    stored: StoredEntry
    method: str


@dataclass(frozen=True)
class Survey:
    """What lies in a server's folder on a medium.

    `folder` is the name the copy will get if nobody is faster, `taken` are the names there, `leftovers` those of
    broken copies. `present` is how a proven copy that is there already was read, else empty.
    """

    folder: str
    taken: tuple[str, ...]
    leftovers: tuple[str, ...]
    present: str = ""
    stored: tuple[StoredEntry, ...] = ()


def server_dir_of(medium: Medium, server: str) -> Path:
    """Return a server's folder on a medium, there or not. Raises ConfigError, and MediumError for a link."""
    path = medium.path / plain_name(server, what="nama server")
    if path.is_symlink():
        # Whatever it leads to need not be on the medium.
        raise medium.error(
            "folder server di media adalah tautan", remedy="ganti tautan itu dengan folder biasa", path=path
        )
    return path


def survey(medium: Medium, order: Order, on_bytes: OnBytes) -> Survey:
    """Look at what lies there; changes nothing.

    A folder that bears the night's name and tells of the same night is read in full: only then is it the copy. Any
    other leads to `_2`.

    Raises:
        ConfigError: a name is not plain.
        MediumError: the medium cannot be read.
    """
    plain_name(order.night, what="nama folder")
    server_dir = server_dir_of(medium, order.server)
    names = _names(server_dir, medium)
    leftovers = tuple(name for name in names if name.startswith(PART_PREFIX))
    taken = tuple(name for name in names if name not in leftovers)
    for name in taken if order.manifest else ():
        if name == order.night or name.startswith(f"{order.night}_"):
            folder = same_night(server_dir / name, order)
            method = _prove(folder, on_bytes) if folder else ""
            if folder and method:
                return Survey(name, taken, leftovers, method, folder.manifest.stored)
    return Survey(next(free_names(order.night, taken)), taken, leftovers)


def same_night(path: Path, order: Order) -> DatedFolder | None:
    """Return a folder of a medium if it says that it holds the order's night, its files unread; else None.

    An encoded copy must be one that this control node's history proves: only the history tells what the encoded
    bytes have to be.
    """
    try:
        folder = None if path.is_symlink() else read_folder(path)
    except ArchiveError:
        return None  # damaged or foreign: never overwritten, and the copy gets another name
    if folder is None or replace(folder.manifest, stored=()) != order.manifest:
        return None
    if not folder.manifest.stored:
        return folder if folder.sums == order.sums else None
    known = {(piece.stored_name, piece.stored_sha256) for piece in order.proven}
    return folder if all((one.stored_name, one.sha256) in known for one in folder.manifest.stored) else None


def _prove(folder: DatedFolder, on_bytes: OnBytes) -> str:
    """Return how a folder was read if all of it is what its sums say, else nothing."""
    methods = set()
    for name, sha256 in folder.sums.items():
        try:
            found = read_back(folder.path / name, new_digest("sha256"), on_bytes)
        except OSError:
            return ""
        if found.digest != sha256:
            return ""
        methods.add(found.method)
    return weakest(methods)


def _names(server_dir: Path, medium: Medium) -> list[str]:
    with medium.errors():
        return _listed(server_dir) if server_dir.is_dir() else []


def _listed(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir())


def reclaimable_bytes(medium: Medium, server: str) -> int:
    """Return the bytes that broken copies of a server hold: they are continued or swept.

    Raises MediumError, ConfigError.
    """
    server_dir = server_dir_of(medium, server)
    with medium.errors():
        broken = [name for name in _names(server_dir, medium) if name.startswith(PART_PREFIX)]
        return sum(_tree_bytes(server_dir / name) for name in broken)


@contextlib.contextmanager
def alone(medium: Medium, server: str) -> Iterator[Path]:
    """Make the server's folder if need be and keep other copies of the same server out of it. Raises MediumError."""
    server_dir = server_dir_of(medium, server)
    with medium.errors():
        server_dir.mkdir(mode=PRIVATE_DIR, exist_ok=True)
        fsync_dir(medium.path)
        descriptor = os.open(server_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with medium.errors():
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise medium.error(
                    "proses lain sedang menyalin server ini ke media",
                    "tunggu sampai selesai lalu ulangi",
                    path=server_dir,
                ) from None
        yield server_dir
    finally:
        os.close(descriptor)


class Staging:
    """The folder `.part-<night>` of one copy, in a server's folder that is held by `alone`. Raises MediumError."""

    def __init__(self, server_dir: Path, medium: Medium, order: Order) -> None:
        self.path = server_dir / (PART_PREFIX + order.night)
        self._server_dir = server_dir
        self._medium = medium
        self._order = order

    def sweep(self, leftovers: tuple[str, ...]) -> None:
        """Remove broken copies of nights that the archive no longer has."""
        mine = {PART_PREFIX + night for night in (*self._order.nights, self._order.night)}
        with self._medium.errors():
            for name in leftovers:
                if name not in mine or not _is_folder(self._server_dir / name):
                    _remove(self._server_dir / name)

    def keep(self, on_bytes: OnBytes) -> tuple[Kept, ...]:
        """Make the folder, or read again what an interrupted copy left there; what is not whole is removed."""
        with self._medium.errors():
            self.path.mkdir(mode=PRIVATE_DIR, exist_ok=True)
            fsync_dir(self._server_dir)
            kept = [self._kept(self.path / name, on_bytes) for name in _listed(self.path)]
        return tuple(one for one in kept if one is not None)

    def _kept(self, path: Path, on_bytes: OnBytes) -> Kept | None:
        for wanted in self._wanted(path.name):
            found = read_back(path, new_digest("sha256"), on_bytes)
            if found.digest == wanted.sha256:
                return Kept(wanted, found.method)
        _remove(path)
        return None

    def _wanted(self, name: str) -> list[StoredEntry]:
        order = self._order
        if name in (MANIFEST_NAME, SUMS_NAME):
            return []  # they speak for the others, so they are written last, again
        plain = [StoredEntry(name, name, order.sizes_bytes[name], order.sums[name])] if name in order.sums else []
        encoded = [
            StoredEntry(piece.name, piece.stored_name, piece.stored_bytes, piece.stored_sha256)
            for piece in order.proven
            if piece.stored_name == name and order.sums.get(piece.name) == piece.sha256
        ]
        return plain + [one for one in encoded if one not in plain]

    def forget(self, stored: tuple[StoredEntry, ...]) -> None:
        """Remove kept files that this copy has no use for."""
        with self._medium.errors():
            for one in stored:
                (self.path / one.stored_name).unlink()

    def part(self, name: str) -> Path:
        """Return the path of a file that is being written."""
        return self.path / (name + PART_SUFFIX)

    def settle(self, name: str) -> Path:
        """Give a durable file its final name, durably."""
        path = self.path / name
        with self._medium.errors():
            rename_noreplace(self.part(name), path)
            fsync_dir(self.path)
        return path

    def publish(self, taken: tuple[str, ...]) -> str:
        """Give the folder its final name, durably, and return it; what it holds is looked at once more."""
        known = list(taken)
        with self._medium.errors():
            before = _sizes(self.path)
            while True:
                name = next(free_names(self._order.night, known))
                try:
                    self._rename(self._server_dir / name)
                except FileExistsError:
                    known.append(name)
                    continue
                fsync_dir(self._server_dir)
                break
            after = _sizes(self._server_dir / name)
        if after != before:
            raise self._medium.error(
                "isi folder hilang saat diberi nama, sistem berkas media tidak dapat dipercaya",
                remedy="pakai media berformat exFAT atau ext4 dengan kernel baru",
                path=self._server_dir / name,
            )
        return name

    def _rename(self, target: Path) -> None:
        if not self._medium.file_system.is_fuse:
            rename_noreplace(self.path, target)
            return
        # Some FUSE programs lose what is in a folder that is renamed (fusefat 0.1a does). A folder that is half moved
        # has no manifest, so nobody takes it for a copy.
        target.mkdir(mode=PRIVATE_DIR)
        last = {MANIFEST_NAME: 1, SUMS_NAME: 2}
        for name in sorted(_sizes(self.path), key=lambda name: last.get(name, 0)):
            rename_noreplace(self.path / name, target / name)
        fsync_dir(target)
        self.path.rmdir()


def _sizes(path: Path) -> dict[str, int]:
    return {each.name: each.lstat().st_size for each in path.iterdir()}


def _tree_bytes(path: Path) -> int:
    return sum(entry.lstat().st_size for entry in (path, *(path.rglob("*") if _is_folder(path) else ())))


def _remove(path: Path) -> None:
    if _is_folder(path):
        shutil.rmtree(path)
    else:
        path.unlink()


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(path.lstat().st_mode)
