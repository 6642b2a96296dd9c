# SPDX-License-Identifier: GPL-3.0-or-later
"""Which process this is, told so that neither a reused pid nor a restarted machine can be mistaken for it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process of this machine.

    `started_ticks` is field 22 of /proc/<pid>/stat (proc(5)), in clock ticks
    since boot; `boot_id` that of /proc/sys/kernel/random.
    """

    pid: int
    started_ticks: int
    boot_id: str

    @classmethod
    def find(cls, pid: int) -> Process | None:
        """Return the process with this pid, None if there is none; a zombie is none."""
        ticks = _started_ticks(pid)
        return None if ticks is None else cls(pid, ticks, _boot_id())

    @classmethod
    def current(cls) -> Process:
        """Return the process that asks."""
        process = cls.find(os.getpid())
        if process is None:
            raise ProcessLookupError(os.getpid())
        return process

    def is_running(self) -> bool:
        """Whether the process still runs; a zombie does not."""
        return self.boot_id == _boot_id() and _started_ticks(self.pid) == self.started_ticks


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _started_ticks(pid: int) -> int | None:
    try:
        content = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field, the program's name in brackets, may itself hold blanks and brackets.
    state, *fields = content.rpartition(b")")[2].split()
    return None if state in (b"Z", b"X") else int(fields[18])
