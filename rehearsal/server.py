# SPDX-License-Identifier: GPL-3.0-or-later
"""The rehearsal server as one process: databases, listener and admin socket, until told to stop."""

from __future__ import annotations

import logging
import select
import signal
import socket
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from rehearsal import admin, processes
from rehearsal.processes import own_process
from rehearsal.state import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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

    `ready` is called once clients are answered. Raises BusyError, StateError,
    admin.FaultError, and OSError when the address cannot be listened on.
    """
    with ExitStack() as stack:
        wakeup = stack.enter_context(_signals())
        stack.enter_context(state.held())
        record = stack.enter_context(_answering(state, settings, faults))
        stack.enter_context(state.published(record))
        _log.info("REHEARSAL server answers on %s port %d", record.host, record.port)
        ready(record)
        _log.info("stopping: %s", _wait(wakeup, followed))


@contextmanager
def _answering(state: StateDir, settings: Settings, faults: Mapping[str, str]) -> Iterator[Record]:
    """Open databases, listener and admin socket; give the record that tells clients where."""
    from rehearsal.engine import open_engine
    from rehearsal.listener import serve

    raise NotImplementedError(open_engine, serve, admin, own_process, settings, faults, state)
    yield


def _wait(wakeup: socket.socket, followed: ProcessId | None) -> str:
    """Wait for a reason to stop and return it."""
    with ExitStack() as stack:
        watched = [wakeup.fileno()]
        if followed is not None:
            pidfd = stack.enter_context(processes.opened(followed))
            if pidfd is None:
                return "the process it follows had gone before"
            watched.append(pidfd)
        if watched[0] in select.select(watched, [], [])[0]:
            return signal.Signals(wakeup.recv(1)[0]).name
        return "the process it follows has gone"


@contextmanager
def _signals() -> Iterator[socket.socket]:
    """Give a socket that receives the number of each SIGTERM and SIGINT."""
    reader, writer = socket.socketpair()
    with reader, writer:
        writer.settimeout(0)
        previous_fd = signal.set_wakeup_fd(writer.fileno())
        previous = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield reader
        finally:
            signal.set_wakeup_fd(previous_fd)
            for number, handler in previous.items():
                signal.signal(number, handler)
