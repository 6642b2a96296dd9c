# SPDX-License-Identifier: GPL-3.0-or-later
"""Values in Oracle's internal formats, as table blocks and dumps hold them.

NUMBER: an exponent byte, then base-100 digits plus 1; negative ones are complemented and end in 102. DATE: century
and year plus 100, month, day, and hour, minute, second plus 1. Both are described in Oracle's OCI documentation
(external data types); real dumps hold the same bytes.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, cast

from rehearsal.contract import OraType

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.contract import Column, Lob

Encoder: TypeAlias = "Callable[[object], bytes]"

LOB_TYPES = frozenset({OraType.CLOB, OraType.BLOB})
_LOB_READ = 1 << 20
_MANTISSA_BYTES = 20
# Two decimal digits in one byte, as bytes.fromhex reads them, to a digit of base 100 as a NUMBER holds it.


_PLUS_1 = bytes((byte >> 4) * 10 + (byte & 15) + 1 & 0xFF for byte in range(256))
_FROM_101 = bytes(101 - (byte >> 4) * 10 - (byte & 15) & 0xFF for byte in range(256))


def encode_number(value: float | Decimal) -> bytes:
    """Encode a NUMBER. Raises ValueError for NaN and infinity."""
    if isinstance(value, int):
        if 0 <= value < len(_SMALL):
            return _SMALL[value]
        return _encode_digits(str(abs(value)), 0, negative=value < 0)
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not number.is_finite():
        raise ValueError(f"{value} is no NUMBER")
    sign, digits, places = number.as_tuple()
    return _encode_digits("".join(map(str, digits)).lstrip("0"), int(places), negative=bool(sign))


def _encode_digits(text: str, exponent: int, *, negative: bool) -> bytes:
    if exponent % 2:
        text, exponent = text + "0", exponent - 1
    packed = bytes.fromhex("0" + text if len(text) % 2 else text)
    hundreds = exponent // 2 + len(packed) - 1
    packed = packed.rstrip(b"\0")
    if not packed:
        return b"\x80"
    if negative:
        end = b"\x66" if len(packed) < _MANTISSA_BYTES else b""
        return bytes((62 - hundreds,)) + packed.translate(_FROM_101) + end
    return bytes((193 + hundreds,)) + packed.translate(_PLUS_1)


# Codes, counts and years: what most NUMBER columns of a registry hold.
_SMALL = tuple(_encode_digits(str(value), 0, negative=False) for value in range(4096))


def encode_date(value: datetime) -> bytes:
    """Encode a DATE: seven bytes, no fraction, the wall clock of `value`."""
    century, year = divmod(value.year, 100)
    return bytes(
        (century + 100, year + 100, value.month, value.day, value.hour + 1, value.minute + 1, value.second + 1)
    )


def encode_timestamp(value: datetime) -> bytes:
    """Encode a TIMESTAMP: a DATE, and four bytes of nanoseconds unless they are 0."""
    if not value.microsecond:
        return encode_date(value)
    return encode_date(value) + struct.pack(">I", value.microsecond * 1000)


def encode_timestamp_tz(value: datetime) -> bytes:
    """Encode a TIMESTAMP WITH TIME ZONE: 13 bytes, in UTC, then the zone's hour plus 20 and minute plus 60."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    in_utc = aware.astimezone(UTC)
    minutes = int((aware.utcoffset() or in_utc - in_utc).total_seconds()) // 60
    hour, minute = divmod(abs(minutes), 60)
    zone = (20 + hour, 60 + minute) if minutes >= 0 else (20 - hour, 60 - minute)
    return encode_date(in_utc) + struct.pack(">I2B", in_utc.microsecond * 1000, *zone)


def encode_binary_double(value: float) -> bytes:
    """Encode a BINARY_DOUBLE so that bytes sort as numbers: sign bit set, or all bits turned if negative."""
    return _sortable(struct.pack(">d", value))


def encode_binary_float(value: float) -> bytes:
    """Encode a BINARY_FLOAT in the same manner."""
    return _sortable(struct.pack(">f", value))


def _sortable(ieee: bytes) -> bytes:
    if ieee[0] & 0x80:
        return bytes(0xFF - byte for byte in ieee)
    return bytes((ieee[0] | 0x80,)) + ieee[1:]


def _encode_lob(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-16-be")
    if isinstance(value, bytes):
        return value
    lob = cast("Lob", value)
    parts = []
    for offset in range(1, lob.size() + 1, _LOB_READ):
        part = lob.read(offset, _LOB_READ)
        parts.append(part.encode("utf-16-be") if isinstance(part, str) else bytes(part))
    return b"".join(parts)


def _encode_text(value: object) -> bytes:
    return str(value).encode()


def _encode_char(size: int) -> Encoder:
    return lambda value: str(value).encode().ljust(size)


_ENCODERS: dict[OraType, Callable[..., bytes]] = {
    OraType.VARCHAR2: _encode_text,
    OraType.LONG: _encode_text,
    OraType.NUMBER: encode_number,
    OraType.BINARY_INTEGER: encode_number,
    OraType.DATE: encode_date,
    OraType.RAW: bytes,
    OraType.LONG_RAW: bytes,
    OraType.BINARY_FLOAT: encode_binary_float,
    OraType.BINARY_DOUBLE: encode_binary_double,
    OraType.TIMESTAMP: encode_timestamp,
    OraType.TIMESTAMP_LTZ: encode_timestamp,
    OraType.TIMESTAMP_TZ: encode_timestamp_tz,
    OraType.CLOB: _encode_lob,
    OraType.BLOB: _encode_lob,
}


def encoder_for(column: Column) -> Encoder:
    """Return what turns a value of `column` into its stored bytes. Raises ValueError for a type no table holds."""
    if column.type is OraType.CHAR:
        return _encode_char(column.size)
    try:
        return _ENCODERS[column.type]
    except KeyError:
        raise ValueError(f"a column of type {column.type.name} cannot be exported") from None
