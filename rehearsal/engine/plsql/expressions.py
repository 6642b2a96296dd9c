# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions of PL/SQL, compiled to closures and checked on the way."""

from __future__ import annotations

from functools import singledispatchmethod
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.engine.datatypes import PlValue
from rehearsal.engine.functions.builtins import BUILTINS, WITHOUT_PARENTHESES, call_builtin
from rehearsal.engine.functions.formats import parse_datetime
from rehearsal.engine.language import nodes
from rehearsal.engine.language.parser import compile_error
from rehearsal.engine.language.position import position
from rehearsal.engine.sql.expressions import path_of

from . import operators
from .attributes import cursor_attribute, error_text, implicit_attribute, sql_code
from .calls import CallCompiler
from .collections import element, method_type, run_method
from .scope import Compilation, DeclaredCursor, Frame, OpenCursor, Operand, Scope, Target, Variable
from .targets import compile_target
from .types import (
    ANY,
    BOOLEAN,
    DATE_TYPE,
    NUMBER_TYPE,
    TEXT_TYPE,
    TIMESTAMP_TYPE,
    AnyType,
    CollectionType,
    PlType,
    RecordType,
    ScalarType,
    assignable,
    scalar,
)
from .values import convert

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.engine.language.nodes import Name

_DAYS_OF = {"DAY": 1.0, "HOUR": 1 / 24, "MINUTE": 1 / 1440, "SECOND": 1 / 86400}


class ExpressionCompiler:
    """Compiles the expressions and targets of one scope."""

    def __init__(self, compilation: Compilation, scope: Scope) -> None:
        self.compilation = compilation
        self.scope = scope
        self._calls = CallCompiler(self)

    def operand(self, expr: nodes.Expr) -> Operand:
        """Compile an expression; raises ORA-06550."""
        return self._compile(expr)

    def condition(self, expr: nodes.Expr) -> Callable[[Frame], bool]:
        """Compile a condition: NULL counts as false. Raises PLS-00382 for what is not BOOLEAN."""
        value = self.operand(expr)
        if not assignable(BOOLEAN, value.type):
            raise self.error(expr, "PLS-00382", "expression is of wrong type")
        return lambda frame: value.run(frame) is True

    def converted(self, expr: nodes.Expr, type_: PlType) -> Callable[[Frame], PlValue]:
        """Compile an expression whose value is to be of a type. Raises PLS-00382."""
        value = self.operand(expr)
        if not assignable(type_, value.type):
            raise self.error(expr, "PLS-00382", "expression is of wrong type")
        return lambda frame: convert(frame.execution.state, value.run(frame), type_)

    def call(self, expr: nodes.Chain) -> Callable[[Frame], PlValue]:
        """Compile a procedure call."""
        return self._calls.statement(expr)

    def error(self, where: object, code: str, text: str) -> OracleError:
        """Return a compiler message at a node."""
        line, column = position(where)
        return compile_error(line, column, code, text)

    def undeclared(self, name: Name, text: str | None = None) -> OracleError:
        """Return PLS-00201."""
        return compile_error(name.line, name.column, "PLS-00201", f"identifier '{text or name.id}' must be declared")

    def target(self, expr: nodes.Target) -> Target:
        """Compile what is assigned to. Raises PLS-00363 for what cannot be, PLS-00201, PLS-00302."""
        return compile_target(expr, self)

    @singledispatchmethod
    def _compile(self, expr: nodes.Expr) -> Operand:
        raise self.error(expr, "PLS-00103", f"Encountered an expression that is not supported: {type(expr).__name__}")

    @_compile.register(nodes.Literal)
    def _(self, expr: nodes.Literal) -> Operand:
        value = expr.value
        if value is None:
            return Operand(ANY, lambda _frame: None)
        if isinstance(value, bool):
            return Operand(BOOLEAN, lambda _frame: value)
        return Operand(TEXT_TYPE if isinstance(value, str) else NUMBER_TYPE, lambda _frame: value)

    @_compile.register(nodes.Bind)
    def _(self, expr: nodes.Bind) -> Operand:
        self.compilation.reads.add(expr.id)
        return Operand(ANY, lambda frame: frame.execution.binds[expr.id])

    @_compile.register(nodes.OrExpr)
    def _(self, expr: nodes.OrExpr) -> Operand:
        left, right = self._boolean(expr.left), self._boolean(expr.right)
        return Operand(BOOLEAN, lambda f: True if (one := left(f)) is True else operators.either(one, right(f)))

    @_compile.register(nodes.AndExpr)
    def _(self, expr: nodes.AndExpr) -> Operand:
        left, right = self._boolean(expr.left), self._boolean(expr.right)
        return Operand(BOOLEAN, lambda f: False if (one := left(f)) is False else operators.both(one, right(f)))

    @_compile.register(nodes.NotExpr)
    def _(self, expr: nodes.NotExpr) -> Operand:
        value = self._boolean(expr.operand)
        return Operand(BOOLEAN, lambda f: None if (one := value(f)) is None else not one)

    @_compile.register(nodes.Compare)
    def _(self, expr: nodes.Compare) -> Operand:
        left, right = self._pair(expr.left, expr.right, expr.operator)
        operator = str(expr.operator)
        return Operand(BOOLEAN, lambda f: operators.compare(f.execution.state, operator, left.run(f), right.run(f)))

    @_compile.register(nodes.IsNull)
    def _(self, expr: nodes.IsNull) -> Operand:
        value = self.operand(expr.operand)
        wanted = expr.negated is None
        return Operand(BOOLEAN, lambda f: (value.run(f) is None) is wanted)

    @_compile.register(nodes.Between)
    def _(self, expr: nodes.Between) -> Operand:
        inside = nodes.AndExpr(
            nodes.Compare(expr.operand, ">=", expr.low), nodes.Compare(expr.operand, "<=", expr.high)
        )
        return self.operand(nodes.NotExpr(inside) if expr.negated else inside)

    @_compile.register(nodes.InList)
    def _(self, expr: nodes.InList) -> Operand:
        any_: nodes.Expr = nodes.Compare(expr.operand, "=", expr.choices[0])
        for choice in expr.choices[1:]:
            any_ = nodes.OrExpr(any_, nodes.Compare(expr.operand, "=", choice))
        return self.operand(nodes.NotExpr(any_) if expr.negated else any_)

    @_compile.register(nodes.Like)
    def _(self, expr: nodes.Like) -> Operand:
        value, pattern = self._pair(expr.operand, expr.pattern, "LIKE")
        escape = self.operand(expr.escape or nodes.Literal(None))
        wanted = expr.negated is None

        def run(frame: Frame) -> bool | None:
            matched = operators.like(value.run(frame), pattern.run(frame), escape.run(frame))
            return None if matched is None else matched is wanted

        return Operand(BOOLEAN, run)

    @_compile.register(nodes.Arithmetic)
    def _(self, expr: nodes.Arithmetic) -> Operand:
        left, right = self._pair(expr.left, expr.right, expr.operator, families={"number", "text", "time"})
        operator = str(expr.operator)
        times = [o.type for o in (left, right) if isinstance(o.type, ScalarType) and o.type.family == "time"]
        kind = times[0] if len(times) == 1 else NUMBER_TYPE
        return Operand(kind, lambda f: operators.arithmetic(operator, left.run(f), right.run(f)))

    @_compile.register(nodes.Sign)
    def _(self, expr: nodes.Sign) -> Operand:
        return self.operand(nodes.Arithmetic(nodes.Literal(0), expr.operator, expr.operand))

    @_compile.register(nodes.Concat)
    def _(self, expr: nodes.Concat) -> Operand:
        left, right = self.operand(expr.left), self.operand(expr.right)
        for value in (left, right):
            if not isinstance(value.type, ScalarType | AnyType) or value.type == BOOLEAN:
                raise self.error(expr, "PLS-00306", "wrong number or types of arguments in call to '||'")
        return Operand(TEXT_TYPE, lambda f: operators.concat(f.execution.state, left.run(f), right.run(f)))

    @_compile.register(nodes.DatetimeLiteral)
    def _(self, expr: nodes.DatetimeLiteral) -> Operand:
        model = "YYYY-MM-DD" if expr.kind == "DATE" else "YYYY-MM-DD HH24:MI:SS" + (".FF" if "." in expr.text else "")
        kind = DATE_TYPE if expr.kind == "DATE" else TIMESTAMP_TYPE
        return Operand(kind, lambda f: parse_datetime(expr.text, model, f.execution.state.now()))

    @_compile.register(nodes.IntervalLiteral)
    def _(self, expr: nodes.IntervalLiteral) -> Operand:
        days = float(expr.text) * _DAYS_OF.get(expr.unit.id, 0)
        return Operand(NUMBER_TYPE, lambda _frame: days)

    @_compile.register(nodes.SimpleCase)
    def _(self, expr: nodes.SimpleCase) -> Operand:
        branches = tuple(
            nodes.CaseWhen(nodes.Compare(expr.operand, "=", branch.condition), branch.value) for branch in expr.branches
        )
        return self.operand(nodes.SearchedCase(branches, expr.default))

    @_compile.register(nodes.SearchedCase)
    def _(self, expr: nodes.SearchedCase) -> Operand:
        branches = [(self.condition(branch.condition), self.operand(branch.value)) for branch in expr.branches]
        default = self.operand(expr.default or nodes.Literal(None))
        kinds = [value.type for _, value in branches if not isinstance(value.type, AnyType)]

        def run(frame: Frame) -> PlValue:
            return next((value for condition, value in branches if condition(frame)), default).run(frame)

        return Operand(kinds[0] if kinds else default.type, run)

    @_compile.register(nodes.Cast)
    def _(self, expr: nodes.Cast) -> Operand:
        type_ = self.compilation.packages.data_type(expr.type, self.scope)
        return Operand(type_, self.converted(expr.operand, type_))

    @_compile.register(nodes.Name)
    def _(self, expr: nodes.Name) -> Operand:
        found = self.scope.find(expr.id)
        if isinstance(found, Variable):
            variable = found
            return Operand(variable.type, lambda f: f.get(variable))
        if expr.id == "SQLCODE":
            return Operand(NUMBER_TYPE, lambda f: sql_code(f.execution.handling[-1] if f.execution.handling else None))
        if expr.id == "SQLERRM":
            return Operand(TEXT_TYPE, lambda f: error_text(None, f.execution.handling))
        if found is None and expr.id in WITHOUT_PARENTHESES:
            return self._builtin(expr, expr.id, ())
        return self._calls.function(expr, ())

    @_compile.register(nodes.Member)
    def _(self, expr: nodes.Member) -> Operand:
        path = path_of(expr)
        if path and not isinstance(self.scope.find(path[0].id), Variable):
            constant = self.compilation.packages.constant([name.id for name in path])
            if constant is not None:
                kind, value = constant
                return Operand(kind, lambda _frame: value)
            return self._calls.function(expr, ())
        base = self.operand(expr.base)
        if isinstance(base.type, CollectionType | AnyType):
            return self._method(base, expr.name, ())
        if isinstance(base.type, RecordType) and base.type.field(expr.name.id) is not None:
            name = expr.name.id
            kind = base.type.field(name) or ANY
            return Operand(kind, lambda f: None if (record := base.run(f)) is None else record.fields[name])
        raise self.no_component(expr)

    @_compile.register(nodes.Apply)
    def _(self, expr: nodes.Apply) -> Operand:
        if isinstance(expr.base, nodes.Name):
            name = expr.base
            found = self.scope.find(name.id)
            if name.id == "SQLERRM":
                code = self.operand(expr.arguments[0].value)
                return Operand(TEXT_TYPE, lambda f: error_text(int(code.run(f)), f.execution.handling))
            if found is None and name.id in BUILTINS:
                return self._builtin(name, name.id, expr.arguments)
            if not isinstance(found, Variable):
                return self._calls.function(name, expr.arguments)
        elif isinstance(expr.base, nodes.Member):
            path = path_of(expr.base)
            if path and not isinstance(self.scope.find(path[0].id), Variable):
                return self._calls.function(expr.base, expr.arguments)
            owner = self.operand(expr.base.base)
            if isinstance(owner.type, CollectionType):
                return self._method(owner, expr.base.name, expr.arguments)
        base = self.operand(expr.base)
        if not isinstance(base.type, CollectionType) or len(expr.arguments) != 1:
            raise self.error(expr, "PLS-00224", "object must be of type function or array to be used this way")
        index = self.operand(expr.arguments[0].value)
        return Operand(base.type.element, lambda f: element(base.run(f), index.run(f)))

    @_compile.register(nodes.Attribute)
    def _(self, expr: nodes.Attribute) -> Operand:
        attribute = expr.name.id
        kind = NUMBER_TYPE if attribute == "ROWCOUNT" else BOOLEAN
        if expr.base == nodes.Name("SQL", 0, 0):
            return Operand(kind, lambda f: implicit_attribute(f.execution.row_count, attribute))
        cursor = self.cursor(expr.base)
        return Operand(kind, lambda f: cursor_attribute(cursor(f), attribute))

    def cursor(self, expr: nodes.Expr) -> Callable[[Frame], OpenCursor | None]:
        """Compile the reading of a cursor or cursor variable."""
        if isinstance(expr, nodes.Name):
            found = self.scope.find(expr.id)
            if isinstance(found, DeclaredCursor):
                declared = found
                return lambda f: f.get(declared)
        return self.operand(expr).run

    def _boolean(self, expr: nodes.Expr) -> Callable[[Frame], bool | None]:
        value = self.operand(expr)
        if not assignable(BOOLEAN, value.type):
            raise self.error(expr, "PLS-00382", "expression is of wrong type")
        return value.run

    def _pair(
        self, left: nodes.Expr, right: nodes.Expr, operator: str, families: set[str] | None = None
    ) -> tuple[Operand, Operand]:
        one, two = self.operand(left), self.operand(right)
        fit = assignable(one.type, two.type) or families is not None
        for kind in (one.type, two.type):
            if isinstance(kind, ScalarType):
                fit = fit and (families is None or kind.family in families)
            else:
                fit = fit and isinstance(kind, AnyType)
        if not fit:
            raise self.error(left, "PLS-00306", f"wrong number or types of arguments in call to '{operator}'")
        return one, two

    def _builtin(self, where: Name, name: str, arguments: tuple[nodes.Argument, ...]) -> Operand:
        builtin = BUILTINS[name]
        operands = [self.operand(argument.value) for argument in arguments]
        simple = all(isinstance(o.type, ScalarType | AnyType) and o.type != BOOLEAN for o in operands)
        if name in {"NVL", "COALESCE", "NVL2", "DECODE"}:
            simple = name != "DECODE"
        if not builtin.least <= len(operands) <= builtin.most or not simple:
            raise self.error(where, "PLS-00306", f"wrong number or types of arguments in call to '{name}'")
        kinds = [operand.type for operand in operands if not isinstance(operand.type, AnyType)]
        kind = scalar(builtin.result) if builtin.result else kinds[0] if kinds else ANY
        if kind == scalar(BUILTINS["TO_CHAR"].result or BUILTINS["UPPER"].result):  # type: ignore[arg-type]
            kind = TEXT_TYPE
        return Operand(kind, lambda f: call_builtin(f.execution.state, name, [operand.run(f) for operand in operands]))

    def _method(self, base: Operand, name: Name, arguments: tuple[nodes.Argument, ...]) -> Operand:
        kind = method_type(name.id)
        if kind is None:
            raise self.error(name, "PLS-00302", f"component '{name.id}' must be declared")
        operands = [self.operand(argument.value) for argument in arguments]
        return Operand(kind, lambda f: run_method(base.run(f), name.id, [operand.run(f) for operand in operands]))

    def no_component(self, expr: nodes.Member) -> OracleError:
        """Return PLS-00302."""
        return self.error(expr.name, "PLS-00302", f"component '{expr.name.id}' must be declared")
