# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain text in columns, for terminals and text files."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = "  "
_NARROWEST = 6

#: How step 1 numbers the failures it lists (preflight.report).
_BEFORE_POINT = re.compile(r" (?=\([0-9]+\) SIAK-)")


def grid(header: Sequence[str], rows: Sequence[Sequence[str]], *, width: int) -> list[str]:
    """Return aligned lines no wider than `width`, cells wrapped where they must be.

    Every row has as many cells as the header. Columns are never narrower than
    6 letters, so a very small `width` is exceeded rather than made unreadable.
    """
    table = [[printable(cell) for cell in row] for row in (header, *rows)]
    widths = _widths(table, width - len(_GAP) * (len(header) - 1))
    lines = [line for row in table for line in _row(row, widths)]
    lines.insert(len(_row(table[0], widths)), _GAP.join("-" * column for column in widths))
    return lines


def paragraph(text: str, *, width: int, indent: str) -> list[str]:
    """Return a text wrapped to `width`, the lines after the first indented.

    Numbered failures, `(1) SIAK-...`, begin a line each. No word is broken,
    so that paths and settings can be copied; a longer one exceeds the width.
    """
    lines: list[str] = []
    for point in _BEFORE_POINT.split(printable(text)):
        lines += textwrap.wrap(
            point,
            width,
            initial_indent=indent if lines else "",
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines


def printable(text: str) -> str:
    """Return a text without what could steer a terminal: white space becomes a blank, the rest of it `?`."""
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else "?" for letter in text)


def cut(text: str, length: int) -> str:
    """Return a text of at most `length` letters, its end replaced by `…` when it is longer."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _widths(table: Sequence[Sequence[str]], available: int) -> list[int]:
    """Take from the widest column until the row fits."""
    widths = [max(1, *map(len, column)) for column in zip(*table, strict=True)]
    while sum(widths) > available and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _row(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    wrapped = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, widths, strict=True)]
    height = max(map(len, wrapped))
    padded = [lines + [""] * (height - len(lines)) for lines in wrapped]
    return [
        _GAP.join(part.ljust(width) for part, width in zip(line, widths, strict=True)).rstrip()
        for line in zip(*padded, strict=True)
    ]
