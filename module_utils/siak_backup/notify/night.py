# SPDX-License-Identifier: GPL-3.0-or-later
"""The run that people are told of, as the journal tells it, whether or not its own end line stands there yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..agenda.freshness import read_history
from ..agenda.journal import journal_dir, journal_files
from ..agenda.ledger import lines_holding, read_book, runs
from ..agenda.period import brief
from ..errors import AgendaError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from ..agenda.freshness import Last
    from ..agenda.ledger import RunState, ServerState
    from ..agenda.period import ServerNight
    from ..sop import Sop

#: Months that are looked at for the newest run.
_MONTHS = 3


@dataclass(frozen=True)
class ToldNight:
    """What is told. `nights` has every server of the run, judged.

    `last` has, for those without a proven backup, the newest that is known; `damage` is what is wrong with the journal.
    """

    run: RunState
    nights: tuple[ServerNight, ...]
    last: Mapping[str, Last]
    damage: tuple[str, ...]


def told_night(
    agenda_dir: Path, sop: Sop, run_id: str, *, now: datetime, rehearsals: Collection[str] = ()
) -> ToldNight:
    """Return a run, judged as if it ended now if it has no end; for an empty id, `node`'s newest that is over.

    Args:
        agenda_dir: the agenda's folder.
        sop: whose steps they are.
        run_id: which run.
        now: aware.
        rehearsals: servers whose rehearsals count as backups.

    Raises:
        AgendaError: the journal cannot be read, or tells nothing of the run.
    """
    book = read_book(agenda_dir, run_id)
    if book is None:
        raise AgendaError(
            f"run {run_id!r} tidak ada di jurnal", where=str(agenda_dir), remedy="periksa id run dan folder agenda"
        )
    run = book.state()
    if run.status == "running":
        for record in _endings(run, sop, now):
            book.add(record)
        run = book.state()
    nights = tuple(brief(sop, run, server) for server in run.servers.values())
    unproven = [night.server for night in nights if not night.proven]
    if not unproven:
        return ToldNight(run, nights, {}, ())
    history = read_history(agenda_dir, sop, unproven, now=now, rehearsals=rehearsals)
    return ToldNight(run, nights, history.last, history.damage)


def newest_run(agenda_dir: Path, node: str) -> str:
    """Return the id of a node's newest run that is over, whether it was ended or its process is gone.

    Raises AgendaError when the journal cannot be read or tells of none.
    """
    files = journal_files(journal_dir(agenda_dir), node)[-_MONTHS:]
    over = [run.id for run in runs(lines_holding(files, '"event":"run_')).values() if not _is_at_work(run)]
    if not over:
        raise AgendaError(
            "jurnal tidak memuat run yang sudah selesai", where=str(agenda_dir), remedy="jalankan backup lebih dahulu"
        )
    return over[-1]


def _is_at_work(run: RunState) -> bool:
    return run.status == "running" and run.process is not None and run.process.is_running()


def _endings(run: RunState, sop: Sop, now: datetime) -> Iterator[Mapping[str, Any]]:
    """Yield the lines that the run would end with: each server's from itself, or one for a process that is gone."""
    if not _is_at_work(run):
        yield {"event": "run_interrupted", "reason": "proses run hilang sebelum selesai", "at": now.isoformat()}
        return
    for server in run.servers.values():
        status, reason = _ending(server, sop.of_steps(run.steps))
        yield {"event": "server_end", "server": server.name, "status": status, "reason": reason}


def _ending(server: ServerState, sop: Sop) -> tuple[str, str]:
    """Return a server's status and reason, as the recorder will give them from the same steps."""
    steps = sorted(server.steps.values(), key=lambda step: step.step)
    if not steps:
        return "never_reached", "tidak pernah dijangkau run ini"
    for step in steps:
        if step.status == "running":
            return "failed", f"terputus pada langkah {step.step}"
    for step in steps:
        if step.status != "ok":
            return ("unreachable" if step.status == "unreachable" else "failed"), f"langkah {step.step}: {step.reason}"
    missing = [str(step.number) for step in sop.steps if step.number not in server.steps]
    return ("failed", f"langkah {', '.join(missing)} tidak dijalankan") if missing else ("ok", "")
