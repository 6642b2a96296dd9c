# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that ends a run on the terminal: each server's steps beside the SOP, and where the files are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .entry import REHEARSAL_MARK, entry_path
from .facts import outcome
from .grid import cut, grid, paragraph, printable
from .judge import judge_server
from .realisasi import result, time_told, zone_of

if TYPE_CHECKING:
    from pathlib import Path

    from ..sop import Sop
    from .judge import Judgement
    from .ledger import RunState, ServerState

_HEADER = ("Server", "Langkah", "Mutu baku", "Realisasi", "Sesuai")
_LONGEST_KEGIATAN = 30
#: Where a terminal is narrow, a shorter name keeps a step on one line.
_NARROW, _SHORT_KEGIATAN = 100, 16


def render(sop: Sop, run: RunState, agenda_dir: Path, *, width: int) -> list[str]:
    """Return the lines, the table no wider than `width`; paths are never broken, so that they can be copied."""
    servers = list(run.servers.values())
    judged = [(server, judge_server(sop, server)) for server in servers]
    longest = _LONGEST_KEGIATAN if width >= _NARROW else _SHORT_KEGIATAN
    rows = [row for server, judgements in judged for row in _rows(server, judgements, longest)]
    lines = grid(_HEADER, rows, width=width)
    for server, judgements in judged:
        lines += ["", *_places(sop, server, judgements), *_reasons(judgements, width)]
    if any(outcome(sop, server).rehearsal for server in servers):
        lines.insert(0, REHEARSAL_MARK)
    folders = sorted({str(entry_path(agenda_dir, run, server).parent) for server in servers})
    return [*lines, *(f"Agenda: {folder}/{run.id}-*.txt" for folder in folders)]


def _rows(server: ServerState, judgements: tuple[Judgement, ...], longest: int) -> list[tuple[str, ...]]:
    return [
        (
            server.name if each is judgements[0] else "",
            f"{each.step.number} {cut(each.step.kegiatan, longest)}",
            each.step.waktu,
            time_told(each, zone_of(server)),
            each.verdict,
        )
        for each in judgements
    ]


def _places(sop: Sop, server: ServerState, judgements: tuple[Judgement, ...]) -> list[str]:
    told = outcome(sop, server)
    lines = [f"{server.name}: {result(server, judgements)}"]
    if told.archive_path:
        lines.append(f"  arsip {told.archive_path}")
    lines += (f"  media {copy.label} {copy.path}" for copy in told.copies)
    lines += (f"  media {copy.label} {copy.path} (malam {copy.night})" for copy in told.caught_up)
    lines += (f"  {sentence}" for sentence in told.advice)
    lines += [f"  menurut pilihan kantor: {told.choice}"] if told.choice else []
    lines += (f"  perubahan besar menunggu diterima (lihat agenda): {swing.told}" for swing in told.swings)
    return [printable(line) for line in lines]


def _reasons(judgements: tuple[Judgement, ...], width: int) -> list[str]:
    return [
        line
        for each in judgements
        if each.reasons
        for line in paragraph(f"  langkah {each.step.number}: {'; '.join(each.reasons)}", width=width, indent="    ")
    ]
