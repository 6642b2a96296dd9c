# SPDX-License-Identifier: GPL-3.0-or-later
"""Small nights in which anything may happen: which strategy, which servers, which failures, which signal and when.

Each step's act leaves a witness once it has really finished, so that the journal can be held against it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from night import ROOT
from siak_backup.agenda.chain import verify
from siak_backup.agenda.entry import entry_path
from siak_backup.agenda.journal import journal_files
from siak_backup.agenda.judge import judge_server
from siak_backup.agenda.ledger import RunState, lines_holding, runs
from siak_backup.sop import load_sop
from small_night import FILES, SmallNight

#: Of one run, its SIGKILLed remains included.
LIMIT_S = 90

ACT = """
import json
import os
import time
from pathlib import Path
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        wish = self._task.args
        time.sleep(float(wish.get("sleep_s", 0)))
        if wish.get("fail"):
            return {"changed": False, "failed": True, "msg": str(wish["fail"])}
        run = json.loads(os.environ["SIAK_RUN"])["id"]
        Path(str(wish["witness"]), f"{run}_{task_vars['inventory_hostname']}_{wish['step']}").touch()
        return {"changed": False, "agenda": wish["facts"]}
"""


def act(step: int, **facts: Any) -> dict[str, Any]:
    wish = {"facts": facts, "step": step, "witness": "{{ witness }}", "sleep_s": "{{ sleep_s }}"}
    return {"name": "Act", "act": wish}


REFUSED = {"name": "Gagal", "act": {"fail": "media penuh"}}
COPY = act(2, files=FILES, path="/arsip/a/09jan2025")
DEBUG = {"name": "R", "ansible.builtin.debug": {}}

CASES: dict[str, list[dict[str, Any]]] = {
    "ok": [COPY],
    "fail": [REFUSED, COPY],
    "fail_after_act": [COPY, REFUSED],
    "ignored": [REFUSED | {"ignore_errors": True}, COPY],
    "ignored_act": [REFUSED | {"ignore_errors": True}],
    "rescued": [{"name": "B", "block": [REFUSED], "rescue": [DEBUG]}, COPY],
    "rescue_fails": [{"name": "B", "block": [REFUSED], "rescue": [REFUSED]}],
    "retry": [REFUSED | {"retries": 2, "delay": 0, "register": "tried", "until": "tried is succeeded"}, COPY],
    "no_act": [DEBUG],
    "skipped_act": [COPY | {"when": False}],
    "unreachable": [{"name": "Ask", "ansible.builtin.command": {"argv": ["true"]}}],
}


@dataclass
class Started:
    """A run of ansible-playbook, and the signal that it got, if any."""

    process: subprocess.Popen[str]
    cases: dict[str, str]
    signalled: signal.Signals | None = None
    output: str = ""


class Restless(SmallNight):
    """One control node through many nights."""

    @property
    def witness(self) -> Path:
        return self.var / "witness"

    def furnish(self) -> None:
        """Write what every night shares."""
        self.witness.mkdir(parents=True)
        self.prepare({"x": "ok"}, play={}, outer={})
        self.write("action_plugins/act.py", ACT)
        self.write("roles/siap/tasks/main.yml", [act(1, override="")])
        self.write("roles/catat/tasks/main.yml", [act(3, entry="x.txt")])
        for case, tasks in CASES.items():
            self.write(f"roles/salin/tasks/{case}.yml", tasks)
        (playbook,) = json.loads((self.var / "malam.yml").read_text())[1:]
        self._play: dict[str, Any] = playbook

    def begin(self, name: str, cases: dict[str, str], sleep_s: float, **play: Any) -> Started:
        """Start a night of its own inventory and playbook."""
        hosts = {
            host: {"case": case, "siak_office": f"Kantor {host}"}
            | ({"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": "9"}
               if case == "unreachable" else {})
            for host, case in cases.items()
        }  # fmt: skip
        shared = {
            "ansible_connection": "local", "ansible_python_interpreter": sys.executable, "siak_zone": "WITA",
            "witness": str(self.witness), "sleep_s": sleep_s,
        }  # fmt: skip
        inventory = self.write(f"{name}.hosts.json", {"siak": {"hosts": hosts, "vars": shared}})
        playbook = self.write(f"{name}.yml", [self._play | play])
        command = [str(Path(sys.executable).parent / "ansible-playbook"), str(playbook), "-i", str(inventory)]
        process = subprocess.Popen(
            command, cwd=self.var, env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        return Started(process, cases)

    def scenario(self, number: int, chance: random.Random) -> list[Started]:
        """Run one night, or two at once, and let befall them what chance has."""
        started = []
        for each in range(2 if chance.random() < 0.25 else 1):
            names = chance.sample(["a", "b", "c", "d", "e"], chance.randint(1, 4))
            cases = {name: chance.choice([*CASES, "ok", "ok", "ok"]) for name in names}
            play: dict[str, Any] = {"strategy": chance.choice(["free", "linear", "host_pinned"])}
            if chance.random() < 0.25:
                play["serial"] = chance.randint(1, 2)
            started.append(self.begin(f"malam-{number}-{each}", cases, chance.choice([0, 0, 0.1, 0.4]), **play))
        for run in started:
            if chance.random() < 0.6:
                self._befall(run, chance)
        for run in started:
            run.output = run.process.communicate(timeout=LIMIT_S)[0]
        return started

    def _befall(self, run: Started, chance: random.Random) -> None:
        number = chance.choice([signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL, signal.SIGKILL])
        if chance.random() < 0.7:
            # Most nights are hit while they are recorded, not while Ansible loads itself.
            deadline = time.monotonic() + LIMIT_S
            while run.process.poll() is None and not self._has_begun(run) and time.monotonic() < deadline:
                time.sleep(0.01)
        time.sleep(chance.uniform(0, 1.2))
        if run.process.poll() is None:
            run.signalled = number
            # A terminal signals the whole group, kill(1) the one process.
            send = os.killpg if chance.random() < 0.5 else os.kill
            send(run.process.pid, number)

    def _has_begun(self, run: Started) -> bool:
        return any(path.name for path in (self.agenda / "progress").glob("*")) and self.run_of(run) is not None

    def told(self) -> dict[str, RunState]:
        """Return all runs of the journal."""
        return runs(lines_holding(journal_files(self.journal), '"run":')) if self.journal.is_dir() else {}

    def run_of(self, run: Started) -> RunState | None:
        """Return what the journal tells of a process; the newest, for a pid may come again."""
        own = [each for each in self.told().values() if each.process and each.process.pid == run.process.pid]
        return own[-1] if own else None

    def assert_true(self, started: list[Started]) -> None:
        """Hold the journal against the witnesses and the exit codes."""
        assert verify(self.journal) == []
        sop = load_sop(self.var / "sop.yml")
        for told in self.told().values():
            assert told.status != "running", told.id
            for server in told.servers.values():
                assert entry_path(self.agenda, told, server).is_file(), (told.id, server.name)
                for judged in judge_server(sop, server):
                    state = judged.state
                    if state is None:
                        continue
                    assert (state.status == "interrupted") == (state.ended_at is None), (told.id, state)
                    if state.status == "ok" or judged.verdict == "sesuai":
                        assert (self.witness / f"{told.id}_{server.name}_{state.step}").exists(), (told.id, state)
        for run in started:
            self._assert_exit_code(run)

    def _assert_exit_code(self, run: Started) -> None:
        told, code = self.run_of(run), run.process.returncode
        if told is None:
            # It was hit before its first line; nothing was begun.
            assert run.signalled is not None, run.output
            assert code != 0
            return
        # A signal may come after the run's own end; but nothing that failed ends with 0.
        assert code != 0 or told.status == "ok", (run.cases, told, run.output)


def restless(var: Path) -> Restless:
    """Return a furnished control node."""
    night = Restless(var)
    night.furnish()
    assert ROOT.is_dir()
    return night
