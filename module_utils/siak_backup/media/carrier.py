# SPDX-License-Identifier: GPL-3.0-or-later
"""One destination's side of a copy, in a process of its own: it writes, proves and publishes what the parent reads.

Parent and carrier speak in tuples that begin with one of the words below.
The carrier ends with the pipe: when its parent dies, nothing is published.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .digest import new_digest
from .direct import NewFile, read_back
from .identify import identify
from .staging import Kept, Staging, alone, survey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection

    from .marker import Marker
    from .medium import Medium
    from .ring import Ring
    from .staging import Order, Survey

#: The parent's words. BEGIN: kept files it has no use for. OPEN: name, bytes (0 if unknown). WRITE: ring, buffer,
#: bytes. CLOSE. SMALL: name, content. PUBLISH.
BEGIN, OPEN, WRITE, CLOSE, SMALL, PUBLISH = "begin", "open", "write", "close", "small", "publish"

#: The carrier's words. READY: `Ready`. FREE: ring, buffer. READ: bytes. PROVEN: name, `ReadBack`. PUBLISHED: the
#: folder's name.
READY, FREE, READ, PROVEN, PUBLISHED = "ready", "free", "read", "proven", "published"

#: An encoded file is larger than a plain one by age's 16 bytes in 64 KiB, or by zstd's few where nothing shrinks.
_ROOM_FACTOR = 1.001


@dataclass(frozen=True)
class Ready:
    """What a carrier found, or in check mode would find, before anything is written."""

    label: str
    marker: Marker
    warnings: tuple[str, ...]
    survey: Survey
    kept: tuple[Kept, ...] = ()


def look(order: Order) -> Ready:
    """Identify the medium and look at what lies there; changes nothing. Raises SiakError."""
    medium = identify(order.slot)
    found = survey(medium, order, lambda _: None)
    if not found.present:
        demand_fit(medium, order)
    return Ready(medium.label, medium.marker, medium.warnings(), found)


def demand_fit(medium: Medium, order: Order, kept: Sequence[Kept] = ()) -> None:
    """Raise MediumError unless the medium has room for what is not kept, and its file system for each file."""
    here = {one.stored.name for one in kept}
    sizes_bytes = {name: int(size * _ROOM_FACTOR) for name, size in order.sizes_bytes.items() if name not in here}
    for name, size_bytes in sizes_bytes.items():
        medium.demand_file(name, size_bytes)
    medium.demand_room(sum(sizes_bytes.values()) + order.slot.min_free_bytes)


class Carrier:
    """Serves one parent over a pipe: one order, one medium. `serve` is what the child process runs."""

    def __init__(self, pipe: Connection, rings: Sequence[Ring], order: Order, digest: str) -> None:
        self._pipe = pipe
        self._rings = rings
        self._order = order
        self._digest = digest

    def serve(self) -> None:
        """Do as the parent says until everything is published.

        Raises:
            SiakError: the medium is not usable, or became so.
            EOFError: the parent went away.
        """
        medium = identify(self._order.slot)
        with alone(medium, self._order.server) as server_dir:
            found = survey(medium, self._order, self._on_read)
            staging = Staging(server_dir, medium, self._order)
            kept: tuple[Kept, ...] = ()
            if not found.present:
                staging.sweep(found.leftovers)
                kept = staging.keep(self._on_read)
                demand_fit(medium, self._order, kept)
            self._say(READY, Ready(medium.label, medium.marker, medium.warnings(), found, kept))
            if not found.present:
                self._carry(staging, medium)
                self._say(PUBLISHED, staging.publish(found.taken))

    def _carry(self, staging: Staging, medium: Medium) -> None:
        """Write and prove files until the parent says PUBLISH."""
        word, *told = self._hear()
        while word != PUBLISH:
            if word == BEGIN:
                staging.forget(*told)
            elif word == OPEN:
                self._receive(staging, medium, *told)
            elif word == SMALL:
                self._write_small(staging, medium, *told)
            word, *told = self._hear()

    def _receive(self, staging: Staging, medium: Medium, name: str, size_bytes: int) -> None:
        with medium.errors():
            file = NewFile(staging.part(name))
            try:
                file.reserve(size_bytes)
                while (heard := self._hear())[0] == WRITE:
                    ring, buffer, length = heard[1:]
                    file.write(self._rings[ring].view(buffer), length)
                    self._say(FREE, ring, buffer)
                file.finish()
            finally:
                file.close()
        self._prove(staging, medium, name)

    def _write_small(self, staging: Staging, medium: Medium, name: str, content: bytes) -> None:
        with medium.errors():
            file = NewFile(staging.part(name), direct=False)
            try:
                file.write(memoryview(content), len(content))
                file.finish()
            finally:
                file.close()
        self._prove(staging, medium, name)

    def _prove(self, staging: Staging, medium: Medium, name: str) -> None:
        path = staging.settle(name)
        with medium.errors():
            back = read_back(path, new_digest(self._digest), self._on_read)
        self._say(PROVEN, name, back)

    def _on_read(self, count: int) -> None:
        self._say(READ, count)

    def _hear(self) -> tuple[Any, ...]:
        heard: tuple[Any, ...] = self._pipe.recv()
        return heard

    def _say(self, word: str, *told: object) -> None:
        self._pipe.send((word, *told))
