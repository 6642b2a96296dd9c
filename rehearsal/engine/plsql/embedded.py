# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL inside PL/SQL: names that are variables there, and columns checked when the block is compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rehearsal.contract import Column, OracleError
from rehearsal.engine.datatypes import TEXT, PlValue, bind_column
from rehearsal.engine.language import nodes
from rehearsal.engine.language.parser import compile_error
from rehearsal.engine.language.position import position
from rehearsal.engine.sql.expressions import path_of

from .scope import Frame, Variable
from .types import AnyType, ScalarType

if TYPE_CHECKING:
    from .expressions import ExpressionCompiler


@dataclass
class BlockVariables:
    """The variables of a block as a SQL statement in it sees them."""

    expressions: ExpressionCompiler
    frame: Frame | None = None
    _compiled: dict[nodes.Expr, Callable[[Frame], PlValue]] = field(default_factory=dict)

    def bind_type(self, name: str) -> Column:
        """Return the type a bind was declared with; text while the block is compiled."""
        bound = self.frame.execution.bind_types.get(name) if self.frame else None
        return bind_column(bound) if bound else TEXT

    def variable(self, expr: nodes.Expr) -> Column | None:
        """Return the type of a PL/SQL variable, field, element or local function; None for any other name."""
        path = path_of(expr.base if isinstance(expr, nodes.Apply) else expr)
        root = expr
        while isinstance(root, nodes.Member | nodes.Apply):
            root = root.base
        if path is None and not isinstance(root, nodes.Name):
            return None
        if not isinstance(root, nodes.Name) or not isinstance(self.expressions.scope.find(root.id), Variable):
            return None
        operand = self.expressions.operand(expr)
        if isinstance(operand.type, AnyType):
            return TEXT
        if not isinstance(operand.type, ScalarType) or operand.type.family == "boolean":
            raise self.expressions.error(expr, "PLS-00382", "expression is of wrong type")
        self._compiled[expr] = operand.run
        return operand.type.column

    def value(self, expr: nodes.Expr) -> object:
        """Return the value a statement is to be given."""
        if self.frame is None:
            return None
        if isinstance(expr, nodes.Bind):
            return self.frame.execution.binds[expr.id]
        return (self._compiled.get(expr) or self.expressions.operand(expr).run)(self.frame)


def variables(expressions: ExpressionCompiler, frame: Frame) -> BlockVariables:
    """Return the block's variables with the values of a frame."""
    return BlockVariables(expressions, frame)


def describe(query: nodes.Query, expressions: ExpressionCompiler) -> tuple[Column, ...]:
    """Return a query's columns when the block is compiled. Raises ORA-06550 around what is wrong with the query."""
    note_binds(query, expressions)
    runner, text = expressions.compilation.runner, expressions.compilation.text
    try:
        return runner.describe(query, text, BlockVariables(expressions))
    except OracleError as error:
        raise _at(error, query) from error


def check_change(statement: nodes.Dml, expressions: ExpressionCompiler) -> None:
    """Check INSERT, UPDATE or DELETE when the block is compiled. Raises ORA-06550."""
    note_binds(statement, expressions)
    runner, text = expressions.compilation.runner, expressions.compilation.text
    try:
        runner.check(statement, text, BlockVariables(expressions))
    except OracleError as error:
        raise _at(error, statement) from error


def note_binds(tree: object, expressions: ExpressionCompiler) -> None:
    """Count the binds a statement reads; those after INTO are targets and compiled as such."""
    expressions.compilation.reads.update(_read_binds(tree))


def _read_binds(tree: object) -> Iterator[str]:
    if isinstance(tree, nodes.Bind):
        yield tree.id
    elif isinstance(tree, nodes.Returning):
        yield from _read_binds(tree.values)
    elif isinstance(tree, tuple):
        for child in tree:
            yield from _read_binds(child)
    elif isinstance(tree, nodes.Node) and not isinstance(tree, nodes.Into):
        yield from _read_binds(tuple(vars(tree).values()))


def _at(error: OracleError, where: object) -> OracleError:
    if error.code == 6550:
        return error
    line, column = position(where)
    return compile_error(line, column, "PL/SQL", f"ORA-{error.code:05d}: {error.message}")
