# SPDX-License-Identifier: GPL-3.0-or-later
"""agenda_entry as Ansible calls it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import agenda_entry
import pytest
from siak_backup import runlock
from siak_backup.agenda.journal import Journal, node_name
from siak_backup.agenda.recorder import Planned, Recorder
from siak_backup.process import Process
from siak_backup.sop import load_sop

ROOT = Path(__file__).resolve().parents[2]
SOP_PATH = ROOT / "sop/backup-database.yml"
RUN_ID = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-abcdef"
FACTS = {
    "prepare": {"override": ""},
    "export": {"pieces": 1, "size_bytes": 5},
    "collect": {"files": [{"name": "siak_1.dmp", "size_bytes": 5, "sha256": "ab"}], "verdict": {"status": "complete"}},
    "file_dump": {"files": [{"name": "master.dmp", "size_bytes": 5, "sha256": "ab"}], "path": "/arsip/sukamara/x"},
    "copy_media": {
        "files": [{"name": "master.dmp", "size_bytes": 5, "sha256": "ab"}],
        "label": "DISK-01",
        "path": "/media/x",
        "read_back": "O_DIRECT",
    },
}


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def agenda(tmp_path):
    return tmp_path / "agenda"


@pytest.fixture
def recorder(agenda):
    """A run at the moment at which step 6 begins."""
    recorder = Recorder(Journal(agenda, node=node_name(), clock=now), load_sop(SOP_PATH), run_id=RUN_ID, clock=now)
    recorder.begin([Planned("sukamara", "Kab. Sukamara")], playbook="backup.yml", node="x", process=Process.current())
    for role, facts in FACTS.items():
        recorder.task_begins("sukamara", role)
        recorder.act_ended("sukamara", role, facts)
    return recorder


@pytest.fixture
def options(agenda, tmp_path):
    (tmp_path / "arsip").mkdir()
    return {
        "run": {"id": RUN_ID, "agenda_dir": str(agenda), "sop_path": str(SOP_PATH)},
        "server": "sukamara",
        "archive_dir": str(tmp_path / "arsip"),
    }


@pytest.fixture
def lock(tmp_path, options):
    path = tmp_path / "arsip/sukamara" / runlock.LOCK_NAME
    path.parent.mkdir()
    runlock.acquire(path, run=RUN_ID, pid=os.getpid(), clock=now)
    return path


def test_proves_writes_and_lets_go(run_module, recorder, options, lock):
    recorder.task_begins("sukamara", "record")
    result = run_module(agenda_entry, **options)
    assert not result["failed"], result
    assert [step["verdict"] for step in result["entry"]["steps"]] == ["sesuai"] * 5 + ["berjalan"]
    assert result["agenda"] == {"entry": result["entry"]["path"]}
    text = Path(result["entry"]["path"]).read_text()
    assert "master.dmp" in text
    assert "DISK-01" in text
    assert not lock.exists()


def test_a_lock_of_another_run_is_left_alone(run_module, recorder, options, lock):
    recorder.task_begins("sukamara", "record")
    lock.write_text(lock.read_text().replace(RUN_ID, "other"))
    assert not run_module(agenda_entry, **options)["failed"]
    assert lock.exists()


def test_check_mode_writes_nothing(run_module, agenda, options, lock):
    result = run_module(agenda_entry, check=True, **options)
    assert result["entry"] == {"path": "", "steps": []}
    assert not agenda.exists()
    assert lock.exists()


def test_a_damaged_journal_names_file_line_and_remedy_and_lets_go(run_module, recorder, options, lock, agenda):
    recorder.task_begins("sukamara", "record")
    (path,) = (agenda / "journal").glob("*.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b"sukamara", b"sukamarb")
    path.write_bytes(b"".join(lines))
    result = run_module(agenda_entry, **options)
    assert result["error"]["code"] == "SIAK-601"
    assert f"{path} baris 4" in result["msg"]
    assert f"{path.name}.rusak" in result["msg"]
    assert not lock.exists()


def test_an_export_that_may_still_run_is_left_to_the_next_run(run_module, agenda, options, lock):
    """Step 2 lost its line for good: its job goes on in the server."""
    recorder = Recorder(Journal(agenda, node=node_name(), clock=now), load_sop(SOP_PATH), run_id=RUN_ID, clock=now)
    recorder.begin([Planned("sukamara", "Kab. Sukamara")], playbook="backup.yml", node="x", process=Process.current())
    recorder.task_begins("sukamara", "prepare")
    recorder.act_ended("sukamara", "prepare", FACTS["prepare"])
    recorder.task_begins("sukamara", "export")
    recorder.task_failed("sukamara", "export", "SIAK-201 sambungan terputus")
    recorder.task_begins("sukamara", "record")
    assert not run_module(agenda_entry, **options)["failed"]
    assert runlock.inherited(lock, run="20250110T093000Z-ffffff") == (RUN_ID,)


def test_a_journal_that_cannot_be_read_leaves_it_too(run_module, options, lock, agenda):
    agenda.mkdir()
    (agenda / "journal").write_text("a file where the folder should be")
    assert run_module(agenda_entry, **options)["failed"]
    assert runlock.inherited(lock, run="20250110T093000Z-ffffff") == (RUN_ID,)


def test_a_step_without_end_is_not_proven(run_module, recorder, options, agenda):
    (path,) = (agenda / "journal").glob("*.jsonl")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    recorder.task_begins("sukamara", "record")
    result = run_module(agenda_entry, **options)
    assert result["error"]["code"] == "SIAK-600"
    assert "akhir langkah 5 tidak ada" in result["msg"]


def test_a_step_6_that_is_not_in_the_journal_is_not_proven(run_module, recorder, options):
    result = run_module(agenda_entry, **options)
    assert "awal langkah 6 tidak ada" in result["msg"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"run": {}}, ("SIAK-600", "SIAK_RUN")),
        ({"server": "../etc"}, ("SIAK-100", "nama server")),
        ({"server": "lamandau"}, ("SIAK-600", "lamandau")),
        ({"sop_path": "/none.yml"}, ("SIAK-110", "/none.yml")),
    ],
)
def test_what_cannot_be_is_refused_by_name(run_module, recorder, options, change, told):
    result = run_module(agenda_entry, **(options | change))
    assert result["error"]["code"] == told[0]
    assert told[1] in result["msg"]
    assert result["agenda"] == {}


def test_another_run_is_not_this_one(run_module, recorder, options):
    options["run"]["id"] = RUN_ID.replace("abcdef", "000000")
    assert "tidak ada di jurnal" in run_module(agenda_entry, **options)["msg"]
