# SPDX-License-Identifier: GPL-3.0-or-later
"""Group functions SQLite lacks."""

from __future__ import annotations

from rehearsal.engine.datatypes import number_text


class ListAggregate:
    """LISTAGG(value, separator) WITHIN GROUP (ORDER BY key)."""

    def __init__(self) -> None:
        self._values: list[tuple[object, str]] = []
        self._separator = ""

    def step(self, value: str | float | None, separator: str | None, key: object) -> None:
        """Take one row; NULL is left out."""
        self._separator = separator or ""
        if value is not None:
            self._values.append((key, value if isinstance(value, str) else number_text(value)))

    def finalize(self) -> str | None:
        """Return the values in the order of their keys."""
        ordered = sorted(self._values, key=lambda pair: (pair[0] is None, pair[0]))
        return self._separator.join(text for _, text in ordered) or None
