# SPDX-License-Identifier: GPL-3.0-or-later
"""TNS packets over one TCP connection.

A packet begins with eight bytes: length (its own header included), type, flags, checksum 0. The
length takes two bytes up to and including ACCEPT, four afterwards. DATA packets carry two bytes of
flags, then a slice of one continuous byte stream.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .codec import Buffer, ProtocolError
from .options import LineFault

HEADER_BYTES = 8
TYPE_AT = 4
DATA_HEADER_BYTES = HEADER_BYTES + 2
LONGEST_BEFORE_ACCEPT = 8192
RECEIVE_BYTES = 64 * 1024
BUFFERS_PER_SEND = 1024
END_OF_FILE = 0x0040
END_OF_RESPONSE = 0x2000


class PacketType(enum.IntEnum):
    """Packet types that occur between a thin client and this server."""

    CONNECT = 1
    ACCEPT = 2
    REFUSE = 4
    DATA = 6
    MARKER = 12


class Marker(enum.IntEnum):
    """What a MARKER packet says."""

    BREAK = 1
    RESET = 2
    INTERRUPT = 3


@dataclass(frozen=True)
class Packet:
    """A received packet; `body` is what follows the header, `length` counts both."""

    type: PacketType
    body: bytes

    @property
    def length(self) -> int:
        """Bytes the packet took on the line."""
        return HEADER_BYTES + len(self.body)


class LineDroppedError(Exception):
    """The line was cut on purpose, by a fault."""


class Line:
    """One connection as a line of packets, used by one task.

    The socket is used without an asyncio transport: a transport would copy every buffer, and LOB data
    is to go from the page cache to the kernel without one.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._ended = False
        self._sent_bytes = 0
        self._stalled = False
        self.accepted = False
        self.sdu_bytes = LONGEST_BEFORE_ACCEPT
        self.fault: Callable[[], LineFault | None] = lambda: None

    async def receive(self) -> Packet | None:
        """Return the next packet, or None when the peer has closed; raises ProtocolError for anything else."""
        if not await self._gather(HEADER_BYTES):
            return None
        length = int.from_bytes(self._received[: 4 if self.accepted else 2], "big")
        if not HEADER_BYTES <= length <= max(self.sdu_bytes, LONGEST_BEFORE_ACCEPT):
            raise ProtocolError(f"a packet of {length} bytes")
        try:
            kind = PacketType(self._received[TYPE_AT])
        except ValueError:
            raise ProtocolError(f"a packet of type {self._received[TYPE_AT]}") from None
        if not await self._gather(length):
            return None
        body = bytes(self._received[HEADER_BYTES:length])
        del self._received[:length]
        return Packet(kind, body)

    async def _gather(self, size: int) -> bool:
        while len(self._received) < size and not self._ended:
            data = await self._loop.sock_recv(self._sock, RECEIVE_BYTES)
            self._ended = not data
            self._received += data
        return len(self._received) >= size

    @property
    def marker_waiting(self) -> bool:
        """Whether the next packet has begun to arrive and is a marker."""
        return len(self._received) > TYPE_AT and self._received[TYPE_AT] == PacketType.MARKER

    @contextlib.contextmanager
    def watched(self, interrupted: Callable[[], None]) -> Iterator[None]:
        """Keep receiving while a call runs elsewhere; `interrupted` is called when a marker or the end arrives.

        A client that wants to cancel its call sends a marker before the response, and a client that is
        gone shows only by the end of the stream.
        """
        self._loop.add_reader(self._sock, self._look, interrupted)
        try:
            yield
        finally:
            self._loop.remove_reader(self._sock)

    def _look(self, interrupted: Callable[[], None]) -> None:
        try:
            data = self._sock.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._received += data
        self._ended = not data
        if self._ended or self.marker_waiting:
            interrupted()
        if self._ended or len(self._received) > RECEIVE_BYTES:
            self._loop.remove_reader(self._sock)

    async def send(self, kind: PacketType, body: bytes) -> None:
        """Send one packet that is not DATA."""
        await self._transmit([self._header(HEADER_BYTES + len(body), kind), body])

    async def send_marker(self, marker: Marker) -> None:
        """Send a MARKER packet."""
        await self.send(PacketType.MARKER, bytes((1, 0, marker)))

    async def send_data(self, parts: Iterable[Buffer], *, final_flags: int = 0) -> None:
        """Send a stream of bytes as DATA packets; the last one bears `final_flags`."""
        await self._transmit(self._packets(parts, final_flags))

    def _packets(self, parts: Iterable[Buffer], final_flags: int) -> list[Buffer]:
        """Return the stream cut into packets: a header, then slices of the parts that fill it."""
        room = self.sdu_bytes - DATA_HEADER_BYTES
        full_header = self._data_header(room, 0)
        buffers: list[Buffer] = [full_header]
        header_at, filled = 0, 0
        for part in parts:
            view, start = memoryview(part), 0
            while start < len(view):
                if filled == room:
                    header_at, filled = len(buffers), 0
                    buffers.append(full_header)
                piece = view[start : start + room - filled]
                buffers.append(piece)
                start += len(piece)
                filled += len(piece)
        buffers[header_at] = self._data_header(filled, final_flags)
        return buffers

    def _data_header(self, size: int, flags: int) -> bytes:
        return self._header(DATA_HEADER_BYTES + size, PacketType.DATA) + flags.to_bytes(2, "big")

    def _header(self, length: int, kind: PacketType) -> bytes:
        width = 4 if self.accepted else 2
        return length.to_bytes(width, "big") + bytes(4 - width) + bytes((kind, 0, 0, 0))

    async def _transmit(self, buffers: list[Buffer]) -> None:
        fault = self.fault()
        if fault is None or self._stalled:
            await self._send_all(buffers)
            return
        whole = b"".join(buffers)
        allowed = max(0, fault.after_bytes - self._sent_bytes)
        await self._send_all([whole[:allowed]])
        if len(whole) <= allowed:
            return
        if fault.stall_s is None:
            raise LineDroppedError
        self._stalled = True
        await asyncio.sleep(fault.stall_s)
        await self._send_all([whole[allowed:]])

    async def _send_all(self, buffers: list[Buffer]) -> None:
        first = 0
        while first < len(buffers):
            try:
                sent = self._sock.sendmsg(buffers[first : first + BUFFERS_PER_SEND])
            except BlockingIOError:
                await self._writable()
                continue
            self._sent_bytes += sent
            while first < len(buffers) and sent >= len(buffers[first]):
                sent -= len(buffers[first])
                first += 1
            if sent:
                buffers[first] = memoryview(buffers[first])[sent:]

    async def _writable(self) -> None:
        ready = self._loop.create_future()
        self._loop.add_writer(self._sock, _settle, ready)
        try:
            await ready
        finally:
            self._loop.remove_writer(self._sock)

    def close(self) -> None:
        """Close the socket; whoever receives on it must have been stopped before."""
        self._sock.close()


def _settle(ready: asyncio.Future[None]) -> None:
    """Settle once: the event loop may report the same readiness again before the waiter runs."""
    if not ready.done():
        ready.set_result(None)
