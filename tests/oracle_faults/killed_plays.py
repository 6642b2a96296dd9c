# SPDX-License-Identifier: GPL-3.0-or-later
"""A control node whose ansible-playbook is killed at a moment of chance, night after night, and what must hold then.

Every killed run is followed by a whole night. Everything that says how a night went is held against what is on disk.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from siak_backup.agenda.chain import verify
from siak_backup.agenda.entry import entry_path
from siak_backup.agenda.freshness import History, read_history
from siak_backup.agenda.journal import journal_files
from siak_backup.agenda.judge import judge_server
from siak_backup.agenda.ledger import RunState, lines_holding, runs
from siak_backup.archive.folder import prove, read_folder
from siak_backup.oracle.names import job_name
from siak_backup.sop import load_sop
from siak_backup.status.settings import StatusSettings
from siak_backup.status.view import build_view

from rehearsal import admin
from rehearsal.state import StateDir
from tests.play.night import ROOT, Night
from tests.unit.archive.nights import published

SERVER = "sukamara"
RESIDENTS = 60
#: Slow enough that the next night finds the job of a killed one still at work.
SERVER_OPTIONS = ("--export-rate=20000",)
#: The steps in which a run is killed.
STEPS = range(1, 6)
#: Set by `python -m tests.oracle_faults.kills`; without them a sample runs, always the same.
COUNT, SEED = "SIAK_KILLS", "SIAK_KILLS_SEED"
_SAMPLE, _SAMPLE_SEED = 4, 620899
_SOP = load_sop(ROOT / "sop/backup-database.yml")
#: Grades of a night that went well.
_GOOD = {"berhasil", "peringatan"}
#: What may become of a killed run's job: the next night finishes it.
ADOPTED = "adopted"
_POLL_S = 0.005
_LIMIT_S = 60.0


@dataclass(frozen=True)
class Blow:
    """How a run is killed: when, as a share of the time from step 1's begin to step 5's end, and what of it.

    `whole` kills every process of the run, as the machine's memory running out or its power does; otherwise the one
    process that a person would kill, whose module lives on. `at_once` begins the next night beside that module.
    """

    share: float
    whole: bool
    at_once: bool


def asked_count() -> int:
    """Return how many runs are to be killed."""
    return int(os.environ.get(COUNT, _SAMPLE))


def asked_seed() -> int:
    """Return what chance begins with."""
    return int(os.environ.get(SEED, _SAMPLE_SEED))


def blows(seed: int, count: int) -> list[Blow]:
    """Return `count` moments, one at random from each `count`th of a night, shuffled."""
    chance = random.Random(seed)
    shares = [(number + chance.random()) / count for number in range(count)]
    chance.shuffle(shares)
    return [Blow(share, chance.random() < 0.5, chance.random() < 0.5) for share in shares]


@dataclass(frozen=True)
class Hit:
    """What a blow met: the run, the last step it had begun, and whether its job was at work when it lay dead."""

    run: str
    step: int
    job_at_work: bool


@dataclass
class KilledPlays:
    """One control node and one server, whose first night was good.

    `width_s` is how long the last whole night took from step 1's begin to step 5's end.
    """

    night: Night
    width_s: float = 0.0
    kept: dict[str, bytes] = field(default_factory=dict)

    def begin(self) -> KilledPlays:
        """Perform the first night."""
        done = self.night.run(f"--limit={SERVER}")
        assert done.returncode == 0, done.stdout + done.stderr
        (run,) = self.told().values()
        self.width_s = _width_s(run)
        self.kept = self.published()
        assert len(self.folders("archive")) == len(self.folders("medium")) == 1
        return self

    def kill_one(self, blow: Blow) -> Hit:
        """Kill a run and hold what it left against its claims."""
        process, seen = self._start()
        self.night.wait_for(seen.has_begun, process, limit_s=_LIMIT_S)
        time.sleep(blow.share * self.width_s)
        process.send_signal(signal.SIGKILL)
        if blow.whole:
            self._kill_the_rest()
        process.communicate(timeout=_LIMIT_S)
        if not blow.at_once:
            self.night.settle()
        (run,) = [told for told in self.told().values() if told.process and told.process.pid == process.pid][-1:]
        steps = run.servers[SERVER].steps
        hit = Hit(run.id, max(steps), bool(self.running()))
        if hit.step <= max(STEPS):
            assert process.returncode != 0
            self._assert_no_false_ok(run)
        self.assert_untouched()
        return hit

    def night_after(self, hit: Hit) -> str:
        """Perform a whole night after a killed one, which must go well; return what became of the killed one's job."""
        killed = hit.run
        before = {place: len(self.folders(place)) for place in ("archive", "medium")}
        done = self.night.run(f"--limit={SERVER}")
        assert done.returncode == 0, done.stdout + done.stderr
        self.night.settle()
        told = self.told()
        last = list(told)[-1]
        server = told[last].servers[SERVER]
        assert {judged.verdict for judged in judge_server(_SOP, server)} == {"sesuai"}, server
        if hit.step <= max(STEPS):
            assert told[killed].status == "interrupted", told[killed]
            self._assert_no_false_ok(told[killed])
            entry = entry_path(self.night.agenda, told[killed], told[killed].servers[SERVER])
            assert "terputus" in entry.read_text(), entry
        assert verify(self.night.agenda / "journal") == []
        assert self._history().last[SERVER].copied.run == last  # type: ignore[union-attr]
        fate = self._fate(hit, server.steps[2].facts)
        if fate != ADOPTED:
            self.width_s = _width_s(told[last])
        for place, count in before.items():
            assert len(self.folders(place)) > count, place
        assert not [path.name for path in (self.night.archive / SERVER).glob(".masuk-*")]
        assert not [path.name for path in (self.night.medium / SERVER).glob(".part-*")]
        self.assert_untouched()
        self.kept = self.published()
        return fate

    def _assert_no_false_ok(self, run: RunState) -> None:
        """A run that was killed is nowhere a success, and what it calls done is there."""
        server = run.servers[SERVER]
        assert run.status != "ok", run
        assert server.status != "ok", run
        for judged in judge_server(_SOP, server):
            if judged.verdict != "sesuai":
                continue
            facts = judged.state.facts  # type: ignore[union-attr]
            if judged.step.number == 4:
                prove(read_folder(Path(facts["path"])))
            if judged.step.number == 5:
                for copy in facts["copies"]:
                    prove(read_folder(Path(copy["path"])))
        ended = {number for number, step in server.steps.items() if step.status == "ok"}
        history = self._history()
        last = history.last[SERVER]
        assert last.run is None or last.run.run != run.id or last.run.grade not in _GOOD, last
        assert last.proven is not None
        assert last.copied is not None
        assert last.proven.run != run.id or 4 in ended, last
        assert last.copied.run != run.id or 5 in ended, last
        page = build_view(
            period=history.recent, older={}, expected=[], sop=_SOP, now=datetime.now(UTC), settings=StatusSettings()
        )
        shown = [night.state for view in page.servers for night in view.nights if night.began_at == run.began_at]
        assert not set(shown) & _GOOD, shown

    def _fate(self, hit: Hit, exported: dict[str, Any]) -> str:
        """Say what became of a killed night's job. None is at work any more, and never were two."""
        deadline = time.monotonic() + _LIMIT_S
        while (running := self.running()) and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        assert not running, running
        assert self._jobs()[1] == 1, "two exports ran at once"
        assert exported["adopted_run"] in ("", hit.run), exported
        assert set(exported["cleared_jobs"]) <= {job_name(hit.run)}, exported
        if exported["adopted_run"]:
            return ADOPTED
        if exported["cleared_jobs"]:
            return "stopped"
        return "ended by itself" if hit.job_at_work or hit.step > 2 else "none, or ended by itself"

    def assert_untouched(self) -> None:
        """Every night of before is in the archive and on the medium, byte for byte; every dated folder is whole."""
        now = self.published()
        lost = [name for name, data in self.kept.items() if now.get(name) != data]
        assert not lost, f"lost: {lost}"
        for place in ("archive", "medium"):
            for folder in self.folders(place):
                prove(read_folder(folder))

    def published(self) -> dict[str, bytes]:
        """Return every file of every dated folder."""
        return published(archive=self.folders("archive"), medium=self.folders("medium"))

    def folders(self, place: str) -> list[Path]:
        """Return the dated folders of the archive or of the medium."""
        return self.night.folders(SERVER, {"archive": self.night.archive, "medium": self.night.medium}[place])

    def running(self) -> list[str]:
        """Return the Data Pump jobs at work."""
        return self._jobs()[0]

    def told(self) -> dict[str, RunState]:
        """Return all runs of the journal, in the order they began."""
        return runs(lines_holding(journal_files(self.night.agenda / "journal"), '"run":'))

    def _history(self) -> History:
        """Return what freshness and the status page are told from."""
        now = datetime.now(UTC)
        return read_history(self.night.agenda, _SOP, [SERVER], now=now, rehearsals=[SERVER])

    def _jobs(self) -> tuple[list[str], int]:
        request = {"command": "jobs", "service": SERVER, "faults": {}}
        told = admin.ask(StateDir(self.night.state).admin_socket, request)["jobs"][SERVER]
        return told["running"], told["most_at_once"]

    def _start(self) -> tuple[subprocess.Popen[str], _NewLines]:
        seen = _NewLines(self.night.agenda / "journal")
        return self.night.start(f"--limit={SERVER}"), seen

    def _kill_the_rest(self) -> None:
        """Kill workers and modules, which have the agenda in their environment and sessions of their own."""
        deadline = time.monotonic() + _LIMIT_S
        while left := [path for path in Path("/proc").glob("[0-9]*") if _belongs_to(path, self.night.agenda)]:
            assert time.monotonic() < deadline, left
            for path in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(path.name), signal.SIGKILL)
            time.sleep(_POLL_S)


class _NewLines:
    """What has been appended to a journal since."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sizes = {path: path.stat().st_size for path in folder.glob("*.jsonl")}

    def has_begun(self) -> bool:
        """Tell whether a run has begun step 1."""
        for path in self._folder.glob("*.jsonl"):
            with path.open("rb") as file:
                file.seek(self._sizes.get(path, 0))
                if b'"event":"step_begin"' in file.read():
                    return True
        return False


def _width_s(run: RunState) -> float:
    steps = run.servers[SERVER].steps
    ended_at = steps[max(STEPS)].ended_at
    assert ended_at is not None, run
    return (ended_at - steps[1].began_at).total_seconds()


def _belongs_to(process: Path, agenda: Path) -> bool:
    try:
        return str(agenda).encode() in (process / "environ").read_bytes()
    except OSError:
        return False
