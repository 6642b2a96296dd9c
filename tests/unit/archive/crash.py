# SPDX-License-Identifier: GPL-3.0-or-later
"""Killing code at each of its steps, not at lucky moments."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator


def killed_at_every_step(act: Callable[[int], object]) -> Iterator[int]:
    """Run `act(number)` in a child that is killed (SIGKILL) at its `number`-th step, for all numbers.

    A step is an audit event of the interpreter: each open, rename, unlink,
    mkdir, listing and foreign call is one. Yields the number after each
    child's death; ends after the child that lived to its end.
    """
    for number in itertools.count(1):
        child = os.fork()
        if child == 0:
            _live(act, number)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        assert code in (0, -signal.SIGKILL), f"step {number}: the child failed by itself"
        yield number
        if code == 0:
            return


def _live(act: Callable[[int], object], number: int) -> None:
    steps = 0

    def count(_event: str, _arguments: object) -> None:
        nonlocal steps
        steps += 1
        if steps == number:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.addaudithook(count)
        act(number)
    except BaseException:  # noqa: BLE001 - a forked child must never return into pytest
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
