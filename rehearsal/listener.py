# SPDX-License-Identifier: GPL-3.0-or-later
"""The listener: one TCP port behind which an engine's databases answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from .certificates import ListenerTls
from .contract import Engine
from .wire.auth import Decoys
from .wire.connection import Connection, Place
from .wire.options import LineFault, ListenerOptions, Refusal
from .wire.tls import deciphered

__all__ = ["LineFault", "Listener", "ListenerOptions", "Refusal", "serve"]

log = logging.getLogger(__name__)

BACKLOG = 128
CROWD_FACTOR = 2
"""Connections beyond the bound are refused politely up to this many times it, then dropped."""
OUT_OF_DESCRIPTORS_PAUSE_S = 0.1


class Listener:
    """A listening port and its connections; made by `serve`, used like an `asyncio.Server`.

    It accepts by itself because connections send from their sockets directly, see `rehearsal.wire.packet`.
    """

    def __init__(
        self, sock: socket.socket, engine: Engine, options: ListenerOptions, tls: ListenerTls | None = None
    ) -> None:
        self._sock = sock
        self._tls = tls
        self._options = options
        self._workers = ThreadPoolExecutor(options.max_connections, thread_name_prefix="session")
        self._place = Place(engine, options, Decoys(), self._workers)
        self._connections: dict[asyncio.Task[None], Connection] = {}
        self._ciphered: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.create_task(self._accept())

    @property
    def port(self) -> int:
        """The port listened on."""
        port: int = self._sock.getsockname()[1]
        return port

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, address = await loop.sock_accept(self._sock)
            except OSError as error:
                log.warning("cannot accept: %s", error)
                await asyncio.sleep(OUT_OF_DESCRIPTORS_PAUSE_S)
                continue
            peer = f"{address[0]}:{address[1]}"
            crowded = len(self._connections) >= self._options.max_connections
            if len(self._connections) >= CROWD_FACTOR * self._options.max_connections:
                log.warning("%s: closed: %d connections are open", peer, len(self._connections))
                sock.close()
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is None:
                self._begin(sock, peer, "tcp", crowded=crowded)
            else:
                task = asyncio.create_task(self._decipher(sock, peer, self._tls, crowded=crowded))
                self._ciphered.add(task)
                task.add_done_callback(self._ciphered.discard)

    def _begin(self, sock: socket.socket, peer: str, protocol: str, *, crowded: bool) -> None:
        connection = Connection(sock, peer, self._place, protocol=protocol, crowded=crowded)
        task = asyncio.create_task(connection.run())
        self._connections[task] = connection
        task.add_done_callback(self._connections.pop)

    async def _decipher(self, sock: socket.socket, peer: str, tls: ListenerTls, *, crowded: bool) -> None:
        try:
            async with deciphered(sock, tls.context(self._options.certificate())) as plain:
                self._begin(plain, peer, "tcps", crowded=crowded)
        except OSError as error:
            log.info("%s: refused: no TLS: %s", peer, error)

    def close(self) -> None:
        """Stop listening and drop every connection; running calls see their cancellation."""
        self._accepting.cancel()
        self._sock.close()
        for connection in self._connections.values():
            connection.stop()
        for task in self._ciphered:
            task.cancel()

    async def wait_closed(self) -> None:
        """Wait, after `close`, until every session has ended."""
        await asyncio.wait([self._accepting, *self._connections, *self._ciphered])
        self._workers.shutdown(wait=False)

    async def serve_forever(self) -> None:
        """Serve until cancelled, then close."""
        try:
            await asyncio.shield(self._accepting)
        finally:
            self.close()
            await self.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
        with contextlib.suppress(asyncio.CancelledError):
            await self.wait_closed()


async def serve(
    engine: Engine,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    options: ListenerOptions | None = None,
    tls: ListenerTls | None = None,
) -> Listener:
    """Listen on `host` and `port` (0: any free one), with `tls` to TLS alone; raises OSError when that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.create_server((host, port), family=family, backlog=BACKLOG)
    sock.setblocking(False)  # noqa: FBT003 - the socket module knows it by position only
    return Listener(sock, engine, options or ListenerOptions(), tls)
