# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import backup_preflight
import pytest
from siak_backup import runlock
from siak_backup.media.filesystem import FileSystem
from siak_backup.oracle.names import job_name
from steps import Steps


@pytest.fixture
def steps(tmp_path, rehearsal):
    return Steps.begin(tmp_path, rehearsal["sukamara"])


def lock_of(steps):
    return runlock.read(steps.root / "archive/sukamara" / runlock.LOCK_NAME)


def failed_checks(result):
    return {check["name"]: check["message"] for check in result["checks"] if not check["ok"]}


def test_when_all_holds_the_run_takes_the_server(run_module, steps):
    result = run_module(backup_preflight, **steps.preflight())
    assert failed_checks(result) == {}
    assert not result["failed"]
    assert result["changed"]
    assert result["database"]["open_mode"] == "READ WRITE"
    assert result["database"]["version"] == "12.2.0.1.0"
    assert result["estimate_bytes"] > 0
    assert (result["abandoned_jobs"], result["override"]) == ([], "")
    assert result["agenda"]["checks_failed"] == []
    assert lock_of(steps).run == steps.run["id"]


def test_check_mode_looks_and_leaves_everything_alone(run_module, steps):
    before = steps.database.files()
    result = run_module(backup_preflight, check=True, **steps.preflight())
    assert not result["failed"]
    assert not result["changed"]
    assert "directory_probe" not in {check["name"] for check in result["checks"]}
    assert list((steps.root / "archive").iterdir()) == []
    assert steps.database.files() == before


def test_one_failure_speaks_for_itself_and_nothing_is_taken(run_module, steps):
    result = run_module(backup_preflight, **steps.preflight(media=[{"dir": "/no/such/medium", "labels": ["DISK-01"]}]))
    assert result["failed"]
    assert result["error"]["code"] == "SIAK-500"
    assert "/no/such/medium" in result["msg"]
    assert list(failed_checks(result)) == ["medium"]
    assert list((steps.root / "archive").iterdir()) == []


def test_all_failures_are_told_at_once(run_module, steps):
    options = steps.preflight(
        run=steps.run | {"id": "20250109T093000Z-ffffff"},
        folder_pattern="mmmyyyy",
        directory="NO_SUCH_DIR",
        schemas=["NOBODY"],
        archive_dir="/no/such/archive",
        service_hours=dict.fromkeys(["senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"], "00.00-24.00"),
    )
    result = run_module(backup_preflight, **options)
    assert set(failed_checks(result)) == {
        "agenda",
        "service_hours",
        "settings",
        "archive",
        "directory",
        "schemas",
    }
    assert result["error"]["code"] == "SIAK-150"
    for word in ("SIAK-600", "SIAK-151", "mmmyyyy", "/no/such/archive", "NO_SUCH_DIR", "NOBODY"):
        assert word in result["msg"]


def test_a_database_that_refuses_is_one_failed_check(run_module, steps):
    connection = {"dsn": steps.database.dsn, "user": steps.database.user, "password": "kenari-9f3"}
    result = run_module(backup_preflight, **steps.preflight(connection=connection))
    assert list(failed_checks(result)) == ["database"]
    assert result["error"]["code"] == "SIAK-202"
    assert result["database"] == {}
    assert result["estimate_bytes"] is None
    assert "kenari-9f3" not in str(result["msg"]) + str(result["checks"])


def test_a_reason_given_inside_service_hours_is_recorded(run_module, steps):
    hours = dict.fromkeys(["senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"], "00.00-24.00")
    result = run_module(
        backup_preflight, **steps.preflight(service_hours=hours, override_reason=" listrik akan padam ")
    )
    assert not result["failed"]
    assert result["override"] == result["agenda"]["override"] == "listrik akan padam"


def test_no_room_is_told_for_each_place(run_module, steps):
    result = run_module(backup_preflight, **steps.preflight(min_free_bytes=10**15))
    assert set(failed_checks(result)) == {"archive_room", "medium_room"}


def test_pieces_that_the_medium_cannot_hold_are_told_before_the_export(run_module, steps, monkeypatch):
    monkeypatch.setattr("ansible.module_utils.siak_backup.media.identify.FOLDER", FileSystem("vfat"))
    enough = steps.preflight(piece_size="4095M")
    assert not run_module(backup_preflight, **enough)["failed"]  # the whole dump is smaller than that
    result = run_module(backup_preflight, **steps.preflight(piece_size="4095M", room_factor=1e9))
    assert "SIAK-504 potongan dump" in failed_checks(result)["medium_room"]
    result = run_module(backup_preflight, **steps.preflight(piece_size="3900M", room_factor=1e9))
    assert "media penuh" in failed_checks(result)["medium_room"]


def test_an_impossible_piece_size_fails_before_any_look(run_module, steps):
    result = run_module(backup_preflight, **steps.preflight(piece_size="5G"))
    assert result["error"]["code"] == "SIAK-100"
    assert "checks" not in result


def test_the_jobs_of_dead_runs_are_handed_to_step_2(run_module, steps):
    server_dir = Path(steps.root / "archive/sukamara")
    server_dir.mkdir()
    dead = "20250108T093000Z-ffffff"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        runlock.acquire(server_dir / runlock.LOCK_NAME, run=dead, pid=child.pid, clock=backup_preflight.datetime.now)
        busy = run_module(backup_preflight, **steps.preflight())
        assert busy["error"]["code"] == "SIAK-403"
        child.kill()
    result = run_module(backup_preflight, **steps.preflight())
    assert result["abandoned_jobs"] == [job_name(dead)]
    assert lock_of(steps).run == steps.run["id"]


ORPHAN = "SIAK_20250101T093000Z_0000AA"


def dropped(result):
    """Tests before this one may have left master tables of their own on the server."""
    return [each["left_because"] for each in result["dropped_orphans"] if each["job"] == ORPHAN]


def test_an_orphaned_master_table_goes_only_when_it_was_asked_for_and_all_holds(run_module, steps, rehearsal):
    with rehearsal.faults("sukamara", orphan_master=ORPHAN):
        kept = run_module(backup_preflight, **steps.preflight())
        planned = run_module(backup_preflight, check=True, **steps.preflight(drop_orphans=True))
        refused = run_module(backup_preflight, **steps.preflight(drop_orphans=True, min_free_bytes=10**15))
        assert [each["dropped_orphans"] for each in (kept, planned, refused)] == [[], [], []]
        messages = {check["name"]: check["message"] for check in planned["checks"]}
        assert ORPHAN in messages["running_jobs"].partition("yang dihapus run ini: ")[2]
        gone = run_module(backup_preflight, **steps.preflight(drop_orphans=True))
        assert dropped(gone) == dropped(gone["agenda"]) == [""]
        again = run_module(backup_preflight, **steps.preflight(drop_orphans=True))
        assert dropped(again) == []


def test_what_cannot_be_dropped_is_told_and_stops_no_night(run_module, steps, rehearsal):
    with rehearsal.faults("sukamara", orphan_master=ORPHAN, master_in_use=True):
        result = run_module(backup_preflight, **steps.preflight(drop_orphans=True))
    assert not result["failed"]
    (why,) = dropped(result)
    assert "ORA-00054" in why


@pytest.mark.parametrize(
    ("changed", "failed", "word"),
    [
        ({"mode": "full", "schemas": []}, [], ""),
        ({"mode": "table", "schemas": [], "tables": ["SIAKOFF.BIODATA_WNI"]}, [], ""),
        ({"mode": "table", "schemas": [], "tables": ["SIAKOFF.HANTU"]}, ["schemas"], "SIAKOFF.HANTU"),
        ({"exclude": ["TABLE:\"= 'BIODATA_WNI'\""], "key_tables": ["SIAKOFF.BIODATA_WNI"]}, ["scope"], "BIODATA_WNI"),
        ({"include": ["TABLE"], "key_tables": ["SIAKOFF.BIODATA_WNI"]}, [], ""),
    ],
)
def test_every_mode_and_choice_is_looked_at(run_module, steps, changed, failed, word):
    result = run_module(backup_preflight, check=True, **steps.preflight(**changed))
    assert list(failed_checks(result)) == failed
    assert word in str(result.get("msg"))
    assert result["estimate_bytes"] is not None


def test_without_the_callback_nothing_begins(run_module, steps):
    result = run_module(backup_preflight, **steps.preflight(run={}))
    assert result["failed"]
    assert "SIAK-600" in failed_checks(result)["agenda"]
    assert list((steps.root / "archive").iterdir()) == []


def test_an_impossible_connection_fails_before_any_look(run_module, steps):
    connection = steps.database.connection | {"dsn": "siak/rahasia@host/x"}
    result = run_module(backup_preflight, **steps.preflight(connection=connection))
    assert result["error"]["code"] == "SIAK-100"
    assert result["agenda"] == {}
