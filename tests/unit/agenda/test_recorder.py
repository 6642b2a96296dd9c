# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from desk import START, Clock
from siak_backup.agenda.chain import verify
from siak_backup.agenda.facts import fit
from siak_backup.agenda.journal import Journal
from siak_backup.agenda.ledger import RunState, run_of
from siak_backup.agenda.recorder import Planned, Recorder
from siak_backup.errors import AgendaError, ConfigError
from siak_backup.process import Process
from siak_backup.run_id import new_run_id
from siak_backup.sop import Sop

ROLES = ("prepare", "export", "collect", "file_dump", "copy_media", "record")


class Told(Recorder):
    """A recorder that has begun, and the folder it writes to."""

    agenda_dir: Path

    def state(self) -> RunState:
        run = run_of(self.agenda_dir, self.run_id)
        assert run is not None
        return run

    def statuses(self, server: str = "a") -> dict[int, str]:
        return {number: step.status for number, step in self.state().servers[server].steps.items()}

    def events(self) -> list[str]:
        (path,) = self.agenda_dir.glob("journal/*.jsonl")
        return [json.loads(line)["event"] for line in path.read_text().splitlines()]


@pytest.fixture
def recorder(journal: Journal, sop: Sop, clock: Clock, tmp_path: Path) -> Told:
    told = Told(journal, sop, run_id=new_run_id(START), clock=clock)
    told.agenda_dir = tmp_path
    told.begin(
        [Planned("a", "Kantor A", "WIT"), Planned("b")], playbook="x.yml", node="kendali", process=Process(1, 2, "c")
    )
    return told


def perform(recorder: Recorder, server: str, *roles: str, facts: dict[str, Any] | None = None) -> None:
    for role in roles:
        recorder.task_begins(server, role)
        recorder.act_ended(server, role, facts or {})


def test_six_acts_make_an_ok_server_and_all_servers_an_ok_run(recorder: Told, clock: Clock):
    recorder.task_begins("a", "prepare")
    clock.passes(seconds=2)
    recorder.act_ended("a", "prepare", {"override": ""})
    perform(recorder, "a", *ROLES[1:])
    perform(recorder, "b", *ROLES)
    assert recorder.finish()
    state = recorder.state()
    assert state.status == "ok"
    assert {name: server.status for name, server in state.servers.items()} == {"a": "ok", "b": "ok"}
    assert (state.servers["a"].office, state.servers["a"].zone) == ("Kantor A", "WIT")
    step = state.servers["a"].steps[1]
    assert step.ended_at == step.began_at + timedelta(seconds=2)
    assert step.facts == {"override": ""}
    assert recorder.events()[-3:] == ["server_end", "server_end", "run_end"]


def test_many_tasks_of_a_role_are_one_step(recorder: Told):
    for _ in range(3):
        recorder.task_begins("a", "export")
    recorder.act_ended("a", "export", {})
    recorder.task_begins("a", "export")
    assert recorder.events() == ["run_begin", "step_begin", "step_end"]


def test_other_roles_and_other_hosts_leave_no_line(recorder: Told):
    for server, role in (("a", "rehearsal"), ("a", ""), ("localhost", "export")):
        perform(recorder, server, role, facts={"files": [1]})
        recorder.task_failed("localhost", role, "x")
    assert recorder.events() == ["run_begin"]


def test_facts_without_a_begun_step_prove_nothing(recorder: Told):
    recorder.act_ended("a", "export", {"files": [1]})
    recorder.task_begins("a", "export")
    recorder.act_ended("a", "collect", {"files": [1]})
    assert recorder.statuses() == {2: "running"}


def test_a_step_without_its_act_has_failed_when_the_next_begins(recorder: Told):
    recorder.task_begins("a", "prepare")
    recorder.task_begins("a", "export")
    assert recorder.statuses() == {1: "failed", 2: "running"}
    assert "tanpa hasil" in recorder.state().servers["a"].steps[1].reason
    recorder.finish()
    assert recorder.statuses() == {1: "failed", 2: "failed"}


def test_a_failure_ends_the_step_at_once_and_stays(recorder: Told):
    recorder.task_begins("a", "export")
    recorder.task_failed("a", "export", "ORA-31634", facts={"code": "SIAK-210"})
    recorder.act_ended("a", "export", {"files": [1]})
    perform(recorder, "a", "record")
    assert recorder.statuses() == {2: "failed", 6: "ok"}
    assert recorder.state().servers["a"].steps[2].facts == {"code": "SIAK-210"}
    assert not recorder.finish()
    server = recorder.state().servers["a"]
    assert (server.status, server.reason) == ("failed", "langkah 2: ORA-31634")


def test_a_failure_after_the_act_undoes_it(recorder: Told):
    perform(recorder, "a", "export", facts={"files": [1]})
    recorder.task_failed("a", "export", "lalu gagal")
    assert recorder.statuses() == {2: "failed"}


def test_a_failure_before_any_task_began_is_a_step_that_began_and_failed(recorder: Told):
    recorder.task_failed("a", "export", "tidak terjangkau", unreachable=True)
    assert recorder.statuses() == {2: "unreachable"}
    recorder.finish()
    assert recorder.state().servers["a"].status == "unreachable"


def test_a_remedied_failure_leaves_the_word_to_the_act(recorder: Told):
    for server in ("a", "b"):
        recorder.task_begins(server, "export")
        recorder.task_failed(server, "export", "media sibuk", remedied=True)
    recorder.act_ended("a", "export", {})
    recorder.finish()
    assert recorder.statuses("a") == {2: "ok"}
    assert recorder.statuses("b") == {2: "failed"}
    assert recorder.state().servers["b"].steps[2].reason == "media sibuk"


def test_failures_outside_the_sop_make_the_server_fail(recorder: Told):
    perform(recorder, "a", *ROLES)
    recorder.task_failed("a", "", "tugas lain gagal")
    recorder.task_failed("b", "", "tidak terjangkau", unreachable=True)
    assert not recorder.finish()
    servers = recorder.state().servers
    assert (servers["a"].status, servers["a"].reason) == ("failed", "tugas lain gagal")
    assert (servers["b"].status, servers["b"].reason) == ("unreachable", "tidak terjangkau")


def test_a_failure_before_the_first_step_is_not_never_reached(recorder: Told):
    recorder.task_failed("a", "", "gagal sebelum langkah 1")
    recorder.finish()
    assert recorder.state().servers["a"].status == "failed"
    assert recorder.state().servers["b"].status == "never_reached"


def test_a_server_that_skipped_steps_is_not_ok(recorder: Told):
    perform(recorder, "a", "prepare", "export", "record")
    recorder.finish()
    assert recorder.state().servers["a"].reason == "langkah 3, 4, 5 tidak dijalankan"


def test_an_interrupted_run_leaves_its_open_steps_open(recorder: Told):
    perform(recorder, "a", "prepare")
    recorder.task_begins("a", "export")
    recorder.interrupt("dihentikan SIGTERM")
    state = recorder.state()
    assert (state.status, state.reason) == ("interrupted", "dihentikan SIGTERM")
    assert recorder.statuses() == {1: "ok", 2: "interrupted"}
    assert state.servers["a"].reason == "terputus pada langkah 2"
    assert state.servers["b"].status == "never_reached"
    assert recorder.closed


def test_servers_of_later_plays_join(recorder: Told):
    recorder.plan([Planned("c"), Planned("a", "lain")])
    perform(recorder, "c", "prepare")
    recorder.finish()
    assert set(recorder.state().servers) == {"a", "b", "c"}
    assert recorder.state().servers["a"].office == "Kantor A"


@pytest.mark.parametrize("name", ["../x", "", "a b", "-x"])
def test_a_server_whose_name_cannot_name_its_entry_is_refused(recorder: Told, name: str):
    with pytest.raises(ConfigError, match="nama server"):
        recorder.plan([Planned(name)])


def test_a_line_that_cannot_be_written_at_the_end_takes_no_other_with_it(recorder: Told):
    recorder.plan([Planned("c", "k" * 9000)])
    recorder.task_begins("a", "prepare")
    perform(recorder, "b", *ROLES)
    assert not recorder.finish()
    state = recorder.state()
    assert (state.status, state.servers["a"].status, state.servers["b"].status) == ("failed", "failed", "ok")
    assert state.servers["a"].steps[1].status == "failed"
    assert recorder.events().count("server_end") == 2
    assert "agenda sempat tidak tertulis" in state.reason
    assert "office" in recorder.lost


def test_what_was_lost_makes_the_run_fail(recorder: Told):
    perform(recorder, "b", *ROLES)
    perform(recorder, "a", *ROLES[:5])
    recorder.task_begins("a", "record")
    with pytest.raises(AgendaError, match=r"facts\.x"):
        recorder.act_ended("a", "record", {"x": object()})
    recorder.act_ended("a", "record", {})
    assert not recorder.finish()
    state = recorder.state()
    assert {server.status for server in state.servers.values()} == {"ok"}
    assert state.status == "failed"
    assert "agenda sempat tidak tertulis" in state.reason


def test_reasons_and_facts_of_any_size_fit_into_a_line(recorder: Told):
    recorder.task_begins("a", "export")
    recorder.task_failed("a", "export", "x" * 100_000)
    recorder.task_begins("a", "collect")
    files = [{"name": f"{number}.dmp", "size_bytes": 1, "sha256": "ab" * 32} for number in range(900)]
    recorder.act_ended("a", "collect", {"files": files, "verdict": "complete", "note": "y" * 9000})
    steps = recorder.state().servers["a"].steps
    assert len(steps[2].reason) == 3000
    assert steps[3].facts["left_out"] == ["files"]
    assert steps[3].facts["verdict"] == "complete"
    assert len(steps[3].facts["note"]) == 2000
    assert verify(recorder.agenda_dir / "journal") == []


def test_facts_that_fit_are_kept_as_they_are():
    facts = {"files": [{"name": "a", "n": None}], "tuple": [1, 2], "x": 1.5}
    assert fit(facts) == facts
