# SPDX-License-Identifier: GPL-3.0-or-later
"""Copying a dated folder to a medium so that a folder with a final name there is a proven one.

Everything is written into `.part-<name>`, read back from the medium, and only
then renamed. A `.part-` folder is never trusted and never continued.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..archive.folder import DatedFolder, read_folder
from ..archive.names import MANIFEST_NAME, SUMS_NAME, free_names, plain_name
from ..durable import PRIVATE_DIR, fsync_dir, rename_noreplace
from ..errors import ArchiveError, MediumError, ReadBackError, VanishedError
from ..progress import ByteCounter
from .stream import FADVISE, O_DIRECT, copy_file, read_back

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .medium import Medium

PART_PREFIX = ".part-"

WRITING, READING = "tulis ke media", "baca ulang dari media"


#: Hears phase (`WRITING`, then `READING`), bytes done and bytes in all.
OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class CopyPlan:
    """What is to be done on the medium.

    `folder` is the name the copy will get if nobody is faster, `taken` are the
    names in the server's folder there, `leftovers` those of broken copies.
    `present` is how a proven copy that is there already was read, else None.
    """

    medium: Medium
    server_dir: Path
    base: str
    folder: str
    taken: tuple[str, ...]
    leftovers: tuple[str, ...]
    present: str | None

    @property
    def target(self) -> Path:
        """Where the copy is, or will be."""
        return self.server_dir / self.folder

    def tree(self) -> tuple[str, str]:
        """Return the server's folder on the medium before and after, a name a line, for diff mode."""
        kept = () if self.present else (self.folder,)
        return _lines((*self.taken, *self.leftovers)), _lines((*self.taken, *kept))


@dataclass(frozen=True)
class Copied:
    """A proven copy. `duration_s` and the rate are of writing and reading back together; 0 if nothing was written."""

    path: Path
    read_back: str
    duration_s: float
    rate_bytes_s: float


def plan(
    medium: Medium, *, server: str, base: str, total_bytes: int, sums: Mapping[str, str] | None, min_free_bytes: int
) -> CopyPlan:
    """Look at the medium and decide; changes nothing.

    A folder there that bears the name and holds the same sums is read in full:
    only then is it the copy. Any other leads to `_2`.

    Args:
        medium: a medium that `demand_usable` has passed.
        server: name of the server's folder on it.
        base: name of the folder to copy.
        total_bytes: bytes of its files.
        sums: SHA-256 by name, SHA256SUMS included; None while the folder is only planned.
        min_free_bytes: what must stay free on the medium.

    Raises:
        ConfigError: a name is not plain.
        MediumError: the medium is full or cannot be read.
    """
    server_dir = medium.path / plain_name(server, what="nama server")
    plain_name(base, what="nama folder")
    names = _names(server_dir, medium)
    leftovers = tuple(name for name in names if name.startswith(PART_PREFIX))
    taken = tuple(name for name in names if name not in leftovers)
    for name in taken if sums else ():
        if name == base or name.startswith(f"{base}_"):
            method = _read_as_copy(server_dir / name, medium, sums or {})
            if method:
                return CopyPlan(medium, server_dir, base, name, taken, leftovers, method)
    medium.demand_room(total_bytes + min_free_bytes, reclaimable_bytes=reclaimable_bytes(medium, server))
    return CopyPlan(medium, server_dir, base, next(free_names(base, taken)), taken, leftovers, None)


def reclaimable_bytes(medium: Medium, server: str) -> int:
    """Return the bytes that the next copy of a server gives back by sweeping broken ones.

    Raises MediumError, ConfigError.
    """
    server_dir = medium.path / plain_name(server, what="nama server")
    with medium.errors():
        return sum(
            _tree_bytes(server_dir / name) for name in _names(server_dir, medium) if name.startswith(PART_PREFIX)
        )


def _names(server_dir: Path, medium: Medium) -> list[str]:
    """Return the names in a server's folder, none if there is no such folder yet."""
    if server_dir.is_symlink():
        # Whatever it leads to need not be on the medium.
        raise medium.error(
            "folder server di media adalah tautan", remedy="ganti tautan itu dengan folder biasa", path=server_dir
        )
    with medium.errors():
        return sorted(entry.name for entry in os.scandir(server_dir)) if server_dir.is_dir() else []


def _read_as_copy(path: Path, medium: Medium, sums: Mapping[str, str]) -> str | None:
    """Return how a folder of the medium was read if all of it is what `sums` say, else None."""
    try:
        if path.is_symlink() or read_folder(path).sums != sums:
            return None
        return _read_back_all(path, medium, sums, lambda _: None)
    except (ArchiveError, MediumError):
        return None  # damaged or foreign: never overwritten, and the copy gets another name


def apply(plan: CopyPlan, source: DatedFolder, *, progress: OnProgress, monotonic: Callable[[], float]) -> Copied:
    """Copy, make durable, read back, compare, rename.

    Args:
        plan: of `plan`.
        source: the folder in the archive.
        progress: hears phase, bytes done and bytes in all.
        monotonic: seconds.

    Raises:
        VanishedError: the source is gone or is not what its sums say.
        ReadBackError: the medium gave back something else than was written.
        MediumError: the medium is full, takes no writes, went away, or another
            run copies to it.
    """
    if plan.present:
        return Copied(plan.target, plan.present, duration_s=0.0, rate_bytes_s=0.0)
    began = monotonic()
    medium = plan.medium
    with medium.errors():
        plan.server_dir.mkdir(mode=PRIVATE_DIR, exist_ok=True)
        fsync_dir(medium.path)
    with _alone(plan.server_dir, medium):
        for name in plan.leftovers:
            with medium.errors():
                _remove(plan.server_dir / name)
        part = plan.server_dir / (PART_PREFIX + plan.base)
        try:
            with medium.errors():
                part.mkdir(mode=PRIVATE_DIR)
            method = _fill(part, source, medium, progress)
            path = _rename(part, plan)
        except BaseException:
            # What is left of it would only fill the medium; it bears no final name either way.
            shutil.rmtree(part, ignore_errors=True)
            raise
    duration_s = monotonic() - began
    rate_bytes_s = source.total_bytes / duration_s if duration_s > 0 else 0.0
    return Copied(path, method, duration_s=duration_s, rate_bytes_s=rate_bytes_s)


def _fill(part: Path, source: DatedFolder, medium: Medium, progress: OnProgress) -> str:
    """Write the files, those that speak for the others last; return how they were read back."""
    written, read = (
        ByteCounter(progress, WRITING, source.total_bytes),
        ByteCounter(progress, READING, source.total_bytes),
    )
    for name in sorted(source.sums, key=lambda name: (name in (MANIFEST_NAME, SUMS_NAME), name)):
        if copy_file(source.path / name, part / name, medium, written) != source.sums[name]:
            raise VanishedError(
                "isi berkas berubah", where=str(source.path / name), remedy="jangan pakai folder ini, ulangi backup"
            )
    with medium.errors():
        fsync_dir(part)
    return _read_back_all(part, medium, source.sums, read)


def _read_back_all(folder: Path, medium: Medium, sums: Mapping[str, str], on_bytes: Callable[[int], None]) -> str:
    """Read every file from the medium and compare; return the weakest method used."""
    methods = set()
    for name, sha256 in sums.items():
        found = read_back(folder / name, medium, on_bytes)
        if found.sha256 != sha256:
            raise ReadBackError(
                "yang dibaca ulang dari media tidak sama dengan yang ditulis",
                where=f"media {medium.label}, {folder / name}",
                remedy="jangan pakai media ini lagi, ganti lalu ulangi langkah 5",
            )
        methods.add(found.method)
    return FADVISE if FADVISE in methods else O_DIRECT


def _rename(part: Path, plan: CopyPlan) -> Path:
    taken = list(plan.taken)
    with plan.medium.errors():
        while True:
            path = plan.server_dir / next(free_names(plan.base, taken))
            try:
                rename_noreplace(part, path)
            except FileExistsError:
                taken.append(path.name)
                continue
            fsync_dir(plan.server_dir)
            return path


@contextlib.contextmanager
def _alone(server_dir: Path, medium: Medium) -> Iterator[None]:
    """Keep other copies of the same server off the medium: they would sweep this one's `.part-` folder."""
    with medium.errors():
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
        yield
    finally:
        os.close(descriptor)


def _tree_bytes(path: Path) -> int:
    return sum(entry.lstat().st_size for entry in (path, *(path.rglob("*") if _is_folder(path) else ())))


def _remove(path: Path) -> None:
    if _is_folder(path):
        shutil.rmtree(path)
    else:
        path.unlink()


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(path.lstat().st_mode)


def _lines(names: tuple[str, ...]) -> str:
    return "".join(f"{name}\n" for name in sorted(names))
