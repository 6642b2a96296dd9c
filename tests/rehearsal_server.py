# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a rehearsal server for tests, as a process of its own on a free port, and tells how to reach it."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal import admin
from rehearsal.state import StateDir

ROOT = Path(__file__).resolve().parents[1]
_READY_S = 60.0
_STOP_S = 15.0


@dataclass(frozen=True)
class RehearsalDatabase:
    """How to reach one database of the server, and where its directory object points."""

    service: str
    dsn: str
    user: str
    password_file: Path
    directory: str
    directory_path: Path
    wallet_dir: str = ""
    wallet_password_file: str = ""

    @property
    def connection(self) -> dict[str, Any]:
        """The modules' `connection` option."""
        wallet = {"wallet_dir": self.wallet_dir, "wallet_password_file": self.wallet_password_file}
        return {
            "dsn": self.dsn,
            "user": self.user,
            "password_file": str(self.password_file),
            "call_timeout_s": 20.0,
        } | {name: path for name, path in wallet.items() if path}

    def files(self) -> set[str]:
        """Names of what lies in the directory object now."""
        return {path.name for path in self.directory_path.iterdir()}


@dataclass(frozen=True)
class RehearsalServer:
    """A running server."""

    process: subprocess.Popen[bytes]
    state_dir: Path
    port: int
    databases: Mapping[str, RehearsalDatabase]

    def __getitem__(self, service: str) -> RehearsalDatabase:
        return self.databases[service]

    @contextmanager
    def faults(self, service: str, **faults: object) -> Iterator[None]:
        """Arm faults in one database, and make it well again. Values are written as on the command line."""
        self.arm(service, **faults)
        try:
            yield
        finally:
            self.clear(service)

    def arm(self, service: str, **faults: object) -> None:
        """Arm faults in one database, until `clear`."""
        texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in faults.items()}
        self._ask("set", service, texts)

    def clear(self, service: str) -> None:
        """Make one database well."""
        self._ask("clear", service, {})

    def jobs(self, service: str) -> tuple[list[str], int]:
        """Return the Data Pump jobs that run now, and how many ran at once at the most since the server's start."""
        told = self._ask("jobs", service, {})["jobs"][service]
        return told["running"], told["most_at_once"]

    def _ask(self, command: str, service: str, faults: Mapping[str, str]) -> dict[str, Any]:
        request = {"command": command, "service": service, "faults": faults}
        return admin.ask(StateDir(self.state_dir).admin_socket, request)


@contextmanager
def rehearsal_server(state_dir: Path, *options: str, **databases: int) -> Iterator[RehearsalServer]:
    """Start a server with these databases (service=residents), wait until it answers, and end it afterwards."""
    asked = [f"--database={service}={residents}" for service, residents in databases.items()]
    log = state_dir.with_name(state_dir.name + ".log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "rehearsal", "serve", "--port=0", f"--state-dir={state_dir}", *asked, *options],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
        )
    try:
        yield _reach(process, state_dir, log)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def _reach(process: subprocess.Popen[bytes], state_dir: Path, log: Path) -> RehearsalServer:
    record = state_dir / "server.json"
    for _ in range(int(_READY_S / 0.05)):
        if record.exists():
            break
        # Its output closes when it dies; until then this is the pause between two looks.
        if select.select([process.stdout], [], [], 0.05)[0] and process.poll() is not None:
            break
    else:
        process.terminate()
    assert record.exists(), f"the rehearsal server did not start:\n{log.read_text(errors='replace')}"
    facts = json.loads(record.read_text(encoding="utf-8"))
    databases = {
        fields["service"]: RehearsalDatabase(
            service=fields["service"],
            dsn=fields["dsn"],
            user=fields["user"],
            password_file=Path(fields["password_file"]),
            directory=fields["directory"],
            directory_path=Path(fields["directory_path"]),
            wallet_dir=fields["wallet_dir"],
            wallet_password_file=fields["wallet_password_file"],
        )
        for fields in facts["databases"]
    }
    return RehearsalServer(process, state_dir, facts["port"], databases)
