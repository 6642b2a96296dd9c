# SPDX-License-Identifier: GPL-3.0-or-later
"""Work in a process of its own, so that a device which never answers can be left behind.

A thread in a system call on a hung device cannot be ended, not even by
SIGKILL, and keeps its process from ending (state D of ps(1)). So whatever
touches a medium runs in a forked child; the parent waits for words from it,
for so long and no longer, and goes on without it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from typing import Any, NoReturn, Self, TypeVar

from ..errors import MediumError, SiakError

T = TypeVar("T")

#: How long a child that was told to end may take before it is left to itself.
_GRACE_S = 2.0


@dataclass(frozen=True)
class Failed:
    """The last word of a child whose act raised; `error` is what it raised."""

    error: BaseException


@dataclass(frozen=True)
class Done:
    """The last word of a child whose act returned `value`."""

    value: Any


@dataclass(frozen=True)
class Apart:
    """A child process and the pipe to it. Messages are pickled; the child is this very program and as trusted."""

    pid: int
    pipe: Connection

    @classmethod
    def start(cls, act: Callable[[Connection], object]) -> Self:
        """Fork a child that runs `act`; its result or exception is its last message.

        Fork before any thread is started. The child's standard streams are
        /dev/null, for whoever waits for the end of the parent's must not wait
        for the child.
        """
        ours, theirs = Pipe(duplex=True)
        pid = os.fork()
        if pid == 0:
            _live(act, ours, theirs)
        theirs.close()
        return cls(pid, ours)

    def end(self) -> bool:
        """End the child, which may be at work, and tell whether it is gone.

        One that hangs in a device is left behind: the kernel ends it when the
        device answers or goes away.
        """
        self.pipe.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        until = time.monotonic() + _GRACE_S
        while not self.is_gone():
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
        return True

    def is_gone(self) -> bool:
        """Tell whether the child has ended, without waiting."""
        try:
            return os.waitpid(self.pid, os.WNOHANG)[0] == self.pid
        except ChildProcessError:
            return True


def call(act: Callable[[], T], *, limit_s: float, hung: SiakError) -> T:
    """Return what `act` returns in a child process, or raise what it raises.

    Args:
        act: returns something that can be pickled.
        limit_s: seconds after which the child is left behind.
        hung: raised then, or when the child dies without a word.

    Raises SiakError and OSError of `act`, and `hung`.
    """
    child = Apart.start(lambda _: act())
    try:
        if not child.pipe.poll(limit_s):
            raise hung
        last = child.pipe.recv()
    except EOFError:
        raise hung from None
    finally:
        child.end()
    if isinstance(last, Failed):
        raise last.error
    result: T = last.value
    return result


def _live(act: Callable[[Connection], object], ours: Connection, theirs: Connection) -> NoReturn:
    try:
        ours.close()
        last = _last_word(act, theirs)
        with contextlib.suppress(OSError, ValueError):
            theirs.send_bytes(last)
    finally:
        # Whatever happened: a forked child must never return into its parent's code.
        os._exit(0)


def _last_word(act: Callable[[Connection], object], pipe: Connection) -> bytes:
    """Return what the child has to say, pickled, for what cannot be pickled is an error as well."""
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        # What the parent holds must not be finalized a second time here.
        gc.freeze()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        return pickle.dumps(Done(act(pipe)))
    except (SiakError, OSError) as error:
        return pickle.dumps(Failed(error))
    except BaseException as error:  # noqa: BLE001 - told to the parent, which raises it
        return pickle.dumps(
            Failed(MediumError(f"kesalahan program, {error!r}", where=_where(error), remedy="laporkan ke pengembang"))
        )


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
