# SPDX-License-Identifier: GPL-3.0-or-later
"""The syntax tree of SQL statements; see `expressions` for the convention."""
# ruff: noqa: D101  # a node is documented by the grammar rule it is named after

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from lark import ast_utils
from lark.tree import Meta

from .expressions import (
    Analytic,
    AnchoredType,
    AndExpr,
    Apply,
    ApplyDistinct,
    ApplyStar,
    Argument,
    Arithmetic,
    Attribute,
    Between,
    Bind,
    CaseWhen,
    Cast,
    Chain,
    Compare,
    Concat,
    Datatype,
    DatetimeLiteral,
    Dotted,
    Exists,
    Expr,
    Extract,
    InList,
    InQuery,
    IntervalLiteral,
    IsNull,
    Like,
    ListAggregate,
    Literal,
    Member,
    Name,
    Node,
    NotExpr,
    OrExpr,
    ScalarQuery,
    SearchedCase,
    Sign,
    SimpleCase,
    Target,
    TimeZone,
    TypeSize,
)

__all__ = [
    "AlterSession",
    "Analytic",
    "AnchoredType",
    "AndExpr",
    "Apply",
    "ApplyDistinct",
    "ApplyStar",
    "Argument",
    "Arithmetic",
    "Attribute",
    "Between",
    "Bind",
    "CaseWhen",
    "Cast",
    "Chain",
    "ColumnDef",
    "CommentOn",
    "Commit",
    "CommonTable",
    "Compare",
    "Compound",
    "Concat",
    "Control",
    "CreateAs",
    "CreateTable",
    "CrossJoin",
    "Datatype",
    "DatetimeLiteral",
    "Ddl",
    "Delete",
    "Derived",
    "Dml",
    "Dotted",
    "DropTable",
    "Exists",
    "Expr",
    "Extract",
    "FetchFirst",
    "Flashback",
    "From",
    "InList",
    "InQuery",
    "Insert",
    "IntervalLiteral",
    "Into",
    "IsNull",
    "JoinOn",
    "JoinUsing",
    "Like",
    "ListAggregate",
    "Literal",
    "Member",
    "Name",
    "Node",
    "NotExpr",
    "OrExpr",
    "QualifiedStar",
    "Query",
    "Returning",
    "Rollback",
    "Savepoint",
    "ScalarQuery",
    "SearchedCase",
    "Select",
    "SelectItem",
    "SessionSetting",
    "SetColumn",
    "SetTransaction",
    "Sign",
    "SimpleCase",
    "SortKey",
    "Sql",
    "Star",
    "Table",
    "TableKey",
    "Target",
    "TimeZone",
    "Truncate",
    "TypeSize",
    "Update",
]


@dataclass(frozen=True)
class SelectItem(Node, ast_utils.WithMeta):
    meta: Meta = field(compare=False)
    value: Expr
    alias: Name | None


@dataclass(frozen=True)
class Star(Node):
    """`*`."""


@dataclass(frozen=True)
class QualifiedStar(Node):
    base: Chain


@dataclass(frozen=True)
class Into(Node):
    bulk: str | None
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Flashback(Node):
    kind: str
    value: Expr


@dataclass(frozen=True)
class Table(Node):
    name: Dotted
    flashback: Flashback | None
    alias: Name | None


@dataclass(frozen=True)
class Derived(Node):
    query: Query
    alias: Name | None


@dataclass(frozen=True)
class JoinOn(Node):
    left: From
    kind: str
    right: From
    condition: Expr


@dataclass(frozen=True)
class JoinUsing(Node):
    left: From
    kind: str
    right: From
    columns: tuple[Name, ...]


@dataclass(frozen=True)
class CrossJoin(Node):
    left: From
    right: From


From: TypeAlias = Table | Derived | JoinOn | JoinUsing | CrossJoin


@dataclass(frozen=True)
class SortKey(Node):
    value: Expr
    direction: str | None
    nulls: str | None


@dataclass(frozen=True)
class FetchFirst(Node):
    which: str
    count: Expr | None


@dataclass(frozen=True)
class CommonTable(Node):
    name: Name
    columns: tuple[Name, ...] | None
    query: Query


@dataclass(frozen=True)
class Select(Node):
    distinct: str | None
    items: tuple[SelectItem | Star | QualifiedStar, ...]
    into: Into | None
    sources: tuple[From, ...]
    where: Expr | None
    connect_by: Expr | None
    group_by: tuple[Expr, ...] | None
    having: Expr | None


@dataclass(frozen=True)
class Compound(Node):
    left: Select | Compound
    operator: str
    right: Select


@dataclass(frozen=True)
class Query(Node):
    common: tuple[CommonTable, ...] | None
    body: Select | Compound
    order: tuple[SortKey, ...] | None
    offset: Expr | None
    fetch: FetchFirst | None
    for_update: str | None


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
