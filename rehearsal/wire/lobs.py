# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations on LOBs. A read is answered slice by slice, so that it never holds more than one in memory."""

from __future__ import annotations

from collections.abc import Generator
from typing import cast

from ..contract import Bfile, Lob, OracleError, OraType, Session
from .codec import CHUNKED, FieldWriter
from .locators import LobTable
from .messages import CHARSET_UTF8, LOB_DATA, PARAMETER
from .outputs import LOB_CHUNK_BYTES
from .requests import LobCall, LobOp

SLICE = 1024 * 1024
"""Bytes (characters of a CLOB) asked from the engine at once."""
IS_OPEN_OPS = frozenset({LobOp.FILE_IS_OPEN, LobOp.IS_OPEN})
TEMPORARY_TYPES = (OraType.BLOB, OraType.CLOB)


class LobCalls:
    """Performs the LOB calls of one session."""

    def __init__(self, session: Session, lobs: LobTable) -> None:
        self._session = session
        self._lobs = lobs

    def is_quick(self, call: LobCall) -> bool:
        """Whether the (first piece of the) answer takes less time than handing the call to a worker.

        A client that reads a BFILE asks before each read whether the file is open, and the read of an
        open one is a copy from the page cache: both are what decides how fast a file is fetched.
        """
        if call.op in IS_OPEN_OPS:
            return True
        return call.op is LobOp.READ and self._lobs.is_open_file(call.locator)

    def perform(self, call: LobCall) -> FieldWriter:
        """Return the reply to any operation but a read, without its ending."""
        out = FieldWriter()
        out.u8(PARAMETER)
        if call.op is LobOp.CREATE_TEMPORARY:
            self._create(out, call)
            return out
        if call.op is LobOp.FREE_TEMPORARY:
            self._lobs.free(call.locator)
            out.raw(call.locator)
            return out
        out.raw(call.locator)
        self._operate(out, call, self._lobs.lob(call.locator))
        return out

    def _operate(self, out: FieldWriter, call: LobCall, lob: Lob) -> None:
        match call.op:
            case LobOp.LENGTH:
                out.ub(lob.size())
            case LobOp.CHUNK_SIZE:
                out.ub(LOB_CHUNK_BYTES)
            case LobOp.TRIM:
                lob.trim(call.amount)
                out.ub(call.amount)
            case LobOp.WRITE:
                _check_offset(call)
                lob.write(call.offset, _text(call.data) if lob.type is OraType.CLOB else call.data)
            case LobOp.FILE_OPEN | LobOp.OPEN:
                lob.open()
                out.ub(call.amount)
            case LobOp.FILE_CLOSE | LobOp.CLOSE:
                lob.close()
            case LobOp.FILE_IS_OPEN | LobOp.IS_OPEN:
                out.u8(lob.is_open())
            case LobOp.FILE_EXISTS if lob.type is OraType.BFILE:
                out.u8(cast("Bfile", lob).exists())
            case _:
                raise OracleError(22275, "invalid LOB locator specified")

    def _create(self, out: FieldWriter, call: LobCall) -> None:
        if call.type not in TEMPORARY_TYPES:
            raise OracleError(22275, "invalid LOB locator specified")
        locator = self._lobs.locator(self._session.create_temp_lob(OraType(call.type)))
        out.raw(locator)
        out.ub(CHARSET_UTF8)
        out.u8(0)

    def read(self, call: LobCall) -> Generator[FieldWriter, None, tuple[FieldWriter, OracleError | None]]:
        """Yield the data as pieces of one response; return the last piece, without its ending, and its error.

        An error after the first piece closes the value that was begun and ends the response, as the
        client can only take it there.
        """
        _check_offset(call)
        lob = self._lobs.lob(call.locator)
        out = FieldWriter()
        done = 0
        error = None
        while done < call.amount:
            wanted = min(SLICE, call.amount - done)
            try:
                data = lob.read(call.offset + done, wanted)
            except OracleError as raised:
                if not done:
                    raise
                error = raised
                break
            if data:
                if not done:
                    out.u8(LOB_DATA)
                    out.u8(CHUNKED)
                encoded = data.encode() if isinstance(data, str) else data
                out.ub(len(encoded))
                out.raw(encoded)
            done += len(data)
            if len(data) < wanted:
                break
            if done < call.amount:
                yield out
                out = FieldWriter()
        if done:
            out.ub(0)
        if error is None:
            out.u8(PARAMETER)
            out.raw(call.locator)
            out.ub(done)
        return out, error


def _check_offset(call: LobCall) -> None:
    if call.offset < 1:
        raise OracleError(21560, "argument 2 is null, invalid, or out of range")


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise OracleError(29275, "partial multibyte character") from None
