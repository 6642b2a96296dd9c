# SPDX-License-Identifier: GPL-3.0-or-later
"""What every byte of a dump passes on its way to disk: the pace, the faults, and the wish to stop."""

from __future__ import annotations

import errno
import os
import time
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.dumpfile.model import BLOCK_BYTES
from rehearsal.dumpfile.piece import SpaceExhaustedError

from .errors import error, error_lines
from .status import JobState

if TYPE_CHECKING:
    from .job import Job


_SLICE_S = 0.1


class JobStopped(Exception):  # noqa: N818 - a request, not an error
    """STOP_JOB was called."""


class JobKilled(Exception):  # noqa: N818 - a request, not an error
    """The database is going down."""


class JobVanished(Exception):  # noqa: N818 - a fault, not an error
    """The job's processes are gone, and have told nobody."""


class WorkerDied(Exception):  # noqa: N818 - named for what the log tells
    """The worker ends with a fatal error; `story` is what the log tells of it."""

    def __init__(self, story: tuple[OracleError, ...]) -> None:
        self.story = story
        super().__init__(str(story[0]))


class Gate:
    """Called with a number of bytes before they are written; raises what ends the job, OSError for a full disk."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._is_open = True
        self._free_at = 0.0
        self._has_failed = False

    def open(self) -> None:
        """Let the job run (again)."""
        self._is_open = True
        self._free_at = time.monotonic()

    def close(self) -> None:
        """Let what is still buffered pass unhindered: the job has ended."""
        self._is_open = False

    def __call__(self, bytes_: int) -> None:
        """Account for `bytes_`, wait as the pace wants it, and fail where a fault says so."""
        job, full_at = self._job, self._job.faults.disk_full_at_bytes
        with job.changed:
            job.progress.wrote(bytes_)
            if not self._is_open:
                return
            self._check_stop()
            if full_at is not None and job.progress.written_bytes > full_at:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._wait_for_pace(bytes_)
            self._fail_at_percent()

    def between_tables(self) -> None:
        """End a job that is to stop in an orderly way, and catch faults that no byte has met."""
        with self._job.changed:
            self._check_stop()
            if self._job.state is JobState.STOP_PENDING:
                raise JobStopped
            self._fail_at_percent()

    def _check_stop(self) -> None:
        if self._job.killed:
            raise JobKilled
        if self._job.stop_now and time.monotonic() >= self._job.stop_at:
            raise JobStopped

    def _wait_for_pace(self, bytes_: int) -> None:
        rate = self._job.pace.bytes_per_s
        if rate is None:
            return
        self._free_at += bytes_ / rate
        while (left := self._free_at - time.monotonic()) > 0:
            self._job.changed.wait(left)
            self._check_stop()

    def _fail_at_percent(self) -> None:
        job, faults = self._job, self._job.faults
        percent = job.progress.percent

        def is_due(at_percent: int | None) -> bool:
            return at_percent is not None and percent >= at_percent

        if self._has_failed:
            return
        self._has_failed = True
        if is_due(faults.fatal_at_percent):
            raise WorkerDied((error(39126, f'TABLE_DATA:"{job.worker.schema}"."{job.worker.name}"'), error(1115)))
        if is_due(faults.workers_gone_at_percent):
            raise WorkerDied((error(39014), error(39029)))
        if is_due(faults.shutdown_at_percent):
            raise WorkerDied((error(39097, 1089), error(39065, "MAIN"), error(1089)))
        if is_due(faults.space_exhausted_at_percent):
            raise SpaceExhaustedError(BLOCK_BYTES)
        if is_due(faults.stopped_at_percent):
            raise JobStopped
        if is_due(faults.vanish_at_percent):
            raise JobVanished
        if is_due(faults.hang_at_percent):
            self._hang()
        self._has_failed = False

    def _hang(self) -> None:
        job = self._job
        if job.faults.hang_announced:
            job.say(error_lines((error(39171), error(1653, f"{job.owner}.{job.name}"))))
            job.suspended_by = error(1653, f"{job.owner}.{job.name}")
        while True:
            job.changed.wait(_SLICE_S)
            self._check_stop()
