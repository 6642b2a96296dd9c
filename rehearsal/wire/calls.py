# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session does for a request. Blocking: runs in a worker thread, one request at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from typing import TypeAlias

from ..contract import OracleError, Session
from .codec import FieldWriter
from .cursors import CursorTable
from .execute import StatementCalls
from .lobs import LobCalls
from .locators import LobTable
from .messages import call_status, write_error, write_status
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
    Piggyback,
    Request,
    Simple,
)

log = logging.getLogger(__name__)

Pieces: TypeAlias = Generator[FieldWriter, None, FieldWriter]


class Calls:
    """Performs the requests of one session."""

    def __init__(self, session: Session, field_version: int) -> None:
        self._session = session
        self._lobs = LobTable()
        self.cursors = CursorTable()
        self._lob_calls = LobCalls(session, self._lobs)
        self._statements = StatementCalls(session, self.cursors, self._lobs, field_version, self.status)

    def status(self) -> int:
        """Return the call status to end a response with."""
        return call_status(in_transaction=self._session.in_transaction)

    def perform(self, request: Request, cancelled: threading.Event) -> Pieces:
        """Return the response, after yielding what may be sent before it is whole. Errors become ERROR messages."""
        try:
            for piggyback in request.piggybacks:
                self._apply(piggyback)
            if isinstance(request.call, LobCall) and request.call.op is LobOp.READ:
                out, failure = yield from self._lob_calls.read(request.call)
                write_error(out, self.status(), error=failure)
                return out
            return self._answer(request.call, cancelled)
        except OracleError as error:
            return self.error(error)
        except Exception as error:
            log.exception("a call failed inside the engine")
            internal = f"ORA-00600: internal error code, arguments: [{type(error).__name__}], [{error}]"
            return self.error(OracleError(604, f"error occurred at recursive SQL level 1\n{internal}"))

    def is_quick(self, request: Request) -> bool:
        """Whether the first piece of the response may be had without a worker."""
        return isinstance(request.call, LobCall) and not request.piggybacks and self._lob_calls.is_quick(request.call)

    def error(self, error: OracleError) -> FieldWriter:
        """Return the response to a call that failed."""
        out = FieldWriter()
        write_error(out, self.status(), error=error)
        return out

    def close(self) -> None:
        """End the session."""
        self.cursors.close_all()
        self._session.close()

    def _apply(self, piggyback: Piggyback) -> None:
        match piggyback:
            case CloseCursors(ids):
                self.cursors.close(ids)
            case FreeLobs(locators):
                self._lobs.free(locators)
            case ClientInfo(values):
                self._session.set_client_info(values)
            case CurrentSchema(schema):
                self._session.set_schema(schema)

    def _answer(self, call: Call, cancelled: threading.Event) -> FieldWriter:
        match call:
            case Execute():
                return self._statements.execute(call, cancelled)
            case Fetch():
                return self._statements.fetch(call, cancelled)
            case LobCall():
                out = self._lob_calls.perform(call)
                write_error(out, self.status())
                return out
            case Simple(function):
                return self._simple(function)

    def _simple(self, function: Function) -> FieldWriter:
        if function is Function.COMMIT:
            self._session.commit()
        elif function is Function.ROLLBACK:
            self._session.rollback()
        out = FieldWriter()
        write_status(out, self.status())
        return out
