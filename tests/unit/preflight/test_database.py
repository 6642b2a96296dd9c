# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from siak_backup.errors import ConfigError, JobBusyError, OracleError, PrivilegeError
from siak_backup.oracle.checks import Observation, Segments
from siak_backup.oracle.datapump.job import RunningJob
from siak_backup.oracle.names import TableName
from siak_backup.oracle.scope import Scope
from siak_backup.oracle.session import open_session
from siak_backup.preflight.database import judge
from siak_backup.preflight.run import prepare

from tests.unit.oracle.exporting import settings_of

JOB = RunningJob("SIAK_20250108T093000Z_A1B2C3", "EXPORT", "SCHEMA", "EXECUTING", 0)

SEEN = Observation(
    version="19.3.0.0.0",
    user="SIAK_BACKUP",
    database=("SIAKDB", "READ WRITE"),
    scn=81234567,
    character_set="AL32UTF8",
    privileges=frozenset({"CREATE SESSION", "CREATE TABLE"}),
    roles=frozenset({"DATAPUMP_EXP_FULL_DATABASE"}),
    account_status="OPEN",
    expires_at=None,
    quota_bytes=200 * 1024**2,
    directory_path="/u01/backup",
    directory_grants=frozenset({"READ", "WRITE"}),
    jobs=(),
    segments=(Segments("SIAKOFF", 5_000_000),),
    refusals={},
)


def failures(request, seen, abandoned=()):
    return {each.name: each for each in judge(request, seen, abandoned) if not each.ok}


def test_everything_holds(request_of):
    assert failures(request_of(), SEEN) == {}


@pytest.mark.parametrize(
    ("container", "told"),
    [
        (None, "rilis ini tidak mengenal PDB"),
        ((0, "SIAK"), "bukan database kontainer"),
        ((3, "SIAKPDB"), "PDB SIAKPDB"),
    ],
)
def test_it_is_told_where_the_login_leads(request_of, container, told):
    seen = replace(SEEN, container=container, instance=(2, "siak2"))
    messages = {each.name: each.message for each in judge(request_of(), seen, ())}
    assert messages["container"] == told
    assert messages["database_open"].endswith("terbuka READ WRITE, instance siak2")


def test_a_master_table_without_a_job_is_told_and_no_obstacle(request_of):
    orphan = replace(JOB, state="NOT RUNNING")
    seen = replace(SEEN, jobs=(orphan, replace(orphan, name="SYS_EXPORT_SCHEMA_01")))
    assert failures(request_of(), seen) == {}
    (told,) = [each.message for each in judge(request_of(), seen, ()) if each.name == "running_jobs"]
    assert told.endswith(f"boleh dihapus DBA: {JOB.name}")
    assert JOB.name not in str([each.message for each in judge(request_of(), seen, (JOB.name,))])


def test_a_master_table_without_a_job_is_dropped_only_if_that_was_asked_for(request_of):
    orphan = replace(JOB, state="NOT RUNNING", name="SIAK_20250101T093000Z_A1B2C3")
    foreign = replace(orphan, name="SIAK_ARSIP")
    request = request_of(drop_orphans=True, time_limit_s=21600)
    (told,) = [
        each.message
        for each in judge(request, replace(SEEN, jobs=(orphan, foreign)), ())
        if each.name == "running_jobs"
    ]
    assert f"boleh dihapus DBA: SIAK_ARSIP; tabel master tanpa job yang dihapus run ini: {orphan.name}" in told


def test_a_line_lost_before_the_drop_costs_no_night(request_of, rehearsal):
    database, orphan = rehearsal["sukamara"], "SIAK_20250101T093000Z_0000AA"
    ways = iter([settings_of(database), replace(settings_of(database), dsn="127.0.0.1:9/x")])
    request = request_of(directory=database.directory, drop_orphans=True, time_limit_s=21600)
    with rehearsal.faults("sukamara", orphan_master=orphan):
        report = prepare(request, lambda: open_session(next(ways)))
    assert report.refusal is None
    (kept,) = [each for each in report.dropped_orphans if each.job == orphan]
    assert "SIAK-201" in kept.left_because


def test_other_modes_are_judged_by_what_they_need(request_of):
    full = request_of(scope=Scope("FULL", (), ()))
    seen = replace(SEEN, user="SIAKOFF", roles=frozenset())
    assert list(failures(full, seen)) == ["privileges"]
    assert "database" in failures(full, replace(SEEN, segments=(Segments("", 0),)))["schemas"].message
    tables = request_of(scope=Scope("TABLE", ("SIAKOFF",), (TableName("SIAKOFF", "A"),)))
    assert failures(tables, replace(SEEN, segments=(Segments("SIAKOFF.A", 0),))) == {}


@pytest.mark.parametrize(
    ("changed", "name", "error", "word"),
    [
        ({"database": ("SIAKDB", "READ ONLY")}, "database_open", OracleError, "READ ONLY"),
        ({"database": ("SIAKDB", "MOUNTED")}, "database_open", OracleError, "MOUNTED"),
        ({"database": None}, "database_open", PrivilegeError, "tidak terbaca"),
        ({"scn": None}, "database_open", PrivilegeError, "tidak terbaca"),
        ({"container": (1, "CDB$ROOT")}, "container", ConfigError, "cdb_services"),
        ({"account_status": None}, "account", PrivilegeError, "status akun"),
        ({"privileges": frozenset()}, "privileges", PrivilegeError, "CREATE TABLE"),
        ({"roles": frozenset()}, "privileges", PrivilegeError, "DATAPUMP_EXP_FULL_DATABASE"),
        ({"privileges": None}, "privileges", PrivilegeError, "hak akun"),
        ({"quota_bytes": 0}, "quota", PrivilegeError, "kuota"),
        ({"quota_bytes": None}, "quota", PrivilegeError, "kuota"),
        ({"directory_path": None}, "directory", PrivilegeError, "SIAK_BACKUP_DIR"),
        ({"directory_grants": frozenset({"READ"})}, "directory", PrivilegeError, "WRITE"),
        ({"segments": None}, "schemas", PrivilegeError, "ukuran ekspor"),
        ({"segments": (Segments("SIAKOFF", 0),)}, "schemas", ConfigError, "SIAKOFF"),
        ({"segments": (Segments("SIAKOFF.A", None),)}, "schemas", ConfigError, "tabel SIAKOFF.A tidak ada"),
        ({"jobs": (JOB,)}, "running_jobs", JobBusyError, JOB.name),
        ({"jobs": None}, "running_jobs", PrivilegeError, "Data Pump"),
    ],
)
def test_each_lack_is_one_failed_check_that_names_it(request_of, changed, name, error, word):
    found = failures(request_of(), replace(SEEN, **changed))
    assert list(found) == [name]
    assert type(found[name].error) is error
    assert word in found[name].message


def test_all_lacks_are_told_at_once(request_of):
    seen = replace(SEEN, database=("SIAKDB", "READ ONLY"), quota_bytes=0, jobs=(JOB,))
    assert list(failures(request_of(), seen)) == ["database_open", "quota", "running_jobs"]


@pytest.mark.parametrize(
    ("hidden", "changed", "name"),
    [
        ("database", {"database": None}, "database_open"),
        ("grants", {"directory_grants": None}, "directory"),
        ("estimate", {"segments": None}, "schemas"),
        ("jobs", {"jobs": None}, "running_jobs"),
    ],
)
def test_a_refused_look_gives_its_own_reason(request_of, hidden, changed, name):
    reason = PrivilegeError("hak akses akun kurang [ORA-01031]", where="s", remedy="r")
    found = failures(request_of(), replace(SEEN, refusals={hidden: reason}, **changed))
    assert found[name].error is reason


def test_an_own_schema_needs_no_role(request_of):
    seen = replace(SEEN, user="SIAKOFF", roles=frozenset())
    assert failures(request_of(), seen) == {}


@pytest.mark.parametrize("changed", [{"quota_bytes": -1}, {"privileges": SEEN.privileges | {"UNLIMITED TABLESPACE"}}])
def test_no_limit_is_enough(request_of, changed):
    assert failures(request_of(), replace(SEEN, **{"quota_bytes": 0} | changed)) == {}


def test_jobs_of_dead_runs_and_others_are_not_in_the_way(request_of):
    others = (JOB, replace(JOB, name="SYS_EXPORT_FULL_01"), replace(JOB, name="SIAK_X", state="NOT RUNNING"))
    assert failures(request_of(), replace(SEEN, jobs=others), abandoned=[JOB.name]) == {}


def test_a_password_about_to_expire_is_spoken_of(request_of):
    def account(expires_at):
        checks = judge(request_of(), replace(SEEN, expires_at=expires_at), ())
        return next(each for each in checks if each.name == "account")

    # Oracle's dates have no zone.
    soon, later = account(datetime(2025, 1, 15)), account(datetime(2025, 6, 1))  # noqa: DTZ001
    assert soon.ok
    assert "2025-01-15" in soon.message
    assert "kedaluwarsa" not in later.message
