# SPDX-License-Identifier: GPL-3.0-or-later
"""Appends what people add: a paraf over days, a note on a run. `plan` changes nothing, `apply` writes one line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ..calendar import long_date
from ..errors import AgendaError, ConfigError
from ..run_id import is_run_id, new_run_id, run_started_at
from .journal import Journal
from .notes import new_note, new_paraf
from .period import read_period

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from ..sop import Sop
    from .notes import Note, Paraf
    from .period import Period, ServerNight

_DAYS_REMEDY = "isi YYYY-MM-DD atau YYYY-MM-DD..YYYY-MM-DD"


@dataclass(frozen=True)
class Plan:
    """One line to append. `nights` are those it is about, `is_there` that the same line stands there already."""

    addition: Paraf | Note
    nights: tuple[ServerNight, ...]
    is_there: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the module's result."""
        return {
            "changed": not self.is_there,
            "addition": self.addition.record(),
            "nights": [
                {"day": night.day.isoformat(), "server": night.server, "run": night.run, "result": night.result}
                for night in self.nights
            ],
        }


def days_of(text: str) -> tuple[date, date]:
    """Return the first and last day of `2025-01-09` or `2025-01-06..2025-01-10`. Raises ConfigError."""
    first, _, last = text.partition("..")
    try:
        return date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
    except ValueError:
        raise ConfigError(f"hari {text!r} tidak terbaca", where="hari", remedy=_DAYS_REMEDY) from None


def plan_paraf(agenda_dir: Path, sop: Sop, given: Mapping[str, str], now: datetime) -> Plan:
    """Return the paraf to write, over the nights that the journal tells of its days.

    Args:
        agenda_dir: the agenda folder.
        sop: whose steps are judged.
        given: `hari`, `jabatan`, `nama` and `catatan`, as a person wrote them.
        now: aware, in the zone of the person's clock.

    Raises:
        ConfigError: something given is impossible.
        AgendaError: the journal cannot be read.
    """
    since, until = days_of(given["hari"])
    paraf = new_paraf(
        at=now, office=given["jabatan"], name=given["nama"], since=since, until=until, remark=given["catatan"]
    )
    period = read_period(agenda_dir, sop, since, until)
    return Plan(paraf, period.nights, any(_is_same(period, paraf, earlier) for earlier in period.parafs))


def plan_note(agenda_dir: Path, sop: Sop, given: Mapping[str, str], now: datetime) -> Plan:
    """Return the note to write on a run, by its id.

    Args:
        agenda_dir: the agenda folder.
        sop: whose steps are judged.
        given: `run`, `server` (may be empty), `nama`, `kendala`, `tindak_lanjut`, `perubahan`, as a person wrote them.
        now: aware.

    Raises:
        ConfigError: something given is impossible, or a change is accepted where none was found.
        AgendaError: the journal cannot be read, or tells nothing of the run or the server.
    """
    run_id = given["run"]
    if not is_run_id(run_id):
        raise ConfigError(
            f"nomor run {run_id!r} tidak sah", where="run", remedy="salin nomor run dari agenda atau Laporan"
        )
    note = new_note(
        at=now,
        target=run_id,
        server=given["server"],
        name=given["nama"],
        kendala=given["kendala"],
        tindak_lanjut=given["tindak_lanjut"],
        perubahan=given.get("perubahan", ""),
    )
    nights = _nights_of(agenda_dir, sop, run_id, given["server"])
    if note.perubahan and not any(night.swings for night in nights):
        raise ConfigError(
            "run ini tidak menemukan perubahan besar", where="perubahan", remedy="periksa nomor run dan server"
        )
    return Plan(note, nights, any(earlier.record() == note.record() for night in nights for earlier in night.notes))


def apply(plan: Plan, agenda_dir: Path, *, node: str, clock: Callable[[], datetime]) -> None:
    """Append the line, unless it is there. Raises AgendaError."""
    if not plan.is_there:
        journal = Journal(agenda_dir, node=node, clock=clock)
        journal.append({"run": new_run_id(clock()), **plan.addition.record()})


def _is_same(period: Period, paraf: Paraf, earlier: Paraf) -> bool:
    """Whether an earlier paraf says the same and covers all that is recorded now."""
    recorded = max((night.recorded_at for night in period.nights), default=earlier.at)
    return earlier.record() == paraf.record() and recorded <= earlier.at


def _nights_of(agenda_dir: Path, sop: Sop, run_id: str, server: str) -> tuple[ServerNight, ...]:
    # Zones are ahead of UTC by at most nine hours, so the local day is this one or the next.
    day = run_started_at(run_id).date()
    period = read_period(agenda_dir, sop, day, date.fromordinal(day.toordinal() + 1))
    nights = tuple(night for night in period.nights if night.run == run_id and server in ("", night.server))
    if not nights:
        whose = f" untuk server {server}" if server else ""
        raise AgendaError(
            f"run {run_id} tidak ada di jurnal{whose}",
            where=str(agenda_dir),
            remedy=f"periksa nomor run dan server pada agenda {long_date(day)}",
        )
    return nights
