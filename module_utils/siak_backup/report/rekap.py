# SPDX-License-Identifier: GPL-3.0-or-later
"""Rekap bulanan: server by day, a letter a night, so that it survives a copying machine."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ..agenda.grid import cut, printable
from ..agenda.missed import works
from ..calendar import long_date
from .paper import Signature, rehearsal_mark, signatures

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..agenda.missed import Expected, Missed
    from ..agenda.period import Period, ServerNight
    from .office import Letterhead

TITLE = "REKAP BULANAN BACKUP DATABASE"

GOOD, WARNED, FAILED, RUNNING, MISSED, REHEARSED, LATER, CLOSED, NOTHING = (
    "B", "P", "G", "J", "X", "R", "S", "\N{EN DASH}", "",
)  # fmt: skip

LEGEND = (
    (GOOD, "berhasil"),
    (WARNED, "berhasil dengan peringatan"),
    (FAILED, "gagal"),
    (RUNNING, "masih berjalan"),
    (MISSED, "terlewat, tidak dijalankan"),
    (REHEARSED, "gladi, bukan backup"),
    (LATER, "susulan saja, tanpa backup baru"),
    (CLOSED, "bukan hari kerja"),
)

#: What is added up; the others are no nights that were due.
COUNTED = (GOOD, WARNED, FAILED, MISSED)

#: The best run of a day is its night: a failed first try does not undo a second that went well.
_BY_GRADE = {"berhasil": GOOD, "peringatan": WARNED, "berjalan": RUNNING, "gagal": FAILED}
_BEST_FIRST = (GOOD, WARNED, RUNNING, FAILED)
_POWERS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_MAX_OFFICE = 60


@dataclass(frozen=True)
class Row:
    """One server: a letter for each day, of which a small raised number tells how many runs there were, if several.

    `totals` belong to the Rekap's `counted`.
    """

    server: str
    office: str
    cells: tuple[str, ...]
    totals: tuple[int, ...]


@dataclass(frozen=True)
class Rekap:
    """A month. `days` are numbers, `footer` has for each counted letter its count on each day and then their sum."""

    title: str
    period: str
    mark: str
    days: tuple[int, ...]
    rows: tuple[Row, ...]
    counted: tuple[str, ...]
    footer: tuple[tuple[int, ...], ...]
    legend: tuple[tuple[str, str], ...]
    damage: tuple[str, ...]
    signatures: tuple[Signature, ...]


def rekap(period: Period, letterhead: Letterhead, expected: Sequence[Expected], missed: Iterable[Missed] = ()) -> Rekap:
    """Return a period's matrix, for the servers that are expected or ran."""
    days = [period.since + timedelta(days=number) for number in range((period.until - period.since).days + 1)]
    nights: dict[str, dict[date, list[ServerNight]]] = {}
    for night in period.nights:
        nights.setdefault(night.server, {}).setdefault(night.day, []).append(night)
    gaps = {(each.server, each.day) for each in missed}
    due = {each.server: each for each in expected}
    rows = tuple(_row(name, days, nights.get(name, {}), due.get(name), gaps) for name in sorted({*due, *nights}))
    return Rekap(
        title=TITLE,
        period=f"{long_date(period.since)} sampai {long_date(period.until)}",
        mark=rehearsal_mark(rehearsal=bool(period.nights) and all(night.rehearsal for night in period.nights)),
        days=tuple(day.day for day in days),
        rows=rows,
        counted=COUNTED,
        footer=tuple(_footer(letter, rows, len(days)) for letter in COUNTED),
        legend=LEGEND,
        damage=tuple(printable(each) for each in period.damage),
        signatures=signatures(letterhead, None),
    )


def _row(
    name: str,
    days: Sequence[date],
    nights: Mapping[date, list[ServerNight]],
    expected: Expected | None,
    gaps: set[tuple[str, date]],
) -> Row:
    cells = tuple(_cell(nights.get(day, []), day, expected, is_gap=(name, day) in gaps) for day in days)
    counts = Counter(cell[:1] for cell in cells)
    offices = [night.office for told in nights.values() for night in told if night.office]
    office = expected.office if expected is not None else offices[-1] if offices else ""
    return Row(printable(name), cut(printable(office), _MAX_OFFICE), cells, tuple(counts[letter] for letter in COUNTED))


def _cell(nights: Sequence[ServerNight], day: date, expected: Expected | None, *, is_gap: bool) -> str:
    whole = [night for night in nights if night.whole_sop and not night.rehearsal]
    if whole:
        letter = min((_BY_GRADE[night.grade] for night in whole), key=_BEST_FIRST.index)
        return letter + (str(len(whole)).translate(_POWERS) if len(whole) > 1 else "")
    if is_gap:
        return MISSED
    if any(night.rehearsal for night in nights):
        return REHEARSED
    if nights:
        return LATER
    return CLOSED if expected is not None and not works(expected.hours, day) else NOTHING


def _footer(letter: str, rows: Sequence[Row], days: int) -> tuple[int, ...]:
    counts = [sum(row.cells[index][:1] == letter for row in rows) for index in range(days)]
    return (*counts, sum(counts))
