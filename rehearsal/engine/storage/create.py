# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a database: the registry's tables full of people who do not exist, and the backup account."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rehearsal import residents
from rehearsal.engine.datatypes import encode
from rehearsal.engine.posture import BACKUP_USER
from rehearsal.wire.auth import make_verifier

from .accounts import Accounts
from .database import Database
from .schema import CATALOGUE, Key, TableInfo, create_table

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

BACKUP_DIRECTORY = "SIAK_BACKUP_DIR"
DATA_TABLESPACE = "SIAK_DATA"
_PUBLIC_PACKAGES = (
    "DBMS_APPLICATION_INFO", "DBMS_DATAPUMP", "DBMS_LOB", "DBMS_OUTPUT", "DBMS_SESSION", "DBMS_UTILITY", "UTL_FILE",
    "UTL_RAW",
)  # fmt: skip
_LOADING = 1
"""Number of the transaction that fills a new database."""


@dataclass(frozen=True)
class DatabaseSpec:
    """A database to have: `service` names it, BIODATA_WNI gets `residents` rows, `password` is SIAK_BACKUP's."""

    service: str
    residents: int
    password: str = field(repr=False)
    version: tuple[int, int, int, int, int] = (12, 2, 0, 1, 0)
    enterprise: bool = False
    verifier_kind: int = 0x4815


def create_database(folder: Path, spec: DatabaseSpec, clock: Callable[[], datetime]) -> None:
    """Make `folder` hold the database; one that was cut off while it was made is made anew."""
    finished = folder / "database.sqlite"
    if finished.exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    loading = folder / "loading"
    shutil.rmtree(loading, ignore_errors=True)
    loading.mkdir()
    _create_accounts(loading / "accounts.sqlite", folder / "dpdump", spec, clock)
    _create_data(loading / "database.sqlite", spec, clock)
    (loading / "accounts.sqlite").rename(folder / "accounts.sqlite")
    (loading / "database.sqlite").rename(finished)
    loading.rmdir()


def _create_accounts(path: Path, dpdump: Path, spec: DatabaseSpec, clock: Callable[[], datetime]) -> None:
    dpdump.mkdir(exist_ok=True)
    accounts = Accounts(path, clock)
    for schema in ("SYS", "SYSTEM", residents.SCHEMA):
        accounts.create_user(schema, None, tablespace=DATA_TABLESPACE if schema == residents.SCHEMA else "SYSTEM")
    accounts.create_user(BACKUP_USER, make_verifier(spec.password, spec.verifier_kind))
    accounts.grant_privilege(BACKUP_USER, "CREATE SESSION")
    accounts.grant_privilege(BACKUP_USER, "CREATE TABLE")
    accounts.set_quota(BACKUP_USER, "USERS", 200 * 1024 * 1024)
    accounts.grant_role(BACKUP_USER, "DATAPUMP_EXP_FULL_DATABASE")
    accounts.create_directory(BACKUP_DIRECTORY, dpdump.resolve())
    for privilege in ("READ", "WRITE"):
        accounts.grant_object(BACKUP_USER, "SYS", BACKUP_DIRECTORY, "DIRECTORY", privilege)
    for package in _PUBLIC_PACKAGES:
        accounts.grant_object("PUBLIC", "SYS", package, "PACKAGE", "EXECUTE")
    accounts.grant_object("EXECUTE_CATALOG_ROLE", "SYS", "DBMS_FLASHBACK", "PACKAGE", "EXECUTE")
    accounts.close()


def _create_data(path: Path, spec: DatabaseSpec, clock: Callable[[], datetime]) -> None:
    database = Database(path, clock)
    connection = database.connect()
    connection.create_function("current_txn", 0, lambda: _LOADING)
    connection.executescript(CATALOGUE)
    scn = database.current_scn()
    created_at = clock().astimezone(UTC).isoformat()
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO sys_facts VALUES ('created_at', ?), ('service', ?)", (created_at, spec.service))
    tables = {
        table.name: create_table(
            connection,
            residents.SCHEMA,
            table.name,
            table.columns,
            (Key(f"PK_{table.name}", primary=True, columns=table.primary_key),),
            scn=scn,
            created_at=created_at,
            tablespace=DATA_TABLESPACE,
        )
        for table in residents.TABLES
    }
    for table, rows in residents.batches(spec.residents):
        _load(connection, tables[table.name], rows)
    database.commit(connection, _LOADING)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _load(connection: sqlite3.Connection, table: TableInfo, rows: Sequence[tuple[object, ...]]) -> None:
    places = ", ".join("?" * len(table.columns))
    connection.executemany(
        f"INSERT INTO {table.storage} VALUES ({places}, {_LOADING})", [[encode(value) for value in row] for row in rows]
    )
