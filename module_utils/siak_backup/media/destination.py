# SPDX-License-Identifier: GPL-3.0-or-later
"""The parent's view of one destination: what it asked of a carrier, and what it heard."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..calendar import duration
from ..errors import MediumError, SiakError, StalledMediumError
from .apart import Apart, Done, Failed
from .carrier import CLOSE, FREE, PROVEN, PUBLISH, PUBLISHED, READ, READY, SMALL, WRITE, Carrier, Ready

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection

    from .direct import ReadBack
    from .ring import Ring
    from .staging import Order

#: Words that the carrier owes an answer to. It owes the first one, READY, from its start.
_OWING = (WRITE, CLOSE, SMALL, PUBLISH)


@dataclass(frozen=True)
class Patience:
    """Seconds without a word from a medium at work: after `notice_s` it is told, after `limit_s` given up."""

    notice_s: float = 30.0
    limit_s: float = 300.0


class Destination:
    """One carrier at work. `error` is why it was given up, if it was; `folder` the name it published."""

    def __init__(self, order: Order, rings: Sequence[Ring], digest: str, patience: Patience) -> None:
        self.order = order
        self.ready: Ready | None = None
        self.error: SiakError | None = None
        self.folder = ""
        self.proven: dict[str, ReadBack] = {}
        self.read_bytes = 0
        self.written_bytes = 0
        self._patience = patience
        self._owed = 1
        self._heard_at = time.monotonic()
        self._held: dict[tuple[int, int], int] = {}
        self._child = Apart.start(lambda pipe: Carrier(pipe, rings, order, digest).serve())

    @property
    def label(self) -> str:
        """The medium's label, or while it is not known those that may stand there."""
        return self.ready.label if self.ready else self.order.slot.name

    @property
    def pipe(self) -> Connection:
        """What the carrier's words come through."""
        return self._child.pipe

    @property
    def is_alive(self) -> bool:
        """Whether it takes more words."""
        return self.error is None and not self.folder and not (self.ready and self.ready.survey.present)

    @property
    def is_owing(self) -> bool:
        """Whether it has not answered everything yet."""
        return self.is_alive and self._owed > 0

    @property
    def is_silent(self) -> bool:
        """Whether it has been silent for so long that people should be told."""
        return self.is_owing and self.silent_s > self._patience.notice_s

    @property
    def silent_s(self) -> float:
        """Seconds since the last word, or since it was asked if it owed none."""
        return time.monotonic() - self._heard_at

    def holds(self, ring: int, buffer: int) -> bool:
        """Tell whether it has not written a buffer yet."""
        return self.is_alive and (ring, buffer) in self._held

    def tell(self, word: str, *told: Any) -> None:  # noqa: ANN401 - words carry what they carry
        """Send a word."""
        if not self.is_alive:
            return
        if not self._owed:
            self._heard_at = time.monotonic()
        if word in _OWING:
            self._owed += 1
        if word == WRITE:
            ring, buffer, length = told
            self._held[ring, buffer] = length
        try:
            self.pipe.send((word, *told))
        except OSError:
            # It ended; why, is the last word in the pipe.
            self._heard_at = time.monotonic()

    def hear(self) -> None:
        """Take a word that is there, or find that the carrier is gone."""
        try:
            word = self.pipe.recv()
        except (EOFError, OSError):
            self.give_up(self._lost("proses penyalin berhenti sendiri"))
            return
        self._heard_at = time.monotonic()
        if isinstance(word, Failed):
            error = word.error
            self.give_up(error if isinstance(error, SiakError) else self._lost(f"media gagal dipakai, {error}"))
        elif not isinstance(word, Done):
            self._take(*word)

    def _take(self, word: str, *told: Any) -> None:  # noqa: ANN401
        if word == READ:
            self.read_bytes += told[0]
            return
        self._owed -= 1
        if word == FREE:
            self.written_bytes += self._held.pop((told[0], told[1]))
        elif word == READY:
            (self.ready,) = told
        elif word == PROVEN:
            self.proven[told[0]] = told[1]
        elif word == PUBLISHED:
            (self.folder,) = told

    def look_at_clock(self) -> None:
        """Give up a carrier that has been silent for too long."""
        if self.is_owing and self.silent_s > self._patience.limit_s:
            self.give_up(
                StalledMediumError(
                    f"media tidak merespons selama {duration(self._patience.limit_s)}",
                    where=f"media {self.label}, {self.order.slot.path}",
                    remedy="periksa kabel dan media, ganti bila perlu, lalu jalankan playbooks/copy_media.yml",
                )
            )

    def give_up(self, error: SiakError) -> None:
        """End it; nothing more is expected of it."""
        self.error = self.error or error
        self._child.end()

    def end(self) -> None:
        """End the carrier, whose work is done or lost."""
        self._child.end()

    def _lost(self, what: str) -> MediumError:
        return MediumError(
            what, where=f"media {self.label}, {self.order.slot.path}", remedy="periksa media lalu ulangi langkah 5"
        )
