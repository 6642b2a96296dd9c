# SPDX-License-Identifier: GPL-3.0-or-later
"""A session's SQLite connection: Oracle functions inside, Oracle errors outside, one transaction."""

from __future__ import annotations

import re
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rehearsal.contract import Column, OracleError, OraType
from rehearsal.engine.datatypes import NUMERIC_TYPES, TIME_TYPES, Stored, decode_time, encode, number
from rehearsal.engine.lobs import DirectoryFile
from rehearsal.engine.storage.schema import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rehearsal.engine.storage.database import Database

_CANCEL_CHECK_STEPS = 20_000
"""SQLite virtual machine steps between two looks at the cancel event: about a millisecond."""
_LOCK_POLL_S = 0.05
_BLOCK = "block$"
"""Savepoint before a block; no user can name it."""
_BFILE_MARK = "\0"


def type_mark(column: Column) -> str:
    """Return the letter by which a function knows the type of an argument."""
    if column.type in TIME_TYPES:
        return "d"
    if column.type in NUMERIC_TYPES:
        return "n"
    return "f" if column.type is OraType.BFILE else "t"


class SqlConnection:
    """Executes translated statements. One thread at a time."""

    def __init__(self, database: Database, bfile: Callable[[str, str], DirectoryFile]) -> None:
        self._database = database
        self._bfile = bfile
        self._sqlite = database.connect()
        self._functions: set[str] = set()
        self._raised: OracleError | None = None
        self._cancelled = threading.Event()
        self._transaction: int | None = None
        self._sqlite.create_function("current_txn", 0, lambda: self._transaction or 0)
        self._sqlite.set_progress_handler(lambda: int(self._cancelled.is_set()), _CANCEL_CHECK_STEPS)
        self.register_function("txn_at", "n", lambda scn: database.transaction_at(self._sqlite, int(scn)))

    @property
    def sqlite(self) -> sqlite3.Connection:
        """The connection itself, for reading the catalogue."""
        return self._sqlite

    @property
    def in_transaction(self) -> bool:
        """Tell whether there is uncommitted work."""
        return self._transaction is not None

    @contextmanager
    def cancellable(self, cancelled: threading.Event) -> Iterator[None]:
        """Let `cancelled` interrupt what runs inside, with ORA-01013."""
        before, self._cancelled = self._cancelled, cancelled
        try:
            yield
        finally:
            self._cancelled = before

    def register_function(self, name: str, marks: str, run: Callable[..., Any]) -> str:
        """Make `run` callable from SQL for arguments of the types `marks` tells; return SQLite's name of it."""
        key = f"{name}_{marks}"
        if key not in self._functions:
            decoders = [self._decoder(mark) for mark in marks]

            def call(*stored: Stored) -> Stored:
                try:
                    values = [d(v) if v is not None else None for d, v in zip(decoders, stored, strict=True)]
                    return _encode_result(run(*values))
                except OracleError as error:
                    self._raised = error
                    raise

            self._sqlite.create_function(key, len(marks), call)
            self._functions.add(key)
        return quoted(key)

    def register_aggregate(self, name: str, arguments: int, factory: type) -> None:
        """Make an aggregate class callable from SQL."""
        self._sqlite.create_aggregate(name, arguments, factory)

    def query(self, sql: str, parameters: Sequence[object] = ()) -> sqlite3.Cursor:
        """Run a statement; raises OracleError."""
        self._raised = None
        try:
            return self._sqlite.execute(sql, [encode(value) for value in parameters])
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def fetch(self, cursor: sqlite3.Cursor) -> Iterator[tuple[Stored, ...]]:
        """Yield the rows of a query; raises OracleError."""
        try:
            yield from cursor
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def write(self, sql: str, parameters: Sequence[object] = ()) -> sqlite3.Cursor:
        """Run a changing statement inside the session's transaction."""
        self.begin()
        return self.query(sql, parameters)

    def begin(self) -> None:
        """Begin a transaction if there is none; waits for another writer, and can be cancelled meanwhile."""
        if self._transaction is not None:
            return
        while not self._database.writer.acquire(timeout=_LOCK_POLL_S):
            if self._cancelled.is_set():
                raise _cancelled()
        try:
            self._sqlite.execute("BEGIN IMMEDIATE")
            row = self._sqlite.execute("SELECT coalesce(max(txn), 0) + 1 FROM sys_transactions").fetchone()
            self._transaction = row[0]
        except BaseException:
            self._database.writer.release()
            raise

    def commit(self) -> None:
        """Commit; without a transaction nothing happens."""
        if self._transaction is not None:
            self._database.commit(self._sqlite, self._transaction)
            self._end()

    def rollback(self, savepoint: str | None = None) -> None:
        """Roll back all or to a savepoint; raises ORA-01086 for an unknown one."""
        if savepoint is not None:
            try:
                self._sqlite.execute(f'ROLLBACK TO "{savepoint}"')
            except sqlite3.OperationalError:
                raise OracleError(
                    1086, f"savepoint '{savepoint}' never established in this session or is invalid"
                ) from None
        elif self._transaction is not None:
            self._sqlite.execute("ROLLBACK")
            self._end()

    def savepoint(self, name: str) -> None:
        """Set a savepoint."""
        self.begin()
        self._sqlite.execute(f'SAVEPOINT "{name}"')

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Undo what is done inside if it fails, as Oracle does for a failed block; what it committed stays."""
        before = self._transaction
        if before is not None:
            self.savepoint(_BLOCK)
        try:
            yield
        except BaseException:
            same = before is not None and self._transaction == before
            self.rollback(_BLOCK if same else None)
            raise

    def close(self) -> None:
        """Roll back and close."""
        self.rollback()
        self._sqlite.close()

    def _end(self) -> None:
        self._transaction = None
        self._database.writer.release()

    def _decoder(self, mark: str) -> Callable[[Any], Any]:
        if mark == "d":
            return decode_time
        if mark == "n":
            return lambda value: number(value) if isinstance(value, float) else value
        if mark == "f":
            return self.bfile
        return lambda value: value

    def bfile(self, stored: str) -> DirectoryFile:
        """Return the BFILE that a query's value stands for."""
        directory, _, name = stored.partition(_BFILE_MARK)
        return self._bfile(directory, name)

    def _translated(self, error: sqlite3.Error) -> OracleError:
        if self._raised is not None:
            raised, self._raised = self._raised, None
            return raised
        message = str(error)
        if message == "interrupted":
            return _cancelled()
        if isinstance(error, sqlite3.IntegrityError):
            return self._constraint(message)
        if "misuse of aggregate" in message:
            return OracleError(934, "group function is not allowed here")
        if "SELECTs to the left and right" in message:
            return OracleError(1789, "query block has incorrect number of result columns")
        if "ORDER BY term out of range" in message:
            return OracleError(1785, "ORDER BY item must be the number of a SELECT-list expression")
        if "disk is full" in message:
            return OracleError(1653, "unable to extend table in tablespace USERS")
        return OracleError(600, f"internal error code, arguments: [rehearsal], [{message}]")

    def _constraint(self, message: str) -> OracleError:
        found = re.search(r"UNIQUE constraint failed: (.+)", message)
        name = "SYS_C"
        if found:
            table, columns = _failed_columns(found[1])
            rows = self._sqlite.execute(
                "SELECT c.owner || '.' || c.name, c.columns FROM sys_constraints c "
                "JOIN sys_tables t ON t.id = c.table_id WHERE t.owner || '.' || t.name = ?",
                (table,),
            )
            name = next((constraint for constraint, keys in rows if keys == columns), name)
        return OracleError(1, f"unique constraint ({name}) violated")


def _failed_columns(listed: str) -> tuple[str, str]:
    """Split `OWNER.TABLE.C1, OWNER.TABLE.C2` into table and comma-separated columns."""
    parts = [part.strip().rpartition(".") for part in listed.split(",")]
    return parts[0][0], ",".join(part[2] for part in parts)


def _encode_result(value: object) -> Stored:
    if isinstance(value, DirectoryFile):
        return f"{value.directory}{_BFILE_MARK}{value.name}"
    return encode(value)


def _cancelled() -> OracleError:
    return OracleError(1013, "user requested cancel of current operation")
