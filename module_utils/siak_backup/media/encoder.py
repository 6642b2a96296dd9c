# SPDX-License-Identifier: GPL-3.0-or-later
"""Encodes one file beside its plain copy: a thread that takes plain buffers and fills encoded ones.

The thread never speaks to a destination: it puts what it made where the
parent's loop finds it, and wakes that loop through a pipe.
"""

from __future__ import annotations

import os
import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .encode import Encoding
    from .ring import Ring


class _StoppedError(Exception):
    """Nobody wants the encoded file any more."""


class Encoder:
    """One file's encoding at work.

    `filled` holds (buffer, bytes) of encoded bytes to be sent, and None at the end; `taken` the plain buffers that
    are free again. `failure` is what ended the thread early.
    """

    def __init__(self, encoding: Encoding, plain: Ring, encoded: Ring, wake: int) -> None:
        self.filled: queue.SimpleQueue[tuple[int, int] | None] = queue.SimpleQueue()
        self.taken: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.failure: BaseException | None = None
        self._plain: queue.SimpleQueue[tuple[int, int] | None] = queue.SimpleQueue()
        self._free: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._rings = plain, encoded
        self._wake = wake
        self._rest: memoryview | None = None
        self._reading = -1
        self._writing, self._level = -1, 0
        self._thread = threading.Thread(target=self._run, args=(encoding,), name="encode")
        self._thread.start()

    def feed(self, buffer: int, length: int) -> None:
        """Hand over a plain buffer."""
        self._plain.put((buffer, length))

    def feed_end(self) -> None:
        """Say that no more plain bytes come."""
        self._plain.put(None)

    def give(self, buffer: int) -> None:
        """Hand over an encoded buffer that may be filled."""
        self._free.put(buffer)

    def stop(self) -> None:
        """End the thread, done or not, and wait for it."""
        self._free.put(None)
        self._plain.put(None)
        self._thread.join()

    def read(self, size_bytes: int = -1) -> bytes:
        """Return more plain bytes, none at the end: what the encoding reads from."""
        while self._rest is None or not self._rest:
            if self._reading >= 0:
                self.taken.put(self._reading)
                self._reading = -1
                self._tell()
            fed = self._plain.get()
            if fed is None:
                self._plain.put(None)
                return b""
            self._reading, length = fed
            self._rest = self._rings[0].view(self._reading)[:length]
        piece, self._rest = self._rest[:size_bytes], self._rest[size_bytes:]
        return bytes(piece)

    def write(self, data: bytes) -> int:
        """Take encoded bytes: what the encoding writes to."""
        left = memoryview(data)
        while left:
            if self._writing < 0:
                free = self._free.get()
                if free is None:
                    raise _StoppedError
                self._writing, self._level = free, 0
            room = self._rings[1].size_bytes - self._level
            piece, left = left[:room], left[room:]
            self._rings[1].view(self._writing)[self._level : self._level + len(piece)] = piece
            self._level += len(piece)
            if self._level == self._rings[1].size_bytes:
                self._send()
        return len(data)

    def _send(self) -> None:
        self.filled.put((self._writing, self._level))
        self._writing = -1
        self._tell()

    def _run(self, encoding: Encoding) -> None:
        try:
            encoding.pump(self, self)
            if self._writing >= 0 and self._level:
                self._send()
        except BaseException as error:  # noqa: BLE001 - handed to the parent's loop, which raises it
            self.failure = error
        self.filled.put(None)
        self._tell()

    def _tell(self) -> None:
        os.write(self._wake, b"x")
