# SPDX-License-Identifier: GPL-3.0-or-later
"""A Data Pump stream: one block of offsets, the table's XML, its rows.

All numbers are big-endian and may be lies; nothing is allocated by them. Layout from files of 11.2, 12.2 and 23ai: a
head begins with FF FF 24 24, a kind, then length and offset of the XML, of the rows, and of a tail. 23ai (kinds 0B20
and 0B60) cannot know the rows' length at the start, so a copy of the head with all lengths closes the master table.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .header import BLOCK_BYTES

if TYPE_CHECKING:
    from .source import Source

_MARK: Final = b"\xff\xff$$"
_HEAD = struct.Struct(">4sH6Q")
_KIND_PLAIN: Final = 0x0A00
_KIND_OPEN_ENDED: Final = 0x0B20
_KIND_CLOSING: Final = 0x0B60
#: Some exports write their statistics so, XML included; the latter is 23ai's and, like 0B20, gives no lengths.
_KIND_COMPRESSED: Final = 0x1404
_KIND_COMPRESSED_OPEN_ENDED: Final = 0x1524
#: A thousand columns take half of this.
_LONGEST_XML_BYTES: Final = 4 << 20
_COLUMN: Final = b"<COL_LIST_ITEM>"
_NAME = re.compile(rb"<NAME>([^<]{1,512})</NAME>")
_TYPE = re.compile(rb"<TYPE_NUM>(\d{1,5})</TYPE_NUM>")
_LOB_TYPES: Final = frozenset({112, 113})


class StreamError(Exception):
    """The bytes are not what the format demands; the text says what is wrong."""


class CompressedError(Exception):
    """The stream's rows are compressed: nothing of them can be told.

    `known` says whether it is of a kind that healthy files were seen to have.
    """

    def __init__(self, *, known: bool = False) -> None:
        super().__init__()
        self.known = known


@dataclass(frozen=True)
class StreamHead:
    """Where one stream and its parts lie; offsets are absolute, `length_bytes` is the whole stream's, tail included.

    An open-ended head was written before its rows: `rows_bytes` and `length_bytes` mean nothing in it.
    """

    offset: int
    kind: int
    compressed: bool
    open_ended: bool
    xml_offset: int
    xml_bytes: int
    rows_offset: int
    rows_bytes: int
    length_bytes: int


def read_head(source: Source, offset: int) -> StreamHead:
    """Read the head of the stream at `offset`. Raises StreamError if there is none, or an impossible one."""
    _, head = _read(source, offset, offset)
    return head


def refuse_compressed(head: StreamHead, length_bytes: int) -> None:
    """Raise CompressedError if `head` is of a compressed stream; StreamError if that is not of `length_bytes`."""
    if not head.compressed:
        return
    if head.kind == _KIND_COMPRESSED and head.length_bytes != length_bytes:
        raise StreamError(f"a stream of {head.length_bytes} bytes, not of {length_bytes}")
    raise CompressedError(known=head.kind in {_KIND_COMPRESSED, _KIND_COMPRESSED_OPEN_ENDED})


def read_closing_head(source: Source, offset: int, opening: StreamHead) -> StreamHead:
    """Read the copy of an open-ended head that stands at `offset`, behind the stream, and gives the lengths.

    Raises StreamError if there is none, or one of another stream.
    """
    kind, closing = _read(source, offset, opening.offset)
    if kind != _KIND_CLOSING:
        raise StreamError(f"a block of kind {kind:04x} instead of a closing one at byte {offset}")
    if (closing.xml_offset, closing.xml_bytes, closing.rows_offset) != (
        opening.xml_offset,
        opening.xml_bytes,
        opening.rows_offset,
    ):
        raise StreamError(f"the closing block at byte {offset} differs from the head it repeats")
    return closing


def _read(source: Source, offset: int, start: int) -> tuple[int, StreamHead]:
    """Return kind and contents of the block at `offset` that heads or closes the stream at `start`."""
    block = source.read(offset, BLOCK_BYTES)
    if len(block) < BLOCK_BYTES or not block.startswith(_MARK):
        raise StreamError(f"no stream begins or ends at byte {offset}")
    _, kind, xml_bytes, xml_at, rows_bytes, rows_at, tail_bytes, tail_at = _HEAD.unpack_from(block)
    knows_tail = kind in {_KIND_PLAIN, _KIND_CLOSING}
    if xml_at < BLOCK_BYTES or rows_at < xml_at + xml_bytes or (knows_tail and tail_at < rows_at + rows_bytes):
        raise StreamError(f"the stream at byte {start} has overlapping parts")
    return kind, StreamHead(
        offset=start,
        kind=kind,
        compressed=not knows_tail and kind != _KIND_OPEN_ENDED,
        open_ended=kind == _KIND_OPEN_ENDED,
        xml_offset=start + xml_at,
        xml_bytes=xml_bytes,
        rows_offset=start + rows_at,
        rows_bytes=rows_bytes,
        length_bytes=tail_at + tail_bytes,
    )


def read_xml(source: Source, head: StreamHead) -> bytes:
    """Return the XML that describes the stream's table, without the character set before it. Raises StreamError."""
    if head.xml_bytes > _LONGEST_XML_BYTES:
        raise StreamError(f"an XML of {head.xml_bytes} bytes")
    xml = source.read(head.xml_offset, head.xml_bytes)[2:]
    if not xml.startswith(b"<?xml") or not xml.endswith(b"</ROWSET>") or b"\0" in xml:
        raise StreamError("the XML of the stream is spoilt")
    return xml


def read_columns(source: Source, head: StreamHead) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the columns in the order rows hold them: plain ones, then LOBs. Raises StreamError.

    The XML is searched, not parsed: nothing in it is expanded or followed.
    """
    xml = read_xml(source, head)
    plain: list[str] = []
    lobs: list[str] = []
    for item in xml.split(_COLUMN)[1:]:
        name, type_ = _NAME.search(item), _TYPE.search(item)
        if name is None or type_ is None:
            raise StreamError("a column without name or type")
        (lobs if int(type_[1]) in _LOB_TYPES else plain).append(name[1].decode("utf-8", errors="replace"))
    if not plain:
        raise StreamError("no column in the XML of the stream")
    return tuple(plain), tuple(lobs)
