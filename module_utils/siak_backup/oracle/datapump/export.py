# SPDX-License-Identifier: GPL-3.0-or-later
"""One export from beginning to proven end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import ConnectError, ExportError, ExportTimeLimitError, RunLockError
from .. import files
from . import job as jobs
from .abandoned import ClearedJob, refuse_busy, remove_files, stop
from .define import Options, current_scn, define, start
from .job import NOT_RUNNING, Job
from .proof import listed_pieces, prove_adopted, prove_by_log
from .stall import waiting_told
from .takeover import Adoption, take_over
from .watch import OVERDUE, UNSEEN, Ending, Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from ...dump.log import ExportLog
    from ..session import Link, Session
    from ..sink import ProgressSink
    from .plan import ExportPlan
    from .timing import Timing

#: How long a job may stay half defined in the view after its session was lost.
_DEFINING_WITHIN_S = 60.0
_LOOK_AGAIN_S = 0.5


@dataclass(frozen=True)
class ExportResult:
    """A proven export: state COMPLETED, no errors, a log that says so. Times are UTC.

    `plan` is the job's own; `adopted_run` is the run that began it, empty if this one did.
    """

    plan: ExportPlan
    scn: int
    pieces: tuple[tuple[str, int], ...]
    ending: Ending
    started_at: datetime
    ended_at: datetime
    options: Options
    cleared_jobs: tuple[ClearedJob, ...]
    reconnects: int
    log: ExportLog
    adopted_run: str = ""

    @property
    def state(self) -> str:
        """The job's last state, or UNSEEN."""
        return self.ending.state

    def as_dict(self) -> dict[str, Any]:
        """Return the module's `export` result."""
        return self.plan.as_dict() | {
            "scn": self.scn,
            "pieces": [{"name": name, "size_bytes": size_bytes} for name, size_bytes in self.pieces],
            "state": self.state,
            "error_count": 0,
            "started_at": self.started_at.isoformat(timespec="seconds"),
            "ended_at": self.ended_at.isoformat(timespec="seconds"),
            "duration_s": round((self.ended_at - self.started_at).total_seconds(), 1),
            "options_taken": list(self.options.taken),
            "options_refused": [option.as_dict() for option in self.options.refused],
            "adopted_run": self.adopted_run,
            "cleared_jobs": [job.as_dict() for job in self.cleared_jobs],
            "stalls": [stall.as_dict() for stall in self.ending.stalls],
            "reconnects": self.reconnects,
            "table_count": len({(table.schema, table.name) for table in self.log.tables}),
            "row_count": sum(table.rows or 0 for table in self.log.tables),
        }


def predict(plan: ExportPlan, now: datetime) -> dict[str, Any]:
    """Return the form of `export` that check mode shows: one piece, of unknown size."""
    moment = now.isoformat(timespec="seconds")
    return plan.as_dict() | {
        "scn": 0,
        "pieces": [{"name": files.piece_names(plan.dump_template)[0], "size_bytes": 0}],
        "state": "PLANNED",
        "error_count": 0,
        "started_at": moment,
        "ended_at": moment,
        "duration_s": 0.0,
        "options_taken": [],
        "options_refused": [],
        "adopted_run": "",
        "cleared_jobs": [],
        "stalls": [],
        "reconnects": 0,
        "table_count": 0,
        "row_count": 0,
    }


def run_export(
    link: Link,
    plan: ExportPlan,
    *,
    abandoned: Sequence[str],
    progress: ProgressSink,
    timing: Timing,
    demand_alive: Callable[[], None] = lambda: None,
) -> ExportResult:
    """Export, and return only what is proven.

    A job that a dead or disconnected run of ours left at work is seen to its
    end, if it exports what `plan` wants and its time is not up; one that then
    proves nothing is followed by an export of our own. Other such jobs are
    stopped first. A line that drops while the job runs is taken up again: the
    job lives in the server.

    `demand_alive` is asked at the last moment before a job is started: it
    raises RunLockError where the run that wants it has died, so that none
    starts behind the back of the next one.

    Raises:
        JobBusyError: another export of ours runs.
        ExportTimeLimitError: the limit passed; the job is stopped and its pieces are removed.
        ExportError: the job failed or its success is not proven; its files stay for the DBA.
        OracleError: no connection, no login, no privilege.
    """
    adoption, cleared = take_over(link.session, plan, abandoned, timing)
    refuse_busy(link.session, [adoption.plan.job] if adoption else [])
    if adoption is not None:
        try:
            return _finish(link, adoption, cleared, progress, timing)
        except ExportTimeLimitError:
            raise
        except ExportError as error:
            progress(f"ekspor: job {adoption.plan.job} tidak terbukti berhasil, mengekspor baru")
            cleared += (ClearedJob(adoption.plan.job, error.code, ()),)
    return _export(link, plan, cleared, progress, timing, demand_alive=demand_alive)


def _export(
    link: Link,
    plan: ExportPlan,
    cleared: tuple[ClearedJob, ...],
    progress: ProgressSink,
    timing: Timing,
    *,
    demand_alive: Callable[[], None],
) -> ExportResult:
    started_at, deadline = timing.now(), timing.monotonic() + plan.time_limit_s
    scn = current_scn(link.session)
    progress("ekspor: menyiapkan job")
    job, options = _define_and_start(link, plan, scn, timing, demand_alive=demand_alive)
    ending = _watch(link, plan, job, deadline, progress=progress, timing=timing)
    log = prove_by_log(link, plan, ending)
    return ExportResult(
        plan=plan,
        scn=scn,
        pieces=link.retry(lambda session: listed_pieces(session, plan, log)),
        ending=ending,
        started_at=started_at,
        ended_at=timing.now(),
        options=options,
        cleared_jobs=cleared,
        reconnects=link.reconnects,
        log=log,
    )


def _finish(
    link: Link, adoption: Adoption, cleared: tuple[ClearedJob, ...], progress: ProgressSink, timing: Timing
) -> ExportResult:
    """See a job that another run began to its end."""
    plan = adoption.plan
    progress(f"ekspor: melanjutkan job {plan.job}")
    deadline = timing.monotonic() + adoption.left_s(timing.now())
    ending = _watch(link, plan, adoption.job, deadline, progress=progress, timing=timing)
    log, note = prove_adopted(link, plan, ending)
    return ExportResult(
        plan=plan,
        scn=note.scn,
        pieces=link.retry(lambda session: listed_pieces(session, plan, log)),
        ending=ending,
        started_at=adoption.started_at,
        ended_at=timing.now(),
        options=Options(),
        cleared_jobs=cleared,
        reconnects=link.reconnects,
        log=log,
        adopted_run=plan.run_id,
    )


def _watch(
    link: Link, plan: ExportPlan, job: Job | None, deadline: float, *, progress: ProgressSink, timing: Timing
) -> Ending:
    watcher = Watcher(
        link,
        plan.job,
        poll_interval_s=plan.poll_interval_s,
        stall_notice_s=plan.stall_notice_s,
        progress=progress,
        monotonic=timing.monotonic,
        sleep=timing.sleep,
    )
    job, ending = watcher.watch(job, deadline)
    if ending.state == OVERDUE:
        raise _stop_overdue(link, plan, ending, timing)
    if job is not None:
        job.detach()
    return ending


def _define_and_start(
    link: Link, plan: ExportPlan, scn: int, timing: Timing, *, demand_alive: Callable[[], None] = lambda: None
) -> tuple[Job | None, Options]:
    """Return a started job; None for its handle if the line dropped but the job is there, or was and succeeded."""
    options = Options()
    try:
        job, options = define(link.session, plan, scn)
        try:
            demand_alive()
        except RunLockError:
            job.detach()
            raise
        refusal = start(job, cluster=plan.cluster)
        if not plan.cluster:
            options = options.answered("CLUSTER", refusal)
    except ConnectError:
        # A job that was not started vanishes with its session, as soon as the server notices that it is gone.
        if link.reconnect() and _settled(link, plan, timing) not in ("", NOT_RUNNING):
            return None, options
        # Gone from the view is no verdict: a short job may have been started, and have ended since.
        try:
            prove_by_log(link, plan, Ending(UNSEEN, None, ()))
        except ExportError:
            pass
        else:
            return None, options
        raise
    return job, options


def _settled(link: Link, plan: ExportPlan, timing: Timing) -> str:
    """Return the job's state once it is no longer being defined, empty if it is gone; end a definition left over."""
    deadline = timing.monotonic() + _DEFINING_WITHIN_S
    while (state := _state(link, plan)) == jobs.DEFINING:
        if timing.monotonic() > deadline:
            link.retry(lambda session: stop(session, plan.job, timing))
            return ""
        timing.sleep(_LOOK_AGAIN_S)
    return state


def _state(link: Link, plan: ExportPlan) -> str:
    return link.retry(lambda session: jobs.state_of(session, plan.job))


def _stop_overdue(link: Link, plan: ExportPlan, ending: Ending, timing: Timing) -> ExportTimeLimitError:
    """Stop the job, clear its files away, and return the error that says so."""

    def clear(session: Session) -> tuple[bool, list[str]]:
        gone = stop(session, plan.job, timing)
        return gone, remove_files(session, plan.directory, plan.job) if gone else []

    gone, left = link.retry(clear)
    what = f"ekspor dihentikan karena melewati batas {plan.time_limit_s / 60:.0f} menit"
    if ending.waiting_for:
        what += f", {waiting_told(ending.waiting_for)}"
    if not gone:
        what += f", tetapi job {plan.job} masih ada"
    elif left:
        what += f", tetapi berkas {', '.join(left)} tidak dapat dihapus"
    return ExportTimeLimitError(
        what,
        where=f"{plan.server}, job {plan.job}",
        remedy="minta DBA memeriksa server, lalu ulangi atau perbesar export_time_limit_s",
    )
