# SPDX-License-Identifier: GPL-3.0-or-later
"""A day as data and settings write it."""

from __future__ import annotations

import re
from datetime import date

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def iso_day(text: str) -> date | None:
    """Return the day that `YYYY-MM-DD` names, None for a day that does not exist or another form.

    `date.fromisoformat` also reads forms that nobody here would recognise, such as 2025-W01-4.
    """
    try:
        return date.fromisoformat(text) if _ISO_DATE.fullmatch(text) else None
    except ValueError:
        return None
