# SPDX-License-Identifier: GPL-3.0-or-later
"""The primitive fields of TTC messages: written to buffers, read from a stream of packets.

- `u8`, `u16`, `u32`: fixed width, big-endian.
- `ub`: a length byte (0 to 8), then that many big-endian bytes; 0 is the single byte 00.
- `clr`: a length byte (0 or 255 NULL, up to 252), then the bytes; 254 opens a list of chunks,
  each an `ub` length and its bytes, ended by an `ub` 0.
- `clr2`: an `ub` length; unless it is 0 a `clr` follows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

Buffer: TypeAlias = bytes | memoryview

LONGEST_SHORT_CLR = 252
CHUNKED = 254
NULLS = (0, 255)
WORTH_SHARING_BYTES = 16 * 1024
"""A value at least this long is sent from where it lies instead of being copied."""


class ProtocolError(Exception):
    """The peer sent what the protocol does not allow: the connection cannot go on."""


class FieldWriter:
    """A message under construction. Large values are kept by reference, not copied."""

    def __init__(self) -> None:
        self._parts: list[Buffer] = []
        self._tail = bytearray()
        self._shared_bytes = 0

    def __len__(self) -> int:
        return self._shared_bytes + len(self._tail)

    def raw(self, data: Buffer) -> None:
        """Write bytes as they are."""
        if len(data) < WORTH_SHARING_BYTES:
            self._tail += data
            return
        if self._tail:
            self._parts.append(bytes(self._tail))
            self._shared_bytes += len(self._tail)
            self._tail.clear()
        self._parts.append(data)
        self._shared_bytes += len(data)

    def u8(self, value: int) -> None:
        """Write one byte."""
        self._tail.append(value)

    def u16(self, value: int) -> None:
        """Write two bytes."""
        self._tail += value.to_bytes(2, "big")

    def u32(self, value: int) -> None:
        """Write four bytes."""
        self._tail += value.to_bytes(4, "big")

    def ub(self, value: int) -> None:
        """Write a number of variable width; a negative one carries the sign in its length byte."""
        width = (abs(value).bit_length() + 7) // 8
        self._tail.append(width | 0x80 if value < 0 else width)
        self._tail += abs(value).to_bytes(width, "big")

    def clr(self, data: Buffer | None) -> None:
        """Write a value; None and empty are both NULL."""
        size = len(data) if data is not None else 0
        if data is None or size == 0:
            self.u8(0)
        elif size <= LONGEST_SHORT_CLR:
            self.u8(size)
            self.raw(data)
        else:
            self.u8(CHUNKED)
            self.ub(size)
            self.raw(data)
            self.ub(0)

    def clr2(self, data: Buffer | None) -> None:
        """Write a value with its length before it."""
        size = len(data) if data is not None else 0
        self.ub(size)
        if size:
            self.clr(data)

    def text2(self, text: str) -> None:
        """Write UTF-8 text with its length before it."""
        self.clr2(text.encode())

    def parts(self) -> list[Buffer]:
        """Return the message as buffers in order."""
        return [*self._parts, bytes(self._tail)]


@dataclass(frozen=True)
class Payload:
    """Payload of one DATA packet. A full packet may be followed by more of the same request."""

    data: bytes
    full: bool


class FieldReader:
    """Reads fields from successive DATA packets; a field may straddle packets.

    Requests carry no end mark, so only reading tells where one ends: every read awaits the next
    packet when bytes run out. `limit_bytes` bounds what one request may hold.
    """

    def __init__(self, next_payload: Callable[[], Awaitable[Payload]], *, limit_bytes: int) -> None:
        self._next_payload = next_payload
        self._payload = Payload(b"", full=False)
        self._at = 0
        self.limit_bytes = limit_bytes
        self._allowance = limit_bytes

    def begin_request(self) -> None:
        """Grant the next request its full allowance."""
        self._allowance = self.limit_bytes

    def drop_buffered(self) -> None:
        """Forget what was received and not read, as a break demands."""
        self._payload = Payload(b"", full=False)
        self._at = 0

    def skip_request(self) -> None:
        """Drop the rest of a request of unknown layout; raises ProtocolError when its end cannot be told."""
        if self._payload.full:
            raise ProtocolError("a request of unknown layout fills its packet")
        self.drop_buffered()

    async def raw(self, size: int) -> bytes:
        """Read `size` bytes."""
        if size > self._allowance:
            raise ProtocolError(f"a request of more than {self.limit_bytes} bytes")
        self._allowance -= size
        end = self._at + size
        if end <= len(self._payload.data):
            data = self._payload.data[self._at : end]
            self._at = end
            return data
        parts = [self._payload.data[self._at :]]
        missing = size - len(parts[0])
        while missing:
            self._payload = await self._next_payload()
            self._at = min(missing, len(self._payload.data))
            parts.append(self._payload.data[: self._at])
            missing -= self._at
        return b"".join(parts)

    async def u8(self) -> int:
        """Read one byte."""
        if self._at == len(self._payload.data) or not self._allowance:
            return (await self.raw(1))[0]
        self._at += 1
        self._allowance -= 1
        return self._payload.data[self._at - 1]

    async def skip_zeros(self) -> None:
        """Skip bytes 00, where no field begins with one and one that does not begins for certain."""
        while True:
            if self._at == len(self._payload.data):
                self._payload = await self._next_payload()
                self._at = 0
            elif self._payload.data[self._at]:
                return
            else:
                await self.u8()

    async def u16(self) -> int:
        """Read two bytes."""
        return int.from_bytes(await self.raw(2), "big")

    async def ub(self) -> int:
        """Read a number of variable width, at most eight bytes."""
        width = await self.u8()
        if width > 8:
            raise ProtocolError(f"a number of {width} bytes")
        return int.from_bytes(await self.raw(width), "big") if width else 0

    async def skip(self, layout: str) -> None:
        """Read fields that do not matter here: `1` is an u8, `b` an ub, `2` a clr2."""
        for field in layout:
            if field == "1":
                await self.u8()
            elif field == "b":
                await self.ub()
            else:
                await self.clr2()

    async def clr(self) -> bytes | None:
        """Read a value; None is NULL."""
        size = await self.u8()
        if size in NULLS:
            return None
        if size != CHUNKED:
            return await self.raw(size)
        chunks = []
        while length := await self.ub():
            chunks.append(await self.raw(length))
        return b"".join(chunks)

    async def clr2(self) -> bytes | None:
        """Read a value that has its length before it."""
        return await self.clr() if await self.ub() else None

    async def text2(self) -> str:
        """Read UTF-8 text that has its length before it; NULL is the empty string."""
        return as_text(await self.clr2())


def as_text(data: bytes | None) -> str:
    """Decode UTF-8 that a client sent; raises ProtocolError if it is not."""
    try:
        return (data or b"").decode()
    except UnicodeDecodeError:
        raise ProtocolError("text that is not UTF-8") from None
