# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of PL/SQL: composite ones, and conversion on assignment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from rehearsal.contract import Column, OracleError, OraType
from rehearsal.engine.datatypes import PlValue, number, round_number
from rehearsal.engine.functions.builtins import call_builtin
from rehearsal.engine.functions.scalars import hex_to_raw
from rehearsal.engine.lobs import TemporaryBlob, TemporaryClob, read_text

from .types import AnyType, CollectionType, PlType, RecordType, ScalarType

if TYPE_CHECKING:
    from rehearsal.engine.functions.environment import Environment


@dataclass
class Record:
    """A record or object: its fields by upper-case name."""

    type: RecordType
    fields: dict[str, PlValue]

    def copy(self) -> Record:
        """Return a deep copy: assignment copies."""
        return Record(self.type, {name: copied(value) for name, value in self.fields.items()})


@dataclass
class Collection:
    """A table; items by index."""

    type: CollectionType | AnyType
    items: dict[PlValue, PlValue] = field(default_factory=dict)

    @classmethod
    def of(cls, type_: CollectionType | AnyType, values: list[PlValue] | tuple[PlValue, ...]) -> Collection:
        """Return a collection of values numbered from 1."""
        return cls(type_, dict(enumerate(values, 1)))

    def copy(self) -> Collection:
        """Return a deep copy: assignment copies."""
        return Collection(self.type, {index: copied(value) for index, value in self.items.items()})


def copied(value: PlValue) -> PlValue:
    """Return what an assignment gives: a copy of what can be changed."""
    if isinstance(value, Record | Collection):
        return value.copy()
    if isinstance(value, TemporaryClob):
        return TemporaryClob(value.text())
    return value


def initial(type_: PlType) -> PlValue:
    """Return a variable's value before any assignment."""
    if isinstance(type_, RecordType) and not type_.is_object:
        given = dict(type_.defaults)
        return Record(type_, {name: given.get(name, initial(kind)) for name, kind in type_.fields})
    if isinstance(type_, CollectionType) and type_.associative:
        return Collection(type_)
    return None


def convert(env: Environment, value: PlValue, type_: PlType) -> PlValue:
    """Convert a value to a type as passing it does, without copying LOBs and composites.

    Raises ORA-06502 and the conversions' own errors.
    """
    if value is None:
        return initial(type_)
    if not isinstance(type_, ScalarType):
        return value
    if (type_.family == "boolean") is not isinstance(value, bool):
        raise OracleError(6502, "PL/SQL: numeric or value error")
    run = _CONVERSIONS.get(type_.family)
    return run(env, value, type_.column) if run else value


def _as_text(env: Environment, value: PlValue) -> str:
    if isinstance(value, str):
        return value
    if getattr(value, "type", None) is OraType.CLOB:
        return read_text(value)
    text = call_builtin(env, "TO_CHAR", [value])
    return text if isinstance(text, str) else ""


def _to_number(_env: Environment, value: PlValue, column: Column) -> PlValue:
    try:
        result = number(read_text(value) if getattr(value, "type", None) is OraType.CLOB else value)
    except OracleError:
        raise OracleError(6502, "PL/SQL: numeric or value error: character to number conversion error") from None
    if column.type is OraType.BINARY_INTEGER:
        whole = int(Decimal(result).quantize(Decimal(1), ROUND_HALF_UP))
        if not -(2**31) <= whole < 2**31:
            raise OracleError(1426, "numeric overflow")
        return whole
    rounded = round_number(result, column)
    if rounded is None:
        raise OracleError(6502, "PL/SQL: numeric or value error: number precision too large")
    return rounded


def _to_text(env: Environment, value: PlValue, column: Column) -> str | None:
    text = _as_text(env, value)
    if len(text.encode()) > column.size:
        raise OracleError(6502, "PL/SQL: numeric or value error: character string buffer too small")
    return (text.ljust(column.size) if column.type is OraType.CHAR else text) or None


def _to_time(env: Environment, value: PlValue, column: Column) -> datetime:
    name = "TO_DATE" if column.type is OraType.DATE else "TO_TIMESTAMP"
    moment = call_builtin(env, name, [value])
    if not isinstance(moment, datetime):
        raise OracleError(6502, "PL/SQL: numeric or value error")
    return moment


def _to_clob(env: Environment, value: PlValue, _column: Column) -> PlValue:
    is_lob = getattr(value, "type", None) is OraType.CLOB
    return value if is_lob else TemporaryClob(_as_text(env, value))


def _to_raw(env: Environment, value: PlValue, column: Column) -> bytes:
    raw: bytes = value.read(1, value.size()) if isinstance(value, TemporaryBlob) else hex_to_raw(env, value)
    if len(raw) > column.size:
        raise OracleError(6502, "PL/SQL: numeric or value error: raw variable length too long")
    return raw


def _to_blob(env: Environment, value: PlValue, _column: Column) -> PlValue:
    return TemporaryBlob(hex_to_raw(env, value)) if isinstance(value, str | bytes) else value


_CONVERSIONS: dict[str, Callable[[Environment, PlValue, Column], PlValue]] = {
    "number": _to_number,
    "text": _to_text,
    "clob": _to_clob,
    "time": _to_time,
    "raw": _to_raw,
    "blob": _to_blob,
}
