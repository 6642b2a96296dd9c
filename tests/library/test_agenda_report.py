# SPDX-License-Identifier: GPL-3.0-or-later
"""agenda_report as Ansible calls it."""

from __future__ import annotations

from pathlib import Path

import agenda_report
import pytest

from tests.unit.agenda.desk import START
from tests.unit.agenda.office import hold_night

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def options(tmp_path):
    return {
        "agenda_dir": str(tmp_path / "agenda"),
        "sop_path": str(ROOT / "sop/backup-database.yml"),
        "report_dir": str(tmp_path / "laporan"),
        "assets_dir": str(ROOT / "roles/report"),
        "servers": ["sukamara"],
    }


def test_makes_what_it_is_asked_for(run_module, options, tmp_path):
    run = hold_night(tmp_path / "agenda", START, "sukamara")
    planned = run_module(agenda_report, check=True, run=run, kinds=["laporan"], **options)
    assert not planned["changed"]
    assert not (tmp_path / "laporan").exists()
    result = run_module(agenda_report, run=run, kinds=["laporan"], **options)
    assert result["changed"]
    assert [Path(path).name for path in result["files"]["laporan"]] == [f"Laporan-{run}-sukamara.pdf"]
    assert result["files"]["rekap"] == []


def test_says_what_is_wrong(run_module, options, tmp_path):
    assert run_module(agenda_report, **options)["error"]["code"] == "SIAK-600"
    hold_night(tmp_path / "agenda", START, "sukamara")
    assert run_module(agenda_report, bulan="kapan", **options)["error"]["code"] == "SIAK-100"
    assert run_module(agenda_report, run="20250109T093500Z-ffffff", **options)["error"]["code"] == "SIAK-600"
