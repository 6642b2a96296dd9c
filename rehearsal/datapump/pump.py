# SPDX-License-Identifier: GPL-3.0-or-later
"""The Data Pump of one database: what the PL/SQL package DBMS_DATAPUMP calls.

Subprograms, parameter names, states and errors follow Oracle's package specification; parameters have the names of
the specification and go by name, but for the handle. Only EXPORT works: it is all a backup needs.
"""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.dumpfile.info import dumpfile_info
from rehearsal.dumpfile.log import Line, LogFile

from .errors import DataPumpError, error
from .export import Export
from .faults import HEALTHY, UNLIMITED, Faults, Pace
from .files import DumpSpec, check_name, check_template, parse_size
from .filters import Selection, parse_filter
from .job import ENDED, RUNNING, Attachment, Job
from .parameters import check_parameter
from .status import DumpfileItem, FileType, JobRow, JobState, Status, StatusMask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from .source import TableSource
    from .status import Caller

_MODES = frozenset({"FULL", "SCHEMA", "TABLE"})
_FULL_ROLE = "DATAPUMP_EXP_FULL_DATABASE"
_FIRST_HANDLE = 17
_POLL_S = 0.05
_STOP_WAIT_S = 30.0
_DEFAULT_NAMES = 99


class DataPump:
    """All jobs of one database. Thread-safe; jobs run in daemon threads and outlive the sessions that started them.

    Every method raises OracleError, with the text Oracle shows; details of a failed call are only in the ERROR part
    (mask 8) of the next GET_STATUS on the same handle. `clock` gives the server's local time, with its offset;
    `orphans` are (owner, job name) of master tables left by jobs of an earlier life of the database.
    """

    def __init__(
        self,
        source: TableSource,
        *,
        pace: Pace = UNLIMITED,
        faults: Faults = HEALTHY,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC).astimezone(),
        orphans: Iterable[tuple[str, str]] = (),
    ) -> None:
        self._source = source
        self._pace = pace
        self._faults = faults
        self._clock = clock
        self._changed = threading.Condition()
        self._jobs: dict[tuple[str, str], Job] = {}
        self._orphans = set(orphans)
        self._attachments: dict[int, Attachment] = {}
        self._handles = itertools.count(_FIRST_HANDLE)
        self._threads: list[threading.Thread] = []

    def arm(self, faults: Faults) -> None:
        """Give `faults` to the jobs opened from now on."""
        with self._changed:
            self._faults = faults

    def open(
        self,
        caller: Caller,
        *,
        operation: str | None,
        job_mode: str | None,
        remote_link: str | None = None,
        job_name: str | None = None,
        version: str | None = "COMPATIBLE",
        compression: int = 2,
    ) -> int:
        """Define a job and return its handle in the caller's session.

        Raises OracleError 39001 (operation, mode, name or version), 31634 (job is alive), 31626 with 31633 beneath
        (the master table cannot be made), 31631 (FULL without the role).
        """
        facts = self._source.facts()
        mode = (job_mode or "").upper()
        longest_name = 128 if facts.version >= (12, 2) else 30
        if (operation or "").upper() != "EXPORT" or mode not in _MODES or remote_link or compression not in {1, 2}:
            raise DataPumpError(39001)
        if job_name is not None and not 0 < len(job_name) <= longest_name:
            raise DataPumpError(39001)
        job_version = _job_version(version, facts.version)
        if mode == "FULL" and not self._source.has_role(caller.user, _FULL_ROLE):
            raise DataPumpError(31631)
        name = job_name or self._default_name(caller.user, mode)
        self._check_master_table(caller.user, name)
        with self._changed:
            self._check_name_free((caller.user, name))
            job = Job(
                owner=caller.user,
                name=name,
                mode=mode,
                version=job_version,
                guid=uuid.uuid4().bytes,
                facts=facts,
                pace=self._pace,
                faults=self._faults,
                clock=self._clock,
                changed=self._changed,
            )
            if compression == 1:
                job.parameters["COMPRESSION"] = "NONE"
            self._jobs[job.key] = job
            return self._attach(caller, job)

    def add_file(
        self,
        caller: Caller,
        handle: int,
        *,
        filename: str | None,
        directory: str | None = None,
        filesize: str | None = None,
        filetype: int = FileType.DUMP_FILE,
        reusefile: int | None = None,
    ) -> None:
        """Add a dump file, or while DEFINING a log file.

        Raises OracleError 31623, 39004; 39001 for a dump and 39002 for a log, the reason beneath: 39088 path, 39145
        no directory, 39087 directory, 31641 with 27038 file exists, 29283 file cannot be written.
        """
        with self._call(caller, handle) as attachment:
            if filetype == FileType.LOG_FILE:
                self._add_log(caller, attachment.job, filename, directory, reusefile)
            elif filetype == FileType.DUMP_FILE:
                spec = self._dump_spec(caller, attachment.job, filename, directory, filesize, reusefile)
                with self._changed:
                    attachment.job.require(JobState.DEFINING, JobState.EXECUTING, JobState.IDLING)
                    attachment.job.supply.add(spec)
            else:
                raise DataPumpError(39001)

    def attach(self, caller: Caller, job_name: str | None = None, job_owner: str | None = None) -> int:
        """Return a handle on a job that exists; a stopped one becomes IDLING. Raises OracleError 31626, 31631."""
        owner = job_owner or caller.user
        if owner != caller.user and not self._source.has_role(caller.user, _FULL_ROLE):
            raise DataPumpError(31631)
        with self._changed:
            alive = [job for job in self._jobs.values() if job.owner == owner and job.has_master]
            named = [job for job in alive if job.name == job_name or (job_name is None and len(alive) == 1)]
            if not named or not named[0].restartable or named[0].state is JobState.COMPLETED:
                raise DataPumpError(31626, error(31638, job_name, owner)).stacked()
            job = named[0]
            if job.state is JobState.STOPPED:
                job.become(JobState.IDLING)
            return self._attach(caller, job)

    def metadata_filter(
        self,
        caller: Caller,
        handle: int,
        *,
        name: str | None,
        value: str | None,
        object_path: str | None = None,
        object_type: str | None = None,
    ) -> None:
        """Choose what is exported. Raises OracleError 31623, 39004, 39001, 31631 (another's schema, no role)."""
        with self._call(caller, handle) as attachment:
            job = attachment.job
            filter_ = parse_filter(name, value, object_type or object_path)
            if filter_.subject == "SCHEMA" and not self._source.has_role(caller.user, _FULL_ROLE):
                chosen = Selection(job.mode, job.owner, [filter_])
                named = {*chosen.named_schemas(), *filter(chosen.has_schema, self._source.schemas())}
                if named - {job.owner}:
                    raise DataPumpError(31631, error(39109))
            with self._changed:
                job.require(JobState.DEFINING)
                job.filters.append(filter_)

    def data_filter(
        self,
        caller: Caller,
        handle: int,
        *,
        name: str | None,
        value: str | int | None,
        table_name: str | None = None,
        schema_name: str | None = None,
    ) -> None:
        """Choose whether rows are exported: INCLUDE_ROWS for the whole job only. Raises OracleError 39001, 39005."""
        with self._call(caller, handle) as attachment, self._changed:
            attachment.job.require(JobState.DEFINING)
            if (name or "").upper() != "INCLUDE_ROWS" or table_name or schema_name:
                raise DataPumpError(39001)
            if not isinstance(value, int):
                raise DataPumpError(39005)
            attachment.job.include_rows = value != 0

    def metadata_remap(
        self,
        caller: Caller,
        handle: int,
        *,
        name: str | None,
        old_value: str | None,
        value: str | None,
        object_type: str | None = None,
    ) -> None:
        """Refuse with ORA-39002: remaps are for imports."""
        del name, old_value, value, object_type
        with self._call(caller, handle):
            raise DataPumpError(39002)

    def metadata_transform(
        self,
        caller: Caller,
        handle: int,
        *,
        name: str | None,
        value: str | int | None,
        object_type: str | None = None,
    ) -> None:
        """Refuse with ORA-39002: transforms are for imports."""
        del name, value, object_type
        with self._call(caller, handle):
            raise DataPumpError(39002)

    def set_parameter(self, caller: Caller, handle: int, *, name: str | None, value: str | int | None) -> None:
        """Set a parameter; a NUMBER comes as int, a VARCHAR2 as str. Raises OracleError 39001, 39005, 39004, 439."""
        with self._call(caller, handle) as attachment, self._changed:
            job = attachment.job
            job.require(JobState.DEFINING)
            name, value = check_parameter(name, value, job.facts)
            job.parameters[name] = value
            if name == "FLASHBACK_SCN":
                job.scn = int(value)

    def set_parallel(self, caller: Caller, handle: int, *, degree: int | None) -> None:
        """Set the number of workers. Raises OracleError 39001, 39004, 39002 with 39094 beneath (edition)."""
        with self._call(caller, handle) as attachment, self._changed:
            attachment.job.require(JobState.DEFINING, JobState.EXECUTING, JobState.IDLING)
            if degree is None or degree < 1:
                raise DataPumpError(39001)
            if degree > 1 and not attachment.job.facts.enterprise:
                raise DataPumpError(39002, error(39094))
            attachment.job.degree = degree

    def log_entry(self, caller: Caller, handle: int, *, message: str | None, log_file_only: int = 0) -> None:
        """Write into the log and, unless `log_file_only`, to everyone attached."""
        with self._call(caller, handle) as attachment:
            attachment.job.say([Line(message or "")], log_file_only=bool(log_file_only))

    def start_job(
        self,
        caller: Caller,
        handle: int,
        *,
        skip_current: int = 0,
        abort_step: int = 0,
        cluster_ok: int = 1,
        service_name: str | None = None,
    ) -> None:
        """Start a defined job, or go on with an idle one.

        Raises OracleError 39004, 39002 (no dump file), 31627 (started, but there is more to tell).
        """
        del skip_current, abort_step, cluster_ok, service_name
        with self._call(caller, handle) as attachment, self._changed:
            job = attachment.job
            job.require(JobState.DEFINING, JobState.IDLING)
            if not job.supply.specs:
                raise DataPumpError(39002)
            if job.export is None:
                job.started = job.clock()
                job.export = Export(job, self._source)
            else:
                job.restart_count += 1
            job.stop_now = False
            job.term_reason = None
            job.become(JobState.EXECUTING)
            thread = threading.Thread(target=job.export.run, name=f"datapump {job.owner}.{job.name}", daemon=True)
            self._threads = [*(alive for alive in self._threads if alive.is_alive()), thread]
            thread.start()
            if job.faults.info_on_start:
                raise DataPumpError(31627, error(28002))

    def get_status(
        self, caller: Caller, handle: int, *, mask: int, timeout: int | None = None
    ) -> tuple[JobState, Status]:
        """Return the job's state and the parts `mask` asks for.

        `timeout` (seconds; None 0, -1 for ever) is how long to wait for news of a running job if there is none. The
        end of a job is told once to each handle, which is invalid from then on. Raises OracleError 31623, 1013.
        """
        with self._changed:
            attachment = self._find(caller, handle)
        if attachment.job.faults.slow_status_s and caller.cancelled.wait(attachment.job.faults.slow_status_s):
            raise error(1013)
        with self._changed:
            attachment = self._find(caller, handle)
            wanted = StatusMask(mask & 15)
            if timeout:
                limit_s = None if timeout < 0 else float(timeout)
                self._wait(caller, lambda: self._has_news(handle, attachment, wanted), limit_s)
                self._find(caller, handle)
            state = attachment.told_state = attachment.job.state
            if state in ENDED:
                self._drop(handle)
            return state, _status(attachment, wanted)

    def stop_job(
        self, caller: Caller, handle: int, *, immediate: int = 0, keep_master: int | None = None, delay: int = 60
    ) -> None:
        """Stop the job and detach; without master table (`keep_master` 0) the dump files go too.

        An immediate stop returns once the job has ended; the other one lets the current table finish, later.
        """
        with self._call(caller, handle) as attachment, self._changed:
            job = attachment.job
            job.require(JobState.EXECUTING, JobState.IDLING, JobState.STOP_PENDING)
            job.drop_master = keep_master == 0
            if job.state is JobState.IDLING:
                if job.drop_master:
                    job.discard()
                job.become(JobState.STOPPED)
            elif immediate:
                job.stop_now = True
                job.become(JobState.STOPPING)
                self._wait(caller, lambda: job.state in ENDED, _STOP_WAIT_S)
            else:
                job.become(JobState.STOP_PENDING)
            self._drop(handle)
            if delay == 0:
                for other in [number for number, each in self._attachments.items() if each.job is job]:
                    self._drop(other)

    def wait_for_job(self, caller: Caller, handle: int) -> JobState:
        """Wait until the job is COMPLETED or STOPPED, detach, and return that state. Raises OracleError 39004, 1013."""
        with self._call(caller, handle) as attachment, self._changed:
            attachment.job.require(*RUNNING, *ENDED)
            self._wait(caller, lambda: attachment.job.state in ENDED, None)
            self._find(caller, handle)
            self._drop(handle)
            return attachment.job.state

    def detach(self, caller: Caller, handle: int) -> None:
        """Give the handle up; a job still being defined goes with its last handle."""
        with self._changed:
            self._find(caller, handle)
            self._drop(handle)

    def get_dumpfile_info(
        self, caller: Caller, *, filename: str | None, directory: str | None
    ) -> tuple[tuple[DumpfileItem, ...], int]:
        """Return a file's header items and its type: 0 unknown, 1 Data Pump, 2 original export.

        Raises OracleError 39211 for a file that cannot be read.
        """
        try:
            folder = self._folder(caller, directory, write=False)
            items, filetype = dumpfile_info(folder / check_name(filename))
        except (OracleError, OSError):
            raise DataPumpError(39211) from None
        return tuple(DumpfileItem(code, value) for code, value in items), filetype

    def jobs(self) -> tuple[JobRow, ...]:
        """Return the rows of DBA_DATAPUMP_JOBS: jobs alive and master tables without a job."""
        with self._changed:
            return (
                *(_job_row(job) for job in self._jobs.values() if job.has_master),
                *(_orphan_row(owner, name, "SCHEMA") for owner, name in sorted(self._orphans)),
            )

    def master_tables(self) -> tuple[tuple[str, str], ...]:
        """Return (owner, name) of every master table there is, for the views of tables."""
        with self._changed:
            return tuple(sorted({*self._orphans, *(job.key for job in self._jobs.values() if job.has_master)}))

    def drop_master_table(self, owner: str, name: str) -> bool:
        """Drop the master table of a job that does not run, as DROP TABLE does; False if there is none.

        Raises OracleError 54 while the job is alive.
        """
        key = (owner, name)
        with self._changed:
            if key in self._orphans:
                self._orphans.remove(key)
                return True
            job = self._jobs.get(key)
            if job is None or not job.has_master:
                return False
            if job.state not in ENDED:
                raise error(54)
            job.has_master = False
            return True

    def session_ended(self, session_id: int) -> None:
        """Detach all handles of a session that is gone; its executing jobs go on."""
        with self._changed:
            for handle in [number for number, each in self._attachments.items() if each.session_id == session_id]:
                self._drop(handle)

    def shutdown(self) -> None:
        """Stop all jobs as a crash would: files stay as they are. Returns when every thread has ended."""
        with self._changed:
            for job in self._jobs.values():
                job.killed = True
            self._changed.notify_all()
            threads = self._threads
        for thread in threads:
            thread.join()

    @contextmanager
    def _call(self, caller: Caller, handle: int) -> Iterator[Attachment]:
        """Find a handle, and keep the story of what fails with it."""
        with self._changed:
            attachment = self._find(caller, handle)
        try:
            yield attachment
        except DataPumpError as failure:
            with self._changed:
                attachment.explain(failure)
            raise

    def _find(self, caller: Caller, handle: int) -> Attachment:
        attachment = self._attachments.get(handle)
        if attachment is None or attachment.session_id != caller.session_id:
            raise DataPumpError(31623)
        return attachment

    def _attach(self, caller: Caller, job: Job) -> int:
        handle = next(self._handles)
        attachment = Attachment(caller.session_id, job)
        self._attachments[handle] = attachment
        job.attach(attachment)
        return handle

    def _drop(self, handle: int) -> None:
        attachment = self._attachments.pop(handle)
        job = attachment.job
        job.detach(attachment)
        if job.attached_sessions == 0 and job.state is JobState.DEFINING:
            del self._jobs[job.key]
        elif job.attached_sessions == 0 and job.state is JobState.IDLING:
            job.become(JobState.STOPPED)
        self._changed.notify_all()

    def _wait(self, caller: Caller, happened: Callable[[], bool], limit_s: float | None) -> None:
        """Wait until something happened or time is up; in slices, since a cancel does not notify anybody."""
        end = None if limit_s is None else time.monotonic() + limit_s
        while not happened():
            if caller.cancelled.is_set():
                raise error(1013)
            left = _POLL_S if end is None else min(_POLL_S, end - time.monotonic())
            if left <= 0:
                return
            self._changed.wait(left)

    def _has_news(self, handle: int, attachment: Attachment, mask: StatusMask) -> bool:
        state = attachment.job.state
        return (
            handle not in self._attachments
            or state is not attachment.told_state
            or state not in {JobState.EXECUTING, JobState.STOP_PENDING, JobState.STOPPING}
            or bool(mask & StatusMask.WIP and attachment.wip)
            or bool(mask & StatusMask.JOB_ERROR and attachment.errors)
        )

    def _default_name(self, user: str, mode: str) -> str:
        with self._changed:
            taken = {*self._orphans, *(key for key, job in self._jobs.items() if _is_taken(job))}
        for number in range(1, _DEFAULT_NAMES + 1):
            name = f"SYS_EXPORT_{mode}_{number:02d}"
            if (user, name) not in taken and not self._source.table_exists(user, name):
                return name
        raise DataPumpError(31634)

    def _check_master_table(self, user: str, name: str) -> None:
        try:
            self._source.check_create_table(user)
        except OracleError as reason:
            raise DataPumpError(31626, error(31633, user, name), reason).stacked() from None
        if self._source.table_exists(user, name):
            raise DataPumpError(31626, error(31633, user, name), error(955)).stacked()

    def _check_name_free(self, key: tuple[str, str]) -> None:
        job = self._jobs.get(key)
        if job is not None and job.state not in ENDED:
            raise DataPumpError(31634)
        if key in self._orphans or (job is not None and job.has_master):
            raise DataPumpError(31626, error(31633, *key), error(955)).stacked()

    def _folder(self, caller: Caller, directory: str | None, *, write: bool) -> Path:
        if not directory:
            raise error(39145)
        return self._source.resolve_directory(caller.user, directory, write=write)

    def _dump_spec(
        self, caller: Caller, job: Job, filename: str | None, directory: str | None, filesize: str | None,
        reusefile: int | None,
    ) -> DumpSpec:  # fmt: skip
        name = check_name(filename)
        check_template(name, job.facts.version)
        limit = parse_size(filesize)
        try:
            folder = self._folder(caller, directory, write=True)
        except OracleError as reason:
            raise DataPumpError(39001, error(39000), reason) from None
        spec = DumpSpec(str(directory), folder, name, limit, reuse=reusefile == 1)
        if job.log and spec.path(1) == job.log.path:
            raise DataPumpError(39001, error(39402, name))
        return spec

    def _add_log(
        self, caller: Caller, job: Job, filename: str | None, directory: str | None, reusefile: int | None
    ) -> None:
        name = check_name(filename)
        try:
            path = self._folder(caller, directory, write=True) / name
        except OracleError as reason:
            raise DataPumpError(39002, error(39070), reason) from None
        with self._changed:
            job.require(JobState.DEFINING)
            if path in {spec.path(1) for spec in job.supply.specs}:
                raise DataPumpError(39002, error(39402, name))
            if reusefile == 0 and path.exists():
                raise DataPumpError(39002, error(39070), error(27038))
            try:
                job.log = LogFile(path, "\r\n" if job.faults.log_crlf else "\n")
            except OSError:
                raise DataPumpError(39002, error(39070), error(29283)) from None
            job.log_directory = str(directory)


def _status(attachment: Attachment, mask: StatusMask) -> Status:
    job, wip, errors = attachment.job, None, None
    if mask & StatusMask.WIP:
        wip = tuple(attachment.wip)
        attachment.wip.clear()
    if mask & StatusMask.JOB_ERROR:
        errors = tuple(attachment.errors)
        attachment.errors.clear()
    return Status(
        mask=mask,
        wip=wip or None,
        job_description=job.description() if mask & StatusMask.JOB_DESC else None,
        job_status=job.status() if mask & StatusMask.JOB_STATUS else None,
        error=errors or None,
    )


def _job_version(version: str | None, database: tuple[int, ...]) -> tuple[int, ...]:
    text = (version or "COMPATIBLE").upper()
    if text in {"COMPATIBLE", "LATEST"}:
        return database
    parts = text.split(".")
    if not all(part.isdigit() for part in parts) or not (9, 2) <= tuple(map(int, parts)) <= database:
        raise DataPumpError(39001)
    return tuple(map(int, parts))


def _is_taken(job: Job) -> bool:
    return job.has_master or job.state not in ENDED


def _job_row(job: Job) -> JobRow:
    if job.state in ENDED:
        return _orphan_row(job.owner, job.name, job.mode)
    workers = job.degree + 1 if job.state in RUNNING else 1
    return JobRow(
        owner_name=job.owner,
        job_name=job.name,
        operation="EXPORT",
        job_mode=job.mode,
        state=job.state,
        degree=job.degree,
        attached_sessions=job.attached_sessions,
        datapump_sessions=workers + job.attached_sessions,
    )


def _orphan_row(owner: str, name: str, mode: str) -> JobRow:
    return JobRow(owner, name, "EXPORT".ljust(30), mode.ljust(30), JobState.NOT_RUNNING, 0, 0, 0)
