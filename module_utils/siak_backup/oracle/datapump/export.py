# SPDX-License-Identifier: GPL-3.0-or-later
"""One export from beginning to proven end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...dump.log import ExportLog, read_log
from ...dump.status import Status
from ...errors import ConnectError, ExportError, ExportTimeLimitError, VanishedError
from .. import files
from ..pull import read_small
from .abandoned import ClearedJob, clear, refuse_busy, remove_files, wait_gone
from .define import RefusedOption, current_scn, define, start
from .job import Job, codes_in, exists
from .watch import OVERDUE, UNSEEN, Ending, Watcher

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ..session import Link, Session
    from ..sink import ProgressSink
    from .plan import ExportPlan
    from .timing import Timing

#: A log has one line a table; this is some hundred thousand tables.
_MAX_LOG_BYTES = 64 * 1024 * 1024

#: An object as Data Pump's messages name it; letters of an ordinary identifier only, for the text is the server's.
_OBJECT = re.compile(r'"(?P<schema>[A-Z][A-Z0-9_$#]{0,127})"\."(?P<name>[A-Z][A-Z0-9_$#]{0,127})"')


@dataclass(frozen=True)
class ExportResult:
    """A proven export: state COMPLETED, no errors, a log that says so. Times are UTC."""

    plan: ExportPlan
    scn: int
    pieces: tuple[tuple[str, int], ...]
    state: str
    started_at: datetime
    ended_at: datetime
    duration_s: float
    options_refused: tuple[RefusedOption, ...]
    cleared_jobs: tuple[ClearedJob, ...]
    reconnects: int
    log: ExportLog

    def as_dict(self) -> dict[str, Any]:
        """Return the module's `export` result."""
        return self.plan.as_dict() | {
            "scn": self.scn,
            "pieces": [{"name": name, "size_bytes": size_bytes} for name, size_bytes in self.pieces],
            "state": self.state,
            "error_count": 0,
            "started_at": self.started_at.isoformat(timespec="seconds"),
            "ended_at": self.ended_at.isoformat(timespec="seconds"),
            "duration_s": round(self.duration_s, 1),
            "options_refused": [option.as_dict() for option in self.options_refused],
            "cleared_jobs": [job.as_dict() for job in self.cleared_jobs],
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
        "options_refused": [],
        "cleared_jobs": [],
        "reconnects": 0,
        "table_count": 0,
        "row_count": 0,
    }


def run_export(
    link: Link, plan: ExportPlan, *, abandoned: Sequence[str], progress: ProgressSink, timing: Timing
) -> ExportResult:
    """Export, and return only what is proven.

    Jobs of dead runs are cleared first. A line that drops while the job runs
    is taken up again: the job lives in the server.

    Raises:
        JobBusyError: another export of ours runs.
        ExportTimeLimitError: the limit passed; the job is stopped and its pieces are removed.
        ExportError: the job failed or its success is not proven; its files stay for the DBA.
        OracleError: no connection, no login, no privilege.
    """
    cleared = clear(link.session, plan.directory, abandoned, timing)
    refuse_busy(link.session)
    started_at, began = timing.now(), timing.monotonic()
    scn = current_scn(link.session)
    progress("ekspor: menyiapkan job")
    job, refused = _define_and_start(link, plan, scn)
    watcher = Watcher(
        link,
        plan.job,
        poll_interval_s=plan.poll_interval_s,
        progress=progress,
        monotonic=timing.monotonic,
        sleep=timing.sleep,
    )
    job, ending = watcher.watch(job, began + plan.time_limit_s)
    if ending.state == OVERDUE:
        raise _stop_overdue(link, plan, job, ending, timing)
    if job is not None:
        job.detach()
    log = prove_by_log(link, plan, ending)
    return ExportResult(
        plan=plan,
        scn=scn,
        pieces=link.retry(lambda session: listed_pieces(session, plan, log)),
        state=ending.state,
        started_at=started_at,
        ended_at=timing.now(),
        duration_s=timing.monotonic() - began,
        options_refused=refused,
        cleared_jobs=cleared,
        reconnects=link.reconnects,
        log=log,
    )


def _define_and_start(link: Link, plan: ExportPlan, scn: int) -> tuple[Job | None, tuple[RefusedOption, ...]]:
    """Return a started job; None for its handle if the line dropped but the job is there."""
    refused: tuple[RefusedOption, ...] = ()
    try:
        job, refused = define(link.session, plan, scn)
        start(job)
    except ConnectError:
        # A job that was not started vanishes with its session: nothing is left then, and the run may be repeated.
        if not exists(link.reconnect(), plan.job):
            raise
        return None, refused
    return job, refused


def _stop_overdue(
    link: Link, plan: ExportPlan, job: Job | None, ending: Ending, timing: Timing
) -> ExportTimeLimitError:
    """Stop the job, clear its files away, and return the error that says so."""
    try:
        if job is not None:
            job.stop()
    except ConnectError:
        job = Job.attach(link.reconnect(), plan.job)
        if job is not None:
            job.stop()
    gone = link.retry(lambda session: wait_gone(session, plan.job, timing))
    left = link.retry(lambda session: remove_files(session, plan.directory, plan.job)) if gone else []
    what = f"ekspor dihentikan karena melewati batas {plan.time_limit_s / 60:.0f} menit"
    if ending.waited_for_space:
        what += ", server menunggu ruang disk atau tablespace (ORA-39171)"
    if not gone:
        what += f", tetapi job {plan.job} masih ada"
    elif left:
        what += f", tetapi berkas {', '.join(left)} tidak dapat dihapus"
    return ExportTimeLimitError(
        what,
        where=f"{plan.server}, job {plan.job}",
        remedy="minta DBA memeriksa server, lalu ulangi atau perbesar export_time_limit_s",
    )


def prove_by_log(link: Link, plan: ExportPlan, ending: Ending) -> ExportLog:
    """Return the log of a job that ended well. Raises ExportError for any other."""
    try:
        content = link.retry(
            lambda session: read_small(session, plan.directory, plan.log_name, limit_bytes=_MAX_LOG_BYTES)
        )
    except VanishedError as error:
        raise _failed(plan, "log ekspor tidak ada di server", ending) from error
    log = read_log(content)
    if ending.state not in ("COMPLETED", UNSEEN):
        raise _failed(plan, f"job berakhir {ending.state}", ending, *log.error_lines)
    if ending.error_count or log.error_lines:
        raise _failed(plan, "ekspor selesai dengan kesalahan", ending, *log.error_lines)
    if log.job_name != plan.job:
        raise _failed(plan, f"log menyebut job lain, {log.job_name!r}", ending)
    if log.status is Status.EMPTY:
        raise _failed(plan, "ekspor tidak memuat satu tabel pun", ending)
    if log.status is not Status.COMPLETE:
        raise _failed(plan, f"log tidak membuktikan ekspor berhasil ({log.status})", ending)
    return log


def listed_pieces(session: Session, plan: ExportPlan, log: ExportLog) -> tuple[tuple[str, int], ...]:
    """Return name and size of the pieces the log lists. Raises ExportError for one that is missing or not ours."""
    expected = files.piece_names(plan.dump_template)
    pieces = []
    for server_path in log.files:
        name = re.split(r"[/\\]", server_path)[-1]
        size_bytes = files.size_of(session, plan.directory, name) if name in expected else None
        if size_bytes is None:
            raise ExportError(
                f"potongan dump {name!r} tercantum di log tetapi tidak ada",
                where=f"{plan.server}, directory {plan.directory}",
                remedy="pastikan tidak ada yang menghapus berkas ekspor lalu ulangi",
            )
        pieces.append((name, size_bytes))
    if not pieces:
        raise ExportError(
            "log tidak mencantumkan berkas dump",
            where=f"{plan.server}, {plan.directory}/{plan.log_name}",
            remedy="baca log itu bersama DBA lalu ulangi",
        )
    return tuple(pieces)


def _failed(plan: ExportPlan, what: str, ending: Ending, *lines: str) -> ExportError:
    said = (*ending.problems, *lines)
    codes = codes_in(*said) if said else ""
    tables = ", ".join(tables_in(*said))
    return ExportError(
        f"{what}{f': {codes}' if codes else ''}{f' pada {tables}' if tables else ''}",
        where=f"{plan.server}, {plan.directory}/{plan.log_name}",
        remedy="baca log itu bersama DBA, perbaiki sebabnya lalu ulangi",
    )


def tables_in(*lines: str) -> tuple[str, ...]:
    """Return the objects that lines of a log or of GET_STATUS name, e.g. `SIAKOFF.BIODATA_WNI`: at most five."""
    named = (f"{match['schema']}.{match['name']}" for line in lines for match in _OBJECT.finditer(line))
    return tuple(dict.fromkeys(named))[:5]
