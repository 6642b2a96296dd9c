# SPDX-License-Identifier: GPL-3.0-or-later
"""A running database: its files, its accounts and its Data Pump, shared by all sessions."""

from __future__ import annotations

import itertools
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.datapump import DataPump
from rehearsal.dumpfile.model import DatabaseFacts

from .storage.database import Database
from .storage.posed import PosedAccounts
from .tablesource import SqliteTableSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from rehearsal.datapump import Pace

    from .storage.create import DatabaseSpec


def database_facts(spec: DatabaseSpec) -> DatabaseFacts:
    """Return what the database says of itself; every name of it says REHEARSAL."""
    version = ".".join(str(part) for part in spec.version)
    edition = "Enterprise Edition" if spec.enterprise else "Standard Edition"
    return DatabaseFacts(
        version=spec.version,
        instance="rehearsal",
        global_name=f"REHEARSAL.{spec.service.upper()}",
        banner=f"REHEARSAL (GLADI) Database {edition} Release {version} - not an Oracle server",
        enterprise=spec.enterprise,
    )


@dataclass
class Instance:
    """What all sessions of one database share."""

    service: str
    facts: DatabaseFacts
    database: Database
    accounts: PosedAccounts
    datapump: DataPump
    clock: Callable[[], datetime]
    started_at: datetime
    masters_file: Path
    _masters: list[tuple[str, str]]
    _session_ids: itertools.count[int] = field(default_factory=lambda: itertools.count(101))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next_session_id(self) -> int:
        """Return a session id no other session has."""
        with self._lock:
            return next(self._session_ids)

    @contextmanager
    def masters_remembered(self) -> Iterator[None]:
        """Write down which master tables there are after a call, so that a crash leaves them behind as orphans."""
        try:
            yield
        finally:
            with self._lock:
                masters = sorted(self.datapump.master_tables())
                if masters != self._masters:
                    _write_masters(self.masters_file, masters)
                    self._masters = masters

    def close(self) -> None:
        """Stop the jobs and close the files."""
        self.datapump.shutdown()
        self.accounts.close()


def open_instance(folder: Path, spec: DatabaseSpec, clock: Callable[[], datetime], pace: Pace) -> Instance:
    """Open the database that `create_database` made in `folder`."""
    facts = database_facts(spec)
    database = Database(folder / "database.sqlite", clock)
    database.restore_scn()
    accounts = PosedAccounts(folder / "accounts.sqlite", clock)
    if accounts.account("SYS") is None:
        raise OracleError(1034, "REHEARSAL not available: the database has no accounts")
    source = SqliteTableSource(database, accounts, facts)
    masters_file = folder / "masters.json"
    masters = _read_masters(masters_file)
    datapump = DataPump(source, pace=pace, clock=clock, orphans=masters)
    return Instance(spec.service, facts, database, accounts, datapump, clock, clock(), masters_file, masters)


def _read_masters(path: Path) -> list[tuple[str, str]]:
    if not path.exists():
        return []
    return [(owner, name) for owner, name in json.loads(path.read_text(encoding="utf-8"))]


def _write_masters(path: Path, masters: list[tuple[str, str]]) -> None:
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(masters), encoding="utf-8")
    temporary.replace(path)
