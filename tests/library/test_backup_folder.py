# SPDX-License-Identifier: GPL-3.0-or-later
"""backup_folder as Ansible calls it."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict
from datetime import datetime

import backup_folder
import pytest
from siak_backup import runlock

from tests.unit.archive.nights import MANIFEST, TIME, stage, tree

RUN = MANIFEST.run_id


def hold(archive, run):
    """Take the server's lock from whoever held it, as a run after a crash does."""
    path = archive / "sukamara" / runlock.LOCK_NAME
    if path.exists():
        path.write_text(path.read_text().replace('"started_ticks": ', '"started_ticks": 9'))
    runlock.acquire(path, run=run, pid=os.getpid(), clock=lambda: datetime.fromisoformat(TIME))


@pytest.fixture
def options(tmp_path):
    def make(run=RUN):
        staging, dump, log = stage(tmp_path, run)
        hold(tmp_path, run)
        return {
            "run": {"id": run, "pid": 1},
            "server": "sukamara",
            "office": "Disdukcapil Kabupaten Sukamara",
            "sop_number": "24/1",
            "archive_dir": str(tmp_path),
            "date": "2025-01-09",
            "collected": {
                "staging_dir": str(staging),
                "files": [asdict(entry) for entry in dump],
                "log": asdict(log),
                "tables": [{"schema": "SIAKOFF", "name": "BIODATA_WNI", "partition": "", "rows": 600}],
                "counts": [{"table": "SIAKOFF.BIODATA_WNI", "rows_in_database": 600, "rows_in_export": 600}],
                "verdict": {"status": "complete", "evidence": []},
                "left_on_server": [],
            },
            "export": {
                "job": "SIAK_1", "scn": 7, "mode": "SCHEMA", "schemas": ["SIAKOFF"], "pieces": [], "log": "siak.log",
                "started_at": TIME, "ended_at": TIME, "duration_s": 1.0,
            },
            "database": {"version": "19.3.0.0.0", "name": "SIAK", "open_mode": "READ WRITE"},
        }  # fmt: skip

    return make


def test_publishes_and_says_so(run_module, options, tmp_path):
    result = run_module(backup_folder, **options())
    folder = tmp_path / "sukamara" / "09jan2025"
    assert result["changed"]
    assert result["backup"]["path"] == str(folder)
    assert result["backup"]["manifest"] == json.loads((folder / "manifest.json").read_text())
    assert [file["name"] for file in result["backup"]["files"]] == ["master.dmp", "export.log"]
    assert result["agenda"]["files"] == result["backup"]["files"]
    assert result["agenda"]["verdict"] == "complete"
    assert result["agenda"]["rehearsal"] is False
    assert result["diff"]["before"] == ""
    assert result["diff"]["after"].splitlines() == [
        f"09jan2025/{name}" for name in ("SHA256SUMS", "export.log", "manifest.json", "master.dmp")
    ]


def test_the_same_run_again_changes_nothing(run_module, options, tmp_path):
    asked = options()
    first = run_module(backup_folder, **asked)
    before = tree(tmp_path)
    result = run_module(backup_folder, **asked)
    assert not result["changed"]
    assert result["backup"] == first["backup"]
    assert result["diff"]["before"] == result["diff"]["after"] == "09jan2025\n"
    assert tree(tmp_path) == before


def test_with_the_night_published_dead_runs_are_forgotten(run_module, options, tmp_path):
    options("dead")
    asked = options()
    lock = tmp_path / "sukamara" / runlock.LOCK_NAME
    run_module(backup_folder, check=True, **asked)
    assert runlock.read(lock).abandoned == ("dead",)
    run_module(backup_folder, **asked)
    assert runlock.read(lock).abandoned == ()


def test_only_the_run_that_holds_the_server_publishes(run_module, options, tmp_path):
    asked = options()
    runlock.release(tmp_path / "sukamara" / runlock.LOCK_NAME, run=RUN)
    result = run_module(backup_folder, **asked)
    assert result["error"]["code"] == "SIAK-403"
    assert not list((tmp_path / "sukamara").glob("[!.]*"))


def test_another_run_on_the_same_day_gets_a_suffix(run_module, options):
    run_module(backup_folder, **options("run-1"))
    result = run_module(backup_folder, **options("run-2"))
    assert result["backup"]["folder"] == result["backup"]["manifest"]["folder"] == "09jan2025_2"


def test_check_mode_tells_and_changes_nothing(run_module, options, tmp_path):
    asked = options()
    before = tree(tmp_path)
    result = run_module(backup_folder, check=True, **asked)
    assert result["changed"]
    assert result["backup"]["folder"] == result["agenda"]["folder"] == "09jan2025"
    assert result["backup"]["manifest"] == {}
    assert tree(tmp_path) == before


def test_check_mode_of_a_night_that_was_only_planned(run_module, options, tmp_path):
    asked = options()
    shutil.rmtree(tmp_path / "sukamara")
    for file in (*asked["collected"]["files"], asked["collected"]["log"]):
        file.update(sha256="", size_bytes=0)
    asked["collected"]["verdict"]["status"] = "unknown"
    result = run_module(backup_folder, check=True, **asked)
    assert result["backup"]["path"] == str(tmp_path / "sukamara/09jan2025")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("zone", "day"), [("WIB", "31des2024"), ("WIT", "01jan2025")])
def test_without_a_date_it_is_the_day_the_run_began_where_the_office_is(zone, day):
    found = backup_folder.day_of({"date": None, "zone": zone, "run": {"id": "20241231T153000Z-3f9a1c"}})
    assert backup_folder.folder_name(found) == day


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"date": "2025-02-30"}, ("SIAK-120", "2025-02-30")),
        ({"folder_pattern": "mmmyyyy"}, ("SIAK-120", "mmmyyyy")),
        ({"server": "../etc"}, ("SIAK-100", "nama server")),
        ({"run": {}}, ("SIAK-100", "id run")),
        ({"collected": {}}, ("SIAK-100", "langkah 3")),
        ({"export": {}}, ("SIAK-100", "langkah 2")),
    ],
)
def test_what_cannot_be_is_refused_by_name(run_module, options, tmp_path, change, told):
    result = run_module(backup_folder, **(options() | change))
    assert result["failed"]
    assert result["error"]["code"] == told[0]
    assert told[1] in result["msg"]
    assert result["agenda"] == {}
    assert not list((tmp_path / "sukamara").glob("[!.]*"))


def test_a_dump_that_vanished_is_named(run_module, options, tmp_path):
    asked = options()
    (tmp_path / f"sukamara/.masuk-{RUN}/siak_1.dmp").unlink()
    result = run_module(backup_folder, **asked)
    assert result["error"]["code"] == "SIAK-404"
    assert "siak_1.dmp" in result["msg"]
