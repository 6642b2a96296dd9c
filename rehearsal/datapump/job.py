# SPDX-License-Identifier: GPL-3.0-or-later
"""One job: its definition, its state, and everyone attached to it.

All attributes are guarded by the pump's one condition, `changed`, notified at each change. Whoever holds it must not
call the TableSource: the engine may be asking the pump for its jobs.
"""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rehearsal.dumpfile.log import LogStyle

from .errors import DataPumpError
from .files import DumpFileSupply
from .progress import Progress
from .status import (
    DeviceType,
    DumpFile,
    JobDesc,
    JobState,
    JobStatus,
    LogLine,
    Parameter,
    Status,
    StatusMask,
    WorkerStatus,
)

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

    from rehearsal.contract import OracleError
    from rehearsal.dumpfile.log import Line, LogFile
    from rehearsal.dumpfile.model import DatabaseFacts

    from .export import Export
    from .faults import Faults, Pace
    from .filters import Filter
    from .status import TermReason

_WARNINGS = frozenset({None, 39171, 1653})
ENDED = frozenset({JobState.COMPLETED, JobState.STOPPED})
RUNNING = frozenset({JobState.EXECUTING, JobState.COMPLETING, JobState.STOP_PENDING, JobState.STOPPING})


@dataclass
class Attachment:
    """A session's handle on a job, and what it has not been told yet."""

    session_id: int
    job: Job
    wip: deque[LogLine] = field(default_factory=deque)
    errors: deque[LogLine] = field(default_factory=deque)
    told_state: JobState | None = None

    def explain(self, failure: DataPumpError) -> None:
        """Keep the story of a failed call for the next GET_STATUS."""
        for number, each in enumerate((failure, *failure.details), 1):
            self.errors.append(LogLine(number, each.code, str(each)))

    def take(self, mask: StatusMask) -> Status:
        """Return the parts of the status that `mask` asks for; lines are told once."""
        wip: tuple[LogLine, ...] = ()
        errors: tuple[LogLine, ...] = ()
        if mask & StatusMask.WIP:
            wip = tuple(self.wip)
            self.wip.clear()
        if mask & StatusMask.JOB_ERROR:
            errors = tuple(self.errors)
            self.errors.clear()
        return Status(
            mask=mask,
            wip=wip or None,
            job_description=self.job.description() if mask & StatusMask.JOB_DESC else None,
            job_status=self.job.status() if mask & StatusMask.JOB_STATUS else None,
            error=errors or None,
        )

    def has_news(self, mask: StatusMask) -> bool:
        """Tell whether there is something of `mask` to tell, or no reason to wait for it."""
        state = self.job.state
        return (
            state is not self.told_state
            or state not in {JobState.EXECUTING, JobState.STOP_PENDING, JobState.STOPPING}
            or bool(mask & StatusMask.WIP and self.wip)
            or bool(mask & StatusMask.JOB_ERROR and self.errors)
        )


class Job:
    """An export job from OPEN to its end."""

    def __init__(
        self,
        *,
        owner: str,
        name: str,
        mode: str,
        version: tuple[int, ...],
        guid: bytes,
        facts: DatabaseFacts,
        pace: Pace,
        faults: Faults,
        clock: Callable[[], datetime],
        changed: threading.Condition,
    ) -> None:
        self.owner, self.name, self.mode, self.version, self.guid = owner, name, mode, version, guid
        self.facts, self.pace, self.faults, self.clock, self.changed = facts, pace, faults, clock, changed
        self.state = JobState.DEFINING
        self.supply = DumpFileSupply()
        self.log: LogFile | None = None
        self.log_directory = ""
        self.filters: list[Filter] = []
        self.parameters: dict[str, str | int] = {}
        self.include_rows = True
        self.degree = 1
        self.scn: int | None = None
        self.progress = Progress()
        self.worker = WorkerStatus(1, "DW00", "UNDEFINED")
        self.error_count = 0
        self.restart_count = 0
        self.started: datetime | None = None
        self.term_reason: TermReason | None = None
        self.has_master = True
        self.stop_now = False
        self.stop_at = 0.0
        self.vanished = False
        self.suspended_by: OracleError | None = None
        """Why a resumable wait keeps it from going on, as DBA_RESUMABLE tells."""
        self.killed = False
        self.drop_master = False
        self.restartable = True
        self.export: Export | None = None
        self._listeners: list[Attachment] = []
        self._line_numbers = itertools.count(1)

    @property
    def key(self) -> tuple[str, str]:
        """Owner and name, which identify the job."""
        return self.owner, self.name

    def attach(self, attachment: Attachment) -> None:
        """Tell `attachment` what happens from now on."""
        self._listeners.append(attachment)

    def detach(self, attachment: Attachment) -> None:
        """Tell it nothing more."""
        self._listeners.remove(attachment)

    @property
    def attached_sessions(self) -> int:
        """How many handles there are on the job."""
        return len(self._listeners)

    def require(self, *states: JobState) -> None:
        """Raise DataPumpError 39004 unless the job is in one of `states`."""
        if self.state not in states:
            raise DataPumpError(39004)

    def become(self, state: JobState) -> None:
        """Change the state and wake everybody up."""
        self.state = state
        self.changed.notify_all()

    @property
    def style(self) -> LogStyle:
        """How the job's log is written, by its parameters as they are now."""
        return LogStyle(
            version=self.facts.version,
            owner=self.owner,
            job=self.name,
            language=self.faults.log_language,
            metrics=self.parameters.get("METRICS") == 1,
            logtime=str(self.parameters.get("LOGTIME", "NONE")),
        )

    def say(self, lines: Iterable[Line], *, log_file_only: bool = False) -> None:
        """Write lines into the log and tell everyone attached; errors go to the ERROR part, the others to WIP."""
        at, style = self.clock(), self.style
        with self.changed:
            lines = tuple(lines)
            self._write_log([style.in_file(line, at) for line in lines])
            if log_file_only:
                return
            for line in lines:
                told = LogLine(next(self._line_numbers), line.error, style.in_status(line, at))
                for listener in self._listeners:
                    (listener.wip if line.error in _WARNINGS else listener.errors).append(told)
            self.changed.notify_all()

    def _write_log(self, texts: list[str]) -> None:
        if self.log is None:
            return
        try:
            self.log.write(texts)
        except OSError:
            # A log that cannot be written must not cost the dump: the job goes on without it.
            self.log = None

    def discard(self) -> None:
        """Drop the master table, and with it the dump files: without it nobody can read them."""
        self.has_master = False
        for path, _ in self.supply.created:
            path.unlink(missing_ok=True)

    def files(self) -> tuple[DumpFile, ...]:
        """Return the file list: templates first, then files that exist, then names not used yet."""
        templates = [spec.folder / spec.name for spec in self.supply.specs if spec.is_template]
        created = [(path, spec.limit_bytes) for path, spec in self.supply.created]
        used = {path for path, _ in created}
        waiting = [spec.folder / spec.name for spec in self.supply.specs if not spec.is_template]
        return (
            *(DumpFile(str(path), DeviceType.TEMPLATE, 0, 0) for path in templates),
            *(DumpFile(str(path), DeviceType.DISK, limit or 0, _size(path)) for path, limit in created),
            *(DumpFile(str(path), DeviceType.DISK, 0, 0) for path in waiting if path not in used),
        )

    def status(self) -> JobStatus:
        """Return KU$_JOBSTATUS."""
        percent = 100 if self.state is JobState.COMPLETED else self.progress.percent
        return JobStatus(
            job_name=self.name,
            operation="EXPORT",
            job_mode=self.mode,
            bytes_processed=self.progress.written_bytes,
            total_bytes=self.progress.total_bytes,
            percent_done=percent,
            degree=self.degree,
            error_count=self.error_count,
            state=self.state,
            phase=0 if self.started is None else 6,
            restart_count=self.restart_count,
            worker_status_list=(self.worker,) if self.state in RUNNING else (),
            files=self.files(),
        )

    def description(self) -> JobDesc:
        """Return KU$_JOBDESC."""
        return JobDesc(
            job_name=self.name,
            guid=self.guid,
            operation="EXPORT",
            job_mode=self.mode,
            remote_link=None,
            owner=self.owner,
            platform=self.facts.platform_name,
            global_name=self.facts.global_name,
            instance=self.facts.instance,
            db_version=".".join(map(str, self.facts.version)),
            scn=self.scn,
            creator_privs=self.owner,
            start_time=self.started,
            term_reason=self.term_reason,
            max_degree=self.degree,
            log_file=str(self.log.path) if self.log else None,
            sql_file=None,
            params=tuple(
                Parameter(name, "=", "NUMBER" if isinstance(value, int) else "TEXT", str(value))
                for name, value in self.parameters.items()
            ),
        )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
