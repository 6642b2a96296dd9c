# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs on the server that are not this run's: finished where that is sound, else stopped, or in the way (ADR 0022)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import JobBusyError
from ..run_id import is_run_id
from .watch import stop

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .plan import ScriptPlan
    from .remote import Line
    from .replies import Reply
    from .shell import Job

_REMEDY = "tunggu sampai selesai atau minta administrator server menghentikannya"


@dataclass(frozen=True)
class Adoption:
    """A job at work that this run sees to its end. `started` is by the server's clock."""

    job: Job
    started: int


def known_jobs(line: Line, plan: ScriptPlan, look: Reply) -> dict[str, Reply]:
    """Return the status of every job that has a folder, by its run's id; `look` is the answer to the shell's `look`."""
    ids = sorted(filter(is_run_id, look.values("job")))
    return {run_id: line.ask(line.shell.status(plan.job(run_id))) for run_id in ids}


def running(jobs: Mapping[str, Reply]) -> tuple[str, ...]:
    """Return the ids of those that run."""
    return tuple(run_id for run_id, status in jobs.items() if status.text("state") == "running")


def refuse_busy(plan: ScriptPlan, look: Reply, at_work: Collection[str], *, besides: Collection[str]) -> None:
    """Raise JobBusyError if the script is at work already, `besides` the jobs of these runs."""
    if others := sorted(set(at_work) - set(besides)):
        raise JobBusyError(f"skrip sedang dijalankan run lain: {', '.join(others)}", where=plan.where, remedy=_REMEDY)
    if not at_work and look.has("busy"):
        raise JobBusyError(
            f"skrip sedang berjalan di luar run ini, proses {', '.join(look.values('busy'))}",
            where=f"{plan.where}, {plan.script}",
            remedy=_REMEDY,
        )


def take_over(line: Line, plan: ScriptPlan, abandoned: Collection[str]) -> tuple[Adoption | None, tuple[str, ...]]:
    """Adopt the youngest job of `abandoned` runs that does what `plan` wants and has time left; stop the others.

    One that runs is preferred to one that has ended meanwhile: that one, too, is finished, for the script, run again,
    may overwrite the dump. Return it, and the ids of the runs whose jobs were stopped.

    Raises:
        JobBusyError: the script runs, and not for a run that we may follow.
        ExportError: a job does not go away.
        ConnectError, LoginError: the server stays away.
    """
    look = line.ask(line.shell.look(plan.script, plan.folder, plan.work_dir))
    jobs = known_jobs(line, plan, look)
    at_work = running(jobs)
    refuse_busy(plan, look, at_work, besides=(*abandoned, plan.run_id))
    adoption: Adoption | None = None
    stopped = []
    for run_id in sorted(set(at_work) - {plan.run_id}, reverse=True):
        adopted = _adopt(plan, run_id, jobs[run_id]) if adoption is None else None
        if adopted is None:
            stop(line, plan.job(run_id))
            stopped.append(run_id)
        adoption = adoption or adopted
    ended = [run_id for run_id in abandoned if run_id in jobs and jobs[run_id].text("state") == "ended"]
    for run_id in sorted(ended, reverse=True):
        adoption = adoption or _adopt(plan, run_id, jobs[run_id])
    return adoption, tuple(stopped)


def _adopt(plan: ScriptPlan, run_id: str, status: Reply) -> Adoption | None:
    now, started = status.number("now"), status.number("started")
    if now is None or started is None or not 0 <= now - started < plan.time_limit_s:
        return None
    if status.text("fingerprint") != plan.fingerprint or status.has("stopped"):
        return None
    return Adoption(plan.job(run_id), started)
