# SPDX-License-Identifier: GPL-3.0-or-later
"""A rehearsal server of one database that takes only so many sessions: the rest meet Oracle's process limit."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from siak_backup.oracle.connection import ConnectionSettings

from rehearsal.contract import OracleError
from rehearsal.engine import BACKUP_DIRECTORY, BACKUP_USER, DatabaseSpec, RehearsalEngine, open_engine
from rehearsal.listener import serve

SERVICE = "penuh"
DIRECTORY = BACKUP_DIRECTORY
_PASSWORD = "untuk-beberapa-detik"


class CrowdedEngine:
    """The engine, but for sessions beyond `allowed` in all, which get ORA-00020."""

    def __init__(self, engine: RehearsalEngine, allowed: int) -> None:
        self._engine = engine
        self.allowed = allowed
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def open_session(self, service: str, user: str, client: dict[str, str], *, become: str = "") -> Any:
        self.asked += 1
        if self.asked > self.allowed:
            raise OracleError(20, "maximum number of processes (60) exceeded")
        return self._engine.open_session(service, user, client, become=become)


@contextmanager
def crowded_server(folder: Path, allowed: int) -> Iterator[tuple[CrowdedEngine, ConnectionSettings, Path]]:
    """Give the engine, how to log on, and the folder behind the directory object."""
    started, servers, stops = threading.Event(), [], []
    engine = CrowdedEngine(open_engine(folder, [DatabaseSpec(SERVICE, residents=10, password=_PASSWORD)]), allowed)

    async def main() -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        async with await serve(engine) as listener:
            servers.append(listener.port)
            stops.append(lambda: loop.call_soon_threadsafe(stopped.set))
            started.set()
            await stopped.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    assert started.wait(10)
    try:
        dsn = f"127.0.0.1:{servers[0]}/{SERVICE}"
        settings = ConnectionSettings(dsn, BACKUP_USER, _PASSWORD, call_timeout_s=10.0)
        yield engine, settings, folder / SERVICE / "dpdump"
    finally:
        stops[0]()
        thread.join(10)
        engine.close()
        assert not thread.is_alive()
