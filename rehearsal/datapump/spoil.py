# SPDX-License-Identifier: GPL-3.0-or-later
"""Damages the files of a job that has ended well, as a broken disk, a careless hand or a lying server would."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rehearsal.dumpfile.header import Header
from rehearsal.dumpfile.model import BLOCK_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .faults import Faults

_STREAM_MARK: Final = b"\xff\xff$$"
#: Where a header has KU$_DFHDR_ENCMODE, and its value for a password.
_ENCRYPTION_AT, _ENCRYPTION_PASSWORD = 0x34, 3
_PADDING_BYTES: Final = 3 * BLOCK_BYTES
_ROWS: Final = re.compile(rb"(\. \. exported .* )(\d+)( rows)")


def spoil(faults: Faults, pieces: Sequence[Path], log: Path | None) -> None:
    """Damage the files of a job that has ended, as `faults` says. Raises OSError."""
    for number, path in enumerate(pieces, 1):
        _spoil_piece(faults, number, path)
    if faults.swapped_pieces and len(pieces) > 1:
        first, second = pieces[0].read_bytes(), pieces[1].read_bytes()
        pieces[0].write_bytes(second)
        pieces[1].write_bytes(first)
    if log:
        _spoil_log(faults, log)


def _spoil_piece(faults: Faults, number: int, path: Path) -> None:
    if number == faults.truncate_piece:
        os.truncate(path, max(path.stat().st_size - faults.truncate_bytes, 0))
    if number == faults.zero_byte_piece:
        os.truncate(path, 0)
    if number == faults.missing_piece:
        path.unlink()
    if number == faults.foreign_piece:
        _make_foreign(path)
    if number == faults.damaged_piece:
        _overwrite(path, _first_stream(path), bytes(BLOCK_BYTES))
    if number == faults.encrypted_piece:
        _overwrite(path, _ENCRYPTION_AT, bytes([_ENCRYPTION_PASSWORD]))
    if number == faults.padded_piece:
        os.truncate(path, path.stat().st_size + _PADDING_BYTES)


def _spoil_log(faults: Faults, log: Path) -> None:
    if faults.log_foreign:
        log.write_bytes(log.read_bytes().replace(b'"."SIAK_', b'"."LAIN_').replace(b".SIAK_2", b".LAIN_2"))
    if faults.log_miscounts:
        log.write_bytes(_ROWS.sub(lambda line: line[1] + b"%d" % (int(line[2]) + 1) + line[3], log.read_bytes()))
    if faults.log_zeroed:
        _overwrite(log, log.stat().st_size // 2, bytes(100))
    if faults.log_cut:
        os.truncate(log, log.stat().st_size // 2)
    if faults.log_missing:
        log.unlink()


def _first_stream(path: Path) -> int:
    """Return where the first stream of a piece begins: every piece has one."""
    data = path.read_bytes()
    return next(at for at in range(BLOCK_BYTES, len(data), BLOCK_BYTES) if data.startswith(_STREAM_MARK, at))


def _overwrite(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def _make_foreign(path: Path) -> None:
    data = bytearray(path.read_bytes())
    header = Header.unpack(data[:BLOCK_BYTES])
    starts = [0, len(data) - BLOCK_BYTES] if header.layout.has_trailer else [0]
    for start in starts:
        block = Header.unpack(data[start : start + BLOCK_BYTES])
        data[start : start + BLOCK_BYTES] = replace(block, guid=header.guid[::-1]).pack()
    path.write_bytes(data)
