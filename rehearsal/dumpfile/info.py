# SPDX-License-Identifier: GPL-3.0-or-later
"""What GET_DUMPFILE_INFO tells of a file: its kind, and the items of its header."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from .header import Header
from .model import BLOCK_BYTES

if TYPE_CHECKING:
    from pathlib import Path

UNKNOWN, DATA_PUMP, ORIGINAL_EXPORT = 0, 1, 2
_ENCRYPTION_NONE = 2


def dumpfile_info(path: Path) -> tuple[tuple[tuple[int, str], ...], int]:
    """Return (item code, value) pairs and the kind of file; only a Data Pump file has items. Raises OSError."""
    with path.open("rb") as file:
        block = file.read(BLOCK_BYTES)
        if block[:1] == b"\x03" and block[3:10] == b"EXPORT:":
            return (), ORIGINAL_EXPORT
        try:
            header = Header.unpack(block)
        except ValueError:
            return (), UNKNOWN
        if header.layout.has_trailer:
            file.seek(-BLOCK_BYTES, 2)
            with contextlib.suppress(ValueError):  # cut short, it still has a first block that knows of no master table
                header = Header.unpack(file.read(BLOCK_BYTES))
    return _items(header), DATA_PUMP


def _items(header: Header) -> tuple[tuple[int, str], ...]:
    version = header.layout.version
    has_master = int(header.master_position > 0)
    values = {
        1: f"{version >> 8}.{version & 0xFF}",
        2: has_master,
        3: header.guid.hex().upper(),
        4: header.file_number,
        5: header.charset_id,
        6: f"{header.created:%a %b} {header.created.day} {header.created:%H:%M:%S %Y}",
        7: header.flags,
        8: header.job_name,
        9: header.platform,
        10: header.instance,
        11: header.charset,
        12: BLOCK_BYTES,
        14: int(header.metadata_compressed),
        15: header.db_version,
        16: has_master,
        17: has_master,
        18: 0,
        19: 0,
        20: 0,
        21: 0,
        22: _ENCRYPTION_NONE,
    }
    return tuple((code, str(value)) for code, value in values.items())
