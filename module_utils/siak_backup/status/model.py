# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of the status page. Times are aware; what is not known is None, never a guess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from ..agenda.judge import Verdict
    from ..agenda.notes import Paraf
    from ..calendar import Zone

#: What a server's last night was; what needs a person first stands first.
State = Literal[
    "gagal",
    "terputus",
    "tidak dijalankan",
    "peringatan",
    "berjalan",
    "belum ada",
    "berhasil",
    "tidak terdaftar",
]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True, slots=True)
class NightView:
    """One night of one server, or a missed one, of which only `day` and `state` are told.

    `took_s` and `verdicts` have an item for each of the SOP's steps: None where it has no length, and `tidak
    dijalankan` where it never began. `media` are labels. `parafs` are the offices whose paraf covers the night.
    `choice` is what the office had left out; `waiting` are changes that nobody has accepted, among the `reasons` too.
    """

    day: date
    state: State
    began_at: datetime | None = None
    size_bytes: int = 0
    proven: bool = False
    rehearsal: bool = False
    took_s: tuple[float | None, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    media: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    parafs: tuple[str, ...] = ()
    choice: str = ""
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MediumView:
    """One medium as a server's runs used it: `copies` of nights, the last at `last_at`."""

    label: str
    serial: str
    group: str
    copies: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Proven:
    """The last proven backup: filed at `at`, too old from `stale_at` on; `stale` says whether it is."""

    at: datetime
    stale_at: datetime
    stale: bool


@dataclass(frozen=True, slots=True)
class Offsite:
    """The newest copy on a medium other than those last used, and the day by which the next one is due."""

    label: str
    day: date
    due: date
    overdue: bool


@dataclass(frozen=True, slots=True)
class Growth:
    """Change of the proven size in per cent over some days."""

    percent: float
    days: int


@dataclass(frozen=True, slots=True)
class ServerView:
    """One server.

    `state` is that of `last`, its last night or missed one; `attention` sorts: the smaller, the sooner. `nights` are in
    order of day and begin, missed ones among them. `missed` counts those, `deviations` the nights with a step that is
    not sesuai. `offsite` is None where no copy is outside, or no limit is set.
    """

    name: str
    office: str
    zone: Zone
    state: State
    attention: int
    last: NightView | None
    proven: Proven | None
    size_bytes: int
    growth: Growth | None
    missed: int
    deviations: int
    nights: tuple[NightView, ...]
    media: tuple[MediumView, ...]
    offsite: Offsite | None
    rehearsal: bool

    @property
    def waiting(self) -> tuple[NightView, ...]:
        """The nights with changes that nobody has accepted."""
        return tuple(night for night in self.nights if night.waiting)

    @property
    def stale(self) -> bool:
        """Whether there is no proven backup that is young enough; a server that never had one is stale as well."""
        return self.state != "tidak terdaftar" and (self.proven is None or self.proven.stale)


@dataclass(frozen=True, slots=True)
class ParafView:
    """One office's parafs: the last given, and how many nights of all servers it has seen."""

    office: str
    last: Paraf | None
    seen: int
    nights: int


@dataclass(frozen=True, slots=True)
class StatusView:
    """The whole page. `servers` by attention, then name; `counts` of their states; `days` of their last nights."""

    since: date
    until: date
    now: datetime
    servers: tuple[ServerView, ...]
    counts: Mapping[State, int]
    days: tuple[date, ...]
    parafs: tuple[ParafView, ...]
    damage: tuple[str, ...]

    @property
    def stale(self) -> int:
        """How many servers have no proven backup that is young enough."""
        return sum(server.stale for server in self.servers)

    @property
    def rehearsal(self) -> int:
        """How many servers show rehearsals instead of backups."""
        return sum(server.rehearsal for server in self.servers)
