# SPDX-License-Identifier: GPL-3.0-or-later
"""What may go wrong between a database and the account that wants to be let in."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class LogonError(enum.StrEnum):
    """Why a database lets nobody in."""

    MOST_PROCESSES = "most-processes"
    STARTING = "starting"
    DOWN = "down"
    RESTRICTED = "restricted"
    SHUTTING_DOWN = "shutting-down"


class AccountStatus(enum.StrEnum):
    """ACCOUNT_STATUS of an account that used to be OPEN."""

    LOCKED = "LOCKED"
    EXPIRED = "EXPIRED"
    GRACE = "EXPIRED(GRACE)"


@dataclass(frozen=True)
class AccessFaults:
    """What an account lacks, of what it had; the defaults are an account as docs/sql makes it."""

    logon_error: LogonError | None = None
    """Nobody is let in: most-processes (ORA-00020), starting (01033), down (01034), restricted (01035), shutting-down
    (01089). Seen in step 1."""
    password_changed: bool = False
    """The password is another one: ORA-01017, and ORA-28000 from the third try on. Seen in step 1."""
    account_status: AccountStatus | None = None
    """LOCKED (ORA-28000), EXPIRED (ORA-28001) or EXPIRED(GRACE), in which logons succeed with ORA-28002. Seen in
    step 1."""
    password_expires_in_days: int | None = None
    """EXPIRY_DATE of the account is so many days ahead. Seen in step 1."""
    no_create_session: bool = False
    """CREATE SESSION is revoked: ORA-01045. Seen in step 1."""
    no_create_table: bool = False
    """CREATE TABLE is revoked: OPEN would fail with ORA-31626, 31633 and 01031. Seen in step 1."""
    no_export_role: bool = False
    """DATAPUMP_EXP_FULL_DATABASE is revoked: other schemas and the dictionary are hidden. Seen in step 1."""
    no_flashback: bool = False
    """FLASHBACK ANY TABLE is revoked: counts as of an SCN fail with ORA-01031. Seen in step 3."""
    no_datapump: bool = False
    """EXECUTE on DBMS_DATAPUMP is revoked from PUBLIC: PLS-00201. Seen in step 2."""
    no_utl_file: bool = False
    """EXECUTE on UTL_FILE is revoked from PUBLIC, as hardening guides ask: PLS-00201. Seen in step 1."""
    quota_bytes: int | None = None
    """Quota of the account on its tablespace; 0 is ORA-01950. Seen in step 1."""
    no_directory: bool = False
    """READ and WRITE on the directory object are revoked: ALL_DIRECTORIES does not show it. Seen in step 1."""
    no_directory_read: bool = False
    """READ on the directory object is revoked. Seen in step 1."""
    no_directory_write: bool = False
    """WRITE on the directory object is revoked. Seen in step 1."""
    folder_missing: bool = False
    """The directory object points to a folder that is not there: ORA-29283. Seen in step 1."""
    folder_read_only: bool = False
    """The server's own user cannot write to the folder: ORA-29283. Seen in step 1."""
    files_locked: bool = False
    """Dumps and logs cannot be removed, as on Windows while something reads them: ORA-29291. Seen in step 2."""
    undo_gone: bool = False
    """Queries as of an SCN fail with ORA-01555, exports do not. Seen in step 3."""
    database_read_only: bool = False
    """OPEN_MODE of the database is READ ONLY, as of a standby. Seen in step 1."""
