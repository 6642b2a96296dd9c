# SPDX-License-Identifier: GPL-3.0-or-later
"""The syntax tree of SQL statements; see `expressions` for the convention."""
# ruff: noqa: D101  # a node is documented by the grammar rule it is named after

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from .expressions import Datatype, Dotted, Expr, Name, Node, Target
from .queries import Query


@dataclass(frozen=True)
class Returning(Node):
    values: tuple[Expr, ...]
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Insert(Node):
    table: Dotted
    columns: tuple[Name, ...] | None
    source: tuple[Expr, ...] | Query
    returning: Returning | None


@dataclass(frozen=True)
class SetColumn(Node):
    column: Dotted
    value: Expr


@dataclass(frozen=True)
class Update(Node):
    table: Dotted
    alias: Name | None
    columns: tuple[SetColumn, ...]
    where: Expr | None
    returning: Returning | None


@dataclass(frozen=True)
class Delete(Node):
    table: Dotted
    alias: Name | None
    where: Expr | None
    returning: Returning | None


@dataclass(frozen=True)
class ColumnDef(Node):
    name: Name
    type: Datatype
    default: Expr | None
    constraints: tuple[str, ...]


@dataclass(frozen=True)
class TableKey(Node):
    name: Name | None
    kind: str
    columns: tuple[Name, ...]


@dataclass(frozen=True)
class CreateTable(Node):
    temporary: str | None
    table: Dotted
    elements: tuple[ColumnDef | TableKey, ...]
    tail: str | None


@dataclass(frozen=True)
class CreateAs(Node):
    table: Dotted
    query: Query


@dataclass(frozen=True)
class DropTable(Node):
    table: Dotted


@dataclass(frozen=True)
class Truncate(Node):
    table: Dotted


@dataclass(frozen=True)
class CommentOn:
    table: Dotted
    text: str


@dataclass(frozen=True)
class SessionSetting:
    name: Name
    value: str


@dataclass(frozen=True)
class AlterSession:
    settings: tuple[SessionSetting, ...]


@dataclass(frozen=True)
class Commit(Node):
    """`COMMIT`."""


@dataclass(frozen=True)
class Rollback(Node):
    savepoint: Name | None


@dataclass(frozen=True)
class Savepoint(Node):
    name: Name


@dataclass(frozen=True)
class SetTransaction(Node):
    access: str


Dml: TypeAlias = Insert | Update | Delete
Ddl: TypeAlias = CreateTable | CreateAs | DropTable | Truncate | CommentOn
Control: TypeAlias = AlterSession | Commit | Rollback | Savepoint | SetTransaction
Sql: TypeAlias = Query | Dml | Ddl | Control
