# SPDX-License-Identifier: GPL-3.0-or-later
"""Every SQL and PL/SQL text that is sent to a server.

Values are binds, always. Old releases are served too: only what 10.2 knows,
no object types as binds, BOOLEAN turned into 0 and 1 inside the block.
The whole of it is parsed by an independent grammar in `tests/plsql`.
"""

from __future__ import annotations

from .datapump import (
    ADD_DUMP_FILES,
    ADD_LOG_FILE,
    ATTACH,
    DETACH,
    FILTER_SCHEMAS,
    FILTER_TABLES,
    GET_STATUS,
    LOG_ENTRY,
    OPEN,
    SET_NUMBER,
    SET_PARALLEL,
    SET_TEXT,
    START_JOB,
    STOP_JOB,
)
from .dictionary import (
    ACCOUNT,
    CURRENT_SCN,
    DATABASE,
    DIRECTORY_GRANTS,
    DIRECTORY_PATH,
    JOBS,
    NLS,
    OWN_SEGMENT_BYTES,
    QUOTAS,
    ROLES,
    SEGMENT_BYTES,
    SESSION_PRIVILEGES,
    SET_LANGUAGE,
    SET_TERRITORY,
    SUSPENSIONS,
    count_as_of_scn,
)
from .files import BFILE, FILE_ATTRIBUTES, PROBE_DIRECTORY, REMOVE_FILE

__all__ = [
    "ACCOUNT",
    "ADD_DUMP_FILES",
    "ADD_LOG_FILE",
    "ATTACH",
    "BFILE",
    "CURRENT_SCN",
    "DATABASE",
    "DETACH",
    "DIRECTORY_GRANTS",
    "DIRECTORY_PATH",
    "FILE_ATTRIBUTES",
    "FILTER_SCHEMAS",
    "FILTER_TABLES",
    "GET_STATUS",
    "JOBS",
    "LOG_ENTRY",
    "NLS",
    "OPEN",
    "OWN_SEGMENT_BYTES",
    "PROBE_DIRECTORY",
    "QUOTAS",
    "REMOVE_FILE",
    "ROLES",
    "SEGMENT_BYTES",
    "SESSION_PRIVILEGES",
    "SET_LANGUAGE",
    "SET_NUMBER",
    "SET_PARALLEL",
    "SET_TERRITORY",
    "SET_TEXT",
    "START_JOB",
    "STOP_JOB",
    "SUSPENSIONS",
    "count_as_of_scn",
]
