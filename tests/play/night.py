# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs whole nights in a folder of their own and reads what they left."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from siak_backup.calendar import zone
from siak_backup.media.marker import read_marker

from tests.unit.media.desk import register

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
RUN_LIMIT_S = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def zone_far_from_midnight() -> str:
    """Nights of one test must fall on one date, and 16 o'clock UTC is the hour before midnight WIB."""
    return "WIT" if datetime.now(UTC).hour == 16 else "WIB"


@dataclass
class Night:
    """One control node: its folders, its rehearsal server, its runs."""

    var: Path
    databases: tuple[str, ...] = ("sukamara=600", "lamandau=200")
    extra: dict[str, Any] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    @property
    def archive(self) -> Path:
        return self.var / "archive"

    @property
    def medium(self) -> Path:
        return self.var / "medium"

    @property
    def agenda(self) -> Path:
        return self.var / "agenda"

    @property
    def state(self) -> Path:
        return self.var / "rehearsal"

    def today(self) -> date:
        """Return the date on the office's clock."""
        return zone(zone_far_from_midnight()).local(datetime.now(UTC)).date()

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "SIAK_", "COV_", "COVERAGE_"))}
        return kept | {
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
            "COLUMNS": "160",
            "SIAK_AGENDA_DIR": str(self.agenda),
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        }

    def variables(self, **more: Any) -> str:
        return json.dumps(
            {
                "siak_var_dir": str(self.var),
                "siak_zone": zone_far_from_midnight(),
                "rehearsal_port": self.port,
                "rehearsal_databases": list(self.databases),
                "export_poll_interval_s": 1,
                # Papers take a second; the tests that are about them ask for them.
                "siak_report": [],
            }
            | self.extra
            | more
        )

    def command(self, *arguments: str, playbook: str = "backup.yml", **variables: Any) -> list[str]:
        return [str(BIN / "ansible-playbook"), playbook, "-e", self.variables(**variables), *arguments]

    def run(
        self, *arguments: str, playbook: str = "backup.yml", prefix: tuple[str, ...] = (), **variables: Any
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*prefix, *self.command(*arguments, playbook=playbook, **variables)],
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_LIMIT_S,
            check=False,
        )

    def start(self, *arguments: str, **variables: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments, **variables),
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def settle(self, limit_s: float = 30) -> None:
        """Wait until nothing that a run left behind works on: a module lives on when its ansible-playbook is killed."""
        deadline = time.monotonic() + limit_s
        while any(_works_for(process, str(self.agenda)) for process in Path("/proc").glob("[0-9]*")):
            assert time.monotonic() < deadline, f"something of the killed run still works after {limit_s} s"
            time.sleep(0.02)

    def rehearsal(self, command: str, *arguments: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "rehearsal", command, f"--state-dir={self.state}", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=RUN_LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return dict(json.loads(done.stdout))

    @contextmanager
    def server(self, *options: str) -> Iterator[dict[str, Any]]:
        """A rehearsal server that was there before the runs and outlives them."""
        databases = [f"--database={name}" for name in self.databases]
        self.archive.mkdir(parents=True, exist_ok=True)
        self.medium.mkdir(parents=True, exist_ok=True)
        if read_marker(self.medium) is None:
            register(self.medium, "GLADI-01", serial="", purpose="gladi", group="")
        try:
            yield self.rehearsal("start", f"--port={self.port}", *databases, *options)
        finally:
            self.rehearsal("stop")

    def lines(self) -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for path in sorted((self.agenda / "journal").glob("*.jsonl"))
            for line in path.read_text().splitlines()
        ]

    def steps(self, server: str, event: str = "step_end", run: str | None = None) -> dict[int, dict[str, Any]]:
        return {
            line["step"]: line
            for line in self.lines()
            if line["event"] == event and line["server"] == server and run in (None, line["run"])
        }

    def runs(self) -> list[str]:
        return [line["run"] for line in self.lines() if line["event"] == "run_begin"]

    def folders(self, server: str, root: Path | None = None) -> list[Path]:
        base = (root or self.archive) / server
        return sorted(p for p in base.iterdir() if not p.name.startswith(".")) if base.is_dir() else []

    def entry(self, server: str, run: str | None = None) -> str:
        (path,) = self.agenda.glob(f"entri/*/{run or self.runs()[-1]}-{server}.txt")
        return path.read_text()

    def papers(self, run: str) -> list[str]:
        """Return the names of a run's Laporan."""
        return sorted(path.name for path in self.agenda.glob(f"laporan/*/Laporan-{run}*.pdf"))

    def verify_journal(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "siak_backup.agenda", "verify", str(self.agenda / "journal")],
            env=self.environment() | {"PYTHONPATH": str(ROOT / "module_utils")},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def assert_whole(self, folder: Path) -> dict[str, Any]:
        """Check a published folder as a person would; return its manifest."""
        names = {p.name for p in folder.iterdir()}
        assert {"manifest.json", "SHA256SUMS", "export.log"} <= names, names
        sums = subprocess.run(
            ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True, text=True, check=False
        )
        assert sums.returncode == 0, sums.stdout + sums.stderr
        assert len(sums.stdout.splitlines()) == len(names) - 1
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
        assert manifest["verdict"]["status"] == "complete"
        assert manifest["rehearsal"] is True
        return manifest

    def wait_for(self, condition: Callable[[], bool], run: subprocess.Popen[str], limit_s: float = 60) -> None:
        """Wait until `condition` holds while `run` goes on; fails when the run ends first."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            if condition():
                return
            if run.poll() is not None:
                output = run.stdout.read() if run.stdout else ""
                message = f"the run ended (rc {run.returncode}) before the moment came:\n{output}"
                raise AssertionError(message)
            time.sleep(0.005)
        os.killpg(run.pid, signal.SIGKILL)
        message = f"the moment did not come within {limit_s} s"
        raise AssertionError(message)


def _works_for(process: Path, agenda: str) -> bool:
    """Tell whether a process of /proc is a run's worker or module, which have its agenda in their environment."""
    try:
        return agenda.encode() in (process / "environ").read_bytes()
    except OSError:
        return False


def no_warnings(done: subprocess.CompletedProcess[str]) -> None:
    noise = [line for line in (done.stdout + done.stderr).splitlines() if "[WARNING]" in line or "[DEPRECAT" in line]
    assert noise == []
