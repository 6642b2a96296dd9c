# SPDX-License-Identifier: GPL-3.0-or-later
"""The syntax tree of queries; see `expressions` for the convention."""
# ruff: noqa: D101  # a node is documented by the grammar rule it is named after

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from lark import ast_utils
from lark.tree import Meta

from .expressions import Chain, Dotted, Expr, Name, Node, Target


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
