# SPDX-License-Identifier: GPL-3.0-or-later
"""siak_doctor as Ansible calls it."""

from __future__ import annotations

import pytest
import siak_doctor
from steps import Steps


@pytest.fixture
def steps(tmp_path, rehearsal):
    return Steps.begin(tmp_path, rehearsal["lamandau"])


def options(steps, **changed):
    wanted = {"run"}
    return {name: value for name, value in steps.preflight(**changed).items() if name not in wanted} | {
        "key_tables": ["SIAKOFF.BIODATA_WNI"],
        "media_digest": "blake3",
    }


def everything(steps):
    return sorted(
        (str(path), path.stat().st_mtime_ns)
        for root in (steps.root, steps.database.directory_path)
        for path in root.rglob("*")
    )


@pytest.mark.parametrize("check", [False, True])
def test_a_healthy_office_is_fine_and_nothing_is_written(run_module, steps, check):
    before = everything(steps)
    result = run_module(siak_doctor, check=check, **options(steps))
    assert not result["failed"]
    assert not result["changed"]
    assert [found for found in result["findings"] if found["status"] != "OK"] == []
    assert result["counts"] == {"ok": len(result["findings"]), "warning": 0, "failed": 0, "unknown": 0}
    assert result["failed_checks"] == []
    assert any("akun SIAK_BACKUP diterima" in line for line in result["table"])
    assert everything(steps) == before


def test_what_would_stop_a_night_is_named_and_the_module_still_succeeds(run_module, steps, rehearsal):
    with rehearsal.faults("lamandau", withheld="CREATE TABLE,WRITE", parameters="undo_retention=900"):
        result = run_module(siak_doctor, **options(steps))
    assert not result["failed"]
    assert result["failed_checks"] == ["directory", "create_table"]
    assert result["counts"]["failed"] == 2
    assert result["counts"]["warning"] == 1
    found = {each["name"]: each for each in result["findings"]}
    assert found["create_table"] == {
        "name": "create_table",
        "title": "Hak CREATE TABLE",
        "status": "GAGAL",
        "found": "tidak ada: tabel master tidak dapat dibuat",
        "remedy": "GRANT CREATE TABLE TO SIAK_BACKUP;",
    }
    assert any(line.strip() == "-> GRANT CREATE TABLE TO SIAK_BACKUP;" for line in result["table"])


def test_a_refused_login_tells_no_password(run_module, steps):
    connection = {"dsn": steps.database.dsn, "user": steps.database.user, "password": "kenari-9f3"}
    result = run_module(siak_doctor, **options(steps, connection=connection))
    assert result["failed_checks"] == ["login"]
    shown = {name: value for name, value in result.items() if name != "invocation"}
    assert "kenari-9f3" not in str(shown)
    assert run_module(siak_doctor, **options(steps))["failed_checks"] == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [({"schemas": []}, "daftar skema kosong"), ({"connection": {"dsn": "a/b@c", "password": "x"}}, "DSN memuat")],
)
def test_settings_without_a_meaning_fail(run_module, steps, changed, told):
    result = run_module(siak_doctor, **options(steps, **changed))
    assert result["error"]["code"] == "SIAK-100"
    assert told in result["msg"]


def script_look(**changed):
    check = {"name": "server_os", "ok": True, "message": "server sukamara-os menjawab", "error": {}}
    return {
        "host": "sukamara-os",
        "shell": "posix",
        "path": "/home/oracle/backup.sh",
        "folder": "/u01/backup",
        "checks": [check],
        "dump_bytes": 1000,
        "free_bytes": 10**9,
        "clock_skew_s": 0,
        "export_programs": [],
        "reading": {"traps": [], "error": {}},
    } | changed


@pytest.mark.parametrize("check", [False, True])
def test_a_server_with_its_own_script_needs_no_database(run_module, steps, check):
    before = everything(steps)
    result = run_module(siak_doctor, check=check, **of_script(steps, script_look()))
    assert not result["failed"]
    assert [found for found in result["findings"] if found["status"] != "OK"] == []
    assert result["table"][0].startswith("Pemeriksaan lamandau (sukamara-os), ")
    assert everything(steps) == before


def of_script(steps, look):
    of_database = {"connection", "directory", "schemas", "key_tables"}
    return {name: value for name, value in options(steps).items() if name not in of_database} | {"script_look": look}


def test_what_is_no_look_fails(run_module, steps):
    result = run_module(siak_doctor, **of_script(steps, {}))
    assert result["error"]["code"] == "SIAK-100"
    assert "script_look" in result["msg"]


def test_one_way_to_the_server_is_needed_and_only_one(run_module, steps):
    neither = {name: value for name, value in options(steps).items() if name != "connection"}
    assert "one of the following is required" in run_module(siak_doctor, **neither)["msg"]
    both = options(steps) | {"script_look": script_look()}
    assert "mutually exclusive" in run_module(siak_doctor, **both)["msg"]
    no_directory = {name: value for name, value in options(steps).items() if name != "directory"}
    assert "directory" in run_module(siak_doctor, **no_directory)["msg"]
