# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account that lacks something sees and is told, on a server of its own whose grants the tests change."""

from __future__ import annotations

import shutil
import sqlite3

import pytest
from exporting import export, settings_of
from rehearsal_server import rehearsal_server
from siak_backup.errors import ExportError, LoginError, OracleError, PrivilegeError
from siak_backup.oracle import files
from siak_backup.oracle.checks import Segments, observe, probe_directory
from siak_backup.oracle.counts import count_rows
from siak_backup.oracle.names import TableName
from siak_backup.oracle.scope import Scope
from siak_backup.oracle.session import open_session

BACKUP = "SIAK_BACKUP"


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory):
    with rehearsal_server(tmp_path_factory.mktemp("account") / "state", sukamara=20) as server:
        yield server


@pytest.fixture
def change(rehearsal, database, tmp_path):
    """Return what changes the server's accounts; they are put back afterwards."""
    path = database.password_file.parent / "accounts.sqlite"
    before = tmp_path / "accounts.sqlite"
    shutil.copy(path, before)

    def execute(sql, *values):
        with sqlite3.connect(path) as accounts:
            assert accounts.execute(sql, values).rowcount > 0
        accounts.close()

    yield execute
    with sqlite3.connect(before) as saved, sqlite3.connect(path) as accounts:
        saved.backup(accounts)
    saved.close()
    accounts.close()


def look(session, database, schemas=("SIAKOFF",)):
    return observe(session, directory=database.directory, scope=Scope("SCHEMA", tuple(schemas), ()))


def test_a_well_made_account_sees_everything(session, database):
    seen = look(session, database)
    assert seen.refusals == {}
    assert seen.database[1] == "READ WRITE"
    assert seen.scn > 0
    assert seen.account_status == "OPEN"
    assert "CREATE TABLE" in seen.privileges
    assert "DATAPUMP_EXP_FULL_DATABASE" in seen.roles
    assert seen.quota_bytes == 200 * 1024**2
    assert seen.directory_grants >= {"READ", "WRITE"}
    assert seen.jobs == ()
    assert seen.estimate_bytes == seen.segments[0].size_bytes > 0


def test_an_account_may_look_at_its_own_schema(session, database):
    assert look(session, database, [BACKUP]).segments == (Segments(BACKUP, 0),)


def test_without_the_role_the_dictionary_is_hidden_and_that_is_said(session, database, change):
    change("DELETE FROM sys_role_grants WHERE grantee = ?", BACKUP)
    with open_session(settings_of(database)) as fresh:
        seen = look(fresh, database)
    assert {"database", "scn", "estimate"} <= seen.refusals.keys()
    assert (seen.database, seen.scn, seen.estimate_bytes) == (None, None, None)
    assert seen.directory_path is not None
    assert seen.jobs == ()


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("DELETE FROM sys_quotas WHERE user = ?", 0),
        ("UPDATE sys_quotas SET max_bytes = -1 WHERE user = ?", -1),
    ],
)
def test_quotas_are_seen(session, database, change, sql, found):
    change(sql, BACKUP)
    assert look(session, database).quota_bytes == found


def test_a_directory_that_was_not_granted_is_not_there(session, database, change):
    change("DELETE FROM sys_object_grants WHERE grantee = ? AND object = ?", BACKUP, database.directory)
    seen = look(session, database)
    assert (seen.directory_path, seen.directory_grants) == (None, frozenset())


def test_a_directory_without_write_is_refused_by_the_probe(session, database, change):
    change("DELETE FROM sys_object_grants WHERE grantee = ? AND privilege = 'WRITE'", BACKUP)
    assert look(session, database).directory_grants == {"READ"}
    with pytest.raises(OracleError):
        probe_directory(session, database.directory, "SIAK_PROBE_1.tmp")


def test_a_revoked_package_is_a_privilege_to_grant(database, change):
    change("DELETE FROM sys_object_grants WHERE object = 'UTL_FILE'")
    with (
        open_session(settings_of(database)) as fresh,
        pytest.raises(PrivilegeError, match=r"PLS-00201.*backup_account\.sql"),
    ):
        probe_directory(fresh, database.directory, "SIAK_PROBE_1.tmp")


@pytest.mark.parametrize(
    ("status", "code"), [("LOCKED", "ORA-28000"), ("EXPIRED", "ORA-28001")], ids=["locked", "expired"]
)
def test_an_account_that_may_not_log_on_says_why(database, change, status, code):
    change("UPDATE sys_users SET status = ? WHERE name = ?", status, BACKUP)
    with pytest.raises(LoginError, match=code):
        open_session(settings_of(database))


def test_an_export_without_quota_is_refused(link, plan_of, change):
    change("DELETE FROM sys_quotas WHERE user = ?", BACKUP)
    with pytest.raises((PrivilegeError, ExportError), match="ORA-01950"):
        export(link, plan_of())


def test_rows_of_others_are_not_counted_without_the_role(change, connect):
    change("DELETE FROM sys_role_grants WHERE grantee = ?", BACKUP)
    with connect() as fresh, pytest.raises(OracleError):
        count_rows(fresh, [TableName("SIAKOFF", "BIODATA_WNI")], 1)


def test_files_that_cannot_be_removed_are_told(session, database, change):
    (database.directory_path / "SIAK_X_01.dmp").write_bytes(b"dump")
    change("DELETE FROM sys_object_grants WHERE grantee = ? AND privilege = 'WRITE'", BACKUP)
    assert files.remove(session, database.directory, ["SIAK_X_01.dmp", "SIAK_X_02.dmp"]) == ["SIAK_X_01.dmp"]
    assert "SIAK_X_01.dmp" in database.files()
