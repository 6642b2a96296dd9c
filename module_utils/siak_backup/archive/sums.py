# SPDX-License-Identifier: GPL-3.0-or-later
"""SHA256SUMS, the text that plain `sha256sum -c` reads: `<64 hex digits>  <name>`, a line a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Two blanks: binary and text mode are the same on Linux, and this is what sha256sum writes.
_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._-]{0,199})")


def format_sums(sums: Mapping[str, str]) -> str:
    """Return the file's text for names and their SHA-256, in the order of the names."""
    return "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(sums.items()))


def parse_sums(text: str, *, where: str) -> dict[str, str]:
    """Return name -> SHA-256 of a SHA256SUMS text.

    Raises:
        ArchiveError: a line is not one that `format_sums` writes, or a name
            comes twice, or there is none.
    """
    sums: dict[str, str] = {}
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines, start=1):
        found = _LINE.fullmatch(line.removesuffix("\n"))
        if found is None or not line.endswith("\n") or found[2] in sums:
            raise _not_sums(f"{where}, baris {number}")
        sums[found[2]] = found[1]
    if not sums:
        raise _not_sums(where)
    return sums


def _not_sums(where: str) -> ArchiveError:
    return ArchiveError("SHA256SUMS rusak", where=where, remedy="jangan pakai folder ini, ambil salinan lain")
