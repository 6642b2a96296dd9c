# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls: which overload is meant, whether the arguments fit, and how values go in and out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from rehearsal.contract import OraType
from rehearsal.engine.datatypes import PlValue
from rehearsal.engine.language import nodes
from rehearsal.engine.sql.expressions import path_of

from .catalog import Parameter, Subprogram
from .collections import PROCEDURES, run_method
from .scope import Frame, Operand, Target, Variable
from .types import AnyType, CollectionType, PlType, RecordType, ScalarType, assignable
from .values import Collection, Record, convert, initial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .expressions import ExpressionCompiler


@dataclass(frozen=True)
class _Bound:
    """An overload with its actual arguments."""

    subprogram: Subprogram
    values: tuple[tuple[Parameter, Operand], ...]
    targets: tuple[tuple[Parameter, Target], ...]
    score: int


class CallCompiler:
    """Compiles calls of local subprograms, packages and constructors."""

    def __init__(self, expressions: ExpressionCompiler) -> None:
        self._expressions = expressions

    def statement(self, expr: nodes.Chain) -> Callable[[Frame], PlValue]:
        """Compile `name(arguments);`. Raises PLS-00201, PLS-00302, PLS-00306, PLS-00221 (a function)."""
        arguments: tuple[nodes.Argument, ...] = ()
        base = expr
        if isinstance(expr, nodes.Apply):
            base, arguments = expr.base, expr.arguments
        if isinstance(base, nodes.Member) and base.name.id in PROCEDURES and self._is_variable(base.base):
            collection = self._expressions.operand(base.base)
            values = [self._expressions.operand(argument.value) for argument in arguments]
            name = base.name.id
            return lambda f: run_method(collection.run(f), name, [value.run(f) for value in values])
        candidates = self._find(base)
        procedures = [one for one in candidates if one.returns is None]
        if not procedures:
            name = self._name(base)
            raise self._expressions.error(base, "PLS-00221", f"'{name}' is not a procedure or is undefined")
        return self._call(base, procedures, arguments)

    def function(self, base: nodes.Chain, arguments: Sequence[nodes.Argument]) -> Operand:
        """Compile a function call or a constructor. Raises PLS-00201, PLS-00302, PLS-00306, PLS-00222."""
        constructed = self._constructed_type(base)
        if constructed is not None:
            return self._constructor(base, constructed, arguments)
        candidates = self._find(base)
        functions = [one for one in candidates if one.returns is not None]
        if not functions:
            text = f"no function with name '{self._name(base)}' exists in this scope"
            raise self._expressions.error(base, "PLS-00222", text)
        return Operand(functions[0].returns or AnyType(), self._call(base, functions, arguments))

    def _call(
        self, base: nodes.Chain, candidates: Sequence[Subprogram], arguments: Sequence[nodes.Argument]
    ) -> Callable[[Frame], PlValue]:
        bound = [found for one in candidates if (found := self._bind(one, base, arguments)) is not None]
        if not bound:
            text = f"wrong number or types of arguments in call to '{self._name(base).rpartition('.')[2]}'"
            raise self._expressions.error(base, "PLS-00306", text)
        bound.sort(key=lambda one: -one.score)
        best = [one for one in bound if one.score == bound[0].score]
        return lambda frame: _invoke(best, frame)

    def _bind(self, subprogram: Subprogram, base: nodes.Chain, arguments: Sequence[nodes.Argument]) -> _Bound | None:
        """Match actual to formal parameters; None if they do not fit."""
        actual: dict[str, nodes.Expr] = {}
        formals = {parameter.name: parameter for parameter in subprogram.parameters}
        named = False
        for place, argument in enumerate(arguments):
            if argument.name is None:
                if named:
                    text = "a positional parameter association may not follow a named association"
                    raise self._expressions.error(base, "PLS-00312", text)
                if place >= len(subprogram.parameters):
                    return None
                actual[subprogram.parameters[place].name] = argument.value
                continue
            named = True
            if argument.name.id not in formals or argument.name.id in actual:
                return None
            actual[argument.name.id] = argument.value
        if any(not p.optional and p.name not in actual for p in subprogram.parameters):
            return None
        return self._typed(subprogram, [(formals[name], expr) for name, expr in actual.items()])

    def _typed(self, subprogram: Subprogram, actual: Sequence[tuple[Parameter, nodes.Expr]]) -> _Bound | None:
        values: list[tuple[Parameter, Operand]] = []
        targets: list[tuple[Parameter, Target]] = []
        score = 0
        for parameter, expr in actual:
            kinds: list[PlType] = []
            if parameter.reads:
                values.append((parameter, self._expressions.operand(expr)))
                kinds.append(values[-1][1].type)
            if parameter.writes:
                if not isinstance(expr, nodes.Name | nodes.Member | nodes.Apply | nodes.Bind):
                    text = "expression cannot be used as an OUT or IN OUT argument"
                    raise self._expressions.error(expr, "PLS-00363", text)
                targets.append((parameter, self._expressions.target(expr)))
                kinds.append(targets[-1][1].type)
            if not all(assignable(parameter.type, kind) for kind in kinds):
                return None
            score += sum(_family(parameter.type) == _family(kind) for kind in kinds)
        return _Bound(subprogram, tuple(values), tuple(targets), score)

    def _find(self, base: nodes.Chain) -> tuple[Subprogram, ...]:
        path = path_of(base)
        if path is None:
            raise self._expressions.error(
                base, "PLS-00224", "object must be of type function or array to be used this way"
            )
        if len(path) == 1:
            found = self._expressions.scope.find(path[0].id)
            if isinstance(found, Subprogram):
                return (found,)
        elif isinstance(self._expressions.scope.find(path[0].id), Variable):
            raise self._expressions.error(path[-1], "PLS-00302", f"component '{path[-1].id}' must be declared")
        names = [name.id for name in path]
        packages = self._expressions.compilation.packages
        subprograms = packages.subprograms(names)
        if subprograms:
            return subprograms
        if packages.package(names[:-1]) is not None:
            raise self._expressions.error(path[-1], "PLS-00302", f"component '{path[-1].id}' must be declared")
        raise self._expressions.undeclared(path[0], ".".join(names))

    def _constructed_type(self, base: nodes.Chain) -> PlType | None:
        path = path_of(base)
        if path is None:
            return None
        local = self._expressions.scope.find(path[0].id) if len(path) == 1 else None
        if isinstance(local, RecordType | CollectionType):
            return local
        found = self._expressions.compilation.packages.named_type([name.id for name in path])
        return found if isinstance(found, RecordType | CollectionType) else None

    def _constructor(self, base: nodes.Chain, type_: PlType, arguments: Sequence[nodes.Argument]) -> Operand:
        values = [self._expressions.operand(argument.value) for argument in arguments]
        if isinstance(type_, CollectionType):
            kind = type_
            return Operand(kind, lambda f: Collection.of(kind, [value.run(f) for value in values]))
        record = type_
        if not isinstance(record, RecordType) or len(values) != len(record.fields):
            text = f"wrong number or types of arguments in call to '{self._name(base)}'"
            raise self._expressions.error(base, "PLS-00306", text)
        names = [name for name, _ in record.fields]
        return Operand(record, lambda f: Record(record, {n: v.run(f) for n, v in zip(names, values, strict=True)}))

    def _is_variable(self, base: nodes.Chain) -> bool:
        path = path_of(base)
        return path is None or isinstance(self._expressions.scope.find(path[0].id), Variable)

    @staticmethod
    def _name(base: nodes.Chain) -> str:
        return ".".join(name.id for name in path_of(base) or ())


def _invoke(overloads: Sequence[_Bound], frame: Frame) -> PlValue:
    """Run the overload that fits the values best."""
    values = {parameter.name: operand.run(frame) for parameter, operand in overloads[0].values}
    chosen = overloads[0] if len(overloads) == 1 else _by_value(overloads, values)
    state = frame.execution.state
    context = frame if chosen.subprogram.local else state
    inputs = {
        parameter.name.lower(): convert(state, values[parameter.name], parameter.type) for parameter, _ in chosen.values
    }
    result = chosen.subprogram.run(context, **inputs)
    value, outputs = result if isinstance(result, tuple) else (result, None)
    if chosen.subprogram.returns is None:
        value, outputs = None, result
    for parameter, target in chosen.targets:
        name = parameter.name.lower()
        if isinstance(outputs, dict) and name in outputs:
            target.assign(frame, outputs[name])
        elif not parameter.reads:
            target.assign(frame, initial(parameter.type))
    return value


def _by_value(overloads: Sequence[_Bound], values: dict[str, PlValue]) -> _Bound:
    def matches(one: _Bound) -> int:
        return sum(_value_family(values.get(p.name)) == _family(p.type) for p, _ in one.values)

    return max(overloads, key=matches)


def _family(type_: PlType) -> str:
    return type_.family if isinstance(type_, ScalarType) else type_.name


def _value_family(value: PlValue) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float | Decimal):
        return "number"
    if isinstance(value, datetime):
        return "time"
    if isinstance(value, bytes):
        return "raw"
    return "clob" if getattr(value, "type", None) is OraType.CLOB else "text"
