# SPDX-License-Identifier: GPL-3.0-or-later
"""What every byte of a dump passes on its way to disk: the pace, the faults, and the wish to stop."""

from __future__ import annotations

import errno
import os
import time
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError

from .errors import error, error_lines
from .status import JobState

if TYPE_CHECKING:
    from .job import Job


class JobStopped(Exception):  # noqa: N818 - a request, not an error
    """STOP_JOB was called."""


class JobKilled(Exception):  # noqa: N818 - a request, not an error
    """The database is going down."""


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
        if self._job.stop_now:
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
        if self._has_failed:
            return
        if faults.fatal_at_percent is not None and percent >= faults.fatal_at_percent:
            self._has_failed = True
            raise WorkerDied((error(39126, f'TABLE_DATA:"{job.worker.schema}"."{job.worker.name}"'), error(1115)))
        if faults.hang_at_percent is not None and percent >= faults.hang_at_percent:
            self._has_failed = True
            if faults.hang_announced:
                job.say(error_lines((error(39171), error(1653, f"{job.owner}.{job.name}"))))
            while True:
                job.changed.wait()
                self._check_stop()
