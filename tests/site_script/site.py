# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's backup folder and its script, on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOOL = Path(__file__).with_name("tool.py")


@dataclass(frozen=True)
class Site:
    """The folder `backup` and the script `backup.sh` below `root`; spaces and quotes in paths are on purpose."""

    root: Path

    @classmethod
    def make(cls, root: Path) -> Site:
        """Lay the folders and the tools out."""
        site = cls(root)
        site.folder.mkdir(parents=True)
        for name in ("expdp", "exp"):
            program = root / name
            program.write_text(f"#!{sys.executable}\n{TOOL.read_text()}".replace("__file__", repr(str(TOOL))))
            program.chmod(0o755)
        site.write_script("expdp dumpfile=master.dmp logfile=master.log")
        return site

    @property
    def folder(self) -> Path:
        return self.root / "folder backup"

    @property
    def script(self) -> Path:
        return self.root / "it's backup.sh"

    @property
    def work(self) -> Path:
        return self.folder / ".siak-backup"

    def write_script(self, *lines: str) -> None:
        """Write the script; its lines run with the tools in PATH, and the last one's code is its own."""
        head = f'#!/bin/sh\nPATH="{self.root}:$PATH"\n'
        part = self.script.with_suffix(".part")
        part.write_text(head + "".join(f"{line}\n" for line in lines))
        part.chmod(0o755)
        # A program that is being written cannot be run.
        part.rename(self.script)

    def options(self, **more: Any) -> dict[str, Any]:
        """Return `siak_script`."""
        return {"host": "sukamara-os", "path": str(self.script), "folder": str(self.folder)} | more

    def jobs(self) -> list[str]:
        """Return the names of the jobs' folders."""
        return sorted(path.name for path in self.work.iterdir()) if self.work.is_dir() else []

    def processes(self, run_id: str) -> list[int]:
        """Return the pids of what runs for a job here, by its mark, whichever group it is in."""
        mark = f"SIAK_RUN_ID={run_id}".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                is_here = (process / "cwd").readlink().is_relative_to(self.root)
                if is_here and mark in (process / "environ").read_bytes().split(b"\0"):
                    found.append(int(process.name))
            except OSError:
                continue
        return found


def age(path: Path, seconds: int) -> None:
    """Make a file that much older."""
    at = path.stat().st_mtime - seconds
    os.utime(path, (at, at))


def run_shell(command: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a command text as a login shell would."""
    return subprocess.run(["/bin/sh", "-c", command], input=stdin, capture_output=True, timeout=90, check=False)
