# SPDX-License-Identifier: GPL-3.0-or-later
"""Which jobs there are, which master tables, and who holds a handle on what.

Everything here is guarded by `changed`; but for `call`, callers hold it already.
"""

from __future__ import annotations

import itertools
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .errors import DataPumpError, error
from .job import ENDED, RUNNING, Attachment, Job
from .status import JobRow, JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .status import Caller

_FIRST_HANDLE = 17
_POLL_S = 0.05


class Registry:
    """The jobs and handles of one database. `orphans` are (owner, name) of master tables without a job."""

    def __init__(self, orphans: Iterable[tuple[str, str]]) -> None:
        self.changed = threading.Condition()
        self.jobs: dict[tuple[str, str], Job] = {}
        self._orphans = set(orphans)
        self._attachments: dict[int, Attachment] = {}
        self._handles = itertools.count(_FIRST_HANDLE)

    @contextmanager
    def call(self, caller: Caller, handle: int) -> Iterator[Attachment]:
        """Find a handle for one API call, and keep the story of what fails in it. Raises DataPumpError 31623."""
        with self.changed:
            attachment = self.find(caller, handle)
        try:
            yield attachment
        except DataPumpError as failure:
            with self.changed:
                attachment.explain(failure)
            raise

    def find(self, caller: Caller, handle: int) -> Attachment:
        """Return what a handle stands for in the caller's session. Raises DataPumpError 31623."""
        attachment = self._attachments.get(handle)
        if attachment is None or attachment.session_id != caller.session_id:
            raise DataPumpError(31623)
        return attachment

    def holds(self, handle: int) -> bool:
        """Tell whether a handle is still valid."""
        return handle in self._attachments

    def add(self, job: Job) -> None:
        """Take a new job in, and forget those that have ended and left no master table."""
        alive = [each for each in self.jobs.values() if each.state not in ENDED or each.has_master]
        self.jobs = {each.key: each for each in (*alive, job)}

    def attach(self, caller: Caller, job: Job) -> int:
        """Return a new handle on `job`."""
        handle = next(self._handles)
        attachment = Attachment(caller.session_id, job)
        self._attachments[handle] = attachment
        job.attach(attachment)
        return handle

    def drop(self, handle: int) -> None:
        """Take a handle away; a job nobody has started goes with its last one, and an idle one stops again."""
        attachment = self._attachments.pop(handle)
        job = attachment.job
        job.detach(attachment)
        if job.attached_sessions == 0 and job.state is JobState.DEFINING:
            del self.jobs[job.key]
        elif job.attached_sessions == 0 and job.state is JobState.IDLING:
            job.become(JobState.STOPPED)
        self.changed.notify_all()

    def drop_all(self, chosen: Callable[[Attachment], bool]) -> None:
        """Take away every handle that is `chosen`."""
        for handle in [handle for handle, attachment in self._attachments.items() if chosen(attachment)]:
            self.drop(handle)

    def wait(self, caller: Caller, happened: Callable[[], bool], limit_s: float | None) -> None:
        """Wait until something happened or time is up; in slices, since a cancel notifies nobody.

        Raises OracleError 1013 if the caller was cancelled.
        """
        end = None if limit_s is None else time.monotonic() + limit_s
        while not happened():
            if caller.cancelled.is_set():
                raise error(1013)
            left = _POLL_S if end is None else min(_POLL_S, end - time.monotonic())
            if left <= 0:
                return
            self.changed.wait(left)

    def check_free(self, key: tuple[str, str]) -> None:
        """Raise DataPumpError 31634 if a job of that name is alive, 31626 with 31633 if its master table is left."""
        job = self.jobs.get(key)
        if job is not None and job.state not in ENDED:
            raise DataPumpError(31634)
        if key in self._orphans or (job is not None and job.has_master):
            raise DataPumpError(31626, error(31633, *key), error(955)).stacked()

    def is_free(self, key: tuple[str, str]) -> bool:
        """Tell whether a job of that name may be opened."""
        job = self.jobs.get(key)
        return key not in self._orphans and (job is None or (job.state in ENDED and not job.has_master))

    def rows(self) -> tuple[JobRow, ...]:
        """Return the rows of DBA_DATAPUMP_JOBS."""
        return (
            *(_job_row(job) for job in self.jobs.values() if job.has_master),
            *(master_row(owner, name, "SCHEMA") for owner, name in sorted(self._orphans)),
        )

    def master_tables(self) -> tuple[tuple[str, str], ...]:
        """Return (owner, name) of every master table."""
        return tuple(sorted({*self._orphans, *(job.key for job in self.jobs.values() if job.has_master)}))

    def drop_master_table(self, key: tuple[str, str]) -> bool:
        """Drop a master table; False if there is none. Raises OracleError 54 while its job is alive."""
        if key in self._orphans:
            self._orphans.remove(key)
            return True
        job = self.jobs.get(key)
        if job is None or not job.has_master:
            return False
        if job.state not in ENDED:
            raise error(54)
        job.has_master = False
        return True


def _job_row(job: Job) -> JobRow:
    if job.state in ENDED:
        return master_row(job.owner, job.name, job.mode)
    processes = job.degree + 1 if job.state in RUNNING else 1
    return JobRow(
        owner_name=job.owner,
        job_name=job.name,
        operation="EXPORT",
        job_mode=job.mode,
        state=job.state,
        degree=job.degree,
        attached_sessions=job.attached_sessions,
        datapump_sessions=processes + job.attached_sessions,
    )


def master_row(owner: str, name: str, mode: str) -> JobRow:
    """Return the row of a master table without a job: texts cut from a comment, padded with blanks."""
    return JobRow(owner, name, "EXPORT".ljust(30), mode.ljust(30), JobState.NOT_RUNNING, 0, 0, 0)
