# SPDX-License-Identifier: GPL-3.0-or-later
"""Types of PL/SQL, and which may stand for which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rehearsal.contract import Column, OraType
from rehearsal.engine.datatypes import BFILE, CLOB, DATE, NUMBER, NUMERIC_TYPES, RAW, TEXT, TIME_TYPES, TIMESTAMP_TZ


@dataclass(frozen=True)
class ScalarType:
    """NUMBER, VARCHAR2(30), DATE ...; `family` groups types that convert into one another."""

    family: str
    column: Column


@dataclass(frozen=True)
class RecordType:
    """A record, or (`is_object`) an object type, which is NULL as a whole until something is assigned."""

    name: str
    fields: tuple[tuple[str, PlType], ...]
    is_object: bool = False
    defaults: tuple[tuple[str, object], ...] = ()

    def field(self, name: str) -> PlType | None:
        """Return a field's type."""
        return dict(self.fields).get(name)


@dataclass(frozen=True)
class CollectionType:
    """A table: `associative` ones are never NULL, others are until assigned; `by_text` has VARCHAR2 indexes."""

    name: str
    element: PlType
    associative: bool = False
    by_text: bool = False


@dataclass(frozen=True)
class CursorType:
    """SYS_REFCURSOR and other REF CURSOR types."""

    name: str = "SYS_REFCURSOR"


@dataclass(frozen=True)
class AnyType:
    """The type of a bind variable, known only when the block runs, and of NULL."""

    name: str = "NULL"


PlType: TypeAlias = ScalarType | RecordType | CollectionType | CursorType | AnyType

ANY = AnyType()
BOOLEAN = ScalarType("boolean", Column("", OraType.NUMBER, size=1))
CURSOR = CursorType()
_CONVERTIBLE = {
    frozenset(pair)
    for pair in (
        ("number", "text"), ("time", "text"), ("text", "clob"), ("raw", "text"), ("raw", "blob"), ("number", "clob"),
    )
}  # fmt: skip


def scalar(column: Column) -> PlType:
    """Return the PL/SQL type of a column type."""
    if column.type is OraType.CURSOR:
        return CURSOR
    return ScalarType(_family(column.type), column)


def _family(type_: OraType) -> str:
    if type_ in NUMERIC_TYPES:
        return "number"
    if type_ in TIME_TYPES:
        return "time"
    names = {
        OraType.RAW: "raw",
        OraType.LONG_RAW: "raw",
        OraType.CLOB: "clob",
        OraType.BLOB: "blob",
        OraType.BFILE: "bfile",
    }
    return names.get(type_, "text")


NUMBER_TYPE = scalar(NUMBER)
TEXT_TYPE = scalar(Column("", OraType.VARCHAR2, size=32767))
DATE_TYPE = scalar(DATE)
TIMESTAMP_TYPE = scalar(TIMESTAMP_TZ)
RAW_TYPE = scalar(Column("", OraType.RAW, size=32767))
CLOB_TYPE = scalar(CLOB)
BLOB_TYPE = scalar(Column("", OraType.BLOB, size=4000))
BFILE_TYPE = scalar(BFILE)
SQL_TEXT, SQL_RAW = scalar(TEXT), scalar(RAW)


def assignable(target: PlType, value: PlType) -> bool:
    """Tell whether a value may be given where `target` is wanted, converted if need be."""
    if isinstance(target, AnyType) or isinstance(value, AnyType):
        return True
    if isinstance(target, ScalarType) and isinstance(value, ScalarType):
        return target.family == value.family or frozenset((target.family, value.family)) in _CONVERTIBLE
    if isinstance(target, CursorType) and isinstance(value, CursorType):
        return True
    return target == value
