# SPDX-License-Identifier: GPL-3.0-or-later
"""One form of a file on its way: each buffer is filled once, hashed once, and written by every destination."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from .carrier import CLOSE, OPEN, WRITE
from .digest import new_digest

if TYPE_CHECKING:
    from collections.abc import Container, Sequence
    from concurrent.futures import Future

    from .destination import Destination
    from .ring import Ring


class Hasher:
    """Digests of one file, each in a thread of its own: hashing releases the GIL."""

    def __init__(self, names: Sequence[str]) -> None:
        self._digests = {name: new_digest(name) for name in names}
        self._threads = {name: ThreadPoolExecutor(1, thread_name_prefix=f"hash-{name}") for name in names}

    def update(self, data: memoryview) -> list[Future[object]]:
        """Begin to hash more bytes; they may change once all of what is returned is done."""
        return [self._threads[name].submit(digest.update, data) for name, digest in self._digests.items()]

    def close(self) -> dict[str, str]:
        """Wait for all bytes; return the digests by name."""
        for thread in self._threads.values():
            thread.shutdown()
        return {name: digest.hexdigest() for name, digest in self._digests.items()}


class Channel:
    """Takes the buffers of one ring to the destinations that want a file in this form.

    `ring_number` is what carriers know the ring by.
    """

    def __init__(self, ring: Ring, ring_number: int) -> None:
        self.ring = ring
        self._number = ring_number
        self._hashing: dict[int, list[Future[object]]] = {}
        self._receivers: Sequence[Destination] = ()
        self._hasher = Hasher(())

    def open(self, name: str, size_bytes: int, receivers: Sequence[Destination], digests: Sequence[str]) -> None:
        """Begin a file; `size_bytes` is 0 where it is not known."""
        self._receivers, self._hasher = receivers, Hasher(digests)
        self._hashing.clear()
        for receiver in receivers:
            receiver.tell(OPEN, name, size_bytes)

    @property
    def is_wanted(self) -> bool:
        """Whether any destination still takes what comes."""
        return any(receiver.is_alive for receiver in self._receivers)

    def free_buffer(self, lent: Container[int] = ()) -> int | None:
        """Return a buffer that is not `lent` and that nobody reads any more, or None.

        Waits for hashing, never for a medium.
        """
        for buffer in range(self.ring.count):
            if buffer not in lent and not any(receiver.holds(self._number, buffer) for receiver in self._receivers):
                for hashing in self._hashing.pop(buffer, ()):
                    hashing.result()
                return buffer
        return None

    def send(self, buffer: int, length: int) -> None:
        """Hash a filled buffer and hand it to every destination."""
        self._hashing[buffer] = self._hasher.update(self.ring.view(buffer)[:length])
        for receiver in self._receivers:
            receiver.tell(WRITE, self._number, buffer, length)

    def close(self) -> dict[str, str]:
        """End the file; return its digests by name."""
        for receiver in self._receivers:
            receiver.tell(CLOSE)
        return self._hasher.close()
