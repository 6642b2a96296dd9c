# SPDX-License-Identifier: GPL-3.0-or-later
"""From a module's options and a journal on disk to the files that lie there afterwards."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from siak_backup.agenda.journal import Journal
from siak_backup.errors import AgendaError, ConfigError, ReportError
from siak_backup.report import make
from siak_backup.report.numbering import first_numbers

from tests.unit.agenda.office import hold_night

ROOT = Path(__file__).resolve().parents[3]
START = datetime(2025, 1, 9, 9, 35, tzinfo=UTC)
NOW = datetime(2025, 1, 15, 2, 0, tzinfo=UTC)


@pytest.fixture
def options(tmp_path) -> dict[str, Any]:
    tables = {name: {} for name in ("offices", "zones", "service_hours", "service_exceptions", "since")}
    return tables | {
        "agenda_dir": str(tmp_path / "agenda"),
        "sop_path": str(ROOT / "sop/backup-database.yml"),
        "report_dir": str(tmp_path / "laporan"),
        "assets_dir": str(ROOT / "roles/report"),
        "run": "",
        "bulan": "",
        "kinds": ["laporan", "agenda", "rekap", "status"],
        "servers": ["sukamara", "lamandau"],
        "kop_surat": {"tempat": "Sukamara"},
        "max_age_h": 26.0,
        "offsite_days": 0,
    }


def made(options: dict[str, Any], now: datetime = NOW) -> dict[str, Any]:
    return make.apply(make.plan(options, now)).as_dict()


def names(result: dict[str, Any], kind: str) -> list[str]:
    return [Path(path).name for path in result["files"][kind]]


def text_of(path: str) -> str:
    return " ".join(page.extract_text() for page in PdfReader(path).pages)


def every_byte(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_after_a_night(options, tmp_path):
    first = hold_night(tmp_path / "agenda", START, "sukamara", "lamandau")
    second = hold_night(tmp_path / "agenda", START + timedelta(days=1), "sukamara", "lamandau", fails_at="export")
    result = made(options | {"run": second})
    assert names(result, "laporan") == [f"Laporan-{second}-sukamara.pdf", f"Laporan-{second}-lamandau.pdf"]
    assert names(result, "agenda") == ["Agenda-2025-01.pdf", "Agenda-2025-01.xlsx"]
    assert names(result, "rekap") == ["Rekap-2025-01.pdf", "Rekap-2025-01.xlsx"]
    assert names(result, "status") == ["status.html"]
    assert all(Path(path).is_file() for kind in make.KINDS for path in result["files"][kind])
    told = text_of(result["files"]["laporan"][1])
    # Two servers had a Laporan the night before.
    assert "4/Laporan-Backup/I/2025" in told
    assert "SIAK-201" in told
    assert first not in told
    # The journal begins on the 9th: from then on, working days without a run are missed, until today.
    assert [each["day"] for each in result["missed"]] == [f"2025-01-{day}" for day in (13, 13, 14, 14)]
    assert result["damage"] == []


def test_a_month_again_is_the_same_bytes(options, tmp_path):
    for day in range(3):
        hold_night(tmp_path / "agenda", START + timedelta(days=day), "sukamara")
    options |= {"bulan": "2025-01", "kinds": ["laporan", "agenda", "rekap", "formulir"]}
    result = made(options)
    assert len(result["files"]["laporan"]) == 3
    assert len(result["files"]["formulir"]) == 2
    before = every_byte(tmp_path / "laporan")
    made(options | {"report_dir": str(tmp_path / "lagi")})
    assert every_byte(tmp_path / "lagi") == before
    assert len(before) == 9


def test_a_month_without_a_run_and_an_agenda_that_was_never_written(options, tmp_path):
    with pytest.raises(AgendaError, match="SIAK-600"):
        made(options)
    hold_night(tmp_path / "agenda", START, "sukamara")
    result = made(options | {"bulan": "2024-11"})
    assert result["files"]["laporan"] == []
    assert names(result, "rekap") == ["Rekap-2024-11.pdf", "Rekap-2024-11.xlsx"]
    assert result["missed"] == []


def test_the_status_page_knows_backups_older_than_it_shows(options, tmp_path):
    hold_night(tmp_path / "agenda", START, "sukamara")
    options["kinds"] = ["status"]
    made(options, START + timedelta(days=200))
    page = (tmp_path / "laporan/status.html").read_text()
    assert "9 Januari 2025" in page


def test_many_servers_are_one_file(options, tmp_path):
    run = hold_night(tmp_path / "agenda", START, *(f"server-{number:02}" for number in range(21)))
    result = made(options | {"run": run, "kinds": ["laporan"]})
    assert names(result, "laporan") == [f"Laporan-{run}.pdf"]
    assert len(PdfReader(result["files"]["laporan"][0]).pages) == 21


def test_damaged_lines_are_told_and_hide_nothing(options, tmp_path):
    hold_night(tmp_path / "agenda", START, "sukamara")
    (file,) = (tmp_path / "agenda/journal").glob("*.jsonl")
    with file.open("ab") as opened:
        opened.write(b"bukan json\n")
    result = made(options)
    assert len(result["files"]["laporan"]) == 1
    assert [told.partition(":")[0] for told in result["damage"]] == [f"{file.name}, baris 16"]
    assert "baris 16" in (tmp_path / "laporan/status.html").read_text()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"bulan": "Januari"}, "bulan"),
        ({"bulan": "2025-13"}, "bulan"),
        ({"servers": ["../etc"]}, "nama server"),
        ({"zones": {"sukamara": "WIBB"}}, "WIBB"),
        ({"since": {"sukamara": "kemarin"}}, "siak_since"),
        ({"since": {"sukamara": "2025-02-30"}}, "siak_since"),
        ({"service_hours": {"sukamara": "selalu"}}, "jam pelayanan harus tabel"),
        ({"service_hours": {"sukamara": {"hari": "07.30-16.00"}}}, "hari"),
        ({"kop_surat": {"logo": "/tidak/ada.png"}}, "siak_kop_surat.logo"),
        ({"max_age_h": 0.0}, "max_age_h|stale_after_h"),
    ],
)
def test_impossible_options_are_refused_before_anything_is_made(options, tmp_path, change, told):
    hold_night(tmp_path / "agenda", START, "sukamara")
    with pytest.raises(ConfigError, match=told):
        made(options | change)
    assert not (tmp_path / "laporan").exists()


def test_a_folder_that_cannot_be_made_is_a_clear_error(options, tmp_path):
    hold_night(tmp_path / "agenda", START, "sukamara")
    (tmp_path / "laporan").write_text("berkas")
    before = every_byte(tmp_path / "agenda")
    with pytest.raises(ReportError, match="SIAK-610"):
        made(options)
    assert every_byte(tmp_path / "agenda") == before


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("status.html.j2", "satu\n{{ tidak.ada }}\n", "status.html.j2, baris 2"),
        ("status.html.j2", "satu\n\n{% if %}\n", "status.html.j2, baris 3"),
        ("rekap.typ", "#let x = (\n", "rekap.typ, baris 1"),
    ],
)
def test_a_template_that_is_wrong_is_named_with_its_line(options, tmp_path, name, content, told):
    hold_night(tmp_path / "agenda", START, "sukamara")
    shutil.copytree(options["assets_dir"], tmp_path / "aset")
    (tmp_path / "aset/templates" / name).write_text(content)
    before = every_byte(tmp_path / "agenda")
    with pytest.raises(ReportError, match=told):
        made(options | {"assets_dir": str(tmp_path / "aset"), "kinds": ["status", "rekap"]})
    assert every_byte(tmp_path / "agenda") == before


def test_since_and_zones_of_each_server(options, tmp_path):
    hold_night(tmp_path / "agenda", START, "sukamara")
    options |= {
        "since": {"sukamara": date(2025, 1, 14), "lamandau": "2025-01-14"},
        "zones": {"lamandau": "WIT"},
        "kinds": ["rekap"],
    }
    # In the east the 14th is over while it is still evening in the west.
    result = made(options, datetime(2025, 1, 14, 16, 0, tzinfo=UTC))
    assert result["missed"] == [{"day": "2025-01-14", "server": "lamandau"}]


def test_numbers_count_planned_servers_and_begin_anew_each_year(tmp_path):
    old = hold_night(tmp_path, datetime(2024, 12, 30, 9, 0, tzinfo=UTC), "sukamara", "lamandau")
    first = hold_night(tmp_path, START, "sukamara", "lamandau", fails_at="prepare")
    copy = hold_night(tmp_path, START + timedelta(hours=1), "sukamara", roles=["copy_media"])
    second = hold_night(tmp_path, START + timedelta(days=1), "sukamara")
    Journal(tmp_path, node="kendali", clock=lambda: START + timedelta(days=2)).append(
        {"run": first, "event": "run_begin", "servers": ["lain"]}
    )
    assert first_numbers(tmp_path, 2025) == {first: 1, second: 3}
    assert first_numbers(tmp_path, 2024) == {old: 1}
    assert copy not in first_numbers(tmp_path, 2025)
    assert json.dumps(first_numbers(tmp_path, 2023)) == "{}"
