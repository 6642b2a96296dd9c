# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes one file at a time to every destination: read once, hashed on the way, encoded for those that want it so."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from ..durable import archive_errors, open_regular
from .channel import Channel
from .encode import Encoding
from .encoder import Encoder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from .destination import Destination
    from .ring import Ring

#: Seconds between two looks at the clock while no medium says a word.
_TURN_S = 0.2

PLAIN = Encoding()


class Ferry:
    """The parent's loop. It alone speaks to the destinations.

    Args:
        rings: the buffers of each form, the plain one first; the carriers know them by these numbers.
        forms: each encoding's ring.
        destinations: all of them; those given up are left out by themselves.
        digests: what each form of a file is hashed by.
        on_turn: called whenever something may have changed.
    """

    def __init__(
        self,
        rings: Sequence[Ring],
        forms: Mapping[Encoding, int],
        destinations: Sequence[Destination],
        digests: Sequence[str],
        on_turn: Callable[[], None],
    ) -> None:
        self._rings = rings
        self._forms = forms
        self._destinations = destinations
        self._digests = digests
        self._on_turn = on_turn
        self._woken, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._encoded: list[_Encoded] = []
        self._lent: Counter[int] = Counter()

    def close(self) -> None:
        """End every thread and carrier."""
        for encoded in self._encoded:
            encoded.encoder.stop()
        for destination in self._destinations:
            destination.end()
        # Whoever is told holds this loop: the buffers go only when neither holds the other.
        self._on_turn = _nothing
        os.close(self._woken)
        os.close(self._wake)

    def await_answers(self) -> None:
        """Wait until no destination owes an answer; one that is silent for too long is given up."""
        while any(destination.is_owing for destination in self._destinations):
            self._turn()

    def take(
        self, path: Path, name: str, receivers: Mapping[Encoding, Sequence[Destination]]
    ) -> dict[Encoding, dict[str, str]]:
        """Take one file across; return the digests of each form by their names.

        The plain form's are there unless every destination was given up, and then there are none at all. An encoding
        that no destination takes any more has none.

        Raises:
            VanishedError, ArchiveError: the source cannot be read.
            ConfigError: an encoding is impossible.
        """
        plain = Channel(self._rings[0], 0)
        with archive_errors(path):
            descriptor = open_regular(path)
        try:
            size_bytes = os.fstat(descriptor).st_size
            plain.open(name, size_bytes, receivers.get(PLAIN, ()), self._digests)
            for encoding, wanting in receivers.items():
                if not encoding.plain:
                    self._encoded.append(self._encode(encoding, name, wanting))
            is_whole = self._read(descriptor, path, plain)
            digests = self._finish()
        finally:
            os.close(descriptor)
        of_plain = plain.close()
        return {PLAIN: of_plain} | digests if is_whole else {}

    def _encode(self, encoding: Encoding, name: str, wanting: Sequence[Destination]) -> _Encoded:
        number = self._forms[encoding]
        channel = Channel(self._rings[number], number)
        channel.open(name + encoding.suffix, 0, wanting, self._digests)
        return _Encoded(encoding, channel, Encoder(encoding, self._rings[0], self._rings[number], self._wake))

    def _read(self, descriptor: int, path: Path, plain: Channel) -> bool:
        """Read the source, each buffer once, as long as somebody wants it; tell whether to its end."""
        offset = 0
        while plain.is_wanted or self._encoded:
            self._serve_encoders()
            buffer = plain.free_buffer(self._lent)
            if buffer is None:
                self._turn()
                continue
            self._turn(wait_s=0)
            with archive_errors(path):
                length = _fill(descriptor, plain.ring.view(buffer), offset)
            if not length:
                return True
            offset += length
            plain.send(buffer, length)
            for encoded in self._encoded:
                self._lent[buffer] += 1
                encoded.encoder.feed(buffer, length)
        return False

    def _finish(self) -> dict[Encoding, dict[str, str]]:
        for encoded in self._encoded:
            encoded.encoder.feed_end()
        digests: dict[Encoding, dict[str, str]] = {}
        while self._encoded:
            self._serve_encoders()
            for encoded in [one for one in self._encoded if one.is_finished]:
                self._encoded.remove(encoded)
                encoded.encoder.stop()
                if encoded.encoder.failure is not None:
                    raise encoded.encoder.failure
                digests[encoded.encoding] = encoded.channel.close()
            if self._encoded:
                self._turn()
        self._lent.clear()
        return digests

    def _serve_encoders(self) -> None:
        for encoded in list(self._encoded):
            if encoded.channel.is_wanted:
                self._lent.subtract(encoded.serve())
            else:
                self._encoded.remove(encoded)
                encoded.encoder.stop()
                self._lent.subtract(encoded.serve())
        self._lent = +self._lent

    def _turn(self, wait_s: float = _TURN_S) -> None:
        """Hear what carriers and encoders have to say, for so long at the most."""
        speakers = [destination for destination in self._destinations if destination.is_alive]
        heard = wait([*(destination.pipe for destination in speakers), self._woken], wait_s)
        with contextlib.suppress(BlockingIOError):
            os.read(self._woken, 65536)
        for destination in speakers:
            if destination.pipe in heard:
                destination.hear()
        for destination in self._destinations:
            destination.look_at_clock()
        self._on_turn()


class _Encoded:
    """An encoder, the channel of what it makes, and the buffers it has of that channel."""

    def __init__(self, encoding: Encoding, channel: Channel, encoder: Encoder) -> None:
        self.encoding = encoding
        self.channel = channel
        self.encoder = encoder
        self.is_finished = False
        self._lent: set[int] = set()

    def serve(self) -> list[int]:
        """Send what was encoded, lend free buffers, and return the plain ones that were given back."""
        while not self.encoder.filled.empty():
            filled = self.encoder.filled.get()
            if filled is None:
                self.is_finished = True
            else:
                self._lent.discard(filled[0])
                self.channel.send(*filled)
        while (buffer := self.channel.free_buffer(self._lent)) is not None:
            self._lent.add(buffer)
            self.encoder.give(buffer)
        taken = []
        while not self.encoder.taken.empty():
            taken.append(self.encoder.taken.get())
        return taken


def _nothing() -> None:
    """Tell nobody."""


def _fill(descriptor: int, view: memoryview, offset: int) -> int:
    """Read until the buffer is full or the file at its end; return how many bytes. Raises OSError."""
    length = 0
    while length < len(view) and (count := os.preadv(descriptor, [view[length:]], offset + length)):
        length += count
    return length
