# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from desk import Clock
from siak_backup.agenda.chain import Problem, verify, verify_file
from siak_backup.agenda.journal import Journal, journal_files
from siak_backup.errors import AgendaError

COUNT = 6


@pytest.fixture
def path(journal: Journal) -> Path:
    for number in range(COUNT):
        path = journal.append({"run": "r", "event": "e", "number": number})
    return path


def change(path: Path, act: Callable[[list[bytes]], object]) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    act(lines)
    path.write_bytes(b"".join(lines))


def where(problems: list[Problem]) -> list[tuple[int, str]]:
    return [(problem.line, problem.reason.split(",")[0]) for problem in problems]


def test_a_whole_chain_has_no_problem(path: Path):
    assert verify(path.parent) == []


@pytest.mark.parametrize("line", range(1, COUNT))
def test_a_changed_line_is_named(path: Path, line: int):
    def edit(lines: list[bytes]) -> None:
        lines[line - 1] = lines[line - 1].replace(b'"event":"e"', b'"event":"f"')

    change(path, edit)
    assert where(verify(path.parent)) == [(line, "diubah setelah ditulis")]


@pytest.mark.parametrize("line", range(2, COUNT))
def test_a_missing_line_is_named(path: Path, line: int):
    change(path, lambda lines: lines.pop(line - 1))
    assert where(verify(path.parent)) == [(line, "1 baris hilang sebelum baris ini")]


def test_missing_first_lines_are_named(path: Path):
    change(path, lambda lines: [lines.pop(0), lines.pop(0)])
    assert where(verify(path.parent)) == [(1, "berkas bulan sebelumnya atau baris sebelumnya tidak ada")]


def test_a_cut_line_is_named_and_the_rest_still_checked(path: Path):
    def cut(lines: list[bytes]) -> None:
        lines[2] = lines[2][:40] + b"\n"
        lines[4] = lines[4].replace(b'"event":"e"', b'"event":"f"')

    change(path, cut)
    assert [problem.line for problem in verify(path.parent)] == [3, 3, 5]


def test_swapped_and_repeated_lines_are_named(path: Path):
    change(path, lambda lines: lines.insert(3, lines[1]))
    assert where(verify(path.parent)) == [(4, "nomor urut mundur ke 2"), (5, "1 baris hilang sebelum baris ini")]


def test_a_foreign_line_is_named_by_number_and_reason(path: Path):
    change(path, lambda lines: lines.insert(0, b"bukan jurnal\n"))
    first = verify(path.parent)[0]
    assert str(first) == f"{path}, baris 1: bukan JSON yang utuh"


def test_a_month_changed_after_the_next_began_is_named(journal: Journal, clock: Clock, path: Path):
    clock.now = datetime(2025, 2, 1, tzinfo=UTC)
    journal.append({"run": "r", "event": "e"})
    assert verify(path.parent) == []
    change(path, lambda lines: lines.pop())
    assert [(problem.path, problem.line) for problem in verify(path.parent)] == [(path, 1)]


def test_a_month_that_is_gone_is_named(journal: Journal, clock: Clock, path: Path):
    clock.now = datetime(2025, 2, 1, tzinfo=UTC)
    february = journal.append({"run": "r", "event": "e"})
    path.rename(path.with_suffix(".rusak"))
    assert [(problem.path, problem.line) for problem in verify(path.parent)] == [(february, 1)]
    # Step 6 asks only for its own month: evidence set aside must not fail every later night.
    assert verify_file(journal_files(path.parent)[0], None) == []


def test_after_the_remedy_a_new_chain_begins(journal: Journal, path: Path):
    change(path, lambda lines: lines.pop(1))
    path.rename(path.with_suffix(".jsonl.rusak"))
    journal.append({"run": "r", "event": "e"})
    assert verify(path.parent) == []


def test_nothing_is_not_whole(tmp_path: Path):
    with pytest.raises(AgendaError, match="tidak ada berkas jurnal"):
        verify(tmp_path)
    with pytest.raises(AgendaError, match="SIAK-600"):
        verify(tmp_path / "none")
