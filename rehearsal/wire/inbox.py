# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests as they arrive: payloads, unless the client interrupts or leaves."""

from __future__ import annotations

from .codec import Payload, ProtocolError
from .packet import DATA_HEADER_BYTES, END_OF_FILE, HEADER_BYTES, Line, Marker, Packet, PacketType

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
    """What arrives on a line after ACCEPT."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def payload(self) -> Payload:
        """Return the next payload.

        Raises BreakReceivedError for a marker, LineClosedError at the end and ProtocolError for any other packet.
        """
        packet = await self._packet()
        if packet.type is PacketType.MARKER:
            raise BreakReceivedError(_marker(packet))
        if packet.type is not PacketType.DATA or packet.length < DATA_HEADER_BYTES:
            raise ProtocolError(f"a {packet.type.name} packet of {packet.length} bytes between requests")
        if int.from_bytes(packet.body[:2], "big") & END_OF_FILE:
            raise LineClosedError
        full = packet.length >= self._line.sdu_bytes - EARLY_FLUSH_BYTES
        return Payload(packet.body[DATA_HEADER_BYTES - HEADER_BYTES :], full=full)

    async def discard_until_reset(self) -> None:
        """Drop everything up to and including the client's RESET marker."""
        while True:
            packet = await self._packet()
            if packet.type is PacketType.MARKER and _marker(packet) is Marker.RESET:
                return

    async def _packet(self) -> Packet:
        packet = await self._line.receive()
        if packet is None:
            raise LineClosedError
        return packet


def _marker(packet: Packet) -> Marker:
    try:
        return Marker(packet.body[2])
    except (IndexError, ValueError):
        raise ProtocolError("a marker that is neither break, reset nor interrupt") from None
