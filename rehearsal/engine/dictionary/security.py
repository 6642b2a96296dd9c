# SPDX-License-Identifier: GPL-3.0-or-later
"""Views of users, grants, roles, quotas and directory objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal import residents
from rehearsal.engine.datatypes import encode_time
from rehearsal.engine.storage.accounts import ROLES
from rehearsal.engine.storage.schema import tables_of

from .objects import segment_bytes
from .view import CATALOG_ROLE, DictionaryContext, View, columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    Rows = Iterator[tuple[Any, ...]]

_USER = "USERNAME 128, USER_ID n, ACCOUNT_STATUS 32, LOCK_DATE d, EXPIRY_DATE d, DEFAULT_TABLESPACE 30, CREATED d"
_DIRECTORY = "OWNER 128, DIRECTORY_NAME 128, DIRECTORY_PATH 4000"
_GRANT = "GRANTEE 128, TABLE_SCHEMA 128, TABLE_NAME 128, PRIVILEGE 40, GRANTABLE 3, TYPE 24"
_OWNED_GRANT = "GRANTEE 128, OWNER 128, TABLE_NAME 128, PRIVILEGE 40, GRANTABLE 3, TYPE 24"
_QUOTA = "TABLESPACE_NAME 30, BYTES n, MAX_BYTES n, BLOCKS n, MAX_BLOCKS n"
_BLOCK_BYTES = 8192


def _local(context: DictionaryContext, moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return encode_time(moment.astimezone(context.database.clock().tzinfo).replace(microsecond=0, tzinfo=None))


def _users(context: DictionaryContext) -> Rows:
    for account in context.accounts.users():
        yield (
            account.name,
            account.id,
            account.status,
            _local(context, account.lock_date),
            _local(context, account.expiry_date),
            account.default_tablespace,
            _local(context, account.created_at),
        )


def _user_users(context: DictionaryContext) -> Rows:
    return (row for row in _users(context) if row[0] == context.user)


def _all_users(context: DictionaryContext) -> Rows:
    return ((row[0], row[1], row[6]) for row in _users(context))


def _dba_directories(context: DictionaryContext) -> Rows:
    return (("SYS", name, str(path)) for name, path in context.accounts.directories().items())


def _all_directories(context: DictionaryContext) -> Rows:
    any_directory = bool({"CREATE ANY DIRECTORY", "DROP ANY DIRECTORY"} & context.accounts.privileges(context.user))
    return (
        row
        for row in _dba_directories(context)
        if any_directory or any(context.accounts.has_object(context.user, "SYS", row[1], p) for p in ("READ", "WRITE"))
    )


def _grants(context: DictionaryContext) -> Rows:
    for grantee, owner, name, kind, privilege in context.accounts.object_grants():
        yield grantee, owner, name, privilege, "NO", kind


def _all_grants(context: DictionaryContext) -> Rows:
    mine = {context.user, "PUBLIC"} | context.accounts.roles(context.user)
    return (row for row in _grants(context) if row[0] in mine or row[1] == context.user)


def _user_grants(context: DictionaryContext) -> Rows:
    return (row for row in _grants(context) if context.user in row[:2])


def _session_privileges(context: DictionaryContext) -> Rows:
    return ((privilege,) for privilege in sorted(context.accounts.privileges(context.user)))


def _session_roles(context: DictionaryContext) -> Rows:
    return ((role,) for role in sorted(context.accounts.roles(context.user)))


def _user_role_privileges(context: DictionaryContext) -> Rows:
    inherited = {role for name in context.accounts.roles(context.user) for role in ROLES.get(name, (set(), set()))[1]}
    for role in sorted(context.accounts.roles(context.user) - inherited):
        yield context.user, role, "NO", "YES"


def _user_system_privileges(context: DictionaryContext) -> Rows:
    from_roles = {p for role in context.accounts.roles(context.user) for p in ROLES.get(role, (set(), set()))[0]}
    for privilege in sorted(context.accounts.privileges(context.user)):
        if privilege not in from_roles or privilege in {"CREATE SESSION", "CREATE TABLE"}:
            yield context.user, privilege, "NO"


def _quotas(context: DictionaryContext) -> Rows:
    for user, tablespace, most in context.accounts.quotas():
        owned = [table for table in tables_of(context.connection, user) if table.tablespace == tablespace]
        used = sum(segment_bytes(context.connection, table) for table in owned)
        yield tablespace, user, used, most, used // _BLOCK_BYTES, most // _BLOCK_BYTES if most >= 0 else -1


def _user_quotas(context: DictionaryContext) -> Rows:
    return ((row[0], *row[2:]) for row in _quotas(context) if row[1] == context.user)


def _policies(context: DictionaryContext) -> Rows:
    for table in context.accounts.posture.policed_tables():
        yield (
            residents.SCHEMA, table, "SYS_DEFAULT", f"PER_{table}"[:30], "SYS", None, "REHEARSAL_POLICY", "YES", "NO",
            "NO", "NO", "NO", "NO", "YES", "NO", "DYNAMIC", "NO",
        )  # fmt: skip


SECURITY_VIEWS = (
    View("USER_USERS", columns(_USER), _user_users),
    View("DBA_USERS", columns(_USER), _users, CATALOG_ROLE),
    View("ALL_USERS", columns("USERNAME 128, USER_ID n, CREATED d"), _all_users),
    View("ALL_DIRECTORIES", columns(_DIRECTORY), _all_directories),
    View("DBA_DIRECTORIES", columns(_DIRECTORY), _dba_directories, CATALOG_ROLE),
    View("ALL_TAB_PRIVS", columns(_GRANT), _all_grants),
    View("USER_TAB_PRIVS", columns(_OWNED_GRANT), _user_grants),
    View("DBA_TAB_PRIVS", columns(_OWNED_GRANT), _grants, CATALOG_ROLE),
    View("SESSION_PRIVS", columns("PRIVILEGE 40"), _session_privileges),
    View("SESSION_ROLES", columns("ROLE 128"), _session_roles),
    View(
        "USER_ROLE_PRIVS",
        columns("USERNAME 128, GRANTED_ROLE 128, ADMIN_OPTION 3, DEFAULT_ROLE 3"),
        _user_role_privileges,
    ),
    View("USER_SYS_PRIVS", columns("USERNAME 128, PRIVILEGE 40, ADMIN_OPTION 3"), _user_system_privileges),
    View(
        "ALL_POLICIES",
        columns(
            "OBJECT_OWNER 128, OBJECT_NAME 128, POLICY_GROUP 128, POLICY_NAME 128, PF_OWNER 128, PACKAGE 128, "
            "FUNCTION 128, SEL 3, INS 3, UPD 3, DEL 3, IDX 3, CHK_OPTION 3, ENABLE 3, STATIC_POLICY 3, "
            "POLICY_TYPE 24, LONG_PREDICATE 3"
        ),
        _policies,
    ),
    View("USER_TS_QUOTAS", columns(_QUOTA), _user_quotas),
    View(
        "DBA_TS_QUOTAS",
        columns("TABLESPACE_NAME 30, USERNAME 128, BYTES n, MAX_BYTES n, BLOCKS n, MAX_BLOCKS n"),
        _quotas,
        CATALOG_ROLE,
    ),
)
