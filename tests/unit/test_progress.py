# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from siak_backup.progress import ByteCounter, Progress, ProgressWriter, read_progress

START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now

    def tick(self, seconds):
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sukamara.json"


def test_a_running_step_reads_as_one_line(path, clock):
    writer = ProgressWriter(path, server="sukamara", step=2, clock=clock)
    writer("ekspor", 0, 18_900_000)
    clock.tick(2)
    writer("ekspor", 8_200_000, 18_900_000)
    progress = read_progress(path)
    assert progress.rate_bytes_s == 4_100_000
    assert progress.eta_s == pytest.approx(2.61, abs=0.01)
    assert progress.sentence() == ("sukamara · langkah 2 ekspor: 43 %, 8,2 MB dari 18,9 MB, 4,1 MB/s, sisa 2,6 detik")
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_percent_without_bytes_and_nothing_at_all(path, clock):
    writer = ProgressWriter(path, server="sukamara", step=2, clock=clock)
    writer("ekspor")
    assert read_progress(path).sentence() == "sukamara · langkah 2 ekspor: berjalan"
    clock.tick(1)
    writer("ekspor", 500, percent=12.4)
    assert read_progress(path).sentence() == "sukamara · langkah 2 ekspor: 12 %, 500 B, 500 B/s"


def test_calls_between_are_skipped_but_never_the_last(path, clock):
    writer = ProgressWriter(path, server="s", step=5, clock=clock, min_interval_s=1)
    writer("salin", 0, 100)
    clock.tick(0.5)
    writer("salin", 50, 100)
    assert read_progress(path).done_bytes == 0
    writer("salin", 100, 100)
    assert read_progress(path).done_bytes == 100
    writer("baca ulang", 0, 100)
    assert read_progress(path).phase == "baca ulang"


def test_rate_is_that_of_the_last_seconds(path, clock):
    writer = ProgressWriter(path, server="s", step=5, clock=clock)
    for second in range(60):
        writer("salin", min(second, 30) * 1000, 60_000)
        clock.tick(1)
    progress = read_progress(path)
    assert progress.rate_bytes_s == 0
    assert progress.eta_s is None


def test_a_clock_set_back_gives_no_rate_and_no_error(path, clock):
    writer = ProgressWriter(path, server="s", step=5, clock=clock)
    writer("salin", 0, 100)
    clock.tick(-3600)
    writer("salin", 50, 100)
    assert read_progress(path).rate_bytes_s == 0
    assert read_progress(path).done_bytes == 50


def test_bytes_are_added_up(path, clock):
    heard = ByteCounter(ProgressWriter(path, server="s", step=5, clock=clock, min_interval_s=0), "salin", 100)
    for count in (10, 40):
        heard(count)
    assert (read_progress(path).done_bytes, read_progress(path).percent) == (50, 50)


def test_an_empty_total_is_done(path, clock):
    ProgressWriter(path, server="s", step=5, clock=clock)("salin", 0, 0)
    assert read_progress(path).percent == 100


def test_no_path_and_no_folder_cost_nothing(tmp_path, clock):
    ProgressWriter(None, server="s", step=5, clock=clock)("salin", 1, 2)
    ProgressWriter(tmp_path / "absent" / "x.json", server="s", step=5, clock=clock)("salin", 1, 2)
    assert not list(tmp_path.iterdir())


GOOD = json.loads(Progress("s", 2, "ekspor", 1, 2, 50.0, START, START, 1.0, 1.0).to_json())


def test_what_was_written_is_what_is_read(path):
    path.write_text(json.dumps(GOOD))
    assert read_progress(path) == Progress("s", 2, "ekspor", 1, 2, 50.0, START, START, 1.0, 1.0)


@pytest.mark.parametrize(
    "change",
    [
        {"server": "\x1b[2J"},
        {"server": 5},
        {"phase": "x" * 201},
        {"step": True},
        {"step": -1},
        {"done_bytes": "1"},
        {"done_bytes": -1},
        {"total_bytes": 1.5},
        {"percent": 101},
        {"percent": True},
        {"rate_bytes_s": -1},
        {"rate_bytes_s": None},
        {"eta_s": 1e30},
        {"at": "kemarin"},
        {"at": 5},
        {"started_at": "2026-11-22T09:30:00"},
    ],
    ids=str,
)
def test_a_changed_value_is_not_believed(path, change):
    path.write_text(json.dumps(GOOD | change))
    assert read_progress(path) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"null", b"\xff", b"[" * 15000, b'"' + b" " * 20000 + b'"'])
def test_a_foreign_file_is_no_progress(path, content):
    path.write_bytes(content)
    assert read_progress(path) is None


def test_an_absent_file_is_no_progress(path):
    assert read_progress(path) is None


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=4))
def test_any_value_anywhere_is_read_or_refused(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "any.json"
    for key in GOOD:
        path.write_text(json.dumps(GOOD | {key: value}))
        assert isinstance(read_progress(path), Progress | None)
