# SPDX-License-Identifier: GPL-3.0-or-later
"""backup_freshness as Ansible calls it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import backup_freshness
import pytest

from tests.unit.monitor.nightbook import SOP_PATH, NightBook


@pytest.fixture
def book(tmp_path):
    book = NightBook(tmp_path)
    book.night(datetime.now(UTC) - timedelta(hours=1), ("sukamara",))
    return book


@pytest.fixture
def options(book):
    return {
        "agenda_dir": str(book.agenda),
        "sop_path": str(SOP_PATH),
        "servers": ["sukamara"],
        "archive_dirs": {"sukamara": str(book.archive)},
    }


def test_a_fresh_server(run_module, options, book):
    result = run_module(backup_freshness, **options)
    assert not result["changed"]
    assert result["stale"] == []
    assert result["trouble"] == ""
    assert result["lines"][0].startswith("sukamara: SEGAR, ")
    (told,) = result["servers"]
    assert told["fresh"]
    assert told["path"].startswith(str(book.archive / "sukamara"))
    assert datetime.fromisoformat(told["proven_at"]).utcoffset() == timedelta(0)
    assert result["agenda"] == {"servers": 1, "stale": []}


def test_a_stale_one_does_not_fail_the_module(run_module, options, book):
    options |= {"servers": ["sukamara", "lamandau"], "archive_dirs": dict.fromkeys(("sukamara", "lamandau"), "/srv/x")}
    result = run_module(backup_freshness, **options)
    assert result["stale"] == ["sukamara", "lamandau"]
    assert "SIAK-710" in result["trouble"]
    assert result["servers"][1] == {
        "server": "lamandau", "fresh": False, "reasons": ["belum ada backup terbukti dalam dua tahun terakhir"],
        "proven_at": "", "age_s": None, "path": "", "size_bytes": 0, "missed": result["servers"][1]["missed"],
        "warned": [],
    }  # fmt: skip


def test_the_text_file_is_written_but_not_in_check_mode(run_module, options, tmp_path):
    path = tmp_path / "siak.prom"
    assert run_module(backup_freshness, check=True, textfile_path=str(path), **options)["changed"]
    assert not path.exists()
    assert run_module(backup_freshness, textfile_path=str(path), **options)["changed"]
    assert 'siak_backup_stale{server="sukamara"} 0' in path.read_text()


def test_impossible_options(run_module, options):
    result = run_module(backup_freshness, **(options | {"servers": []}))
    assert result["error"]["code"] == "SIAK-100"
