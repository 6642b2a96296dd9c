# SPDX-License-Identifier: GPL-3.0-or-later
"""What a package offers to PL/SQL: subprograms, constants, exceptions and types."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rehearsal.engine.datatypes import PlValue, column_type
from rehearsal.engine.language.blocks import FunctionSignature
from rehearsal.engine.language.nodes import Datatype, Literal, Sign
from rehearsal.engine.language.parser import parse_signature

from .types import ANY, BOOLEAN, CURSOR, RAW_TYPE, TEXT_TYPE, PlType, ScalarType, scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rehearsal.engine.language import blocks

_WITHOUT_SIZE = {"VARCHAR2": TEXT_TYPE, "RAW": RAW_TYPE, "CHAR": TEXT_TYPE, "BOOLEAN": BOOLEAN, "ANYDATA": ANY}


@dataclass(frozen=True)
class Parameter:
    """A formal parameter; `optional` ones have a default."""

    name: str
    type: PlType
    reads: bool
    writes: bool
    optional: bool = False
    default: PlValue = None


@dataclass(frozen=True)
class Subprogram:
    """A procedure (`returns` None) or function.

    `run` gets the session's state and the IN and IN OUT values by lower-case name. A procedure returns its OUT
    values as a dict by lower-case name, or None; a function its value, or (value, dict) if it has OUT parameters.
    """

    name: str
    parameters: tuple[Parameter, ...]
    returns: PlType | None
    run: Callable[..., PlValue]
    local: bool = False
    """Declared in the block: `run` gets the caller's frame in place of the state."""


@dataclass(frozen=True)
class Package:
    """A package of SYS. Names are upper-case; an exception is the positive number of its error."""

    name: str
    subprograms: Mapping[str, tuple[Subprogram, ...]]
    constants: Mapping[str, tuple[PlType, PlValue]] = field(default_factory=dict)
    exceptions: Mapping[str, int] = field(default_factory=dict)
    types: Mapping[str, PlType] = field(default_factory=dict)


def subprogram(signature: str, run: Callable[..., PlValue], types: Mapping[str, PlType] | None = None) -> Subprogram:
    """Make a subprogram from its signature in PL/SQL; `types` are those of the package itself."""
    parsed = parse_signature(signature)
    known = types or {}
    parameters = tuple(_parameter(parameter, known) for parameter in parsed.parameters or ())
    returns = _type(parsed.returns, known) if isinstance(parsed, FunctionSignature) else None
    return Subprogram(parsed.name.id, parameters, returns, run)


def package(
    name: str,
    *subprograms: Subprogram,
    constants: Mapping[str, tuple[PlType, PlValue]] | None = None,
    exceptions: Mapping[str, int] | None = None,
    types: Mapping[str, PlType] | None = None,
) -> Package:
    """Make a package; subprograms of one name overload one another in the order given."""
    overloads: dict[str, tuple[Subprogram, ...]] = {}
    for one in subprograms:
        overloads[one.name] = (*overloads.get(one.name, ()), one)
    return Package(name, overloads, constants or {}, exceptions or {}, types or {})


def _parameter(parsed: blocks.Parameter, types: Mapping[str, PlType]) -> Parameter:
    default: PlValue = None
    if isinstance(parsed.default, Literal):
        default = parsed.default.value
    elif isinstance(parsed.default, Sign) and isinstance(parsed.default.operand, Literal):
        default = -int(str(parsed.default.operand.value))
    reads = bool(parsed.reads) or not parsed.writes
    return Parameter(
        parsed.name.id, _type(parsed.type, types), reads, bool(parsed.writes), parsed.default is not None, default
    )


def _type(parsed: blocks.TypeSpec, types: Mapping[str, PlType]) -> PlType:
    name = parsed.name[-1].id
    if name in types:
        return types[name]
    if name == "SYS_REFCURSOR":
        return CURSOR
    if isinstance(parsed, Datatype):
        if name in _WITHOUT_SIZE and parsed.size is None:
            return _WITHOUT_SIZE[name]
        column = column_type(parsed)
        if column is not None:
            return scalar(column)
    raise ValueError(f"unknown type {name} in a signature")


def is_boolean(type_: PlType) -> bool:
    """Tell whether a type is BOOLEAN."""
    return isinstance(type_, ScalarType) and type_.family == "boolean"
