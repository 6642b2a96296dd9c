# SPDX-License-Identifier: GPL-3.0-or-later
"""Classic exports, put together from their parts as the format describes them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

RECORD_BYTES = 2048
VARCHAR2, NUMBER, LONG, CHAR, CLOB, OBJECT = 1, 2, 8, 96, 112, 121
NULL = b"\xfe\xff"
ROWS_END = b"\xff\xff\n"


def value(data: bytes | None) -> bytes:
    return NULL if data is None else struct.pack("<H", len(data)) + data


def long_value(data: bytes, piece_bytes: int = 1000) -> bytes:
    """A LONG in pieces: all but the last have the high bit of their length set."""
    pieces = [data[at : at + piece_bytes] for at in range(0, len(data), piece_bytes)]
    heads = [0x8000 | len(piece) for piece in pieces[:-1]] + [len(pieces[-1])]
    return b"".join(struct.pack("<H", head) + piece for head, piece in zip(heads, pieces, strict=True))


def large_lob(data: bytes, chunk_bytes: int = 5000) -> bytes:
    chunks = [data[at : at + chunk_bytes] for at in range(0, len(data), chunk_bytes)]
    return struct.pack("<HQ", 0xFFFC, len(data)) + b"".join(value(chunk) for chunk in chunks)


def row(*values: bytes, lobs: Sequence[bytes] = ()) -> bytes:
    return b"".join(values) + struct.pack("<H", len(lobs)) + b"".join(lobs)


def section(table: str, types: Sequence[int], rows: Iterable[bytes], *, version: int = 10, path: int = 0) -> bytes:
    """One INSERT and its rows; `path` is 1 for those of a direct path export."""
    names = ", ".join(f'"C{i}"' for i in range(len(types)))
    binds = ", ".join(f":{i}" for i in range(1, len(types) + 1))
    columns = b""
    for type_ in types:
        columns += struct.pack("<HH", type_, 100)
        if type_ in {VARCHAR2, CHAR} or (type_ == CLOB and version >= 9):
            columns += struct.pack("<HH", 873, 1)
    if CLOB in types:
        columns += struct.pack("<H", len(types))
        columns += b"".join(struct.pack("<HB", 0, 2) + b"C0" if type_ == CLOB else b"\0\0\0" for type_ in types)
    else:
        columns += struct.pack("<H", 0)
    insert = f'INSERT INTO "{table}" ({names}) VALUES ({binds})\n'.encode()
    return insert + struct.pack("<H", len(types)) + columns + struct.pack("<H", path) + b"".join(rows) + ROWS_END


def exp_file(
    *parts: bytes, version: str = "10.02.01", exit_: bytes = b"EXIT\nEXIT\n", direct: str = "", user: str = "SIAK"
) -> bytes:
    """A whole file, its last record filled up with zeros."""
    head = f"{direct}EXPORT:V{version}\nU{user}\nRUSERS\n{RECORD_BYTES}\n0\n20\n0\n".encode()
    head += struct.pack(">HHHH", 873, 873, 2000, 1) + bytes(8)
    content = (b"\x03\x03\x69" + head + b"Kam Jan 9 16:35:00 2025backup.dmp").ljust(RECORD_BYTES, b"\0")
    content += b"d\0\0\0+00:00\0\0BYTE\0\nMETRICSU\n" + b"".join(parts) + exit_
    return content.ljust(-(-len(content) // RECORD_BYTES) * RECORD_BYTES, b"\0")
