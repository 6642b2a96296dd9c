# SPDX-License-Identifier: GPL-3.0-or-later
"""A job that lives and does not get on: since when, and what the server waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import ConnectError, OracleError
from .. import statements
from .job import JobStatus, codes_in

if TYPE_CHECKING:
    from ..session import Session

#: Resumable wait: the server's disk or tablespace is full, the job alive but still.
RESUMABLE_WAIT = "ORA-39171"

_MOST_STALLS = 20


@dataclass(frozen=True)
class Stall:
    """A time in which nothing came forth: for how long, at how many percent, and what the server waited for."""

    for_s: float
    at_percent: float
    waiting_for: str

    def as_dict(self) -> dict[str, Any]:
        """Return the result's form."""
        return {"for_s": round(self.for_s, 1), "at_percent": self.at_percent, "waiting_for": self.waiting_for}


def waiting_told(codes: str) -> str:
    """Return what a resumable wait is to an operator: Oracle suspends for want of room alone."""
    return f"server menunggu ruang disk, tablespace atau kuota ({codes})"


class StallWatch:
    """Hears every status of one job. `notice_s` is the silence from which on a job stalls; times are monotonic."""

    def __init__(self, notice_s: float, now_s: float) -> None:
        self._notice_s = notice_s
        self._bytes = -1
        self._percent = 0.0
        self._moved_s = self._heard_s = now_s
        self._asked = False
        self._past: list[Stall] = []
        self.waiting_for = ""

    @property
    def past(self) -> tuple[Stall, ...]:
        """The stalls that are over."""
        return tuple(self._past)

    @property
    def wants_to_know(self) -> bool:
        """Whether the job stalls and nobody has said yet why."""
        return self._stalls_at(self._heard_s) and not self._asked and not self.waiting_for

    def hear(self, status: JobStatus, now_s: float) -> None:
        """Take in one status: bytes, percent or a message are a sign of life, a resumable wait is none."""
        lines = (*status.messages, *status.problems)
        if any(RESUMABLE_WAIT in line for line in lines):
            self.waiting_for = codes_in(*lines)
        elif status.bytes_processed != self._bytes or lines or status.percent_done not in (None, self._percent):
            self.end(now_s)
            self._moved_s, self._asked, self.waiting_for = now_s, False, ""
        self._bytes = status.bytes_processed
        self._percent = status.percent_done or 0.0
        self._heard_s = now_s

    def ask(self, session: Session, job_name: str) -> None:
        """Ask DBA_RESUMABLE, once a stall; an account that may not see it learns nothing. Raises ConnectError."""
        self._asked = True
        try:
            suspended = session.rows(statements.SUSPENSIONS)
        except ConnectError:
            raise
        except OracleError:
            return
        self.waiting_for = codes_in(*(str(told) for name, told in suspended if job_name in str(name)), "")

    def phase(self, now_s: float) -> str:
        """Return what the job is doing, for an operator."""
        if self.waiting_for:
            return f"ekspor: {waiting_told(self.waiting_for)}"
        if self._stalls_at(now_s):
            return f"ekspor: tidak maju selama {(now_s - self._moved_s) / 60:.0f} menit"
        return "ekspor"

    def end(self, now_s: float) -> None:
        """Keep the stall that is ending, if there is one."""
        if (self.waiting_for or self._stalls_at(now_s)) and len(self._past) < _MOST_STALLS:
            self._past.append(Stall(now_s - self._moved_s, self._percent, self.waiting_for))

    def _stalls_at(self, now_s: float) -> bool:
        return now_s - self._moved_s >= self._notice_s
