# SPDX-License-Identifier: GPL-3.0-or-later
"""One connection from CONNECT to its end."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, TypeVar

from ..contract import Engine, OracleError
from .auth import Challenge, Decoys
from .binds import UnsupportedError
from .calls import Calls, Pieces
from .codec import FieldReader, FieldWriter, ProtocolError
from .handshake import RefusedError, accept, negotiate, receive_connect, refuse_crowd
from .inbox import BreakReceivedError, Inbox, LineClosedError
from .logon import PHASE_ONE, PHASE_TWO, Gate, Phase, challenge_reply, read_phase
from .messages import END_OF_RESPONSE, write_error
from .options import ListenerOptions, Refusal
from .packet import END_OF_RESPONSE as LAST_OF_RESPONSE
from .packet import Line, LineDroppedError, Marker
from .request_reader import RequestReader
from .requests import Function, Simple

log = logging.getLogger(__name__)

T = TypeVar("T")
LOGON_REQUEST_BYTES = 64 * 1024
GOODBYE_S = 5.0
CANCELLED = OracleError(1013, "user requested cancel of current operation")
UNSUPPORTED = OracleError(3115, "unsupported network datatype or representation")


@dataclass(frozen=True)
class Place:
    """What all connections of a listener share."""

    engine: Engine
    options: ListenerOptions
    decoys: Decoys
    workers: Executor


class Connection:
    """The server's side of one client's connection."""

    def __init__(
        self, sock: socket.socket, peer: str, place: Place, *, protocol: str = "tcp", crowded: bool = False
    ) -> None:
        self._peer = peer
        self._protocol = protocol
        self._place = place
        self._crowded = crowded
        self._line = Line(sock)
        self._cancelled = threading.Event()
        self._inbox = Inbox(self._line)
        self._fields = FieldReader(self._inbox.payload, limit_bytes=LOGON_REQUEST_BYTES)
        self._marks_end = False
        self._calls: Calls | None = None
        self._working: Future[Any] | None = None
        self._serving = asyncio.create_task(self._serve())

    async def run(self) -> None:
        """Serve until the client leaves, breaks the protocol, or `stop` is called; then end the session."""
        try:
            await self._serving
        except asyncio.CancelledError:
            log.debug("%s: closed: stopped", self._peer)
        except RefusedError as error:
            log.info("%s: refused: %s", self._peer, error)
        except ProtocolError as error:
            log.warning("%s: closed: %s", self._peer, error)
        except TimeoutError:
            log.warning("%s: closed: silent for too long", self._peer)
        except (LineClosedError, LineDroppedError, BreakReceivedError, OSError) as error:
            log.debug("%s: closed: %r", self._peer, error)
        except Exception:
            log.exception("%s: closed: the server failed", self._peer)
        finally:
            self._cancelled.set()
            self._line.close()
            await self._end_session()

    def stop(self) -> None:
        """Drop the client. Not by cancelling `run`: the end of a session must not be cut short."""
        self._serving.cancel()

    async def _serve(self) -> None:
        options = self._place.options
        async with asyncio.timeout(options.logon_timeout_s):
            connect = await receive_connect(self._line)
            if self._crowded:
                await refuse_crowd(self._line)
            services = await self._in_worker(self._place.engine.services)
            service = await accept(self._line, connect, options, services)
        self._line.fault = lambda: options.line_fault(service)
        async with asyncio.timeout(options.logon_timeout_s):
            await negotiate(self._fields, self._send, options)
            self._marks_end = options.tns_version >= 319
            old_verifier = options.refusal(service) is Refusal.OLD_VERIFIER
            gate = Gate(self._place.engine, service, self._place.decoys, protocol=self._protocol)
            calls = await self._log_on(gate, old_verifier=old_verifier)
        self._fields.limit_bytes = options.max_request_bytes
        requests = RequestReader(self._fields, options.field_version, calls.cursors.layout)
        while await self._answer(requests, calls):
            pass
        await self._until_closed()

    async def _log_on(self, gate: Gate, *, old_verifier: bool) -> Calls:
        try:
            first = await read_phase(self._fields, PHASE_ONE)
            challenge = await self._in_worker(lambda: gate.challenge(first))
            await self._send(challenge_reply(challenge, old_verifier=old_verifier))
            second = await read_phase(self._fields, PHASE_TWO)
            calls, reply = await self._in_worker(lambda: self._admit(gate, challenge, first, second))
        except OracleError as error:
            out = FieldWriter()
            write_error(out, 0, error=error)
            await self._send(out)
            await self._until_closed()
            raise RefusedError(str(error)) from None
        await self._send(reply)
        return calls

    def _admit(self, gate: Gate, challenge: Challenge, first: Phase, second: Phase) -> tuple[Calls, FieldWriter]:
        """Open the session and keep it at once: the client may be gone before the worker is back."""
        session, reply = gate.admit(challenge, first, second)
        self._calls = Calls(session, self._place.options.field_version)
        return self._calls, reply

    async def _answer(self, requests: RequestReader, calls: Calls) -> bool:
        """Answer the next request or break; return whether the client goes on."""
        try:
            request = await requests.read()
        except BreakReceivedError as interruption:
            await self._answer_break(interruption.marker, calls)
            return True
        except UnsupportedError as error:
            log.warning("%s: not supported: %s", self._peer, error)
            self._fields.skip_request()
            await self._send(calls.error(UNSUPPORTED))
            return True
        self._cancelled = threading.Event()
        pieces = calls.perform(request, self._cancelled)
        quick, whole = calls.is_quick(request), False
        while not whole:
            piece, whole = _advance(pieces) if quick else await self._in_worker(lambda: _advance(pieces))
            quick = False
            if self._line.marker_waiting:
                return True
            await self._send(piece, last=whole)
        return request.call != Simple(Function.LOGOFF)

    async def _answer_break(self, marker: Marker, calls: Calls) -> None:
        """Drop what was under way and tell so; a client waits for this even when its call had just ended."""
        if marker is not Marker.RESET:
            await self._line.send_marker(Marker.BREAK)
            await self._inbox.discard_until_reset()
        self._fields.drop_buffered()
        await self._line.send_marker(Marker.RESET)
        await self._send(calls.error(CANCELLED))

    async def _send(self, out: FieldWriter, *, last: bool = True) -> None:
        marked = last and self._marks_end
        if marked:
            out.u8(END_OF_RESPONSE)
        await self._line.send_data(out.parts(), final_flags=LAST_OF_RESPONSE if marked else 0)

    async def _until_closed(self) -> None:
        """Let the client close first: a socket closed with bytes unread would reset the line under its last reply."""
        async with asyncio.timeout(GOODBYE_S):
            while True:
                await self._inbox.payload()

    async def _in_worker(self, work: Callable[[], T]) -> T:
        working = self._place.workers.submit(work)
        self._working = working
        with self._line.watched(self._cancelled.set):
            return await asyncio.wrap_future(working)

    async def _end_session(self) -> None:
        """Close the session once the call that may still run has noticed its cancellation."""
        if self._working is not None and not self._working.done():
            await asyncio.gather(asyncio.wrap_future(self._working), return_exceptions=True)
        if self._calls is not None:
            await asyncio.wrap_future(self._place.workers.submit(self._calls.close))


def _advance(pieces: Pieces) -> tuple[FieldWriter, bool]:
    """Return the next piece of a response and whether it is the last."""
    try:
        return next(pieces), False
    except StopIteration as end:
        return end.value, True
