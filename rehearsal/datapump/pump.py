# SPDX-License-Identifier: GPL-3.0-or-later
"""The Data Pump of one database: what the PL/SQL package DBMS_DATAPUMP calls.

Subprograms, parameter names, states and errors follow Oracle's package specification; parameters have the names of
the specification and go by name, but for the handle. Only EXPORT works: it is all a backup needs.
"""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.dumpfile.info import dumpfile_info
from rehearsal.dumpfile.log import Line

from .definition import (
    FULL_ROLE,
    check_filter,
    check_job_name,
    check_master_table,
    check_mode,
    dump_spec,
    find_folder,
    job_version,
    open_log,
)
from .errors import DataPumpError, error
from .export import Export
from .faults import HEALTHY, UNLIMITED, Faults, OpenError, Pace
from .files import check_name
from .job import ENDED, RUNNING, Job
from .parameters import check_armed, check_parameter
from .registry import Registry, master_row
from .status import DumpfileItem, FileType, JobState, StatusMask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

    from .source import TableSource
    from .status import Caller, JobRow, Status

_COMPRESS_NONE = 1
_BACKUP_USER = "SIAK_BACKUP"
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
        self._registry = Registry(orphans)
        self._changed = self._registry.changed
        self._threads: list[threading.Thread] = []
        self._most_running = 0

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
        mode = check_mode(operation, job_mode, remote_link)
        facts = self._source.facts()
        written_for = job_version(version, facts.version)
        if mode == "FULL" and not self._source.has_role(caller.user, FULL_ROLE):
            raise DataPumpError(31631)
        name = self._default_name(caller.user, mode) if job_name is None else job_name
        check_job_name(name, facts.version)
        self._check_open(caller.user, name)
        check_master_table(self._source, caller.user, name)
        with self._changed:
            self._registry.check_free((caller.user, name))
            job = Job(
                owner=caller.user,
                name=name,
                mode=mode,
                version=written_for,
                guid=uuid.uuid4().bytes,
                facts=facts,
                pace=self._pace,
                faults=self._faults,
                clock=self._clock,
                changed=self._changed,
            )
            if compression == _COMPRESS_NONE:
                job.parameters["COMPRESSION"] = "NONE"
            self._registry.add(job)
            return self._registry.attach(caller, job)

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
        with self._registry.call(caller, handle) as attachment:
            job = attachment.job
            if job.faults.old_signatures and reusefile is not None:
                raise _wrong_arguments("ADD_FILE")
            if filetype == FileType.LOG_FILE:
                self._add_log(caller, job, check_name(filename), directory, reuse=reusefile != 0)
                return
            if filetype != FileType.DUMP_FILE:
                raise DataPumpError(39001)
            spec = dump_spec(
                self._source,
                job,
                caller.user,
                filename=filename,
                directory=directory,
                filesize=filesize,
                reuse=reusefile == 1,
            )
            with self._changed:
                job.require(JobState.DEFINING, JobState.EXECUTING, JobState.IDLING)
                job.supply.add(spec)

    def attach(self, caller: Caller, job_name: str | None = None, job_owner: str | None = None) -> int:
        """Return a handle on a job that exists; a stopped one becomes IDLING. Raises OracleError 31626, 31631."""
        owner = job_owner or caller.user
        if owner != caller.user and not self._source.has_role(caller.user, FULL_ROLE):
            raise DataPumpError(31631)
        with self._changed:
            alive = [job for job in self._registry.jobs.values() if job.owner == owner and job.has_master]
            named = [job for job in alive if job.name == job_name or (job_name is None and len(alive) == 1)]
            if not named or not named[0].restartable or named[0].state is JobState.COMPLETED:
                raise DataPumpError(31626, error(31638, job_name or "", owner)).stacked()
            job = named[0]
            if job.state is JobState.STOPPED:
                job.become(JobState.IDLING)
            return self._registry.attach(caller, job)

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
        with self._registry.call(caller, handle) as attachment:
            job = attachment.job
            filter_ = check_filter(
                self._source, job, caller.user, name=name, value=value, object_type=object_type or object_path
            )
            with self._changed:
                job.require(JobState.DEFINING)
                job.filters.append(filter_)

    def data_filter(
        self,
        caller: Caller,
        handle: int,
        *,
        name: str | None,
        value: str | float | Decimal | None,
        table_name: str | None = None,
        schema_name: str | None = None,
    ) -> None:
        """Choose whether rows are exported: INCLUDE_ROWS for the whole job only. Raises OracleError 39001, 39005."""
        with self._registry.call(caller, handle) as attachment, self._changed:
            attachment.job.require(JobState.DEFINING)
            if (name or "").upper() != "INCLUDE_ROWS" or table_name or schema_name:
                raise DataPumpError(39001)
            if value is None or isinstance(value, str):
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
        with self._registry.call(caller, handle):
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
        with self._registry.call(caller, handle):
            raise DataPumpError(39002)

    def set_parameter(
        self, caller: Caller, handle: int, *, name: str | None, value: str | float | Decimal | None
    ) -> None:
        """Set a parameter: a str is a VARCHAR2. Raises OracleError 39001, 39005, 39004, 439."""
        with self._registry.call(caller, handle) as attachment, self._changed:
            job = attachment.job
            job.require(JobState.DEFINING)
            check_armed(name, job.faults)
            name, value = check_parameter(name, value, job.facts)
            job.parameters[name] = value
            if name == "FLASHBACK_SCN":
                job.scn = int(value)

    def set_parallel(self, caller: Caller, handle: int, *, degree: int | None) -> None:
        """Set the number of workers. Raises OracleError 39001, 39004, 39002 with 39094 beneath (edition)."""
        with self._registry.call(caller, handle) as attachment, self._changed:
            attachment.job.require(JobState.DEFINING, JobState.EXECUTING, JobState.IDLING)
            if degree is None or degree < 1:
                raise DataPumpError(39001)
            if degree > 1 and not attachment.job.facts.enterprise:
                raise DataPumpError(39002, error(39094))
            attachment.job.degree = degree

    def log_entry(self, caller: Caller, handle: int, *, message: str | None, log_file_only: int = 0) -> None:
        """Write into the log and, unless `log_file_only`, to everyone attached. Raises OracleError 39004 at the end."""
        with self._registry.call(caller, handle) as attachment, self._changed:
            attachment.job.require(JobState.DEFINING, JobState.IDLING, *RUNNING)
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
        del skip_current, abort_step
        with self._registry.call(caller, handle) as attachment, self._changed:
            job = attachment.job
            if job.faults.old_signatures and (cluster_ok != 1 or service_name is not None):
                raise _wrong_arguments("START_JOB")
            job.require(JobState.DEFINING, JobState.IDLING)
            if job.faults.start_refused:
                raise DataPumpError(39006, error(39065, "DISPATCH"))
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
            self._most_running = max(self._most_running, len(self._running()))
            thread = threading.Thread(target=job.export.run, name=f"datapump {job.owner}.{job.name}", daemon=True)
            self._threads = [*(alive for alive in self._threads if alive.is_alive()), thread]
            thread.start()
            if job.faults.info_on_start:
                raise DataPumpError(31627, error(28002))
            if job.faults.start_unheard:
                raise DataPumpError(31650)

    def get_status(
        self, caller: Caller, handle: int, *, mask: int, timeout: int | None = None
    ) -> tuple[JobState, Status]:
        """Return the job's state and the parts `mask` asks for.

        `timeout` (seconds; None 0, -1 for ever) is how long to wait for news of a running job if there is none. The
        end of a job is told once to each handle, which is invalid from then on. Raises OracleError 31623, 1013.
        """
        with self._changed:
            attachment = self._registry.find(caller, handle)
        if attachment.job.faults.slow_status_s and caller.cancelled.wait(attachment.job.faults.slow_status_s):
            raise error(1013)
        with self._changed:
            attachment = self._registry.find(caller, handle)
            wanted = StatusMask(mask & 15)
            if timeout:
                self._registry.wait(
                    caller,
                    lambda: not self._registry.holds(handle) or attachment.has_news(wanted),
                    None if timeout < 0 else float(timeout),
                )
                self._registry.find(caller, handle)
            state = attachment.told_state = attachment.job.state
            if attachment.job.vanished:
                self._registry.drop(handle)
                raise DataPumpError(31626)
            if state is JobState.COMPLETED and attachment.job.faults.end_unseen:
                self._registry.drop(handle)
                raise DataPumpError(31623)
            if state in ENDED:
                self._registry.drop(handle)
            return state, attachment.take(wanted)

    def stop_job(
        self, caller: Caller, handle: int, *, immediate: int = 0, keep_master: int | None = None, delay: int = 60
    ) -> None:
        """Stop the job and detach; without master table (`keep_master` 0) the dump files go too.

        An immediate stop returns once the job has ended; the other one lets the current table finish, later.
        """
        with self._registry.call(caller, handle) as attachment, self._changed:
            job = attachment.job
            job.require(JobState.EXECUTING, JobState.IDLING, JobState.STOP_PENDING)
            if self._faults.stop_refused:
                raise DataPumpError(39004)
            job.drop_master = keep_master == 0
            if job.state is JobState.IDLING:
                if job.drop_master:
                    job.discard()
                job.become(JobState.STOPPED)
            elif immediate:
                job.stop_now = True
                job.stop_at = time.monotonic() + job.faults.stop_takes_s
                job.become(JobState.STOPPING)
                wait_s = 0.0 if job.faults.stop_takes_s else _STOP_WAIT_S
                self._registry.wait(caller, lambda: job.state in ENDED, wait_s)
            else:
                job.become(JobState.STOP_PENDING)
            self._registry.drop(handle)
            if delay == 0:
                self._registry.drop_all(lambda other: other.job is job)

    def wait_for_job(self, caller: Caller, handle: int) -> JobState:
        """Wait until the job is COMPLETED or STOPPED, detach, and return that state. Raises OracleError 39004, 1013."""
        with self._registry.call(caller, handle) as attachment, self._changed:
            attachment.job.require(*RUNNING, *ENDED)
            self._registry.wait(caller, lambda: attachment.job.state in ENDED, None)
            self._registry.find(caller, handle)
            self._registry.drop(handle)
            return attachment.job.state

    def detach(self, caller: Caller, handle: int) -> None:
        """Give the handle up; a job still being defined goes with its last handle."""
        with self._changed:
            self._registry.find(caller, handle)
            self._registry.drop(handle)

    def get_dumpfile_info(
        self, caller: Caller, *, filename: str | None, directory: str | None
    ) -> tuple[tuple[DumpfileItem, ...], int]:
        """Return a file's header items and its type: 0 unknown, 1 Data Pump, 2 original export.

        Raises OracleError 39211 for a file that cannot be read.
        """
        try:
            folder = find_folder(self._source, caller.user, directory, write=False)
            items, filetype = dumpfile_info(folder / check_name(filename))
        except (OracleError, OSError):
            raise DataPumpError(39211) from None
        return tuple(DumpfileItem(code, value) for code, value in items), filetype

    def jobs(self) -> tuple[JobRow, ...]:
        """Return the rows of DBA_DATAPUMP_JOBS: jobs alive and master tables without a job."""
        with self._changed:
            rows = self._registry.rows()
            owner = self._ghost_owner()
            ghosts = [self._faults.orphan_master, "BIN$mJ+aUEoYYPbgUwEAAH9hAQ==$0" * self._faults.recycled_master]
            return (*rows, *(master_row(owner, name, "SCHEMA") for name in ghosts if name))

    def _ghost_owner(self) -> str:
        return next((row.owner_name for row in self._registry.rows()), _BACKUP_USER)

    def at_work(self) -> tuple[tuple[str, ...], int]:
        """Return the names of the jobs that run, and how many ran at once at the most since the start."""
        with self._changed:
            return self._running(), self._most_running

    def _running(self) -> tuple[str, ...]:
        return tuple(job.name for job in self._registry.jobs.values() if job.state in RUNNING)

    def suspended(self) -> tuple[tuple[str, OracleError], ...]:
        """Return (job name, what it waits for) of every job in a resumable wait."""
        with self._changed:
            return tuple(
                (job.name, job.suspended_by)
                for job in self._registry.jobs.values()
                if job.suspended_by is not None and job.state in RUNNING
            )

    def master_tables(self) -> tuple[tuple[str, str], ...]:
        """Return (owner, name) of every master table there is, for the views of tables."""
        with self._changed:
            return self._registry.master_tables()

    def drop_master_table(self, owner: str, name: str) -> bool:
        """Drop the master table of a job that does not run, as DROP TABLE does; False if there is none.

        Raises OracleError 54 while the job is alive, or something else holds the table.
        """
        with self._changed:
            is_ghost = (owner, name) == (self._ghost_owner(), self._faults.orphan_master)
            if is_ghost and self._faults.master_in_use:
                raise error(54)
            if is_ghost:
                self._faults = replace(self._faults, orphan_master="")
                return True
            return self._registry.drop_master_table((owner, name))

    def session_ended(self, session_id: int) -> None:
        """Detach all handles of a session that is gone; its executing jobs go on."""
        with self._changed:
            self._registry.drop_all(lambda attachment: attachment.session_id == session_id)

    def shutdown(self) -> None:
        """Stop all jobs as a crash would: files stay as they are. Returns when every thread has ended."""
        with self._changed:
            for job in self._registry.jobs.values():
                job.killed = True
            self._changed.notify_all()
            threads = self._threads
        for thread in threads:
            thread.join()

    def _check_open(self, user: str, name: str) -> None:
        faults = self._faults
        if faults.open_error is OpenError.STREAMS_POOL:
            raise DataPumpError(31623)
        if faults.open_error is OpenError.NO_MASTER_PROCESS:
            raise DataPumpError(31626, error(31637, name, user)).stacked()
        if faults.master_in_the_way:
            raise DataPumpError(31626, error(31633, user, name), error(955)).stacked()

    def _default_name(self, user: str, mode: str) -> str:
        for number in range(1, _DEFAULT_NAMES + 1):
            name = f"SYS_EXPORT_{mode}_{number:02d}"
            with self._changed:
                is_free = self._registry.is_free((user, name))
            if is_free and not self._source.table_exists(user, name):
                return name
        raise DataPumpError(31634)

    def _add_log(self, caller: Caller, job: Job, name: str, directory: str | None, *, reuse: bool) -> None:
        try:
            folder = find_folder(self._source, caller.user, directory, write=True)
        except OracleError as reason:
            raise DataPumpError(39002, error(39070), reason) from None
        with self._changed:
            job.log = open_log(job, folder, name, reuse=reuse)
            job.log_directory = str(directory)


def _wrong_arguments(procedure: str) -> OracleError:
    text = f"wrong number or types of arguments in call to '{procedure}'"
    return OracleError(6550, f"line 2, column 3:\nPLS-00306: {text}")
