# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a piece of a syntax tree stands in its text."""

from __future__ import annotations

from . import nodes


def position(where: object) -> tuple[int, int]:
    """Return line and column of the first name in a tree; 1, 1 if it has none."""
    if isinstance(where, nodes.Name | nodes.Bind):
        return where.line, where.column
    children = where if isinstance(where, tuple) else vars(where).values() if isinstance(where, nodes.Node) else ()
    for child in children:
        found = position(child)
        if found != (1, 1):
            return found
    return 1, 1
