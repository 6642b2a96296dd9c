# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that says which medium this is, written once when the office registers it.

A label can be copied with the file, so the marker also names the file system
by its UUID: only both together are the medium.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from ..archive.fields import Fields, read_object
from ..archive.names import is_plain
from ..durable import PRIVATE_FILE, fsync_dir, open_regular, rename_noreplace

if TYPE_CHECKING:
    from pathlib import Path

MARKER_NAME: Final = "SIAK-MEDIUM.json"
VERSION: Final = 1

#: The SOP's own words: flash disk, external hard disk, disk that stays in the machine.
FLASHDISK, HARDISK, DISK = "flashdisk", "hardisk", "disk"
KINDS: Final = (FLASHDISK, HARDISK, DISK)

_ID = re.compile(r"[0-9a-f]{32}")
_MAX_BYTES: Final = 64 * 1024


@dataclass(frozen=True)
class Marker:
    """What a medium says of itself.

    Args:
        id: 32 hex digits, its own for ever.
        label: what the office wrote on it.
        serial: its serial number, may be empty.
        purpose: what it is for, in the office's words, may be empty.
        kind: one of `KINDS`.
        group: the media that take turns, may be empty.
        fs_uuid: UUID of its file system, empty if a folder plays the disk.
        registered_at: UTC ISO 8601.
    """

    id: str
    label: str
    serial: str
    purpose: str
    kind: str
    group: str
    fs_uuid: str
    registered_at: str

    @property
    def is_removable(self) -> bool:
        """Whether it can be carried away, and so be lost."""
        return self.kind != DISK

    def to_json(self) -> str:
        """Return the file's text."""
        return json.dumps({"version": VERSION} | asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Marker:
        """Read a marker. Raises ValueError that says what is wrong."""
        try:
            return read_object(json.loads(text), _read, name="penanda")
        except RecursionError as error:
            raise ValueError("penanda bersarang terlalu dalam") from error


def _read(fields: Fields) -> Marker:
    if fields.whole("version") != VERSION:
        raise ValueError("version belum dikenal")
    names = ("id", "label", "serial", "purpose", "kind", "group", "fs_uuid")
    marker = Marker(**{name: fields.text(name) for name in names}, registered_at=fields.time("registered_at"))
    if not _ID.fullmatch(marker.id) or not is_plain(marker.label) or marker.kind not in KINDS:
        raise ValueError("id, label atau kind bernilai mustahil")
    return marker


def read_marker(medium_dir: Path) -> Marker | None:
    """Return a medium's marker, None if it has none.

    Raises:
        ValueError: there is one, and it is not sound.
        OSError: the medium cannot be read, or what bears the name is no regular file.
    """
    try:
        descriptor = open_regular(medium_dir / MARKER_NAME)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise ValueError("penanda terlalu panjang")
    return Marker.from_json(content.decode("utf-8"))


def write_marker(medium_dir: Path, marker: Marker) -> None:
    """Write a medium's first marker, durably. Raises FileExistsError if it has one, OSError."""
    path = medium_dir / MARKER_NAME
    part = path.with_name(f".{MARKER_NAME}.{marker.id}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(marker.to_json().encode())
            file.flush()
            os.fsync(file.fileno())
        rename_noreplace(part, path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    fsync_dir(medium_dir)
