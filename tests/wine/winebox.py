# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs run by wine, as a Windows server would run them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Windows:
    """A wine prefix. `drive` is what D: is, `play` the folder that the programs take dump and logs from."""

    prefix: Path
    drive: Path
    bin: str
    environment: dict[str, str] = field(repr=False)

    def run(
        self, *command: str, play: str = "ok", timeout_s: float = 60, **variables: str | None
    ) -> subprocess.CompletedProcess:
        """Run a program with its streams kept; of its environment a variable that is None is left out."""
        return subprocess.run(
            ["wine", *command],
            env={k: v for k, v in (self.environment | {"PLAY": play} | variables).items() if v is not None},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )

    def create(self, command_line: str, play: str = "ok") -> None:
        """Start a command line as it stands, detached. It keeps no pipe of ours, which would have to be waited for."""
        (self.drive / "line").write_text(command_line)
        subprocess.run(
            ["wine", "create.exe", "D:\\line"],
            env=self.environment | {"PLAY": play},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=True,
        )

    def batch(
        self, path: str, *arguments: str, play: str = "ok", **variables: str | None
    ) -> subprocess.CompletedProcess:
        """Run a batch file as a double click does, but for its window."""
        return self.run("cmd", "/d", "/c", path, *arguments, play=play, **variables)


def put(path: Path, text: str) -> Path:
    """Write a batch file as Windows has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.replace("\r\n", "\n").replace("\n", "\r\n").encode("ascii"))
    return path
