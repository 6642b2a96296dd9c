# SPDX-License-Identifier: GPL-3.0-or-later
"""The database as its Data Pump jobs see it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.dumpfile.model import Table

from .datatypes import decoder
from .dictionary.objects import segment_bytes
from .storage.directories import Directories
from .storage.schema import TableInfo, find_table, tables_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from rehearsal.contract import Value
    from rehearsal.dumpfile.model import DatabaseFacts

    from .storage.accounts import Accounts
    from .storage.database import Database
    from .storage.posed import PosedAccounts

_NOT_EXPORTED = {"SYS", "SYSTEM"}
_BATCH_ROWS = 500


class SqliteTableSource:
    """Implements `rehearsal.datapump.TableSource`; each call has a connection of its own, so any thread may call."""

    def __init__(self, database: Database, accounts: PosedAccounts, facts: DatabaseFacts) -> None:
        self._database = database
        self._accounts = accounts
        self._facts = facts

    def facts(self) -> DatabaseFacts:
        """Return the database's facts."""
        return self._facts

    def current_scn(self) -> int:
        """Return the system change number of now."""
        return self._database.current_scn()

    def schemas(self) -> Collection[str]:
        """Return every user but Oracle's own."""
        return tuple(account.name for account in self._accounts.users() if account.name not in _NOT_EXPORTED)

    def tables(self, schemas: Collection[str], scn: int) -> Collection[Table]:
        """Return the tables that existed at `scn`, the largest first as Data Pump does."""
        with self._connection() as connection:
            found = [table for schema in schemas for table in tables_of(connection, schema) if table.created_scn <= scn]
            found.sort(key=lambda table: (-segment_bytes(connection, table), table.owner, table.name))
        return tuple(Table(table.owner, table.name, table.columns, None, table.id) for table in found)

    def rows(self, table: Table, scn: int) -> Iterator[tuple[Value, ...]]:
        """Yield the rows as of `scn`."""
        with self._connection() as connection:
            info = self._info(connection, table.owner, table.name)
            transaction = self._database.transaction_at(connection, scn)
            decoders = [decoder(column.type) for column in info.columns]
            cursor = connection.execute(info.rows_as_of("?1"), (transaction,))
            while batch := cursor.fetchmany(_BATCH_ROWS):
                for row in batch:
                    yield tuple([decode(value) for decode, value in zip(decoders, row, strict=True)])

    def estimate_bytes(self, table: Table) -> int:
        """Return the segment's size."""
        with self._connection() as connection:
            return segment_bytes(connection, self._info(connection, table.owner, table.name))

    def resolve_directory(self, user: str, directory: str, *, write: bool) -> Path:
        """Return where a directory object points; raises ORA-39087."""
        folder = Directories(self._accounts, user).path(directory, write=write)
        if folder is None:
            raise OracleError(39087, f"directory name {directory} is invalid")
        return folder

    def has_role(self, user: str, role: str) -> bool:
        """Tell whether the user has the role, directly or not."""
        return role in self._accounts.roles(user)

    def check_create_table(self, user: str) -> None:
        """Raise ORA-01031 or ORA-01950 if the user cannot own a master table."""
        check_create_table(self._accounts, user)

    def table_exists(self, owner: str, name: str) -> bool:
        """Tell whether there is such a table."""
        with self._connection() as connection:
            return find_table(connection, owner, name) is not None

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = self._database.connect()
        try:
            yield connection
        finally:
            connection.close()

    @staticmethod
    def _info(connection: sqlite3.Connection, owner: str, name: str) -> TableInfo:
        found = find_table(connection, owner, name)
        if found is None:
            raise OracleError(942, "table or view does not exist")
        return found


def check_create_table(accounts: Accounts, user: str) -> str:
    """Return the tablespace the user's tables go to. Raises ORA-01031 (no privilege), ORA-01950 (no quota)."""
    privileges = accounts.privileges(user)
    if not {"CREATE TABLE", "CREATE ANY TABLE"} & privileges:
        raise OracleError(1031, "insufficient privileges")
    account = accounts.account(user)
    tablespace = account.default_tablespace if account else "USERS"
    quotas = {(name, space): most for name, space, most in accounts.quotas()}
    if "UNLIMITED TABLESPACE" not in privileges and not quotas.get((user, tablespace)):
        raise OracleError(1950, f"no privileges on tablespace '{tablespace}'")
    return tablespace
