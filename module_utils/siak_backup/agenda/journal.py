# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal on disk: appended to, never edited; one file a month and control node.

Every append is one write and one fsync under one lock for the folder, so any
number of processes may append at once. The file before a month's first line
is closed for good: when a clock goes back, lines still go to the newest file.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import platform
import re
import sys
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from ..durable import NO_SPACE, fsync_dir, hash_file, open_regular
from ..errors import AgendaError
from .line import MAX_LINE_BYTES, NO_PREVIOUS, TOO_LONG, Damaged, Sound, compose, digest, parse
from .tail import read_tail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

_LOCK_NAME = ".lock"
_NODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_FILE = re.compile(r"(?P<month>[0-9]{4}-(?:0[1-9]|1[0-2]))-(?P<node>[A-Za-z0-9][A-Za-z0-9._-]{0,62})\.jsonl")

#: Of a search: large enough to be fast, small enough to stay in a processor's cache.
_BLOCK_BYTES = 256 * 1024


@dataclass(frozen=True)
class JournalFile:
    """One month of one node. `month` is `YYYY-MM` in UTC; what lies beyond `size_bytes` was not yet safe on disk."""

    path: Path
    month: str
    node: str
    size_bytes: int


@dataclass(frozen=True)
class _End:
    """Where the next line goes: its number in the chain, what it must point to, and what comes first.

    `lead` is a newline when the file's last line was torn by a crash: that
    line stays as it is, and the next is not glued to it.
    """

    seq: int
    prev: str
    lead: bytes


def journal_dir(agenda_dir: Path) -> Path:
    """Return the folder of the journal inside an agenda folder."""
    return agenda_dir / "journal"


def progress_dir(agenda_dir: Path, run_id: str) -> Path:
    """Return the folder of what a run leaves while it lasts."""
    return agenda_dir / "progress" / run_id


def node_name() -> str:
    """Return this machine's name as it stands in the journal's file names."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", platform.node()).strip("-.")[:63] or "node"


def journal_files(folder: Path, node: str | None = None) -> list[JournalFile]:
    """Return the journal's files by node and month, oldest month first; files of other names are not the journal's.

    Sizes are taken while nobody appends. Raises AgendaError when the folder
    cannot be listed.
    """
    with agenda_errors(folder), contextlib.ExitStack() as stack:
        # Without a lock file, or a right to it, nobody appends here: a copy, an archive, a read-only medium.
        with contextlib.suppress(FileNotFoundError, PermissionError):
            lock = os.open(folder / _LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            stack.callback(os.close, lock)
            fcntl.flock(lock, fcntl.LOCK_SH)
        return _list(folder, node)


def _list(folder: Path, node: str | None) -> list[JournalFile]:
    found = [
        # Of the name itself: where a link leads is nothing of ours, and it may lead nowhere.
        JournalFile(path, match["month"], match["node"], path.lstat().st_size)
        for path in folder.iterdir()
        if (match := _FILE.fullmatch(path.name)) and node in (None, match["node"])
    ]
    return sorted(found, key=lambda file: (file.node, file.month))


def foreign_names(folder: Path) -> list[str]:
    """Return the names in a journal folder that are none of the journal's own. Raises AgendaError."""
    with agenda_errors(folder):
        names = [path.name for path in folder.iterdir()]
    return sorted(name for name in names if name != _LOCK_NAME and not _FILE.fullmatch(name))


def read(
    path: Path,
    size_bytes: int | None = None,
    *,
    offset: int = 0,
    number: int = 0,
    on_bytes: Callable[[bytes], object] | None = None,
) -> Iterator[Sound | Damaged]:
    """Yield every line of a file, or of its first `size_bytes`, sound or damaged, in bounded memory.

    Begins at the byte `offset`, before which there are `number` lines; `on_bytes` hears every byte that is read.
    A last line without newline is judged like any other: it may be whole. An
    empty file has no lines. Raises AgendaError when the file cannot be read, or is a link or no file at all.
    """
    with agenda_errors(path), os.fdopen(open_regular(path), "rb") as file:
        file.seek(offset)
        left = (sys.maxsize if size_bytes is None else size_bytes) - offset
        while raw := file.readline(min(left, MAX_LINE_BYTES)):
            number += 1
            left -= len(raw)
            if on_bytes is not None:
                on_bytes(raw)
            if raw.endswith(b"\n") or len(raw) < MAX_LINE_BYTES:
                yield parse(raw.removesuffix(b"\n"), number)
                continue
            hasher = hashlib.sha256(raw)
            while not raw.endswith(b"\n") and (raw := file.readline(min(left, MAX_LINE_BYTES))):
                left -= len(raw)
                hasher.update(raw.removesuffix(b"\n"))
                if on_bytes is not None:
                    on_bytes(raw)
            yield Damaged(number, TOO_LONG, hasher.hexdigest())


def read_raw(file: JournalFile) -> Iterator[bytes]:
    """Yield every line of a file as it stands there, without its newline; of an overlong one, its first 64 KiB.

    For readers that know at a glance that most lines do not concern them. Raises AgendaError.
    """
    with agenda_errors(file.path), os.fdopen(open_regular(file.path), "rb") as opened:
        left = file.size_bytes
        while raw := opened.readline(min(left, MAX_LINE_BYTES)):
            left -= len(raw)
            yield raw.removesuffix(b"\n")
            while not raw.endswith(b"\n") and (raw := opened.readline(min(left, MAX_LINE_BYTES))):
                left -= len(raw)


def find_raw(file: JournalFile, wanted: bytes) -> Iterator[bytes]:
    """Yield the lines of a file that hold `wanted` (no newline in it), without their newline.

    At the speed of a search, for readers of a few lines among hundreds of thousands. Overlong lines, which are
    damaged whatever they hold, are passed over. Raises AgendaError.
    """
    with agenda_errors(file.path), os.fdopen(open_regular(file.path), "rb", buffering=_BLOCK_BYTES) as opened:
        left = file.size_bytes
        while block := opened.read(min(left, _BLOCK_BYTES)):
            rest = b"" if block.endswith(b"\n") else opened.readline(min(left - len(block), MAX_LINE_BYTES))
            left -= len(block) + len(rest)
            block += rest
            if len(rest) == MAX_LINE_BYTES and not rest.endswith(b"\n"):
                block = block[: block.rfind(b"\n") + 1]
                while not rest.endswith(b"\n") and (rest := opened.readline(min(left, MAX_LINE_BYTES))):
                    left -= len(rest)
            if wanted in block:
                yield from (raw for raw in block.split(b"\n") if wanted in raw)


class Journal:
    """Appends to the journal of one control node.

    Args:
        agenda_dir: the agenda folder; it and its `journal` are made if absent.
        node: name of the control node, part of the file's name.
        clock: returns the time, aware.

    Raises:
        AgendaError: the node's name is no file name, or the folder cannot be
            made or written.
    """

    def __init__(self, agenda_dir: Path, *, node: str, clock: Callable[[], datetime]) -> None:
        if not _NODE.fullmatch(node):
            raise AgendaError(
                f"nama node kendali {node!r} tidak dapat menjadi nama berkas",
                where=str(agenda_dir),
                remedy="pakai huruf, angka, titik dan tanda hubung",
            )
        self.folder = journal_dir(agenda_dir)
        self._node = node
        self._clock = clock
        with agenda_errors(self.folder):
            self.folder.mkdir(mode=0o750, parents=True, exist_ok=True)
            fsync_dir(self.folder.parent)

    def append(self, record: Mapping[str, object]) -> Path:
        """Add one line and return its file, once the line is safe on disk.

        `record` holds `run`, `event` and the event's own keys; `v`, `seq`, `at`
        and `prev` are added here.

        Raises:
            AgendaError: the value is not plain JSON or too long, or the disk
                did not take the line. A part that was written is taken back.
        """
        with agenda_errors(self.folder), self._alone():
            now = self._clock().astimezone(UTC)
            files = _list(self.folder, self._node)
            month = max([f"{now:%Y-%m}", *(file.month for file in files)])
            path = self.folder / f"{month}-{self._node}.jsonl"
            # A file without a line, which a full disk leaves, has no end that the next could name.
            earlier = [file.path for file in files if file.month < month and file.size_bytes]
            with agenda_errors(path):
                self._append(path, earlier[-1] if earlier else None, record, now)
            return path

    def _append(self, path: Path, before: Path | None, record: Mapping[str, object], now: datetime) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
        try:
            size = os.fstat(descriptor).st_size
            end = _end(descriptor, size) if size else _fresh_end(before)
            data = end.lead + compose(record, seq=end.seq, at=now, prev=end.prev)
            try:
                _put(descriptor, data)
            except OSError:
                # Also what could not be made safe: the next line must not be chained to one that may be gone tomorrow.
                os.ftruncate(descriptor, size)
                raise
        finally:
            os.close(descriptor)
        if size == 0:
            fsync_dir(self.folder)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        lock = os.open(self.folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _put(descriptor: int, data: bytes) -> None:
    # One write takes it all, or the next one says why not.
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)


def _end(descriptor: int, size: int) -> _End:
    tail = read_tail(descriptor, size)
    seq = 0 if tail.sound is None else tail.sound.record["seq"]
    return _End(seq + tail.after + 1, digest(tail.last), b"\n" if tail.is_torn else b"")


def _fresh_end(before: Path | None) -> _End:
    """Return where a month's first line goes, given the file of the month before it, if any."""
    if before is None:
        return _End(1, NO_PREVIOUS, b"")
    seq = 0
    for line in read(before):
        seq = line.record["seq"] if isinstance(line, Sound) else seq + 1
    return _End(seq + 1, hash_file(before), b"")


@contextlib.contextmanager
def agenda_errors(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into the AgendaError that names the path."""
    try:
        yield
    except OSError as error:
        remedy = "kosongkan disknya" if error.errno in NO_SPACE else "periksa folder agenda dan izinnya"
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise AgendaError(
            f"agenda tidak dapat dibaca atau ditulis, {reason}", where=str(error.filename or path), remedy=remedy
        ) from error
