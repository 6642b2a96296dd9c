# SPDX-License-Identifier: GPL-3.0-or-later
"""What step 6 demands of the journal, and what it leaves to `verify`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from desk import Clock
from siak_backup.agenda.chain import verify
from siak_backup.agenda.journal import Journal, progress_dir
from siak_backup.agenda.ledger import RunState
from siak_backup.agenda.proof import export_may_run_on, prove
from siak_backup.agenda.recorder import Planned, Recorder
from siak_backup.errors import AgendaError, JournalDamagedError
from siak_backup.process import Process
from siak_backup.sop import Sop

RUN = "20250315T093500Z-abcdef"
OLD = {"run": "20250101T093500Z-000000", "event": "e"}


@pytest.fixture
def months(journal: Journal, clock: Clock) -> list[Path]:
    """January and February, before the run of March."""
    paths = []
    for month in (1, 2):
        clock.now = datetime(2025, month, 9, tzinfo=UTC)
        for number in range(3):
            path = journal.append(OLD | {"number": number})
        paths.append(path)
    return paths


@pytest.fixture
def recorder(months: list[Path], journal: Journal, clock: Clock, sop: Sop, tmp_path: Path) -> Recorder:
    """A run of two servers at the moment at which the first is at step 6."""
    clock.now = datetime(2025, 3, 15, 9, 35, tzinfo=UTC)
    recorder = Recorder(journal, sop, run_id=RUN, clock=clock)
    recorder.begin([Planned("a"), Planned("b")], playbook="x", node="kendali", process=Process.current())
    progress_dir(tmp_path, RUN).mkdir(parents=True)
    for step in sop.steps[:-1]:
        recorder.task_begins("a", step.role)
        recorder.act_ended("a", step.role, {})
    recorder.task_begins("a", "record")
    return recorder


def proven(tmp_path: Path, sop: Sop, server: str = "a") -> RunState:
    return prove(tmp_path, sop, run_id=RUN, server=server, node="kendali", role="record")


def test_every_server_is_proven_by_the_same_month(recorder, tmp_path, sop):
    assert list(proven(tmp_path, sop).servers) == ["a", "b"]
    recorder.task_begins("b", "record")
    assert proven(tmp_path, sop, "b").servers["b"].steps.keys() == {6}
    (march,) = (tmp_path / "journal").glob("2025-03-*")
    march.write_bytes(march.read_bytes().replace(b'"step":2', b'"step":3', 1))
    with pytest.raises(JournalDamagedError, match=rf"SIAK-601.*{march} baris [0-9]+"):
        proven(tmp_path, sop, "b")


def test_what_is_not_on_record_is_told(recorder, tmp_path, sop):
    with pytest.raises(AgendaError, match="awal langkah 6 tidak ada"):
        proven(tmp_path, sop, "b")
    with pytest.raises(AgendaError, match="tidak direncanakan"):
        proven(tmp_path, sop, "c")
    recorder.task_begins("b", "export")
    with pytest.raises(AgendaError, match="akhir langkah 2 tidak ada"):
        proven(tmp_path, sop, "b")


def test_the_month_before_must_be_what_it_was(recorder, months, tmp_path, sop):
    february = months[1]
    february.write_bytes(b"".join(february.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(JournalDamagedError, match=f"{february} baris 1"):
        proven(tmp_path, sop)


def test_several_problems_are_counted(recorder, months, tmp_path, sop):
    (march,) = (tmp_path / "journal").glob("2025-03-*")
    march.write_bytes(march.read_bytes().replace(b'"step":2', b'"step":3'))
    with pytest.raises(JournalDamagedError, match=r"dan 1 masalah lain .* baris 4\)"):
        proven(tmp_path, sop)


def test_one_problem_is_all_that_is_told(recorder, tmp_path, sop):
    (march,) = (tmp_path / "journal").glob("2025-03-*")
    march.write_bytes(march.read_bytes().replace(b'"step":2', b'"step":3', 1))
    with pytest.raises(JournalDamagedError) as refused:
        proven(tmp_path, sop)
    assert "masalah lain" not in str(refused.value)
    assert "XX" not in str(refused.value)


def test_damage_of_a_month_before_the_last_is_left_to_verify(recorder, months, tmp_path, sop):
    january = months[0]
    january.write_bytes(january.read_bytes().replace(b'"number":1', b'"number":7'))
    assert proven(tmp_path, sop).id == RUN
    assert verify(tmp_path / "journal") != []


def test_a_month_without_a_line_is_none(journal, clock, sop, tmp_path):
    clock.now = datetime(2025, 1, 9, tzinfo=UTC)
    january = journal.append(OLD)
    january.with_name("2025-02-kendali.jsonl").touch()
    clock.now = datetime(2025, 3, 15, 9, 35, tzinfo=UTC)
    Recorder(journal, sop, run_id=RUN, clock=clock).begin(
        [Planned("a")], playbook="x", node="kendali", process=Process.current()
    )
    with pytest.raises(AgendaError, match="awal langkah 6"):
        proven(tmp_path, sop)


@pytest.fixture
def begun(journal: Journal, clock: Clock, sop: Sop) -> Recorder:
    """A run whose month is the journal's first, of one server that has not begun a step."""
    clock.now = datetime(2025, 3, 15, 9, 35, tzinfo=UTC)
    recorder = Recorder(journal, sop, run_id=RUN, clock=clock)
    recorder.begin([Planned("a")], playbook="x", node="kendali", process=Process.current())
    return recorder


def test_the_step_that_asks_may_be_any(begun, tmp_path, sop):
    options = {"run_id": RUN, "server": "a", "node": "kendali", "role": "copy_media"}
    begun.task_begins("a", "copy_media")
    assert prove(tmp_path, sop, **options).id == RUN
    begun.task_begins("a", "export")
    with pytest.raises(AgendaError, match="akhir langkah 2"):
        prove(tmp_path, sop, **options)


def test_an_export_may_run_on_until_it_has_ended_well(begun, tmp_path):
    def may() -> bool:
        return export_may_run_on(tmp_path, RUN, "a")

    assert may() is False
    begun.task_begins("a", "prepare")
    assert may() is False
    begun.act_ended("a", "prepare", {})
    begun.task_begins("a", "export")
    assert may() is True
    begun.act_ended("a", "export", {})
    assert may() is False
    begun.task_begins("a", "collect")
    assert may() is False


def test_a_failed_export_may_run_on(begun, tmp_path):
    begun.task_begins("a", "export")
    begun.task_failed("a", "export", "SIAK-201 x")
    assert export_may_run_on(tmp_path, RUN, "a") is True


def test_of_a_run_or_server_that_is_not_there_nothing_runs(begun, tmp_path):
    assert export_may_run_on(tmp_path, RUN, "b") is False
    assert export_may_run_on(tmp_path, "20250315T093500Z-000000", "a") is False


def test_a_journal_that_cannot_be_read_rules_nothing_out(tmp_path):
    (tmp_path / "journal").write_text("bukan folder")
    assert export_may_run_on(tmp_path, RUN, "a") is True


def test_the_remedy_for_a_month_before_fails_no_later_night(recorder, months, tmp_path, sop):
    # Set aside as the message says: without this, January would be blamed next, and then every month before it.
    months[1].rename(months[1].with_name(f"{months[1].name}.rusak"))
    assert proven(tmp_path, sop).id == RUN
    assert verify(tmp_path / "journal") != []


def test_a_year_s_end_is_a_month_s_end(journal, clock, tmp_path, sop):
    run = "20260101T093500Z-abcdef"
    for year, month in ((2025, 12), (2026, 1)):
        clock.now = datetime(year, month, 1, 9, 35, tzinfo=UTC)
        path = journal.append({"run": run, "event": "run_begin", "servers": ["a"]})
    december = path.with_name("2025-12-kendali.jsonl")
    december.write_bytes(december.read_bytes().replace(b'["a"]', b'["b"]'))
    with pytest.raises(JournalDamagedError, match="2025-12"):
        prove(tmp_path, sop, run_id=run, server="a", node="kendali", role="record")
