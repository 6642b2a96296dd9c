# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from desk import Clock
from siak_backup.agenda.journal import Journal
from siak_backup.agenda.ledger import RunState, run_has_begun, run_of, unfinished_runs
from siak_backup.process import Process

RUN = "20250109T093500Z-abcdef"
OTHER = "20250109T093600Z-000000"
BEGIN = {
    "event": "run_begin", "run": RUN, "servers": ["a", "b"], "sop": "24/1", "node": "kendali",
    "pid": 7, "started_ticks": 8, "boot_id": "boot",
}  # fmt: skip


@pytest.fixture
def tell(journal: Journal, tmp_path: Path, clock: Clock):
    """Append events, a minute apart, and return what the run is then."""

    def append(*events: dict[str, Any]) -> RunState:
        for event in events:
            journal.append({"run": RUN} | event)
            clock.passes(minutes=1)
        run = run_of(tmp_path, RUN)
        assert run is not None
        return run

    return append


def begin(step: int, server: str = "a", **more: Any) -> dict[str, Any]:
    return {"event": "step_begin", "server": server, "step": step} | more


def end(step: int, status: str = "ok", server: str = "a", **more: Any) -> dict[str, Any]:
    return {"event": "step_end", "server": server, "step": step, "status": status} | more


RUN_END = {"event": "run_end", "status": "ok", "reason": ""}


def test_a_run_is_what_its_lines_tell(tell, tmp_path: Path):
    run = tell(
        BEGIN,
        begin(1, office="Kantor A", zone="WIT"),
        end(1, began_at="2025-01-09T09:35:30+00:00", ended_at="2025-01-09T09:35:59+00:00", facts={"x": 1}),
        {"event": "server_end", "server": "a", "status": "ok", "reason": ""},
        {"event": "server_end", "server": "b", "status": "never_reached", "reason": "mati", "office": "Kantor B"},
        RUN_END,
    )
    assert (run.status, run.node, run.sop, run.process) == ("ok", "kendali", "24/1", Process(7, 8, "boot"))
    assert run.ended_at == datetime(2025, 1, 9, 9, 40, tzinfo=UTC)
    a, b = run.servers.values()
    assert (a.status, a.office, a.zone) == ("ok", "Kantor A", "WIT")
    assert (b.status, b.office, b.reason, b.steps) == ("never_reached", "Kantor B", "mati", {})
    step = a.steps[1]
    assert (step.status, step.facts) == ("ok", {"x": 1})
    assert step.began_at == datetime(2025, 1, 9, 9, 35, 30, tzinfo=UTC)
    assert step.ended_at == datetime(2025, 1, 9, 9, 35, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("closing", "status"),
    [
        ({"event": "run_end", "status": "interrupted", "reason": "dihentikan SIGTERM"}, "interrupted"),
        ({"event": "run_interrupted", "reason": "dihentikan SIGTERM"}, "interrupted"),
        ({"event": "run_end", "status": "failed", "reason": "dihentikan SIGTERM"}, "failed"),
        ({"event": "run_end", "status": "aneh", "reason": "dihentikan SIGTERM"}, "interrupted"),
    ],
)
def test_a_begun_step_without_end_is_terputus_once_its_run_is_over(tell, closing: dict[str, Any], status: str):
    open_run = tell(BEGIN, begin(1), end(1), begin(2))
    assert open_run.servers["a"].steps[2].status == "running"
    assert open_run.servers["a"].status == "running"
    run = tell(closing)
    assert run.status == status
    assert run.servers["a"].status == "interrupted"
    assert (run.servers["a"].steps[1].status, run.servers["a"].steps[2].status) == ("ok", "interrupted")
    assert run.servers["a"].steps[2].reason == "dihentikan SIGTERM"


def test_the_first_end_of_a_run_counts(tell):
    assert tell(BEGIN, RUN_END, {"event": "run_interrupted", "reason": "x"}).status == "ok"


def test_a_failure_is_kept_and_undoes_an_earlier_success(tell):
    run = tell(BEGIN, begin(1), end(1), end(1, "failed", reason="media penuh"), end(1), end(1, "failed", reason="lain"))
    assert (run.servers["a"].steps[1].status, run.servers["a"].steps[1].reason) == ("failed", "media penuh")


def test_times_that_are_none_fall_back_to_the_lines_own(tell):
    step = tell(BEGIN, begin(1), end(1, began_at="kemarin", ended_at=None, facts=[1])).servers["a"].steps[1]
    assert step.began_at == datetime(2025, 1, 9, 9, 36, tzinfo=UTC)
    assert step.ended_at == datetime(2025, 1, 9, 9, 37, tzinfo=UTC)
    assert step.facts == {}


@pytest.mark.parametrize(
    "foreign",
    [
        end(4),
        end(1, "entah"),
        end("1"),  # type: ignore[arg-type]
        begin(True),
        begin(1, server="../../etc"),
        begin(1, server=""),
        {"event": "step_begin", "step": 1},
        {"event": "server_end", "server": "a", "status": "hebat"},
        {"event": "paraf", "oleh": "Kasi SIAK"},
        {"event": "run_begin", "servers": ["z"]},
        {"event": "run_end", "run": OTHER, "status": "failed"},
    ],
)
def test_what_does_not_fit_changes_nothing(tell, foreign: dict[str, Any]):
    before = tell(BEGIN)
    assert tell(foreign) == before


def test_names_that_could_lead_out_of_the_agenda_are_not_servers(tell):
    run = tell(BEGIN | {"servers": ["a", "../x", 5, "/etc"], "pid": "7"})
    assert list(run.servers) == ["a"]
    assert run.process is None
    assert tell(begin(1, server="late")).servers["late"].steps[1].status == "running"


def test_a_run_is_found_by_its_id_only(tell, tmp_path: Path):
    tell(BEGIN | {"servers": "a"})
    assert run_has_begun(tmp_path, RUN)
    for run_id in (OTHER, "", "../x", RUN + "x"):
        assert not run_has_begun(tmp_path, run_id)
        assert run_of(tmp_path, run_id) is None


def test_of_many_servers_one_is_told(tell, tmp_path: Path):
    tell(BEGIN, begin(1, server="lamandau"), begin(1, server="sukamara"), end(1, server="sukamara"), RUN_END)
    run = run_of(tmp_path, RUN, "lamandau")
    assert run is not None
    assert (run.status, list(run.servers)) == ("ok", ["a", "b", "lamandau"])
    assert run.servers["lamandau"].steps[1].status == "interrupted"


def test_a_run_that_began_in_the_last_minute_of_a_month_is_found(journal: Journal, tmp_path: Path, clock: Clock):
    run_id = "20250131T235959Z-abcdef"
    clock.now = datetime(2025, 2, 1, tzinfo=UTC)
    journal.append(BEGIN | {"run": run_id})
    assert run_has_begun(tmp_path, run_id)


def test_a_damaged_line_hides_no_other(tell, journal: Journal, tmp_path: Path):
    tell(BEGIN)
    (path,) = journal.folder.glob("*.jsonl")
    with path.open("ab") as file:
        file.write(b"\x00\x00\n" + f'{{"run":"{RUN}","event":"run_end"\n'.encode())
    assert tell(begin(1)).servers["a"].steps[1].status == "running"


def test_unfinished_runs_are_those_without_an_end(tell, journal: Journal, tmp_path: Path):
    tell(BEGIN, begin(1))
    journal.append(BEGIN | {"run": OTHER})
    journal.append(BEGIN | {"run": "bukan id"})
    assert [run.id for run in unfinished_runs(tmp_path, "kendali")] == [RUN, OTHER]
    tell(RUN_END)
    tell(RUN_END | {"run": "20240101T000000Z-abcdef"})
    assert [run.id for run in unfinished_runs(tmp_path, "kendali")] == [OTHER]
    assert unfinished_runs(tmp_path, "lain") == []
