# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import oracledb
import pytest
from scripted import PASSWORD, SERVICE, USER, ScriptedEngine

from rehearsal.certificates import ListenerTls
from rehearsal.listener import Listener, ListenerOptions, serve


@dataclass(frozen=True)
class Server:
    """A listener that runs in a thread of its own, so that blocking clients may run in the test's."""

    engine: ScriptedEngine
    listener: Listener
    loop: asyncio.AbstractEventLoop

    @property
    def port(self) -> int:
        return self.listener.port

    def connect(self, **changes: object) -> oracledb.Connection:
        return oracledb.connect(**self.parameters(**changes))

    async def connect_async(self, **changes: object) -> oracledb.AsyncConnection:
        return await oracledb.connect_async(**self.parameters(**changes))

    def parameters(self, **changes: object) -> dict[str, object]:
        return {
            "user": USER,
            "password": PASSWORD,
            "host": "127.0.0.1",
            "port": self.port,
            "service_name": SERVICE,
            **changes,
        }


@contextlib.contextmanager
def running(
    engine: ScriptedEngine, options: ListenerOptions | None = None, tls: ListenerTls | None = None
) -> Iterator[Server]:
    started = threading.Event()
    servers: list[Server] = []
    stop: list[Callable[[], None]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        async with await serve(engine, options=options, tls=tls) as listener:
            servers.append(Server(engine, listener, loop))
            stop.append(lambda: loop.call_soon_threadsafe(stopped.set))
            started.set()
            await stopped.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    assert started.wait(5)
    try:
        yield servers[0]
    finally:
        stop[0]()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def start() -> Iterator[Callable[..., Server]]:
    """Start servers that end with the test."""
    with contextlib.ExitStack() as stack:
        yield lambda engine, **options: stack.enter_context(running(engine, ListenerOptions(**options)))


@pytest.fixture
def start_tls(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start a server that speaks TLS, with the client's wallet in `tls/wallet` of the test's folder."""
    with contextlib.ExitStack() as stack:
        yield lambda engine, kind, **options: stack.enter_context(
            running(engine, ListenerOptions(**options), ListenerTls(tmp_path / "tls", kind, "127.0.0.1"))
        )
