# SPDX-License-Identifier: GPL-3.0-or-later
"""INSERT, UPDATE and DELETE: translated so that SQLite keeps what Oracle would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rehearsal.contract import Column, OracleError
from rehearsal.engine.language import nodes
from rehearsal.engine.storage.schema import quoted

from .queries import Plan, QueryCompiler
from .scope import Fragment, Relation, Scope, Source, Surroundings

if TYPE_CHECKING:
    from rehearsal.engine.storage.schema import TableInfo


class Writer(Surroundings, Protocol):
    """What a change asks of the session beside what a query does."""

    def target(self, name: nodes.Dotted, privilege: str) -> TableInfo:
        """Return a table the user may change; raises ORA-00942, ORA-01031."""
        ...

    def fitting(self, table: TableInfo, column: Column, kind: Column) -> str:
        """Return SQLite's name of the function that makes a value of type `kind` fit a column."""
        ...


@dataclass(frozen=True)
class _Returning:
    sql: str
    columns: tuple[Column, ...]


def compile_change(statement: nodes.Dml, text: str, writer: Writer) -> Plan:
    """Translate a change; the plan has columns if it has a RETURNING clause."""
    compiler = QueryCompiler(text, writer)
    translate: dict[type, Callable[..., tuple[str, _Returning]]] = {
        nodes.Insert: _insert,
        nodes.Update: _update,
        nodes.Delete: _delete,
    }
    sql, returning = translate[type(statement)](statement, compiler, writer)
    return Plan(sql + returning.sql, tuple(compiler.expressions.parameters), returning.columns)


def _insert(statement: nodes.Insert, compiler: QueryCompiler, writer: Writer) -> tuple[str, _Returning]:
    table = writer.target(statement.table, "INSERT")
    named = [name.id for name in statement.columns] if statement.columns else [column.name for column in table.columns]
    columns = [_column(table, name) for name in named]
    if isinstance(statement.source, nodes.Query):
        query, kinds = compiler.query(statement.source, Scope())
        _check_count(len(kinds), len(columns))
        aliases = [f"c{position}" for position in range(len(kinds))]
        fitted = [
            f"{writer.fitting(table, column, kind)}({alias})"
            for column, kind, alias in zip(columns, kinds, aliases, strict=True)
        ]
        source = f"WITH given({', '.join(aliases)}) AS ({query}) SELECT {', '.join(fitted)}{{missing}} FROM given"
    else:
        values = [compiler.expressions.typed(value, Scope()) for value in statement.source]
        _check_count(len(values), len(columns))
        fitted = [_fit(writer, table, column, value) for column, value in zip(columns, values, strict=True)]
        source = f"VALUES ({', '.join(fitted)}{{missing}})"
    absent = [column for column in table.columns if column.name not in named and not column.nullable]
    missing = "".join(f", {writer.fitting(table, column, column)}(NULL)" for column in absent) + ", current_txn()"
    into = ", ".join(quoted(column.name) for column in (*columns, *absent))
    sql = f"INSERT INTO {table.storage} ({into}, TXN$) {source.replace('{missing}', missing)}"
    return sql, _returning(statement.returning, table, _scope(table, None), compiler)


def _update(statement: nodes.Update, compiler: QueryCompiler, writer: Writer) -> tuple[str, _Returning]:
    table = writer.target(statement.table, "UPDATE")
    scope = _scope(table, statement.alias)
    assignments = []
    for change in statement.columns:
        column = _column(table, change.column[-1].id)
        value = compiler.expressions.typed(change.value, scope)
        assignments.append(f"{quoted(column.name)} = {_fit(writer, table, column, value)}")
    where = compiler.where(statement.where, scope)
    alias = quoted(scope.sources[0].alias)
    sql = f"UPDATE {table.storage} AS {alias} SET {', '.join(assignments)}, TXN$ = current_txn(){where}"
    return sql, _returning(statement.returning, table, scope, compiler)


def _delete(statement: nodes.Delete, compiler: QueryCompiler, writer: Writer) -> tuple[str, _Returning]:
    table = writer.target(statement.table, "DELETE")
    scope = _scope(table, statement.alias)
    where = compiler.where(statement.where, scope)
    sql = f"DELETE FROM {table.storage} AS {quoted(scope.sources[0].alias)}{where}"
    return sql, _returning(statement.returning, table, scope, compiler)


def _scope(table: TableInfo, alias: nodes.Name | None) -> Scope:
    name = alias.id if alias else table.name
    return Scope(sources=[Source(name, Relation(table.name, table.columns, table.storage, table))])


def _returning(clause: nodes.Returning | None, table: TableInfo, scope: Scope, compiler: QueryCompiler) -> _Returning:
    if clause is None:
        return _Returning("", ())
    bare = Scope(sources=[Source(scope.sources[0].alias, Relation(table.name, table.columns, ""))])
    values = [compiler.expressions.typed(value, bare) for value in clause.values]
    prefix = f"{quoted(scope.sources[0].alias)}."
    listed = ", ".join(value.sql.replace(prefix, "") for value in values)
    return _Returning(f" RETURNING {listed}", tuple(value.type for value in values))


def _column(table: TableInfo, name: str) -> Column:
    found = next((column for column in table.columns if column.name == name), None)
    if found is None:
        raise OracleError(904, f'"{name}": invalid identifier')
    return found


def _fit(writer: Writer, table: TableInfo, column: Column, value: Fragment) -> str:
    return f"{writer.fitting(table, column, value.type)}({value.sql})"


def _check_count(given: int, wanted: int) -> None:
    if given < wanted:
        raise OracleError(947, "not enough values")
    if given > wanted:
        raise OracleError(913, "too many values")
