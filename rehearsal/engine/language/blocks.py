# SPDX-License-Identifier: GPL-3.0-or-later
"""The syntax tree of PL/SQL: declarations and statements; see `expressions` for the convention."""

# ruff: noqa: D101  # a node is documented by the grammar rule it is named after

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from .nodes import (
    AnchoredType,
    Apply,
    Bind,
    Chain,
    Commit,
    Datatype,
    Delete,
    Dotted,
    Expr,
    Insert,
    Into,
    Name,
    Node,
    Query,
    Rollback,
    Savepoint,
    SetTransaction,
    Target,
    Update,
)

TypeSpec: TypeAlias = Datatype | AnchoredType


@dataclass(frozen=True)
class VariableDeclaration(Node):
    name: Name
    constant: str | None
    type: TypeSpec
    not_null: str | None
    initial: Expr | None


@dataclass(frozen=True)
class ExceptionDeclaration(Node):
    name: Name


@dataclass(frozen=True)
class Pragma(Node):
    name: Name
    arguments: tuple[Expr, ...] | None


@dataclass(frozen=True)
class Parameter(Node):
    name: Name
    reads: str | None
    writes: str | None
    nocopy: str | None
    type: TypeSpec
    default: Expr | None


@dataclass(frozen=True)
class CursorDeclaration(Node):
    name: Name
    parameters: tuple[Parameter, ...] | None
    query: Query


@dataclass(frozen=True)
class TableType(Node):
    element: TypeSpec
    index: TypeSpec | None


@dataclass(frozen=True)
class RecordField(Node):
    name: Name
    type: TypeSpec
    initial: Expr | None


@dataclass(frozen=True)
class RecordType(Node):
    fields: tuple[RecordField, ...]


@dataclass(frozen=True)
class RefCursorType(Node):
    """`REF CURSOR`."""


@dataclass(frozen=True)
class TypeDeclaration(Node):
    name: Name
    definition: TableType | RecordType | RefCursorType


@dataclass(frozen=True)
class ProcedureSignature(Node):
    name: Name
    parameters: tuple[Parameter, ...] | None


@dataclass(frozen=True)
class FunctionSignature(Node):
    name: Name
    parameters: tuple[Parameter, ...] | None
    returns: TypeSpec


@dataclass(frozen=True)
class SubprogramBody(Node):
    signature: ProcedureSignature | FunctionSignature
    declarations: tuple[Declaration, ...]
    body: Body


Declaration: TypeAlias = (
    VariableDeclaration | ExceptionDeclaration | Pragma | CursorDeclaration | TypeDeclaration | SubprogramBody
)


@dataclass(frozen=True)
class Handler(Node):
    names: tuple[Dotted, ...]
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class Body(Node):
    statements: tuple[Statement, ...]
    handlers: tuple[Handler, ...] | None
    name: Name | None


@dataclass(frozen=True)
class Block(Node):
    declarations: tuple[Declaration, ...] | None
    body: Body


@dataclass(frozen=True)
class Assignment(Node):
    target: Target
    value: Expr


@dataclass(frozen=True)
class CallStatement(Node):
    call: Chain


@dataclass(frozen=True)
class Elsif(Node):
    condition: Expr
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class IfStatement(Node):
    condition: Expr
    statements: tuple[Statement, ...]
    elsifs: tuple[Elsif, ...]
    otherwise: tuple[Statement, ...] | None


@dataclass(frozen=True)
class CaseBranch(Node):
    condition: Expr
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class CaseStatement(Node):
    operand: Expr | None
    branches: tuple[CaseBranch, ...]
    otherwise: tuple[Statement, ...] | None


@dataclass(frozen=True)
class LoopStatement(Node):
    statements: tuple[Statement, ...]
    label: Name | None


@dataclass(frozen=True)
class WhileStatement(Node):
    condition: Expr
    statements: tuple[Statement, ...]
    label: Name | None


@dataclass(frozen=True)
class ForRange(Node):
    name: Name
    reverse: str | None
    low: Expr
    high: Expr
    statements: tuple[Statement, ...]
    label: Name | None


@dataclass(frozen=True)
class ForQuery(Node):
    name: Name
    query: Query
    statements: tuple[Statement, ...]
    label: Name | None


@dataclass(frozen=True)
class ForCursor(Node):
    name: Name
    cursor: Chain
    statements: tuple[Statement, ...]
    label: Name | None


@dataclass(frozen=True)
class ExitStatement(Node):
    label: Name | None
    condition: Expr | None


@dataclass(frozen=True)
class ContinueStatement(Node):
    label: Name | None
    condition: Expr | None


@dataclass(frozen=True)
class NullStatement(Node):
    """`NULL;`."""


@dataclass(frozen=True)
class ReturnStatement(Node):
    value: Expr | None


@dataclass(frozen=True)
class RaiseStatement(Node):
    name: Dotted | None


@dataclass(frozen=True)
class Labelled(Node):
    label: Name
    statement: Statement


@dataclass(frozen=True)
class SelectStatement(Node):
    query: Query


@dataclass(frozen=True)
class DmlStatement(Node):
    statement: Insert | Update | Delete


@dataclass(frozen=True)
class TransactionStatement(Node):
    statement: Commit | Rollback | Savepoint | SetTransaction


@dataclass(frozen=True)
class UsingItem(Node):
    reads: str | None
    writes: str | None
    value: Expr


@dataclass(frozen=True)
class ExecuteImmediate(Node):
    text: Expr
    into: Into | None
    using: tuple[UsingItem, ...] | None


@dataclass(frozen=True)
class OpenQuery(Node):
    cursor: Chain | Bind
    query: Query


@dataclass(frozen=True)
class OpenDynamic(Node):
    cursor: Chain | Bind
    text: Expr
    using: tuple[UsingItem, ...] | None


@dataclass(frozen=True)
class OpenCursor(Node):
    cursor: Name | Apply


@dataclass(frozen=True)
class Fetch(Node):
    cursor: Chain | Bind
    bulk: str | None
    targets: tuple[Target, ...]
    limit: Expr | None


@dataclass(frozen=True)
class Close(Node):
    cursor: Chain | Bind


Statement: TypeAlias = (
    Assignment
    | CallStatement
    | IfStatement
    | CaseStatement
    | LoopStatement
    | WhileStatement
    | ForRange
    | ForQuery
    | ForCursor
    | ExitStatement
    | ContinueStatement
    | NullStatement
    | ReturnStatement
    | RaiseStatement
    | Block
    | Labelled
    | SelectStatement
    | DmlStatement
    | TransactionStatement
    | ExecuteImmediate
    | OpenQuery
    | OpenDynamic
    | OpenCursor
    | Fetch
    | Close
)
