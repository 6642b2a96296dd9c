# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from siak_backup import runlock
from siak_backup.errors import (
    AgendaError,
    ArchiveError,
    CalendarError,
    ConfigError,
    NoSpaceError,
    ReadOnlyError,
    RunLockError,
    ServiceHoursError,
)
from siak_backup.oracle.objects import object_filters
from siak_backup.oracle.scope import Scope
from siak_backup.preflight import local

NOW = datetime(2025, 1, 9, 9, 35, tzinfo=UTC)
RUN = "20250109T093000Z-a1b2c3"

needs_permissions = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


def test_a_recorded_run_may_begin(request_of):
    assert RUN in local.look_at_agenda(request_of())


@pytest.mark.parametrize("missing", ["id", "pid", "agenda_dir"])
def test_without_the_callback_nothing_begins(request_of, missing):
    run = {name: value for name, value in request_of().run.items() if name != missing}
    with pytest.raises(AgendaError, match="SIAK_RUN"):
        local.look_at_agenda(request_of(run=run))


def test_a_run_whose_begin_is_not_on_disk_is_refused(request_of):
    run = {**request_of().run, "id": "20250109T093000Z-ffffff"}
    with pytest.raises(AgendaError, match="baris awal"):
        local.look_at_agenda(request_of(run=run))


def test_a_check_is_not_recorded_and_may_only_look(request_of, tmp_path):
    run = {**request_of().run, "agenda_dir": str(tmp_path / "nowhere"), "check": True}
    assert "mode periksa" in local.look_at_agenda(request_of(run=run), dry=True)
    with pytest.raises(AgendaError):
        local.look_at_agenda(request_of(run=run))
    del run["check"]
    with pytest.raises(AgendaError):
        local.look_at_agenda(request_of(run=run), dry=True)


def test_a_damaged_begin_line_is_no_begin_line(request_of, tmp_path):
    (journal,) = (tmp_path / "agenda/journal").glob("*.jsonl")
    line = json.loads(journal.read_text())
    journal.write_text(json.dumps(line | {"v": 99}) + "\n")
    with pytest.raises(AgendaError):
        local.look_at_agenda(request_of())


def test_an_absent_journal_is_an_agenda_error(request_of, tmp_path):
    run = {**request_of().run, "agenda_dir": str(tmp_path / "nowhere")}
    with pytest.raises(AgendaError, match="nowhere"):
        local.look_at_agenda(request_of(run=run))


def test_after_hours_is_the_time(request_of):
    request = request_of()
    assert "16.35 WIB" in local.look_at_hours(request)
    assert local.override(request) == ""


def test_service_hours_refuse_and_say_until_when(request_of):
    request = request_of(now=NOW - timedelta(hours=2))
    with pytest.raises(ServiceHoursError, match=r"16\.00 WIB"):
        local.look_at_hours(request)
    assert local.override(request) == ""


def test_a_reason_lets_through_and_is_told(request_of):
    request = request_of(now=NOW - timedelta(hours=2), override_reason="listrik akan padam")
    assert "listrik akan padam" in local.look_at_hours(request)
    assert local.override(request) == "listrik akan padam"


def test_a_reason_that_was_not_needed_is_not_an_override(request_of):
    request = request_of(override_reason="untuk jaga-jaga")
    assert local.override(request) == ""


def test_no_declared_hours_mean_any_hour(request_of):
    assert local.look_at_hours(request_of(service_hours={}, now=NOW - timedelta(hours=4)))


def test_an_impossible_table_is_refused_even_with_a_reason(request_of):
    request = request_of(service_hours={"senen": "07.30-16.00"}, override_reason="x")
    with pytest.raises(CalendarError, match="senen"):
        local.look_at_hours(request)
    assert local.override(request) == ""


def test_settings_give_the_name_of_the_folder(request_of):
    assert "09jan2025" in local.look_at_settings(request_of())


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"folder_pattern": "mmmyyyy"}, CalendarError),
        ({"server": "../x"}, ConfigError),
        ({"zone": "GMT"}, CalendarError),
    ],
)
def test_impossible_settings_are_refused(request_of, changed, error):
    with pytest.raises(error):
        local.look_at_settings(request_of(**changed))


def test_a_key_table_that_is_not_exported_refuses_the_night(request_of):
    assert local.look_at_scope(request_of()) == "semua tabel ikut diekspor"
    exclude = object_filters(["STATISTICS"], setting="exclude")
    assert local.look_at_scope(request_of(scope=Scope("FULL", (), (), exclude=exclude))).endswith("tanpa STATISTICS")
    for scope in (
        Scope("SCHEMA", ("LAIN",), ()),
        Scope("SCHEMA", ("SIAKOFF",), (), exclude=object_filters(["TABLE:\"LIKE 'BIO%'\""], setting="exclude")),
    ):
        with pytest.raises(ConfigError, match=r"SIAKOFF\.BIODATA_WNI tidak ikut diekspor"):
            local.look_at_scope(request_of(scope=scope))


def test_folders_that_take_files_are_fine(request_of, tmp_path):
    assert str(tmp_path / "archive") in local.look_at_archive(request_of())


def test_absent_folders_are_named(request_of, tmp_path):
    with pytest.raises(ArchiveError, match=str(tmp_path / "no")):
        local.look_at_archive(request_of(archive_dir=tmp_path / "no"))


@needs_permissions
def test_folders_without_permission_are_refused(request_of, tmp_path):
    (tmp_path / "archive").chmod(0o500)
    with pytest.raises(ReadOnlyError):
        local.look_at_archive(request_of())


def test_room_is_compared_with_what_is_free(request_of, tmp_path):
    free = shutil.disk_usage(tmp_path).free
    assert "arsip muat" in local.look_for_archive_room(request_of(), free // 2)
    with pytest.raises(NoSpaceError, match=str(tmp_path / "archive")):
        local.look_for_archive_room(request_of(), free * 2)


def test_what_dead_runs_left_counts_as_room(request_of):
    request = request_of()
    free = shutil.disk_usage(request.archive_dir).free
    left = request.server_dir / ".masuk-dead"
    left.mkdir(parents=True)
    with (left / "master.dmp").open("wb") as file:
        file.truncate(free)
    assert local.look_for_archive_room(request, free * 3 // 2)


def test_the_lock_sweeps_what_dead_runs_left(request_of):
    request = request_of()
    left = request.server_dir / ".masuk-dead"
    left.mkdir(parents=True)
    local.take_lock(request)
    assert not left.exists()


def test_each_copy_on_a_file_system_needs_its_room(request_of):
    request = request_of(room_factor=1.5, min_free_bytes=10)
    assert local.needed_bytes(request, 1000, copies=1) == 1500 + 10
    assert local.needed_bytes(request, 1000, copies=3) == 3 * 1500 + 10


def test_the_lock_is_looked_at_without_being_taken(request_of):
    request = request_of()
    assert local.look_at_lock(request) == ()
    assert not request.server_dir.exists()
    assert local.take_lock(request) == ()
    assert runlock.require(request.server_dir / runlock.LOCK_NAME, run=RUN).pid == os.getpid()


def test_a_live_run_is_in_the_way_and_a_dead_one_is_inherited(request_of):
    other = "20250108T093000Z-ffffff"
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with child:
        local.take_lock(request_of(run={"id": other, "pid": child.pid}))
        with pytest.raises(RunLockError, match=other):
            local.look_at_lock(request_of())
        child.kill()
    assert local.look_at_lock(request_of()) == (other,)
    assert local.take_lock(request_of()) == (other,)


def test_an_archive_that_vanished_cannot_be_locked(request_of, tmp_path):
    with pytest.raises(ArchiveError, match="sukamara"):
        local.take_lock(request_of(archive_dir=tmp_path / "gone"))
