# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 6's proof: what a night did stands on disk, in a journal that nobody has touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import AgendaError, JournalDamagedError, SiakError
from .chain import verify_file
from .journal import journal_dir, journal_files
from .ledger import files_since, run_of
from .report import told_run

if TYPE_CHECKING:
    from pathlib import Path

    from ..sop import Sop
    from .ledger import RunState

#: The SOP's step in which a job may be at work on a server.
_EXPORT_STEP = 2

_REMEDY = "periksa folder agenda lalu ulangi backup"


def prove(agenda_dir: Path, sop: Sop, *, run_id: str, server: str, node: str, role: str) -> RunState:
    """Return the run as the journal tells it, once the record of one server is proven.

    The journal of `node` since the run's month must be whole; the run and the
    step of `role` must have begun; every other step that began must have
    ended.

    Raises:
        JournalDamagedError: naming file, line and what to do.
        AgendaError: a line of this run is not there, or the journal cannot be
            read.
    """
    _demand_whole(agenda_dir, run_id, node)
    run = told_run(agenda_dir, run_id)
    where = f"run {run_id}, server {server}"
    if server not in run.servers:
        raise AgendaError("server ini tidak direncanakan dalam run", where=where, remedy=_REMEDY)
    states = run.servers[server].steps
    for step in sop.steps:
        state = states.get(step.number)
        if step.role == role and state is None:
            raise AgendaError(f"awal langkah {step.number} tidak ada di jurnal", where=where, remedy=_REMEDY)
        if step.role != role and state is not None and state.ended_at is None:
            raise AgendaError(f"akhir langkah {step.number} tidak ada di jurnal", where=where, remedy=_REMEDY)
    return run


def export_may_run_on(agenda_dir: Path, run_id: str, server: str) -> bool:
    """Tell whether a run's export may still be at work on the server: step 2 has begun and has not ended well.

    What cannot be read may be so: then the next run looks for that job, and finds it or not.
    """
    try:
        run = run_of(agenda_dir, run_id)
    except SiakError:
        return True
    state = run.servers.get(server) if run is not None else None
    step = state.steps.get(_EXPORT_STEP) if state is not None else None
    return step is not None and step.status != "ok"


def _demand_whole(agenda_dir: Path, run_id: str, node: str) -> None:
    earlier = {file.month: file for file in journal_files(journal_dir(agenda_dir), node)}
    months = sorted(earlier)
    for file in files_since(agenda_dir, run_id, node):
        position = months.index(file.month)
        problems = verify_file(file, earlier[months[position - 1]] if position else None)
        if problems:
            first = problems[0]
            more = f" dan {len(problems) - 1} masalah lain" if len(problems) > 1 else ""
            raise JournalDamagedError(
                f"jurnal rusak, {first.reason}{more}",
                where=f"{first.path} baris {first.line}",
                remedy=f"simpan berkas itu sebagai bukti dengan nama lain, misalnya {first.path.name}.rusak, "
                "run berikutnya memulai berkas baru",
            )
