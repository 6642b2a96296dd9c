# SPDX-License-Identifier: GPL-3.0-or-later
"""One Data Pump job as a session sees it: a handle, and what may be done with it.

A handle belongs to its session; the job belongs to the server and outlives
every session once it was started.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import ConnectError, ExportError, OracleError, StatementError
from .. import statements
from ..session import Session, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Mask bits of GET_STATUS (DBMS_DATAPUMP specification).
WIP, JOB_STATUS, JOB_ERROR = 1, 4, 8

SUCCESS_WITH_INFO = "ORA-31627"

#: The handle or the job is gone: said of a job that has ended, however it ended.
GONE = frozenset({"ORA-31623", "ORA-31626"})

#: A master table without processes: nothing runs, nothing is in the way.
NOT_RUNNING = "NOT RUNNING"

#: A job whose session has not started it yet; it goes with that session.
DEFINING = "DEFINING"

#: A job that has done its work, with errors or without; told once to each handle.
COMPLETED = "COMPLETED"

#: A job in one of these is at work, or about to tell that it has done it.
ALIVE = frozenset({"EXECUTING", "COMPLETING"})

#: The procedure may not be called in the job's present state: it is ending, or being stopped by another.
_WRONG_STATE = "ORA-39004"

_ORACLE_CODE = re.compile(r"\b(?:ORA|UDE|LRM)-\d{5}\b")
_STATUS_TEXT = Text(8000)


@dataclass(frozen=True)
class JobStatus:
    """One answer of GET_STATUS. Text lines carry no error number where they only inform."""

    state: str
    bytes_processed: int
    total_bytes: int
    percent_done: float | None
    error_count: int
    messages: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class RunningJob:
    """A row of USER_DATAPUMP_JOBS."""

    name: str
    operation: str
    mode: str
    state: str
    attached_sessions: int


def own_jobs(session: Session) -> list[RunningJob]:
    """Return the account's Data Pump jobs, dead master tables (NOT RUNNING) included. Raises OracleError."""
    return [
        RunningJob(str(name), str(operation or ""), str(mode or ""), str(state or ""), int(attached or 0))
        for name, operation, mode, state, attached in session.rows(statements.JOBS)
    ]


def state_of(session: Session, job: str) -> str:
    """Return a job's state as USER_DATAPUMP_JOBS has it, empty if it is not (any more) in there. Raises OracleError."""
    return next((found.state for found in own_jobs(session) if found.name == job), "")


class Job:
    """A handle of a job in one session."""

    def __init__(self, session: Session, handle: int) -> None:
        self.session = session
        self.handle = handle

    @classmethod
    def open(cls, session: Session, *, mode: str, name: str, version: str) -> Job:
        """Create an export job in state DEFINING. Raises OracleError."""
        answer = session.call(statements.OPEN, {"handle": int}, job_mode=mode, job_name=name, version=version)
        return cls(session, answer["handle"])

    @classmethod
    def attach(cls, session: Session, name: str) -> Job | None:
        """Return a new handle of a job of this account, None if there is no such job (any more).

        Raises OracleError.
        """
        try:
            return cls(session, session.call(statements.ATTACH, {"handle": int}, job_name=name)["handle"])
        except StatementError as error:
            if error.oracle_code in GONE:
                return None
            raise

    def status(self, mask: int, timeout_s: int) -> JobStatus:
        """Ask how the job is, waiting up to `timeout_s` for news. Raises OracleError."""
        answer = self.session.call(
            statements.GET_STATUS,
            {
                "job_state": Text(30),
                "bytes_processed": int,
                "total_bytes": int,
                "percent_done": int,
                "error_count": int,
                "messages": _STATUS_TEXT,
                "problems": _STATUS_TEXT,
            },
            handle=self.handle,
            mask=mask,
            timeout=timeout_s,
        )
        return JobStatus(
            state=answer["job_state"] or "UNDEFINED",
            bytes_processed=answer["bytes_processed"] or 0,
            total_bytes=answer["total_bytes"] or 0,
            percent_done=answer["percent_done"],
            error_count=answer["error_count"] or 0,
            messages=_lines(answer["messages"]),
            problems=_lines(answer["problems"]),
        )

    def problems(self) -> tuple[str, ...]:
        """Return why the last call failed; only GET_STATUS knows, and only while attached."""
        try:
            return self.status(JOB_ERROR, 0).problems
        except ConnectError:
            raise
        except OracleError:
            return ()

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Run one call of the API; a success with information passes, a failure gets its details.

        Raises:
            ExportError: with the codes GET_STATUS gave.
        """
        try:
            yield
        except StatementError as error:
            problems = self.problems()
            if error.oracle_code == SUCCESS_WITH_INFO:
                return
            raise ExportError(
                f"Data Pump menolak {what}: {codes_in(str(error), *problems)}",
                where=self.session.where,
                remedy="serahkan kode ini kepada DBA",
            ) from error

    def has_begun(self) -> bool:
        """Tell whether the job runs, or has run to its end; one that cannot be asked has not. Raises ConnectError."""
        try:
            return self.status(JOB_STATUS, 0).state in ALIVE | {COMPLETED}
        except ConnectError:
            raise
        except OracleError:
            return False

    def stop(self) -> None:
        """Stop at once and drop the master table; a job that is ending or has just ended is no error.

        The handle is given back either way: held on to, it would keep a job
        alive that nobody has started. Raises OracleError.
        """
        try:
            self.session.call(statements.STOP_JOB, handle=self.handle)
        except StatementError as error:
            self.detach()
            if error.oracle_code not in GONE | {SUCCESS_WITH_INFO, _WRONG_STATE}:
                raise

    def detach(self) -> None:
        """Give the handle back; one already gone is no error, nor is a lost line."""
        with contextlib.suppress(StatementError, ConnectError):
            self.session.call(statements.DETACH, handle=self.handle)


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(line.strip() for line in (text or "").splitlines() if line.strip())


def codes_in(*texts: str) -> str:
    """Return the distinct Oracle codes of texts, in their order, or the last text if there is none."""
    codes = list(dict.fromkeys(code for text in texts for code in _ORACLE_CODE.findall(text)))
    return ", ".join(codes) if codes else (texts[-1] if texts else "")
