# SPDX-License-Identifier: GPL-3.0-or-later
"""Eight processes append at once and are killed: what `append` said is safe is in the journal, whole, in one chain."""

from __future__ import annotations

import collections
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from siak_backup.agenda.chain import verify
from siak_backup.agenda.journal import journal_dir, journal_files, read
from siak_backup.agenda.line import Sound

from tests.agenda_faults import FULL

pytestmark = [pytest.mark.faults, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
WRITERS = 8
LINES = 10_000 if FULL else 500
SEED = 620899


class Writer:
    """One name that appends `LINES` lines, by as many processes as it takes."""

    def __init__(self, agenda: Path, name: str) -> None:
        self.name = name
        self._agenda = agenda
        self._notes = agenda.with_name(f"{name}.notes")
        self._notes.touch()
        self._process = self._start(0)

    def noted(self) -> list[int]:
        return [int(line) for line in self._notes.read_text().splitlines()]

    def is_done(self) -> bool:
        return self._process.poll() == 0

    def kill(self) -> bool:
        """Kill it and start another in its place; False if it had ended before."""
        self._process.send_signal(signal.SIGKILL)
        if self._process.wait(timeout=30) != -signal.SIGKILL:
            return False
        noted = self.noted()
        # What is not noted may be there all the same: it is written once more.
        self._process = self._start(noted[-1] + 1 if noted else 0)
        return True

    def end(self) -> None:
        self._process.kill()
        self._process.wait(timeout=30)

    def _start(self, first: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.agenda_faults.appending", self._agenda, self.name, self._notes]
        return subprocess.Popen(
            [*map(str, command), str(first), str(LINES)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": f"{ROOT}/module_utils:{ROOT}"},
        )


@pytest.mark.timeout(3600 if FULL else 300)
def test_killed_writers_lose_no_line_and_break_no_chain(tmp_path: Path, record_property):
    chance = random.Random(SEED)
    writers = [Writer(tmp_path / "agenda", f"penulis-{number}") for number in range(WRITERS)]
    kills = 0
    try:
        while not all(writer.is_done() for writer in writers):
            time.sleep(chance.uniform(0.2, 0.8))
            working = [writer for writer in writers if not writer.is_done()]
            if working:
                kills += chance.choice(working).kill()
    finally:
        for writer in writers:
            writer.end()
    assert kills > 0

    folder = journal_dir(tmp_path / "agenda")
    kept: collections.Counter[tuple[str, int]] = collections.Counter()
    torn = []
    for file in journal_files(folder):
        for line in read(file.path):
            if isinstance(line, Sound):
                kept[line.record["run"], line.record["number"]] += 1
            else:
                torn.append((file.path, line.number))
    for writer in writers:
        noted = writer.noted()
        assert noted == list(range(LINES))
        assert [number for number in noted if not kept[writer.name, number]] == []
    twice = sum(kept.values()) - WRITERS * LINES
    # A kernel may cut the write of a killed process between two pages: such a line was never said to be safe.
    assert twice + len(torn) <= kills
    assert [(problem.path, problem.line) for problem in verify(folder)] == torn
    told = f"{WRITERS} x {LINES} lines, {kills} kills, {len(torn)} torn, {twice} written twice"
    record_property("ran_on", told)
