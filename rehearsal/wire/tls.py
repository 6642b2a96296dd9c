# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS in front of a connection: deciphered bytes go through a socket pair, whose other end is a line like any."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator

HANDSHAKE_S = 30.0
PIECE_BYTES = 64 * 1024


@contextlib.asynccontextmanager
async def deciphered(sock: socket.socket, context: ssl.SSLContext) -> AsyncIterator[socket.socket]:
    """Shake hands on `sock`, give the plain line of it, and carry bytes both ways until either side has closed.

    Raises OSError (an SSLError is one) for a client that does not speak TLS, or is not let in.
    """
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    try:
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol, sock, ssl=context, ssl_handshake_timeout=HANDSHAKE_S
        )
    except BaseException:
        sock.close()
        raise
    writer = asyncio.StreamWriter(transport, protocol, reader, loop)
    inner, outer = socket.socketpair()
    for end in (inner, outer):
        end.setblocking(False)  # noqa: FBT003 - the socket module knows it by position only
    carriers = [asyncio.create_task(_inward(reader, outer)), asyncio.create_task(_outward(outer, writer))]
    try:
        yield inner
        await asyncio.wait(carriers)
    finally:
        for carrier in carriers:
            carrier.cancel()
        await asyncio.gather(*carriers, return_exceptions=True)
        outer.close()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _inward(reader: asyncio.StreamReader, outer: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        while data := await reader.read(PIECE_BYTES):
            await loop.sock_sendall(outer, data)
    with contextlib.suppress(OSError):
        outer.shutdown(socket.SHUT_WR)


async def _outward(outer: socket.socket, writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        while data := await loop.sock_recv(outer, PIECE_BYTES):
            writer.write(data)
            await writer.drain()
    writer.close()
