# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast an export runs and what goes wrong in it: a rehearsal is only worth what it can break.

Each fault's text is what `python -m rehearsal --list-faults` shows: what it does, then which step of the SOP sees it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Speed of a job; None is as fast as the machine allows."""

    bytes_per_s: int | None = None


UNLIMITED = Pace()


class OpenError(enum.StrEnum):
    """Why DBMS_DATAPUMP.OPEN fails."""

    STREAMS_POOL = "streams-pool"
    """ORA-31623 where a handle should come: the streams pool has no memory for the job's queues."""
    NO_MASTER_PROCESS = "no-master-process"
    """ORA-31626, with ORA-31637 beneath: the master process cannot be made."""


@dataclass(frozen=True)
class Faults:
    """What goes wrong in a job; the defaults are a healthy export.

    Percents are of the estimated rows' bytes, pieces count from 1. A fault that spoils files does so after the job
    has ended well and said so: that is how a broken medium looks.
    """

    # The job's beginning.
    master_in_the_way: bool = False
    """OPEN fails with ORA-31626, 31633 and 00955: a table has the job's name. Seen in step 2."""
    orphan_master: str = ""
    """USER_DATAPUMP_JOBS has a job of this name NOT RUNNING, its texts padded with blanks. Seen in step 1."""
    master_in_use: bool = False
    """DROP TABLE of a master table without a job fails with ORA-00054: a session holds it. Seen in step 1."""
    recycled_master: bool = False
    """USER_DATAPUMP_JOBS has a dropped master table, BIN$..., as old releases show it. Seen in step 1."""
    open_error: OpenError | None = None
    """OPEN fails: streams-pool (ORA-31623), no-master-process (ORA-31626 and 31637). Seen in step 2."""
    old_signatures: bool = False
    """ADD_FILE and START_JOB know only 10g's parameters: a newer one is PLS-00306. Seen in step 2."""
    unknown_filter: str = ""
    """METADATA_FILTER refuses this name with ORA-39001 and 39041, as a release that lacks it. Seen in step 2."""
    unknown_parameter: str = ""
    """SET_PARAMETER refuses this name with ORA-39001, as a release that lacks it. Seen in step 2."""
    inconsistent_parameter: str = ""
    """SET_PARAMETER refuses this name with ORA-39005. Seen in step 2."""
    unlicensed_parameter: str = ""
    """SET_PARAMETER refuses this name with ORA-00439, as an edition that lacks it. Seen in step 2."""
    info_on_start: bool = False
    """START_JOB succeeds with ORA-31627; GET_STATUS tells ORA-28002. Seen in step 2."""
    start_refused: bool = False
    """START_JOB fails with ORA-39006; GET_STATUS alone tells ORA-39065. Seen in step 2."""
    start_unheard: bool = False
    """START_JOB fails with ORA-31650 (no answer in time), and yet the job runs. Seen in step 2."""
    # The job's life.
    snapshot_too_old: str = ""
    """Table skipped with ORA-31693, 02354 and 01555 (`OWNER.NAME`): COMPLETED with errors. Seen in step 2."""
    lob_too_old: str = ""
    """Table skipped with ORA-31693, 02354, 01555 and 22924 (`OWNER.NAME`): COMPLETED with errors. Seen in step 2."""
    corrupt_table: str = ""
    """Table skipped with ORA-31693, 02354 and 01578 (`OWNER.NAME`): COMPLETED with errors. Seen in step 2."""
    fatal_at_percent: int | None = None
    """The worker dies with ORA-39126; the job stops due to a fatal error. Seen in step 2."""
    workers_gone_at_percent: int | None = None
    """The workers are killed, ORA-39014 and 39029; the job stops due to a fatal error. Seen in step 2."""
    shutdown_at_percent: int | None = None
    """The database is being shut down, ORA-39097, 39065 and 01089; the job stops. Seen in step 2."""
    space_exhausted_at_percent: int | None = None
    """No dump file takes more, ORA-39095; the job stops and could be started again. Seen in step 2."""
    stopped_at_percent: int | None = None
    """A DBA stops the job: STOPPED by user request, its master table stays. Seen in step 2."""
    vanish_at_percent: int | None = None
    """The job's processes die without a word: no last line, GET_STATUS says ORA-31626. Seen in step 2."""
    hang_at_percent: int | None = None
    """The job goes on executing and makes no progress until it is stopped. Seen in step 2."""
    hang_announced: bool = True
    """A hanging job first says ORA-39171 (resumable wait) and is in DBA_RESUMABLE. Seen in step 2."""
    disk_full_at_bytes: int | None = None
    """Writing beyond this many bytes of dump fails as on a full disk; the job stops, fatally. Seen in step 2."""
    master_unload_fails: bool = False
    """The master table cannot be written, ORA-31694: no dump without it, the job stops. Seen in step 2."""
    slow_status_s: float = 0.0
    """Every GET_STATUS takes this many seconds longer. Seen in step 2."""
    end_unseen: bool = False
    """GET_STATUS never tells COMPLETED: the handle is invalid (ORA-31623) before. Seen in step 2."""
    stop_refused: bool = False
    """STOP_JOB fails with ORA-39004 and the job goes on. Seen in step 2."""
    stop_takes_s: float = 0.0
    """STOP_JOB returns at once, the job needs this many seconds to go. Seen in step 2."""
    extend_bytes: int | None = None
    """Dump files grow on disk in steps of so many bytes, as Oracle grows them by 50 MB. Seen in step 2."""
    # The files, once the job has ended.
    truncate_piece: int | None = None
    """This piece loses its last `truncate_bytes` once the job has ended. Seen in step 3."""
    truncate_bytes: int = 8192
    """How much `truncate_piece` cuts off. Seen in step 3."""
    zero_byte_piece: int | None = None
    """This piece is empty once the job has ended. Seen in step 3."""
    missing_piece: int | None = None
    """This piece is gone once the job has ended. Seen in step 2."""
    foreign_piece: int | None = None
    """This piece is one of another export, with another GUID, once the job has ended. Seen in step 3."""
    swapped_pieces: bool = False
    """The first two pieces have each other's names once the job has ended. Seen in step 3."""
    padded_piece: int | None = None
    """This piece has zeros behind its end once the job has ended. Seen in step 3."""
    damaged_piece: int | None = None
    """This piece has zeros for the block that begins its first stream, once the job has ended. Seen in step 3."""
    encrypted_piece: int | None = None
    """The header of this piece says, once the job has ended, that a password encrypts it. Seen in step 3."""
    # The log.
    log_language: str = "AMERICAN"
    """NLS_LANGUAGE of the log file: AMERICAN or SIMPLIFIED CHINESE. Seen in step 2."""
    log_crlf: bool = False
    """The log has the line ends of a Windows server. Seen in step 2."""
    log_cut: bool = False
    """The log ends in the middle, as after a crash of the server. Seen in step 2."""
    log_zeroed: bool = False
    """The log has zeros in the middle, as where a file system lost a block. Seen in step 2."""
    log_missing: bool = False
    """The log is gone once the job has ended. Seen in step 2."""
    log_foreign: bool = False
    """The log is another job's. Seen in step 2."""
    log_miscounts: bool = False
    """The log counts one row more for every table than the dump holds. Seen in step 3."""


HEALTHY = Faults()
