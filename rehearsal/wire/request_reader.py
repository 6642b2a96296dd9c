# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads requests of a logged-on client.

A request is any number of piggybacks (`11 function seq body`) and one function (`03 function seq body`).
"""

from __future__ import annotations

from collections.abc import Callable

from ..contract import BindType
from .binds import BindLayout, RawRow, UnsupportedError, read_bind_types, read_rows
from .codec import FieldReader, ProtocolError, as_text
from .messages import LOB_DATA
from .requests import (
    Call,
    ClientInfo,
    CloseCursors,
    CurrentSchema,
    Execute,
    Fetch,
    FreeLobs,
    Function,
    LobCall,
    LobOp,
    Option,
    Piggyback,
    Request,
    Simple,
)

FUNCTION = 0x03
PIGGYBACK = 0x11
MOST_EXECUTIONS = 1_000_000
AL8I4_NUMBERS = 13
CLIENT_INFO = {"client_identifier": "", "module": "", "action": "", "client_info": "1b1b", "dbop": "1b1b"}
"""What function 135 carries, and the fields before each."""


class RequestReader:
    """Reads one request after the other.

    `layout_of` gives the bind layout of a cursor, empty for one that does not exist: re-executions carry no metadata.
    """

    def __init__(self, fields: FieldReader, field_version: int, layout_of: Callable[[int], BindLayout]) -> None:
        self._fields = fields
        self._field_version = field_version
        self._layout_of = layout_of

    async def read(self) -> Request:
        """Wait for the next request and read it whole; raises UnsupportedError or ProtocolError."""
        self._fields.begin_request()
        piggybacks: list[Piggyback] = []
        while True:
            message = await self._fields.u8()
            if message not in (FUNCTION, PIGGYBACK):
                raise ProtocolError(f"a request that begins with message {message}")
            number = await self._fields.u8()
            await self._fields.u8()
            try:
                function = Function(number)
            except ValueError:
                raise UnsupportedError(f"function {number}") from None
            if message == FUNCTION:
                return Request(tuple(piggybacks), await self._call(function))
            if piggyback := await self._piggyback(function):
                piggybacks.append(piggyback)

    async def _call(self, function: Function) -> Call:
        fields = self._fields
        match function:
            case Function.EXECUTE:
                return await self._execute()
            case Function.REEXECUTE | Function.REEXECUTE_AND_FETCH:
                return await self._reexecute(fetch=function is Function.REEXECUTE_AND_FETCH)
            case Function.FETCH:
                return Fetch(await fields.ub(), await fields.ub())
            case Function.LOB:
                return await self._lob_call()
            case Function.COMMIT | Function.ROLLBACK | Function.PING | Function.LOGOFF:
                return Simple(function)
        raise UnsupportedError(f"function {function.name} as a call")

    async def _piggyback(self, function: Function) -> Piggyback | None:
        fields = self._fields
        match function:
            case Function.CLOSE_CURSORS:
                await fields.u8()
                return CloseCursors(tuple([await fields.ub() for _ in range(await fields.ub())]))
            case Function.LOB:
                return FreeLobs((await self._lob_call()).locator)
            case Function.CLIENT_INFO:
                return await self._client_info()
            case Function.CURRENT_SCHEMA:
                await fields.u8()
                return CurrentSchema(await fields.text2())
            case Function.APPLICATION_CONTEXT:
                await self._application_context()
                return None
        raise UnsupportedError(f"function {function.name} as a piggyback")

    async def _client_info(self) -> ClientInfo:
        fields = self._fields
        lengths = {}
        await fields.skip("11b")
        for name, layout in CLIENT_INFO.items():
            await fields.skip(layout)
            changed, length = await fields.u8(), await fields.ub()
            if changed:
                lengths[name] = length
        values = {}
        for name, length in lengths.items():
            await fields.skip_zeros()
            values[name] = as_text(await fields.clr()) if length else ""
        # of length 0 are None, of which nothing follows, and "", of which a 00 does: as no string and no
        # message begins with 00, whatever is 00 here was one of those
        await fields.skip_zeros()
        return ClientInfo(values)

    async def _application_context(self) -> None:
        fields = self._fields
        await fields.skip("1b1")
        count = await fields.ub()
        await fields.skip("b1")
        await fields.clr()
        for _ in range(count):
            await fields.skip("22b")

    async def _execute(self) -> Execute:
        fields = self._fields
        options = Option(await fields.ub())
        cursor_id = await fields.ub()
        has_sql = await fields.u8()
        await fields.skip("b1b11b")
        fetch_rows = await fields.ub()
        await fields.skip("b1")
        bind_count = await fields.ub()
        await fields.skip("111111")
        define_count = await fields.ub()
        await fields.skip("b111b1bb1b1")
        if self._field_version >= 8:
            await fields.skip("1b1b1")
        if self._field_version >= 9:
            await fields.skip("1b")
        sql = as_text(await fields.clr()) if has_sql else None
        al8i4 = [await fields.ub() for _ in range(AL8I4_NUMBERS)]
        executions, is_query = al8i4[1], al8i4[7]
        types: tuple[BindType, ...] = ()
        defines: tuple[BindType, ...] = ()
        rows: list[RawRow] = []
        if options & Option.DEFINE:
            defines = await read_bind_types(fields, define_count, self._field_version)
        elif options & Option.BIND and bind_count:
            types = await read_bind_types(fields, bind_count, self._field_version)
            layout = BindLayout(types, plsql=bool(options & Option.PLSQL))
            rows = await read_rows(fields, layout, 1 if is_query else executions)
        else:
            rows = _empty_rows(1 if is_query else executions)
        return Execute(options, cursor_id, sql, fetch_rows, types, defines, rows)

    async def _reexecute(self, *, fetch: bool) -> Execute:
        fields = self._fields
        cursor_id = await fields.ub()
        count = await fields.ub()
        await fields.ub()
        autocommit = await fields.ub() & 1
        layout = self._layout_of(cursor_id)
        executions = 1 if fetch else count
        rows = await read_rows(fields, layout, executions) if layout.order() else _empty_rows(executions)
        options = Option.EXECUTE | (Option.FETCH if fetch else Option(0)) | (Option.COMMIT if autocommit else Option(0))
        return Execute(options, cursor_id, None, count, (), (), rows)

    async def _lob_call(self) -> LobCall:
        fields = self._fields
        await fields.u8()
        length = await fields.ub()
        await fields.skip("1bbb111")
        number = await fields.ub()
        await fields.skip("11")
        offset = await fields.ub()
        type_ = await fields.ub()
        sends_amount = await fields.u8()
        await fields.raw(6)
        locator = await fields.raw(length)
        try:
            op = LobOp(number)
        except ValueError:
            raise UnsupportedError(f"LOB operation 0x{number:X}") from None
        data = b""
        if op is LobOp.CREATE_TEMPORARY:
            await fields.ub()
        elif op is LobOp.WRITE:
            if await fields.u8() != LOB_DATA:
                raise ProtocolError("a LOB write without data")
            data = await fields.clr() or b""
        amount = await fields.ub() if sends_amount else 0
        return LobCall(op, locator, offset, type_, amount, data)


def _empty_rows(executions: int) -> list[RawRow]:
    if executions > MOST_EXECUTIONS:
        raise ProtocolError(f"{executions} executions in one request")
    return [[] for _ in range(max(1, executions))]
