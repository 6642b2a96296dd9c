# SPDX-License-Identifier: GPL-3.0-or-later
"""Digests of what is copied: SHA-256, which stands in SHA256SUMS, and BLAKE3 for processors that are slow at it."""

from __future__ import annotations

import hashlib
from typing import Final, Protocol

from ..errors import ConfigError
from .optional import library

DIGEST_SETTING: Final = "siak_media_digest"
SHA256: Final = "sha256"
BLAKE3: Final = "blake3"

#: What Linux calls a processor's SHA-256 instructions in /proc/cpuinfo: x86's, then ARM's.
_INSTRUCTIONS = {"sha_ni", "sha2"}

#: The lines that list them: x86's, then ARM's.
_LISTS = {"flags", "Features"}


class Digest(Protocol):
    """A digest being computed."""

    def update(self, data: memoryview, /) -> object:
        """Add bytes; large ones are hashed without the GIL."""
        ...

    def hexdigest(self) -> str:
        """Return the digest of all bytes so far in lower-case hex, 64 digits."""
        ...


def new_digest(name: str) -> Digest:
    """Return an empty digest, `sha256` or `blake3`. Raises ConfigError: no such digest, or no library for it."""
    if name == SHA256:
        return hashlib.sha256()
    if name != BLAKE3:
        raise ConfigError(f"digest {name!r} tidak dikenal", where=DIGEST_SETTING, remedy=f"isi {SHA256} atau {BLAKE3}")
    empty: Digest = library("blake3", setting=DIGEST_SETTING).blake3()
    return empty


def cpu_hashes_fast(cpuinfo_text: str) -> bool:
    """Tell from the text of /proc/cpuinfo whether every processor has SHA-256 instructions; unknown is no.

    Without them SHA-256 runs at some 0.4 GB/s a core, slower than an SSD.
    """
    lines = (line.partition(":") for line in cpuinfo_text.splitlines())
    lists = [set(value.split()) for key, _, value in lines if key.strip() in _LISTS]
    return bool(lists) and all(listed & _INSTRUCTIONS for listed in lists)
