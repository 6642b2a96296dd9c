# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue: which tables there are, of what columns, and how SQLite holds them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from rehearsal.contract import Column, OracleError, OraType
from rehearsal.engine.datatypes import NUMERIC_TYPES

CATALOGUE = """
CREATE TABLE sys_transactions (txn INTEGER PRIMARY KEY, scn INTEGER NOT NULL, committed_at TEXT NOT NULL);
CREATE INDEX sys_transactions_scn ON sys_transactions (scn);
CREATE TABLE sys_tables (
    id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT, name TEXT, tablespace TEXT, created_scn INTEGER,
    created_at TEXT, comment TEXT,
    UNIQUE (owner, name));
CREATE TABLE sys_columns (
    table_id INTEGER, position INTEGER, name TEXT, type INTEGER, size INTEGER, precision INTEGER, scale INTEGER,
    nullable INTEGER, PRIMARY KEY (table_id, position));
CREATE TABLE sys_constraints (owner TEXT, name TEXT, table_id INTEGER, kind TEXT, columns TEXT);
CREATE TABLE sys_facts (name TEXT PRIMARY KEY, value TEXT);
"""

_BLOB = {OraType.RAW, OraType.BLOB, OraType.LONG_RAW}


@dataclass(frozen=True)
class TableInfo:
    """A table as the catalogue knows it."""

    id: int
    owner: str
    name: str
    columns: tuple[Column, ...]
    created_scn: int
    tablespace: str

    @property
    def storage(self) -> str:
        """SQLite's quoted name of the rows."""
        return quoted(f"{self.owner}.{self.name}")

    @property
    def history(self) -> str:
        """SQLite's quoted name of the rows that were."""
        return quoted(f"{self.owner}.{self.name}#HISTORY")

    def column_list(self) -> str:
        """Return the quoted column names, comma-separated."""
        return ", ".join(quoted(column.name) for column in self.columns)

    def rows_as_of(self, transaction: str) -> str:
        """Return the SELECT of the rows as of a transaction number, given as an SQL expression."""
        names = self.column_list()
        return (
            f"SELECT {names} FROM {self.storage} WHERE TXN$ <= {transaction} "
            f"UNION ALL SELECT {names} FROM {self.history} "
            f"WHERE TXN$ <= {transaction} AND ENDED$ > {transaction}"
        )


def quoted(name: str) -> str:
    """Return an SQLite identifier."""
    return '"' + name.replace('"', '""') + '"'


def find_table(connection: sqlite3.Connection, owner: str, name: str) -> TableInfo | None:
    """Return a table by its exact name."""
    return next((table for table in _tables(connection, "owner = ? AND name = ?", owner, name)), None)


def tables_of(connection: sqlite3.Connection, owner: str) -> list[TableInfo]:
    """Return a schema's tables in the order of their names."""
    return _tables(connection, "owner = ?", owner)


def _tables(connection: sqlite3.Connection, condition: str, *values: str) -> list[TableInfo]:
    rows = connection.execute(
        f"SELECT id, owner, name, created_scn, tablespace FROM sys_tables WHERE {condition} ORDER BY name", values
    ).fetchall()
    return [
        TableInfo(table_id, owner, name, _columns(connection, table_id), created_scn, tablespace)
        for table_id, owner, name, created_scn, tablespace in rows
    ]


def _columns(connection: sqlite3.Connection, table_id: int) -> tuple[Column, ...]:
    rows = connection.execute(
        "SELECT name, type, size, precision, scale, nullable FROM sys_columns WHERE table_id = ? ORDER BY position",
        (table_id,),
    )
    return tuple(
        Column(column, OraType(type_), size, precision, scale, bool(nullable))
        for column, type_, size, precision, scale, nullable in rows
    )


@dataclass(frozen=True)
class Key:
    """A primary or unique key."""

    name: str
    primary: bool
    columns: tuple[str, ...]


def create_table(
    connection: sqlite3.Connection,
    owner: str,
    name: str,
    columns: tuple[Column, ...],
    keys: tuple[Key, ...],
    *,
    scn: int,
    created_at: str,
    tablespace: str,
) -> TableInfo:
    """Create rows, history and catalogue entries. Raises ORA-00955 for a name in use, ORA-00957 for a column twice."""
    if find_table(connection, owner, name):
        raise OracleError(955, "name is already used by an existing object")
    if len({column.name for column in columns}) != len(columns):
        raise OracleError(957, "duplicate column name")
    cursor = connection.execute(
        "INSERT INTO sys_tables (owner, name, tablespace, created_scn, created_at) VALUES (?, ?, ?, ?, ?)",
        (owner, name, tablespace, scn, created_at),
    )
    table = TableInfo(int(cursor.lastrowid or 0), owner, name, columns, scn, tablespace)
    connection.executemany(
        "INSERT INTO sys_columns VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (table.id, position, c.name, int(c.type), c.size, c.precision, c.scale, int(c.nullable))
            for position, c in enumerate(columns, 1)
        ],
    )
    body = ", ".join(f"{quoted(column.name)} {_affinity(column)}" for column in columns)
    connection.execute(f"CREATE TABLE {table.storage} ({body}, TXN$ INTEGER NOT NULL)")
    connection.execute(f"CREATE TABLE {table.history} ({body}, TXN$ INTEGER NOT NULL, ENDED$ INTEGER NOT NULL)")
    for key in keys:
        _add_key(connection, table, key)
    _keep_history(connection, table)
    return table


def drop_table(connection: sqlite3.Connection, table: TableInfo) -> None:
    """Drop rows, history and catalogue entries."""
    connection.execute(f"DROP TABLE {table.storage}")
    connection.execute(f"DROP TABLE {table.history}")
    connection.execute("DELETE FROM sys_columns WHERE table_id = ?", (table.id,))
    connection.execute("DELETE FROM sys_constraints WHERE table_id = ?", (table.id,))
    connection.execute("DELETE FROM sys_tables WHERE id = ?", (table.id,))


def _affinity(column: Column) -> str:
    if column.type in NUMERIC_TYPES:
        return "NUMERIC"
    return "BLOB" if column.type in _BLOB else "TEXT"


def _add_key(connection: sqlite3.Connection, table: TableInfo, key: Key) -> None:
    names = ", ".join(quoted(column) for column in key.columns)
    connection.execute(f"CREATE UNIQUE INDEX {quoted(f'{table.owner}.{key.name}')} ON {table.storage} ({names})")
    connection.execute(
        "INSERT INTO sys_constraints VALUES (?, ?, ?, ?, ?)",
        (table.owner, key.name, table.id, "P" if key.primary else "U", ",".join(key.columns)),
    )


def _keep_history(connection: sqlite3.Connection, table: TableInfo) -> None:
    """Save what a change replaces; a row changed twice by one transaction is saved once."""
    names = table.column_list()
    old = ", ".join(f"OLD.{quoted(column.name)}" for column in table.columns)
    for event in ("UPDATE", "DELETE"):
        connection.execute(
            f"CREATE TRIGGER {quoted(f'{table.owner}.{table.name}#{event}')} BEFORE {event} ON {table.storage} "
            f"WHEN OLD.TXN$ < current_txn() BEGIN "
            f"INSERT INTO {table.history} ({names}, TXN$, ENDED$) VALUES ({old}, OLD.TXN$, current_txn()); END"
        )
