# SPDX-License-Identifier: GPL-3.0-or-later
"""Scalar values as they lie inside a `clr` field: numbers, text, dates, floats."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

from ..contract import OracleError, OraType, Value

TEXT_TYPES = frozenset({OraType.VARCHAR2, OraType.CHAR, OraType.LONG})
RAW_TYPES = frozenset({OraType.RAW, OraType.LONG_RAW})
NUMBER_TYPES = frozenset({OraType.NUMBER, OraType.BINARY_INTEGER})
DATE_TYPES = frozenset({OraType.DATE, OraType.TIMESTAMP, OraType.TIMESTAMP_TZ, OraType.TIMESTAMP_LTZ})
LOB_TYPES = frozenset({OraType.CLOB, OraType.BLOB, OraType.BFILE})

MOST_NUMBER_PAIRS = 20
HIGHEST_NUMBER_EXPONENT = 62
LOWEST_NUMBER_EXPONENT = -65
NEGATIVE_END = 0x66
TZ_HOUR_BIAS, TZ_MINUTE_BIAS = 20, 60


def encode_scalar(type_: OraType, value: Value, *, national: bool = False) -> bytes:
    """Return `value` as column or bind type `type_` carries it.

    Raises OracleError (ORA-06502, ORA-01426) for a value that the type cannot hold.
    """
    if type_ in TEXT_TYPES:
        return _encode_text(value, national=national)
    if type_ in RAW_TYPES and isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if type_ in NUMBER_TYPES and isinstance(value, int | float | Decimal | str):
        return encode_number(_as_decimal(value))
    if type_ in DATE_TYPES and isinstance(value, datetime):
        return _encode_date(type_, value)
    if type_ in (OraType.BINARY_DOUBLE, OraType.BINARY_FLOAT) and isinstance(value, int | float | Decimal):
        return _encode_float(type_, float(value))
    raise _conversion_error()


def decode_scalar(type_: OraType, data: bytes, *, national: bool = False) -> Value:
    """Return the value that a client sent; raises OracleError (ORA-01461 family) for bytes that are none."""
    try:
        if type_ in TEXT_TYPES:
            return data.decode("utf-16-be" if national else "utf-8")
        if type_ in RAW_TYPES:
            return data
        if type_ in NUMBER_TYPES:
            number = decode_number(data)
            return int(number) if number == number.to_integral_value() else number
        if type_ in DATE_TYPES:
            return _decode_date(data)
        if type_ in (OraType.BINARY_DOUBLE, OraType.BINARY_FLOAT):
            return _decode_float(data)
    except (ValueError, IndexError, OverflowError, struct.error, InvalidOperation):
        raise OracleError(1460, "unimplemented or unreasonable conversion requested") from None
    raise OracleError(3115, "unsupported network datatype or representation")


def _conversion_error() -> OracleError:
    return OracleError(6502, "PL/SQL: numeric or value error: character to number conversion error")


def _encode_text(value: Value, *, national: bool) -> bytes:
    if isinstance(value, bytes | bytearray | memoryview):
        text = bytes(value).hex().upper()
    elif isinstance(value, str | int | float | Decimal):
        text = str(value)
    else:
        raise _conversion_error()
    return text.encode("utf-16-be" if national else "utf-8")


def _as_decimal(value: float | Decimal | str) -> Decimal:
    try:
        return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except InvalidOperation:
        raise _conversion_error() from None


def encode_number(value: Decimal) -> bytes:
    """Return Oracle's NUMBER: an exponent byte and base-100 digits; raises ORA-01426 beyond 1e125."""
    if not value.is_finite():
        raise OracleError(1426, "numeric overflow")
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits))
    point = len(text) + int(exponent)
    if point % 2:
        text, point = "0" + text, point + 1
    text += "0" * (len(text) % 2)
    pairs = [int(text[i : i + 2]) for i in range(0, len(text), 2)]
    power = point // 2 - 1
    while pairs and not pairs[0]:
        del pairs[0]
        power -= 1
    del pairs[MOST_NUMBER_PAIRS:]
    while pairs and not pairs[-1]:
        del pairs[-1]
    if not pairs or power < LOWEST_NUMBER_EXPONENT:
        return b"\x80"
    if power > HIGHEST_NUMBER_EXPONENT:
        raise OracleError(1426, "numeric overflow")
    if not sign:
        return bytes((193 + power, *(pair + 1 for pair in pairs)))
    end = (NEGATIVE_END,) if len(pairs) < MOST_NUMBER_PAIRS else ()
    return bytes((62 - power, *(101 - pair for pair in pairs), *end))


def decode_number(data: bytes) -> Decimal:
    """Return the value of an Oracle NUMBER; raises ValueError for bytes that are none."""
    if data == b"\x80":
        return Decimal(0)
    positive = data[0] & 0x80 != 0
    body = data[1:] if positive else data[1:].removesuffix(bytes((NEGATIVE_END,)))
    pairs = [byte - 1 if positive else 101 - byte for byte in body]
    if not pairs or len(pairs) > MOST_NUMBER_PAIRS or not all(0 <= pair <= 99 for pair in pairs):
        raise ValueError("not a NUMBER")
    power = data[0] - 193 if positive else 62 - data[0]
    text = "".join(f"{pair:02d}" for pair in pairs)
    digits = tuple(map(int, text))
    return Decimal((0 if positive else 1, digits, 2 * (power - len(pairs) + 1)))


def _encode_date(type_: OraType, value: datetime) -> bytes:
    offset = value.utcoffset()
    if offset is not None and type_ in (OraType.TIMESTAMP_TZ, OraType.TIMESTAMP_LTZ):
        value = value.astimezone(UTC)
    century, year = divmod(value.year, 100)
    data = bytes(
        (century + 100, year + 100, value.month, value.day, value.hour + 1, value.minute + 1, value.second + 1)
    )
    if type_ is OraType.DATE:
        return data
    fraction = (value.microsecond * 1000).to_bytes(4, "big")
    if type_ is not OraType.TIMESTAMP_TZ:
        return data + fraction if value.microsecond else data
    minutes = int((offset or timedelta()).total_seconds()) // 60
    hours = int(minutes / 60)
    return data + fraction + bytes((hours + TZ_HOUR_BIAS, minutes - hours * 60 + TZ_MINUTE_BIAS))


def _decode_date(data: bytes) -> datetime:
    year = (data[0] - 100) * 100 + data[1] - 100
    micro = int.from_bytes(data[7:11], "big") // 1000
    moment = datetime(year, data[2], data[3], data[4] - 1, data[5] - 1, data[6] - 1, micro)  # noqa: DTZ001 - DATE has no zone
    if len(data) < 13:
        return moment
    zone = timezone(timedelta(hours=data[11] - TZ_HOUR_BIAS, minutes=data[12] - TZ_MINUTE_BIAS))
    return moment.replace(tzinfo=UTC).astimezone(zone)


def _encode_float(type_: OraType, value: float) -> bytes:
    """Return IEEE 754 made to sort as bytes: positive with the top bit set, negative complemented."""
    data = struct.pack(">d" if type_ is OraType.BINARY_DOUBLE else ">f", value)
    if data[0] & 0x80:
        return bytes(byte ^ 0xFF for byte in data)
    return bytes((data[0] | 0x80, *data[1:]))


def _decode_float(data: bytes) -> float:
    plain = bytes((data[0] & 0x7F, *data[1:])) if data[0] & 0x80 else bytes(byte ^ 0xFF for byte in data)
    number: float = struct.unpack(">d" if len(plain) == 8 else ">f", plain)[0]
    return number
