# SPDX-License-Identifier: GPL-3.0-or-later
"""A recorded run from its first line to its table: journal, recorder, progress and texts put together."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ..errors import ConfigError
from ..process import Process
from ..run_id import new_run_id
from ..sop import Sop, load_sop
from . import table
from .journal import Journal, agenda_errors, node_name, progress_dir
from .ledger import unfinished_runs
from .recorder import Planned, Recorder
from .report import told_run, write_entries
from .ticker import Ticker

if TYPE_CHECKING:
    from pathlib import Path

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Settings:
    """Where the agenda lies and which SOP is performed; `progress_interval_s` between two looks at progress."""

    agenda_dir: Path
    sop_path: Path
    progress_interval_s: float = 3.0


class Night:
    """An open run. `recorder` takes its events; `is_ok` is true once it is closed and every server's part was well."""

    def __init__(self, settings: Settings, sop: Sop, recorder: Recorder, ticker: Ticker) -> None:
        self.recorder = recorder
        self.is_ok = False
        self._settings = settings
        self._sop = sop
        self._ticker = ticker

    def close(self) -> None:
        """Close the run and write every entry; again does nothing. Raises AgendaError."""
        if not self.recorder.closed:
            self._ticker.stop()
            self.is_ok = self.recorder.finish()
            self._write_up()

    def finish(self, *, width: int) -> list[str]:
        """Close the run and return the closing table's lines, and what was lost. Raises AgendaError."""
        self.close()
        run = told_run(self._settings.agenda_dir, self.recorder.run_id)
        lines = table.render(self._sop.of_steps(run.steps), run, self._settings.agenda_dir, width=width)
        return [*lines, f"Agenda sempat tidak tertulis: {self.recorder.lost}"] if self.recorder.lost else lines

    def interrupt(self, reason: str) -> None:
        """Close the run as interrupted, unless it is closed; its entries are written too. Raises AgendaError."""
        if not self.recorder.closed:
            # Not waited for: a signal may have come while its thread waits for the screen that the main one holds.
            self._ticker.cancel()
            self.recorder.interrupt(reason)
            self._write_up()

    def _write_up(self) -> None:
        run = write_entries(self._settings.agenda_dir, self._sop, self.recorder.run_id)
        _forget_progress(progress_dir(self._settings.agenda_dir, run.id))


def begin(
    settings: Settings,
    planned: Iterable[Planned],
    *,
    playbook: str,
    clock: Clock,
    say: Callable[[str], None],
    roles: Sequence[str] = (),
) -> Night:
    """Begin to record a run; killed runs of this node are closed first. `say` takes lines of progress.

    `roles` are those whose steps alone the run is to perform, none for the whole SOP.

    Raises:
        SopError: the SOP cannot be read.
        ConfigError: a server's name cannot name its entry, or a role performs no step.
        AgendaError: the agenda cannot be written.
    """
    sop = load_sop(settings.sop_path)
    node = node_name()
    journal = Journal(settings.agenda_dir, node=node, clock=clock)
    _close_killed_runs(journal, sop, settings.agenda_dir, node)
    recorder = Recorder(journal, sop, run_id=new_run_id(clock()), clock=clock)
    steps = _steps_of(sop, roles)
    recorder.begin(planned, playbook=playbook, node=node, process=Process.current(), steps=steps)
    folder = progress_dir(settings.agenda_dir, recorder.run_id)
    with agenda_errors(folder):
        folder.mkdir(mode=0o750, parents=True)
    ticker = Ticker(folder, say, is_open=recorder.is_open, interval_s=settings.progress_interval_s)
    ticker.start()
    return Night(settings, sop, recorder, ticker)


def _steps_of(sop: Sop, roles: Sequence[str]) -> tuple[int, ...]:
    steps = {role: sop.step_of_role(role) for role in roles}
    for role, step in steps.items():
        if step is None:
            raise ConfigError(
                f"tidak ada langkah SOP untuk role {role!r}", where="siak_sop_roles", remedy="periksa playbook"
            )
    return tuple(sorted(step.number for step in steps.values() if step is not None))


def _close_killed_runs(journal: Journal, sop: Sop, agenda_dir: Path, node: str) -> None:
    """Write the end and the entries of this node's runs whose process is gone, and sweep their progress."""
    # Listed before the journal is read: a run that begins meanwhile has its line before its folder.
    left = list(progress_dir(agenda_dir, "").glob("*"))
    alive: set[str] = set()
    for run in unfinished_runs(agenda_dir, node):
        if run.process is not None and run.process.is_running():
            alive.add(run.id)
        else:
            journal.append({"run": run.id, "event": "run_interrupted", "reason": "proses run hilang sebelum selesai"})
            write_entries(agenda_dir, sop, run.id)
    for folder in left:
        if folder.name not in alive:
            _forget_progress(folder)


def hand_over(settings: Settings, run_id: str, *, check: bool = False) -> str:
    """Return the JSON that tells modules of the run (docs/design.md, SIAK_RUN). Raises SopError."""
    run: dict[str, object] = {
        "id": run_id,
        "pid": Process.current().pid,
        "agenda_dir": str(settings.agenda_dir),
        "progress_dir": str(progress_dir(settings.agenda_dir, run_id)),
        "sop_path": str(settings.sop_path),
        "sop_number": load_sop(settings.sop_path).nomor,
    }
    return json.dumps(run | {"check": True} if check else run)


def _forget_progress(folder: Path) -> None:
    # A module that is just being killed may still write there; the next run sweeps again.
    with contextlib.suppress(OSError):
        shutil.rmtree(folder)
