# SPDX-License-Identifier: GPL-3.0-or-later
"""One database: an SQLite file, its system change numbers and its single writer.

Every row bears the number of the transaction that made it (`TXN$`); the row an
UPDATE or DELETE replaces goes to the table's history with the number that ended
it. Transactions commit one after another, so "as of SCN n" is "as of the last
transaction committed at or before n", and the count of a flashback query is true.
"""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SCN_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_SCN_PER_S = 4
"""About what an idle Oracle server advances; the SCN follows the clock so that times can be converted."""


@dataclass
class Database:
    """The shared state behind all sessions of one database."""

    path: Path
    clock: Callable[[], datetime]
    writer: threading.Lock = field(default_factory=threading.Lock)
    _scn: int = 0
    _scn_lock: threading.Lock = field(default_factory=threading.Lock)

    def connect(self) -> sqlite3.Connection:
        """Open a connection: explicit transactions, usable from one thread at a time."""
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA case_sensitive_like = ON")
        return connection

    def current_scn(self) -> int:
        """Return the number of now: every commit so far has at most this one, every later commit a greater one."""
        with self._scn_lock:
            self._scn = max(self._scn, self._of(self.clock()))
            return self._scn

    def commit(self, connection: sqlite3.Connection, transaction: int) -> int:
        """Commit the writer's transaction and return its SCN.

        Under the lock nobody can read an SCN between its choice and the commit,
        so a flashback query at a number sees all commits up to that number.
        """
        with self._scn_lock:
            scn = self._scn = max(self._scn + 1, self._of(self.clock()))
            now = self.clock().astimezone(UTC).isoformat()
            connection.execute("INSERT INTO sys_transactions VALUES (?, ?, ?)", (transaction, scn, now))
            connection.execute("COMMIT")
            return scn

    def transaction_at(self, connection: sqlite3.Connection, scn: int) -> int:
        """Return the last transaction committed at or before `scn`; raises ORA-08181 for a number not yet reached."""
        if scn < 0 or scn > self.current_scn():
            raise OracleError(8181, "specified number is not a valid system change number")
        row = connection.execute("SELECT max(txn) FROM sys_transactions WHERE scn <= ?", (scn,)).fetchone()
        if row[0] is None:
            raise OracleError(1555, 'snapshot too old: rollback segment number  with name "" too small')
        return int(row[0])

    def scn_at(self, moment: datetime) -> int:
        """Return the SCN of a moment; raises ORA-08180 for one that is not in the past or before the database."""
        scn = self._of(moment)
        if scn > self.current_scn():
            raise OracleError(8180, "no snapshot found based on specified time")
        return scn

    def time_of(self, scn: int) -> datetime:
        """Return about when `scn` was current."""
        if scn < 0 or scn > self.current_scn():
            raise OracleError(8181, "specified number is not a valid system change number")
        return (_SCN_EPOCH + timedelta(seconds=scn / _SCN_PER_S)).astimezone(self.clock().tzinfo)

    def restore_scn(self) -> None:
        """Go on above the last commit of an earlier life, even if the clock went back."""
        connection = self.connect()
        try:
            last = connection.execute("SELECT coalesce(max(scn), 0) FROM sys_transactions").fetchone()[0]
            self._scn = last + _SCN_PER_S
        finally:
            connection.close()

    @staticmethod
    def _of(moment: datetime) -> int:
        return int((moment.astimezone(UTC) - _SCN_EPOCH).total_seconds() * _SCN_PER_S)
