# SPDX-License-Identifier: GPL-3.0-or-later
"""The text file, as Prometheus' own parser reads it."""

from __future__ import annotations

import os
import re
import stat
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from siak_backup.calendar import WIB, ServiceHours
from siak_backup.errors import ArchiveError, ConfigError
from siak_backup.monitor.check import Demand, look
from siak_backup.monitor.prometheus import render, write_textfile

from tests.unit.monitor.nightbook import ROOT, NightBook

NIGHT = datetime(2025, 1, 9, 9, 35, tzinfo=UTC)
NOW = NIGHT + timedelta(hours=9)


@pytest.fixture
def book(tmp_path):
    return NightBook(tmp_path)


def look_at(book, *servers):
    demands = [Demand(name, "", WIB, ServiceHours(), book.archive, 26 * 3600.0) for name in servers]
    return look(book.agenda, book.sop, demands, now=NOW)


def samples(text):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def steps(got, server):
    return {key[2]: value for key, value in got.items() if key[:2] == ("siak_backup_step_duration_seconds", server)}


def test_every_metric_as_the_official_parser_reads_it(book):
    book.night(NIGHT - timedelta(days=1), ("sukamara", "lamandau"))
    book.night(NIGHT, {"sukamara": None, "lamandau": {"fails": "export"}})
    found = look_at(book, "sukamara", "lamandau", "asing")
    text = render(found)
    families = list(text_string_to_metric_families(text))
    assert {family.type for family in families} == {"gauge"}
    assert all(family.documentation for family in families)
    got = samples(text)
    proven = found.servers[0].last.proven
    assert got["siak_backup_last_proven_timestamp_seconds", "sukamara"] == proven.filed_at.timestamp()
    assert got["siak_backup_last_run_timestamp_seconds", "lamandau"] == NIGHT.timestamp()
    assert got["siak_backup_last_run_success", "sukamara"] == 1
    assert got["siak_backup_last_run_success", "lamandau"] == 0
    size = sum((book.archive / "sukamara/09jan2025" / name).stat().st_size for name in ("master.dmp", "export.log"))
    assert got["siak_backup_size_bytes", "sukamara"] == size
    assert {
        key[2]: value for key, value in got.items() if key[:2] == ("siak_backup_step_duration_seconds", "sukamara")
    } == {str(step): 300 for step in range(1, 7)}
    assert {key[2] for key in got if key[:2] == ("siak_backup_step_duration_seconds", "lamandau")} == {"1", "2", "6"}
    assert got["siak_backup_missed_nights_total", "sukamara"] == 0
    assert [got["siak_backup_stale", name] for name in ("sukamara", "lamandau", "asing")] == [0, 1, 1]
    assert (
        got["siak_backup_media_last_copy_timestamp_seconds", "DISK-01"] == (NIGHT + timedelta(minutes=30)).timestamp()
    )
    assert got["siak_backup_check_timestamp_seconds",] == NOW.timestamp()
    assert ("siak_backup_last_run_success", "asing") not in got


def test_every_metric_is_documented_and_no_other(book):
    book.night(NIGHT, ("sukamara",))
    text = (ROOT / "docs/telling.md").read_text()
    documented = set(re.findall(r"\bsiak_backup_[a-z_]+\b", text)) - {"siak_backup"}
    assert documented == {family.name for family in text_string_to_metric_families(render(look_at(book, "sukamara")))}


def test_a_run_that_succeeded_without_proof_is_no_success(book):
    book.night(NIGHT, {"sukamara": {"collect": {"verdict": {"status": "unknown"}}}})
    assert samples(render(look_at(book, "sukamara")))["siak_backup_last_run_success", "sukamara"] == 0


def test_labels_are_escaped(book):
    label = 'DISK "01"\\\n# HELP x\x1b{}'
    copies = [{"label": label, "path": "/media/x", "read_back": "O_DIRECT"}]
    book.night(NIGHT, {"sukamara": {"copy_media": {"copies": copies}}})
    got = samples(render(look_at(book, "sukamara")))
    assert ("siak_backup_media_last_copy_timestamp_seconds", label.replace("\x1b", "")) in got


def test_without_a_journal_only_staleness_is_known(book):
    assert samples(render(look_at(book, "sukamara"))) == {
        ("siak_backup_stale", "sukamara"): 1,
        ("siak_backup_check_timestamp_seconds",): NOW.timestamp(),
    }


def test_the_file_is_whole_and_readable_whatever_the_umask(book, tmp_path):
    path = tmp_path / "siak_backup.prom"
    path.write_text("lama")
    before = os.umask(0o077)
    try:
        write_textfile(path, look_at(book, "sukamara"))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert samples(path.read_text())["siak_backup_stale", "sukamara"] == 1
    assert [each.name for each in tmp_path.iterdir()] == ["siak_backup.prom"]


def test_a_file_that_nobody_would_read_or_that_cannot_be(book, tmp_path):
    with pytest.raises(ConfigError, match=r"\*\.prom"):
        write_textfile(tmp_path / "siak_backup.txt", look_at(book, "sukamara"))
    with pytest.raises(ArchiveError, match="SIAK-404"):
        write_textfile(tmp_path / "none/siak_backup.prom", look_at(book, "sukamara"))
