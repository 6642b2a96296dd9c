# SPDX-License-Identifier: GPL-3.0-or-later
"""Running numbers of the Laporan: from 1 each year, in the order in which the journal tells of the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..agenda.journal import journal_dir, journal_files
from ..agenda.ledger import lines_holding, runs

if TYPE_CHECKING:
    from pathlib import Path


def first_numbers(agenda_dir: Path, year: int) -> dict[str, int]:
    """Return, by run, the number of the Laporan of its first server; the others follow in the planned order.

    Every planned server of a run of the whole SOP has one, whatever became of it: a gap in a register of letters would
    ask for an explanation. The year is that of the run's begin in UTC; this country's nights begin hours before or
    after its turn. Later runs take no number from earlier ones. Raises AgendaError.
    """
    files = [file for file in journal_files(journal_dir(agenda_dir)) if file.month >= f"{year}-"]
    # Begin lines alone tell the planned servers, and are few among the many.
    begun = runs(line for line in lines_holding(files, '"run_begin"') if line.record["run"].startswith(str(year)))
    numbers: dict[str, int] = {}
    following = 1
    for run in begun.values():
        if not run.steps:
            numbers[run.id] = following
            following += len(run.servers)
    return numbers
