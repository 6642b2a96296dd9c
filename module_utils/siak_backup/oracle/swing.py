# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows and bytes of tonight beside those of the last proven night: a swing beyond the band asks for a person.

The dump is proven whichever way this goes. It may still be the whole dump of
a database that lost its rows yesterday.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ..archive.folder import nights_of, read_folder
from ..dump.status import Status
from ..errors import ArchiveError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..archive.manifest import Manifest

#: Dumps of small offices change by some megabytes for no reason that anybody could name.
_FLOOR_BYTES = 16 * 1024**2

#: Damaged folders are passed over, but not without end.
_MOST_NIGHTS = 30


@dataclass(frozen=True)
class Band:
    """What may change from night to night: `percent` of what there was, and in any case fewer than `min_rows` rows.

    0 percent compares nothing.
    """

    percent: float
    min_rows: int

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Band:
        """Read `swing_percent` and `swing_min_rows`. Raises ConfigError."""
        percent, min_rows = float(params["swing_percent"]), int(params["swing_min_rows"])
        if not math.isfinite(percent) or percent < 0 or min_rows < 0:
            raise ConfigError(
                "batas perubahan tidak boleh negatif",
                where="swing_percent, swing_min_rows",
                remedy="perbaiki siak_swing_percent dan siak_swing_min_rows",
            )
        return cls(percent, min_rows)

    def leaves(self, before: int, now: int, floor: int) -> bool:
        """Tell whether a change lies outside. To nothing is outside any band, however little there was."""
        if before and not now:
            return True
        change = abs(now - before)
        return change >= floor and change > before * self.percent / 100


@dataclass(frozen=True)
class Swing:
    """A key table's rows, or the dump's bytes where `table` is empty; `now` is None for a table that is gone."""

    table: str
    before: int
    now: int | None


@dataclass(frozen=True)
class Comparison:
    """`compared_with` is the folder of the last night, empty where there was none: `not_compared` says why."""

    percent: float
    compared_with: str = ""
    not_compared: str = ""
    found: tuple[Swing, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the result's form, which the journal keeps."""
        return asdict(self) | {"found": [asdict(swing) for swing in self.found]}


@dataclass(frozen=True)
class Tonight:
    """What was collected: rows of every exported table by `OWNER.TABLE`, which of them are key tables, dump bytes."""

    run_id: str
    rows: Mapping[str, int]
    key_tables: tuple[str, ...]
    size_bytes: int
    rehearsal: bool


def compare_with_last(server_dir: Path, tonight: Tonight, band: Band) -> Comparison:
    """Set tonight beside the newest proven night of the archive. Never raises for what the archive holds."""
    if not band.percent:
        return Comparison(band.percent, not_compared="tidak diminta")
    try:
        last = _last_night(server_dir, tonight)
    except ArchiveError as error:
        return Comparison(band.percent, not_compared=str(error))
    if last is None:
        return Comparison(band.percent, not_compared="belum ada malam sebelumnya di arsip")
    return Comparison(band.percent, last.folder, found=tuple(_swings(last, tonight, band)))


def _last_night(server_dir: Path, tonight: Tonight) -> Manifest | None:
    """Return the newest sound night of the same kind: rehearsals are set beside rehearsals alone."""
    for name in nights_of(server_dir)[:_MOST_NIGHTS]:
        try:
            manifest = read_folder(server_dir / name).manifest
        except ArchiveError:
            continue  # what is wrong with it is the freshness check's to tell
        is_proven = manifest.verdict.status == str(Status.COMPLETE) and manifest.server == server_dir.name
        if is_proven and manifest.run_id != tonight.run_id and manifest.rehearsal is tonight.rehearsal:
            return manifest
    return None


def _swings(last: Manifest, tonight: Tonight, band: Band) -> list[Swing]:
    rows: Counter[str] = Counter()
    for table in last.tables:
        rows[f"{table.schema}.{table.name}"] += table.rows
    names = sorted({*tonight.key_tables, *(count.table for count in last.counts)} & rows.keys())
    found = [
        Swing(name, rows[name], tonight.rows.get(name))
        for name in names
        if name not in tonight.rows or band.leaves(rows[name], tonight.rows[name], band.min_rows)
    ]
    if band.leaves(last.dump_bytes, tonight.size_bytes, _FLOOR_BYTES):
        found.append(Swing("", last.dump_bytes, tonight.size_bytes))
    return found
