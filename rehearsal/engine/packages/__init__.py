# SPDX-License-Identifier: GPL-3.0-or-later
"""The supplied packages, as a session reaches them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rehearsal.contract import Column
from rehearsal.engine.datatypes import PlValue, column_type
from rehearsal.engine.language.blocks import TypeSpec
from rehearsal.engine.language.nodes import Datatype
from rehearsal.engine.language.parser import compile_error
from rehearsal.engine.plsql.scope import DeclaredCursor, Scope, Variable
from rehearsal.engine.plsql.types import (
    BOOLEAN,
    CURSOR,
    CollectionType,
    CursorType,
    PlType,
    RecordType,
    ScalarType,
    scalar,
)
from rehearsal.engine.plsql.values import convert
from rehearsal.engine.storage.schema import find_table

from .dbms_datapump import DBMS_DATAPUMP, GLOBAL_TYPES
from .dbms_lob import DBMS_LOB
from .dbms_output import DBMS_OUTPUT
from .session_packages import SESSION_PACKAGES
from .utl_file import UTL_FILE
from .utl_raw import UTL_RAW

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from rehearsal.engine.plsql.catalog import Package, Subprogram
    from rehearsal.engine.state import SessionState

PACKAGES: dict[str, Package] = {
    package.name: package for package in (*SESSION_PACKAGES, DBMS_DATAPUMP, DBMS_LOB, DBMS_OUTPUT, UTL_FILE, UTL_RAW)
}
_STANDARD = "DBMS_STANDARD"
"""Its subprograms need no package name."""


class PackageCaller:
    """Packages and types by name, for one session: what the user may not execute does not exist."""

    def __init__(self, state: SessionState, sqlite: sqlite3.Connection) -> None:
        self._state = state
        self._sqlite = sqlite

    def package(self, path: Sequence[str]) -> Package | None:
        """Return a package by `NAME` or `SYS.NAME`."""
        names = list(path[1:] if len(path) > 1 and path[0] == "SYS" else path)
        found = PACKAGES.get(names[0]) if len(names) == 1 else None
        return found if found is not None and self._allowed(found.name) else None

    def subprograms(self, path: Sequence[str]) -> tuple[Subprogram, ...]:
        """Return the overloads of `[SYS.]PACKAGE.NAME`, or of a name of DBMS_STANDARD; nothing if there are none."""
        package = PACKAGES[_STANDARD] if len(path) == 1 else self.package(path[:-1])
        return package.subprograms.get(path[-1], ()) if package else ()

    def constant(self, path: Sequence[str]) -> tuple[PlType, PlValue] | None:
        """Return type and value of a packaged constant."""
        package = self.package(path[:-1])
        return package.constants.get(path[-1]) if package else None

    def exception(self, path: Sequence[str]) -> int | None:
        """Return the number of a packaged exception."""
        package = self.package(path[:-1])
        return package.exceptions.get(path[-1]) if package else None

    def named_type(self, path: Sequence[str]) -> PlType | None:
        """Return a type of SYS (or by its synonym), or of a package."""
        names = list(path[1:] if len(path) > 1 and path[0] == "SYS" else path)
        if len(names) == 1:
            return GLOBAL_TYPES.get(names[0])
        package = self.package(names[:-1])
        return package.types.get(names[-1]) if package else None

    def data_type(self, spec: TypeSpec, scope: Scope) -> PlType:
        """Return the type a declaration names. Raises PLS-00201 for an unknown one."""
        names = [name.id for name in spec.name]
        found = (
            self._anchored(names, spec.kind, scope)
            if not isinstance(spec, Datatype)
            else self._plain(spec, names, scope)
        )
        if found is None:
            first = spec.name[0]
            text = f"identifier '{'.'.join(names)}' must be declared"
            raise compile_error(first.line, first.column, "PLS-00201", text)
        return found

    def sql_function(self, path: Sequence[str], count: int) -> tuple[Column, Callable[..., PlValue]] | None:
        """Return type and code of a packaged function that SQL may call with `count` arguments by position."""
        for one in self.subprograms(path) if len(path) > 1 else ():
            least = sum(not parameter.optional for parameter in one.parameters)
            if isinstance(one.returns, ScalarType) and least <= count <= len(one.parameters):
                return one.returns.column, partial(self._by_position, one)
        return None

    def _by_position(self, function: Subprogram, *values: PlValue) -> PlValue:
        inputs = {
            parameter.name.lower(): convert(self._state, value, parameter.type)
            for parameter, value in zip(function.parameters, values, strict=False)
        }
        result = function.run(self._state, **inputs)
        return result[0] if isinstance(result, tuple) else result

    def _plain(self, spec: Datatype, names: list[str], scope: Scope) -> PlType | None:
        if len(names) == 1:
            local = scope.find(names[0])
            if isinstance(local, ScalarType | RecordType | CollectionType | CursorType):
                return local
            if names[0] == "BOOLEAN":
                return BOOLEAN
            if names[0] == "SYS_REFCURSOR":
                return CURSOR
            column = column_type(spec)
            if column is not None:
                return scalar(column)
        return self.named_type(names)

    def _anchored(self, names: list[str], kind: str, scope: Scope) -> PlType | None:
        """Resolve `variable%TYPE`, `table.column%TYPE`, `table%ROWTYPE`, `cursor%ROWTYPE`."""
        if kind.upper() == "ROWTYPE":
            local = scope.find(names[0]) if len(names) == 1 else None
            columns = local.columns if isinstance(local, DeclaredCursor) else self._columns(names)
            return RecordType(names[-1], tuple((c.name, scalar(c)) for c in columns)) if columns else None
        if len(names) == 1:
            variable = scope.find(names[0])
            return variable.type if isinstance(variable, Variable) else None
        column = next((column for column in self._columns(names[:-1]) if column.name == names[-1]), None)
        return scalar(column) if column else None

    def _columns(self, names: list[str]) -> tuple[Column, ...]:
        owner = names[0] if len(names) > 1 else self._state.schema
        table = find_table(self._sqlite, owner, names[-1])
        return table.columns if table else ()

    def _allowed(self, package: str) -> bool:
        if package == _STANDARD:
            return True
        return self._state.instance.accounts.has_object(self._state.user, "SYS", package, "EXECUTE")
