# SPDX-License-Identifier: GPL-3.0-or-later
"""One program of copy_media.py: its CPU time and memory with all its descendants, and never more than its time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: Twenty samples of memory a second.
SAMPLE_S = 0.05


@dataclass(frozen=True)
class Ran:
    """A finished program: seconds of the clock and of CPUs, peaks of PSS and RSS over its processes, what it wrote."""

    wall_s: float
    cpu_s: float
    pss_bytes: int
    rss_bytes: int
    output: str


class FailedError(Exception):
    """A program ended with an error or took too long."""


def memory(pid: int | str = "self") -> tuple[int, int]:
    """Return the PSS and the RSS of a process in bytes; zeros if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0, 0
    found = {name: int(rest.split()[0]) * 1024 for name, rest in (line.split(":", 1) for line in lines[1:])}
    return found["Pss"], found["Rss"]


def tree(pid: int) -> list[int]:
    """Return a process and its descendants."""
    pids = [pid]
    for each in pids:
        # A process that ends meanwhile has none.
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{each}/task").iterdir():
                pids += map(int, (task / "children").read_text(encoding="ascii").split())
    return pids


def run(command: Sequence[str], environment: Mapping[str, str], limit_s: float) -> Ran:
    """Run a program to its end, or end it and what it started. Raises FailedError."""
    pss = rss = 0
    ends = time.monotonic() + limit_s
    before, began = os.times(), time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment
        )
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(SAMPLE_S)
                    break
                sums = [sum(each) for each in zip(*map(memory, tree(process.pid)), strict=True)]
                pss, rss = max(pss, sums[0]), max(rss, sums[1])
                if time.monotonic() > ends:
                    raise FailedError(f"{command[0]} took more than {limit_s:.0f} s")
        finally:
            if process.poll() is None:
                for pid in tree(process.pid):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                process.wait()
        wall_s = time.perf_counter() - began
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode:
        raise FailedError(f"{' '.join(command)} ended with {process.returncode}: {text[-500:]}")
    after = os.times()
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    return Ran(wall_s, cpu_s, pss, rss, text)
