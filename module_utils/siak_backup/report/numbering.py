# SPDX-License-Identifier: GPL-3.0-or-later
"""Running numbers of the Laporan: from 1 each year, in the order in which the runs began."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..agenda.period import ServerNight


def running_numbers(nights: Iterable[ServerNight]) -> dict[tuple[str, str], int]:
    """Return the running number of each night by (run, server).

    `nights` are those of the whole year so far; the same journal gives the same numbers, and a later run takes none
    from an earlier one. A rehearsal has no number: it is no backup.
    """
    last: Counter[int] = Counter()
    numbers: dict[tuple[str, str], int] = {}
    # A run's id begins with the moment at which it began.
    for night in sorted(nights, key=lambda each: (each.run, each.server)):
        if not night.rehearsal:
            last[night.day.year] += 1
            numbers[night.run, night.server] = last[night.day.year]
    return numbers
