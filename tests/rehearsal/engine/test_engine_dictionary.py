# SPDX-License-Identifier: GPL-3.0-or-later
"""Views, accounts and privileges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from engine_client import SERVICE, SPEC, USER, Client

from rehearsal.contract import OracleError
from rehearsal.engine import open_engine
from rehearsal.engine.dictionary import VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rehearsal.engine import RehearsalEngine


@pytest.fixture
def plain(engine: RehearsalEngine) -> Iterator[Client]:
    """A user with CREATE SESSION alone."""
    accounts = engine.database(SERVICE).accounts
    accounts.create_user("BIASA", None)
    accounts.grant_privilege("BIASA", "CREATE SESSION")
    session = engine.open_session(SERVICE, "BIASA", {})
    yield Client(session)
    session.close()


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_every_view_can_be_read_whole(client: Client, view: str) -> None:
    rows = client.rows(f"SELECT * FROM {view}")
    assert all(len(row) == len(VIEWS[view].columns) for row in rows)


@pytest.mark.parametrize("view", sorted(name for name, view in VIEWS.items() if view.role))
def test_guarded_views_do_not_exist_without_the_role(plain: Client, view: str) -> None:
    plain.fails(942, f"SELECT * FROM {view}")


def test_what_a_preflight_asks(client: Client, dpdump: Path) -> None:
    assert client.rows("SELECT directory_path FROM all_directories WHERE directory_name = 'SIAK_BACKUP_DIR'") == [
        (str(dpdump),)
    ]
    grants = client.rows(
        "SELECT privilege FROM all_tab_privs WHERE table_name = 'SIAK_BACKUP_DIR' AND grantee = USER ORDER BY 1"
    )
    assert grants == [("READ",), ("WRITE",)]
    roles = {role for (role,) in client.rows("SELECT role FROM session_roles")}
    assert {"DATAPUMP_EXP_FULL_DATABASE", "EXP_FULL_DATABASE", "SELECT_CATALOG_ROLE"} <= roles
    assert client.rows("SELECT granted_role FROM user_role_privs") == [("DATAPUMP_EXP_FULL_DATABASE",)]
    privileges = {name for (name,) in client.rows("SELECT privilege FROM session_privs")}
    assert {"CREATE SESSION", "CREATE TABLE", "FLASHBACK ANY TABLE"} <= privileges
    assert client.rows("SELECT account_status, expiry_date, default_tablespace FROM user_users") == [
        ("OPEN", None, "USERS")
    ]
    assert client.value("SELECT max_bytes FROM user_ts_quotas WHERE tablespace_name = 'USERS'") > 0
    assert client.rows("SELECT instance_name, status FROM v$instance") == [("rehearsal", "OPEN")]
    assert client.rows("SELECT open_mode, log_mode FROM v$database") == [("READ WRITE", "NOARCHIVELOG")]
    assert client.value("SELECT value FROM nls_database_parameters WHERE parameter = 'NLS_CHARACTERSET'") == "AL32UTF8"


def test_everything_says_rehearsal(client: Client) -> None:
    for query in (
        "SELECT banner FROM v$version WHERE ROWNUM = 1",
        "SELECT name FROM v$database",
        "SELECT instance_name FROM v$instance",
        "SELECT product FROM product_component_version WHERE ROWNUM = 1",
        "SELECT SYS_CONTEXT('USERENV', 'DB_NAME') FROM dual",
    ):
        assert "REHEARSAL" in client.value(query).upper()


def test_tables_columns_and_segments(client: Client) -> None:
    assert client.value("SELECT COUNT(*) FROM all_tables WHERE owner = 'SIAKOFF'") == 12
    columns = client.rows(
        "SELECT column_name, data_type, data_length, data_precision, nullable FROM all_tab_columns "
        "WHERE table_name = 'SETUP_KEC' ORDER BY column_id"
    )
    assert columns[0] == ("NO_PROP", "NUMBER", 22, 2, "N")
    assert columns[-1] == ("NAMA_KEC", "VARCHAR2", 60, None, "N")
    assert client.value("SELECT SUM(bytes) FROM dba_segments WHERE owner = 'SIAKOFF'") >= 12 * 65536 // 2
    assert client.rows("SELECT table_name FROM user_tables") == []
    client.run("CREATE TABLE coba (n NUMBER)")
    assert client.rows("SELECT table_name FROM user_tables") == [("COBA",)]


def test_privileges_are_enforced(plain: Client, engine: RehearsalEngine) -> None:
    plain.fails(942, "SELECT COUNT(*) FROM siakoff.biodata_wni")
    plain.fails(1031, "CREATE TABLE t (n NUMBER)")
    plain.fails(6550, "DECLARE n NUMBER; BEGIN n := dbms_flashback.get_system_change_number; END;", match="PLS-00201")
    plain.fails(904, "SELECT dbms_flashback.get_system_change_number FROM dual")
    assert plain.rows("SELECT * FROM all_directories") == []
    accounts = engine.database(SERVICE).accounts
    accounts.grant_object("BIASA", "SIAKOFF", "SETUP_KEC", "TABLE", "SELECT")
    assert plain.value("SELECT COUNT(*) FROM siakoff.setup_kec") == 1
    plain.fails(1031, "SELECT COUNT(*) FROM siakoff.setup_kec AS OF SCN 1")
    accounts.grant_privilege("BIASA", "CREATE TABLE")
    plain.fails(1950, "CREATE TABLE t (n NUMBER)")


def test_a_v_view_can_be_granted_alone(plain: Client, engine: RehearsalEngine) -> None:
    engine.database(SERVICE).accounts.grant_object("BIASA", "SYS", "V_$DATABASE", "TABLE", "SELECT")
    assert plain.value("SELECT open_mode FROM v$database") == "READ WRITE"
    assert plain.value("SELECT open_mode FROM sys.v_$database") == "READ WRITE"
    plain.fails(942, "SELECT status FROM v$instance")


def test_utl_file_can_be_revoked(client: Client, engine: RehearsalEngine) -> None:
    engine.database(SERVICE).accounts.revoke_object("PUBLIC", "SYS", "UTL_FILE", "EXECUTE")
    client.fails(6550, "BEGIN utl_file.fremove('A', 'B'); END;", match="identifier 'UTL_FILE.FREMOVE' must be declared")


def test_three_wrong_passwords_lock_the_account(engine: RehearsalEngine) -> None:
    for _ in range(2):
        engine.login_failed(SERVICE, "siak_backup")
    assert engine.verifier(SERVICE, "siak_backup") is not None
    engine.login_failed(SERVICE, "siak_backup")
    with pytest.raises(OracleError, match="ORA-28000"):
        engine.verifier(SERVICE, "siak_backup")
    account = engine.database(SERVICE).accounts.account(USER)
    assert account is not None
    assert account.status == "LOCKED(TIMED)"


def test_a_good_logon_forgets_the_bad_ones(engine: RehearsalEngine) -> None:
    for _ in range(3):
        engine.login_failed(SERVICE, USER)
        engine.login_failed(SERVICE, USER)
        engine.open_session(SERVICE, USER, {}).close()
    assert engine.verifier(SERVICE, USER) is not None


def test_expired_and_unknown_accounts(engine: RehearsalEngine) -> None:
    accounts = engine.database(SERVICE).accounts
    expiry = datetime(2025, 1, 9, tzinfo=UTC)
    accounts.set_status(USER, "EXPIRED(GRACE)", expiry_date=expiry)
    client = Client(engine.open_session(SERVICE, USER, {}))
    status, date = client.rows("SELECT account_status, expiry_date FROM user_users")[0]
    assert (status, date.date()) == ("EXPIRED(GRACE)", expiry.date())
    accounts.set_status(USER, "EXPIRED")
    with pytest.raises(OracleError, match="ORA-28001"):
        engine.open_session(SERVICE, USER, {})
    assert engine.verifier(SERVICE, "tak_ada") is None
    with pytest.raises(OracleError, match="12514"):
        engine.verifier("tak_ada", USER)


def test_current_schema(client: Client) -> None:
    client.session.set_schema("SIAKOFF")
    assert client.value("SELECT COUNT(*) FROM setup_kec") == 1
    assert client.value("SELECT SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') FROM dual") == "SIAKOFF"
    with pytest.raises(OracleError, match="ORA-01435"):
        client.session.set_schema("TAK_ADA")


def test_client_info(client: Client) -> None:
    client.session.set_client_info({"module": "backup", "client_identifier": "gladi"})
    client.run("BEGIN dbms_application_info.set_action('ekspor'); END;")
    assert client.rows(
        "SELECT SYS_CONTEXT('USERENV', 'MODULE'), SYS_CONTEXT('USERENV', 'ACTION'), "
        "SYS_CONTEXT('USERENV', 'CLIENT_IDENTIFIER') FROM dual"
    ) == [("backup", "ekspor", "gladi")]
    client.session.set_client_info({"client_identifier": ""})
    assert client.value("SELECT SYS_CONTEXT('USERENV', 'CLIENT_IDENTIFIER') FROM dual") is None


def test_a_database_survives_a_restart(client: Client, engine: RehearsalEngine, tmp_path: Path) -> None:
    client.run("CREATE TABLE tinggal (n NUMBER)")
    client.run("INSERT INTO tinggal VALUES (1)")
    client.session.commit()
    before = client.value("SELECT current_scn FROM v$database")
    client.session.close()
    engine.close()
    again = open_engine(tmp_path, [SPEC])
    later = Client(again.open_session(SERVICE, USER, {}))
    assert later.value("SELECT COUNT(*) FROM tinggal") == 1
    assert later.value("SELECT current_scn FROM v$database") >= before
    later.session.close()
    again.close()


def test_two_databases_share_nothing(tmp_path: Path) -> None:
    specs = [replace(SPEC, service=name, residents=number) for name, number in (("satu", 3), ("dua", 5))]
    engine = open_engine(tmp_path, specs)
    counts = []
    for name in engine.services():
        session = engine.open_session(name, USER, {})
        counts.append(Client(session).value("SELECT COUNT(*) FROM siakoff.biodata_wni"))
        session.close()
    assert counts == [3, 5]
    engine.login_failed("satu", USER)
    assert engine.database("dua").accounts.account(USER) is not None
    engine.close()
