# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs on the server that are not this run's: finished where that is sound, else stopped, or in the way (ADR 0022)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import JobBusyError
from ..run_id import is_run_id
from .watch import stop

if TYPE_CHECKING:
    from collections.abc import Collection

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


def running_jobs(line: Line, plan: ScriptPlan, look: Reply) -> dict[str, Reply]:
    """Return the status of every job that runs, by its run's id; `look` is the answer to the shell's `look`."""
    found = {}
    for run_id in sorted(filter(is_run_id, look.values("job"))):
        status = line.ask(line.shell.status(plan.job(run_id)))
        if status.text("state") == "running":
            found[run_id] = status
    return found


def refuse_busy(plan: ScriptPlan, look: Reply, running: Collection[str], *, besides: Collection[str]) -> None:
    """Raise JobBusyError if the script is at work already, `besides` the jobs of these runs."""
    if others := sorted(set(running) - set(besides)):
        raise JobBusyError(f"skrip sedang dijalankan run lain: {', '.join(others)}", where=plan.where, remedy=_REMEDY)
    if not running and look.has("busy"):
        raise JobBusyError(
            f"skrip sedang berjalan di luar run ini, proses {', '.join(look.values('busy'))}",
            where=f"{plan.where}, {plan.script}",
            remedy=_REMEDY,
        )


def take_over(line: Line, plan: ScriptPlan, abandoned: Collection[str]) -> tuple[Adoption | None, tuple[str, ...]]:
    """Adopt the youngest job of `abandoned` runs that does what `plan` wants and has time left; stop the others.

    Return it, and the ids of the runs whose jobs were stopped. A job that has ended is left with its files.

    Raises:
        JobBusyError: the script runs, and not for a run that we may follow.
        ExportError: a job does not go away.
        ConnectError, LoginError: the server stays away.
    """
    look = line.ask(line.shell.look(plan.script, plan.folder, plan.work_dir))
    running = running_jobs(line, plan, look)
    refuse_busy(plan, look, running, besides=(*abandoned, plan.run_id))
    adoption: Adoption | None = None
    stopped = []
    for run_id in sorted(set(running) - {plan.run_id}, reverse=True):
        job, started = plan.job(run_id), running[run_id].number("started")
        if adoption is None and started is not None and _may_be_finished(plan, running[run_id], started):
            adoption = Adoption(job, started)
            continue
        stop(line, job)
        stopped.append(run_id)
    return adoption, tuple(stopped)


def _may_be_finished(plan: ScriptPlan, status: Reply, started: int) -> bool:
    now = status.number("now")
    return (
        status.text("fingerprint") == plan.fingerprint
        and now is not None
        and 0 <= now - started < plan.time_limit_s
        and not status.has("stopped")
    )
