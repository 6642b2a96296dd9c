# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills ansible-playbook at moments of chance and prints what held: `python -m tests.oracle_faults.kills`."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.oracle_faults.killed_plays import COUNT, SEED, STEPS

#: What a blow's test records.
_TOLD = ("step", "killed", "job")


@dataclass
class Tally:
    """What the blows met, whichever worker dealt them."""

    held: int = 0
    lost: list[str] = field(default_factory=list)
    told: dict[str, Counter[str]] = field(
        default_factory=lambda: {name: Counter() for name in ("step", "killed", "job")}
    )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in one blow."""
        if report.failed:
            self.lost.append(report.nodeid)
        elif report.when == "call" and report.passed:
            self.held += 1
        if report.when == "call":
            for name, value in report.user_properties:
                if name in self.told:
                    self.told[name][str(value)] += 1


def main() -> int:
    """Run, print, and return 0 if every claim held and every step was hit."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition(":")[0])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    os.environ |= {COUNT: str(options.count), SEED: str(options.seed)}
    tally = Tally()
    test = str(Path(__file__).with_name("test_random_kills.py"))
    code = pytest.main(["-q", "--no-header", f"-n{options.jobs}", test], [tally])
    sys.stdout.write(f"seed={options.seed}\n")
    for name, counted in tally.told.items():
        sys.stdout.write(f"{name}: " + ", ".join(f"{each} {counted[each]}" for each in sorted(counted)) + "\n")
    for nodeid in tally.lost:
        sys.stdout.write(f"LOST {nodeid.rpartition('::')[2]}\n")
    missed = [step for step in STEPS if not tally.told["step"][str(step)]]
    if missed:
        sys.stdout.write(f"no blow fell in step {', '.join(map(str, missed))}\n")
    sys.stdout.write(f"kills run={tally.held + len(tally.lost)} held={tally.held} lost={len(tally.lost)}\n")
    return int(code) or int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
