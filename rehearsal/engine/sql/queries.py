# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries: Oracle's tree to SQLite's text and the columns of the result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rehearsal.contract import Column, OracleError, OraType
from rehearsal.engine.datatypes import NUMBER
from rehearsal.engine.language import nodes
from rehearsal.engine.storage.schema import quoted

from .expressions import AGGREGATES, ExpressionCompiler, path_of
from .scope import Relation, Scope, Source, Surroundings, named

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROWNUM = nodes.Name("ROWNUM", 0, 0)


@dataclass(frozen=True)
class Plan:
    """A translated statement: SQLite's text, what to pass, and the columns if it is a query."""

    sql: str
    parameters: tuple[nodes.Expr, ...]
    columns: tuple[Column, ...] = ()


def compile_query(query: nodes.Query, text: str, around: Surroundings) -> Plan:
    """Translate a query; `text` is its source, which names columns without alias."""
    compiler = QueryCompiler(text, around)
    sql, columns = compiler.query(query, Scope())
    return Plan(sql, tuple(compiler.expressions.parameters), columns)


class QueryCompiler:
    """Translates the queries of one statement."""

    def __init__(self, text: str, around: Surroundings) -> None:
        self._text = text
        self._around = around
        self.expressions = ExpressionCompiler(around, lambda query, scope: self.query(query, scope.nested()))

    def query(self, query: nodes.Query, scope: Scope) -> tuple[str, tuple[Column, ...]]:
        """Translate a query with all its clauses."""
        sql = ""
        if query.common:
            sql = "WITH " + ", ".join(self._common(table, scope) for table in query.common) + " "
        body, columns = self._body(query.body, scope)
        sql += body
        if query.order:
            inner = scope if isinstance(query.body, nodes.Select) else Scope()
            sql += " ORDER BY " + self.expressions.sort_keys(query.order, inner, [column.name for column in columns])
        if query.fetch or query.offset:
            count = "-1" if query.fetch is None else "1"
            if query.fetch and query.fetch.count is not None:
                count = self.expressions.sql(query.fetch.count, scope)
            sql = f"SELECT * FROM ({sql}) LIMIT {count}"
            if query.offset:
                sql += f" OFFSET {self.expressions.sql(query.offset, scope)}"
        return sql, columns

    def where(self, condition: nodes.Expr | None, scope: Scope) -> str:
        """Translate a WHERE clause of UPDATE or DELETE, with its keyword."""
        return f" WHERE {self.expressions.sql(condition, scope)}" if condition else ""

    def _common(self, table: nodes.CommonTable, scope: Scope) -> str:
        sql, columns = self.query(table.query, scope.nested())
        names = [name.id for name in table.columns] if table.columns else [column.name for column in columns]
        if len(names) != len(columns):
            raise OracleError(
                32038, "number of WITH clause column names does not match number of elements in select list"
            )
        renamed = tuple(named(column, name) for column, name in zip(columns, names, strict=True))
        scope.common[table.name.id] = Relation(table.name.id, renamed, quoted(table.name.id))
        return f"{quoted(table.name.id)}({', '.join(quoted(name) for name in names)}) AS ({sql})"

    def _body(self, body: nodes.Select | nodes.Compound, scope: Scope) -> tuple[str, tuple[Column, ...]]:
        if isinstance(body, nodes.Select):
            return self._select(body, scope)
        left, columns = self._body(body.left, scope.nested())
        right, others = self._select(body.right, scope.nested())
        if len(columns) != len(others):
            raise OracleError(1789, "query block has incorrect number of result columns")
        operator = "EXCEPT" if body.operator == "MINUS" else body.operator
        return f"{left} {operator} {right}", columns

    def _select(self, select: nodes.Select, scope: Scope) -> tuple[str, tuple[Column, ...]]:
        sources = self._connect_by(select, scope) or ", ".join(self._from(item, scope) for item in select.sources)
        limit, condition = self._split_rownum(select.where, scope)
        where = f" WHERE {self.expressions.sql(condition, scope)}" if condition else ""
        grouped = bool(select.group_by) or any(_aggregated(item) for item in select.items)
        if limit and (grouped or select.distinct):
            sources, where, limit = self._limited_source(sources + where + limit, scope), "", ""
        items = [item for written in select.items for item in self._item(written, scope)]
        if grouped:
            self._check_grouping(select)
        distinct = "DISTINCT " if (select.distinct or "").upper() in {"DISTINCT", "UNIQUE"} else ""
        listed = ", ".join(f"{sql} AS {quoted(column.name)}" for sql, column in items)
        sql = f"SELECT {distinct}{listed} FROM {sources}{where}"
        if select.group_by:
            sql += " GROUP BY " + ", ".join(self.expressions.sql(value, scope) for value in select.group_by)
        if select.having:
            sql += f" HAVING {self.expressions.sql(select.having, scope)}"
        return sql + limit, tuple(column for _, column in items)

    def _item(
        self, item: nodes.SelectItem | nodes.Star | nodes.QualifiedStar, scope: Scope
    ) -> Iterator[tuple[str, Column]]:
        if isinstance(item, nodes.SelectItem):
            value = self.expressions.typed(item.value, scope)
            kind = value.type if value.type.size else replace(value.type, size=1)
            yield value.sql, named(kind, self._item_name(item))
            return
        qualifier = None
        if isinstance(item, nodes.QualifiedStar):
            path = path_of(item.base)
            qualifier = path[-1].id if path else None
        chosen = [source for source in scope.sources if qualifier in {None, source.alias}]
        if not chosen:
            raise OracleError(904, f'"{qualifier}": invalid identifier')
        for source in chosen:
            for column in source.relation.columns:
                yield f"{quoted(source.alias)}.{quoted(column.name)}", column

    def _item_name(self, item: nodes.SelectItem) -> str:
        if item.alias:
            return item.alias.id
        path = path_of(item.value)
        if path:
            return path[-1].id
        written = self._text[item.meta.start_pos : item.meta.end_pos]
        parts = written.split("'")
        return "'".join("".join(p.split()).upper() if i % 2 == 0 else p for i, p in enumerate(parts))

    def _from(self, item: nodes.From, scope: Scope) -> str:
        if isinstance(item, nodes.Table):
            return self._table(item, scope)
        if isinstance(item, nodes.Derived):
            sql, columns = self.query(item.query, scope.nested() if scope.outer is None else Scope(scope.outer))
            alias = item.alias.id if item.alias else f"DERIVED${len(scope.sources)}"
            scope.sources.append(Source(alias, Relation(alias, columns, sql)))
            return f"({sql}) AS {quoted(alias)}"
        left, right = self._from(item.left, scope), self._from(item.right, scope)
        if isinstance(item, nodes.CrossJoin):
            return f"{left} CROSS JOIN {right}"
        kind = f"{item.kind} JOIN" if item.kind else "JOIN"
        if isinstance(item, nodes.JoinOn):
            return f"{left} {kind} {right} ON {self.expressions.sql(item.condition, scope)}"
        return f"{left} {kind} {right} USING ({', '.join(quoted(name.id) for name in item.columns)})"

    def _table(self, item: nodes.Table, scope: Scope) -> str:
        alias = (item.alias or item.name[-1]).id
        common = scope.common_table(item.name[0].id) if len(item.name) == 1 else None
        relation = common or self._around.relation(item.name)
        sql = relation.sql
        if item.flashback:
            sql = self._as_of(item.flashback, relation, scope)
        scope.sources.append(Source(alias, relation))
        return f"{sql} AS {quoted(alias)}"

    def _as_of(self, flashback: nodes.Flashback, relation: Relation, scope: Scope) -> str:
        if relation.table is None:
            raise OracleError(8187, "snapshot expression not allowed here")
        self._around.check_flashback(relation.table)
        moment = self.expressions.typed(flashback.value, scope)
        scn = moment.sql
        if flashback.kind.upper() == "TIMESTAMP":
            scn = f"{self._around.builtin('TIMESTAMP_TO_SCN', (moment.type,))}({scn})"
        elif moment.type.type not in {OraType.NUMBER, OraType.BINARY_INTEGER}:
            scn = f"{self._around.builtin('TO_NUMBER', (moment.type,))}({scn})"
        return f"({relation.table.rows_as_of(f'(SELECT txn_at_n({scn}))')})".replace("txn_at_n", '"txn_at_n"')

    def _connect_by(self, select: nodes.Select, scope: Scope) -> str:
        """Translate the one form scripts use: FROM dual CONNECT BY LEVEL (or ROWNUM) <= n."""
        if select.connect_by is None:
            return ""
        condition, source = select.connect_by, select.sources[0]
        known = (
            isinstance(condition, nodes.Compare)
            and condition.left in {nodes.Name("LEVEL", 0, 0), _ROWNUM}
            and condition.operator in {"<", "<="}
            and isinstance(source, nodes.Table)
            and source.name[-1].id == "DUAL"
            and len(select.sources) == 1
        )
        if not known or not isinstance(condition, nodes.Compare):
            raise OracleError(3001, "unimplemented feature: CONNECT BY")
        columns = (Column("DUMMY", OraType.VARCHAR2, size=1), named(NUMBER, "LEVEL"))
        last = self.expressions.sql(condition.right, scope)
        scope.sources.append(Source("DUAL", Relation("DUAL", columns, "")))
        counted = f"SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 {condition.operator} {last}"
        listed = 'SELECT \'X\' AS "DUMMY", n AS "LEVEL" FROM counted'
        return f'(WITH RECURSIVE counted(n) AS ({counted}) {listed}) AS "DUAL"'

    def _split_rownum(self, where: nodes.Expr | None, scope: Scope) -> tuple[str, nodes.Expr | None]:
        """Take `ROWNUM <= n` out of the conditions: it is a LIMIT."""
        if isinstance(where, nodes.AndExpr):
            left_limit, left = self._split_rownum(where.left, scope)
            right_limit, right = self._split_rownum(where.right, scope)
            rest = nodes.AndExpr(left, right) if left and right else left or right
            return left_limit or right_limit, rest
        if isinstance(where, nodes.Compare) and where.left == _ROWNUM and where.operator in {"<", "<=", "="}:
            count = self.expressions.sql(where.right, scope)
            if where.operator == "=":
                return f" LIMIT ({count} = 1)", None
            return f" LIMIT {count}" if where.operator == "<=" else f" LIMIT {count} - 1", None
        return "", where

    def _limited_source(self, limited: str, scope: Scope) -> str:
        if len(scope.sources) != 1:
            raise OracleError(3001, "unimplemented feature: ROWNUM with a join and a group function")
        return f"(SELECT * FROM {limited}) AS {quoted(scope.sources[0].alias)}"

    def _check_grouping(self, select: nodes.Select) -> None:
        """Refuse what SQLite would let pass: a bare column beside a group function."""
        groups = set(select.group_by or ())
        for item in select.items:
            if isinstance(item, nodes.SelectItem) and item.value not in groups and _bare(item.value, groups):
                if select.group_by:
                    raise OracleError(979, "not a GROUP BY expression")
                raise OracleError(937, "not a single-group group function")


def _aggregated(item: nodes.SelectItem | nodes.Star | nodes.QualifiedStar) -> bool:
    return isinstance(item, nodes.SelectItem) and _has_aggregate(item.value)


def _has_aggregate(value: object) -> bool:
    if isinstance(value, nodes.Analytic | nodes.Query):
        return False
    if isinstance(value, nodes.ApplyStar | nodes.ApplyDistinct | nodes.ListAggregate):
        return True
    if isinstance(value, nodes.Apply) and isinstance(value.base, nodes.Name) and value.base.id in AGGREGATES:
        return True
    return any(_has_aggregate(child) for child in _children(value))


def _bare(value: object, groups: set[nodes.Expr]) -> bool:
    """Tell whether a column stands outside group functions and group expressions."""
    if isinstance(value, nodes.Analytic | nodes.Query) or value in groups:
        return False
    if isinstance(value, nodes.ApplyStar | nodes.ApplyDistinct | nodes.ListAggregate):
        return False
    if isinstance(value, nodes.Apply):
        if isinstance(value.base, nodes.Name) and value.base.id in AGGREGATES:
            return False
        return any(_bare(argument.value, groups) for argument in value.arguments)
    if isinstance(value, nodes.Name):
        return value.id not in {"SYSDATE", "USER", "SYSTIMESTAMP"}
    return any(_bare(child, groups) for child in _children(value))


def _children(value: object) -> Iterator[object]:
    if isinstance(value, nodes.Member):
        yield nodes.Name(value.name.id, 0, 0)
    elif isinstance(value, tuple):
        yield from value
    elif isinstance(value, nodes.Node):
        yield from vars(value).values()
