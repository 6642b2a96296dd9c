# SPDX-License-Identifier: GPL-3.0-or-later
"""What OPEN, ADD_FILE and METADATA_FILTER check before a job is what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.dumpfile.log import LogFile

from .errors import DataPumpError, error
from .files import DumpSpec, check_name, check_template, parse_size
from .filters import Selection, parse_filter
from .status import JobState

if TYPE_CHECKING:
    from pathlib import Path

    from .filters import Filter
    from .job import Job
    from .source import TableSource

FULL_ROLE = "DATAPUMP_EXP_FULL_DATABASE"
_MODES = frozenset({"FULL", "SCHEMA", "TABLE"})
_OLDEST_VERSION = (9, 2)


def check_mode(operation: str | None, job_mode: str | None, remote_link: str | None) -> str:
    """Return the job's mode. Raises DataPumpError 39001: not an export, no such mode, or through a database link."""
    mode = (job_mode or "").upper()
    if (operation or "").upper() != "EXPORT" or mode not in _MODES or remote_link:
        raise DataPumpError(39001)
    return mode


def check_job_name(name: str, database: tuple[int, ...]) -> None:
    """Raise DataPumpError 39001 for a name too long for a table of this release."""
    if not 0 < len(name.encode()) <= (128 if database >= (12, 2) else 30):
        raise DataPumpError(39001)


def job_version(version: str | None, database: tuple[int, ...]) -> tuple[int, ...]:
    """Return the release whose format the dump gets: COMPATIBLE, or an older one. Raises DataPumpError 39001."""
    text = (version or "COMPATIBLE").upper()
    if text in {"COMPATIBLE", "LATEST"}:
        return (*database[:2], 0)
    parts = text.split(".")
    if not all(part.isdecimal() for part in parts):
        raise DataPumpError(39001)
    numbers = tuple(map(int, parts))
    if not _OLDEST_VERSION <= numbers <= database:
        raise DataPumpError(39001)
    return numbers


def check_master_table(source: TableSource, user: str, name: str) -> None:
    """Raise DataPumpError 31626, 31633 and the reason beneath, if `user` cannot create a table `name`."""
    try:
        source.check_create_table(user)
    except OracleError as reason:
        raise DataPumpError(31626, error(31633, user, name), reason).stacked() from None
    if source.table_exists(user, name):
        raise DataPumpError(31626, error(31633, user, name), error(955)).stacked()


def find_folder(source: TableSource, user: str, directory: str | None, *, write: bool) -> Path:
    """Return a directory object's folder. Raises OracleError 39145 without a name, 39087 without the directory."""
    if not directory:
        raise error(39145)
    return source.resolve_directory(user, directory, write=write)


def dump_spec(
    source: TableSource,
    job: Job,
    user: str,
    *,
    filename: str | None,
    directory: str | None,
    filesize: str | None,
    reuse: bool,
) -> DumpSpec:
    """Read ADD_FILE's arguments for a dump file. Raises DataPumpError 39001, the reason beneath."""
    name = check_name(filename)
    check_template(name, job.facts.version)
    limit = parse_size(filesize)
    try:
        folder = find_folder(source, user, directory, write=True)
    except OracleError as reason:
        raise DataPumpError(39001, error(39000), reason) from None
    spec = DumpSpec(str(directory), folder, name, limit, reuse)
    if job.log and spec.path(1) == job.log.path:
        raise DataPumpError(39001, error(39402, name))
    return spec


def open_log(job: Job, folder: Path, name: str, *, reuse: bool) -> LogFile:
    """Create the log of a job that is being defined; its lock is held. Raises DataPumpError 39004, 39002."""
    path = folder / name
    job.require(JobState.DEFINING)
    if path in {spec.path(1) for spec in job.supply.specs}:
        raise DataPumpError(39002, error(39402, name))
    if path.exists() and not reuse:
        raise DataPumpError(39002, error(39070), error(27038))
    try:
        return LogFile(path, "\r\n" if job.faults.log_crlf else "\n")
    except OSError:
        raise DataPumpError(39002, error(39070), error(29283)) from None


def check_filter(
    source: TableSource, job: Job, user: str, *, name: str | None, value: str | None, object_type: str | None
) -> Filter:
    """Read METADATA_FILTER's arguments.

    Raises DataPumpError 39001, and 31631 with 39109 beneath if they choose another's schema without the role.
    """
    if name and name.upper() == job.faults.unknown_filter:
        raise DataPumpError(39001, error(39041, name))
    filter_ = parse_filter(name, value, object_type)
    if filter_.subject == "SCHEMA" and not source.has_role(user, FULL_ROLE):
        chosen = Selection(job.mode, job.owner, (filter_,))
        if {*chosen.named_schemas(), *filter(chosen.has_schema, source.schemas())} - {job.owner}:
            raise DataPumpError(31631, error(39109))
    return filter_
