# SPDX-License-Identifier: GPL-3.0-or-later
"""Data Pump's errors: the one an API call raises, and the story that only GET_STATUS tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.dumpfile.log import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MESSAGES: Mapping[int, str] = {
    54: "resource busy and acquire with NOWAIT specified or timeout expired",
    439: "feature not enabled: {}",
    955: "name is already used by an existing object",
    1089: "immediate shutdown or close in progress - no operations are permitted",
    1013: "user requested cancel of current operation",
    1115: "IO error reading block from file 4 (block # 131)",
    1555: 'snapshot too old: rollback segment number 9 with name "_SYSSMU9_3593450615$" too small',
    1578: "ORACLE data block corrupted (file # 4, block # 131)",
    1653: "unable to extend table {} by 128 in tablespace USERS",
    2354: "error in exporting/importing data",
    19502: 'write error on file "{}", block number {} (block size=4096)',
    22924: "snapshot too old",
    27038: "created file already exists",
    27040: "file create error, unable to create file",
    27072: "File I/O error",
    28002: "the password will expire within 7 days",
    29283: "invalid file operation",
    31623: "a job is not attached to this session via the specified handle",
    31626: "job does not exist",
    31627: "API call succeeded but more information available",
    31631: "privileges are required",
    31633: 'unable to create master table "{}.{}"',
    31634: "job already exists",
    31637: "cannot create job {} for user {}",
    31638: "cannot attach to job {} for user {}",
    31640: 'unable to open dump file "{}" for read',
    31641: 'unable to create dump file "{}"',
    31655: "no data or metadata objects selected for job",
    31693: "Table data object {} failed to load/unload and is being skipped due to error:",
    31650: "timeout waiting for master process response",
    31694: 'master table "{}.{}" failed to load/unload',
    39000: "bad dump file specification",
    39001: "invalid argument value",
    39002: "invalid operation",
    39004: "invalid state",
    39005: "inconsistent arguments",
    39006: "internal error",
    39014: "One or more workers have prematurely exited.",
    39029: 'worker 1 with process name "DW00" prematurely terminated',
    39041: 'Filter "{}" either identifies all object types or no object types.',
    39065: "unexpected master process exception in {}",
    39070: "Unable to open the log file.",
    39071: "Value for {} is badly formed.",
    39087: "directory name {} is invalid",
    39088: "file name cannot contain a path specification",
    39094: "Parallel execution not supported in this database edition.",
    39095: "Dump file space has been exhausted: Unable to allocate {} bytes",
    39097: "Data Pump job encountered unexpected error -{}",
    39109: "Unprivileged users may not operate upon other users' schemas",
    39124: 'dump file name "{}" contains an invalid substitution variable',
    39126: "Worker unexpected fatal error in KUPW$WORKER.UNLOAD_DATA [{}]",
    39141: 'dump file "{}" is a duplicate of dump file "{}"',
    39145: "directory object parameter must be specified and non-null",
    39150: "bad flashback time",
    39165: "Schema {} was not found.",
    39166: "Object {} was not found or could not be exported or imported.",
    39168: "Object path {} was not found.",
    39171: "Job is experiencing a resumable wait.",
    39211: "unable to retrieve dumpfile information as specified",
    39402: 'log or SQL file "{}" would overwrite a dump file',
}


def error(code: int, *values: object) -> OracleError:
    """Return the error `code` with its message, `values` filled in."""
    return OracleError(code, _MESSAGES[code].format(*values))


def error_lines(story: Iterable[OracleError]) -> list[Line]:
    """Return errors as lines of the log; a message may have several."""
    return [Line(text, error=failure.code) for failure in story for text in str(failure).splitlines()]


class DataPumpError(OracleError):
    """A failed API call. `details` come after the error itself in the ERROR part of the next GET_STATUS."""

    def __init__(self, code: int, *details: OracleError) -> None:
        super().__init__(code, _MESSAGES[code])
        self.details = details

    def stacked(self) -> OracleError:
        """Return it with its details in the message: how it looks where there is no handle to ask."""
        return OracleError(self.code, "\n".join((self.message, *map(str, self.details))))
