# SPDX-License-Identifier: GPL-3.0-or-later
"""A canary password is found nowhere but in the file it came from."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest
from night import BIN, ROOT, Night

pytestmark = pytest.mark.play

CANARY = "kenari-7f3a-SANGAT-rahasia"


class ProcessWatch(threading.Thread):
    """Looks at every process's command line and environment while a run goes on."""

    def __init__(self, needle: bytes) -> None:
        super().__init__(daemon=True)
        self.needle = needle
        self.found: list[str] = []
        self.looks = 0
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.wait(0.02):
            self.looks += 1
            for process in Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    try:
                        content = (process / name).read_bytes()
                    except OSError:
                        continue  # the process has ended, or is not ours to read
                    if self.needle in content:
                        self.found.append(f"{process}/{name}: {content[:80]!r}")


def leaks(root: Path, *, allowed: Path) -> list[Path]:
    return [
        path for path in root.rglob("*") if path.is_file() and path != allowed and CANARY.encode() in path.read_bytes()
    ]


def test_canary_in_a_password_file(night: Night, tmp_path: Path) -> None:
    secret = night.state / "sukamara/password"
    secret.parent.mkdir(parents=True)
    secret.write_text(CANARY)
    secret.chmod(0o600)
    private = tmp_path / "runner"
    private.mkdir()
    with night.server():
        watch = ProcessWatch(CANARY.encode())
        watch.start()
        loud = night.run("--limit=sukamara", "-vvvv")
        runner = subprocess.run(
            [
                str(BIN / "ansible-runner"), "run", str(private), "--project-dir", str(ROOT), "-p", "backup.yml",
                "-i", "malam", "-vvvv", f"--cmdline=--limit=sukamara -e '{night.variables()}'",
            ],
            cwd=ROOT, env=night.environment(), capture_output=True, text=True, timeout=90, check=False,
        )  # fmt: skip
        watch.done.set()
        watch.join()
    assert loud.returncode == 0, loud.stdout + loud.stderr
    assert runner.returncode == 0, runner.stdout + runner.stderr
    assert CANARY not in loud.stdout + loud.stderr + runner.stdout + runner.stderr
    assert watch.looks > 50
    assert watch.found == []
    assert leaks(tmp_path, allowed=secret) == []


def test_canary_in_a_variable_and_refused(night: Night, tmp_path: Path) -> None:
    """As Ansible Vault hands it over; and a refused login must not show it either."""
    variables = tmp_path / "vault.yml"
    variables.write_text(f"vault_siak_password: {CANARY}\n")
    connection = {
        "dsn": f"127.0.0.1:{night.port}/sukamara",
        "user": "SIAK_BACKUP",
        "password": "{{ vault_siak_password }}",
    }
    with night.server():
        watch = ProcessWatch(CANARY.encode())
        watch.start()
        done = night.run("--limit=sukamara", "-vvvv", f"-e@{variables}", siak_connection=connection)
        watch.done.set()
        watch.join()
    assert done.returncode == 2
    assert "SIAK-202" in done.stdout
    assert CANARY not in done.stdout + done.stderr
    assert watch.found == []
    assert leaks(tmp_path, allowed=variables) == []
