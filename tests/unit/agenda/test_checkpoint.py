# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from desk import ROOT, Clock
from siak_backup.agenda import checkpoint
from siak_backup.agenda.chain import Problem
from siak_backup.agenda.journal import Journal, journal_files, progress_dir

RUN = "20250109T093500Z-abcdef"

LOCKER = """
import fcntl, os, sys, time
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(0.5)
"""


@pytest.fixture
def month(journal: Journal, tmp_path: Path) -> Path:
    progress_dir(tmp_path, RUN).mkdir(parents=True)
    for number in range(6):
        path = journal.append({"run": RUN, "event": "e", "number": number})
    return path


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The byte at which each proof began to follow lines."""
    begun: list[int] = []
    real = checkpoint.follow_file

    def follow(*arguments: Any, offset: int, **more: Any) -> Any:
        begun.append(offset)
        return real(*arguments, offset=offset, **more)

    monkeypatch.setattr(checkpoint, "follow_file", follow)
    return begun


def prove(tmp_path: Path, run: str = RUN, month: int = -1) -> list[Problem]:
    files = [None, *journal_files(tmp_path / "journal")]
    file = files[month]
    assert file is not None
    return checkpoint.problems_of_run(tmp_path, run, file, files[month - 1])


def kept(tmp_path: Path) -> Path:
    (path,) = progress_dir(tmp_path, RUN).glob(".proven-*")
    return path


def test_what_the_run_has_followed_is_not_followed_again(month, journal, tmp_path, followed):
    assert prove(tmp_path) == []
    first = month.stat().st_size
    journal.append({"run": RUN, "event": "e"})
    assert prove(tmp_path) == []
    assert prove(tmp_path) == []
    assert followed == [0, first, month.stat().st_size]


def test_another_run_follows_it_anew(month, tmp_path, followed):
    other = RUN.replace("abcdef", "000000")
    progress_dir(tmp_path, other).mkdir()
    prove(tmp_path)
    prove(tmp_path, other)
    assert followed == [0, 0]


@pytest.mark.parametrize("at", [0, 100, -3, -2])
def test_a_byte_changed_after_it_was_followed_is_found(month, journal, tmp_path, at):
    assert prove(tmp_path) == []
    journal.append({"run": RUN, "event": "e"})
    raw = bytearray(month.read_bytes())
    end = len(raw.splitlines(keepends=True)[-1])
    at = at if at >= 0 else len(raw) - end + at
    raw[at] ^= 1
    month.write_bytes(raw)
    assert prove(tmp_path) != []
    assert prove(tmp_path) != []


def test_what_came_after_it_is_followed(month, journal, tmp_path):
    assert prove(tmp_path) == []
    journal.append({"run": RUN, "event": "e"})
    journal.append({"run": RUN, "event": "e"})
    month.write_bytes(month.read_bytes().replace(b'"seq":7,', b'"seq":9,'))
    assert [problem.line for problem in prove(tmp_path)] == [7, 8]


def test_a_first_line_after_it_that_names_another_is_found(month, journal, tmp_path):
    assert prove(tmp_path) == []
    before = month.read_bytes()
    journal.append({"run": RUN, "event": "e"})
    line = month.read_bytes().removeprefix(before)
    assert b'"prev":"' in line
    month.write_bytes(before + line.replace(b'"prev":"', b'"prev":"0')[:-4] + b'"}\n')
    assert prove(tmp_path) != []


def test_a_journal_that_was_cut_is_followed_anew(month, tmp_path, followed):
    assert prove(tmp_path) == []
    month.write_bytes(b"".join(month.read_bytes().splitlines(keepends=True)[:-1]))
    assert prove(tmp_path) == []
    assert followed == [0, 0]


def test_a_month_before_that_changed_is_found(month, journal: Journal, clock: Clock, tmp_path):
    clock.now = datetime(2025, 2, 1, tzinfo=UTC)
    journal.append({"run": RUN, "event": "e"})
    assert prove(tmp_path) == []
    month.write_bytes(month.read_bytes().replace(b'"number":3', b'"number":4'))
    assert [problem.path for problem in prove(tmp_path)] == [month]


def test_a_month_with_a_problem_has_no_checkpoint(month, tmp_path, followed):
    month.write_bytes(month.read_bytes().replace(b'"number":3', b'"number":4'))
    assert [problem.line for problem in prove(tmp_path)] == [4]
    assert [problem.line for problem in prove(tmp_path)] == [4]
    assert followed == [0, 0]


def test_a_last_line_without_newline_is_no_place_to_begin(month, journal, tmp_path, followed):
    month.write_bytes(month.read_bytes().removesuffix(b"\n"))
    assert prove(tmp_path) == []
    journal.append({"run": RUN, "event": "e"})
    assert prove(tmp_path) == []
    assert followed == [0, 0]


def test_without_the_run_s_folder_the_month_is_followed(month, tmp_path, followed):
    for path in progress_dir(tmp_path, RUN).iterdir():
        path.unlink()
    progress_dir(tmp_path, RUN).rmdir()
    assert prove(tmp_path) == prove(tmp_path) == []
    assert followed == [0, 0]


def spoil(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def act(raw: bytes) -> bytes:
        told = json.loads(raw)
        change(told)
        return json.dumps(told).encode()

    return act


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"",
        lambda raw: raw[:-1],
        lambda _: b"[" * 8000,
        lambda _: b"\xff",
        lambda _: b"[]",
        spoil(lambda told: told.pop("place")),
        spoil(lambda told: told.update(place=None)),
        spoil(lambda told: told.update(size_bytes=True)),
        spoil(lambda told: told.update(size_bytes=-1)),
        spoil(lambda told: told.update(size_bytes=10)),
        spoil(lambda told: told.update(size_bytes=2**60)),
        spoil(lambda told: told.update(sha256=5)),
        spoil(lambda told: told.update(sha256="00")),
        spoil(lambda told: told.update(month_before="00")),
        spoil(lambda told: told["place"].update(seq=None)),
    ],
)
def test_what_is_no_checkpoint_is_not_believed(month, tmp_path, followed, change):
    prove(tmp_path)
    path = kept(tmp_path)
    path.write_bytes(change(path.read_bytes()))
    assert prove(tmp_path) == []
    assert followed == [0, 0]


def test_a_checkpoint_behind_a_link_is_not_believed(month, tmp_path, followed):
    prove(tmp_path)
    path = kept(tmp_path)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert prove(tmp_path) == []
    assert followed == [0, 0]


def test_servers_take_turns(month, tmp_path):
    command = [sys.executable, "-c", LOCKER, str(progress_dir(tmp_path, RUN) / ".proving")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        began = time.monotonic()
        assert prove(tmp_path) == []
        assert time.monotonic() - began > 0.2


def test_a_checkpoint_that_cannot_be_written_harms_nobody(month, tmp_path, followed):
    (progress_dir(tmp_path, RUN) / f".proven-{month.name}.part").mkdir()
    assert prove(tmp_path) == prove(tmp_path) == []
    assert followed == [0, 0]
