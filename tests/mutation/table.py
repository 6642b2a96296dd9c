# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/mutation.md: totals by module, and every mutant that survived with the reason why it may.

Rows are known by module, function and change, not by line, which moves; reasons are written by hand and kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PATH = Path(__file__).resolve().parents[2] / "docs" / "mutation.md"

_HEAD = """\
# Mutants that survive

Written by `make mutate`, but for the column *why*, which a person fills in. Each mutant is one small change of a
module that judges (`tests/mutation/targets.py`); its tests are to fail. One that no test notices is listed here with
the reason why it changes no verdict, or the run fails. `make mutate ARGS=dump/verdict.py` tries one module.
How mutants are made and tried, and what is left out, is in [adr/0028](adr/0028-mutation-testing.md).
"""
_TOTALS = "| module | mutants | killed | timed out | survived | explained |\n|---|---|---|---|---|---|"
_ROWS = "| line | in | change | why |\n|---|---|---|---|"
_TOTAL = re.compile(r"\| (\S+\.py) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|")
_SECTION = re.compile(r"## (\S+\.py)")
_ROW = re.compile(r"\| (\d+) \| (\S+) \| (.*) \| (.*) \|")


@dataclass(frozen=True)
class Survivor:
    """A mutant that no test noticed; `why` is empty while nobody has said why it may."""

    line: int
    name: str
    change: str
    why: str = ""


@dataclass
class Section:
    """What became of one module's mutants."""

    mutants: int
    killed: int
    timed_out: int
    survivors: list[Survivor] = field(default_factory=list)

    @property
    def unexplained(self) -> list[Survivor]:
        """Those that fail the run."""
        return [each for each in self.survivors if not each.why]


def read() -> dict[str, Section]:
    """Return what the file says, by module; nothing if there is none."""
    sections: dict[str, Section] = {}
    at: Section | None = None
    for line in PATH.read_text(encoding="utf-8").splitlines() if PATH.exists() else ():
        if match := _TOTAL.fullmatch(line):
            sections[match[1]] = Section(*(int(match[group]) for group in (2, 3, 4)))
        elif match := _SECTION.fullmatch(line):
            at = sections[match[1]]
        elif at is not None and (match := _ROW.fullmatch(line)):
            at.survivors.append(Survivor(int(match[1]), match[2], match[3], match[4].strip()))
    return sections


def explained(found: Iterable[Survivor], before: Sequence[Survivor]) -> list[Survivor]:
    """Return `found` with the reasons that were given before; equal changes in one function go by their order."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for each in before:
        reasons.setdefault((each.name, each.change), []).append(each.why)
    told = []
    for each in sorted(found, key=lambda survivor: (survivor.line, survivor.name, survivor.change)):
        known = reasons.get((each.name, each.change), [])
        told.append(Survivor(each.line, each.name, each.change, known.pop(0) if known else ""))
    return told


def write(sections: Mapping[str, Section], order: Sequence[str]) -> None:
    """Write the file anew, modules in the given order."""
    listed = [module for module in order if module in sections]
    missing = [module for module in order if module not in sections]
    parts = [_HEAD, _TOTALS]
    sums: Counter[int] = Counter()
    for module in listed:
        counts = _counts(sections[module])
        sums.update(dict(enumerate(counts)))
        parts.append(f"| {module} | {' | '.join(map(str, counts))} |")
    parts.append(f"| together | {' | '.join(str(sums[at]) for at in range(5))} |")
    if missing:
        parts.append(f"\nNot yet tried: {', '.join(missing)}.")
    for module in listed:
        if survivors := sections[module].survivors:
            rows = [f"| {each.line} | {each.name} | {each.change} | {each.why} |" for each in survivors]
            parts += [f"\n## {module}\n", _ROWS, *rows]
    PATH.write_text("\n".join(parts) + "\n", encoding="utf-8")


def _counts(section: Section) -> tuple[int, ...]:
    survived = len(section.survivors)
    return section.mutants, section.killed, section.timed_out, survived, survived - len(section.unexplained)
