# SPDX-License-Identifier: GPL-3.0-or-later
"""TNS packets over one TCP connection.

A packet begins with eight bytes: length (its own header included), type, flags, checksum 0. The
length takes two bytes up to and including ACCEPT, four afterwards. DATA packets carry two bytes of
flags, then a slice of one continuous byte stream.
"""

from __future__ import annotations

import asyncio
import enum
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .codec import Buffer, ProtocolError
from .options import LineFault

HEADER_BYTES = 8
DATA_HEADER_BYTES = HEADER_BYTES + 2
LONGEST_BEFORE_ACCEPT = 8192
RECEIVE_BYTES = 64 * 1024
BUFFERS_PER_SEND = 512
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
    """One connection as a line of packets. One task may receive while another sends.

    The socket is used without an asyncio transport: a transport would copy every buffer, and LOB data
    is to go from the page cache to the kernel without one.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()
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
            kind = PacketType(self._received[4])
        except ValueError:
            raise ProtocolError(f"a packet of type {self._received[4]}") from None
        if not await self._gather(length):
            return None
        body = bytes(self._received[HEADER_BYTES:length])
        del self._received[:length]
        return Packet(kind, body)

    async def _gather(self, size: int) -> bool:
        while len(self._received) < size:
            data = await self._loop.sock_recv(self._sock, RECEIVE_BYTES)
            if not data:
                return False
            self._received += data
        return True

    async def send(self, kind: PacketType, body: bytes) -> None:
        """Send one packet that is not DATA."""
        await self._transmit([self._header(HEADER_BYTES + len(body), kind), body])

    async def send_marker(self, marker: Marker) -> None:
        """Send a MARKER packet."""
        await self.send(PacketType.MARKER, bytes((1, 0, marker)))

    async def send_data(self, parts: Iterable[Buffer], *, final_flags: int = 0) -> None:
        """Send a stream of bytes as DATA packets; the last one bears `final_flags`."""
        await self._transmit([buffer for packet in self._packets(parts, final_flags) for buffer in packet])

    def _packets(self, parts: Iterable[Buffer], final_flags: int) -> Iterator[list[Buffer]]:
        room = self.sdu_bytes - DATA_HEADER_BYTES
        packet: list[Buffer] = []
        filled = 0
        for part in parts:
            view = memoryview(part)
            while view:
                if filled == room:
                    yield [self._data_header(filled, 0), *packet]
                    packet, filled = [], 0
                piece = view[: room - filled]
                view = view[len(piece) :]
                packet.append(piece)
                filled += len(piece)
        yield [self._data_header(filled, final_flags), *packet]

    def _data_header(self, size: int, flags: int) -> bytes:
        return self._header(DATA_HEADER_BYTES + size, PacketType.DATA) + flags.to_bytes(2, "big")

    def _header(self, length: int, kind: PacketType) -> bytes:
        width = 4 if self.accepted else 2
        return length.to_bytes(width, "big") + bytes(4 - width) + bytes((kind, 0, 0, 0))

    async def _transmit(self, buffers: list[Buffer]) -> None:
        fault = self.fault()
        size = sum(len(buffer) for buffer in buffers)
        if fault is None or self._sent_bytes + size <= fault.after_bytes or self._stalled:
            await self._send_all(buffers)
            return
        whole = b"".join(buffers)
        allowed = max(0, fault.after_bytes - self._sent_bytes)
        await self._send_all([whole[:allowed]])
        if fault.stall_s is None:
            raise LineDroppedError
        self._stalled = True
        await asyncio.sleep(fault.stall_s)
        await self._send_all([whole[allowed:]])

    async def _send_all(self, buffers: list[Buffer]) -> None:
        waiting = deque(memoryview(buffer) for buffer in buffers if len(buffer))
        while waiting:
            try:
                sent = self._sock.sendmsg([waiting[i] for i in range(min(len(waiting), BUFFERS_PER_SEND))])
            except BlockingIOError:
                await self._writable()
                continue
            self._sent_bytes += sent
            while waiting and sent >= len(waiting[0]):
                sent -= len(waiting.popleft())
            if sent:
                waiting[0] = waiting[0][sent:]

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
