# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions and conditions: Oracle's tree to SQLite's text, with the Oracle type of each."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatchmethod
from typing import TYPE_CHECKING

from rehearsal.contract import Column, OracleError, OraType
from rehearsal.engine.datatypes import (
    DATE,
    NUMBER,
    NUMERIC_TYPES,
    TEXT,
    TEXT_TYPES,
    TIME_TYPES,
    column_type,
    text_column,
)
from rehearsal.engine.functions.builtins import BUILTINS, WITHOUT_PARENTHESES, Builtin
from rehearsal.engine.language import nodes
from rehearsal.engine.storage.schema import quoted

from .conversions import NULL, Conversions
from .scope import Fragment, Scope, Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

AGGREGATES = {"COUNT", "SUM", "AVG", "MIN", "MAX"}
ANALYTIC = AGGREGATES | {"ROW_NUMBER", "RANK", "DENSE_RANK", "LAG", "LEAD", "NTILE", "FIRST_VALUE", "LAST_VALUE"}
BOOLEAN = Column("", OraType.NUMBER, size=1, precision=1, scale=0)
_DAYS_OF = {"DAY": 1.0, "HOUR": 1 / 24, "MINUTE": 1 / 1440, "SECOND": 1 / 86400}
_EXTRACT = {"YEAR": "YYYY", "MONTH": "MM", "DAY": "DD", "HOUR": "HH24", "MINUTE": "MI", "SECOND": "SS"}


def path_of(expr: nodes.Expr) -> tuple[nodes.Name, ...] | None:
    """Return the names of `a.b.c`, or None for anything else."""
    if isinstance(expr, nodes.Name):
        return (expr,)
    if isinstance(expr, nodes.Member):
        base = path_of(expr.base)
        return (*base, expr.name) if base else None
    return None


class ExpressionCompiler:
    """Translates the expressions of one statement. `parameters` are what the caller must evaluate, in order."""

    def __init__(
        self, around: Surroundings, subquery: Callable[[nodes.Query, Scope], tuple[str, tuple[Column, ...]]]
    ) -> None:
        self._around = around
        self._convert = Conversions(around)
        self._subquery = subquery
        self.parameters: list[nodes.Expr] = []

    def typed(self, expr: nodes.Expr, scope: Scope) -> Fragment:
        """Translate an expression."""
        return self._compile(expr, scope)

    def sql(self, expr: nodes.Expr, scope: Scope) -> str:
        """Translate an expression whose type does not matter."""
        return self._compile(expr, scope).sql

    def parameter(self, expr: nodes.Expr) -> str:
        """Add a value to be passed and return its placeholder."""
        self.parameters.append(expr)
        return f"?{len(self.parameters)}"

    @singledispatchmethod
    def _compile(self, expr: nodes.Expr, _scope: Scope) -> Fragment:
        raise OracleError(3001, f"unimplemented feature: {type(expr).__name__}")

    @_compile.register(nodes.Literal)
    def _(self, expr: nodes.Literal, _scope: Scope) -> Fragment:
        value = expr.value
        if value is None:
            return Fragment("NULL", NULL)
        if isinstance(value, bool):
            raise OracleError(904, f'"{str(value).upper()}": invalid identifier')
        if isinstance(value, str):
            return Fragment(
                "'" + value.replace("'", "''") + "'", replace(TEXT, type=OraType.CHAR, size=len(value.encode()))
            )
        return Fragment(str(value), NUMBER)

    @_compile.register(nodes.Bind)
    def _(self, expr: nodes.Bind, _scope: Scope) -> Fragment:
        return Fragment(self.parameter(expr), self._around.bind_type(expr.id))

    @_compile.register(nodes.OrExpr)
    def _(self, expr: nodes.OrExpr, scope: Scope) -> Fragment:
        return Fragment(f"({self.sql(expr.left, scope)} OR {self.sql(expr.right, scope)})", BOOLEAN)

    @_compile.register(nodes.AndExpr)
    def _(self, expr: nodes.AndExpr, scope: Scope) -> Fragment:
        return Fragment(f"({self.sql(expr.left, scope)} AND {self.sql(expr.right, scope)})", BOOLEAN)

    @_compile.register(nodes.NotExpr)
    def _(self, expr: nodes.NotExpr, scope: Scope) -> Fragment:
        return Fragment(f"(NOT {self.sql(expr.operand, scope)})", BOOLEAN)

    @_compile.register(nodes.Compare)
    def _(self, expr: nodes.Compare, scope: Scope) -> Fragment:
        left, right = self._convert.comparable(self.typed(expr.left, scope), self.typed(expr.right, scope))
        operator = "<>" if expr.operator in {"!=", "^="} else expr.operator
        return Fragment(f"({left} {operator} {right})", BOOLEAN)

    @_compile.register(nodes.IsNull)
    def _(self, expr: nodes.IsNull, scope: Scope) -> Fragment:
        return Fragment(f"({self.sql(expr.operand, scope)} IS {_not(expr.negated)}NULL)", BOOLEAN)

    @_compile.register(nodes.Between)
    def _(self, expr: nodes.Between, scope: Scope) -> Fragment:
        operand = self.typed(expr.operand, scope)
        value, low = self._convert.comparable(operand, self.typed(expr.low, scope))
        _, high = self._convert.comparable(operand, self.typed(expr.high, scope))
        return Fragment(f"({value} {_not(expr.negated)}BETWEEN {low} AND {high})", BOOLEAN)

    @_compile.register(nodes.InList)
    def _(self, expr: nodes.InList, scope: Scope) -> Fragment:
        operand = self.typed(expr.operand, scope)
        choices = [self._convert.comparable(operand, self.typed(choice, scope))[1] for choice in expr.choices]
        return Fragment(f"({operand.sql} {_not(expr.negated)}IN ({', '.join(choices)}))", BOOLEAN)

    @_compile.register(nodes.InQuery)
    def _(self, expr: nodes.InQuery, scope: Scope) -> Fragment:
        query, columns = self._subquery(expr.query, scope)
        if len(columns) != 1:
            raise OracleError(913, "too many values")
        return Fragment(f"({self.sql(expr.operand, scope)} {_not(expr.negated)}IN ({query}))", BOOLEAN)

    @_compile.register(nodes.Like)
    def _(self, expr: nodes.Like, scope: Scope) -> Fragment:
        operand = self._convert.text(self.typed(expr.operand, scope))
        pattern = self._convert.text(self.typed(expr.pattern, scope))
        escape = f" ESCAPE {self.sql(expr.escape, scope)}" if expr.escape else ""
        return Fragment(f"({operand} {_not(expr.negated)}LIKE {pattern}{escape})", BOOLEAN)

    @_compile.register(nodes.Exists)
    def _(self, expr: nodes.Exists, scope: Scope) -> Fragment:
        return Fragment(f"EXISTS ({self._subquery(expr.query, scope)[0]})", BOOLEAN)

    @_compile.register(nodes.ScalarQuery)
    def _(self, expr: nodes.ScalarQuery, scope: Scope) -> Fragment:
        query, columns = self._subquery(expr.query, scope)
        if len(columns) != 1:
            raise OracleError(913, "too many values")
        return Fragment(f"({query})", columns[0])

    @_compile.register(nodes.Arithmetic)
    def _(self, expr: nodes.Arithmetic, scope: Scope) -> Fragment:
        left, right = self.typed(expr.left, scope), self.typed(expr.right, scope)
        if left.type.type in TIME_TYPES or right.type.type in TIME_TYPES:
            return self._convert.time_arithmetic(
                left, expr.operator, right, interval=isinstance(expr.right, nodes.IntervalLiteral)
            )
        one, two = self._convert.number(left), self._convert.number(right)
        if expr.operator in {"/", "**"}:
            name = "DIVIDE" if expr.operator == "/" else "POWER"
            return Fragment(f"{self._around.builtin(name, (NUMBER, NUMBER))}({one}, {two})", NUMBER)
        return Fragment(f"({one} {expr.operator} {two})", NUMBER)

    @_compile.register(nodes.Sign)
    def _(self, expr: nodes.Sign, scope: Scope) -> Fragment:
        return Fragment(f"({expr.operator}{self._convert.number(self.typed(expr.operand, scope))})", NUMBER)

    @_compile.register(nodes.Concat)
    def _(self, expr: nodes.Concat, scope: Scope) -> Fragment:
        left, right = self.typed(expr.left, scope), self.typed(expr.right, scope)
        size = min(left.type.size + right.type.size, 4000)
        joined = f"coalesce({self._convert.text(left)}, '') || coalesce({self._convert.text(right)}, '')"
        return Fragment(f"nullif({joined}, '')", text_column(size))

    @_compile.register(nodes.Name)
    @_compile.register(nodes.Member)
    def _(self, expr: nodes.Name | nodes.Member, scope: Scope) -> Fragment:
        path = path_of(expr)
        names = [name.id for name in path] if path else []
        found = self._column(names, scope) if names else None
        if found:
            return found
        variable = self._around.variable(expr)
        if variable is not None:
            return Fragment(self.parameter(expr), variable)
        if names == ["ROWNUM"]:
            return Fragment("row_number() OVER ()", NUMBER)
        if len(names) == 1 and names[0] in WITHOUT_PARENTHESES:
            return self._builtin(names[0], [])
        return self._packaged(expr, names, [])

    @_compile.register(nodes.Apply)
    def _(self, expr: nodes.Apply, scope: Scope) -> Fragment:
        variable = self._around.variable(expr)
        if variable is not None:
            return Fragment(self.parameter(expr), variable)
        path = path_of(expr.base)
        if path is None:
            raise OracleError(904, "invalid identifier")
        arguments = [self.typed(argument.value, scope) for argument in expr.arguments]
        name = path[-1].id
        if len(path) == 1 and name in AGGREGATES:
            return self._aggregate(name, "", arguments)
        if len(path) == 1 and name in BUILTINS:
            return self._builtin(name, arguments)
        return self._packaged(expr.base, [part.id for part in path], arguments)

    @_compile.register(nodes.ApplyStar)
    def _(self, expr: nodes.ApplyStar, _scope: Scope) -> Fragment:
        if expr.base != nodes.Name("COUNT", 0, 0):
            raise OracleError(936, "missing expression")
        return Fragment("count(*)", NUMBER)

    @_compile.register(nodes.ApplyDistinct)
    def _(self, expr: nodes.ApplyDistinct, scope: Scope) -> Fragment:
        path = path_of(expr.base)
        if path is None or path[-1].id not in AGGREGATES:
            raise OracleError(30482, "DISTINCT option not allowed for this function")
        return self._aggregate(path[-1].id, "DISTINCT ", [self.typed(expr.argument, scope)])

    @_compile.register(nodes.Analytic)
    def _(self, expr: nodes.Analytic, scope: Scope) -> Fragment:
        call = expr.call
        base = path_of(call.base) if isinstance(call, nodes.Apply | nodes.ApplyStar) else None
        if base is None or base[-1].id not in ANALYTIC:
            raise OracleError(30484, "missing window specification for this function")
        arguments = [self.typed(a.value, scope) for a in call.arguments] if isinstance(call, nodes.Apply) else []
        inner = "*" if isinstance(call, nodes.ApplyStar) else ", ".join(a.sql for a in arguments)
        window = ""
        if expr.partition:
            window += "PARTITION BY " + ", ".join(self.sql(value, scope) for value in expr.partition)
        if expr.order:
            window += " ORDER BY " + self.sort_keys(expr.order, scope)
        kind = arguments[0].type if arguments and base[-1].id not in {"COUNT", "SUM", "AVG", "NTILE"} else NUMBER
        return Fragment(f"{base[-1].id}({inner}) OVER ({window})", kind)

    @_compile.register(nodes.ListAggregate)
    def _(self, expr: nodes.ListAggregate, scope: Scope) -> Fragment:
        call = expr.call
        if not isinstance(call, nodes.Apply) or call.base != nodes.Name("LISTAGG", 0, 0) or len(expr.order) != 1:
            raise OracleError(3001, "unimplemented feature")
        value, *separator = [self.sql(argument.value, scope) for argument in call.arguments]
        key = self.sql(expr.order[0].value, scope)
        return Fragment(f"list_aggregate({value}, {separator[0] if separator else 'NULL'}, {key})", TEXT)

    @_compile.register(nodes.Cast)
    def _(self, expr: nodes.Cast, scope: Scope) -> Fragment:
        operand = self.typed(expr.operand, scope)
        kind = column_type(expr.type)
        if kind is None:
            raise OracleError(902, "invalid datatype")
        if kind.type in NUMERIC_TYPES:
            return Fragment(self._convert.number(operand), kind)
        if kind.type in TIME_TYPES:
            name = "TO_DATE" if kind.type is OraType.DATE else "TO_TIMESTAMP"
            return Fragment(f"{self._around.builtin(name, (operand.type,))}({operand.sql})", kind)
        return Fragment(self._convert.text(operand), kind)

    @_compile.register(nodes.Extract)
    def _(self, expr: nodes.Extract, scope: Scope) -> Fragment:
        operand = self.typed(expr.operand, scope)
        model = _EXTRACT.get(expr.field.id)
        if model is None or operand.type.type not in TIME_TYPES:
            raise OracleError(30076, "invalid extract field for extract source")
        function = self._around.builtin("TO_CHAR", (operand.type, TEXT))
        return Fragment(f"CAST({function}({operand.sql}, '{model}') AS INTEGER)", NUMBER)

    @_compile.register(nodes.DatetimeLiteral)
    def _(self, expr: nodes.DatetimeLiteral, _scope: Scope) -> Fragment:
        if expr.kind == "DATE":
            function, model, kind = self._around.builtin("TO_DATE", (TEXT, TEXT)), "YYYY-MM-DD", DATE
        else:
            kind = BUILTINS["TO_TIMESTAMP"].result or DATE
            fraction = ".FF" if "." in expr.text else ""
            function, model = self._around.builtin("TO_TIMESTAMP", (TEXT, TEXT)), f"YYYY-MM-DD HH24:MI:SS{fraction}"
        return Fragment(f"{function}('{expr.text}', '{model}')", kind)

    @_compile.register(nodes.IntervalLiteral)
    def _(self, expr: nodes.IntervalLiteral, _scope: Scope) -> Fragment:
        if expr.unit.id not in _DAYS_OF or not expr.text.lstrip("+-").replace(".", "", 1).isdigit():
            raise OracleError(1867, "the interval is invalid")
        return Fragment(repr(float(expr.text) * _DAYS_OF[expr.unit.id]), NUMBER)

    @_compile.register(nodes.SimpleCase)
    def _(self, expr: nodes.SimpleCase, scope: Scope) -> Fragment:
        branches = tuple(
            nodes.CaseWhen(nodes.Compare(expr.operand, "=", branch.condition), branch.value) for branch in expr.branches
        )
        return self._case(branches, expr.default, scope)

    @_compile.register(nodes.SearchedCase)
    def _(self, expr: nodes.SearchedCase, scope: Scope) -> Fragment:
        return self._case(expr.branches, expr.default, scope)

    def sort_keys(self, keys: Sequence[nodes.SortKey], scope: Scope, aliases: Sequence[str] = ()) -> str:
        """Translate ORDER BY: Oracle sorts NULL last unless told otherwise, last first when descending."""
        parts = []
        for key in keys:
            value = key.value
            named = isinstance(value, nodes.Name) and value.id in aliases
            text = quoted(value.id) if named and isinstance(value, nodes.Name) else self.sql(value, scope)
            descending = (key.direction or "").upper() == "DESC"
            nulls = (key.nulls or ("FIRST" if descending else "LAST")).upper()
            parts.append(f"{text} {'DESC' if descending else 'ASC'} NULLS {nulls}")
        return ", ".join(parts)

    def _column(self, names: list[str], scope: Scope) -> Fragment | None:
        if len(names) > 3:
            return None
        found = scope.column(names[-1], names[-2] if len(names) > 1 else None)
        if found is None:
            return None
        source, column = found
        return Fragment(f"{quoted(source.alias)}.{quoted(column.name)}", column)

    def _builtin(self, name: str, arguments: list[Fragment]) -> Fragment:
        builtin = BUILTINS[name]
        if len(arguments) < builtin.least:
            raise OracleError(938, "not enough arguments for function")
        if len(arguments) > builtin.most:
            raise OracleError(939, "too many arguments for function")
        function = self._around.builtin(name, [argument.type for argument in arguments])
        call = f"{function}({', '.join(argument.sql for argument in arguments)})"
        return Fragment(call, _result_type(builtin, name, arguments))

    def _packaged(self, expr: nodes.Expr, names: list[str], arguments: list[Fragment]) -> Fragment:
        found = self._around.package_function(names, [argument.type for argument in arguments]) if names else None
        if found is None:
            path = path_of(expr) or ()
            raise OracleError(904, ".".join(f'"{name.id}"' for name in path) + ": invalid identifier")
        return Fragment(f"{found.sql}({', '.join(argument.sql for argument in arguments)})", found.type)

    def _aggregate(self, name: str, distinct: str, arguments: list[Fragment]) -> Fragment:
        if len(arguments) != 1:
            raise OracleError(909, "invalid number of arguments")
        value = arguments[0]
        if name in {"SUM", "AVG"}:
            return Fragment(f"{name}({distinct}{self._convert.number(value)})", NUMBER)
        return Fragment(f"{name}({distinct}{value.sql})", NUMBER if name == "COUNT" else value.type)

    def _case(self, branches: Sequence[nodes.CaseWhen], default: nodes.Expr | None, scope: Scope) -> Fragment:
        values = [self.typed(branch.value, scope) for branch in branches]
        conditions = [self.sql(branch.condition, scope) for branch in branches]
        body = "".join(f" WHEN {c} THEN {v.sql}" for c, v in zip(conditions, values, strict=True))
        if default is not None:
            values.append(self.typed(default, scope))
            body += f" ELSE {values[-1].sql}"
        return Fragment(f"CASE{body} END", _first_type(values))


def _not(negated: str | None) -> str:
    return "NOT " if negated else ""


def _first_type(values: Sequence[Fragment]) -> Column:
    kinds = [value.type for value in values if value.type is not NULL]
    if not kinds:
        return NULL
    if kinds[0].type is OraType.CHAR or kinds[0].type is OraType.VARCHAR2:
        return text_column(max(kind.size for kind in kinds) or 1)
    return kinds[0]


def _result_type(builtin: Builtin, name: str, arguments: list[Fragment]) -> Column:
    if name == "NVL2":
        return _first_type(arguments[1:])
    if name == "DECODE":
        results = arguments[2::2] + (arguments[-1:] if len(arguments) % 2 == 0 else [])
        return _first_type(results)
    if builtin.result is None:
        return _first_type(arguments)
    if name in {"UPPER", "LOWER", "TRIM", "LTRIM", "RTRIM", "SUBSTR"} and arguments[0].type.type in TEXT_TYPES:
        return text_column(arguments[0].type.size or 1)
    return builtin.result
