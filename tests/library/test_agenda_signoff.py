# SPDX-License-Identifier: GPL-3.0-or-later
"""agenda_paraf and agenda_note as Ansible calls them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import agenda_note
import agenda_paraf
import pytest
from siak_backup.agenda.journal import Journal, node_name
from siak_backup.agenda.period import read_period
from siak_backup.agenda.recorder import Planned, Recorder
from siak_backup.calendar import WIB
from siak_backup.process import Process
from siak_backup.run_id import new_run_id
from siak_backup.sop import load_sop

SOP_PATH = Path(__file__).resolve().parents[2] / "sop/backup-database.yml"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def run_id(tmp_path):
    """A run that failed before its first step."""
    sop = load_sop(SOP_PATH)
    recorder = Recorder(Journal(tmp_path, node=node_name(), clock=now), sop, run_id=new_run_id(now()), clock=now)
    recorder.begin([Planned("sukamara")], playbook="backup.yml", node="x", process=Process.current())
    recorder.finish()
    return recorder.run_id


@pytest.fixture
def options(tmp_path):
    return {"agenda_dir": str(tmp_path), "sop_path": str(SOP_PATH), "nama": "Contoh Pegawai"}


def period(tmp_path):
    today = WIB.local(now()).date()
    return read_period(tmp_path, load_sop(SOP_PATH), today, today)


def test_a_paraf_is_written_once(run_module, options, run_id, tmp_path):
    options |= {"hari": WIB.local(now()).date().isoformat(), "jabatan": "Kabid PIAK", "catatan": "baik"}
    assert run_module(agenda_paraf, check=True, **options)["changed"]
    assert period(tmp_path).parafs == ()
    result = run_module(agenda_paraf, **options)
    assert result["changed"]
    assert [night["run"] for night in result["nights"]] == [run_id]
    assert not run_module(agenda_paraf, **options)["changed"]
    (paraf,) = period(tmp_path).parafs
    assert (paraf.office, paraf.name, paraf.remark) == ("Kabid PIAK", "Contoh Pegawai", "baik")
    assert run_module(agenda_paraf, **options | {"hari": "kemarin"})["error"]["code"] == "SIAK-100"


def test_a_note_is_written_once(run_module, options, run_id, tmp_path):
    options |= {"run": run_id, "kendala": "listrik padam"}
    assert run_module(agenda_note, check=True, **options)["changed"]
    assert run_module(agenda_note, **options)["changed"]
    assert not run_module(agenda_note, **options)["changed"]
    (night,) = period(tmp_path).nights
    assert [(note.name, note.kendala) for note in night.notes] == [("Contoh Pegawai", "listrik padam")]
    assert run_module(agenda_note, **options | {"server": "lain"})["error"]["code"] == "SIAK-600"


def test_a_change_is_accepted_only_where_one_was_found(run_module, options, run_id, tmp_path):
    refused = run_module(agenda_note, **options | {"run": run_id, "perubahan": "pemekaran"})
    assert refused["error"]["code"] == "SIAK-100"
    assert "perubahan" in refused["msg"]
    assert period(tmp_path).nights[0].notes == ()
