# SPDX-License-Identifier: GPL-3.0-or-later
"""Which medium got which night: one JSON line an event, appended to, never edited, on the control node.

One file a server, `<archive>/<server>/.media.jsonl`. What a line cannot say
for itself, damaged or of a later version, counts as never having happened: a
piece is copied again, a disk is due sooner, a warning comes earlier.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Final

from ..archive.fields import Fields, read_object
from ..archive.names import is_plain
from ..durable import PRIVATE_FILE, archive_errors, fsync_dir, open_regular
from ..errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HISTORY_NAME: Final = ".media.jsonl"
VERSION: Final = 1

_SHA256 = re.compile(r"[0-9a-f]{64}")

#: Longer than any line with names of 200 characters and texts that people type.
_MAX_LINE_BYTES = 16 * 1024


@dataclass(frozen=True)
class PieceProven:
    """A file of a night was written to a medium, read back, and found equal.

    Args:
        at: UTC ISO 8601 with offset.
        medium: id in the medium's marker.
        label: label in the marker, as the office wrote it on the disk.
        group: rotation group in the marker, may be empty.
        night: name of the dated folder in the archive.
        folder: name of the folder on the medium.
        name: the file's name in the archive.
        sha256: SHA-256 of the plain file, as in its SHA256SUMS.
        stored_name: the file's name on the medium, with the encoding's suffix.
        stored_bytes: its size there.
        stored_sha256: SHA-256 of what lies there; that of the plain file if it lies there plainly.
        read_back: method by which it was read back.
    """

    event: ClassVar[str] = "piece"

    at: str
    medium: str
    label: str
    group: str
    night: str
    folder: str
    name: str
    sha256: str
    stored_name: str
    stored_bytes: int
    stored_sha256: str
    read_back: str

    @classmethod
    def read(cls, fields: Fields) -> PieceProven:
        """Read the keys of a line but `version` and `event`. Raises ValueError."""
        return cls(
            at=_time(fields, "at"),
            medium=_plain(fields, "medium"),
            label=fields.text("label"),
            group=fields.text("group"),
            night=_plain(fields, "night"),
            folder=_plain(fields, "folder"),
            name=_plain(fields, "name"),
            sha256=_sha256(fields, "sha256"),
            stored_name=_plain(fields, "stored_name"),
            stored_bytes=fields.whole("stored_bytes"),
            stored_sha256=_sha256(fields, "stored_sha256"),
            read_back=fields.text("read_back"),
        )

    @property
    def moment(self) -> datetime:
        """When it was, by the clock of that moment."""
        return _moment(self.at)


@dataclass(frozen=True)
class NightCopied:
    """A whole night lies on a medium, proven; fields as in PieceProven, `read_back` the weakest of its files."""

    event: ClassVar[str] = "copied"

    at: str
    medium: str
    label: str
    group: str
    night: str
    folder: str
    read_back: str

    @classmethod
    def read(cls, fields: Fields) -> NightCopied:
        """Read the keys of a line but `version` and `event`. Raises ValueError."""
        return cls(
            at=_time(fields, "at"),
            medium=_plain(fields, "medium"),
            label=fields.text("label"),
            group=fields.text("group"),
            night=_plain(fields, "night"),
            folder=_plain(fields, "folder"),
            read_back=fields.text("read_back"),
        )

    @property
    def moment(self) -> datetime:
        """When it was, by the clock of that moment."""
        return _moment(self.at)


@dataclass(frozen=True)
class History:
    """All events in the order in which they were written, which no clock can change.

    `damaged` counts lines that could not be read.
    """

    events: tuple[PieceProven | NightCopied, ...] = ()
    damaged: int = 0

    @property
    def copies(self) -> tuple[NightCopied, ...]:
        """Whole nights copied, in the order of the file."""
        return tuple(event for event in self.events if isinstance(event, NightCopied))

    def proven_piece(self, medium_id: str, night: str, name: str, sha256: str) -> PieceProven | None:
        """Return the latest proof that a medium holds a file of a night with this plain content."""
        for event in reversed(self.events):
            if isinstance(event, PieceProven) and (event.medium, event.night, event.name, event.sha256) == (
                medium_id, night, name, sha256,
            ):  # fmt: skip
                return event
        return None

    def copies_of(self, night: str) -> tuple[NightCopied, ...]:
        """Return the copies of a night, on whichever media."""
        return tuple(copy for copy in self.copies if copy.night == night)

    def nights_copied_to(self, labels: Iterable[str]) -> tuple[str, ...]:
        """Return the nights of which a disk of one of these labels got a copy, each once, first copied first."""
        wanted = set(labels)
        return tuple(dict.fromkeys(copy.night for copy in self.copies if copy.label in wanted))


def append(path: Path, entry: PieceProven | NightCopied) -> None:
    """Add one line and return once it is safe on disk.

    One write under the file's own lock, so any number of processes may
    append. A half line at the end, from a power cut, stays as it is; the new
    line does not run into it.

    Raises:
        ArchiveError: the disk did not take the line, and what it took was
            taken back; or the entry holds what could not be read again.
    """
    data = _line(path, entry)
    with archive_errors(path):
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(path, flags, PRIVATE_FILE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            size_bytes = os.fstat(descriptor).st_size
            if size_bytes and os.pread(descriptor, 1, size_bytes - 1) != b"\n":
                data = b"\n" + data
            _write(descriptor, data, size_bytes)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if not size_bytes:
            fsync_dir(path.parent)


def _write(descriptor: int, data: bytes, size_bytes: int) -> None:
    """Append to a file of so many bytes, in one write, or leave it as it was. Raises OSError."""
    try:
        complete = os.write(descriptor, data) == len(data)
    except OSError:
        os.ftruncate(descriptor, size_bytes)
        raise
    if not complete:
        os.ftruncate(descriptor, size_bytes)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def read(path: Path) -> History:
    """Read a history; a file that is not there has no events. Raises ArchiveError when it cannot be read."""
    events: list[PieceProven | NightCopied] = []
    damaged = 0
    with archive_errors(path):
        try:
            descriptor = open_regular(path)
        except FileNotFoundError:
            return History()
        with os.fdopen(descriptor, "rb") as file:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            while line := file.readline(_MAX_LINE_BYTES):
                try:
                    events.append(_parse(line))
                except (ValueError, RecursionError):
                    damaged += 1
                while len(line) == _MAX_LINE_BYTES and not line.endswith(b"\n"):
                    line = file.readline(_MAX_LINE_BYTES)
    return History(tuple(events), damaged)


def _line(path: Path, entry: PieceProven | NightCopied) -> bytes:
    facts = {"version": VERSION, "event": entry.event} | asdict(entry)
    line = json.dumps(facts, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    try:
        readable = len(line) <= _MAX_LINE_BYTES and _parse(line) == entry
    except ValueError:
        readable = False
    if not readable:
        raise ArchiveError(
            "riwayat media memuat isi yang mustahil",
            where=str(path),
            remedy="periksa label dan nama berkas pada media, laporkan ke pengembang",
        )
    return line


def _parse(line: bytes) -> PieceProven | NightCopied:
    return read_object(json.loads(line), _read_event, name="riwayat media")


def _read_event(fields: Fields) -> PieceProven | NightCopied:
    if fields.whole("version") != VERSION:
        raise ValueError("version belum dikenal")
    event = fields.text("event")
    if event not in _READERS:
        raise ValueError("event belum dikenal")
    return _READERS[event].read(fields)


_READERS: dict[str, type[PieceProven | NightCopied]] = {kind.event: kind for kind in (PieceProven, NightCopied)}


def _plain(fields: Fields, key: str) -> str:
    value = fields.text(key)
    if not is_plain(value):
        raise ValueError(f"{key} bukan nama berkas biasa")
    return value


def _time(fields: Fields, key: str) -> str:
    value = fields.time(key)
    try:
        _moment(value)
    except OverflowError:
        raise ValueError(f"{key} bernilai mustahil") from None
    return value


def _moment(at: str) -> datetime:
    return datetime.fromisoformat(at).astimezone(UTC)


def _sha256(fields: Fields, key: str) -> str:
    value = fields.text(key)
    if not _SHA256.fullmatch(value):
        raise ValueError(f"{key} bernilai mustahil")
    return value
