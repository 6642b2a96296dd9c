# SPDX-License-Identifier: GPL-3.0-or-later
"""What an office may set about its status page."""

from __future__ import annotations

from dataclasses import dataclass

from ..calendar import WIB, Zone
from ..errors import ConfigError

_MAX_STALE_H = 24 * 366
_MAX_OFFSITE_DAYS = 366


@dataclass(frozen=True)
class StatusSettings:
    """Checked settings. Raises ConfigError naming the one that is impossible.

    `title` are the lines above the heading, the SOP's own where there are none. `zone` is that of the page's own clock
    times; a server's are told in the server's. `stale_after_h` is how many hours after it was filed the last proven
    backup is too old, days on which the office is closed not counted. `offsite_days` is how old the newest copy outside
    the building may be, 0 where the office has set none.
    """

    title: tuple[str, ...] = ()
    zone: Zone = WIB
    stale_after_h: float = 26
    offsite_days: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.stale_after_h <= _MAX_STALE_H:
            raise ConfigError(
                f"batas umur backup {self.stale_after_h!r} jam tidak mungkin",
                where="stale_after_h",
                remedy=f"isi jam di atas 0, paling banyak {_MAX_STALE_H}",
            )
        if not 0 <= self.offsite_days <= _MAX_OFFSITE_DAYS:
            raise ConfigError(
                f"batas umur salinan luar gedung {self.offsite_days!r} hari tidak mungkin",
                where="offsite_days",
                remedy=f"isi hari dari 0 sampai {_MAX_OFFSITE_DAYS}",
            )
