# SPDX-License-Identifier: GPL-3.0-or-later
"""The header of a Data Pump file, and the trailer that 23ai adds.

Layout and meaning come from files written by 10.2 (version 1.1), 11.2 (3.1), 12.2 and 21c (5.1) and 23ai (6.1), from
DBMS_DATAPUMP.GET_DUMPFILE_INFO, and from the messages on "header" and "trailer block format" (ORA-39464).
Versions between and after them are recognised, not understood.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .source import Source

BLOCK_BYTES: Final = 4096
MAGIC: Final = 0x006780BC
_MAGIC_AT: Final = 6
_FIXED = struct.Struct(">HIIIB16sIIHH5BIBxIQx")
_JOB_NAME_AT: Final = 0x43
_TEXT_AT: Final = {
    (1, 1): {"platform": 0x85, "instance": 0xEA, "charset": 0x127, "db_version": 0x1DD, "master_piece": 0x21A},
    (3, 1): {"platform": 0x85, "instance": 0xEA, "charset": 0x127, "db_version": 0x1DD, "master_piece": 0x21A},
    (5, 1): {"platform": 0x200, "instance": 0x265, "charset": 0x2A2, "db_version": 0x358, "master_piece": 0x395},
    (6, 1): {"platform": 0x200, "instance": 0x265, "charset": 0x2A2, "db_version": 0x358, "master_piece": 0x395},
}
#: The releases, by COMPATIBLE or VERSION, that were seen to write each version: from the first to before the second.
_RELEASES: Final = {(1, 1): (10, 11), (3, 1): (11, 12), (5, 1): (12, 23), (6, 1): (23, 100)}
_FLAG_TRAILER_FORMAT: Final = 0x4000
_FLAG_IS_TRAILER: Final = 0x8000
_ENCRYPTION_NONE: Final = 2


@dataclass(frozen=True)
class DumpHeader:
    """One header or trailer block of a Data Pump file.

    `created` is the server's wall clock, without zone: the end of the export in 3.1 and 5.1, its beginning in 6.1.
    `master_position` counts blocks of 4096 bytes from 1; it and `master_bytes` are 0 when the file holds no master
    table. Texts are empty, and `known` false, for a version whose layout nobody has described.
    """

    version: tuple[int, int]
    known: bool
    guid: str
    file_number: int
    block_bytes: int
    charset_id: int
    created: datetime | None
    flags: int
    encryption_mode: int
    master_object: int
    master_position: int
    master_bytes: int
    job_name: str
    platform: str = ""
    instance: str = ""
    charset: str = ""
    db_version: str = ""
    master_piece: str = ""

    @property
    def has_trailer(self) -> bool:
        """Whether the master table's place stands in the file's last block."""
        return bool(self.flags & _FLAG_TRAILER_FORMAT)

    @property
    def is_trailer(self) -> bool:
        """Whether this block itself is a trailer."""
        return bool(self.flags & _FLAG_IS_TRAILER)

    @property
    def identity(self) -> tuple[object, ...]:
        """What a trailer repeats of its file's header; the instance may be another one of a cluster."""
        numbers = (self.version, self.file_number, self.block_bytes, self.charset_id)
        return (*numbers, self.guid, self.job_name, self.platform, self.charset, self.db_version)

    @property
    def fits_release(self) -> bool:
        """Whether the release that the file names writes files of its version."""
        first, end = _RELEASES.get(self.version, (0, 0))
        release = self.db_version[:2]
        return release.isdecimal() and first <= int(release) < end

    @property
    def encrypted(self) -> bool:
        """Whether anything in the file is, or may be, encrypted."""
        return self.encryption_mode != _ENCRYPTION_NONE

    @property
    def holds_master(self) -> bool:
        """Whether the file holds the master table."""
        return self.master_position > 0 and self.master_bytes > 0

    @property
    def master_offset(self) -> int:
        """Offset in bytes of the master table."""
        return (self.master_position - 1) * BLOCK_BYTES

    @property
    def expected_bytes(self) -> int:
        """Exact size of a whole file that holds the master table: it is the last thing but the trailer."""
        blocks = -(-(self.master_offset + self.master_bytes) // BLOCK_BYTES)
        return (blocks + self.is_trailer) * BLOCK_BYTES

    def as_dict(self) -> dict[str, object]:
        """Return the facts for manifest and JSON."""
        return {
            "version": f"{self.version[0]}.{self.version[1]}",
            "guid": self.guid,
            "file_number": self.file_number,
            "job_name": self.job_name,
            "created_at_server": self.created.isoformat() if self.created else None,
            "charset": self.charset,
            "platform": self.platform,
            "instance": self.instance,
            "db_version": self.db_version,
            "encrypted": self.encrypted,
        }


def is_data_pump(block: bytes) -> bool:
    """Tell whether a file that begins with `block` is one of Data Pump's."""
    return block[_MAGIC_AT : _MAGIC_AT + 4] == MAGIC.to_bytes(4, "big")


def parse_header(block: bytes) -> DumpHeader | None:
    """Return the header that `block` begins with, or None if it holds none or only a part of one."""
    if len(block) < BLOCK_BYTES or not is_data_pump(block):
        return None
    (
        version, _, _, master_object, _, guid, number, block_bytes, charset_id,
        year, month, day, hour, minute, second, flags, encryption, position, length,
    ) = _FIXED.unpack_from(block)  # fmt: skip
    texts = _TEXT_AT.get(divmod(version, 256), {})
    return DumpHeader(
        version=divmod(version, 256),
        known=bool(texts) and block_bytes == BLOCK_BYTES,
        guid=guid.hex().upper(),
        file_number=number,
        block_bytes=block_bytes,
        charset_id=charset_id,
        created=_moment(year, month, day, hour, minute, second),
        flags=flags,
        encryption_mode=encryption,
        master_object=master_object,
        master_position=position,
        master_bytes=length,
        job_name=_text(block, _JOB_NAME_AT),
        **{name: _text(block, offset) for name, offset in texts.items()},
    )


def read_headers(source: Source) -> tuple[DumpHeader | None, DumpHeader | None]:
    """Return the file's header, and its trailer if the header promises one and it is there."""
    header = parse_header(source.read(0, BLOCK_BYTES))
    if header is None or not header.has_trailer or source.size_bytes < 2 * BLOCK_BYTES:
        return header, None
    trailer = parse_header(source.read(source.size_bytes - BLOCK_BYTES, BLOCK_BYTES))
    if trailer is None or not trailer.is_trailer:
        return header, None
    return header, trailer


def _moment(*parts: int) -> datetime | None:
    try:
        return datetime(*parts)  # type: ignore[arg-type] # noqa: DTZ001 - a header holds the server's wall clock
    except ValueError:
        return None


def _text(block: bytes, offset: int) -> str:
    """Return the text at `offset`, printable whatever the bytes are."""
    text = block[offset : offset + 101].partition(b"\0")[0].decode("utf-8", errors="replace")
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
