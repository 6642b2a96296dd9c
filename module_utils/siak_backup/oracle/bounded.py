# SPDX-License-Identifier: GPL-3.0-or-later
"""A limit for a call that has none of its own: the driver waits for ever for a listener that says nothing."""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def within(limit_s: float, act: Callable[[], T], *, discard: Callable[[T], None]) -> T:
    """Return `act()`, or raise TimeoutError after `limit_s` seconds and leave it behind in a thread.

    What it still returns after that goes to `discard`. The thread does not
    keep the process from ending. Whatever `act` raises is raised here.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            result = act()
        except BaseException as error:  # noqa: BLE001 - the caller gets it, whatever it is
            if outcome.set_running_or_notify_cancel():
                outcome.set_exception(error)
            return
        if outcome.set_running_or_notify_cancel():
            outcome.set_result(result)
        else:
            discard(result)

    threading.Thread(target=run, name="bounded", daemon=True).start()
    wait([outcome], limit_s)
    if outcome.cancel():
        raise TimeoutError
    return outcome.result()
