# SPDX-License-Identifier: GPL-3.0-or-later
"""What names in a query mean."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from rehearsal.contract import Column, OracleError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rehearsal.engine.language.nodes import Dotted, Expr
    from rehearsal.engine.storage.schema import TableInfo


@dataclass(frozen=True)
class Relation:
    """Something to select from: its columns and SQLite's text for it (`table` if it can be flashed back)."""

    name: str
    columns: tuple[Column, ...]
    sql: str
    table: TableInfo | None = None


@dataclass(frozen=True)
class Fragment:
    """A translated expression and its Oracle type."""

    sql: str
    type: Column


@dataclass(frozen=True)
class Source:
    """A relation in a FROM clause, under the name the query gives it."""

    alias: str
    relation: Relation


@dataclass
class Scope:
    """The sources of one SELECT; a subquery also sees those around it."""

    outer: Scope | None = None
    sources: list[Source] = field(default_factory=list)
    common: dict[str, Relation] = field(default_factory=dict)

    def column(self, name: str, qualifier: str | None) -> tuple[Source, Column] | None:
        """Find a column. Raises ORA-00918 if more than one source has it."""
        found = [
            (source, column)
            for source in self.sources
            if qualifier in {None, source.alias}
            for column in source.relation.columns
            if column.name == name
        ]
        if len(found) > 1:
            raise OracleError(918, "column ambiguously defined")
        if found:
            return found[0]
        return self.outer.column(name, qualifier) if self.outer else None

    def common_table(self, name: str) -> Relation | None:
        """Find a WITH table by name."""
        return self.common.get(name) or (self.outer.common_table(name) if self.outer else None)

    def nested(self) -> Scope:
        """Return the scope of a subquery."""
        return Scope(self)


class Surroundings(Protocol):
    """What a translation asks of the session (and of the PL/SQL block) around it."""

    def relation(self, name: Dotted) -> Relation:
        """Return a table or view the user may read; raises ORA-00942."""
        ...

    def check_flashback(self, table: TableInfo) -> None:
        """Raise ORA-01031 if the user may not use AS OF on the table."""
        ...

    def bind_type(self, name: str) -> Column:
        """Return the type of a bind variable."""
        ...

    def variable(self, expr: Expr) -> Column | None:
        """Return the type of a PL/SQL variable, field or element; None if it is none."""
        ...

    def builtin(self, name: str, types: Sequence[Column]) -> str:
        """Return SQLite's name of a built-in for arguments of these types."""
        ...

    def package_function(self, path: Sequence[str], types: Sequence[Column]) -> Fragment | None:
        """Return SQLite's name of a packaged function and its type; None if there is none."""
        ...


def named(column: Column, name: str) -> Column:
    """Return the type under a column name."""
    return replace(column, name=name)
