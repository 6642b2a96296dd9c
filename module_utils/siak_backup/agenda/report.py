# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the readable entries of a run from the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..durable import write_atomic
from ..errors import AgendaError
from . import entry
from .journal import agenda_errors
from .ledger import run_of

if TYPE_CHECKING:
    from pathlib import Path

    from ..sop import Sop
    from .ledger import RunState


def told_run(agenda_dir: Path, run_id: str, server: str = "") -> RunState:
    """Return a run, or of its servers only one (`run_of`). Raises AgendaError when the journal tells nothing of it."""
    run = run_of(agenda_dir, run_id, server)
    if run is None:
        raise AgendaError(
            f"run {run_id} tidak ada di jurnal", where=str(agenda_dir), remedy="jalankan dari folder proyek"
        )
    return run


def write_entry(agenda_dir: Path, sop: Sop, run: RunState, server: str) -> Path:
    """Write the readable entry of one server and return its path. Raises AgendaError."""
    state = run.servers[server]
    path = entry.entry_path(agenda_dir, run, state)
    with agenda_errors(path):
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        write_atomic(path, entry.render(sop, run, state).encode(), mode=0o640)
    return path


def write_entries(agenda_dir: Path, sop: Sop, run_id: str) -> RunState:
    """Write the entry of every server of a run, and return the run. Raises AgendaError."""
    run = told_run(agenda_dir, run_id)
    for server in run.servers:
        write_entry(agenda_dir, sop, run, server)
    return run
