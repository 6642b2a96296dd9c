# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole checkups by the real driver: what is fine, what is not, and the remedy of each."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from siak_backup.doctor.finding import Mark
from siak_backup.errors import ConnectError
from siak_backup.oracle import statements
from siak_backup.oracle.datapump.job import own_jobs
from siak_backup.oracle.session import open_session

from tests.unit.archive.nights import publish_night

OK, WARNING, FAILED, UNKNOWN = Mark

_STOP_AND_KEEP = statements.STOP_JOB.replace("keep_master => 0", "keep_master => 1")


def test_a_well_kept_office_is_fine_in_every_line_and_is_left_as_it_was(clinic):
    before = clinic.files()
    report = clinic.examine()
    assert {finding.name: finding for finding in report.findings if finding.mark is not OK} == {}
    assert len(report.findings) > 35
    assert report.failed == ()
    assert all(finding.found and not finding.remedy for finding in report.findings)
    assert clinic.files() == before
    assert clinic.logins == 1


@pytest.mark.parametrize(
    ("posture", "name", "mark", "words"),
    [
        ({"withheld": "CREATE TABLE"}, "create_table", FAILED, ["GRANT CREATE TABLE TO SIAK_BACKUP;"]),
        ({"quota_bytes": 0}, "quota", FAILED, ["ALTER USER SIAK_BACKUP QUOTA 200M ON USERS;"]),
        ({"quota_bytes": 65536}, "quota", FAILED, ["65,5 KB", "QUOTA 200M"]),
        (
            {"withheld": "WRITE"},
            "directory",
            FAILED,
            ["GRANT READ, WRITE ON DIRECTORY SIAK_BACKUP_DIR TO SIAK_BACKUP;"],
        ),
        ({"withheld": "DBMS_DATAPUMP"}, "dbms_datapump", FAILED, ["PLS-00201", "GRANT EXECUTE ON sys.DBMS_DATAPUMP"]),
        ({"withheld": "UTL_FILE"}, "utl_file", FAILED, ["GRANT EXECUTE ON sys.UTL_FILE TO SIAK_BACKUP;"]),
        ({"withheld": "DBMS_LOB"}, "folder", UNKNOWN, ["GRANT EXECUTE ON sys.dbms_lob"]),
        (
            {"withheld": "FLASHBACK ANY TABLE"},
            "key_tables",
            FAILED,
            ["GRANT SELECT, FLASHBACK ON SIAKOFF.DATA_KELUARGA"],
        ),
        ({"withheld": "V$PARAMETER"}, "undo", UNKNOWN, ["GRANT SELECT ON sys.v_$parameter TO SIAK_BACKUP;"]),
        ({"withheld": "USER_RESOURCE_LIMITS"}, "limits", UNKNOWN, ["GRANT SELECT ON sys.user_resource_limits"]),
        ({"withheld": "USER_FREE_SPACE"}, "tablespace", UNKNOWN, ["GRANT SELECT ON sys.user_free_space"]),
        ({"withheld": "NLS_SESSION_PARAMETERS"}, "language", UNKNOWN, ["nls_database_parameters"]),
        ({"withheld": "SESSION_PRIVS"}, "create_table", UNKNOWN, ["GRANT SELECT ON sys.session_privs"]),
        ({"withheld": "SESSION_ROLES"}, "export_role", UNKNOWN, ["GRANT SELECT ON sys.session_roles"]),
        ({"withheld": "USER_TS_QUOTAS"}, "quota", UNKNOWN, ["GRANT SELECT ON sys.user_ts_quotas"]),
        ({"withheld": "USER_USERS"}, "expiry", UNKNOWN, ["GRANT SELECT ON sys.user_users"]),
        ({"withheld": "USER_DATAPUMP_JOBS"}, "orphaned_jobs", UNKNOWN, ["GRANT SELECT ON sys.user_datapump_jobs"]),
        ({"withheld": "V$VERSION"}, "edition", UNKNOWN, ["GRANT SELECT ON sys.v_$version TO SIAK_BACKUP;"]),
        (
            {"access_policies": "BIODATA_WNI"},
            "policies",
            FAILED,
            ["ORA-39181", "GRANT EXEMPT ACCESS POLICY TO SIAK_BACKUP;"],
        ),
        ({"folder_missing": True}, "folder", UNKNOWN, ["ls -ld", "tidak terlihat oleh server"]),
        ({"tablespace_free_bytes": 65536}, "tablespace", FAILED, ["ALTER TABLESPACE USERS ADD DATAFILE"]),
        ({"password_expires_in_days": 5}, "expiry", WARNING, ["5 hari lagi", "IDENTIFIED BY"]),
        ({"account_status": "EXPIRED(GRACE)"}, "expiry", WARNING, ["ORA-28002"]),
        ({"parameters": "undo_retention=900"}, "undo", WARNING, ["15 menit", "undo_retention = 21600"]),
        ({"parameters": "undo_management=MANUAL"}, "undo", WARNING, ["undo_management = AUTO"]),
        ({"parameters": "aq_tm_processes=0"}, "parameters", WARNING, ["aq_tm_processes = 1"]),
        ({"parameters": "sga_target=0"}, "parameters", WARNING, ["streams_pool_size = 128M"]),
        ({"profile_limits": "CONNECT_TIME=60"}, "limits", WARNING, ["CONNECT_TIME=60", "CREATE PROFILE"]),
        (
            {"profile_limits": "SESSIONS_PER_USER=2,IDLE_TIME=5"},
            "limits",
            WARNING,
            ["SESSIONS_PER_USER=2", "IDLE_TIME"],
        ),
        ({"instances": 2}, "instances", WARNING, ["RAC dengan 2 instance", "ACFS"]),
        ({"container": "CDB$ROOT"}, "container", FAILED, ["CDB$ROOT", "cdb_services"]),
        ({"database_charset": "US7ASCII"}, "language", WARNING, ["US7ASCII"]),
    ],
)
def test_each_thing_that_is_wrong_is_told_with_its_remedy(clinic, posture, name, mark, words):
    with clinic.server.faults(clinic.service, **posture):
        found = clinic.not_fine()
    assert found[name].mark is mark
    assert found[name].remedy
    for word in words:
        assert word in f"{found[name].found} {found[name].remedy}"
    assert clinic.not_fine() == {}


def test_nothing_else_is_told_where_one_thing_is_wrong(clinic):
    with clinic.server.faults(clinic.service, parameters="aq_tm_processes=0"):
        assert list(clinic.not_fine()) == ["parameters"]


@pytest.mark.parametrize(
    ("posture", "name", "words"),
    [
        ({"password_expires_in_days": 90}, "expiry", "90 hari lagi"),
        ({"container": "SIAKPDB"}, "container", "PDB SIAKPDB"),
        ({"network_encryption": "AES256"}, "encryption", "AES256"),
        ({"profile_limits": "CONNECT_TIME=60", "parameters": "resource_limit=FALSE"}, "limits", "RESOURCE_LIMIT=FALSE"),
        ({"profile_limits": "CONNECT_TIME=600"}, "limits", "tidak membatasi"),
    ],
)
def test_what_is_set_up_otherwise_and_does_no_harm_is_fine(clinic, posture, name, words):
    with clinic.server.faults(clinic.service, **posture):
        found = clinic.findings()
    assert found[name].mark is OK
    assert words in found[name].found


def test_without_the_role_every_consequence_has_its_grant(clinic):
    with clinic.server.faults(clinic.service, withheld="DATAPUMP_EXP_FULL_DATABASE"):
        found = clinic.not_fine()
    assert found["export_role"].mark is FAILED
    assert found["dictionary"].mark is FAILED
    assert "GRANT SELECT ON sys.v_$database TO SIAK_BACKUP;" in found["dictionary"].remedy
    assert "GRANT SELECT ON sys.dba_segments TO SIAK_BACKUP;" in found["dictionary"].remedy
    blind = {"database_open", "schemas", "undo", "parameters", "instances", "key_tables", "archive_room"}
    assert {found[name].mark for name in blind} == {UNKNOWN}
    assert found.keys() == blind | {"export_role", "dictionary"}


def test_an_account_needs_no_role_for_its_own_schema(clinic):
    options = {"schemas": ["SIAK_BACKUP"], "key_tables": []}
    with clinic.server.faults(clinic.service, withheld="DATAPUMP_EXP_FULL_DATABASE"):
        found = clinic.findings(**options)
    assert found["export_role"].mark is OK
    assert found["key_tables"].mark is WARNING
    assert "sys.dba_segments" not in found["dictionary"].remedy


def test_an_absent_directory_says_how_to_make_it(clinic):
    found = clinic.not_fine(directory="NO_SUCH_DIR")
    assert found["directory"].mark is FAILED
    assert "CREATE DIRECTORY NO_SUCH_DIR" in found["directory"].remedy
    assert found["folder"].mark is UNKNOWN


def test_a_schema_without_data_is_refused(clinic):
    found = clinic.not_fine(schemas=["NOBODY"])
    assert found["schemas"].mark is FAILED
    assert "NOBODY" in found["schemas"].found


@pytest.mark.parametrize(
    "scope",
    [
        {"mode": "full", "schemas": []},
        {"mode": "table", "schemas": [], "tables": ["SIAKOFF.BIODATA_WNI", "SIAKOFF.DATA_KELUARGA"]},
    ],
)
def test_other_modes_are_fine_with_the_role_and_not_without(clinic, scope):
    assert clinic.not_fine(**scope) == {}
    with clinic.server.faults(clinic.service, withheld="DATAPUMP_EXP_FULL_DATABASE"):
        found = clinic.not_fine(**scope)
    assert found["export_role"].mark is FAILED
    assert scope["mode"] in found["export_role"].found
    assert "GRANT SELECT ON sys.dba_segments" in found["schemas"].remedy


def test_a_key_table_that_is_left_out_and_a_table_that_is_not_there_are_told(clinic):
    found = clinic.not_fine(exclude=["TABLE:\"= 'BIODATA_WNI'\""])
    assert list(found) == ["scope"]
    assert "SIAKOFF.BIODATA_WNI" in found["scope"].found
    found = clinic.not_fine(mode="table", tables=["SIAKOFF.BIODATA_WNI", "SIAKOFF.HANTU"], key_tables=[])
    assert "SIAKOFF.HANTU tidak ada" in found["schemas"].found
    assert "export_tables" in found["schemas"].remedy


def test_parallel_needs_another_edition(clinic):
    found = clinic.not_fine(parallel=4)
    assert list(found) == ["edition"]
    assert "ORA-39094" in found["edition"].found


@pytest.mark.parametrize(
    ("skew", "mark"), [(timedelta(minutes=5), WARNING), (timedelta(hours=-2), FAILED), (timedelta(seconds=5), OK)]
)
def test_clocks_that_differ_are_told(clinic, skew, mark):
    clinic.skew = skew
    found = clinic.findings()["clock"]
    assert found.mark is mark
    assert ("lebih lambat" if skew > timedelta() else "lebih cepat") in found.found


def test_jobs_of_ours_are_told_and_left_alone(clinic):
    job = "SIAK_20250108T093000Z_A1B2C3"
    with open_session(clinic.settings()) as session, clinic.server.faults(clinic.service, hang_at_percent=10):
        handle = session.call(statements.OPEN, {"handle": int}, job_mode="SCHEMA", job_name=job, version="COMPATIBLE")[
            "handle"
        ]
        session.call(
            statements.ADD_DUMP_FILES,
            handle=handle,
            filename="yatim%U.dmp",
            directory=clinic.database.directory,
            piece_size="3900M",
        )
        session.call(statements.FILTER_SCHEMAS, handle=handle, predicate="IN ('SIAKOFF')")
        session.call(statements.START_JOB, handle=handle)
        running = clinic.not_fine()
        assert running["running_jobs"].mark is WARNING
        assert job in running["running_jobs"].found
        session.call(_STOP_AND_KEEP, handle=handle)
        try:
            found = clinic.not_fine()
            assert found.keys() == {"orphaned_jobs"}
            assert found["orphaned_jobs"].mark is WARNING
            assert f'DROP TABLE SIAK_BACKUP."{job}" PURGE;' in found["orphaned_jobs"].remedy
            assert job in {each.name for each in own_jobs(session)}
        finally:
            session.call(f'DROP TABLE SIAK_BACKUP."{job}"')
            for piece in clinic.database.directory_path.glob("yatim*"):
                piece.unlink()


def test_a_file_of_the_last_night_shows_the_folder_too(clinic):
    night = publish_night(clinic.root / "archive")
    log = night.manifest.files[-1].source
    with clinic.server.faults(clinic.service, folder_unseen=True):
        assert clinic.not_fine()["folder"].mark is UNKNOWN
        (clinic.database.directory_path / log).write_text("log")
        try:
            assert clinic.not_fine() == {}
        finally:
            (clinic.database.directory_path / log).unlink()


def test_the_last_night_is_compared_with_what_is_free(clinic, monkeypatch):
    night = publish_night(clinic.root / "archive")
    found = clinic.findings()["nights"]
    assert found.mark is OK
    assert night.path.name in found.found
    assert "arsip " in found.found
    assert "media DISK-01 " in found.found
    monkeypatch.setattr("siak_backup.doctor.local.shutil.disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 0))
    assert clinic.findings()["nights"].mark is WARNING


def test_a_line_that_drops_is_told_and_not_taken_up_again(clinic):
    before = clinic.logins
    with clinic.server.faults(clinic.service, drop_after_bytes=3000):
        found = clinic.not_fine()
    assert found["line"].mark is FAILED
    assert ConnectError.code in found["line"].found
    assert found["inside"].mark is UNKNOWN
    assert clinic.logins == before + 1
