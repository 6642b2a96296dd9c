# SPDX-License-Identifier: GPL-3.0-or-later
"""Users, what they may do, and directory objects.

They live in an SQLite file of their own: a failed logon must be counted even
while a session holds the one write lock of the database's file.
"""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError, Verifier

from .access import AccessFaults, AccountStatus, LogonError

if TYPE_CHECKING:
    from collections.abc import Callable

_LOGON_ERRORS = {
    LogonError.MOST_PROCESSES: (20, "maximum number of processes (150) exceeded"),
    LogonError.STARTING: (1033, "ORACLE initialization or shutdown in progress"),
    LogonError.DOWN: (1034, "ORACLE not available"),
    LogonError.RESTRICTED: (1035, "ORACLE only available to users with RESTRICTED SESSION privilege"),
    LogonError.SHUTTING_DOWN: (1089, "immediate shutdown or close in progress - no operations are permitted"),
}
_EXPORT_ROLES = {"DATAPUMP_EXP_FULL_DATABASE", "EXP_FULL_DATABASE", "SELECT_CATALOG_ROLE", "EXECUTE_CATALOG_ROLE"}
_GRACE_DAYS = 7

MOST_FAILED_LOGINS = 3
"""FAILED_LOGIN_ATTEMPTS of the profile: hardened sites set 3."""

_TABLES = """
CREATE TABLE IF NOT EXISTS sys_users (
    id INTEGER PRIMARY KEY, name TEXT UNIQUE, kind INTEGER, salt BLOB, key BLOB, iterations INTEGER, status TEXT,
    failed_logins INTEGER DEFAULT 0, lock_date TEXT, expiry_date TEXT, default_tablespace TEXT, created_at TEXT);
CREATE TABLE IF NOT EXISTS sys_role_grants (grantee TEXT, role TEXT, PRIMARY KEY (grantee, role));
CREATE TABLE IF NOT EXISTS sys_privileges (grantee TEXT, privilege TEXT, PRIMARY KEY (grantee, privilege));
CREATE TABLE IF NOT EXISTS sys_object_grants (
    grantee TEXT, owner TEXT, object TEXT, kind TEXT, privilege TEXT,
    PRIMARY KEY (grantee, owner, object, privilege));
CREATE TABLE IF NOT EXISTS sys_quotas (user TEXT, tablespace TEXT, max_bytes INTEGER, PRIMARY KEY (user, tablespace));
CREATE TABLE IF NOT EXISTS sys_directories (name TEXT PRIMARY KEY, path TEXT);
"""

_EXPORT = {
    "CREATE SESSION",
    "CREATE TABLE",
    "SELECT ANY TABLE",
    "FLASHBACK ANY TABLE",
    "EXEMPT REDACTION POLICY",
    "ANALYZE ANY",
}
ROLES: dict[str, tuple[set[str], set[str]]] = {
    "CONNECT": ({"CREATE SESSION"}, set()),
    "RESOURCE": ({"CREATE TABLE", "CREATE SEQUENCE", "CREATE PROCEDURE"}, set()),
    "SELECT_CATALOG_ROLE": (set(), set()),
    "EXECUTE_CATALOG_ROLE": (set(), set()),
    "EXP_FULL_DATABASE": (_EXPORT, {"SELECT_CATALOG_ROLE", "EXECUTE_CATALOG_ROLE"}),
    "DATAPUMP_EXP_FULL_DATABASE": ({"CREATE SESSION", "CREATE TABLE"}, {"EXP_FULL_DATABASE"}),
    "DBA": (
        _EXPORT | {"UNLIMITED TABLESPACE", "CREATE ANY DIRECTORY", "ALTER USER", "DROP ANY TABLE", "CREATE ANY TABLE"},
        {"DATAPUMP_EXP_FULL_DATABASE", "SELECT_CATALOG_ROLE"},
    ),
}
"""Per role: its system privileges and the roles granted to it (catdpb.sql and the security guide)."""


@dataclass(frozen=True)
class Account:
    """A user as DBA_USERS shows it."""

    id: int
    name: str
    status: str
    lock_date: datetime | None
    expiry_date: datetime | None
    default_tablespace: str
    created_at: datetime


class Accounts:
    """The accounts of one database. Thread-safe."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sqlite = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._sqlite.executescript(_TABLES)
        self.faults = AccessFaults()

    def arm(self, faults: AccessFaults) -> None:
        """Take from the accounts, from now on, what `faults` say."""
        self.faults = faults

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._sqlite.close()

    def create_user(self, name: str, verifier: Verifier | None, *, tablespace: str = "USERS") -> None:
        """Add a user; without a verifier it is a schema nobody can log on to."""
        kind, salt, key, iterations = (0, b"", b"", 0)
        if verifier is not None:
            kind, salt, key, iterations = verifier.kind, verifier.salt, verifier.key, verifier.iterations
        self._write(
            "INSERT INTO sys_users (name, kind, salt, key, iterations, status, default_tablespace, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (name, kind, salt, key, iterations, "OPEN" if verifier else "LOCKED", tablespace, self._now()),
        )

    def set_verifier(self, name: str, verifier: Verifier) -> None:
        """Give a user another password."""
        self._write(
            "UPDATE sys_users SET kind = ?, salt = ?, key = ?, iterations = ? WHERE name = ?",
            (verifier.kind, verifier.salt, verifier.key, verifier.iterations, name),
        )

    def set_status(self, name: str, status: str, *, expiry_date: datetime | None = None) -> None:
        """Set ACCOUNT_STATUS (OPEN, LOCKED, EXPIRED, EXPIRED(GRACE)) and forget failed logons."""
        locked_at = self._now() if "LOCKED" in status else None
        expires = expiry_date.isoformat() if expiry_date else None
        self._write(
            "UPDATE sys_users SET status = ?, failed_logins = 0, lock_date = ?, expiry_date = ? WHERE name = ?",
            (status, locked_at, expires, name),
        )

    def grant_role(self, grantee: str, role: str) -> None:
        """Grant a role."""
        self._write("INSERT OR IGNORE INTO sys_role_grants VALUES (?, ?)", (grantee, role))

    def grant_privilege(self, grantee: str, privilege: str) -> None:
        """Grant a system privilege."""
        self._write("INSERT OR IGNORE INTO sys_privileges VALUES (?, ?)", (grantee, privilege))

    def grant_object(self, grantee: str, owner: str, name: str, kind: str, privilege: str) -> None:
        """Grant a privilege on a TABLE, DIRECTORY or PACKAGE."""
        self._write(
            "INSERT OR IGNORE INTO sys_object_grants VALUES (?, ?, ?, ?, ?)", (grantee, owner, name, kind, privilege)
        )

    def revoke_object(self, grantee: str, owner: str, name: str, privilege: str) -> None:
        """Take a privilege on an object back."""
        self._write(
            "DELETE FROM sys_object_grants WHERE grantee = ? AND owner = ? AND object = ? AND privilege = ?",
            (grantee, owner, name, privilege),
        )

    def set_quota(self, user: str, tablespace: str, max_bytes: int) -> None:
        """Set a quota in bytes; -1 is UNLIMITED."""
        self._write("INSERT OR REPLACE INTO sys_quotas VALUES (?, ?, ?)", (user, tablespace, max_bytes))

    def create_directory(self, name: str, path: Path) -> None:
        """Create or replace a directory object."""
        self._write("INSERT OR REPLACE INTO sys_directories VALUES (?, ?)", (name, str(path)))

    def verifier(self, name: str) -> Verifier | None:
        """Return what to check a password against. Raises ORA-28000 for a locked account, and armed logon errors."""
        if self.faults.logon_error is not None:
            raise OracleError(*_LOGON_ERRORS[self.faults.logon_error])
        rows = self._read("SELECT kind, salt, key, iterations, status FROM sys_users WHERE name = ?", (name,))
        if not rows:
            return None
        kind, salt, key, iterations, status = rows[0]
        if "LOCKED" in status or self.faults.account_status is AccountStatus.LOCKED:
            raise OracleError(28000, "the account is locked")
        return Verifier(kind, salt, key[::-1] if self.faults.password_changed else key, iterations)

    def login_failed(self, name: str) -> None:
        """Count a wrong password; the third in a row locks the account."""
        now = self._now()
        self._write(
            "UPDATE sys_users SET failed_logins = failed_logins + 1, "
            f"status = CASE WHEN failed_logins + 1 >= {MOST_FAILED_LOGINS} THEN 'LOCKED(TIMED)' ELSE status END, "
            f"lock_date = CASE WHEN failed_logins + 1 >= {MOST_FAILED_LOGINS} THEN ? ELSE lock_date END WHERE name = ?",
            (now, name),
        )

    def logged_in(self, name: str) -> None:
        """Forget failed logons. Raises ORA-28001 for an expired password, ORA-01045 without CREATE SESSION."""
        account = self.account(name)
        if account is None:
            raise OracleError(1017, "invalid username/password; logon denied")
        if account.status == "EXPIRED":
            raise OracleError(28001, "the password has expired")
        if "CREATE SESSION" not in self.privileges(name):
            raise OracleError(1045, f"user {name} lacks CREATE SESSION privilege; logon denied")
        self._write("UPDATE sys_users SET failed_logins = 0 WHERE name = ?", (name,))

    def logon_warning(self, name: str) -> OracleError | None:
        """Return what a logon that succeeds is told: ORA-28002 in the days of grace."""
        account = self.account(name)
        if account is None or account.status != AccountStatus.GRACE:
            return None
        return OracleError(28002, f"the password will expire within {_GRACE_DAYS} days")

    def account(self, name: str) -> Account | None:
        """Return a user."""
        return next((account for account in self.users() if account.name == name), None)

    def users(self) -> list[Account]:
        """Return all users in the order of their creation."""
        rows = self._read(
            "SELECT id, name, status, lock_date, expiry_date, default_tablespace, created_at FROM sys_users ORDER BY id"
        )
        return [
            self._seen(
                Account(id_, name, status, _time(locked), _time(expires), tablespace, datetime.fromisoformat(created))
            )
            for id_, name, status, locked, expires, tablespace, created in rows
        ]

    def _seen(self, account: Account) -> Account:
        """Return an account as the armed faults show it; those of schemas are locked anyway."""
        faults = self.faults
        if account.status != "OPEN":
            return account
        days = _GRACE_DAYS if faults.account_status is AccountStatus.GRACE else faults.password_expires_in_days
        expires = account.expiry_date if days is None else self._clock() + timedelta(days=days)
        return replace(account, status=str(faults.account_status or account.status), expiry_date=expires)

    def roles(self, user: str) -> set[str]:
        """Return all roles of a user, those granted to roles included."""
        found: set[str] = set()
        waiting = [role for (role,) in self._read("SELECT role FROM sys_role_grants WHERE grantee = ?", (user,))]
        while waiting:
            role = waiting.pop()
            if role not in found:
                found.add(role)
                waiting.extend(ROLES.get(role, (set(), set()))[1])
        return found - _EXPORT_ROLES if self.faults.no_export_role else found

    def privileges(self, user: str) -> set[str]:
        """Return all system privileges of a user, those of roles included."""
        rows = self._read("SELECT privilege FROM sys_privileges WHERE grantee = ?", (user,))
        held = {privilege for (privilege,) in rows}.union(*(ROLES.get(r, (set(), set()))[0] for r in self.roles(user)))
        return held - {
            privilege
            for privilege, is_revoked in (
                ("CREATE SESSION", self.faults.no_create_session),
                ("CREATE TABLE", self.faults.no_create_table),
                ("FLASHBACK ANY TABLE", self.faults.no_flashback),
            )
            if is_revoked
        }

    def object_grants(self) -> list[tuple[str, str, str, str, str]]:
        """Return grantee, owner, object, kind and privilege of every object grant."""
        rows = self._read("SELECT grantee, owner, object, kind, privilege FROM sys_object_grants ORDER BY 1, 2, 3, 5")
        return [row for row in rows if not self._is_revoked(object_=row[2], kind=row[3], privilege=row[4])]

    def _is_revoked(self, *, object_: str, kind: str, privilege: str) -> bool:
        faults = self.faults
        if kind == "DIRECTORY":
            narrower = {"READ": faults.no_directory_read, "WRITE": faults.no_directory_write}
            return faults.no_directory or narrower.get(privilege, False)
        return {"DBMS_DATAPUMP": faults.no_datapump, "UTL_FILE": faults.no_utl_file}.get(object_, False)

    def has_object(self, user: str, owner: str, name: str, privilege: str) -> bool:
        """Tell whether a user, one of his roles or PUBLIC has a privilege on an object."""
        grantees = {user, "PUBLIC"} | self.roles(user)
        return any(
            grantee in grantees and (o, n, p) == (owner, name, privilege)
            for grantee, o, n, _, p in self.object_grants()
        )

    def quotas(self) -> list[tuple[str, str, int]]:
        """Return user, tablespace and maximum bytes."""
        rows = self._read("SELECT user, tablespace, max_bytes FROM sys_quotas ORDER BY 1, 2")
        asked = self.faults.quota_bytes
        return [(user, space, most if asked is None else asked) for user, space, most in rows if asked != 0]

    def directories(self) -> dict[str, Path]:
        """Return the directory objects."""
        rows = self._read("SELECT name, path FROM sys_directories ORDER BY name")
        return {name: Path(path) / "tidak-ada" if self.faults.folder_missing else Path(path) for name, path in rows}

    def _read(self, sql: str, parameters: tuple[object, ...] = ()) -> list[tuple]:  # type: ignore[type-arg]  # rows as read
        with self._lock:
            return self._sqlite.execute(sql, parameters).fetchall()

    def _write(self, sql: str, parameters: tuple[object, ...]) -> None:
        with self._lock:
            self._sqlite.execute(sql, parameters)

    def _now(self) -> str:
        return self._clock().astimezone(UTC).isoformat()


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
