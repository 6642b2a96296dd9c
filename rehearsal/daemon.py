# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting and stopping a rehearsal server that runs on by itself."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal import processes
from rehearsal.state import BusyError, StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rehearsal.state import Record, Settings, StateDir

_LOOK_AGAIN_S = 0.05
_TERMINATE_S = 10.0
_KILL_S = 5.0
READY = "ready"
BUSY = "busy"


def start(state: StateDir, settings: Settings, serve_arguments: Sequence[str], *, wait_s: float) -> tuple[bool, Record]:
    """Make sure that a server with these settings answers; return whether one was started, and its record.

    Of several starts at a time one wins, the others find its server. Raises StateError.
    """
    state.create()
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline:
        if record := state.running():
            _refuse_other(state, settings, record)
            return False, record
        try:
            _launch(state, serve_arguments, deadline)
        except BusyError:  # one that starts or stops at this moment
            time.sleep(_LOOK_AGAIN_S)
            continue
        if record := state.running():
            return True, record
        raise StateError(f"the server ended as soon as it had started: see {state.log}")
    raise StateError(f"no server answers after {wait_s:g} s: see {state.log}")


def stop(state: StateDir) -> bool:
    """End the server of this state folder and wait until it is gone; return whether there was one."""
    holder = state.holder()
    return holder is not None and processes.terminate(holder, wait_s=_TERMINATE_S, kill_wait_s=_KILL_S)


def report_to(ready_fd: int | None) -> Callable[[str], None]:
    """Return what tells the starting process one line: READY, BUSY or a sentence why not."""

    def report(line: str) -> None:
        if ready_fd is not None:
            with os.fdopen(ready_fd, "w", encoding="utf-8") as pipe:
                pipe.write(line)

    return report


def _refuse_other(state: StateDir, wanted: Settings, record: Record) -> None:
    running = record.settings
    # A trainer may have slowed the server down: it plays the same databases all the same.
    wanted = replace(wanted, port=wanted.port or running.port, export_rate=running.export_rate)
    if wanted != running:
        raise StateError(
            f"a server with other settings runs in {state.path} (pid {record.pid}): stop it, or use another --state-dir"
        )


def _launch(state: StateDir, serve_arguments: Sequence[str], deadline: float) -> None:
    """Start `serve` in a session of its own and wait for its word. Raises BusyError, StateError."""
    reader, writer = os.pipe()
    with os.fdopen(reader, encoding="utf-8") as pipe:
        try:
            with state.log.open("ab") as log:
                server = subprocess.Popen(  # noqa: S603 - this interpreter, arguments that argparse has checked
                    [sys.executable, "-m", "rehearsal", "serve", *serve_arguments, f"--ready-fd={writer}"],
                    cwd=Path(__file__).parent.parent,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=[writer],
                    start_new_session=True,
                )
        finally:
            os.close(writer)
        if not select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
            server.terminate()
            server.wait()
            raise StateError(f"the server was not ready in time and has been ended: see {state.log}")
        word = pipe.read()
    if word == READY:
        return
    server.wait()
    if word == BUSY:
        raise BusyError(f"another rehearsal server holds {state.path}")
    raise StateError(word or f"the server died at its start: see {state.log}")
