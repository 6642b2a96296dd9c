# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching a started job to its end, over dropped lines, within a hard limit of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import ConnectError, StatementError
from .job import COMPLETED, GONE, JOB_ERROR, JOB_STATUS, WIP, Job, JobStatus
from .stall import Stall, StallWatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..session import Link
    from ..sink import ProgressSink

#: What USER_DATAPUMP_JOBS or GET_STATUS says of a job that will do no more.
_ENDED = frozenset({COMPLETED, "STOPPED", "NOT RUNNING", "IDLING"})

#: The job's end was not seen: it had left when we looked. The log decides.
UNSEEN = "UNSEEN"

#: The hard limit passed while the job was still at work.
OVERDUE = "OVERDUE"

#: No answer of GET_STATUS is asked for more than this, so that the limit is kept.
_LONGEST_POLL_S = 10

#: Between two looks.
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 1.0

_MAX_PROBLEMS = 50


@dataclass(frozen=True)
class Ending:
    """How watching ended.

    `state` is Data Pump's own, or UNSEEN, or OVERDUE; `error_count` is None
    where Data Pump was not heard to the end. `waiting_for` is what the server
    last waited for, empty unless it still does.
    """

    state: str
    error_count: int | None
    problems: tuple[str, ...]
    waiting_for: str = ""
    stalls: tuple[Stall, ...] = ()


class Watcher:
    """Polls one job. `monotonic` and `sleep` are seconds."""

    def __init__(
        self,
        link: Link,
        job_name: str,
        *,
        poll_interval_s: float,
        stall_notice_s: float,
        progress: ProgressSink,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._link = link
        self._job_name = job_name
        self._poll_interval_s = poll_interval_s
        self._progress = progress
        self._monotonic = monotonic
        self._sleep = sleep
        self._problems: dict[str, None] = {}
        self._began_s = monotonic()
        self._stalls = StallWatch(stall_notice_s, self._began_s)

    def watch(self, job: Job | None, deadline: float) -> tuple[Job | None, Ending]:
        """Poll until the job ends or the deadline (of `monotonic`) passes.

        Given None, or a job whose line has dropped, it attaches first.
        Returns the last handle, if it may still be valid.

        Raises:
            ConnectError: the server stayed away longer than the link's patience.
            OracleError: Oracle refuses to say how the job is.
        """
        while True:
            try:
                job = job or Job.attach(self._link.session, self._job_name)
                if job is None:
                    return None, self._ending(UNSEEN, None)
                left_s = deadline - self._monotonic()
                if left_s <= 0:
                    return job, self._ending(OVERDUE, None)
                began = self._monotonic()
                status = job.status(WIP | JOB_STATUS | JOB_ERROR, self._timeout_s(left_s))
                self._hear(status)
            except ConnectError:
                self._progress("ekspor: menyambung ulang")
                self._link.reconnect()
                job = None
                continue
            except StatementError as error:
                if error.oracle_code in GONE:
                    return None, self._ending(UNSEEN, None)
                raise
            if status.state in _ENDED:
                return job, self._ending(status.state, status.error_count)
            self._pause(self._monotonic() - began)

    def _timeout_s(self, left_s: float) -> int:
        return max(1, int(min(self._poll_interval_s, left_s, _LONGEST_POLL_S)))

    def _pause(self, spent_s: float) -> None:
        # GET_STATUS answers at once while there is news or the job completes. A job that has just begun may end soon:
        # no pause is longer than a tenth of what went before, so that no export seems a tenth longer than it was.
        watched_s = self._monotonic() - self._began_s
        pause_s = min(self._poll_interval_s - spent_s, max(_SHORTEST_PAUSE_S, watched_s / 10), _LONGEST_PAUSE_S)
        if pause_s > 0:
            self._sleep(pause_s)

    def _hear(self, status: JobStatus) -> None:
        for line in status.problems:
            if len(self._problems) < _MAX_PROBLEMS:
                self._problems[line] = None
        self._stalls.hear(status, self._monotonic())
        if self._stalls.wants_to_know:
            self._stalls.ask(self._link.session, self._job_name)
        phase = self._stalls.phase(self._monotonic())
        self._progress(phase, status.bytes_processed, status.total_bytes or None, status.percent_done)

    def _ending(self, state: str, error_count: int | None) -> Ending:
        self._stalls.end(self._monotonic())
        return Ending(state, error_count, tuple(self._problems), self._stalls.waiting_for, self._stalls.past)
