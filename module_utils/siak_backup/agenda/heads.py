# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads: the newest line of each node's journal, kept where the journal is not.

A chain shows whatever befalls its lines, but for the newest ones: cut off, or
all written anew, it is whole again. A head that is printed on the Laporan, or
signed, says that this line was there; `demand` tells whether it still is.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..durable import open_regular
from ..errors import JournalDamagedError
from .journal import agenda_errors, find_raw, journal_dir, journal_files
from .line import Sound, is_moment, parse
from .tail import read_tail

if TYPE_CHECKING:
    from pathlib import Path

    from .journal import JournalFile

HEADS_DIR = "heads"

_TEXT = re.compile(
    r"siak-backup, kepala jurnal, versi 1\n"
    r"node: (?P<node>[A-Za-z0-9][A-Za-z0-9._-]{0,62})\n"
    r"berkas: (?P<file>[0-9]{4}-[0-9]{2}-[A-Za-z0-9._-]{1,63}\.jsonl)\n"
    r"seq: (?P<seq>[1-9][0-9]{0,15})\n"
    r"waktu: (?P<at>[0-9T:.+-]{1,40})\n"
    r"sha256: (?P<sha256>[0-9a-f]{64})\n"
)


@dataclass(frozen=True, slots=True)
class Head:
    """One line of a node's journal: its file's name, number in the chain, time (ISO 8601, UTC) and SHA-256."""

    node: str
    file: str
    seq: int
    at: str
    sha256: str

    @property
    def name(self) -> str:
        """The name of its file under `heads`, without ending."""
        return f"{self.node}-{self.seq}"

    def text(self) -> str:
        """Return what is signed."""
        return (
            f"siak-backup, kepala jurnal, versi 1\nnode: {self.node}\nberkas: {self.file}\nseq: {self.seq}\n"
            f"waktu: {self.at}\nsha256: {self.sha256}\n"
        )

    def __str__(self) -> str:
        return f"{self.node}: {self.file}, baris ke-{self.seq} dalam rantai, {self.at}, sha256 {self.sha256}"


def newest(agenda_dir: Path) -> tuple[Head, ...]:
    """Return the newest sound line of each node, by node; none for a node without one.

    Raises AgendaError when the journal cannot be read.
    """
    return newest_in(journal_dir(agenda_dir))


def newest_in(folder: Path) -> tuple[Head, ...]:
    """Return `newest` of a journal's own folder. Raises AgendaError."""
    heads: dict[str, Head] = {}
    for file in journal_files(folder):
        # Oldest month first: the last to be set is the newest.
        if (line := _newest_sound(file)) is not None:
            heads[file.node] = _head(file.node, file.path.name, line)
    return tuple(heads.values())


def read_head(text: str) -> Head | None:
    """Return the head that a text tells, None for any other text."""
    told = _TEXT.fullmatch(text)
    if told is None or not is_moment(told["at"]):
        return None
    return Head(told["node"], told["file"], int(told["seq"]), told["at"], told["sha256"])


def demand(folder: Path, head: Head) -> None:
    """Check that the line of a head is in a journal folder, with this number and hash.

    Whether all of the chain is whole is `chain.verify`'s to say. A file that a
    person set aside is not in the journal any more, and so its lines are not.

    Raises:
        JournalDamagedError: it is not.
        AgendaError: the journal cannot be read.
    """
    for file in journal_files(folder, head.node):
        if file.path.name == head.file:
            for raw in find_raw(file, f'"seq":{head.seq},'.encode("ascii")):
                line = parse(raw, 0)
                if isinstance(line, Sound) and _head(head.node, head.file, line) == head:
                    return
    raise JournalDamagedError(
        f"baris ke-{head.seq} dari {head.node}, {head.at}, tidak ada lagi dalam jurnal seperti saat kepalanya dicatat",
        where=str(folder / head.file),
        remedy="jurnal dipotong atau ditulis ulang sesudah itu, cari salinan lamanya dan laporkan",
    )


def _newest_sound(file: JournalFile) -> Sound | None:
    with agenda_errors(file.path):
        descriptor = open_regular(file.path)
        try:
            return read_tail(descriptor, file.size_bytes).sound
        finally:
            os.close(descriptor)


def _head(node: str, file: str, line: Sound) -> Head:
    return Head(node, file, line.record["seq"], line.record["at"], line.sha256)
