# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a journal file: its newest sound line, found without reading the rest."""

from __future__ import annotations

import os
from dataclasses import dataclass

from .line import MAX_SEQ, Sound, parse

#: A tail this long holds the last line of most journals; beyond the limit a journal has no sound line worth finding.
_TAIL_BYTES = 8 * 1024
_TAIL_LIMIT_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class Tail:
    """The newest sound line, if any; how many lines are after it, or in all; and what the file ends with."""

    sound: Sound | None
    after: int
    last: bytes
    is_torn: bool


def read_tail(descriptor: int, size: int) -> Tail:
    """Read the first `size` bytes backwards to the last sound line, whose number is not told. Raises OSError.

    The lines after it are counted, not trusted.
    """
    length = _TAIL_BYTES
    while True:
        begin = max(0, size - length)
        tail = os.pread(descriptor, size - begin, begin)
        is_torn = not tail.endswith(b"\n")
        lines = tail.removesuffix(b"\n").split(b"\n")[1 if begin else 0 :]
        for after, raw in enumerate(reversed(lines)):
            line = parse(raw, 0)
            # A number that leaves no room for the next was not written by us; lines after it would not be sound.
            if isinstance(line, Sound) and line.record["seq"] + after < MAX_SEQ:
                return Tail(line, after, lines[-1], is_torn)
        if begin == 0 or length >= _TAIL_LIMIT_BYTES:
            return Tail(None, len(lines), lines[-1] if lines else tail, is_torn)
        length *= 8
