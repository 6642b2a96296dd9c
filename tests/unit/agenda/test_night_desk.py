# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts around the recorder: a whole run, the shield, the ticker, the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from desk import ROOT, START, Clock
from siak_backup.agenda.chain import verify
from siak_backup.agenda.journal import Journal, node_name
from siak_backup.agenda.ledger import run_of
from siak_backup.agenda.night import Night, Settings, begin, hand_over, progress_dir
from siak_backup.agenda.recorder import Planned
from siak_backup.agenda.report import told_run
from siak_backup.agenda.shield import Shield
from siak_backup.agenda.ticker import Ticker
from siak_backup.errors import AgendaError, ConfigError, SopError
from siak_backup.process import Process
from siak_backup.progress import ProgressWriter

DEAD = {
    "event": "run_begin", "run": "20250108T093500Z-dead00", "servers": ["a"], "sop": "x", "node": "n",
    "pid": 1, "started_ticks": 0, "boot_id": "another boot",
}  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "agenda", ROOT / "sop/backup-database.yml", progress_interval_s=0.01)


def start(settings: Settings, clock: Clock, said: list[str] | None = None) -> Night:
    say = [].append if said is None else said.append
    return begin(settings, [Planned("a"), Planned("b")], playbook="x.yml", clock=clock, say=say)


def test_a_night_from_its_first_line_to_its_table(settings: Settings, clock: Clock):
    night = start(settings, clock)
    night.recorder.task_begins("a", "prepare")
    assert progress_dir(settings.agenda_dir, night.recorder.run_id).is_dir()
    lines = night.finish(width=120)
    assert any("a: gagal" in line for line in lines)
    assert len(list(settings.agenda_dir.glob("entri/2025-01-09/*.txt"))) == 2
    assert list((settings.agenda_dir / "progress").iterdir()) == []
    assert verify(settings.agenda_dir / "journal") == []
    night.interrupt("terlambat")
    assert told_run(settings.agenda_dir, night.recorder.run_id).status == "failed"


def test_a_run_of_some_steps_is_judged_by_these_alone(settings: Settings, clock: Clock):
    def begun(*roles: str) -> Night:
        say = [].append
        return begin(settings, [Planned("a")], playbook="x.yml", clock=clock, say=say, roles=roles)

    night = begun("record", "copy_media")
    for role, facts in (("prepare", {}), ("copy_media", {"nothing_lacks": True}), ("record", {"entry": "x"})):
        night.recorder.task_begins("a", role)
        night.recorder.act_ended("a", role, facts)
    assert any(line.endswith("a: berhasil") for line in night.finish(width=120))
    run = told_run(settings.agenda_dir, night.recorder.run_id)
    assert (run.steps, run.status, list(run.servers["a"].steps)) == ((5, 6), "ok", [5, 6])
    with pytest.raises(ConfigError, match="role 'panggang'"):
        begun("panggang")


def test_an_interrupted_night_has_entries_too(settings: Settings, clock: Clock):
    night = start(settings, clock)
    night.interrupt("dihentikan SIGTERM")
    assert len(list(settings.agenda_dir.glob("entri/*/*.txt"))) == 2
    assert list((settings.agenda_dir / "progress").iterdir()) == []


def test_the_next_night_closes_the_dead_and_leaves_the_living(settings: Settings, clock: Clock):
    living = start(settings, clock)
    Journal(settings.agenda_dir, node=node_name(), clock=clock).append(DEAD)
    for name in (DEAD["run"], "20240101T000000Z-left00"):
        progress_dir(settings.agenda_dir, str(name)).mkdir()
    second = start(settings, clock)
    dead = run_of(settings.agenda_dir, str(DEAD["run"]))
    assert dead is not None
    assert dead.status == "interrupted"
    assert told_run(settings.agenda_dir, living.recorder.run_id).status == "running"
    left = {folder.name for folder in (settings.agenda_dir / "progress").iterdir()}
    assert left == {living.recorder.run_id, second.recorder.run_id}
    assert [path.name for path in settings.agenda_dir.glob("entri/*/*dead00*")] == ["20250108T093500Z-dead00-a.txt"]
    living.finish(width=80)
    second.finish(width=80)


def test_what_was_lost_is_told_after_the_table(settings: Settings, clock: Clock):
    night = start(settings, clock)
    night.recorder.plan([Planned("c", "k" * 9000)])
    assert night.finish(width=120)[-1].startswith("Agenda sempat tidak tertulis: SIAK-600")
    assert told_run(settings.agenda_dir, night.recorder.run_id).status == "failed"


def test_the_run_is_handed_over_as_json(settings: Settings):
    run = json.loads(hand_over(settings, "20250109T093500Z-abcdef"))
    assert run == {
        "id": "20250109T093500Z-abcdef",
        "pid": os.getpid(),
        "agenda_dir": str(settings.agenda_dir),
        "progress_dir": str(settings.agenda_dir / "progress/20250109T093500Z-abcdef"),
        "sop_path": str(settings.sop_path),
        "sop_number": "000.8.3.3/24/1.Dukcapil/2025",
    }
    assert json.loads(hand_over(settings, "x", check=True))["check"] is True


def test_a_night_without_its_sop_does_not_begin(tmp_path: Path, clock: Clock):
    with pytest.raises(SopError):
        begin(Settings(tmp_path, tmp_path / "none.yml"), [], playbook="x", clock=clock, say=print)
    assert not (tmp_path / "journal").exists()


def test_a_run_that_is_not_told_is_an_error(journal: Journal, tmp_path: Path):
    with pytest.raises(AgendaError, match="tidak ada di jurnal"):
        told_run(tmp_path, "20250109T093500Z-abcdef")


def test_the_shield_lets_a_signal_wait():
    acts: list[str] = []
    shield = Shield()
    with shield:
        with shield:
            shield.after(lambda: acts.append("signal"))
        assert acts == []
        acts.append("line written")
    assert acts == ["line written", "signal"]
    shield.after(lambda: acts.append("at once"))
    assert acts[-1] == "at once"
    with shield:
        pass
    assert len(acts) == 3


def test_the_ticker_says_what_changed_once(tmp_path: Path):
    said: list[str] = []
    under_way = {("a", 2)}
    ticker = Ticker(tmp_path, said.append, is_open=lambda *step: step in under_way, interval_s=60)
    ticker.look()
    writer = ProgressWriter(tmp_path / "a.json", server="a", step=2, clock=lambda: START, min_interval_s=0)
    writer("ekspor", percent=10)
    (tmp_path / "b.json").write_text("rusak")
    ticker.look()
    ticker.look()
    writer("ekspor", 1, 1)
    ticker.look()
    under_way.clear()
    writer("ekspor", 2, 2)
    ticker.look()
    assert said == ["a · langkah 2 ekspor: 10 %", "a · langkah 2 ekspor: 100 %, 1 B dari 1 B"]


def test_the_ticker_runs_until_it_is_stopped(tmp_path: Path):
    heard = threading.Event()
    ticker = Ticker(tmp_path, lambda _: heard.set(), is_open=lambda *_: True, interval_s=0.01)
    ticker.start()
    ProgressWriter(tmp_path / "a.json", server="a", step=2, clock=lambda: START)("ekspor", percent=1)
    assert heard.wait(5)
    ticker.stop()
    assert not ticker._thread.is_alive()


def test_a_process_is_itself_only_while_it_runs():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    ticks = int(Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[19])
    current = Process.current()
    process = Process(child.pid, ticks, current.boot_id)
    assert current.is_running()
    assert process.is_running()
    assert not Process(child.pid, ticks + 1, current.boot_id).is_running()
    assert not Process(child.pid, ticks, "another boot").is_running()
    child.communicate(b"\n", timeout=10)
    assert not process.is_running()
