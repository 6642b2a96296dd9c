# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes of this machine, told apart even when a number is used again. Linux only: /proc and pidfd."""

from __future__ import annotations

import os
import select
import signal
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class ProcessId:
    """A process: its number and the clock tick it began at, which no later process of that number shares."""

    pid: int
    start_ticks: int

    def alive(self) -> bool:
        """Tell whether this very process still runs; a zombie does not."""
        return identify(self.pid) == self


def identify(pid: int) -> ProcessId | None:
    """Return the process that bears the number now, or None."""
    fields = _stat(pid)
    if fields is None or fields[0] in {"Z", "X"}:
        return None
    return ProcessId(pid, int(fields[19]))


def own_process() -> ProcessId:
    """Return the calling process."""
    process = identify(os.getpid())
    if process is None:
        raise RuntimeError("/proc does not show this process")
    return process


def find_ancestor(name: str, *, of: int) -> ProcessId | None:
    """Return the outermost ancestor of process `of` that has an argument whose file name is `name`.

    The outermost, because ansible-playbook forks workers that bear its command
    line and end with their task.
    """
    found = None
    pid = of
    while fields := _stat(pid):
        pid = int(fields[1])
        if pid and any(PurePosixPath(argument).name == name for argument in _arguments(pid)):
            found = identify(pid) or found
    return found


@contextmanager
def opened(process: ProcessId) -> Iterator[int | None]:
    """Give a pidfd of exactly this process, or None when it has gone."""
    try:
        fd = os.pidfd_open(process.pid)
    except ProcessLookupError:
        yield None
        return
    try:
        # The number may have passed to another process before the pidfd was opened, never after.
        yield fd if process.alive() else None
    finally:
        os.close(fd)


def terminate(process: ProcessId, *, wait_s: float, kill_wait_s: float) -> bool:
    """End the process: SIGTERM, after `wait_s` SIGKILL. Returns False if it had gone already."""
    with opened(process) as fd:
        if fd is None:
            return False
        for number, patience_s in ((signal.SIGTERM, wait_s), (signal.SIGKILL, kill_wait_s)):
            signal.pidfd_send_signal(fd, number)
            if select.select([fd], [], [], patience_s)[0]:
                break
        return True


def _stat(pid: int) -> list[str] | None:
    """Return /proc/<pid>/stat from its third field (state) on; proc(5) numbers them from 1."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()


def _arguments(pid: int) -> list[str]:
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []
    return [os.fsdecode(argument) for argument in line.split(b"\0")]
