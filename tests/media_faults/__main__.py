# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs every fault and prints what it ran on and whether all claims held: `python -m tests.media_faults`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


class Table:
    """A row a fault and file system."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in one test."""
        if report.when != "call" and report.passed:
            return
        name = report.nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " ")
        ran_on = str(dict(report.user_properties).get("ran_on", ""))
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            self.rows.append((name, "skipped", str(reason).removeprefix("Skipped: ")))
        else:
            self.rows.append((name, "held" if report.passed else "LOST", ran_on))


def main() -> int:
    """Run, print, and return pytest's exit code."""
    table = Table()
    code = pytest.main(["-q", "--no-header", "-p", "no:xdist", str(Path(__file__).parent), *sys.argv[1:]], [table])
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
