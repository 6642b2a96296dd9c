# SPDX-License-Identifier: GPL-3.0-or-later
"""What has arrived on a line and was not read yet.

A task of its own reads the line all the time: a client that wants to cancel its call sends a marker
while the call runs, and a client that is gone shows only by the end of the stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .codec import Payload, ProtocolError
from .packet import DATA_HEADER_BYTES, END_OF_FILE, HEADER_BYTES, Line, Marker, Packet, PacketType

WAITING_PACKETS = 4
"""A client that waits for a response sends markers only, so few places are enough."""
EARLY_FLUSH_BYTES = 8
"""The client may send a packet up to this much shorter than the SDU although more follows."""


class LineClosedError(Exception):
    """The client is gone."""


class BreakReceivedError(Exception):
    """The client interrupts; `marker` is what it sent."""

    def __init__(self, marker: Marker) -> None:
        self.marker = marker
        super().__init__(marker.name)


class Inbox:
    """Received packets in order. `interrupted` is called as soon as a marker or the end arrives."""

    def __init__(self, line: Line, interrupted: Callable[[], None]) -> None:
        self._line = line
        self._interrupted = interrupted
        self._packets: asyncio.Queue[Packet | Exception] = asyncio.Queue(WAITING_PACKETS)
        self.breaks_waiting = 0
        self.closed = False

    async def pump(self) -> None:
        """Receive until the client closes, sends rubbish, or this task is cancelled."""
        end: Exception = LineClosedError()
        try:
            while packet := await self._line.receive():
                if packet.type is PacketType.MARKER:
                    self.breaks_waiting += 1
                    self._interrupted()
                await self._packets.put(packet)
        except ProtocolError as error:
            end = error
        except OSError as error:
            end = LineClosedError(str(error))
        self.closed = True
        self._interrupted()
        await self._packets.put(end)

    async def _next(self) -> Packet:
        item = await self._packets.get()
        if isinstance(item, Exception):
            raise item
        if item.type is PacketType.MARKER:
            self.breaks_waiting -= 1
        return item

    async def payload(self) -> Payload:
        """Return the next payload.

        Raises BreakReceivedError for a marker, LineClosedError at the end and ProtocolError for any other packet.
        """
        packet = await self._next()
        if packet.type is PacketType.MARKER:
            raise BreakReceivedError(_marker(packet))
        if packet.type is not PacketType.DATA or packet.length < DATA_HEADER_BYTES:
            raise ProtocolError(f"a {packet.type.name} packet of {packet.length} bytes between requests")
        flags = int.from_bytes(packet.body[:2], "big")
        if flags & END_OF_FILE:
            raise LineClosedError
        full = packet.length >= self._line.sdu_bytes - EARLY_FLUSH_BYTES
        return Payload(packet.body[DATA_HEADER_BYTES - HEADER_BYTES :], full=full)

    async def discard_until_reset(self) -> None:
        """Drop everything up to and including the client's RESET marker."""
        while True:
            packet = await self._next()
            if packet.type is PacketType.MARKER and _marker(packet) is Marker.RESET:
                return


def _marker(packet: Packet) -> Marker:
    try:
        return Marker(packet.body[2])
    except (IndexError, ValueError):
        raise ProtocolError("a marker that is neither break, reset nor interrupt") from None
