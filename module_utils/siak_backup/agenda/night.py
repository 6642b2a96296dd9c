# SPDX-License-Identifier: GPL-3.0-or-later
"""A recorded run from its first line to its table: journal, recorder, progress and texts put together."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..process import Process
from ..sop import Sop, load_sop
from .journal import Journal, agenda_errors, node_name
from .recorder import Planned, Recorder, close_dead_runs, new_run_id
from .report import close_books
from .ticker import Ticker

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Settings:
    """Where the agenda lies and which SOP is performed; `progress_interval_s` between two looks at progress."""

    agenda_dir: Path
    sop_path: Path
    progress_interval_s: float = 3.0


class Night:
    """An open run. `recorder` takes its events."""

    def __init__(self, settings: Settings, sop: Sop, recorder: Recorder, ticker: Ticker) -> None:
        self.recorder = recorder
        self._settings = settings
        self._sop = sop
        self._ticker = ticker

    def finish(self, *, width: int) -> list[str]:
        """Close the run, write every entry, and return the closing table's lines. Raises AgendaError."""
        self._ticker.stop()
        self.recorder.finish()
        lines = close_books(self._settings.agenda_dir, self._sop, self.recorder.run_id, width=width)
        _forget_progress(self._settings.agenda_dir, self.recorder.run_id)
        return lines

    def interrupt(self, reason: str) -> None:
        """Close the run as interrupted, unless it is closed. Raises AgendaError."""
        if not self.recorder.closed:
            self.recorder.interrupt(reason)


def begin(
    settings: Settings, planned: Iterable[Planned], *, playbook: str, clock: Clock, say: Callable[[str], None]
) -> Night:
    """Begin to record a run; killed runs of this node are closed first. `say` takes lines of progress.

    Raises:
        SopError: the SOP cannot be read.
        ConfigError: a server's name cannot name its entry.
        AgendaError: the agenda cannot be written.
    """
    sop = load_sop(settings.sop_path)
    node = node_name()
    journal = Journal(settings.agenda_dir, node=node, clock=clock)
    for dead in close_dead_runs(journal, settings.agenda_dir, node):
        _forget_progress(settings.agenda_dir, dead)
    recorder = Recorder(journal, sop, run_id=new_run_id(clock()), clock=clock)
    progress_dir = _progress_dir(settings.agenda_dir, recorder.run_id)
    with agenda_errors(progress_dir):
        progress_dir.mkdir(mode=0o750, parents=True)
    recorder.begin(planned, playbook=playbook, node=node, process=Process.current())
    ticker = Ticker(progress_dir, say, interval_s=settings.progress_interval_s)
    ticker.start()
    return Night(settings, sop, recorder, ticker)


def hand_over(settings: Settings, run_id: str, *, check: bool = False) -> str:
    """Return the JSON that tells modules of the run (docs/design.md, SIAK_RUN). Raises SopError."""
    run: dict[str, object] = {
        "id": run_id,
        "pid": Process.current().pid,
        "agenda_dir": str(settings.agenda_dir),
        "progress_dir": str(_progress_dir(settings.agenda_dir, run_id)),
        "sop_path": str(settings.sop_path),
        "sop_number": load_sop(settings.sop_path).nomor,
    }
    return json.dumps(run | {"check": True} if check else run)


def _progress_dir(agenda_dir: Path, run_id: str) -> Path:
    return agenda_dir / "progress" / run_id


def _forget_progress(agenda_dir: Path, run_id: str) -> None:
    # What is left of it costs nobody anything: the next start of a run tries again only for killed runs.
    with contextlib.suppress(OSError):
        shutil.rmtree(_progress_dir(agenda_dir, run_id))
