# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: DTZ001, S314 - a DATE has no zone; the XML is our own or a sample of ours
"""A second opinion: reads Data Pump dumps with no code of the writer, real ones and rehearsed ones alike.

Slow, whole file in memory, strict: whatever does not add up fails an assertion.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from pathlib import Path
from xml.etree import ElementTree as ET

BLOCK = 4096
NUMBER, DATE, VARCHAR2, RAW, CHAR, CLOB, BLOB = 2, 12, 1, 23, 96, 112, 113


@dataclass
class Head:
    version: int
    magic: int
    guid: bytes
    number: int
    charset_id: int
    date: datetime
    flags: int
    encryption: int
    master_position: int
    master_length: int
    texts: tuple[str, ...]


def read_head(block: bytes) -> Head:
    u16, u32 = (lambda at: int.from_bytes(block[at : at + 2])), (lambda at: int.from_bytes(block[at : at + 4]))
    places = (0x85, 0xEA, 0x127, 0x1DD, 0x21A) if u16(0) == 0x0301 else (0x200, 0x265, 0x2A2, 0x358, 0x395)
    assert u32(0x23) == BLOCK
    assert block[0x0E] == 1
    return Head(
        version=u16(0),
        magic=u32(6),
        guid=block[0x0F:0x1F],
        number=u32(0x1F),
        charset_id=u16(0x27),
        date=datetime(u16(0x29), *block[0x2B:0x30]),
        flags=u32(0x30),
        encryption=block[0x34],
        master_position=u32(0x36),
        master_length=int.from_bytes(block[0x3A:0x42]),
        texts=tuple(block[at : block.index(0, at)].decode() for at in (0x43, *places)),
    )


class DumpFile:
    """One file. `head` is the block that knows the master table: the last one in 23ai's layout."""

    def __init__(self, path: Path) -> None:
        self.data = path.read_bytes()
        self.first = read_head(self.data)
        assert self.first.magic == 0x6780BC
        self.has_trailer = bool(self.first.flags & 0x4000)
        self.head = read_head(self.data[-BLOCK:]) if self.has_trailer else self.first

    def expected_bytes(self) -> int:
        end = (self.head.master_position - 1) * BLOCK + self.head.master_length
        return -(-end // BLOCK) * BLOCK + (BLOCK if self.has_trailer else 0)

    def stream(self, position: int, length: int) -> Stream:
        return Stream(self.data, (position - 1) * BLOCK, length)

    def master(self) -> list[dict[str, object]]:
        length = self.head.master_length - (BLOCK if self.has_trailer else 0)
        return self.stream(self.head.master_position, length).records()


class Stream:
    def __init__(self, data: bytes, start: int, length: int) -> None:
        mark, self.kind, xml_length, xml_at, data_length, data_at, tail_length, tail_at = struct.unpack_from(
            ">4sH6Q", data, start
        )
        assert mark == b"\xff\xff$$"
        xml = data[start + xml_at : start + xml_at + xml_length]
        self.charset_id = int.from_bytes(xml[:2])
        self.table = ET.fromstring(xml[2:].decode()).find(".//STRMTABLE_T")
        if tail_length:
            assert tail_at + tail_length == length
            assert tail_at == -(-(data_at + data_length) // 8) * 8
        self.rows_data = data[start + data_at : start + (data_at + data_length if data_length else length - 8)]
        self.owner, self.name = self.table.findtext("OWNER_NAME"), self.table.findtext("NAME")
        columns = [(item.findtext("NAME"), int(item.findtext("TYPE_NUM"))) for item in self.table.iter("COL_LIST_ITEM")]
        self.columns = sorted(columns, key=lambda column: column[1] in {CLOB, BLOB})

    def raw_rows(self) -> list[list[bytes | None]]:
        data, at, rows = self.rows_data, 0, []
        row: list[bytes | None] | None = None
        while at < len(data) and not (row is None and data[at] == 0):
            start, flags = at, data[at]
            assert bool(flags & 0x08) == (row is None), hex(at)
            row = [] if row is None else row
            counted, at = None, at + 1
            if flags & 0x30:
                counted, at = int.from_bytes(data[at : at + 2]), at + 2
            count, at = data[at], at + 1
            for column in range(count):
                value, at = self._value(at)
                if column == 0 and flags & 0x02:
                    row[-1] += value
                else:
                    row.append(value)
            assert counted in {None, at - start}
            if flags & 0x04:
                rows.append(row)
                row = None
        assert row is None
        assert not data[at:].strip(b"\0")
        return rows

    def _value(self, at: int) -> tuple[bytes | None, int]:
        data, size, at = self.rows_data, self.rows_data[at], at + 1
        if size == 0xFF:
            return None, at
        if size == 0xFE:
            size, at = int.from_bytes(data[at : at + 2]), at + 2
        assert at + size <= len(data)
        return data[at : at + size], at + size

    def records(self) -> list[dict[str, object]]:
        return [
            {
                name: decode(type_, value)
                for (name, type_), value in zip(self.columns, row, strict=False)
                if value is not None
            }
            for row in self.raw_rows()
        ]


def decode(type_: int, value: bytes) -> object:
    if type_ == NUMBER:
        return decode_number(value)
    if type_ == DATE:
        return datetime((value[0] - 100) * 100 + value[1] - 100, *value[2:4], *(part - 1 for part in value[4:7]))
    if type_ in {VARCHAR2, CHAR}:
        return value.decode()
    return value.decode("utf-16-be") if type_ == CLOB else value


def decode_number(value: bytes) -> Decimal | int:
    if value == b"\x80":
        return 0
    if value[0] & 0x80:
        exponent, digits, sign = value[0] - 193, [byte - 1 for byte in value[1:]], 1
    else:
        exponent, digits, sign = 62 - value[0], [101 - byte for byte in value[1:] if byte != 102], -1
    with localcontext(prec=200):
        number = sum(Decimal(digit).scaleb(2 * (exponent - place)) for place, digit in enumerate(digits)) * sign
        return int(number) if number == number.to_integral_value() else number
