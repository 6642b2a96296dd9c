# SPDX-License-Identifier: GPL-3.0-or-later
"""Buffers that a process shares with the children it forks: what is read once is written by all of them."""

from __future__ import annotations

import mmap

#: Large enough that a disk works at its own speed, and that two threads do not hand the GIL back and forth.
BUFFER_BYTES = 4 * 1024 * 1024
BUFFER_COUNT = 6

#: What direct I/O is aligned to: a page, which is a multiple of every disk's sector.
PAGE_BYTES = mmap.PAGESIZE


class Ring:
    """Page-aligned buffers of one size, in memory shared across fork(2)."""

    def __init__(self, count: int = BUFFER_COUNT, size_bytes: int = BUFFER_BYTES) -> None:
        self.count = count
        self.size_bytes = size_bytes
        self._memory = memoryview(mmap.mmap(-1, count * size_bytes))

    def view(self, number: int) -> memoryview:
        """Return the whole buffer of a number from 0."""
        return self._memory[number * self.size_bytes : (number + 1) * self.size_bytes]
