# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs every fault and prints whether all claims held: `AGENDA_FAULTS=full python -m tests.agenda_faults`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.media_faults.__main__ import Table


def main() -> int:
    """Run, print, and return pytest's exit code."""
    table = Table()
    arguments = ["-q", "--no-header", "-p", "no:xdist", "--timeout", "3600", str(Path(__file__).parent), *sys.argv[1:]]
    code = pytest.main(arguments, [table])
    width = max((len(name) for name, *_ in table.rows), default=0)
    sys.stdout.write("\n")
    for name, verdict, ran_on in sorted(table.rows):
        sys.stdout.write(f"{name.ljust(width)}  {verdict.ljust(7)}  {ran_on}\n")
    verdicts = [verdict for _, verdict, _ in table.rows]
    held, lost = verdicts.count("held"), verdicts.count("LOST")
    sys.stdout.write(f"skipped={verdicts.count('skipped')}\nfaults run={held + lost} held={held} lost={lost}\n")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
