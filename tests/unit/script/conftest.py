# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on this machine: its shell is the real /bin/sh, its script's processes are real."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from siak_backup.errors import CollectError, ConnectError
from siak_backup.oracle.datapump.timing import Timing
from siak_backup.script.plan import SCRIPT_SPEC, ScriptPlan
from siak_backup.script.remote import Line

from tests.site_script.site import Site, run_shell

RUN, EARLIER, OTHER = "20250109T093500Z-3f9a1c", "20250108T093500Z-a1b2c3", "20250107T093500Z-0f1e2d"

#: As the product's, but for pauses.
FAST = Timing(sleep=lambda seconds: time.sleep(min(seconds, 0.2)))


class LocalRemote:
    """Runs commands in /bin/sh. `drops` are lines that drop: before the command runs, or `after` it has run."""

    def __init__(self, *, streams: bool = True) -> None:
        self.streams = streams
        self.drops = 0
        self.after = False
        self.resets = 0

    def run(self, command: str, stdin: bytes = b"") -> str:
        if self.drops and not self.after:
            self._drop()
        done = run_shell(command, stdin)
        if self.drops:
            self._drop()
        return done.stdout.decode()

    def put(self, content: bytes, path: str) -> None:
        Path(path).write_bytes(content)

    def fetch(self, path: str, target: Path) -> None:
        if self.drops:
            self._drop()
        try:
            shutil.copyfile(path, target)
        except OSError as error:
            raise CollectError("tidak ada", where=path) from error

    def reset(self) -> None:
        self.resets += 1

    def _drop(self) -> None:
        self.drops -= 1
        raise ConnectError("sambungan putus")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A server whose leftovers end with the test."""
    made = Site.make(tmp_path / "server")
    yield made
    for job in made.jobs():
        who = made.work / job / "who"
        pids = made.processes(job.removeprefix("siak-")) + ([int(who.read_text().split()[0])] if who.exists() else [])
        for pid in pids:
            if (Path("/proc") / str(pid)).exists():
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def remote() -> LocalRemote:
    return LocalRemote()


@pytest.fixture
def plan_of(site: Site) -> Callable[..., ScriptPlan]:
    """Make plans of the site's script, as a module's options give them."""

    def make(run_id: str = RUN, **changed: Any) -> ScriptPlan:
        defaults = {name: spec.get("default") for name, spec in SCRIPT_SPEC.items()}
        script = defaults | site.options(**changed)
        return ScriptPlan.from_params({"run": {"id": run_id}, "server": "sukamara", "script": script})

    return make


@pytest.fixture
def line_of(remote: LocalRemote) -> Callable[[ScriptPlan], Line]:
    def make(plan: ScriptPlan, patience_s: float = 20) -> Line:
        return Line(remote, plan.shell, patience_s=patience_s, timing=FAST)

    return make
