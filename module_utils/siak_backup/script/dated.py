# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 4 on the server itself: the night's files go into a dated folder beside them, replacing nothing.

Done once the archive has published its own copy. What cannot be done here is told and loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from ..archive.names import free_names
from ..errors import ArchiveError, SiakError, VanishedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .plan import ScriptPlan
    from .remote import Line
    from .replies import ServerFile

#: Runs of one day that found their name taken.
_MOST_NAMES: Final = 100


@dataclass(frozen=True)
class Filed:
    """What became of the night's files on the server. `path` is empty if they stay where they are, for `reason`."""

    path: str
    files: tuple[str, ...]
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the module's `filed` result."""
        return {"path": self.path, "files": list(self.files), "reason": self.reason}

    def facts(self) -> Mapping[str, Any]:
        """Return what the agenda keeps."""
        return {"server_folder": self.path} | ({"server_folder_missing": self.reason} if self.reason else {})


def file_on_server(line: Line, plan: ScriptPlan, files: tuple[ServerFile, ...], base: str) -> Filed:
    """Move the night's files into the folder `base`, or `base_2` and so on, of the server's backup folder.

    Without a dated folder in the plan they stay. Never raises SiakError: the archive has the night, and the agenda
    is told what is missing here.
    """
    if not plan.dated_folder:
        return Filed("", ())
    try:
        return Filed(_file(line, plan, files, base), tuple(file.name for file in files))
    except SiakError as error:
        return Filed("", (), str(error))


def _file(line: Line, plan: ScriptPlan, files: tuple[ServerFile, ...], base: str) -> str:
    shell = line.shell
    there = set(line.ask(shell.listing(plan.folder, plan.patterns)).files())
    if gone := [file.name for file in files if file not in there]:
        raise VanishedError(
            f"berkas malam ini di server hilang atau berubah: {', '.join(gone)}",
            where=f"{plan.where}, {plan.folder}",
            remedy="arsip tetap utuh; cari tahu siapa yang menyentuh folder itu",
        )
    path = _make(line, plan, base)
    for file in files:
        line.ask(shell.move(shell.join(plan.folder, file.name), path, file.name))
    moved = set(line.ask(shell.listing(path, plan.patterns)).files())
    if left := [file.name for file in files if file not in moved]:
        raise ArchiveError(
            f"folder bertanggal di server tidak lengkap, {', '.join(left)} tidak terpindah",
            where=f"{plan.where}, {path}",
            remedy="arsip tetap utuh; pindahkan berkas itu dengan tangan dan periksa izin folder",
        )
    return path


def _make(line: Line, plan: ScriptPlan, base: str) -> str:
    for name in islice(free_names(base, ()), _MOST_NAMES):
        path = line.shell.join(plan.folder, name)
        made = line.ask(line.shell.make_folder(path))
        if made.has("made"):
            return path
        if not made.has("taken"):
            break
    raise ArchiveError(
        "folder bertanggal di server tidak dapat dibuat",
        where=f"{plan.where}, {plan.folder}",
        remedy="arsip tetap utuh; periksa izin folder itu",
    )
