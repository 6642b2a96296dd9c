# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 4: the collected pieces become the day's folder, by one rename (docs/adr/0007).

Everything happens inside the staging folder; a crash at any point leaves that,
for the next run to sweep, and nothing under a final name.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..dump.header import read_headers
from ..dump.source import Source
from ..durable import archive_errors, fsync_dir, fsync_file, rename_noreplace, write_atomic
from ..errors import ArchiveError
from .folder import DatedFolder, prove, read_folder
from .names import LOG_NAME, MANIFEST_NAME, SUMS_NAME, free_names, piece_names, plain_name
from .staging import prove_staged
from .sums import format_sums

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from .manifest import FileEntry, Manifest


#: How the rehearsal server names its instance in a dump's header (docs/rehearsal.md).
_REHEARSAL_INSTANCE = "REHEARSAL:"


@dataclass(frozen=True)
class PublishPlan:
    """What is to be done.

    `pieces` maps the name a file was collected under to its entry under its
    final name; `taken` are the names in the server's folder, `folder` the one
    the night will get if nobody is faster. `published` is this run's own
    folder, if it is there already.
    """

    staging: Path
    server_dir: Path
    base: str
    taken: tuple[str, ...]
    folder: str
    pieces: dict[str, FileEntry]
    published: DatedFolder | None

    @property
    def files(self) -> tuple[FileEntry, ...]:
        """The entries under their final names, the dump's pieces first."""
        return tuple(self.pieces.values())

    def tree(self) -> tuple[str, str]:
        """Return the server's folder before and after, a name a line, for diff mode."""
        names = (*(entry.name for entry in self.files), MANIFEST_NAME, SUMS_NAME)
        new = () if self.published else tuple(f"{self.folder}/{name}" for name in names)
        return _lines(self.taken), _lines((*self.taken, *new))


def plan(staging: Path, *, base: str, run: str, dump: Sequence[FileEntry], log: FileEntry) -> PublishPlan:
    """Look at the server's folder and decide the names; changes nothing, reads no dump.

    Args:
        staging: `.masuk-<run id>` in the server's folder; need not exist.
        base: the day's folder name, without `_2`.
        run: id of the run, by which its own folder is recognised.
        dump: the pieces in the set's order, under the names they were collected by.
        log: the export log, likewise.

    Raises:
        ConfigError: a name is not plain.
        ArchiveError: two files have one name, a file bears another's final name,
            there is no piece, or the folder cannot be read.
    """
    collected = (*dump, log)
    final_names = (*piece_names(len(dump)), LOG_NAME)
    names = [plain_name(entry.name, what="nama berkas dump") for entry in collected]
    borrowed = any(name in final_names for name, final in zip(names, final_names, strict=True) if name != final)
    if not dump or borrowed or len(set(names)) != len(names):
        raise ArchiveError(
            "daftar berkas dari langkah 3 tidak masuk akal", where=str(staging), remedy="jalankan ulang backup"
        )
    pieces = {entry.name: replace(entry, name=final) for entry, final in zip(collected, final_names, strict=True)}
    server_dir = staging.parent
    with archive_errors(server_dir):
        taken = tuple(sorted(entry.name for entry in os.scandir(server_dir))) if server_dir.exists() else ()
    published = _published_by(run, server_dir, base, taken) if not staging.exists() else None
    folder = published.path.name if published else next(free_names(base, taken))
    visible = tuple(name for name in taken if not name.startswith("."))
    return PublishPlan(staging, server_dir, base, visible, folder, pieces, published)


def _lines(names: Sequence[str]) -> str:
    return "".join(f"{name}\n" for name in sorted(names))


def _published_by(run: str, server_dir: Path, base: str, taken: Sequence[str]) -> DatedFolder | None:
    """Return the folder this run has already published: a task may be run again after its answer was lost."""
    for name in taken:
        if name == base or name.startswith(f"{base}_"):
            try:
                folder = read_folder(server_dir / name)
            except ArchiveError:
                continue  # foreign or damaged: not ours to judge here, and never overwritten
            if folder.manifest.run_id == run:
                return folder
    return None


def apply(plan: PublishPlan, manifest: Manifest, on_bytes: Callable[[int], None] | None = None) -> DatedFolder:
    """Prove the pieces, write manifest and SHA256SUMS, make all durable and rename the folder.

    `manifest` is written with the folder and files of the plan, and as a
    rehearsal's if the dump says it is one; `on_bytes` hears how many more bytes
    were read again. A folder this run has published before is proven and
    returned as it is.

    Raises:
        VanishedError: a piece is gone or has changed since it was collected.
        NoSpaceError: manifest or sums do not fit.
        ReadOnlyError: the archive takes no writes.
        ArchiveError: the staging folder holds foreign files, or a read fails.
    """
    if plan.published:
        prove(plan.published, on_bytes)
        return plan.published
    staged_as = prove_staged(plan.staging, plan.pieces, on_bytes)
    with archive_errors(plan.staging):
        for final_name, name in staged_as.items():
            fsync_file(plan.staging / name)
            if name != final_name:
                rename_noreplace(plan.staging / name, plan.staging / final_name)
        manifest = replace(
            manifest,
            files=plan.files,
            rehearsal=manifest.rehearsal or is_rehearsal(plan.staging / entry.name for entry in plan.files),
        )
        taken = list(plan.taken)
        while True:
            folder = next(free_names(plan.base, taken))
            _describe(plan.staging, replace(manifest, folder=folder))
            try:
                rename_noreplace(plan.staging, plan.server_dir / folder)
            except FileExistsError:
                taken.append(folder)
                continue
            fsync_dir(plan.server_dir)
            return read_folder(plan.server_dir / folder)


def agenda_facts(backup: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts the journal keeps of a `backup` result: no list that grows with the database."""
    manifest = backup["manifest"]
    told = {"rehearsal": manifest["rehearsal"], "verdict": manifest["verdict"]["status"]} if manifest else {}
    return {name: backup[name] for name in ("folder", "path", "files")} | told


def is_rehearsal(paths: Iterable[Path]) -> bool:
    """Tell whether a piece's header says that its dump was made by the rehearsal server."""
    for path in paths:
        with Source(path) as source:
            header, _ = read_headers(source)
        if header is not None and header.instance.startswith(_REHEARSAL_INSTANCE):
            return True
    return False


def _describe(staging: Path, manifest: Manifest) -> None:
    text = manifest.to_json().encode()
    sums = {entry.name: entry.sha256 for entry in manifest.files}
    sums[MANIFEST_NAME] = hashlib.sha256(text).hexdigest()
    write_atomic(staging / MANIFEST_NAME, text)
    write_atomic(staging / SUMS_NAME, format_sums(sums).encode())
