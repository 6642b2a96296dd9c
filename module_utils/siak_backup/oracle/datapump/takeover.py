# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that dead or disconnected runs of ours left at work: finished where that is sound, else stopped (ADR 0022)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...errors import ConfigError
from ...run_id import run_started_at
from ..names import run_id_of
from .abandoned import ClearedJob, clear_job
from .job import ALIVE, Job, RunningJob, own_jobs
from .note import look_for_note

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ..session import Session
    from .plan import ExportPlan
    from .timing import Timing


@dataclass(frozen=True)
class Adoption:
    """A job at work that this run will see to its end. `plan` bears the job's own run and names."""

    job: Job
    plan: ExportPlan
    started_at: datetime

    def left_s(self, now: datetime) -> float:
        """Return the seconds until its hard limit, which counts from its own run's start."""
        return self.plan.time_limit_s - (now - self.started_at).total_seconds()


def take_over(
    session: Session, plan: ExportPlan, names: Sequence[str], timing: Timing
) -> tuple[Adoption | None, tuple[ClearedJob, ...]]:
    """Adopt the youngest job at work among `names` that exports what `plan` wants; stop and clear the others.

    A job that is no longer there had ended: its files may be the only copy
    of that night and are left alone.

    Raises:
        ConfigError: a name that no run of ours can have given.
        ExportError: a job does not go away.
        OracleError: Oracle refuses.
    """
    for name in names:
        if run_id_of(name) is None:
            raise ConfigError(
                f"{name!r} bukan nama job backup", where="abandoned_jobs", remedy="pakai hasil langkah 1 apa adanya"
            )
    found = {job.name: job for job in own_jobs(session)}
    adoption: Adoption | None = None
    cleared = []
    for name in sorted(set(names) & set(found), reverse=True):
        if adoption is None:
            adoption = _adopt(session, plan, found[name], timing.now())
            if adoption is not None:
                continue
        cleared.append(clear_job(session, plan.directory, found[name], timing))
    return adoption, tuple(cleared)


def _adopt(session: Session, plan: ExportPlan, found: RunningJob, now: datetime) -> Adoption | None:
    run_id = run_id_of(found.name)
    if run_id is None or found.state not in ALIVE:
        return None
    started_at = run_started_at(run_id)
    if not 0 <= (now - started_at).total_seconds() < plan.time_limit_s:
        return None
    own = replace(plan, run_id=run_id, job=found.name)
    note = look_for_note(session, plan.directory, own.log_name)
    if note is not None and not note.is_of(plan, run_id):
        return None
    job = Job.attach(session, found.name)
    return None if job is None else Adoption(job, own, started_at)
