# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast an export runs and what goes wrong in it: a rehearsal is only worth what it can break."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from rehearsal.dumpfile.header import Header
from rehearsal.dumpfile.model import BLOCK_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


_STREAM_MARK: Final = b"\xff\xff$$"
#: Where a header has KU$_DFHDR_ENCMODE, and its value for a password.
_ENCRYPTION_AT, _ENCRYPTION_PASSWORD = 0x34, 3


@dataclass(frozen=True)
class Pace:
    """Speed of a job; None is as fast as the machine allows."""

    bytes_per_s: int | None = None


UNLIMITED = Pace()


@dataclass(frozen=True)
class Faults:
    """What goes wrong in a job; the defaults are a healthy export.

    Percents are of the estimated rows' bytes, pieces count from 1. A fault that spoils files does so after the job
    has ended well and said so: that is how a broken medium looks.
    """

    snapshot_too_old: str = ""
    """Table skipped with ORA-31693, 02354 and 01555 (`OWNER.NAME`): the job completes with errors."""
    fatal_at_percent: int | None = None
    """The worker dies with ORA-39126; the job stops due to a fatal error."""
    hang_at_percent: int | None = None
    """The job goes on executing and makes no progress until it is stopped."""
    hang_announced: bool = True
    """A hanging job first says ORA-39171 (resumable wait)."""
    disk_full_at_bytes: int | None = None
    """Writing beyond this many bytes of dump fails as on a full disk; the job stops due to a fatal error."""
    truncate_piece: int | None = None
    """This piece loses its last `truncate_bytes` once the job has ended."""
    truncate_bytes: int = 8192
    """How much `truncate_piece` cuts off."""
    zero_byte_piece: int | None = None
    """This piece is empty once the job has ended."""
    missing_piece: int | None = None
    """This piece is gone once the job has ended."""
    foreign_piece: int | None = None
    """This piece is one of another export, with another GUID, once the job has ended."""
    damaged_piece: int | None = None
    """This piece has zeros instead of the block that begins its first stream, once the job has ended."""
    encrypted_piece: int | None = None
    """The header of this piece says, once the job has ended, that a password encrypts it."""
    info_on_start: bool = False
    """START_JOB succeeds with ORA-31627."""
    slow_status_s: float = 0.0
    """Every GET_STATUS takes this many seconds longer."""
    log_language: str = "AMERICAN"
    """NLS_LANGUAGE of the log file: AMERICAN or SIMPLIFIED CHINESE."""
    log_crlf: bool = False
    """The log has the line ends of a Windows server."""
    log_cut: bool = False
    """The log ends in the middle, as after a crash of the server."""
    log_zeroed: bool = False
    """The log has zeros in the middle, as where a file system lost a block."""


HEALTHY = Faults()


def spoil(faults: Faults, pieces: Sequence[Path], log: Path | None) -> None:
    """Damage the files of a job that has ended, as `faults` says. Raises OSError."""
    for number, path in enumerate(pieces, 1):
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
    if log and faults.log_zeroed:
        _overwrite(log, log.stat().st_size // 2, bytes(100))
    if log and faults.log_cut:
        os.truncate(log, log.stat().st_size // 2)


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
