# SPDX-License-Identifier: GPL-3.0-or-later
"""A night in miniature: a three-step SOP, roles of one or two tasks, and the real callback under real ansible-playbook.

The act is an action plugin, so that a whole run takes about a second.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from night import ROOT, Night

#: Said to the act as an argument of each task; it must be found nowhere.
CANARY = "burung-kenari-7731"

ACT = """
import time
from pathlib import Path
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        wish = self._task.args
        if wish.get("flag"):
            Path(str(wish["flag"])).touch()
        time.sleep(float(wish.get("sleep_s", 0)))
        result = {"changed": False}
        if wish.get("fail"):
            result |= {"failed": True, "msg": str(wish["fail"]), "error": {"code": "SIAK-999"}}
        if "facts" in wish:
            result["agenda"] = wish["facts"]
        return result
"""

FILES = [{"name": "master.dmp", "size_bytes": 18_900_000, "sha256": "ab" * 32}]
REFUSED = {"name": "Gagal", "act": {"fail": "media penuh", "secret": CANARY}}


def act(**facts: Any) -> dict[str, Any]:
    return {"name": "Act", "act": {"facts": facts, "secret": CANARY}, "no_log": False}


COPY = act(files=FILES, path="/arsip/a/09jan2025", rehearsal=True)

#: What the second step does, by the name of the case.
CASES: dict[str, list[dict[str, Any]]] = {
    "ok": [{"name": "Look", "ansible.builtin.debug": {"msg": "x"}}, COPY],
    "fail": [REFUSED, COPY],
    "fail_no_log": [REFUSED | {"no_log": True}, COPY],
    "fail_after_act": [COPY, REFUSED],
    "ignored": [REFUSED | {"ignore_errors": True}, COPY],
    "ignored_act": [REFUSED | {"ignore_errors": True}],
    "rescued": [{"name": "B", "block": [REFUSED], "rescue": [{"name": "R", "ansible.builtin.debug": {}}]}, COPY],
    "rescue_fails": [{"name": "B", "block": [REFUSED], "rescue": [{"name": "R", "act": {"fail": "tetap gagal"}}]}],
    "loop": [{"name": "Loop", "ansible.builtin.debug": {"msg": "{{ item }}"}, "loop": [1, 2]}, COPY],
    "retry": [REFUSED | {"retries": 2, "delay": 0, "register": "tried", "until": "tried is succeeded"}, COPY],
    "no_act": [{"name": "Look", "ansible.builtin.debug": {"msg": "x"}}],
    "skipped_act": [COPY | {"when": False}],
    "odd_facts": [act(files=FILES, nested=[[[[[[[[[[1]]]]]]]]]])],
    "waits": [{"name": "Wait", "act": {"flag": "{{ flag }}", "sleep_s": 30}}, COPY],
    "unwritable": [{"name": "Away", "ansible.builtin.command": {"argv": ["mv", "{{ journal }}", "{{ journal }}.x"]}},
                   {"name": "Block", "ansible.builtin.file": {"path": "{{ journal }}", "state": "touch"}}, COPY],
}  # fmt: skip


def sop() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "sop/backup-database.yml").read_text())
    steps = [content["langkah"][0], content["langkah"][1], content["langkah"][5]]
    for step, role in zip(steps, ("siap", "salin", "catat"), strict=True):
        step["role"] = role
    return content | {"langkah": steps}


class SmallNight(Night):
    """The folder holds the playbook, the roles, the SOP and the agenda."""

    @property
    def journal(self) -> Path:
        return self.agenda / "journal"

    def write(self, name: str, content: Any) -> Path:
        path = self.var / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def prepare(
        self,
        cases: dict[str, str],
        *,
        play: dict[str, Any],
        outer: dict[str, Any],
        later: Sequence[dict[str, Any]] = (),
    ) -> list[str]:
        """Write everything and return the command. A host whose case is `unreachable` is asked for by ssh in vain.

        `later` are tasks of a play that closes the run first; every server whose night failed comes to it.
        """
        self.write("action_plugins/act.py", ACT)
        self.write("sop.yml", sop())
        self.write("roles/siap/tasks/main.yml", [act(override="")])
        self.write("roles/catat/tasks/main.yml", [act(entry="x.txt")])
        for case, tasks in CASES.items():
            self.write(f"roles/salin/tasks/{case}.yml", tasks)
        self.write(
            "roles/salin/tasks/unreachable.yml", [{"name": "Ask", "ansible.builtin.command": {"argv": ["true"]}}]
        )
        hosts = {name: {"case": case, "siak_office": f"Kantor {name}"} for name, case in cases.items()}
        for name in (name for name, case in cases.items() if case == "unreachable"):
            hosts[name] |= {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": "9"}
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, "siak_zone": "WITA"}
        variables = {"flag": str(self.var / "waiting"), "journal": str(self.journal)}
        self.write("hosts.json", {"siak": {"hosts": hosts, "vars": local | variables}})
        self.write("roles/salin/tasks/main.yml", [{"name": "Case", "ansible.builtin.include_tasks": "{{ case }}.yml"}])
        steps = {
            "name": "Steps",
            "block": [
                {"name": "1", "ansible.builtin.import_role": {"name": "siap"}},
                {"name": "2", "ansible.builtin.import_role": {"name": "salin"}},
            ],
            "always": [{"name": "3", "ansible.builtin.import_role": {"name": "catat"}}],
        }
        night = {"name": "Night", "hosts": "siak", "gather_facts": False, "vars": {"siak_sop": "uji"}}
        aside = {"name": "Aside", "hosts": "localhost", "gather_facts": False, "tasks": [act(entry="bukan")]}
        plays = [aside, night | play | {"tasks": [steps | outer]}]
        if later:
            go_on = {"name": "Go on", "ansible.builtin.debug": {"msg": "x"}}
            plays[1]["tasks"] = [{"name": "All", "block": [steps | outer], "rescue": [go_on]}]
            closing = {"name": "Later", "hosts": "siak", "gather_facts": False, "strategy": "linear"}
            plays.append(closing | {"vars": {"siak_sop_closes": True}, "tasks": list(later)})
        self.write("malam.yml", plays)
        return [
            str(Path(sys.executable).parent / "ansible-playbook"),
            str(self.var / "malam.yml"),
            "-i",
            str(self.var / "hosts.json"),
        ]

    def environment(self) -> dict[str, str]:
        paths = {"ANSIBLE_ROLES_PATH": str(self.var / "roles"), "SIAK_SOP_PATH": str(self.var / "sop.yml")}
        return super().environment() | paths | {"ANSIBLE_SSH_ARGS": "-o ConnectTimeout=2 -o BatchMode=yes"}

    def go(
        self,
        cases: dict[str, str],
        *arguments: str,
        outer: dict[str, Any] | None = None,
        later: Sequence[dict[str, Any]] = (),
        **play: Any,
    ) -> subprocess.CompletedProcess[str]:
        command = [*self.prepare(cases, play=play, outer=outer or {}, later=later), *arguments]
        return subprocess.run(
            command, cwd=self.var, env=self.environment(), capture_output=True, text=True, timeout=60, check=False
        )

    def launch(self, cases: dict[str, str], **play: Any) -> subprocess.Popen[str]:
        """Start a run whose second step waits, and return once it does."""
        command = self.prepare(cases, play=play, outer={})
        run = subprocess.Popen(
            command, cwd=self.var, env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        self.wait_for((self.var / "waiting").exists, run, limit_s=30)
        return run

    def ends(self, server: str, run: str | None = None) -> dict[int, str]:
        return {step: line["status"] for step, line in self.steps(server, run=run).items()}

    def server_ends(self, run: str | None = None) -> dict[str, str]:
        return {
            line["server"]: line["status"]
            for line in self.lines()
            if line["event"] == "server_end" and run in (None, line["run"])
        }

    def everything_written(self) -> bytes:
        """Every byte under the agenda folder."""
        return b"".join(path.read_bytes() for path in self.agenda.rglob("*") if path.is_file())
