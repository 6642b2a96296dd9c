# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be assigned to: variables, binds, fields, elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.engine.functions.builtins import BUILTINS
from rehearsal.engine.language import nodes

from .scope import Frame, Target, Variable
from .types import ANY, CollectionType, RecordType
from .values import Record, convert, copied

if TYPE_CHECKING:
    from rehearsal.engine.datatypes import PlValue

    from .expressions import ExpressionCompiler


def compile_target(expr: nodes.Target, expressions: ExpressionCompiler) -> Target:
    """Compile what is assigned to. Raises PLS-00363 for what cannot be, PLS-00201."""
    if isinstance(expr, nodes.Bind):
        return _bind_target(expr, expressions)
    if isinstance(expr, nodes.Name):
        found = expressions.scope.find(expr.id)
        if isinstance(found, Variable) and not found.constant:
            return _variable_target(found)
        if found is None and expr.id not in BUILTINS:
            raise expressions.undeclared(expr)
        raise expressions.error(expr, "PLS-00363", f"expression '{expr.id}' cannot be used as an assignment target")
    if isinstance(expr, nodes.Member):
        return _field_target(expr, expressions)
    if isinstance(expr, nodes.Apply) and len(expr.arguments) == 1:
        return _element_target(expr, expressions)
    raise expressions.error(expr, "PLS-00363", "expression cannot be used as an assignment target")


def _variable_target(variable: Variable) -> Target:
    type_ = variable.type

    def assign(frame: Frame, value: PlValue) -> None:
        frame.set(variable, copied(convert(frame.execution.state, value, type_)))

    return Target(type_, assign)


def _bind_target(expr: nodes.Bind, expressions: ExpressionCompiler) -> Target:
    expressions.compilation.writes.add(expr.id)

    def assign(frame: Frame, value: PlValue) -> None:
        frame.execution.binds[expr.id] = copied(value)

    return Target(ANY, assign)


def _field_target(expr: nodes.Member, expressions: ExpressionCompiler) -> Target:
    base = expressions.operand(expr.base)
    name = expr.name.id
    type_ = base.type.field(name) if isinstance(base.type, RecordType) else None
    if type_ is None:
        raise expressions.no_component(expr)
    kind = type_

    def assign(frame: Frame, value: PlValue) -> None:
        record = base.run(frame)
        if not isinstance(record, Record):
            raise OracleError(6530, "Reference to uninitialized composite")
        record.fields[name] = copied(convert(frame.execution.state, value, kind))

    return Target(kind, assign)


def _element_target(expr: nodes.Apply, expressions: ExpressionCompiler) -> Target:
    base = expressions.operand(expr.base)
    if not isinstance(base.type, CollectionType):
        raise expressions.error(expr, "PLS-00363", "expression cannot be used as an assignment target")
    index = expressions.operand(expr.arguments[0].value)
    type_ = base.type

    def assign(frame: Frame, value: PlValue) -> None:
        collection, key = base.run(frame), index.run(frame)
        if collection is None:
            raise OracleError(6531, "Reference to uninitialized collection")
        if not type_.associative and key not in collection.items:
            raise OracleError(6533, "Subscript beyond count")
        collection.items[key] = copied(convert(frame.execution.state, value, type_.element))

    return Target(type_.element, assign)
