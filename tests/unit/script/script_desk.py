# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs, clocks and the way to a server on this machine, for the tests of the site's own script."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from siak_backup.errors import CollectError, ConnectError
from siak_backup.oracle.datapump.timing import Timing

from tests.site_script.site import run_shell

RUN, EARLIER, OTHER = "20250109T093500Z-3f9a1c", "20250108T093500Z-a1b2c3", "20250107T093500Z-0f1e2d"

#: As the product's, but for pauses.
FAST = Timing(sleep=lambda seconds: time.sleep(min(seconds, 0.2)))


class LocalRemote:
    """Runs commands in /bin/sh. `drops` are lines that drop: before the command runs, or `after` it has run."""

    def __init__(self, *, streams: bool = True) -> None:
        self.streams = streams
        self.drops = 0
        self.after = False
        self.resets = 0

    def run(self, command: str, stdin: bytes = b"") -> str:
        if self.drops and not self.after:
            self._drop()
        done = run_shell(command, stdin)
        if self.drops:
            self._drop()
        return done.stdout.decode()

    def put(self, content: bytes, path: str) -> None:
        Path(path).write_bytes(content)

    def fetch(self, path: str, target: Path) -> None:
        if self.drops:
            self._drop()
        try:
            shutil.copyfile(path, target)
        except OSError as error:
            raise CollectError("tidak ada", where=path) from error

    def reset(self) -> None:
        self.resets += 1

    def _drop(self) -> None:
        self.drops -= 1
        raise ConnectError("sambungan putus")
