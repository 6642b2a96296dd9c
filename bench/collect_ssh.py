# SPDX-License-Identifier: GPL-3.0-or-later
"""An SSH server on loopback for collect.py: a free port, keys and settings of its own, gone with the block."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("scp", "ssh", "ssh-keygen", "rsync")
_READY_S = 10.0


@dataclass(frozen=True)
class SshServer:
    """A running server: its process, and what a client needs."""

    pid: int
    options: tuple[str, ...]
    port: int

    @property
    def scp(self) -> tuple[str, ...]:
        """The command `scp`, up to its files."""
        return ("scp", "-q", "-P", str(self.port), *self.options)

    @property
    def rsync(self) -> tuple[str, ...]:
        """The command `rsync`, up to its files."""
        return ("rsync", "-a", "-e", " ".join(("ssh", "-p", str(self.port), *self.options)))


def sshd() -> str:
    """Return the path of sshd, which is seldom in PATH, or nothing."""
    return shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin") or ""


def missing() -> str:
    """Return why there can be no SSH server, or nothing."""
    absent = [program for program in PROGRAMS if not shutil.which(program)] + ([] if sshd() else ["sshd"])
    return f"not installed: {', '.join(absent)}" if absent else ""


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """Start a server that lets this account in by a key made for it. Raises SystemExit if it does not start."""
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        # Where a distribution's own service would have made it.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True, timeout=60)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder / 'host'}\nPidFile none\n"
        f"AuthorizedKeysFile {folder / 'client.pub'}\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
        "Subsystem sftp internal-sftp\n",
        encoding="utf-8",
    )
    (folder / "known").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text(encoding='ascii')}")
    options = (
        *("-F", "none", "-i", str(folder / "client"), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"),
        *("-o", f"UserKnownHostsFile={folder / 'known'}", "-o", "StrictHostKeyChecking=yes"),
    )
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sshd(), "-D", "-e", "-f", folder / "config"], stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        _wait(process, port, log)
        yield SshServer(process.pid, options, port)
    finally:
        process.terminate()
        process.wait(_READY_S)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends = time.monotonic() + _READY_S
    while process.poll() is None and time.monotonic() < ends:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"sshd did not start: {log.read_text(errors='replace')[-500:]}")
