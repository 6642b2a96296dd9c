# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs SQL statements of a session, whether sent alone or standing in a PL/SQL block."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

from rehearsal.contract import Column, OracleError, OraType, ResultSet
from rehearsal.engine.datatypes import Stored, column_type, decode, fit, text_column
from rehearsal.engine.dictionary import VIEWS, DictionaryContext
from rehearsal.engine.functions.builtins import call_builtin
from rehearsal.engine.language import nodes
from rehearsal.engine.lobs import TemporaryBlob, TemporaryClob
from rehearsal.engine.storage.schema import Key, TableInfo, create_table, drop_table, find_table
from rehearsal.engine.tablesource import check_create_table

from .aggregates import ListAggregate
from .changes import compile_change
from .connection import SqlConnection, type_mark
from .queries import Plan, compile_query
from .scope import Fragment, Relation, named

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
        self.connection.commit()
        try:
            match statement:
                case nodes.CreateTable():
                    self._create(statement)
                case nodes.CreateAs(table, query):
                    self._create_as(table, query, text, variables)
                case nodes.DropTable(table):
                    self._drop(table)
                case nodes.Truncate(table):
                    self._truncate(self._own_table(table, "DROP ANY TABLE"))
                case nodes.CommentOn(table, comment):
                    info = self._own_table(table, "COMMENT ANY TABLE")
                    self.connection.write("UPDATE sys_tables SET comment = ? WHERE id = ?", (comment, info.id))
            self.connection.commit()
        except BaseException:
            self.connection.rollback()
            raise

    def find(self, name: nodes.Dotted) -> tuple[str, str]:
        """Return owner and name of `name` or `owner.name`."""
        if len(name) == 1:
            return self.state.schema, name[0].id
        return name[-2].id, name[-1].id

    def _create(self, statement: nodes.CreateTable) -> None:
        columns: list[Column] = []
        keys: list[Key] = []
        owner, table = self.find(statement.table)
        for element in statement.elements:
            if isinstance(element, nodes.TableKey):
                names = tuple(column.id for column in element.columns)
                label = element.name.id if element.name else f"SYS_C{len(keys):05d}_{table}"
                keys.append(Key(label, element.kind.upper().startswith("PRIMARY"), names))
                continue
            if element.default is not None:
                raise OracleError(3001, "unimplemented feature: DEFAULT")
            kind = column_type(element.type)
            if kind is None:
                raise OracleError(902, "invalid datatype")
            required = {"NOT NULL", "PRIMARY KEY"} & set(element.constraints)
            columns.append(Column(element.name.id, kind.type, kind.size, kind.precision, kind.scale, not required))
            for constraint in {"PRIMARY KEY", "UNIQUE"} & set(element.constraints):
                keys.append(Key(f"SYS_C{len(keys):05d}_{table}", constraint == "PRIMARY KEY", (element.name.id,)))
        self._new_table(owner, table, tuple(columns), tuple(keys))

    def _create_as(self, name: nodes.Dotted, query: nodes.Query, text: str, variables: Variables) -> None:
        plan = compile_query(query, text, _Around(self, variables))
        columns = tuple(text_column(max(c.size, 1)) if c.type is OraType.CHAR else c for c in plan.columns)
        columns = tuple(named(kind, column.name) for kind, column in zip(columns, plan.columns, strict=True))
        info = self._new_table(*self.find(name), columns, ())
        values = [variables.value(expr) for expr in plan.parameters]
        self.connection.write(f"INSERT INTO {info.storage} SELECT *, current_txn() FROM ({plan.sql})", values)

    def _new_table(self, owner: str, name: str, columns: tuple[Column, ...], keys: tuple[Key, ...]) -> TableInfo:
        if owner != self.state.user and "CREATE ANY TABLE" not in self.state.instance.accounts.privileges(
            self.state.user
        ):
            raise OracleError(1031, "insufficient privileges")
        tablespace = check_create_table(self.state.instance.accounts, owner)
        self.connection.begin()
        return create_table(
            self.connection.sqlite,
            owner,
            name,
            columns,
            keys,
            scn=self.state.instance.database.current_scn(),
            created_at=self.state.now().astimezone(UTC).isoformat(),
            tablespace=tablespace,
        )

    def _drop(self, name: nodes.Dotted) -> None:
        owner, table = self.find(name)
        with self.state.instance.masters_remembered():
            if self.state.instance.datapump.drop_master_table(owner, table):
                return
        info = self._own_table(name, "DROP ANY TABLE")
        self.connection.begin()
        drop_table(self.connection.sqlite, info)

    def _truncate(self, table: TableInfo) -> None:
        self.connection.write(f"DELETE FROM {table.storage}")
        self.connection.write(f"DELETE FROM {table.history}")
        scn = self.state.instance.database.current_scn()
        self.connection.write("UPDATE sys_tables SET created_scn = ? WHERE id = ?", (scn, table.id))

    def _own_table(self, name: nodes.Dotted, privilege: str) -> TableInfo:
        owner, table = self.find(name)
        found = find_table(self.connection.sqlite, owner, table)
        if found is None:
            raise OracleError(942, "table or view does not exist")
        if owner != self.state.user and privilege not in self.state.instance.accounts.privileges(self.state.user):
            raise OracleError(1031, "insufficient privileges")
        return found

    def _rows(self, stored: Iterator[tuple[Any, ...]], plan: Plan) -> Iterator[tuple[Value, ...]]:
        kinds = [column.type for column in plan.columns]
        for row in stored:
            yield tuple(self._value(value, kind) for value, kind in zip(row, kinds, strict=True))

    def _value(self, value: Stored, kind: OraType) -> Value:
        if value is None:
            return None
        if kind is OraType.BFILE:
            return self.connection.bfile(str(value))
        if kind is OraType.CLOB:
            return TemporaryClob(str(value))
        if kind is OraType.BLOB:
            return TemporaryBlob(value if isinstance(value, bytes) else b"")
        return cast("Value", decode(value, kind))

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
        owner, table = self.runner.find(name)
        found = find_table(self.runner.connection.sqlite, owner, table)
        if found is not None and context.may_select(owner, table):
            return Relation(table, found.columns, found.storage, found)
        view = VIEWS.get(names[-1].replace("V_$", "V$").replace("GV$", "V$"))
        if view and (len(names) == 1 or names[0] == "SYS") and (view.role is None or context.has_role(view.role)):
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
