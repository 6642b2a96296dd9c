# SPDX-License-Identifier: GPL-3.0-or-later
"""The rehearsal server as one process: databases, listener and admin socket, until told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sqlite3
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rehearsal import admin, listener, processes
from rehearsal.certificates import ListenerTls
from rehearsal.contract import OracleError
from rehearsal.datapump import Pace
from rehearsal.engine import BACKUP_DIRECTORY, BACKUP_USER, DatabaseSpec, RehearsalEngine, open_engine
from rehearsal.faultboard import Armed, FaultBoard
from rehearsal.state import Database, Record, StateError
from rehearsal.wire.options import Tls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from rehearsal.processes import ProcessId
    from rehearsal.state import Settings, StateDir

_log = logging.getLogger(__name__)


def run(
    state: StateDir,
    settings: Settings,
    *,
    faults: Mapping[str, str],
    followed: ProcessId | None,
    ready: Callable[[Record], None],
) -> None:
    """Serve until SIGTERM or SIGINT comes, or the process `followed` has gone.

    `ready` is called once clients are answered. Raises BusyError, StateError
    and admin.FaultError.
    """
    with state.held(), ExitStack() as stack:
        # what was asked wrongly is said before the databases are made, which takes its time
        options, armed = _options(settings), Armed().set(faults)
        engine = stack.enter_context(_databases(state, settings))
        board = FaultBoard(engine, armed)
        stack.enter_context(admin.listening(board, state.admin_socket))
        options = replace(options, line_fault=board.line_fault, refusal=board.refusal, certificate=board.certificate)
        asyncio.run(_serve(state, settings, engine, options, followed=followed, ready=ready))


async def _serve(
    state: StateDir,
    settings: Settings,
    engine: RehearsalEngine,
    options: listener.ListenerOptions,
    *,
    followed: ProcessId | None,
    ready: Callable[[Record], None],
) -> None:
    with _reason_to_stop(followed) as reason:
        async with _listening(state, settings, engine, options) as port:
            record = _record(state, settings, port)
            with state.published(record):
                _log.info("REHEARSAL server answers on %s port %d", record.host, port)
                ready(record)
                _log.info("stopping: %s", await reason)


@contextmanager
def _databases(state: StateDir, settings: Settings) -> Iterator[RehearsalEngine]:
    """Give the opened databases, made at the first start."""
    major, minor, *rest = (int(number) for number in settings.oracle_version.split("."))
    specs = [
        DatabaseSpec(
            service=service,
            residents=residents,
            password=state.password(service, residents),
            version=(major, minor, rest[0], rest[1], rest[2]),
        )
        for service, residents in settings.databases
    ]
    try:
        engine = open_engine(state.path, specs, pace=Pace(bytes_per_s=settings.export_rate))
    except (OracleError, sqlite3.Error, ValueError) as e:
        raise StateError(f"a database in {state.path} cannot be opened: {e}") from e
    try:
        yield engine
    finally:
        engine.close()


def _options(settings: Settings) -> listener.ListenerOptions:
    levels: dict[str, Any] = {"tns_version": settings.tns_version, "field_version": settings.field_version}
    try:
        return listener.ListenerOptions(**{name: level for name, level in levels.items() if level is not None})
    except ValueError as e:
        raise StateError(str(e)) from e


@asynccontextmanager
async def _listening(
    state: StateDir, settings: Settings, engine: RehearsalEngine, options: listener.ListenerOptions
) -> AsyncIterator[int]:
    """Give the port on which clients are answered."""
    tls = ListenerTls(state.tls, Tls(settings.tls), settings.host) if settings.tls else None
    try:
        server = await listener.serve(engine, host=settings.host, port=settings.port, options=options, tls=tls)
    except OSError as e:
        raise StateError(
            f"cannot listen on {settings.host} port {settings.port}: {os.strerror(e.errno or 0)}; "
            "stop what uses it, or use another --port"
        ) from e
    async with server:
        yield server.port


@contextmanager
def _reason_to_stop(followed: ProcessId | None) -> Iterator[asyncio.Future[str]]:
    """Give a future that is done when there is a reason to stop."""
    loop = asyncio.get_running_loop()
    reason: asyncio.Future[str] = loop.create_future()

    def stop(why: str) -> None:
        if not reason.done():
            reason.set_result(why)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number.name)
    with ExitStack() as stack:
        if followed is not None:
            gone = f"process {followed.pid}, which it follows, has gone"
            pidfd = stack.enter_context(processes.opened(followed))
            if pidfd is None:
                stop(gone)
            else:
                loop.add_reader(pidfd, stop, gone)
                stack.callback(loop.remove_reader, pidfd)
        yield reason


def _record(state: StateDir, settings: Settings, port: int) -> Record:
    process = processes.own_process()
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    wallet = state.tls / "wallet"
    password = wallet / "password"
    databases = (
        Database(
            service=service,
            dsn=f"{'tcps://' if settings.tls else ''}{host}:{port}/{service}",
            user=BACKUP_USER,
            password_file=str(state.password_file(service)),
            directory=BACKUP_DIRECTORY,
            directory_path=str(state.database(service) / "dpdump"),
            wallet_dir=str(wallet) if settings.tls else "",
            wallet_password_file=str(password) if settings.tls and password.exists() else "",
        )
        for service, _ in settings.databases
    )
    return Record(process.pid, process.start_ticks, settings.host, port, settings, tuple(databases))
