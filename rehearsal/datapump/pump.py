# SPDX-License-Identifier: GPL-3.0-or-later
"""The Data Pump of one database: what the PL/SQL package DBMS_DATAPUMP calls.

Subprograms, parameter names, states and errors follow Oracle's package specification; parameters have the names of
the specification and go by name, but for the handle. Only EXPORT works: it is all a backup needs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .faults import HEALTHY, UNLIMITED, Faults, Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .source import TableSource
    from .status import Caller, DumpfileItem, JobRow, JobState, Status


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
        raise NotImplementedError

    def arm(self, faults: Faults) -> None:
        """Give `faults` to the jobs opened from now on."""
        raise NotImplementedError

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

        Raises OracleError 39001 (operation, mode or name), 31634 (job is alive), 31626 with 31633 beneath (the
        master table cannot be made), 31631 (FULL without the role).
        """
        raise NotImplementedError

    def add_file(
        self,
        caller: Caller,
        handle: int,
        *,
        filename: str | None,
        directory: str | None = None,
        filesize: str | None = None,
        filetype: int = 1,
        reusefile: int | None = None,
    ) -> None:
        """Add a dump, log or SQL file."""
        raise NotImplementedError

    def attach(self, caller: Caller, job_name: str | None = None, job_owner: str | None = None) -> int:
        """Return a handle on a job that exists; a stopped one becomes IDLING. Raises OracleError 31626, 31631."""
        raise NotImplementedError

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
        """Choose what is exported."""
        raise NotImplementedError

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
        """Choose which rows are exported: INCLUDE_ROWS only."""
        raise NotImplementedError

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
        """Refuse: remaps are for imports (ORA-39002)."""
        raise NotImplementedError

    def metadata_transform(
        self, caller: Caller, handle: int, name: str | None, value: str | int | None, object_type: str | None = None
    ) -> None:
        """Refuse: transforms are for imports (ORA-39002)."""
        raise NotImplementedError

    def set_parameter(self, caller: Caller, handle: int, name: str | None, value: str | int | None) -> None:
        """Set one of the job's parameters; a NUMBER comes as int, a VARCHAR2 as str."""
        raise NotImplementedError

    def set_parallel(self, caller: Caller, handle: int, degree: int | None) -> None:
        """Set the number of workers."""
        raise NotImplementedError

    def log_entry(self, caller: Caller, handle: int, message: str | None, log_file_only: int = 0) -> None:
        """Write into the log and, unless `log_file_only`, to everyone attached."""
        raise NotImplementedError

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
        """Start a defined job, or go on with an idle one."""
        raise NotImplementedError

    def get_status(self, caller: Caller, handle: int, mask: int, timeout: int | None = None) -> tuple[JobState, Status]:
        """Return the job's state and the parts `mask` asks for.

        `timeout` (seconds; None 0, -1 for ever) is how long to wait for news if there is none.
        """
        raise NotImplementedError

    def stop_job(
        self, caller: Caller, handle: int, immediate: int = 0, keep_master: int | None = None, delay: int = 60
    ) -> None:
        """Stop the job and detach; without master table the dump files go too."""
        raise NotImplementedError

    def wait_for_job(self, caller: Caller, handle: int) -> JobState:
        """Wait until the job is COMPLETED or STOPPED, detach, and return that state."""
        raise NotImplementedError

    def detach(self, caller: Caller, handle: int) -> None:
        """Give the handle up; a job still being defined goes with its last handle."""
        raise NotImplementedError

    def get_dumpfile_info(
        self, caller: Caller, filename: str | None, directory: str | None
    ) -> tuple[tuple[DumpfileItem, ...], int]:
        """Return a file's header items and its type: 0 unknown, 1 Data Pump, 2 original export."""
        raise NotImplementedError

    def jobs(self) -> tuple[JobRow, ...]:
        """Return the rows of DBA_DATAPUMP_JOBS: jobs alive and master tables without a job."""
        raise NotImplementedError

    def master_tables(self) -> tuple[tuple[str, str], ...]:
        """Return (owner, name) of every master table there is, for the views of tables."""
        raise NotImplementedError

    def drop_master_table(self, owner: str, name: str) -> bool:
        """Drop the master table of a job that does not run, as DROP TABLE does; False if there is none."""
        raise NotImplementedError

    def session_ended(self, session_id: int) -> None:
        """Detach all handles of a session that is gone; its executing jobs go on."""
        raise NotImplementedError

    def shutdown(self) -> None:
        """Stop all jobs as a crash would: files stay as they are. Returns when every thread has ended."""
        raise NotImplementedError
