# SPDX-License-Identifier: GPL-3.0-or-later
"""From CONNECT to a level both sides speak: TNS accept or refuse, protocol, data types."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from .codec import FieldReader, FieldWriter, ProtocolError
from .inbox import LineClosedError
from .messages import CHARSET_UTF8
from .options import MAX_SDU_BYTES, MIN_SDU_BYTES, ListenerOptions, Refusal
from .packet import HEADER_BYTES, Line, PacketType

CONNECT_BYTES = 74
LONGEST_CONNECT_DATA = 4096
CHARSET_UTF16 = 2000
PROTOCOL = 1
DATA_TYPES = 2
PROTOCOL_VERSION = 6
BANNER = b"Linux x86_64 (REHEARSAL / GLADI)\0"
COMPILE_CAPABILITIES_BYTES = 41
"""The client indexes byte 40; longer arrays would switch on features that this server does not speak."""
FIELD_VERSION_AT = 7
RUNTIME_CAPABILITIES = bytes((0, 0, 0, 0, 0, 0, 4))
"""Byte 6: strings of 32767 bytes."""
END_OF_RESPONSE_SUPPORTED = 0x02000000
MOST_DATA_TYPES = 2000
OLD_TNS_VERSION = 314
"""Of a server of 11.2; 315 came with 12.1."""
NATIVE_ENCRYPTION_REQUIRED = 0x10
UNKNOWN_SERVICE = 12514
UNKNOWN_SID = 12505
NO_COMMON_VERSION = 12618
NO_HANDLER = 12519
REFUSED_BY_LISTENER = {
    Refusal.UNKNOWN_SERVICE: 12514,
    Refusal.UNKNOWN_SID: 12505,
    Refusal.NO_HANDLER: 12516,
    Refusal.CROWDED: 12519,
    Refusal.BLOCKED: 12528,
}


class RefusedError(Exception):
    """The connect was refused and the client told so."""


@dataclass(frozen=True)
class ConnectRequest:
    """What a client asks for before it logs on. `service` is empty when it named a SID instead."""

    version: int
    minimum_version: int
    sdu_bytes: int
    service: str


async def receive_connect(line: Line) -> ConnectRequest:
    """Read CONNECT; raises LineClosedError for a probe of the port and ProtocolError for anything else."""
    packet = await line.receive()
    if packet is None:
        raise LineClosedError
    if packet.type is not PacketType.CONNECT or packet.length < CONNECT_BYTES:
        raise ProtocolError("a connection that does not begin with CONNECT")
    head = bytes(HEADER_BYTES) + packet.body
    size, offset = _u16(head, 24), _u16(head, 26)
    if size > LONGEST_CONNECT_DATA:
        raise ProtocolError(f"connect data of {size} bytes")
    data = head[offset : offset + size] if len(head) > CONNECT_BYTES else b""
    if size and not data:
        following = await line.receive()
        if following is None or following.type is not PacketType.DATA:
            raise ProtocolError("no connect data")
        data = following.body[2:]
    text = data.decode("utf-8", errors="replace")
    return ConnectRequest(
        version=_u16(head, 8),
        minimum_version=_u16(head, 10),
        sdu_bytes=int.from_bytes(head[58:62], "big"),
        service=_service_name(text),
    )


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")


def _service_name(connect_data: str) -> str:
    match = re.search(r"\(\s*SERVICE_NAME\s*=\s*([^()]*)\)", connect_data, re.IGNORECASE)
    return match[1].strip() if match else ""


async def accept(line: Line, connect: ConnectRequest, options: ListenerOptions, services: Sequence[str]) -> str:
    """Accept and return the service by the engine's own spelling, or refuse and raise RefusedError."""
    service = next((name for name in services if name.upper() == connect.service.upper()), None)
    if service is None:
        await _refuse(line, UNKNOWN_SERVICE if connect.service else UNKNOWN_SID, connect.service)
    if not connect.minimum_version <= options.tns_version <= connect.version:
        await _refuse(line, NO_COMMON_VERSION, f"version {connect.version}")
    sdu = min(max(connect.sdu_bytes, MIN_SDU_BYTES), options.max_sdu_bytes)
    refusal = options.refusal(service)
    if refusal in REFUSED_BY_LISTENER:
        await _refuse(line, REFUSED_BY_LISTENER[refusal], f"{refusal} is armed")
    if refusal is Refusal.CLOSED:
        raise LineClosedError
    if refusal is Refusal.SILENT:
        await asyncio.Event().wait()
    out = FieldWriter()
    out.u16(OLD_TNS_VERSION if refusal is Refusal.OLD_VERSION else options.tns_version)
    out.u16(0)
    out.u16(min(sdu, 0xFFFF))
    out.u16(0xFFFF)
    out.u16(1)
    out.u16(0)
    out.u16(CONNECT_BYTES)
    out.u8(NATIVE_ENCRYPTION_REQUIRED if refusal is Refusal.NATIVE_ENCRYPTION else 0)
    out.raw(bytes(9))
    out.u32(sdu)
    out.u32(MAX_SDU_BYTES)
    if options.tns_version >= 318:
        out.u8(0)
        out.u32(END_OF_RESPONSE_SUPPORTED if options.tns_version >= 319 else 0)
    await line.send(PacketType.ACCEPT, b"".join(out.parts()))
    line.accepted = True
    line.sdu_bytes = sdu
    return service


async def refuse_crowd(line: Line) -> NoReturn:
    """Refuse as a listener does whose handlers are all taken; raises RefusedError."""
    await _refuse(line, NO_HANDLER, "too many connections")


async def _refuse(line: Line, code: int, what: str) -> NoReturn:
    text = f"(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR={code})(ERROR_STACK=(ERROR=(CODE={code})(EMFI=4))))".encode()
    await line.send(PacketType.REFUSE, bytes((34, 0)) + len(text).to_bytes(2, "big") + text)
    raise RefusedError(f"ORA-{code}: {what}")


async def negotiate(
    fields: FieldReader, send: Callable[[FieldWriter], Awaitable[None]], options: ListenerOptions
) -> None:
    """Answer the protocol and data types messages; the client lowers itself to what is offered."""
    await _expect(fields, PROTOCOL)
    await fields.raw(2)
    while await fields.u8():
        pass
    await send(_protocol_reply(options.field_version))
    await _expect(fields, DATA_TYPES)
    await fields.raw(5)
    await fields.clr()
    await fields.clr()
    for _ in range(MOST_DATA_TYPES):
        if not await fields.u16():
            break
        await fields.raw(6)
    reply = FieldWriter()
    reply.raw(bytes((DATA_TYPES, 0, 0)))
    await send(reply)


async def _expect(fields: FieldReader, message: int) -> None:
    fields.begin_request()
    received = await fields.u8()
    if received != message:
        raise ProtocolError(f"message {received} where {message} belongs")


def _protocol_reply(field_version: int) -> FieldWriter:
    capabilities = bytearray(COMPILE_CAPABILITIES_BYTES)
    capabilities[FIELD_VERSION_AT] = field_version
    national_charset_at_9 = bytes(9) + CHARSET_UTF16.to_bytes(2, "big")
    out = FieldWriter()
    out.raw(bytes((PROTOCOL, PROTOCOL_VERSION, 0)))
    out.raw(BANNER)
    out.raw(CHARSET_UTF8.to_bytes(2, "little"))
    out.u8(1)
    out.u16(0)
    out.u16(len(national_charset_at_9))
    out.raw(national_charset_at_9)
    out.clr(bytes(capabilities))
    out.clr(RUNTIME_CAPABILITIES)
    return out
