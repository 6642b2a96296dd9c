# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts and servers as a DBA may have left them, as the dictionary shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from engine_client import SERVICE, USER, Client

from rehearsal.contract import OracleError
from rehearsal.engine.posture import BACKUP_USER, Posture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rehearsal.engine import RehearsalEngine


@pytest.fixture
def pose(engine: RehearsalEngine) -> Callable[..., None]:
    def change(**posture: Any) -> None:
        engine.pose(SERVICE, Posture(**posture))

    return change


@pytest.fixture(autouse=True)
def well_kept(engine: RehearsalEngine) -> Iterator[None]:
    yield
    engine.pose(SERVICE, Posture())


def test_the_tests_log_on_as_the_backup_account() -> None:
    assert USER == BACKUP_USER


def test_a_well_kept_server(client: Client) -> None:
    assert client.value("SELECT COUNT(*) FROM gv$instance") == 1
    assert client.value("SELECT parallel FROM v$instance") == "NO"
    assert client.value("SELECT SUM(bytes) FROM user_free_space WHERE tablespace_name = 'USERS'") == 1024**3
    assert client.value("SELECT COUNT(*) FROM dba_free_space") == client.value("SELECT COUNT(*) FROM dba_data_files")
    assert client.value("SELECT COUNT(*) FROM user_resource_limits WHERE limit != 'UNLIMITED'") == 0
    assert client.value("SELECT COUNT(*) FROM v$parameter WHERE isdefault = 'FALSE'") == 0
    assert client.value("SELECT COUNT(*) FROM v$session_connect_info") == 1
    assert client.rows("SELECT SYS_CONTEXT('USERENV', 'CON_ID'), SYS_CONTEXT('USERENV', 'CON_NAME') FROM dual") == [
        ("0", "REHEARSAL")
    ]


def test_a_dba_sees_the_tablespaces_of_others(engine: RehearsalEngine, client: Client) -> None:
    mine = client.value("SELECT COUNT(*) FROM user_free_space")
    engine.database(SERVICE).accounts.grant_privilege(USER, "UNLIMITED TABLESPACE")
    assert client.value("SELECT COUNT(*) FROM user_free_space") > mine


def test_full_tablespaces_have_no_free_extents(client: Client, pose: Callable[..., None]) -> None:
    pose(tablespace_free_bytes=0)
    assert client.value("SELECT SUM(bytes) FROM user_free_space") is None


def test_what_was_withheld_is_nowhere(client: Client, pose: Callable[..., None]) -> None:
    pose(withheld="CREATE TABLE, WRITE,utl_file,V$PARAMETER")
    assert ("CREATE TABLE",) not in client.rows("SELECT privilege FROM session_privs")
    assert client.rows("SELECT privilege FROM all_tab_privs WHERE table_name = 'SIAK_BACKUP_DIR'") == [("READ",)]
    client.fails(942, "SELECT * FROM v$parameter")
    with pytest.raises(OracleError, match="PLS-00201"):
        client.session.prepare("DECLARE f UTL_FILE.FILE_TYPE; BEGIN NULL; END;")
    pose()
    assert ("CREATE TABLE",) in client.rows("SELECT privilege FROM session_privs")


def test_a_role_that_was_withheld_takes_its_own_with_it(client: Client, pose: Callable[..., None]) -> None:
    pose(withheld="DATAPUMP_EXP_FULL_DATABASE")
    assert client.rows("SELECT role FROM session_roles") == []
    client.fails(942, "SELECT * FROM v$database")


def test_parameters_and_limits_that_somebody_set(client: Client, pose: Callable[..., None]) -> None:
    pose(parameters="UNDO_RETENTION=900, _odd=1", profile_limits="connect_time=60")
    changed = client.rows("SELECT name, value FROM v$parameter WHERE isdefault = 'FALSE' ORDER BY 1")
    assert changed == [("_odd", "1"), ("undo_retention", "900")]
    assert client.value("SELECT limit FROM user_resource_limits WHERE resource_name = 'CONNECT_TIME'") == "60"


def test_policies(client: Client, pose: Callable[..., None]) -> None:
    assert client.rows("SELECT object_name FROM all_policies") == []
    pose(access_policies="data_keluarga, biodata_wni")
    found = client.rows("SELECT object_owner, object_name, enable FROM all_policies ORDER BY 2")
    assert found == [("SIAKOFF", "BIODATA_WNI", "YES"), ("SIAKOFF", "DATA_KELUARGA", "YES")]


def test_a_cluster(client: Client, pose: Callable[..., None]) -> None:
    pose(instances=2)
    assert client.rows("SELECT inst_id, parallel FROM gv$instance ORDER BY 1") == [(1, "YES"), (2, "YES")]
    assert client.value("SELECT value FROM v$parameter WHERE name = 'cluster_database'") == "TRUE"


@pytest.mark.parametrize(("name", "number"), [("CDB$ROOT", "1"), ("SIAKPDB", "3")])
def test_a_container(client: Client, pose: Callable[..., None], name: str, number: str) -> None:
    pose(container=name)
    row = client.rows("SELECT SYS_CONTEXT('USERENV', 'CON_ID'), SYS_CONTEXT('USERENV', 'CON_NAME') FROM dual")
    assert row == [(number, name)]
    assert client.value("SELECT cdb FROM v$database") == "YES"


def test_encryption_and_characters(client: Client, pose: Callable[..., None]) -> None:
    pose(network_encryption="AES256", database_charset="US7ASCII")
    banners = client.rows("SELECT network_service_banner FROM v$session_connect_info")
    assert any("AES256 Encryption service adapter" in banner for (banner,) in banners)
    assert client.value("SELECT value FROM nls_database_parameters WHERE parameter = 'NLS_CHARACTERSET'") == "US7ASCII"


_EXISTS = "SELECT DBMS_LOB.FILEEXISTS(BFILENAME('SIAK_BACKUP_DIR', '{name}')) FROM dual"


def test_the_folder_itself_is_a_file_that_exists(client: Client, pose: Callable[..., None], dpdump: Path) -> None:
    (dpdump / "a.dmp").write_bytes(b"x")
    assert client.value(_EXISTS.format(name=".")) == 1
    pose(folder_unseen=True)
    assert client.value(_EXISTS.format(name=".")) == 0
    assert client.value(_EXISTS.format(name="a.dmp")) == 1
