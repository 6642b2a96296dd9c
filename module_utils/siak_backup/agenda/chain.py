# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain: every line names the one before, so a changed, cut or missing line shows.

What a chain alone cannot show is the loss or change of the newest line of the
newest file; for that, a head must be kept elsewhere.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..durable import hash_file
from ..errors import AgendaError
from .journal import agenda_errors, journal_files, read
from .line import NO_PREVIOUS, Damaged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from .journal import JournalFile
    from .line import Sound


@dataclass(frozen=True)
class Problem:
    """What is wrong with a journal and where; `line` counts from 1. The reason is in Indonesian."""

    path: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}, baris {self.line}: {self.reason}"


def verify(folder: Path) -> list[Problem]:
    """Check every file of a journal folder, each node's chain over all its months.

    Raises AgendaError when the folder or a file cannot be read, or holds no
    journal at all: nothing is not a whole journal.
    """
    files = journal_files(folder)
    if not files:
        raise AgendaError("tidak ada berkas jurnal", where=str(folder), remedy="periksa alamat foldernya")
    problems: list[Problem] = []
    for _, months in itertools.groupby(files, key=lambda file: file.node):
        before: JournalFile | None = None
        for file in months:
            problems += verify_file(file, before, first_of_all=before is None)
            before = file
    return problems


def verify_file(file: JournalFile, before: JournalFile | None, *, first_of_all: bool = False) -> list[Problem]:
    """Check one month, and that the month before is still what it was when this one began.

    Without `before` the first line's `prev` is not checked, unless the file is
    said to be the first of all. Raises AgendaError when a file cannot be read.
    """
    expected = NO_PREVIOUS if first_of_all else None
    if before is not None:
        with agenda_errors(before.path):
            expected = hash_file(before.path)
    return list(_problems(file.path, read(file.path, file.size_bytes), before, expected))


def _problems(
    path: Path, lines: Iterable[Sound | Damaged], before: JournalFile | None, prev: str | None
) -> Iterator[Problem]:
    """Follow the chain; after each break it is taken up again, so that one damage is told once."""
    seq: int | None = None
    for line in lines:
        if isinstance(line, Damaged):
            yield Problem(path, line.number, line.reason)
            seq = None if seq is None else seq + 1
        else:
            found = line.record["seq"]
            if seq is not None and found != seq:
                missing = found - seq
                lost = f"{missing} baris hilang sebelum baris ini" if missing > 0 else f"nomor urut mundur ke {found}"
                yield Problem(path, line.number, lost)
            elif prev is not None and line.record["prev"] != prev:
                yield _unlinked(path, line.number, before)
            seq = found + 1
        prev = line.sha256


def _unlinked(path: Path, number: int, before: JournalFile | None) -> Problem:
    if number > 1:
        return Problem(path, number - 1, f"diubah setelah ditulis, tidak cocok dengan hash pada baris {number}")
    if before is not None:
        return Problem(before.path, 1, f"diubah atau terpotong setelah {path.name} dimulai")
    return Problem(path, 1, "berkas bulan sebelumnya atau baris sebelumnya tidak ada")
