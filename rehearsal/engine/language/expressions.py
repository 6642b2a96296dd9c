# SPDX-License-Identifier: GPL-3.0-or-later
"""The syntax tree of expressions, shared by SQL and PL/SQL.

Each class bears the name of a rule of the grammar (`compare` -> `Compare`) and
its fields are the rule's children in order; that is how the parser builds them.
A `str | None` field is a keyword that was written or not.
"""
# ruff: noqa: D101  # a node is documented by the grammar rule it is named after

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from lark import ast_utils

if TYPE_CHECKING:
    from .queries import Query, SortKey


class Node(ast_utils.Ast):
    """Base of the nodes built straight from a rule; the others are built by the parser's own methods."""


@dataclass(frozen=True)
class Name:
    """An identifier, upper-cased unless it was quoted, and where it stands (1-based)."""

    id: str
    line: int = field(compare=False)
    column: int = field(compare=False)


Dotted: TypeAlias = tuple[Name, ...]


@dataclass(frozen=True)
class Literal:
    """A constant: number, text, NULL or BOOLEAN."""

    value: object


@dataclass(frozen=True)
class Bind:
    """A bind variable, by its upper-case name without the colon."""

    id: str
    line: int = field(compare=False)
    column: int = field(compare=False)


@dataclass(frozen=True)
class OrExpr(Node):
    left: Expr
    right: Expr


@dataclass(frozen=True)
class AndExpr(Node):
    left: Expr
    right: Expr


@dataclass(frozen=True)
class NotExpr(Node):
    operand: Expr


@dataclass(frozen=True)
class Compare(Node):
    left: Expr
    operator: str
    right: Expr


@dataclass(frozen=True)
class IsNull(Node):
    operand: Expr
    negated: str | None


@dataclass(frozen=True)
class Between(Node):
    operand: Expr
    negated: str | None
    low: Expr
    high: Expr


@dataclass(frozen=True)
class InList(Node):
    operand: Expr
    negated: str | None
    choices: tuple[Expr, ...]


@dataclass(frozen=True)
class InQuery(Node):
    operand: Expr
    negated: str | None
    query: Query


@dataclass(frozen=True)
class Like(Node):
    operand: Expr
    negated: str | None
    pattern: Expr
    escape: Expr | None


@dataclass(frozen=True)
class Exists(Node):
    query: Query


@dataclass(frozen=True)
class Arithmetic(Node):
    left: Expr
    operator: str
    right: Expr


@dataclass(frozen=True)
class Concat(Node):
    left: Expr
    operator: str
    right: Expr


@dataclass(frozen=True)
class Sign(Node):
    operator: str
    operand: Expr


@dataclass(frozen=True)
class Member(Node):
    """`base.name`: a column, a field, a package member or a collection method."""

    base: Chain
    name: Name


@dataclass(frozen=True)
class Argument(Node):
    name: Name | None
    value: Expr


@dataclass(frozen=True)
class Apply(Node):
    """`base(arguments)`: a call or an element of a collection."""

    base: Chain
    arguments: tuple[Argument, ...]


@dataclass(frozen=True)
class ApplyDistinct(Node):
    base: Chain
    distinct: str
    argument: Expr


@dataclass(frozen=True)
class ApplyStar(Node):
    base: Chain


@dataclass(frozen=True)
class Attribute(Node):
    """`cursor%FOUND` and the like."""

    base: Chain
    name: Name


@dataclass(frozen=True)
class Analytic(Node):
    call: Chain
    partition: tuple[Expr, ...] | None
    order: tuple[SortKey, ...] | None


@dataclass(frozen=True)
class ListAggregate(Node):
    call: Chain
    order: tuple[SortKey, ...]


@dataclass(frozen=True)
class TypeSize:
    amount: str
    unit: Name | None


@dataclass(frozen=True)
class TimeZone(Node):
    local: str | None


@dataclass(frozen=True)
class Datatype(Node):
    name: Dotted
    size: TypeSize | None
    scale: str | None
    zone: TimeZone | None


@dataclass(frozen=True)
class AnchoredType(Node):
    """`table.column%TYPE`, `table%ROWTYPE`."""

    name: Dotted
    kind: str


@dataclass(frozen=True)
class Cast(Node):
    operand: Expr
    type: Datatype


@dataclass(frozen=True)
class Extract(Node):
    field: Name
    operand: Expr


@dataclass(frozen=True)
class DatetimeLiteral:
    kind: str
    text: str


@dataclass(frozen=True)
class IntervalLiteral:
    text: str
    unit: Name


@dataclass(frozen=True)
class CaseWhen(Node):
    condition: Expr
    value: Expr


@dataclass(frozen=True)
class SimpleCase(Node):
    operand: Expr
    branches: tuple[CaseWhen, ...]
    default: Expr | None


@dataclass(frozen=True)
class SearchedCase(Node):
    branches: tuple[CaseWhen, ...]
    default: Expr | None


@dataclass(frozen=True)
class ScalarQuery(Node):
    query: Query


Chain: TypeAlias = Name | Member | Apply | ApplyDistinct | ApplyStar | Attribute
Expr: TypeAlias = (
    Literal
    | Bind
    | OrExpr
    | AndExpr
    | NotExpr
    | Compare
    | IsNull
    | Between
    | InList
    | InQuery
    | Like
    | Exists
    | Arithmetic
    | Concat
    | Sign
    | Chain
    | Analytic
    | ListAggregate
    | Cast
    | Extract
    | DatetimeLiteral
    | IntervalLiteral
    | SimpleCase
    | SearchedCase
    | ScalarQuery
)
Target: TypeAlias = Chain | Bind
