# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to the session, the dictionary and the V$ views, and flashback counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..names import TableName

# Messages, the export's log and error texts come in English or cannot be read.
SET_LANGUAGE = "ALTER SESSION SET NLS_LANGUAGE = 'AMERICAN'"
SET_TERRITORY = "ALTER SESSION SET NLS_TERRITORY = 'AMERICA'"

SESSION_USER = "SELECT USER FROM dual"

DATABASE = "SELECT name, open_mode FROM v$database"

# Unknown to releases before 12.1 (ORA-02003). 0 is no container database, 1 its root.
CONTAINER = "SELECT SYS_CONTEXT('USERENV', 'CON_ID'), SYS_CONTEXT('USERENV', 'CON_NAME') FROM dual"

# Of a RAC database the one that this session has landed on.
INSTANCE = "SELECT SYS_CONTEXT('USERENV', 'INSTANCE'), SYS_CONTEXT('USERENV', 'INSTANCE_NAME') FROM dual"

CURRENT_SCN = "SELECT current_scn FROM v$database"

NLS = "SELECT value FROM nls_database_parameters WHERE parameter = :parameter"

SESSION_PRIVILEGES = "SELECT privilege FROM session_privs"

ROLES = "SELECT role FROM session_roles"

ACCOUNT = "SELECT account_status, expiry_date, default_tablespace FROM user_users"

# MAX_BYTES is -1 where there is no limit.
QUOTAS = "SELECT tablespace_name, bytes, max_bytes FROM user_ts_quotas"

# ALL_DIRECTORIES shows a directory only to accounts that were granted it.
DIRECTORY_PATH = "SELECT directory_path FROM all_directories WHERE directory_name = :directory"

DIRECTORY_GRANTS = "SELECT privilege FROM all_tab_privs WHERE table_name = :directory"

# READ on this view is PUBLIC; its text columns are padded with blanks where a
# job has no processes.
JOBS = (
    "SELECT RTRIM(job_name), RTRIM(operation), RTRIM(job_mode), RTRIM(state), attached_sessions "
    "FROM user_datapump_jobs WHERE job_name NOT LIKE 'BIN$%'"
)

# What a job in a resumable wait waits for. NAME holds the job's; the view wants SELECT_CATALOG_ROLE.
SUSPENSIONS = "SELECT name, error_msg FROM dba_resumable WHERE status = 'SUSPENDED'"

_DATA_SEGMENTS = "segment_type IN ('TABLE', 'TABLE PARTITION', 'TABLE SUBPARTITION', 'LOBSEGMENT', 'LOB PARTITION')"

SEGMENT_BYTES = f"SELECT SUM(bytes) FROM dba_segments WHERE owner = :owner AND {_DATA_SEGMENTS}"  # noqa: S608 - a constant

OWN_SEGMENT_BYTES = f"SELECT SUM(bytes) FROM user_segments WHERE {_DATA_SEGMENTS}"  # noqa: S608 - a constant

# In Data Pump's export role; a table of another schema is in the view if the account may read it.
TABLE_EXISTS = "SELECT COUNT(*) FROM all_tables WHERE owner = :owner AND table_name = :name"

_OF_TABLE = (
    "(segment_name = :name OR segment_name IN "
    "(SELECT segment_name FROM all_lobs WHERE owner = :owner AND table_name = :name))"
)

TABLE_BYTES = f"SELECT SUM(bytes) FROM dba_segments WHERE owner = :owner AND {_OF_TABLE} AND {_DATA_SEGMENTS}"  # noqa: S608 - constants

OWN_TABLE_BYTES = f"SELECT SUM(bytes) FROM user_segments WHERE {_OF_TABLE} AND {_DATA_SEGMENTS}"  # noqa: S608 - constants

ALL_SEGMENT_BYTES = f"SELECT SUM(bytes) FROM dba_segments WHERE {_DATA_SEGMENTS}"  # noqa: S608 - a constant


def count_as_of_scn(table: TableName) -> str:
    """Return the query for a table's rows at the SCN bound as `scn`.

    A table name cannot be a bind; `TableName` holds checked identifiers only.
    """
    return f'SELECT COUNT(*) FROM "{table.schema}"."{table.name}" AS OF SCN :scn'  # noqa: S608


def drop_table(table: TableName) -> str:
    """Return the statement that drops a master table for good: one in the recycle bin would still be in the view.

    A table name cannot be a bind; `TableName` holds checked identifiers only.
    """
    return f'DROP TABLE "{table.schema}"."{table.name}" PURGE'
