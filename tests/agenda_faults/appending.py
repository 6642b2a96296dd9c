# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that appends lines, and notes each one elsewhere only after `append` has returned.

    python -m tests.agenda_faults.appending AGENDA NAME NOTES FIRST END

A line that fails is noted as its number and the error.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from siak_backup.agenda.journal import Journal
from siak_backup.errors import AgendaError


def main(agenda: str, name: str, notes: str, first: str, end: str) -> None:
    """Append and note."""
    journal = Journal(Path(agenda), node="kendali", clock=lambda: datetime.now(UTC))
    noted = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number in range(int(first), int(end)):
        try:
            # Lengths differ, so that lines begin anywhere in a page.
            journal.append({"run": name, "event": "e", "number": number, "filler": "x" * (number * 37 % 1500)})
        except AgendaError as error:
            os.write(noted, f"{number} {error}\n".encode())
        else:
            os.write(noted, b"%d\n" % number)


if __name__ == "__main__":
    main(*sys.argv[1:])
