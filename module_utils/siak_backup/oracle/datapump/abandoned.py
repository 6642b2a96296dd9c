# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that are still on the server without a run that wants them, and jobs that are in our way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError, ExportError, JobBusyError
from .. import files
from ..names import JOB_PREFIX, run_id_of
from .job import NOT_RUNNING, Job, RunningJob, exists, own_jobs

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ..session import Session
    from .timing import Timing

_GONE_WITHIN_S = 60.0
_LOOK_AGAIN_S = 0.5


@dataclass(frozen=True)
class ClearedJob:
    """What was done to a dead run's job. `state` is the one it was found in, `left_files` could not be removed."""

    job: str
    state: str
    left_files: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the result's form."""
        return {"job": self.job, "state": self.state, "left_files": list(self.left_files)}


def clear(session: Session, directory: str, names: Sequence[str], timing: Timing) -> tuple[ClearedJob, ...]:
    """Stop the unfinished jobs of dead runs and remove what they wrote.

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
    return tuple(_clear(session, directory, found[name], timing) for name in names if name in found)


def _clear(session: Session, directory: str, found: RunningJob, timing: Timing) -> ClearedJob:
    job = Job.attach(session, found.name)
    if job is not None:
        job.stop()
    if not wait_gone(session, found.name, timing) and found.state != NOT_RUNNING:
        raise ExportError(
            f"job lama {found.name} tidak mau berhenti",
            where=session.where,
            remedy="minta DBA menghentikannya dengan DBMS_DATAPUMP.STOP_JOB",
        )
    return ClearedJob(found.name, found.state, tuple(remove_files(session, directory, found.name)))


def remove_files(session: Session, directory: str, job: str) -> list[str]:
    """Remove a job's dump pieces and log; return the names that stay. Raises ConnectError."""
    return files.remove(session, directory, [*files.piece_names(f"{job}_%U.dmp"), f"{job}.log"])


def wait_gone(session: Session, job: str, timing: Timing) -> bool:
    """Wait until USER_DATAPUMP_JOBS forgets a stopped job; tell whether it did within a minute."""
    deadline = timing.monotonic() + _GONE_WITHIN_S
    while exists(session, job):
        if timing.monotonic() > deadline:
            return False
        timing.sleep(_LOOK_AGAIN_S)
    return True


def busy_jobs(jobs: Collection[RunningJob], abandoned: Collection[str]) -> list[RunningJob]:
    """Return jobs of ours that a run must not start beside: alive, and not of a dead run."""
    return [
        job
        for job in jobs
        if job.name.startswith(JOB_PREFIX) and job.state != NOT_RUNNING and job.name not in abandoned
    ]


def refuse_busy(session: Session) -> None:
    """Raise JobBusyError if another export of ours is at work on this server."""
    busy = busy_jobs(own_jobs(session), ())
    if busy:
        raise JobBusyError(
            f"ekspor lain sedang berjalan: {', '.join(job.name for job in busy)}",
            where=session.where,
            remedy="tunggu sampai selesai atau minta DBA menghentikannya",
        )
