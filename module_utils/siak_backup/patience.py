# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a line that stays away is waited for, whatever it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from .errors import ConnectError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

LONGEST_PAUSE_S: Final = 30.0
_FIRST_PAUSE_S: Final = 1.0


def persist(
    act: Callable[[], T],
    *,
    patience_s: float,
    monotonic: Callable[[], float],
    sleep: Callable[[float], None],
    on_drop: Callable[[], None] = lambda: None,
) -> T:
    """Return `act()`, tried again while it raises ConnectError, after pauses that double from one second to thirty.

    `on_drop` is called after each failure. Raises ConnectError where the next pause would end after `patience_s`, and
    whatever else `act` raises at once.
    """
    deadline = monotonic() + patience_s
    pause_s = _FIRST_PAUSE_S
    while True:
        try:
            return act()
        except ConnectError:
            on_drop()
            if monotonic() + pause_s > deadline:
                raise
            sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
