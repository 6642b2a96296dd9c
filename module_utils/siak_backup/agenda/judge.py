# SPDX-License-Identifier: GPL-3.0-or-later
"""Realisasi beside mutu baku: is a step sesuai?

The SOP's first warning makes every deviation in equipment, time or output a
failure that the executor answers for. So nothing is sesuai by default: a step
must have ended well, within its time, and its facts must show its output.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from ..calendar import duration
from .facts import missing_copies, missing_server_folder, output, verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..sop import Sop, Step
    from .ledger import ServerState, StepState

Verdict = Literal["sesuai", "tidak sesuai", "terputus", "tidak dijalankan", "berjalan"]

#: The status a proven dump has, where a step's facts judge one.
PROVEN = "complete"


@dataclass(frozen=True)
class Judgement:
    """One step beside the SOP.

    `reasons` say, in Indonesian, why it is not sesuai; `state` is None if the
    step never began.
    """

    step: Step
    state: StepState | None
    verdict: Verdict
    reasons: tuple[str, ...] = ()


def judge_server(sop: Sop, server: ServerState) -> tuple[Judgement, ...]:
    """Judge every step the SOP has, in its order."""
    return tuple(judge_step(step, server.steps.get(step.number)) for step in sop.steps)


def judge_step(step: Step, state: StepState | None) -> Judgement:
    """Judge one step by what the journal tells of it."""
    if state is None:
        return Judgement(step, None, "tidak dijalankan")
    if state.status == "running":
        return Judgement(step, state, "berjalan")
    if state.status == "interrupted":
        return Judgement(step, state, "terputus", (state.reason or "run terputus",))
    if state.status != "ok":
        return Judgement(step, state, "tidak sesuai", (state.reason or "langkah gagal",))
    reasons = (
        *(reason for reason in (_time(step, state), _output(step, state), _proof(state)) if reason),
        *missing_copies(state.facts),
        *missing_server_folder(state.facts),
    )
    return Judgement(step, state, "tidak sesuai" if reasons else "sesuai", reasons)


def took(state: StepState) -> timedelta | None:
    """Return how long a step took; None while it has no end, or when a clock was set back."""
    if state.ended_at is None or state.ended_at < state.began_at:
        return None
    return state.ended_at - state.began_at


def _time(step: Step, state: StepState) -> str | None:
    if step.waktu_minutes is None:
        return _after_service(state.facts)
    lasted = took(state)
    if lasted is None:
        return "waktu tidak terbukti, jam berubah selama langkah"
    if lasted > timedelta(minutes=step.waktu_minutes):
        return f"waktu {duration(lasted.total_seconds())} melebihi {step.waktu}"
    return None


def _after_service(facts: Mapping[str, object]) -> str | None:
    override = facts.get("override")
    if not isinstance(override, str):
        return "tidak terbukti setelah jam pelayanan"
    return f"dimulai dalam jam pelayanan, alasan: {override}" if override else None


def _output(step: Step, state: StepState) -> str | None:
    if step.output is None or output(state.facts) or state.facts.get("entry"):
        return None
    if state.facts.get("nothing_lacks") is True:
        # A copy that follows later may find that every medium has every night.
        return None
    return f"output tidak terbukti: {step.output}"


def _proof(state: StepState) -> str | None:
    status = verdict(state.facts)
    return None if status in (None, PROVEN) else f"dump belum terbukti lengkap: {status}"
