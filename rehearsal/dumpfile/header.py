# SPDX-License-Identifier: GPL-3.0-or-later
"""The header block of a dump file, and the trailer block that 23ai adds: one layout, big-endian, 4 KiB.

Offsets were found in real files of 11.2 (version 3.1), 12.2 and 21c (5.1) and 23ai (6.1). Oracle's check sum is not
known; the field holds a CRC.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from .model import BLOCK_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

MAGIC = 0x006780BC
FLAG_METADATA_COMPRESSED, FLAG_TRAILER_FORMAT, FLAG_IS_TRAILER = 0x2, 0x4000, 0x8000
_FLAG_SINCE_12 = 0x200
_ENCRYPTION_NONE = 2
_FIXED = struct.Struct(">HIIIB16sIIHH5BIBxIQx")
_FIXED_AT_JOB = 0x43


@dataclass(frozen=True)
class Layout:
    """What differs between releases: header version, and where the texts behind the job's name lie."""

    version: int
    platform: int
    instance: int
    charset: int
    db_version: int
    master_piece: int
    has_trailer: bool = False


LAYOUT_11 = Layout(0x0301, platform=0x85, instance=0xEA, charset=0x127, db_version=0x1DD, master_piece=0x21A)
LAYOUT_12 = Layout(0x0501, platform=0x200, instance=0x265, charset=0x2A2, db_version=0x358, master_piece=0x395)
LAYOUT_23 = replace(LAYOUT_12, version=0x0601, has_trailer=True)
_LAYOUTS: Mapping[int, Layout] = {layout.version: layout for layout in (LAYOUT_11, LAYOUT_12, LAYOUT_23)}


def layout_for(version: tuple[int, ...]) -> Layout:
    """Return the layout an export writes whose VERSION is `version`."""
    if version < (12,):
        return LAYOUT_11
    return LAYOUT_12 if version < (23,) else LAYOUT_23


@dataclass(frozen=True)
class Header:
    """The values of a header or trailer. `master_position` 0 means that the master table is not in this file."""

    layout: Layout
    guid: bytes
    file_number: int
    charset_id: int
    created: datetime
    job_name: str
    platform: str
    instance: str
    charset: str
    db_version: str
    master_object: int = 0
    master_position: int = 0
    master_bytes: int = 0
    metadata_compressed: bool = True
    is_trailer: bool = False

    @property
    def flags(self) -> int:
        """The flags word, as each release sets it."""
        value = FLAG_METADATA_COMPRESSED if self.metadata_compressed else 0
        if self.layout is not LAYOUT_11:
            value |= _FLAG_SINCE_12
        if self.layout.has_trailer:
            value |= FLAG_TRAILER_FORMAT | (FLAG_IS_TRAILER if self.is_trailer else 0)
        return value

    def pack(self) -> bytes:
        """Return the block of 4096 bytes."""
        block = bytearray(BLOCK_BYTES)
        at = self.created
        _FIXED.pack_into(
            block, 0, self.layout.version, 0, MAGIC, self.master_object, 1, self.guid, self.file_number, BLOCK_BYTES,
            self.charset_id, at.year, at.month, at.day, at.hour, at.minute, at.second, self.flags, _ENCRYPTION_NONE,
            self.master_position, self.master_bytes,
        )  # fmt: skip
        master_piece = "001:001:000001:000001" if self.master_position else "000:000:000000:000000"
        for offset, text in (
            (_FIXED_AT_JOB, self.job_name),
            (self.layout.platform, self.platform),
            (self.layout.instance, self.instance),
            (self.layout.charset, self.charset),
            (self.layout.db_version, self.db_version),
            (self.layout.master_piece, master_piece),
        ):
            data = text.encode()
            block[offset : offset + len(data)] = data
        struct.pack_into(">I", block, 2, zlib.crc32(block))
        return bytes(block)

    @classmethod
    def unpack(cls, block: bytes | bytearray) -> Header:
        """Read a header or trailer back. Raises ValueError if `block` is not one."""
        if len(block) < BLOCK_BYTES:
            raise ValueError("shorter than a header block")
        version, _, magic, master_object, _, guid, number, _, charset_id, *rest = _FIXED.unpack_from(block)
        if magic != MAGIC or version not in _LAYOUTS:
            raise ValueError("no Data Pump header")
        year, month, day, hour, minute, second, flags, _, position, length = rest
        layout = _LAYOUTS[version]
        return cls(
            layout=layout,
            guid=guid,
            file_number=number,
            charset_id=charset_id,
            created=datetime(year, month, day, hour, minute, second),  # noqa: DTZ001 - a header has no zone
            job_name=_text(block, _FIXED_AT_JOB),
            platform=_text(block, layout.platform),
            instance=_text(block, layout.instance),
            charset=_text(block, layout.charset),
            db_version=_text(block, layout.db_version),
            master_object=master_object,
            master_position=position,
            master_bytes=length,
            metadata_compressed=bool(flags & FLAG_METADATA_COMPRESSED),
            is_trailer=bool(flags & FLAG_IS_TRAILER),
        )


def _text(block: bytes | bytearray, offset: int) -> str:
    return block[offset : block.index(b"\0", offset)].decode(errors="replace")
