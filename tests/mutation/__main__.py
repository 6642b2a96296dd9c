# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries every mutant of the code that judges, writes docs/mutation.md, fails for one that nobody has explained.

`python -m tests.mutation [--jobs N] [MODULE...]`, modules as in targets.py; all without any.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from . import table, trial
from .mutators import mutants
from .targets import TARGETS, Target


def main() -> int:
    """Return 1 if a mutant survived without a reason."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="mutants at a time")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="e.g. dump/verdict.py")
    asked = parser.parse_args()
    targets = [target for target in TARGETS if not asked.modules or target.module in asked.modules]
    if strange := set(asked.modules) - {target.module for target in TARGETS}:
        parser.error(f"not in tests/mutation/targets.py: {', '.join(sorted(strange))}")
    began = time.monotonic()
    sections = {}
    for target in targets:
        sections[target.module] = _try(target, asked.jobs)
        everything = table.read() | {target.module: sections[target.module]}
        table.write(everything, [each.module for each in TARGETS])
    unexplained = sum(len(section.unexplained) for section in sections.values())
    survived = sum(len(section.survivors) for section in sections.values())
    _say(
        f"mutation run={len(targets)} of {len(TARGETS)} modules"
        f" mutants={sum(section.mutants for section in sections.values())}"
        f" killed={sum(section.killed for section in sections.values())}"
        f" timed_out={sum(section.timed_out for section in sections.values())}"
        f" survived={survived} explained={survived - unexplained} seconds={time.monotonic() - began:.0f}"
    )
    return 1 if unexplained else 0


def _try(target: Target, jobs: int) -> table.Section:
    began = time.monotonic()
    before = table.read().get(target.module)
    all_of_it = mutants((trial.PACKAGE / target.module).read_bytes())
    results: Counter[str] = Counter()
    found = []
    for outcome in trial.outcomes(target.module, all_of_it, [f"tests/unit/{name}" for name in target.tests], jobs=jobs):
        results[outcome.result] += 1
        if outcome.result == trial.SURVIVED:
            mutant = outcome.mutant
            found.append(table.Survivor(mutant.line, mutant.name, mutant.change))
    survivors = table.explained(found, before.survivors if before else [])
    section = table.Section(len(all_of_it), results[trial.KILLED], results[trial.TIMED_OUT], survivors)
    for each in section.unexplained:
        _say(f"{target.module}:{each.line} {each.name}: {each.change}")
    _say(f"{target.module}: {dict(results)} in {time.monotonic() - began:.0f} s")
    return section


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
