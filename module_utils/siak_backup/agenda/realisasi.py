# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened, in the words that stand beside the mutu baku."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..calendar import WIB, Zone, clock_time, duration, size, zone
from ..errors import CalendarError
from .facts import output
from .judge import took

if TYPE_CHECKING:
    from .judge import Judgement
    from .ledger import ServerState, StepState

Grade = Literal["berhasil", "peringatan", "gagal", "berjalan"]

_SERVER_RESULTS = {
    "running": "berjalan",
    "failed": "gagal",
    "unreachable": "gagal, server tidak terjangkau",
    "never_reached": "gagal, tidak pernah dijangkau",
    "interrupted": "gagal, terputus",
}


def zone_of(server: ServerState) -> Zone:
    """Return a server's zone; WIB, the SOP's own, where the journal tells none that exists."""
    try:
        return zone(server.zone)
    except CalendarError:
        return WIB


def realisasi(judgement: Judgement, office_zone: Zone) -> str:
    """Return e.g. `2 menit 5 detik; 1 file, 18,9 MB`, or `-` for a step that never began."""
    state = judgement.state
    ended = state is not None and state.status not in ("running", "interrupted")
    output_told = _output(state) if state is not None and ended else ""
    return "; ".join(part for part in (time_told(judgement, office_zone), output_told) if part)


def time_told(judgement: Judgement, office_zone: Zone) -> str:
    """Return how long a step took; when it began, where the SOP limits that or the end is missing; else `-`."""
    state = judgement.state
    if state is None:
        return "-"
    began = f"mulai {clock_time(state.began_at, office_zone)}"
    if state.status == "running":
        return began
    if state.status == "interrupted":
        return f"{began}, tidak selesai"
    lasted = took(state)
    if lasted is None:
        return began
    time = duration(lasted.total_seconds())
    return f"{began}, {time}" if judgement.step.waktu_minutes is None else time


def grade(server: ServerState, judgements: tuple[Judgement, ...]) -> Grade:
    """Return the night of one server in a word, for tables and colours."""
    if server.status == "running":
        return "berjalan"
    if server.status != "ok":
        return "gagal"
    return "berhasil" if all(each.verdict == "sesuai" for each in judgements) else "peringatan"


def result(server: ServerState, judgements: tuple[Judgement, ...]) -> str:
    """Return the night of one server in words: berhasil, berhasil dengan peringatan, or gagal and why."""
    if server.status != "ok":
        return _SERVER_RESULTS[server.status]
    return "berhasil" if grade(server, judgements) == "berhasil" else "berhasil dengan peringatan"


def troubles(server: ServerState, judgements: tuple[Judgement, ...]) -> tuple[str, ...]:
    """Return what went wrong (kendala), a sentence each, in the SOP's order."""
    told = tuple(f"Langkah {each.step.number}: {reason}" for each in judgements for reason in each.reasons)
    return told or ((server.reason,) if server.reason else ())


def _output(state: StepState) -> str:
    made = output(state.facts)
    if made:
        return f"{made[0]} file, {size(made[1])}"
    return "agenda tertulis" if state.facts.get("entry") else ""
