# SPDX-License-Identifier: GPL-3.0-or-later
"""From a plan to a started job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import ExportError, OracleError, PrivilegeError, StatementError
from .. import statements
from ..objects import path_and_names
from .job import SUCCESS_WITH_INFO, Job, codes_in
from .note import note_of
from .plan import COMPATIBLE, ExportPlan, in_list

if TYPE_CHECKING:
    from ..scope import Scope
    from ..session import Session

#: Refusals that mean the release or edition does not know an option (datapump
#: specification; 00439 and 39094 are Standard Edition's answers).
_NOT_KNOWN_HERE = frozenset({"ORA-39001", "ORA-39002", "ORA-39005", "ORA-00439", "ORA-39094"})

#: No procedure of that name takes these parameters: the block was not compiled, and did nothing.
_WRONG_ARGUMENTS = "PLS-00306"


@dataclass(frozen=True)
class RefusedOption:
    """An optional parameter this server does not take, and the code it said so with."""

    name: str
    oracle_code: str

    def as_dict(self) -> dict[str, str]:
        """Return the result's form."""
        return {"name": self.name, "oracle_code": self.oracle_code}


@dataclass(frozen=True)
class Options:
    """Which optional parameters the server took, by name, and which it refused."""

    taken: tuple[str, ...] = ()
    refused: tuple[RefusedOption, ...] = ()

    def answered(self, name: str, refusal: str) -> Options:
        """Return these and one more, taken if `refusal` is empty, else refused with that code."""
        if refusal:
            return Options(self.taken, (*self.refused, RefusedOption(name, refusal)))
        return Options((*self.taken, name), self.refused)


def current_scn(session: Session) -> int:
    """Return the database's SCN, at which every table will be read. Raises OracleError."""
    scn = session.value(statements.CURRENT_SCN)
    if scn is None:
        raise ExportError("SCN tidak terbaca", where=session.where, remedy="pastikan database terbuka")
    return int(scn)


def define(session: Session, plan: ExportPlan, scn: int) -> tuple[Job, Options]:
    """Open a job and tell it everything, up to but not including its start.

    A job that cannot be defined is left by detaching, which removes it.

    Raises:
        ExportError: Data Pump refuses something the export needs.
        OracleError: anything else.
    """
    job, not_opened_with = _open(session, plan)
    try:
        _add_files(job, plan)
        _choose_objects(job, plan.scope)
        with job.step("FLASHBACK_SCN"):
            session.call(statements.SET_NUMBER, handle=job.handle, name="FLASHBACK_SCN", amount=scn)
        options = _try_options(job, plan, not_opened_with)
        with job.step("catatan log"):
            session.call(
                statements.LOG_ENTRY,
                handle=job.handle,
                message=note_of(plan, scn).text(),
            )
    except OracleError:
        job.detach()
        raise
    return job, options


def start(job: Job, *, cluster: bool = False) -> str:
    """Start a defined job, on this session's instance alone unless it may use the whole `cluster`.

    Return the code with which the server refused the first: before 11.2 it
    knows no choice, and no job of more than one instance either. Raises
    ExportError, the job then being removed, or OracleError.

    A start that was refused and yet took place (ORA-31650, no answer in time)
    is one: left behind, that job would run on unseen.
    """
    refusal = ""
    try:
        with job.step("mulai job"):
            if not cluster:
                refusal = _start_here(job)
            if cluster or refusal:
                job.session.call(statements.START_JOB, handle=job.handle)
    except (ExportError, PrivilegeError):
        if not job.has_begun():
            job.detach()
            raise
    return refusal


def _start_here(job: Job) -> str:
    """Start a job on one instance; return the code of a server that does not know how, and has started nothing."""
    try:
        job.session.call(statements.START_JOB_HERE, handle=job.handle)
    except StatementError as error:
        if _WRONG_ARGUMENTS not in error.what:
            raise
        return _WRONG_ARGUMENTS
    return ""


def _open(session: Session, plan: ExportPlan) -> tuple[Job, tuple[RefusedOption, ...]]:
    """Open the job; in the database's own format where it does not know the one asked for."""
    try:
        return Job.open(session, mode=plan.scope.mode, name=plan.job, version=plan.version), ()
    except StatementError as error:
        if plan.version == COMPATIBLE or error.oracle_code not in _NOT_KNOWN_HERE:
            raise _not_opened(session, error) from error
        refused = RefusedOption("VERSION", error.oracle_code)
    try:
        return Job.open(session, mode=plan.scope.mode, name=plan.job, version=COMPATIBLE), (refused,)
    except StatementError as error:
        raise _not_opened(session, error) from error


def _not_opened(session: Session, error: StatementError) -> ExportError:
    return ExportError(
        f"job Data Pump tidak dapat dibuka: {codes_in(str(error))}",
        where=session.where,
        remedy="periksa kuota dan hak akun, lalu USER_DATAPUMP_JOBS",
    )


def _add_files(job: Job, plan: ExportPlan) -> None:
    session = job.session
    with job.step(f"berkas log di directory {plan.directory}"):
        session.call(statements.ADD_LOG_FILE, handle=job.handle, filename=plan.log_name, directory=plan.directory)
    with job.step(f"berkas dump di directory {plan.directory}"):
        session.call(
            statements.ADD_DUMP_FILES,
            handle=job.handle,
            filename=plan.dump_template,
            directory=plan.directory,
            piece_size=plan.piece_size.text,
        )


def _choose_objects(job: Job, scope: Scope) -> None:
    """Tell the job what to export; what it refuses here is needed, and given up for nothing."""
    if scope.schemas:
        with job.step("daftar skema"):
            job.session.call(statements.FILTER_SCHEMAS, handle=job.handle, predicate=in_list(scope.schemas))
    if scope.tables:
        _choose_names(job, "daftar tabel", [("TABLE", in_list(tuple(table.name for table in scope.tables)))])
    included = tuple(each.path for each in scope.include)
    excluded = tuple(each.path for each in scope.exclude if each.clause is None)
    for what, block, paths in (
        ("pilihan include", statements.INCLUDE_PATHS, included),
        ("pilihan exclude", statements.EXCLUDE_PATHS, excluded),
    ):
        if paths:
            with job.step(what):
                job.session.call(block, handle=job.handle, predicate=in_list(paths))
    _choose_names(job, "pilihan include", path_and_names(scope.include))
    _choose_names(job, "pilihan exclude", path_and_names(scope.exclude, turned=True))


def _choose_names(job: Job, what: str, filters: list[tuple[str, str]]) -> None:
    for path, predicate in filters:
        with job.step(what):
            job.session.call(statements.FILTER_NAMES, handle=job.handle, predicate=predicate, object_path=path)


def _try_options(job: Job, plan: ExportPlan, refused_before: tuple[RefusedOption, ...]) -> Options:
    refused = list(refused_before)
    taken = [] if refused or plan.version == COMPATIBLE else ["VERSION"]
    for name, value in plan.optional_parameters():
        if isinstance(value, int):
            code = _refusal(job, statements.SET_NUMBER, name=name, amount=value)
        else:
            code = _refusal(job, statements.SET_TEXT, name=name, text=value)
        if code:
            refused.append(RefusedOption(name, code))
        else:
            taken.append(name)
    if plan.parallel > 1:
        if code := _refusal(job, statements.SET_PARALLEL, degree=plan.parallel):
            refused.append(RefusedOption("PARALLEL", code))
        else:
            taken.append("PARALLEL")
    return Options(tuple(taken), tuple(refused))


def _refusal(job: Job, block: str, **binds: int | str) -> str:
    """Return the code an option was refused with, empty if it was taken."""
    try:
        job.session.call(block, handle=job.handle, **binds)
    except StatementError as error:
        job.problems()  # reading them clears them, so that the next failure shows its own
        if error.oracle_code == SUCCESS_WITH_INFO:
            return ""
        if error.oracle_code in _NOT_KNOWN_HERE:
            return error.oracle_code
        raise
    return ""
