# SPDX-License-Identifier: GPL-3.0-or-later
"""What DBMS_DATAPUMP takes and gives back: constants, states and the KU$_ object types.

Numbers and attribute names are those of Oracle's package specification, 11.2 and 12.2.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from datetime import datetime


class StatusMask(enum.IntFlag):
    """KU$_STATUS_* bits of GET_STATUS."""

    WIP = 1
    JOB_DESC = 2
    JOB_STATUS = 4
    JOB_ERROR = 8


class FileType(enum.IntEnum):
    """KU$_FILE_TYPE_* of ADD_FILE."""

    DUMP_FILE = 1
    BAD_FILE = 2
    LOG_FILE = 3
    SQL_FILE = 4
    URIDUMP_FILE = 5


class DeviceType(enum.IntEnum):
    """KU$_DUMPFILE_TYPE_* of a KU$_DUMPFILE row."""

    DISK = 0
    PIPE = 1
    TAPE = 2
    TEMPLATE = 3


class JobState(enum.StrEnum):
    """States of a job as GET_STATUS and the views spell them."""

    UNDEFINED = "UNDEFINED"
    DEFINING = "DEFINING"
    EXECUTING = "EXECUTING"
    COMPLETING = "COMPLETING"
    COMPLETED = "COMPLETED"
    STOP_PENDING = "STOP PENDING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    IDLING = "IDLING"
    NOT_RUNNING = "NOT RUNNING"


class TermReason(enum.IntEnum):
    """KU$_JOB_* values of KU$_JOBDESC.TERM_REASON."""

    COMPLETE = 1
    COMPLETE_ERRORS = 2
    STOPPED = 3
    ABORTED = 4


@dataclass(frozen=True)
class Caller:
    """The session a call comes from. `cancelled` ends a waiting call with ORA-01013."""

    session_id: int
    user: str
    cancelled: threading.Event


@dataclass(frozen=True)
class LogLine:
    """KU$_LOGLINE: `error_number` is None for an informational line, else the number of an ORA- error."""

    log_line_number: int
    error_number: int | None
    log_text: str


@dataclass(frozen=True)
class DumpFile:
    """KU$_DUMPFILE: one row for each file, and one of type TEMPLATE for each name with `%U`."""

    file_name: str
    file_type: DeviceType
    file_size: int
    file_bytes_written: int


@dataclass(frozen=True)
class WorkerStatus:
    """KU$_WORKERSTATUS: what a worker process is doing."""

    worker_number: int
    process_name: str
    state: str
    schema: str | None = None
    name: str | None = None
    object_type: str | None = None
    partition: str | None = None
    completed_objects: int = 0
    total_objects: int = 0
    completed_rows: int = 0
    completed_bytes: int = 0
    percent_done: int = 0
    degree: int = 1
    instance_id: int = 1


@dataclass(frozen=True)
class JobStatus:
    """KU$_JOBSTATUS. Sizes in bytes."""

    job_name: str
    operation: str
    job_mode: str
    bytes_processed: int
    total_bytes: int
    percent_done: int
    degree: int
    error_count: int
    state: JobState
    phase: int
    restart_count: int
    worker_status_list: tuple[WorkerStatus, ...]
    files: tuple[DumpFile, ...]


@dataclass(frozen=True)
class Parameter:
    """KU$_PARAMVALUE: one parameter of the job in force."""

    param_name: str
    param_op: str
    param_type: str
    param_value: str


@dataclass(frozen=True)
class JobDesc:
    """KU$_JOBDESC. `guid` is 16 bytes; `term_reason` is None until the job ended."""

    job_name: str
    guid: bytes
    operation: str
    job_mode: str
    remote_link: str | None
    owner: str
    platform: str
    global_name: str
    instance: str
    db_version: str
    scn: int | None
    creator_privs: str
    start_time: datetime | None
    term_reason: TermReason | None
    max_degree: int
    log_file: str | None
    sql_file: str | None
    params: tuple[Parameter, ...]


@dataclass(frozen=True)
class Status:
    """KU$_STATUS: `mask` tells which parts are present, the others are None."""

    mask: StatusMask
    wip: tuple[LogLine, ...] | None = None
    job_description: JobDesc | None = None
    job_status: JobStatus | None = None
    error: tuple[LogLine, ...] | None = None


@dataclass(frozen=True)
class DumpfileItem:
    """KU$_DUMPFILE_ITEM: one value of a dump file's header."""

    item_code: int
    value: str


@dataclass(frozen=True)
class JobRow:
    """One row of DBA_DATAPUMP_JOBS; a NOT RUNNING row has OPERATION and JOB_MODE blank-padded to 30."""

    owner_name: str
    job_name: str
    operation: str
    job_mode: str
    state: JobState
    degree: int
    attached_sessions: int
    datapump_sessions: int
