# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs SQL statements of a session, whether sent alone or standing in a PL/SQL block."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from rehearsal.contract import Column, OracleError, OraType, ResultSet
from rehearsal.engine.datatypes import PlValue, Stored, decoder, fit
from rehearsal.engine.dictionary import VIEWS, DictionaryContext
from rehearsal.engine.functions.builtins import call_builtin
from rehearsal.engine.language import nodes
from rehearsal.engine.lobs import TemporaryBlob, TemporaryClob
from rehearsal.engine.storage.schema import TableInfo, find_table

from .aggregates import ListAggregate
from .changes import compile_change
from .connection import SqlConnection, type_mark
from .definitions import TableDefinitions
from .queries import Plan, compile_query
from .scope import Fragment, Relation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rehearsal.contract import Value
    from rehearsal.engine.state import SessionState

DUAL = Relation("DUAL", (Column("DUMMY", OraType.VARCHAR2, size=1),), "(SELECT 'X' AS \"DUMMY\")")


class Variables(Protocol):
    """The values a statement is given: binds, and inside PL/SQL the block's variables."""

    def bind_type(self, name: str) -> Column:
        """Return the type of a bind."""
        ...

    def variable(self, expr: nodes.Expr) -> Column | None:
        """Return the type of a PL/SQL variable, None for anything else."""
        ...

    def value(self, expr: nodes.Expr) -> object:
        """Return the value of a bind or variable."""
        ...


@dataclass(frozen=True)
class Changed:
    """What a change did: rows changed, and the rows of its RETURNING clause."""

    row_count: int
    returned: list[tuple[Value, ...]]


@dataclass
class SqlRunner:
    """Executes SQL for one session."""

    state: SessionState
    connection: SqlConnection
    packaged: Callable[[Sequence[str], int], tuple[Column, Callable[..., Any]] | None]

    def __post_init__(self) -> None:
        self.connection.register_function("dictionary_rows", "t", self._dictionary_rows)
        self.connection.register_aggregate("list_aggregate", 3, ListAggregate)

    def describe(self, query: nodes.Query, text: str, variables: Variables) -> tuple[Column, ...]:
        """Return the columns a query would have."""
        return compile_query(query, text, _Around(self, variables)).columns

    def check(self, statement: nodes.Dml, text: str, variables: Variables) -> None:
        """Translate a change without running it; raises what running it would."""
        compile_change(statement, text, _Around(self, variables))

    def query(self, query: nodes.Query, text: str, variables: Variables) -> ResultSet:
        """Run a query; its rows come lazily."""
        plan = compile_query(query, text, _Around(self, variables))
        cursor = self.connection.query(plan.sql, [variables.value(expr) for expr in plan.parameters])
        return ResultSet(plan.columns, self._rows(self.connection.fetch(cursor), plan))

    def change(self, statement: nodes.Dml, text: str, variables: Variables) -> Changed:
        """Run INSERT, UPDATE or DELETE in the session's transaction."""
        plan = compile_change(statement, text, _Around(self, variables))
        cursor = self.connection.write(plan.sql, [variables.value(expr) for expr in plan.parameters])
        returned = list(self._rows(self.connection.fetch(cursor), plan)) if plan.columns else []
        return Changed(len(returned) if plan.columns else cursor.rowcount, returned)

    def control(self, statement: nodes.Control) -> None:
        """Run ALTER SESSION and transaction control."""
        match statement:
            case nodes.Commit():
                self.connection.commit()
            case nodes.Rollback(savepoint):
                self.connection.rollback(savepoint.id if savepoint else None)
            case nodes.Savepoint(name):
                self.connection.savepoint(name.id)
            case nodes.AlterSession(settings):
                for setting in settings:
                    self.state.alter(setting.name.id, setting.value)
            case nodes.SetTransaction():
                if self.connection.in_transaction:
                    raise OracleError(1453, "SET TRANSACTION must be first statement of transaction")

    def define(self, statement: nodes.Ddl, text: str, variables: Variables) -> None:
        """Run DDL; it commits what was before and itself."""
        tables = TableDefinitions(self.state, self.connection)
        self.connection.commit()
        try:
            if isinstance(statement, nodes.CreateAs):
                plan = compile_query(statement.query, text, _Around(self, variables))
                tables.create_as(statement.table, plan, [variables.value(expr) for expr in plan.parameters])
            else:
                tables.define(statement)
            self.connection.commit()
        except BaseException:
            self.connection.rollback()
            raise

    def _rows(self, stored: Iterator[tuple[Stored, ...]], plan: Plan) -> Iterator[tuple[Value, ...]]:
        decoders = [self._decoder(column.type) for column in plan.columns]
        for row in stored:
            yield tuple([decode(value) for decode, value in zip(decoders, row, strict=True)])

    def _decoder(self, type_: OraType) -> Callable[[PlValue], Value]:
        """Return the function that makes a result's value; LOBs and BFILEs become locators."""
        locators: dict[OraType, Callable[[PlValue], Value]] = {
            OraType.BFILE: lambda value: value and self.connection.bfile(value),
            OraType.CLOB: lambda value: value and TemporaryClob(str(value)),
            OraType.BLOB: lambda value: value and TemporaryBlob(value),
        }
        return locators.get(type_) or decoder(type_)

    def _dictionary_rows(self, name: str) -> str:
        return json.dumps([list(row) for row in VIEWS[name].rows(self.dictionary())])

    def dictionary(self) -> DictionaryContext:
        """Return what the views are computed from."""
        state, instance = self.state, self.state.instance
        return DictionaryContext(
            user=state.user,
            schema=state.schema,
            session_id=state.session_id,
            serial=state.serial,
            accounts=instance.accounts,
            database=instance.database,
            connection=self.connection.sqlite,
            facts=instance.facts,
            datapump=instance.datapump,
            nls=state.nls,
            started_at=instance.started_at,
        )


@dataclass(frozen=True)
class _Around:
    """The surroundings of one statement: the session, and the statement's variables."""

    runner: SqlRunner
    variables: Variables

    def relation(self, name: nodes.Dotted) -> Relation:
        names = [part.id for part in name]
        if names[-1] == "DUAL" and (len(names) == 1 or names[0] == "SYS"):
            return DUAL
        context = self.runner.dictionary()
        owner, table = self.runner.state.named(name)
        found = find_table(self.runner.connection.sqlite, owner, table)
        if found is not None and context.may_select(owner, table):
            return Relation(table, found.columns, found.storage, found)
        view = VIEWS.get(names[-1].replace("V_$", "V$"))
        if view and (len(names) == 1 or names[0] == "SYS") and context.may_see(view):
            return Relation(view.name, view.columns, view.sql)
        raise OracleError(942, "table or view does not exist")

    def check_flashback(self, table: TableInfo) -> None:
        state = self.runner.state
        accounts = state.instance.accounts
        allowed = (
            table.owner == state.user
            or "FLASHBACK ANY TABLE" in accounts.privileges(state.user)
            or accounts.has_object(state.user, table.owner, table.name, "FLASHBACK")
        )
        if not allowed:
            raise OracleError(1031, "insufficient privileges")
        if accounts.faults.undo_gone:
            raise OracleError(
                1555, 'snapshot too old: rollback segment number 9 with name "_SYSSMU9_3593450615$" too small'
            )

    def target(self, name: nodes.Dotted, privilege: str) -> TableInfo:
        relation = self.relation(name)
        state = self.runner.state
        if relation.table is None:
            raise OracleError(1031, "insufficient privileges")
        owner, table = relation.table.owner, relation.table.name
        if owner != state.user and not state.instance.accounts.has_object(state.user, owner, table, privilege):
            raise OracleError(1031, "insufficient privileges")
        return relation.table

    def bind_type(self, name: str) -> Column:
        return self.variables.bind_type(name)

    def variable(self, expr: nodes.Expr) -> Column | None:
        return self.variables.variable(expr)

    def builtin(self, name: str, types: Sequence[Column]) -> str:
        def run(*values: object) -> object:
            return call_builtin(self.runner.state, name, list(values))

        return self.runner.connection.register_function(name, "".join(map(type_mark, types)), run)

    def fitting(self, table: TableInfo, column: Column, kind: Column) -> str:
        where = f'"{table.owner}"."{table.name}"."{column.name}"'
        run = partial(_fitted, state=self.runner.state, column=column, where=where)
        return self.runner.connection.register_function(f"fit {table.id}.{column.name}", type_mark(kind), run)

    def package_function(self, path: Sequence[str], types: Sequence[Column]) -> Fragment | None:
        found = self.runner.packaged(path, len(types))
        if found is None:
            return None
        kind, run = found
        name = self.runner.connection.register_function(".".join(path), "".join(map(type_mark, types)), run)
        return Fragment(name, kind)


def _fitted(value: object, *, state: SessionState, column: Column, where: str) -> object:
    """Convert a value as an assignment to the column does, then make it fit."""
    if isinstance(value, str) and column.type in {OraType.DATE, OraType.TIMESTAMP}:
        value = call_builtin(state, "TO_DATE" if column.type is OraType.DATE else "TO_TIMESTAMP", [value])
    elif column.type is OraType.VARCHAR2 and value is not None:
        value = call_builtin(state, "TO_CHAR", [value])
    return fit(value, column, where)
