# SPDX-License-Identifier: GPL-3.0-or-later
"""All channels side by side, each in a process that is left behind when its time is over.

A channel has one limit for everything: looking up names, connecting, TLS,
waiting, and a second attempt. The first attempt may use a part of it, so that
one that hangs leaves time for the second.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from ..errors import NotifyError, NotifyRefusedError, SiakError
from ..media.apart import Apart, Done

if TYPE_CHECKING:
    from .channel import Channel
    from .message import Message

ATTEMPTS = 2

#: Of the limit, for the first attempt; the second has what is left.
_FIRST_SHARE = 0.6

#: A service that has just refused is given a moment.
_PAUSE_S = 0.5

#: A sender outlives a parent that was killed by no more than this.
_ORPHAN_S = 2.0


@dataclass(frozen=True)
class Delivery:
    """What became of one channel.

    `status` is `sent`, `failed`, or `skipped` where the message is not for the channel; `reason` says why, in
    Indonesian.
    """

    name: str
    status: str
    attempts: int = 0
    reason: str = ""
    duration_s: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the module's form."""
        return {
            "name": self.name,
            "status": self.status,
            "attempts": self.attempts,
            "reason": self.reason,
            "duration_s": round(self.duration_s, 3),
        }


def tell(
    channels: Sequence[Channel], message: Message, *, limit_s: float, monotonic: Callable[[], float]
) -> tuple[Delivery, ...]:
    """Send a message by all channels, and return what became of each, in their order, after `limit_s` at most.

    Forks: call it before any thread is started. Never raises for what a channel does.
    """
    desks = [_Desk(channel, message, limit_s, monotonic) for channel in channels]
    while at_work := [desk for desk in desks if desk.delivery is None]:
        for desk in at_work:
            desk.look()
        pipes = [desk.child.pipe for desk in desks if desk.child is not None]
        pauses = [desk.wakes_at - monotonic() for desk in desks if desk.delivery is None]
        if pauses:
            wait(pipes, max(0.0, min(pauses)))
    return tuple(desk.delivery for desk in desks if desk.delivery is not None)


class _Desk:
    """One channel: an attempt at work (`child`), a pause before the next, or the end (`delivery`)."""

    def __init__(self, channel: Channel, message: Message, limit_s: float, monotonic: Callable[[], float]) -> None:
        self._channel = channel
        self._message = message
        self._monotonic = monotonic
        self._began = monotonic()
        self._ends_at = self._began + limit_s
        self._attempts = 0
        self._limit_s = limit_s
        self.child: Apart | None = None
        self.wakes_at = self._began
        self.delivery: Delivery | None = None

    def look(self) -> None:
        """Take what the attempt has to say, end it when its time is over, or start the next one."""
        if self.child is None:
            if self._monotonic() >= self.wakes_at:
                self._start()
        elif self.child.pipe.poll():
            self._hear(self.child)
        elif self._monotonic() >= self.wakes_at:
            self._end(self.child)
            self._failed(NotifyError("tidak ada jawaban dalam batas waktu", where=self._channel.name))

    def _start(self) -> None:
        self._attempts += 1
        now = self._monotonic()
        share = self._limit_s * _FIRST_SHARE if self._attempts < ATTEMPTS else self._ends_at - now
        self.wakes_at = min(now + share, self._ends_at)
        limit_s = self.wakes_at - now
        self.child = Apart.start(lambda _: _deliver(self._channel, self._message, limit_s))

    def _hear(self, child: Apart) -> None:
        try:
            last = child.pipe.recv()
        except EOFError:
            last = None
        self._end(child)
        if isinstance(last, Done):
            self._close("sent")
        elif last is None:
            self._failed(NotifyError("proses pengirim mati", where=self._channel.name))
        else:
            self._failed(last.error)

    def _end(self, child: Apart) -> None:
        child.end()
        self.child = None

    def _failed(self, error: BaseException) -> None:
        again_at = self._monotonic() + _PAUSE_S
        final = not isinstance(error, NotifyError) or isinstance(error, NotifyRefusedError)
        if final or self._attempts >= ATTEMPTS or again_at >= self._ends_at:
            self._close("failed", str(error) if isinstance(error, SiakError) else type(error).__name__)
        else:
            self.wakes_at = again_at

    def _close(self, status: str, reason: str = "") -> None:
        self.delivery = Delivery(self._channel.name, status, self._attempts, reason, self._monotonic() - self._began)


def _deliver(channel: Channel, message: Message, limit_s: float) -> None:
    """Deliver in a process of its own, which ends itself should its parent be gone by then."""
    signal.setitimer(signal.ITIMER_REAL, limit_s + _ORPHAN_S)
    try:
        channel.deliver(message, limit_s)
    except ValueError as error:
        # Of a library, whose text may quote what it was given.
        raise NotifyRefusedError(
            f"setelan tidak dapat dipakai, {type(error).__name__}", where=channel.name, remedy="periksa setelannya"
        ) from None
