# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells how far the long steps are, from the files that the modules keep up to date."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ..progress import read_progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Ticker:
    """A thread that says a server's progress when it has changed, at most every `interval_s`.

    Args:
        folder: where the progress files lie; it need not exist yet.
        say: takes one line; must be safe to call from another thread and
            across forks.
        is_open: whether a step, by number, of a server is under way.
        interval_s: seconds between two looks.
    """

    def __init__(
        self, folder: Path, say: Callable[[str], None], *, is_open: Callable[[str, int], bool], interval_s: float
    ) -> None:
        self._folder = folder
        self._say = say
        self._is_open = is_open
        self._interval_s = interval_s
        self._stop = threading.Event()
        self._said: dict[Path, str] = {}
        # A daemon: a run that is killed by a signal must not wait for it.
        self._thread = threading.Thread(target=self._run, name="agenda-progress", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def cancel(self) -> None:
        """Look no more; the thread may still be saying its last line."""
        self._stop.set()

    def stop(self) -> None:
        """Look no more; returns when the thread has ended."""
        self.cancel()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._interval_s):
            self.look()

    def look(self) -> None:
        """Say what has changed since the last look."""
        for path in sorted(self._folder.glob("*.json")):
            progress = read_progress(path)
            # A module's last word comes too late when its step has ended meanwhile.
            if progress is None or not self._is_open(progress.server, progress.step):
                continue
            sentence = progress.sentence()
            if self._said.get(path) != sentence:
                self._said[path] = sentence
                self._say(sentence)
