# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has already followed of a month's chain, so that its 514 servers need not each follow it anew.

A checkpoint vouches for bytes, by their number and SHA-256. Whoever uses it
reads those bytes again: they are hashed, which is fast, and only what came
after them is followed line by line. So nothing is believed that was not read,
and a byte that changed meanwhile makes the checkpoint worthless (docs/adr/0018).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ..durable import CHUNK_BYTES, open_regular, write_atomic
from .chain import Place, follow_file, hash_month
from .journal import agenda_errors, progress_dir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .chain import Problem
    from .journal import JournalFile

_MAX_BYTES = 8 * 1024


@dataclass(frozen=True)
class Checkpoint:
    """The first `size_bytes` of a month's file have this SHA-256 and are whole; after them is `place`.

    `month_before` is the SHA-256 of the month before, empty where there was none to check.
    """

    size_bytes: int
    sha256: str
    month_before: str
    place: Place


def problems_of_run(agenda_dir: Path, run_id: str, file: JournalFile, before: JournalFile | None) -> list[Problem]:
    """Return what is wrong with a month, as `chain.verify_file` does, following only what this run has not yet.

    A run's servers take turns, so that the first follows the month for all. A
    month with a problem is followed anew each time. Raises AgendaError when a
    file cannot be read.
    """
    folder = progress_dir(agenda_dir, run_id)
    with _alone(folder):
        path = folder / f".proven-{file.path.name}"
        month_before = hash_month(before) if before is not None else ""
        known, hasher = _read(path), hashlib.sha256()
        if known is None or known.month_before != month_before or not _holds(file, known, hasher):
            known, hasher = Checkpoint(0, "", month_before, Place(prev=month_before or None)), hashlib.sha256()
        problems, place = follow_file(file, before, known.place, offset=known.size_bytes, on_bytes=hasher.update)
        if not problems and _ends_whole(file):
            # Where it cannot be written, the next server follows the whole month: slower, and no less true.
            with contextlib.suppress(OSError):
                made = Checkpoint(file.size_bytes, hasher.hexdigest(), month_before, place)
                write_atomic(path, json.dumps(asdict(made)).encode("ascii"), mode=0o640)
    return problems


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    try:
        lock = os.open(folder / ".proving", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
    except OSError:
        # Without the run's folder there is no checkpoint to share either.
        yield
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _read(path: Path) -> Checkpoint | None:
    """Return the checkpoint, None for anything else: then the whole month is followed."""
    try:
        with os.fdopen(open_regular(path), "rb") as file:
            told = json.loads(file.read(_MAX_BYTES).decode("ascii"))
        place = Place(told["place"]["lines"], told["place"]["seq"], told["place"]["prev"])
        known = Checkpoint(told["size_bytes"], told["sha256"], told["month_before"], place)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    numbers, texts = (known.size_bytes, place.lines, place.seq), (known.sha256, known.month_before, place.prev)
    sound = all(type(each) is int and each >= 0 for each in numbers) and all(isinstance(each, str) for each in texts)
    return known if sound else None


def _holds(file: JournalFile, known: Checkpoint, hasher: hashlib._Hash) -> bool:
    """Hash the bytes that a checkpoint vouches for, and tell whether they are still those."""
    left = known.size_bytes
    if left > file.size_bytes:
        return False
    with agenda_errors(file.path), os.fdopen(open_regular(file.path), "rb", buffering=0) as opened:
        while left and (chunk := opened.read(min(left, CHUNK_BYTES))):
            left -= len(chunk)
            hasher.update(chunk)
    return left == 0 and hasher.hexdigest() == known.sha256


def _ends_whole(file: JournalFile) -> bool:
    """Whether the file ends with a newline: only then does the next line begin where this one ends."""
    with agenda_errors(file.path), os.fdopen(open_regular(file.path), "rb", buffering=0) as opened:
        return file.size_bytes > 0 and os.pread(opened.fileno(), 1, file.size_bytes - 1) == b"\n"
