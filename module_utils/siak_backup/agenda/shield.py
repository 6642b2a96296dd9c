# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets a signal's act wait until the line being written is on disk.

A signal handler runs in the middle of the main thread's work. If that work is
an append, the handler's own append would wait for ever for the lock that the
interrupted one holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Shield:
    """A block that an act given to `after` does not interrupt. For one thread and its signal handlers."""

    def __init__(self) -> None:
        self._depth = 0
        self._waiting: Callable[[], None] | None = None

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0 and self._waiting is not None:
            act, self._waiting = self._waiting, None
            act()

    def after(self, act: Callable[[], None]) -> None:
        """Act now, or at the end of the block that is being run."""
        if self._depth:
            self._waiting = act
        else:
            act()
