# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections and exports as the tests start them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rehearsal_server import RehearsalDatabase
from siak_backup.oracle.connection import CONNECTION_SPEC, ConnectionSettings
from siak_backup.oracle.datapump.define import current_scn, define, start
from siak_backup.oracle.datapump.export import ExportResult, run_export
from siak_backup.oracle.datapump.job import NOT_RUNNING, Job, state_of
from siak_backup.oracle.datapump.plan import ExportPlan
from siak_backup.oracle.datapump.timing import Timing
from siak_backup.oracle.session import Link, Session


def settings_of(database: RehearsalDatabase) -> ConnectionSettings:
    return ConnectionSettings.from_params(dict.fromkeys(CONNECTION_SPEC) | database.connection)


class Progress:
    """Keeps what was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, int | None, float | None]] = []

    def __call__(
        self, phase: str, done_bytes: int = 0, total_bytes: int | None = None, percent: float | None = None
    ) -> None:
        self.told.append((phase, done_bytes, total_bytes, percent))

    @property
    def phases(self) -> set[str]:
        return {phase for phase, *_ in self.told}


def export(
    link: Link, plan: ExportPlan, *, dead: Sequence[str] = (), progress: Progress | None = None, **more: Any
) -> ExportResult:
    return run_export(link, plan, abandoned=dead, progress=progress or Progress(), timing=Timing(), **more)


def wait_gone(session: Session, job: str) -> bool:
    """Wait until nothing of a job runs; tell whether that came within a minute."""
    timing = Timing()
    deadline = timing.monotonic() + 60
    while state_of(session, job) not in ("", NOT_RUNNING):
        if timing.monotonic() > deadline:
            return False
        timing.sleep(0.1)
    return True


def started_job(session: Session, plan: ExportPlan) -> Job:
    job, _ = define(session, plan, current_scn(session))
    start(job)
    return job
