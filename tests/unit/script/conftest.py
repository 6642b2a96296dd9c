# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on this machine: its shell is the real /bin/sh, its script's processes are real."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from script_desk import FAST, RUN, LocalRemote
from siak_backup.script.plan import SCRIPT_SPEC, ScriptPlan
from siak_backup.script.remote import Line

from tests.site_script.site import Site


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
