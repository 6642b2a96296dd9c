# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions of the doctor: nothing here writes, and nothing needs more than a right to look."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..names import TableName

BANNER = "SELECT banner FROM v$version"

INSTANCES = "SELECT COUNT(*) FROM gv$instance"

PARAMETERS = """\
SELECT name, value, isdefault FROM v$parameter WHERE name IN (
  'aq_tm_processes', 'cluster_database', 'memory_target', 'resource_limit', 'sga_target', 'streams_pool_size',
  'undo_management', 'undo_retention')"""

# Shows the tablespaces in which the account may have segments.
FREE_BYTES = "SELECT SUM(bytes) FROM user_free_space WHERE tablespace_name = :tablespace"

GROWTH_BYTES = """\
SELECT SUM(maxbytes - bytes) FROM dba_data_files
WHERE tablespace_name = :tablespace AND autoextensible = 'YES' AND maxbytes > bytes"""

# The driver gives timestamps without their zone.
SERVER_TIME = """SELECT TO_CHAR(SYSTIMESTAMP, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM') FROM dual"""

SESSION_LANGUAGE = "SELECT value FROM nls_session_parameters WHERE parameter = 'NLS_LANGUAGE'"

PROTOCOL = "SELECT SYS_CONTEXT('USERENV', 'NETWORK_PROTOCOL') FROM dual"

# One row a service of the connection; the one that encrypts names its algorithm.
NETWORK_SERVICES = """\
SELECT network_service_banner FROM v$session_connect_info WHERE sid = TO_NUMBER(SYS_CONTEXT('USERENV', 'SID'))"""

# Row-level security: an account that is not exempt exports only the rows that a policy lets it see.
POLICIES = """\
SELECT object_owner, object_name FROM all_policies
WHERE enable = 'YES' AND sel = 'YES' ORDER BY object_owner, object_name"""

RESOURCE_LIMITS = "SELECT resource_name, limit FROM user_resource_limits"

# These two do nothing: that they compile shows EXECUTE on the package.
USES_DATAPUMP = """\
DECLARE
  kind NUMBER;
BEGIN
  kind := DBMS_DATAPUMP.KU$_FILE_TYPE_DUMP_FILE;
END;"""

USES_UTL_FILE = """\
DECLARE
  opened UTL_FILE.FILE_TYPE;
BEGIN
  NULL;
END;"""

# `.` is the folder itself.
FOLDER_EXISTS = """\
BEGIN
  :present := DBMS_LOB.FILEEXISTS(BFILENAME(:directory, '.'));
END;"""


def look_as_of_scn(table: TableName) -> str:
    """Return a query that reads at most one row of a table at the SCN bound as `scn`: it shows SELECT and FLASHBACK.

    A table name cannot be a bind; `TableName` holds checked identifiers only.
    """
    return f'SELECT COUNT(*) FROM "{table.schema}"."{table.name}" AS OF SCN :scn WHERE ROWNUM = 1'  # noqa: S608
