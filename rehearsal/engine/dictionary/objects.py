# SPDX-License-Identifier: GPL-3.0-or-later
"""Views of tables, columns and segments."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from rehearsal.contract import OraType
from rehearsal.engine.datatypes import encode_time, type_name
from rehearsal.engine.storage.schema import tables_of

from .view import CATALOG_ROLE, DictionaryContext, View, columns

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

    from rehearsal.engine.storage.schema import TableInfo

    Rows = Iterator[tuple[Any, ...]]

_EXTENT_BYTES = 65536
_LOBS = frozenset({OraType.BLOB, OraType.CLOB})
_TABLE = "TABLE_NAME 128, TABLESPACE_NAME 30, STATUS 8, NUM_ROWS n, PARTITIONED 3, TEMPORARY 1"
_COLUMN = (
    "TABLE_NAME 128, COLUMN_NAME 128, DATA_TYPE 128, DATA_LENGTH n, DATA_PRECISION n, DATA_SCALE n, NULLABLE 1, "
    "COLUMN_ID n"
)
_SEGMENT = "SEGMENT_NAME 128, PARTITION_NAME 128, SEGMENT_TYPE 18, TABLESPACE_NAME 30, BYTES n, BLOCKS n, EXTENTS n"
_OBJECT = "OBJECT_NAME 128, OBJECT_ID n, OBJECT_TYPE 23, CREATED d, STATUS 7"


def segment_bytes(connection: sqlite3.Connection, table: TableInfo) -> int:
    """Return about what the table takes on disk: its rows times a typical row, in whole extents; 0 if it is empty."""
    count: int = connection.execute(f"SELECT count(*) FROM {table.storage}").fetchone()[0]
    width = sum(min(column.size, 24) for column in table.columns) + len(table.columns)
    return -(-count * width // _EXTENT_BYTES) * _EXTENT_BYTES


def _all_tables(context: DictionaryContext) -> Iterator[TableInfo]:
    for account in context.accounts.users():
        yield from tables_of(context.connection, account.name)


def _visible(context: DictionaryContext) -> Iterator[TableInfo]:
    return (table for table in _all_tables(context) if context.may_select(table.owner, table.name))


def _own(context: DictionaryContext) -> Iterator[TableInfo]:
    return iter(tables_of(context.connection, context.user))


def _tables(
    choose: Callable[[DictionaryContext], Iterator[TableInfo]], *, owner: bool
) -> Callable[[DictionaryContext], Rows]:
    def rows(context: DictionaryContext) -> Rows:
        for table in choose(context):
            row = (table.name, table.tablespace, "VALID", None, "NO", "N")
            yield (table.owner, *row) if owner else row
        for master_owner, name in context.datapump.master_tables():
            if owner or master_owner == context.user:
                row = (name, "USERS", "VALID", None, "NO", "N")
                yield (master_owner, *row) if owner else row

    return rows


def _columns(
    choose: Callable[[DictionaryContext], Iterator[TableInfo]], *, owner: bool
) -> Callable[[DictionaryContext], Rows]:
    def rows(context: DictionaryContext) -> Rows:
        for table in choose(context):
            for position, column in enumerate(table.columns, 1):
                numeric = column.type is OraType.NUMBER and column.precision
                row = (
                    table.name,
                    column.name,
                    type_name(column),
                    column.size,
                    column.precision if numeric else None,
                    column.scale if numeric else None,
                    "Y" if column.nullable else "N",
                    position,
                )
                yield (table.owner, *row) if owner else row

    return rows


def _segments(
    choose: Callable[[DictionaryContext], Iterator[TableInfo]], *, owner: bool
) -> Callable[[DictionaryContext], Rows]:
    def rows(context: DictionaryContext) -> Rows:
        for table in choose(context):
            size = segment_bytes(context.connection, table)
            if size:
                row = (table.name, None, "TABLE", table.tablespace, size, size // 8192, size // _EXTENT_BYTES)
                yield (table.owner, *row) if owner else row

    return rows


def _lobs(context: DictionaryContext) -> Rows:
    for table in _visible(context):
        for position, column in enumerate(table.columns, 1):
            if column.type in _LOBS:
                yield table.owner, table.name, column.name, f"SYS_LOB{table.id:010d}C{position:05d}$$", table.tablespace


def _objects(
    choose: Callable[[DictionaryContext], Iterator[TableInfo]], *, owner: bool
) -> Callable[[DictionaryContext], Rows]:
    def rows(context: DictionaryContext) -> Rows:
        for table in choose(context):
            created = context.connection.execute(
                "SELECT created_at FROM sys_tables WHERE id = ?", (table.id,)
            ).fetchone()[0]
            moment = datetime.fromisoformat(created).astimezone(context.database.clock().tzinfo)
            row = (table.name, table.id, "TABLE", encode_time(moment.replace(microsecond=0, tzinfo=None)), "VALID")
            yield (table.owner, *row) if owner else row

    return rows


def _constraints(choose: Callable[[DictionaryContext], Iterator[TableInfo]]) -> Callable[[DictionaryContext], Rows]:
    def rows(context: DictionaryContext) -> Rows:
        for table in choose(context):
            found = context.connection.execute("SELECT name, kind FROM sys_constraints WHERE table_id = ?", (table.id,))
            for name, kind in found.fetchall():
                yield table.owner, name, kind, table.name, "ENABLED"

    return rows


def _comments(context: DictionaryContext) -> Rows:
    for table in _visible(context):
        comment = context.connection.execute("SELECT comment FROM sys_tables WHERE id = ?", (table.id,)).fetchone()[0]
        yield table.owner, table.name, "TABLE", comment
    for owner, name in context.datapump.master_tables():
        yield owner, name, "TABLE", "Data Pump Master Table EXPORT"


_OWNED = "OWNER 128, "
OBJECT_VIEWS = (
    View("ALL_TABLES", columns(_OWNED + _TABLE), _tables(_visible, owner=True)),
    View("DBA_TABLES", columns(_OWNED + _TABLE), _tables(_all_tables, owner=True), CATALOG_ROLE),
    View("USER_TABLES", columns(_TABLE), _tables(_own, owner=False)),
    View("ALL_TAB_COLUMNS", columns(_OWNED + _COLUMN), _columns(_visible, owner=True)),
    View("DBA_TAB_COLUMNS", columns(_OWNED + _COLUMN), _columns(_all_tables, owner=True), CATALOG_ROLE),
    View("USER_TAB_COLUMNS", columns(_COLUMN), _columns(_own, owner=False)),
    View("DBA_SEGMENTS", columns(_OWNED + _SEGMENT), _segments(_all_tables, owner=True), CATALOG_ROLE),
    View("USER_SEGMENTS", columns(_SEGMENT), _segments(_own, owner=False)),
    View(
        "ALL_LOBS",
        columns(_OWNED + "TABLE_NAME 128, COLUMN_NAME 4000, SEGMENT_NAME 128, TABLESPACE_NAME 30"),
        _lobs,
    ),
    View("ALL_OBJECTS", columns(_OWNED + _OBJECT), _objects(_visible, owner=True)),
    View("DBA_OBJECTS", columns(_OWNED + _OBJECT), _objects(_all_tables, owner=True), CATALOG_ROLE),
    View("USER_OBJECTS", columns(_OBJECT), _objects(_own, owner=False)),
    View(
        "ALL_CONSTRAINTS",
        columns("OWNER 128, CONSTRAINT_NAME 128, CONSTRAINT_TYPE 1, TABLE_NAME 128, STATUS 8"),
        _constraints(_visible),
    ),
    View("ALL_TAB_COMMENTS", columns("OWNER 128, TABLE_NAME 128, TABLE_TYPE 11, COMMENTS 4000"), _comments),
)
