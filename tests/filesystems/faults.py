# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of reads, writes and syncs in another process, put in force and lifted while it runs."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

_SOURCE = Path(__file__).with_name("shim.c")
Effect = Literal[
    "EIO", "ENOSPC", "EROFS", "EDQUOT", "EFBIG", "ENODEV", "ENOTCONN", "EPERM", "EINVAL", "flip", "drop", "hang"
]


@dataclass(frozen=True)
class Fault:
    """One line of the control file.

    An error strikes the first byte at or after `at_byte`: a call that begins before it is short, the next one fails.
    `flip` flips the lowest bit of that byte; `drop` says done and does nothing; `hang` waits for `seconds` or until
    the fault is lifted, then goes on. `pattern` is for fnmatch(3) on the whole path and has no blanks.
    """

    call: Literal["read", "write", "sync"]
    effect: Effect
    at_byte: int = 0
    seconds: float = 0.0
    pattern: str = "*"

    def __str__(self) -> str:
        return f"{self.call} {self.effect} {self.at_byte} {self.seconds} {self.pattern}"


@dataclass(frozen=True)
class Shim:
    """The shim, compiled, and its files in `folder`; only files below `below` are ever faulted."""

    folder: Path
    below: Path

    @classmethod
    def built(cls, folder: Path, below: Path) -> Shim:
        """Compile the shim into the folder; skip where there is no compiler."""
        compiler = shutil.which("gcc") or shutil.which("cc")
        if compiler is None:
            pytest.skip("faults by LD_PRELOAD: gcc is not installed (Debian packages gcc and libc6-dev)")
        folder.mkdir(parents=True, exist_ok=True)
        shim = cls(folder, below.resolve())
        command = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", shim.library, _SOURCE]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        shim.lift()
        return shim

    @property
    def library(self) -> Path:
        """The shared object for LD_PRELOAD."""
        return self.folder / "shim.so"

    def environment(self) -> dict[str, str]:
        """Return the environment of a process to be faulted; programs that do not use the C library are untouched."""
        return os.environ | {
            "LD_PRELOAD": str(self.library),
            "FAULTS_BELOW": str(self.below),
            "FAULTS_CONTROL": str(self.folder / "faults"),
            "FAULTS_LOG": str(self.folder / "arrived"),
        }

    def force(self, *faults: Fault) -> None:
        """Put these faults, and no others, in force from the next call on; the first that fits a call is taken."""
        new = self.folder / "faults.new"
        new.write_text("".join(f"{fault}\n" for fault in faults), encoding="ascii")
        new.replace(self.folder / "faults")

    def lift(self) -> None:
        """Take every fault away; what hangs goes on within 20 ms or so."""
        self.force()

    def arrived(self) -> list[str]:
        """Return a line for each fault that took effect: call, effect, offset, process, path."""
        log = self.folder / "arrived"
        return log.read_text(encoding="utf-8", errors="surrogateescape").splitlines() if log.exists() else []
