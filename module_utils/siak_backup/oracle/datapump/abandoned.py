# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that are to go away, and jobs that are in our way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ...errors import ConnectError, ExportError, JobBusyError, OracleError
from ...run_id import run_started_at
from .. import files, statements
from ..names import JOB_PREFIX, TableName, run_id_of
from .job import NOT_RUNNING, Job, RunningJob, own_jobs, state_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from ..session import Session
    from .timing import Timing

_GONE_WITHIN_S = 60.0
_LOOK_AGAIN_S = 0.5
_STOP_AGAIN_S = 10.0


@dataclass(frozen=True)
class ClearedJob:
    """What was done to a dead run's job. `state` is the one it was found in, `left_files` could not be removed."""

    job: str
    state: str
    left_files: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the result's form."""
        return {"job": self.job, "state": self.state, "left_files": list(self.left_files)}


def clear_job(session: Session, directory: str, found: RunningJob, timing: Timing) -> ClearedJob:
    """Stop a job and remove what it wrote. Raises ExportError if it does not go away, OracleError."""
    if not stop(session, found.name, timing):
        raise ExportError(
            f"job lama {found.name} tidak mau berhenti",
            where=session.where,
            remedy="minta DBA menghentikannya dengan DBMS_DATAPUMP.STOP_JOB",
        )
    return ClearedJob(found.name, found.state, tuple(remove_files(session, directory, found.name)))


def stop(session: Session, name: str, timing: Timing) -> bool:
    """Stop a job, and ask again while it does not go; tell whether nothing of it runs after a minute at the most.

    May be called again on another session when the line drops. Raises OracleError.
    """
    deadline = timing.monotonic() + _GONE_WITHIN_S
    while True:
        job = Job.attach(session, name)
        if job is not None:
            job.stop()
        until = min(deadline, timing.monotonic() + _STOP_AGAIN_S)
        while state_of(session, name) not in ("", NOT_RUNNING):
            if timing.monotonic() > until:
                break
            timing.sleep(_LOOK_AGAIN_S)
        else:
            return True
        if timing.monotonic() > deadline:
            return False


def remove_files(session: Session, directory: str, job: str) -> list[str]:
    """Remove a job's dump pieces and log; return the names that stay. Raises ConnectError."""
    return files.remove(session, directory, [*files.piece_names(f"{job}_%U.dmp"), f"{job}.log"])


def busy_jobs(jobs: Collection[RunningJob], abandoned: Collection[str]) -> list[RunningJob]:
    """Return jobs of ours that a run must not start beside: alive, and not of a dead run."""
    return [
        job
        for job in jobs
        if job.name.startswith(JOB_PREFIX) and job.state != NOT_RUNNING and job.name not in abandoned
    ]


def orphans(jobs: Collection[RunningJob], abandoned: Collection[str]) -> list[str]:
    """Return the names of our master tables without a job, those of dead runs excepted, which step 2 clears."""
    return [
        job.name
        for job in jobs
        if job.name.startswith(JOB_PREFIX) and job.state == NOT_RUNNING and job.name not in abandoned
    ]


@dataclass(frozen=True)
class DroppedOrphan:
    """A master table that was to go; `left_because` says in Indonesian why it stays, empty if it is gone."""

    job: str
    left_because: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the result's form."""
        return {"job": self.job, "left_because": self.left_because}


def droppable(
    jobs: Collection[RunningJob], abandoned: Collection[str], *, now: datetime, time_limit_s: float
) -> list[str]:
    """Return the master tables among our orphans that certainly belong to nothing that runs, in their runs' order.

    Their names are those of runs that began longer ago than a job may take,
    no session is attached, and none is a dead run's that step 2 may yet finish.
    """
    idle = [job for job in jobs if not job.attached_sessions]
    runs = {name: run for name in orphans(idle, abandoned) if (run := run_id_of(name)) is not None}
    limit = timedelta(seconds=time_limit_s)
    return sorted(name for name, run in runs.items() if now - run_started_at(run) > limit)


def drop_orphans(session: Session, names: Sequence[str]) -> tuple[DroppedOrphan, ...]:
    """Drop master tables in the account's own schema, one by one; the dump files they tell of stay.

    Each is looked at again right before. Nothing is attached: that would wake
    a stopped job. Oracle itself refuses a table that a job uses (ORA-00054).

    Raises:
        ConnectError: the line dropped.
        OracleError: the jobs cannot be seen.
        ConfigError: the account's name is none that Oracle takes unquoted.
    """
    return tuple(_drop(session, name) for name in names)


def _drop(session: Session, name: str) -> DroppedOrphan:
    found = next((job for job in own_jobs(session) if job.name == name), None)
    if found is None:
        return DroppedOrphan(name, "sudah tidak ada")
    if found.state != NOT_RUNNING or found.attached_sessions:
        return DroppedOrphan(name, f"jobnya {found.state}")
    try:
        session.call(statements.drop_table(TableName.parse(f"{session.user}.{name}", setting="akun")))
    except ConnectError:
        raise
    except OracleError as error:
        return DroppedOrphan(name, str(error))
    return DroppedOrphan(name)


def refuse_busy(session: Session, besides: Collection[str] = ()) -> None:
    """Raise JobBusyError if another export of ours is at work on this server, `besides` those that are known."""
    busy = busy_jobs(own_jobs(session), besides)
    if busy:
        raise JobBusyError(
            f"ekspor lain sedang berjalan: {', '.join(job.name for job in busy)}",
            where=session.where,
            remedy="tunggu sampai selesai atau minta DBA menghentikannya",
        )
