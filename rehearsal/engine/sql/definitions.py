# SPDX-License-Identifier: GPL-3.0-or-later
"""DDL: creating, dropping, emptying and describing tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING

from rehearsal.contract import Column, OracleError, OraType
from rehearsal.engine.datatypes import column_type
from rehearsal.engine.language import nodes
from rehearsal.engine.storage.schema import Key, TableInfo, create_table, drop_table, find_table
from rehearsal.engine.tablesource import check_create_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rehearsal.engine.state import SessionState

    from .connection import SqlConnection
    from .queries import Plan


@dataclass(frozen=True)
class TableDefinitions:
    """Defines tables for one session; the caller commits."""

    state: SessionState
    connection: SqlConnection

    def define(self, statement: nodes.CreateTable | nodes.DropTable | nodes.Truncate | nodes.CommentOn) -> None:
        """Run one statement. Raises ORA-00902, 00942, 00955, 00957, 01031, 01950."""
        match statement:
            case nodes.CreateTable():
                self._create(statement)
            case nodes.DropTable(table):
                self._drop(table)
            case nodes.Truncate(table):
                self._truncate(self._changeable(table, "DROP ANY TABLE"))
            case nodes.CommentOn(table, text):
                info = self._changeable(table, "COMMENT ANY TABLE")
                self.connection.write("UPDATE sys_tables SET comment = ? WHERE id = ?", (text, info.id))

    def create_as(self, name: nodes.Dotted, plan: Plan, values: Sequence[object]) -> None:
        """Run CREATE TABLE ... AS: `plan` is its query, `values` the query's."""
        columns = tuple(
            replace(column, type=OraType.VARCHAR2) if column.type is OraType.CHAR else column for column in plan.columns
        )
        table = self._new_table(*self.state.named(name), columns, ())
        self.connection.write(f"INSERT INTO {table.storage} SELECT *, current_txn() FROM ({plan.sql})", values)

    def _create(self, statement: nodes.CreateTable) -> None:
        owner, table = self.state.named(statement.table)
        keys: list[Key] = []
        for element in statement.elements:
            if isinstance(element, nodes.TableKey):
                label = element.name.id if element.name else f"SYS_C{len(keys):05d}_{table}"
                names = tuple(column.id for column in element.columns)
                keys.append(Key(label, element.kind.upper().startswith("PRIMARY"), names))
                continue
            for constraint in {"PRIMARY KEY", "UNIQUE"} & set(element.constraints):
                label = f"SYS_C{len(keys):05d}_{table}"
                keys.append(Key(label, constraint == "PRIMARY KEY", (element.name.id,)))
        required = {name for key in keys if key.primary for name in key.columns}
        definitions = [element for element in statement.elements if isinstance(element, nodes.ColumnDef)]
        self._new_table(owner, table, tuple(_column(element, required) for element in definitions), tuple(keys))

    def _new_table(self, owner: str, name: str, columns: tuple[Column, ...], keys: tuple[Key, ...]) -> TableInfo:
        accounts = self.state.instance.accounts
        if owner != self.state.user and "CREATE ANY TABLE" not in accounts.privileges(self.state.user):
            raise OracleError(1031, "insufficient privileges")
        tablespace = check_create_table(accounts, owner)
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
        owner, table = self.state.named(name)
        if owner == self.state.user:
            with self.state.instance.masters_remembered():
                if self.state.instance.datapump.drop_master_table(owner, table):
                    return
        info = self._changeable(name, "DROP ANY TABLE")
        self.connection.begin()
        drop_table(self.connection.sqlite, info)

    def _truncate(self, table: TableInfo) -> None:
        self.connection.write(f"DELETE FROM {table.storage}")
        self.connection.write(f"DELETE FROM {table.history}")

    def _changeable(self, name: nodes.Dotted, privilege: str) -> TableInfo:
        owner, table = self.state.named(name)
        found = find_table(self.connection.sqlite, owner, table)
        if found is None:
            raise OracleError(942, "table or view does not exist")
        if owner != self.state.user and privilege not in self.state.instance.accounts.privileges(self.state.user):
            raise OracleError(1031, "insufficient privileges")
        return found


def _column(element: nodes.ColumnDef, required: set[str]) -> Column:
    if element.default is not None:
        raise OracleError(3001, "unimplemented feature: DEFAULT")
    kind = column_type(element.type)
    if kind is None:
        raise OracleError(902, "invalid datatype")
    nullable = "NOT NULL" not in element.constraints and element.name.id not in required
    return replace(kind, name=element.name.id, nullable=nullable)
