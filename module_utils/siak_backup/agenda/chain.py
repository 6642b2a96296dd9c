# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain: every line names the one before, so a changed, cut or missing line shows.

What a chain alone cannot show is the loss or change of the newest line of the
newest file, or that all of it was written anew; for that, a head must be kept
elsewhere (heads.py).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..durable import hash_file
from ..errors import AgendaError
from .journal import agenda_errors, journal_files, read
from .line import NO_PREVIOUS, Damaged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .journal import JournalFile
    from .line import Sound


#: Of one file: one that was changed all over is told of, not copied.
_MOST_PROBLEMS = 1000


@dataclass(frozen=True)
class Problem:
    """What is wrong with a journal and where; `line` counts from 1. The reason is in Indonesian."""

    path: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}, baris {self.line}: {self.reason}"


@dataclass(frozen=True)
class Place:
    """How far a month was followed: so many lines, the next one's `seq` and `prev`; None where they are not known."""

    lines: int = 0
    seq: int | None = None
    prev: str | None = None


class Follower:
    """Follows the chain through a month; after each break it is taken up again, so that one damage is told once.

    Args:
        file: the month. Its `node`, if not empty, is demanded of the runs that begin in it.
        before: the month before it, if any, for the words of a problem.
        place: where to begin.
    """

    def __init__(self, file: JournalFile, before: JournalFile | None, place: Place) -> None:
        self._file = file
        self._before = before
        self.place = place

    def follow(self, line: Sound | Damaged) -> list[Problem]:
        """Take the next line and return what is wrong with it."""
        seq = self.place.seq
        if isinstance(line, Damaged):
            reasons = [(line.number, line.reason)]
            found = seq
        else:
            found = line.record["seq"]
            reasons = self._reasons(line, found)
        self.place = Place(line.number, None if found is None else found + 1, line.sha256)
        return [Problem(self._path(number), max(number, 1), reason) for number, reason in reasons]

    def _path(self, number: int) -> Path:
        return self._before.path if number == 0 and self._before is not None else self._file.path

    def _reasons(self, line: Sound, found: int) -> list[tuple[int, str]]:
        """Return what is wrong by line number; 0 is the month before."""
        seq, prev = self.place.seq, self.place.prev
        missing = 0 if seq is None else found - seq
        is_linked = prev is None or line.record["prev"] == prev
        reasons: list[tuple[int, str]] = []
        if missing and (line.number > 1 or is_linked):
            lost = f"{missing} baris hilang sebelum baris ini" if missing > 0 else f"nomor urut mundur ke {found}"
            reasons.append((line.number, lost))
        elif not is_linked:
            reasons.append(self._unlinked(line.number, missing))
        node = line.record.get("node") if line.record["event"] == "run_begin" else None
        if self._file.node and isinstance(node, str) and node != self._file.node:
            reasons.append((line.number, f"run ini dicatat node kendali {node[:63]!r}, bukan {self._file.node}"))
        return reasons

    def _unlinked(self, number: int, missing: int) -> tuple[int, str]:
        if number > 1:
            return number - 1, f"diubah setelah ditulis, tidak cocok dengan hash pada baris {number}"
        lost = f", {missing} baris hilang" if missing > 0 else ""
        if self._before is not None:
            between = ", di akhir berkas ini atau dengan berkas bulan di antaranya" if lost else ""
            return 0, f"diubah atau terpotong setelah {self._file.path.name} dimulai{lost}{between}"
        return 1, f"berkas bulan sebelumnya atau baris sebelumnya tidak ada{lost}"


def verify(folder: Path) -> list[Problem]:
    """Check every file of a journal folder, each node's chain over all its months.

    A file that cannot be read is a problem like any other, and the rest is
    checked all the same. Raises AgendaError when the folder cannot be read, or
    holds no journal at all: nothing is not a whole journal.
    """
    files = journal_files(folder)
    if not any(file.size_bytes for file in files):
        raise AgendaError("tidak ada berkas jurnal", where=str(folder), remedy="periksa alamat foldernya")
    problems: list[Problem] = []
    for _, months in itertools.groupby(files, key=lambda file: file.node):
        before: JournalFile | None = None
        place = Place(seq=1, prev=NO_PREVIOUS)
        for file in months:
            try:
                # The number tells how many lines are missing with a month; its hash alone would only say that one is.
                start = replace(place, lines=0, prev=NO_PREVIOUS if before is None else hash_month(before))
                found, end = follow_file(file, before, start)
                problems += found
            except AgendaError as error:
                problems.append(Problem(file.path, 1, f"tidak dapat dibaca, {error.what}"))
                end = Place()
            # A file without a line is what a full disk leaves; the chain passes over it.
            if file.size_bytes:
                before, place = file, end
    return problems


def verify_file(file: JournalFile, before: JournalFile | None) -> list[Problem]:
    """Check one month, and that the month before is still what it was when this one began.

    Without `before` the first line's `prev` is not checked. Raises AgendaError
    when a file cannot be read.
    """
    return follow_file(file, before, Place(prev=None if before is None else hash_month(before)))[0]


def follow_file(
    file: JournalFile,
    before: JournalFile | None,
    place: Place,
    *,
    offset: int = 0,
    on_bytes: Callable[[bytes], object] | None = None,
) -> tuple[list[Problem], Place]:
    """Follow a month from the byte `offset`, where `place` is; return what is wrong with it, and where it ends.

    `on_bytes` hears every byte that is read. Raises AgendaError when the file cannot be read.
    """
    follower = Follower(file, before, place)
    problems: list[Problem] = []
    more = 0
    for line in read(file.path, file.size_bytes, offset=offset, number=place.lines, on_bytes=on_bytes):
        found = follower.follow(line)
        room = _MOST_PROBLEMS - len(problems)
        problems += found[:room]
        more += len(found[room:])
    if more:
        problems.append(Problem(file.path, follower.place.lines, f"{more} masalah lain sampai baris ini"))
    return problems, follower.place


def hash_month(file: JournalFile) -> str:
    """Return the SHA-256 of a month's whole file, which the next month's first line names. Raises AgendaError."""
    with agenda_errors(file.path):
        return hash_file(file.path)
