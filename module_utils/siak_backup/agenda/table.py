# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that ends a run on the terminal: each server's steps beside the SOP, and where the files are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .entry import REHEARSAL_MARK, entry_path
from .facts import outcome
from .grid import cut, grid, printable
from .judge import judge_server
from .realisasi import realisasi, result, zone_of

if TYPE_CHECKING:
    from pathlib import Path

    from ..sop import Sop
    from .ledger import RunState, ServerState

_HEADER = ("Server", "Langkah", "Mutu baku", "Realisasi", "Sesuai", "Keterangan")
_LONGEST_KEGIATAN = 30


def render(sop: Sop, run: RunState, agenda_dir: Path, *, width: int) -> list[str]:
    """Return the lines, the table no wider than `width`; paths are never wrapped, so that they can be copied."""
    servers = list(run.servers.values())
    rows = [row for server in servers for row in _rows(sop, server)]
    lines = grid(_HEADER, rows, width=width) + [line for server in servers for line in _places(sop, server)]
    if any(outcome(sop, server).rehearsal for server in servers):
        lines.insert(0, REHEARSAL_MARK)
    folders = sorted({str(entry_path(agenda_dir, run, server).parent) for server in servers})
    return [*lines, *(f"Agenda: {folder}/{run.id}-*.txt" for folder in folders)]


def _rows(sop: Sop, server: ServerState) -> list[tuple[str, ...]]:
    return [
        (
            server.name if each.step is sop.steps[0] else "",
            f"{each.step.number} {cut(each.step.kegiatan, _LONGEST_KEGIATAN)}",
            each.step.mutu_baku,
            realisasi(each, zone_of(server)),
            each.verdict,
            "; ".join(each.reasons),
        )
        for each in judge_server(sop, server)
    ]


def _places(sop: Sop, server: ServerState) -> list[str]:
    told = outcome(sop, server)
    lines = [f"{server.name}: {result(server, judge_server(sop, server))}"]
    if told.archive_path:
        lines[0] += f"; arsip {told.archive_path}"
    if told.medium_path:
        lines.append(f"  media {told.medium_label} {told.medium_path}")
    return [printable(line) for line in lines]
