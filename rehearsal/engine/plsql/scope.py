# SPDX-License-Identifier: GPL-3.0-or-later
"""Names while a block is compiled, and values while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from rehearsal.contract import OracleError
from rehearsal.engine.datatypes import PlValue
from rehearsal.engine.language.parser import compile_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.contract import BindType, Column, ResultSet
    from rehearsal.engine.language import nodes
    from rehearsal.engine.packages import PackageCaller
    from rehearsal.engine.sql.runner import SqlRunner
    from rehearsal.engine.state import SessionState

    from .catalog import Subprogram
    from .types import PlType


@dataclass(eq=False)
class Variable:
    """A declared variable; `level` is the depth of the subprogram it belongs to."""

    name: str
    type: PlType
    level: int
    constant: bool = False


@dataclass(eq=False)
class DeclaredException:
    """An exception of the block; PRAGMA EXCEPTION_INIT gives it a number."""

    name: str
    code: int | None = None


@dataclass(eq=False)
class DeclaredCursor:
    """CURSOR name IS query."""

    name: str
    query: nodes.Query
    parameters: tuple[Variable, ...]
    columns: tuple[Column, ...]
    level: int


Declared: TypeAlias = "Variable | DeclaredException | DeclaredCursor | Subprogram | PlType"


@dataclass
class Scope:
    """What is declared in a block and around it."""

    outer: Scope | None = None
    level: int = 0
    names: dict[str, Declared] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    returns: PlType | None = None

    def find(self, name: str) -> Declared | None:
        """Return what a name means here."""
        found = self.names.get(name)
        return found if found is not None or self.outer is None else self.outer.find(name)

    def declare(self, name: nodes.Name, thing: Declared) -> None:
        """Add a name; raises PLS-00371 if the block has it already."""
        if name.id in self.names:
            text = f"at most one declaration for '{name.id}' is permitted"
            raise compile_error(name.line, name.column, "PLS-00371", text)
        self.names[name.id] = thing

    def nested(self, *, subprogram: bool = False, returns: PlType | None = None) -> Scope:
        """Return the scope of an inner block or of a local subprogram."""
        return Scope(self, self.level + subprogram, returns=returns if subprogram else self.returns)


@dataclass
class Compilation:
    """What the compilation of one block has at hand and finds out."""

    text: str
    packages: PackageCaller
    runner: SqlRunner
    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)


@dataclass
class OpenCursor:
    """A cursor at run time: its rows, how many were fetched, whether the last fetch found one."""

    result: ResultSet
    fetched: int = 0
    found: bool | None = None

    def next(self) -> tuple[PlValue, ...] | None:
        """Fetch one row."""
        row = next(self.result.rows, None)
        self.found = row is not None
        self.fetched += self.found
        return row


class UserDefinedError(OracleError):
    """A declared exception without number, as RAISE makes it."""

    def __init__(self, declared: DeclaredException) -> None:
        super().__init__(6510, "PL/SQL: unhandled user-defined exception")
        self.declared = declared


@dataclass
class Execution:
    """One run of a block."""

    state: SessionState
    runner: SqlRunner
    binds: dict[str, PlValue]
    bind_types: dict[str, BindType]
    handling: list[OracleError] = field(default_factory=list)
    row_count: int | None = None
    failed_line: int | None = None


@dataclass
class Frame:
    """The variables of one activation; a local subprogram also sees the frame around its declaration."""

    execution: Execution
    level: int = 0
    outer: Frame | None = None
    values: dict[Variable | DeclaredCursor, PlValue] = field(default_factory=dict)

    def at(self, level: int) -> Frame:
        """Return the frame of a level."""
        frame: Frame = self
        while frame.level != level and frame.outer is not None:
            frame = frame.outer
        return frame

    def get(self, variable: Variable | DeclaredCursor) -> PlValue:
        """Return a variable's value."""
        return self.at(variable.level).values.get(variable)

    def set(self, variable: Variable | DeclaredCursor, value: PlValue) -> None:
        """Set a variable's value."""
        self.at(variable.level).values[variable] = value


@dataclass(frozen=True)
class Operand:
    """A compiled expression."""

    type: PlType
    run: Callable[[Frame], PlValue]


@dataclass(frozen=True)
class Target:
    """Something that can be assigned to; `assign` converts and copies."""

    type: PlType
    assign: Callable[[Frame, PlValue], None]
