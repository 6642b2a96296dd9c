# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that an operator reads: one line a thing, its remedy below it, whole, for copying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..agenda.grid import printable
from ..calendar import clock_time, day_date, zone
from .finding import Mark, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..preflight.request import Request
    from .finding import Finding

_ARROW = "-> "


def table(request: Request, place: str, findings: Sequence[Finding]) -> list[str]:
    """Return the lines; `place` is where the server was looked for.

    What a server or a medium said cannot steer the terminal; nothing is cut or wrapped.
    """
    office = zone(request.zone)
    moment = f"{day_date(office.local(request.now).date())} pukul {clock_time(request.now, office)}"
    marks = max(len(mark) for mark in Mark)
    titles = max((len(finding.title) for finding in findings), default=0)
    lines = [f"Pemeriksaan {request.server} ({place}), {moment}", ""]
    for finding in findings:
        lines.append(f"{finding.mark:<{marks}}  {finding.title:<{titles}}  {finding.found}")
        if finding.remedy:
            lines.append(f"{'':<{marks}}  {'':<{titles}}  {_ARROW}{finding.remedy}")
    counted = count(findings)
    lines += ["", ", ".join(f"{number} {mark}" for mark, number in counted.items())]
    return [printable(line) for line in lines]
