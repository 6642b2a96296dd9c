# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal's disk is full, read-only, broken or gone; clocks go back; people put files there.

Whatever it is, sound lines stay readable, the error names file and remedy, and once it is over the chain goes on.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from siak_backup.agenda.chain import verify
from siak_backup.agenda.journal import Journal, journal_dir, journal_files, read
from siak_backup.agenda.ledger import run_of
from siak_backup.agenda.line import Sound
from siak_backup.agenda.night import Settings, begin
from siak_backup.agenda.recorder import Planned
from siak_backup.errors import AgendaError

from tests.filesystems.disks import with_disks
from tests.filesystems.faults import Fault, Shim
from tests.filesystems.kinds import BTRFS, EXT4, MIB, XFS

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2025, 1, 9, 9, 35, tzinfo=UTC)
FACTS = {"files": [{"name": "master.dmp", "size_bytes": 5, "sha256": "ab"}], "filler": "x" * 1500}


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def open_journal(agenda: Path, clock: Callable[[], datetime] = Clock()) -> Journal:  # noqa: B008 - it stands still
    return Journal(agenda, node="kendali", clock=clock)


def say(journal: Journal, number: int, filler: int = 500) -> Path:
    return journal.append({"run": "r", "event": "e", "number": number, "filler": "x" * filler})


def numbers(agenda: Path) -> list[int]:
    """The sound lines of all files, in their order."""
    return [
        line.record["number"]
        for file in journal_files(journal_dir(agenda))
        for line in read(file.path, file.size_bytes)
        if isinstance(line, Sound)
    ]


def until_it_fails(journal: Journal, filler: int) -> tuple[int, AgendaError]:
    for number in range(100_000):
        try:
            say(journal, number, filler)
        except AgendaError as error:
            return number, error
    raise AssertionError("it never failed")


@with_disks(EXT4, XFS, BTRFS)
@pytest.mark.parametrize("filler", [100, 7000])
def test_the_disk_is_full(tmp_path, disks, filler):
    disk = disks.insert()
    agenda = disk.path / "agenda"
    journal = open_journal(agenda)
    path = say(journal, 0, filler)
    filler_file = disk.fill(leave_bytes=MIB)
    count, error = until_it_fails(journal, filler)
    assert str(error).startswith("SIAK-600")
    assert str(path) in str(error)
    assert "kosongkan disknya" in str(error)
    assert numbers(agenda) == [0, *range(count)]
    assert verify(journal_dir(agenda)) == []
    with pytest.raises(AgendaError, match="kosongkan disknya"):
        say(journal, 0, 7000)
    filler_file.unlink()
    say(journal, -1, filler)
    assert numbers(agenda) == [0, *range(count), -1]
    assert verify(journal_dir(agenda)) == []


@with_disks(EXT4, XFS)
def test_the_disk_is_full_when_a_month_begins(tmp_path, disks):
    disk = disks.insert()
    agenda, clock = disk.path / "agenda", Clock()
    journal = open_journal(agenda, clock)
    say(journal, 0)
    filler_file = disk.fill()
    clock.now += timedelta(days=31)
    count, _ = until_it_fails(journal, 7000)
    assert verify(journal_dir(agenda)) == []
    clock.now += timedelta(days=31)
    filler_file.unlink()
    say(journal, 100)
    assert numbers(agenda) == [0, *range(count), 100]
    # February's file may be there without a line: March is chained to the last month that has one.
    assert verify(journal_dir(agenda)) == []


@with_disks(EXT4, XFS, BTRFS)
def test_the_disk_becomes_read_only(tmp_path, disks):
    disk = disks.insert()
    agenda = disk.path / "agenda"
    journal = open_journal(agenda)
    path = say(journal, 0)
    disk.remount("ro")
    with pytest.raises(AgendaError, match=r"SIAK-600.*Read-only.*\.lock.*periksa folder agenda"):
        say(journal, 1)
    assert numbers(agenda) == [0]
    assert verify(path.parent) == []
    disk.remount("rw")
    say(journal, 1)
    assert numbers(agenda) == [0, 1]
    assert verify(path.parent) == []


@with_disks(EXT4, XFS)
def test_the_disk_is_gone(tmp_path, disks):
    disk = disks.insert()
    agenda = disk.path / "agenda"
    journal = open_journal(agenda)
    say(journal, 0)
    disk.pull()
    with pytest.raises(AgendaError, match=f"SIAK-600.*{agenda}.*periksa folder agenda"):
        say(journal, 1)
    with pytest.raises(AgendaError, match="SIAK-600"):
        verify(journal_dir(agenda))


def appended(tmp_path: Path, fault: Fault, count: int = 6) -> tuple[Path, list[str], Shim]:
    """Append in a process whose calls fail; return the agenda, the noted words of each line, and the shim."""
    agenda, notes = tmp_path / "agenda", tmp_path / "notes"
    for number in range(3):
        say(open_journal(agenda, lambda: datetime.now(UTC)), number)
    shim = Shim.built(tmp_path / "shim", agenda)
    shim.force(fault)
    command = [sys.executable, "-m", "tests.agenda_faults.appending", agenda, "r", notes, "3", str(3 + count)]
    environment = shim.environment() | {"PYTHONPATH": f"{ROOT}/module_utils:{ROOT}"}
    done = subprocess.run(
        [*map(str, command)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert shim.arrived(), "the fault did not arrive"
    return agenda, notes.read_text().splitlines(), shim


@pytest.mark.parametrize("effect", ["EIO", "ENOSPC", "EDQUOT"])
@pytest.mark.parametrize("at_byte", [0, 3000])
def test_a_write_fails(tmp_path, effect, at_byte):
    agenda, noted, _ = appended(tmp_path, Fault("write", effect, at_byte=at_byte, pattern="*.jsonl"))
    said = [int(line) for line in noted if line.isdigit()]
    failed = [line for line in noted if not line.isdigit()]
    assert failed
    assert all("SIAK-600" in line and ".jsonl" in line for line in failed)
    assert ("kosongkan disknya" in failed[-1]) == (effect in ("ENOSPC", "EDQUOT"))
    assert numbers(agenda) == [0, 1, 2, *said]
    assert verify(journal_dir(agenda)) == []


def test_making_a_line_safe_fails(tmp_path):
    agenda, noted, shim = appended(tmp_path, Fault("sync", "EIO", pattern="*.jsonl"))
    # A line that fsync refused may be gone tomorrow: nothing may be chained to it, and so it is not there.
    assert all("SIAK-600" in line for line in noted)
    assert numbers(agenda) == [0, 1, 2]
    shim.lift()
    say(open_journal(agenda, lambda: datetime.now(UTC)), 3)
    assert numbers(agenda) == [0, 1, 2, 3]
    assert verify(journal_dir(agenda)) == []


def test_reading_the_newest_line_fails(tmp_path):
    agenda, noted, _ = appended(tmp_path, Fault("read", "EIO", pattern="*.jsonl"))
    assert all("SIAK-600" in line for line in noted)
    assert numbers(agenda) == [0, 1, 2]


def test_a_bit_of_the_newest_line_is_read_wrong(tmp_path):
    agenda, noted, _ = appended(tmp_path, Fault("read", "flip", at_byte=900, pattern="*.jsonl"), count=1)
    # The line is written, and chained to what was read; that it was not what stands there shows.
    assert noted == ["3"]
    assert numbers(agenda) == [0, 1, 2, 3]


def test_a_clock_that_goes_back_between_lines_and_over_a_month_s_end(tmp_path):
    clock = Clock()
    journal = open_journal(tmp_path, clock)
    for number, change in enumerate((0, -3600, 86400 * 25, -86400 * 25, -86400 * 400, 86400 * 460, -86400 * 31)):
        clock.now += timedelta(seconds=change)
        say(journal, number)
    assert numbers(tmp_path) == list(range(7))
    assert verify(journal.folder) == []
    assert [file.month for file in journal_files(journal.folder)] == ["2025-01", "2025-02", "2025-03"]


def night_of(agenda: Path) -> tuple[object, str]:
    settings = Settings(agenda, ROOT / "sop/backup-database.yml")
    night = begin(settings, [Planned("a")], playbook="x", clock=lambda: datetime.now(UTC), say=lambda _: None)
    return night, night.recorder.run_id


def test_the_folder_is_removed_while_a_run_goes_on(tmp_path):
    night, _ = night_of(tmp_path)
    night.recorder.task_begins("a", "prepare")
    shutil.rmtree(journal_dir(tmp_path))
    with pytest.raises(AgendaError, match=f"SIAK-600.*{journal_dir(tmp_path)}.*periksa folder agenda"):
        night.recorder.act_ended("a", "prepare", FACTS)
    assert night.recorder.lost
    journal_dir(tmp_path).mkdir()
    # The begin line is gone: no entry can be written, and nobody is told that all is well.
    with pytest.raises(AgendaError, match="tidak ada di jurnal"):
        night.finish(width=100)
    assert '"status":"failed"' in next(journal_dir(tmp_path).glob("*.jsonl")).read_text().splitlines()[-1]


def test_the_newest_line_is_damaged_while_a_run_goes_on(tmp_path):
    night, run_id = night_of(tmp_path)
    night.recorder.task_begins("a", "prepare")
    (path,) = journal_dir(tmp_path).glob("*.jsonl")
    raw = bytearray(path.read_bytes())
    raw[-40] = 0
    path.write_bytes(raw)
    night.recorder.act_ended("a", "prepare", FACTS)
    run = run_of(tmp_path, run_id)
    assert run is not None
    # Its begin is lost, and an end without one proves nothing.
    assert run.servers["a"].steps == {}
    assert [(problem.path, problem.line) for problem in verify(path.parent)] == [(path, 2)]


def test_foreign_files_in_the_folder_are_left_alone(tmp_path):
    journal = open_journal(tmp_path)
    foreign = {
        "2024-12-kendali.jsonl.rusak": b"sampah", "2025-13-kendali.jsonl": b"x", ".2025-01-kendali.jsonl.swp": b"\0",
        "catatan.txt": b"catatan", "2025-01-.jsonl": b"", "Icon\r": b"", "2025-01-lain.jsonl": b"bukan jurnal\n",
    }  # fmt: skip
    for name, content in foreign.items():
        (journal.folder / name).write_bytes(content)
    (journal.folder / "folder.jsonl").mkdir()
    (journal.folder / "tautan.jsonl").symlink_to("/dev/zero")
    os.mkfifo(journal.folder / "pipa.jsonl")
    for number in range(3):
        say(journal, number)
    assert numbers(tmp_path) == [0, 1, 2]
    assert [problem.path.name for problem in verify(journal.folder)] == ["2025-01-lain.jsonl"]
    assert {name: (journal.folder / name).read_bytes() for name in foreign} == foreign
