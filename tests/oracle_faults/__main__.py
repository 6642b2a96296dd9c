# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs every fault on two workers, writes docs/faults.md and prints what held: `python -m tests.oracle_faults`."""

from __future__ import annotations

import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.oracle_faults.sample import ALL

_TABLE = Path(__file__).resolve().parents[2] / "docs/faults.md"
_GROUPS = ("connect", "login", "privilege", "job", "file", "log", "network", "process", "server", "clock")
_COLUMNS = ("fault", "expected", "got", "lost", "next")
_HEAD = """\
# Faults of an Oracle server, and what a night makes of them

Made by `make faults`, which writes this file; do not edit it. Each row is a night in which the named thing is broken on
the rehearsal server, reached by the unmodified driver, with the real modules of steps 1 to 5; then the night after it.
An earlier night lies in the archive and on the medium, and is compared byte for byte afterwards.

- *expected*: OK, or the step that must fail, with codes and words its message must have.
- *got*: OK, or the step, our code, and Oracle's or the driver's.
- *lost*: files of the earlier night, in the archive or on the medium, that are gone or changed.
- *next night*: what the following run came to, the fault gone.

Besides, in every row: a night that failed published nothing, one that did not published one proven folder and its copy;
at most one export ran at any moment; a refused login was not repeated.
"""


@dataclass(frozen=True)
class Row:
    """One test: its properties, and whether it held."""

    facts: dict[str, str]
    held: bool


class Table:
    """Gathers the rows, whichever worker ran them."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in one test."""
        if report.skipped:
            self.skipped.append(report.nodeid)
        elif report.when == "call" or report.failed:
            facts = {str(name): str(value) for name, value in report.user_properties}
            facts.setdefault("fault", report.nodeid.rpartition("::")[2])
            self.rows.append(Row(facts, report.passed))

    def markdown(self) -> str:
        """Return the table."""
        counted = Counter(row.facts.get("group", "") for row in self.rows)
        told = ", ".join(f"{group} {counted[group]}" for group in _GROUPS)
        lines = [_HEAD, f"{len(self.rows)} faults: {told}.\n"]
        for group in _GROUPS:
            lines += [f"## {group}\n", "| fault | expected | got | lost | next night |", "|---|---|---|---|---|"]
            rows = sorted(
                (row for row in self.rows if row.facts.get("group") == group), key=lambda row: row.facts["fault"]
            )
            lines += ["| " + " | ".join(_cell(row, column) for column in _COLUMNS) + " |" for row in rows]
            lines.append("")
        return "\n".join(lines)


def _cell(row: Row, column: str) -> str:
    text = row.facts.get(column, "" if row.held else "**not held**")
    return text.replace("|", "\\|").replace("`", "'")


def main() -> int:
    """Run, write, print, and return pytest's exit code."""
    os.environ[ALL] = "1"
    table = Table()
    here = str(Path(__file__).parent)
    # Random kills are counted by `python -m tests.oracle_faults.kills`: no fault is theirs.
    apart = f"--ignore={Path(here, 'test_random_kills.py')}"
    code = pytest.main(["-q", "--no-header", "-n2", "--timeout=150", here, apart, *sys.argv[1:]], [table])
    held = sum(row.held for row in table.rows)
    if not sys.argv[1:]:
        _TABLE.write_text(table.markdown(), encoding="utf-8")
    for row in table.rows:
        if not row.held:
            sys.stdout.write(f"LOST {row.facts.get('group', '')}: {row.facts['fault']}\n")
    sys.stdout.write(f"skipped={len(table.skipped)}\n")
    sys.stdout.write(f"faults run={len(table.rows)} held={held} lost={len(table.rows) - held}\n")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
