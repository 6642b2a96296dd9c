# SPDX-License-Identifier: GPL-3.0-or-later
"""A short question to a medium, which may never answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from ..errors import StalledMediumError
from .apart import call

if TYPE_CHECKING:
    from .slot import Slot

T = TypeVar("T")

#: Seconds within which a medium must tell what it is. A disk that sleeps needs some ten to wake up.
LIMIT_S = 60.0


def ask(slot: Slot, act: Callable[[], T], limit_s: float = LIMIT_S) -> T:
    """Return what `act` finds on the medium of a slot, in a process that is left behind if it hangs.

    Raises what `act` raises, and StalledMediumError.
    """
    stalled = StalledMediumError(
        "media tidak merespons", where=f"media {slot.name}, {slot.path}", remedy="periksa kabel dan media"
    )
    return call(act, limit_s=limit_s, hung=stalled)
