# SPDX-License-Identifier: GPL-3.0-or-later
"""Oracle's data types: from their names to the contract's columns, and values to and from SQLite.

SQLite keeps dates as ISO text that sorts as time does, numbers as integers or
floats (15 significant digits; Oracle's 38 are not needed by a registry), RAW as
blobs, and an empty string never: in Oracle it is NULL.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from rehearsal.contract import Column, OracleError, OraType

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.contract import BindType

    from .language.nodes import Datatype

Stored: TypeAlias = int | float | str | bytes | None
PlValue: TypeAlias = Any
"""What a PL/SQL variable or a function's argument may hold: NULL as None, text, numbers, times, LOBs, composites."""

_INT64 = 2**63
_MOST_DIGITS = 126

_TEXT = {"VARCHAR2": 4000, "VARCHAR": 4000, "NVARCHAR2": 4000, "STRING": 4000}
_CHAR = {"CHAR", "NCHAR", "CHARACTER"}
_INTEGER = {"PLS_INTEGER", "BINARY_INTEGER", "SIMPLE_INTEGER", "NATURAL", "POSITIVE", "NATURALN", "POSITIVEN"}
_DECIMAL = {"NUMBER", "DEC", "DECIMAL", "NUMERIC"}
_WHOLE = {"INTEGER", "INT", "SMALLINT"}
_PLAIN = {
    **{name: Column("", OraType.BINARY_INTEGER, size=4, precision=10, scale=0) for name in _INTEGER},
    **{name: Column("", OraType.NUMBER, size=22, precision=38, scale=0) for name in _WHOLE},
    **{name: Column("", OraType.NUMBER, size=22) for name in _DECIMAL},
    "DATE": Column("", OraType.DATE, size=7),
    "CLOB": Column("", OraType.CLOB, size=4000),
    "NCLOB": Column("", OraType.CLOB, size=4000),
    "BLOB": Column("", OraType.BLOB, size=4000),
    "BFILE": Column("", OraType.BFILE, size=530),
    "LONG": Column("", OraType.LONG, size=32760),
    "BINARY_DOUBLE": Column("", OraType.BINARY_DOUBLE, size=8),
    "BINARY_FLOAT": Column("", OraType.BINARY_FLOAT, size=4),
    "FLOAT": Column("", OraType.NUMBER, size=22, precision=126),
    "REAL": Column("", OraType.NUMBER, size=22, precision=63),
    "ROWID": Column("", OraType.VARCHAR2, size=18),
    "SYS_REFCURSOR": Column("", OraType.CURSOR, size=0),
}

NUMBER = Column("", OraType.NUMBER, size=22)
TEXT = Column("", OraType.VARCHAR2, size=4000)
DATE = _PLAIN["DATE"]
TIMESTAMP = Column("", OraType.TIMESTAMP, size=11, scale=6)
TIMESTAMP_TZ = Column("", OraType.TIMESTAMP_TZ, size=13, scale=6)
RAW = Column("", OraType.RAW, size=2000)
CLOB = _PLAIN["CLOB"]
BFILE = _PLAIN["BFILE"]

NUMERIC_TYPES = {OraType.NUMBER, OraType.BINARY_INTEGER, OraType.BINARY_DOUBLE, OraType.BINARY_FLOAT}
TEXT_TYPES = {OraType.VARCHAR2, OraType.CHAR, OraType.LONG, OraType.CLOB}
TIME_TYPES = {OraType.DATE, OraType.TIMESTAMP, OraType.TIMESTAMP_TZ, OraType.TIMESTAMP_LTZ}


def text_column(size: int) -> Column:
    """Return the type VARCHAR2(size)."""
    return Column("", OraType.VARCHAR2, size=size)


def bind_column(bind: BindType) -> Column:
    """Return the type of a bind variable as the client declared it."""
    return Column("", bind.type, size=bind.size)


def column_type(datatype: Datatype) -> Column | None:
    """Return the type a declaration names, without a column name; None for a name that is no built-in type."""
    name = datatype.name[-1].id
    amount = int(datatype.size.amount) if datatype.size and datatype.size.amount.isdigit() else None
    sized = {
        **{text: Column("", OraType.VARCHAR2, size=amount or size) for text, size in _TEXT.items()},
        **{char: Column("", OraType.CHAR, size=amount or 1) for char in _CHAR},
        "RAW": Column("", OraType.RAW, size=amount or 2000),
    }
    if name in _DECIMAL and amount is not None:
        return Column("", OraType.NUMBER, size=22, precision=amount, scale=int(datatype.scale or 0))
    if name == "TIMESTAMP":
        zone = datatype.zone
        kind = OraType.TIMESTAMP if zone is None else OraType.TIMESTAMP_LTZ if zone.local else OraType.TIMESTAMP_TZ
        return Column("", kind, size=11 if zone is None else 13, scale=6 if amount is None else amount)
    return sized.get(name) or _PLAIN.get(name)


def type_name(column: Column) -> str:
    """Return DATA_TYPE as ALL_TAB_COLUMNS shows it."""
    if column.type in {OraType.TIMESTAMP, OraType.TIMESTAMP_TZ, OraType.TIMESTAMP_LTZ}:
        suffix = {OraType.TIMESTAMP_TZ: " WITH TIME ZONE", OraType.TIMESTAMP_LTZ: " WITH LOCAL TIME ZONE"}
        return f"TIMESTAMP({column.scale}){suffix.get(column.type, '')}"
    return column.type.name


def encode(value: object) -> Stored:
    """Return what SQLite keeps of a value; LOBs are read whole."""
    if isinstance(value, str | bytes):
        return value or None
    if value is None or isinstance(value, float):
        return value
    if isinstance(value, int):
        return int(value) if -_INT64 <= value < _INT64 else float(value)
    if isinstance(value, datetime):
        return encode_time(value)
    if isinstance(value, Decimal):
        return encode(number(value)) if value == value.to_integral_value() else float(value)
    size = getattr(value, "size", None)
    if size is not None and hasattr(value, "read"):
        content = value.read(1, max(size(), 1))
        return encode(bytes(content) if isinstance(content, memoryview) else content)
    raise OracleError(932, f"inconsistent datatypes: got {type(value).__name__}")


def encode_time(value: datetime) -> str:
    """Return ISO text; fractions only where there are some, the offset only where known."""
    return value.isoformat(sep=" ", timespec="microseconds" if value.microsecond else "seconds")


def decode_time(text: str) -> datetime:
    """Return the time `encode_time` wrote."""
    return datetime.fromisoformat(text)


def decoder(type_: OraType) -> Callable[[PlValue], PlValue]:
    """Return the function that turns a stored value of a type into the Python value; chosen once per column."""
    if type_ in TIME_TYPES:
        return lambda value: value and datetime.fromisoformat(value)
    if type_ in {OraType.NUMBER, OraType.BINARY_INTEGER}:
        return lambda value: value if value is None or isinstance(value, int) else number(value)
    if type_ in TEXT_TYPES:
        return lambda value: value if value is None or isinstance(value, str) else number_text(value)
    return lambda value: value


def number(value: object) -> int | Decimal:
    """Convert to NUMBER. Raises ORA-01722 for text that is none, ORA-01426 for what is not below 1E126."""
    if isinstance(value, bool) or value is None:
        raise OracleError(1722, "invalid number")
    if isinstance(value, int):
        return value
    try:
        decimal = Decimal(f"{value:.15g}") if isinstance(value, float) else Decimal(str(value).strip())
    except ArithmeticError:
        raise OracleError(1722, "invalid number") from None
    if not decimal.is_finite():
        raise OracleError(1722, "invalid number")
    if decimal.adjusted() >= _MOST_DIGITS:
        raise OracleError(1426, "numeric overflow")
    return int(decimal) if decimal == decimal.to_integral_value() else decimal


def number_text(value: object) -> str:
    """Return a NUMBER as implicit TO_CHAR writes it: no leading zero before the point."""
    exact = number(value)
    if isinstance(exact, int):
        return str(exact)
    text = format(exact.normalize(), "f")
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def as_datetime(value: object) -> datetime:
    """Convert a Python date to the datetime that an Oracle DATE is."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001  # an Oracle DATE has no zone
    raise OracleError(932, "inconsistent datatypes: expected DATE")


def fit(value: object, column: Column, where: str) -> object:
    """Return the value as the column keeps it; `where` is its quoted full name for messages.

    Raises ORA-01400, ORA-12899, ORA-01438, ORA-01722.
    """
    if value is None or value == "":
        if not column.nullable:
            raise OracleError(1400, f"cannot insert NULL into ({where})")
        return None
    if column.type in {OraType.VARCHAR2, OraType.CHAR}:
        text = value if isinstance(value, str) else str(encode(value))
        actual = len(text.encode())
        if actual > column.size:
            raise OracleError(12899, f"value too large for column {where} (actual: {actual}, maximum: {column.size})")
        return text.ljust(column.size) if column.type is OraType.CHAR else text
    if column.type is OraType.NUMBER:
        rounded = round_number(number(value), column)
        if rounded is None:
            raise OracleError(1438, "value larger than specified precision allowed for this column")
        return rounded
    return value


def round_number(value: int | Decimal, column: Column) -> int | Decimal | None:
    """Round half away from zero to a NUMBER(p, s); None if it has more digits than that."""
    if not column.precision or column.scale == -127:
        return value
    rounded = number(Decimal(value).quantize(Decimal(1).scaleb(-column.scale), ROUND_HALF_UP))
    largest = Decimal(1).scaleb(column.precision - column.scale)
    return rounded if -largest < rounded < largest else None
