# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from desk import ROOT, START, Clock
from siak_backup.agenda.chain import verify
from siak_backup.agenda.journal import Journal, JournalFile, find_raw, journal_dir, journal_files, read
from siak_backup.agenda.line import MAX_LINE_BYTES, MAX_SEQ, NO_PREVIOUS, Damaged, Sound, digest
from siak_backup.errors import AgendaError

RECORD = {"run": "20250109T093500Z-abcdef", "event": "run_begin"}

APPENDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from siak_backup.agenda.journal import Journal
journal = Journal(Path(sys.argv[1]), node="kendali", clock=lambda: datetime.now(UTC))
print("ready", flush=True)
for number in range(int(sys.argv[3])):
    journal.append({"run": sys.argv[2], "event": "test", "number": number, "filler": "x" * 6000})
    print(number, flush=True)
"""


def appender(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", APPENDER, str(folder), name, str(count)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "module_utils")},
        stdout=subprocess.PIPE,
        text=True,
    )


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_each_line_names_the_one_before(journal: Journal, clock: Clock):
    path = journal.append(RECORD)
    clock.passes(seconds=1.5)
    journal.append(RECORD | {"event": "run_end"})
    first, second = path.read_bytes().splitlines()
    assert path.name == "2025-01-kendali.jsonl"
    assert json.loads(first) == {"v": 1, "seq": 1, "at": "2025-01-09T09:35:00.000+00:00", **RECORD, "prev": NO_PREVIOUS}
    assert json.loads(second)["prev"] == digest(first)
    assert json.loads(second)["seq"] == 2
    assert json.loads(second)["at"] == "2025-01-09T09:35:01.500+00:00"
    assert verify(journal.folder) == []


def test_a_month_names_the_file_before_and_an_earlier_clock_does_not_reopen_it(journal: Journal, clock: Clock):
    january = journal.append(RECORD)
    clock.now = datetime(2025, 1, 31, 23, 30, tzinfo=UTC)
    assert journal.append(RECORD) == january
    clock.passes(hours=1)
    february = journal.append(RECORD)
    assert february.name == "2025-02-kendali.jsonl"
    assert records(february)[0]["prev"] == digest(january.read_bytes())
    assert records(february)[0]["seq"] == 3
    clock.passes(days=-20)
    assert journal.append(RECORD) == february
    assert verify(journal.folder) == []


def test_nodes_have_chains_of_their_own(tmp_path: Path, clock: Clock):
    for node in ("a", "b", "a"):
        Journal(tmp_path, node=node, clock=clock).append(RECORD)
    assert [file.path.name for file in journal_files(journal_dir(tmp_path))] == ["2025-01-a.jsonl", "2025-01-b.jsonl"]
    assert [file.node for file in journal_files(journal_dir(tmp_path), "b")] == ["b"]
    assert verify(journal_dir(tmp_path)) == []


@pytest.mark.parametrize("torn", [b'{"v":1,"seq":2,"at":"20', b"\xff" * 20_000, b"x" * (MAX_LINE_BYTES + 5)])
def test_a_torn_last_line_stays_and_the_next_is_not_glued_to_it(journal: Journal, torn: bytes):
    path = journal.append(RECORD)
    with path.open("ab") as file:
        file.write(torn)
    journal.append(RECORD)
    first, broken, last = read(path)
    assert isinstance(first, Sound)
    assert isinstance(broken, Damaged)
    assert isinstance(last, Sound)
    assert last.record["seq"] == 3
    assert path.read_bytes().splitlines()[1] == torn
    assert [(problem.line, problem.path) for problem in verify(journal.folder)] == [(2, path)]


def test_a_whole_last_line_that_lacks_only_its_newline_counts(journal: Journal):
    path = journal.append(RECORD)
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    journal.append(RECORD)
    assert verify(journal.folder) == []
    assert [line.number for line in read(path)] == [1, 2]


def test_damaged_lines_never_hide_sound_ones(journal: Journal):
    for _ in range(30):
        path = journal.append(RECORD)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[3] = b"\x00" * 3000 + b"\n"
    lines[10] = b"y" * (3 * MAX_LINE_BYTES) + b"\n"
    path.write_bytes(b"".join(lines))
    journal.append(RECORD)
    found = list(read(path))
    assert [line.number for line in found if isinstance(line, Damaged)] == [4, 11]
    assert sum(isinstance(line, Sound) for line in found) == 29
    assert found[10].sha256 == digest(lines[10].removesuffix(b"\n"))


def test_a_journal_of_nothing_but_damage_is_still_appended_to(journal: Journal):
    path = journal.folder / "2025-01-kendali.jsonl"
    path.write_bytes(b"sampah\n" * 5000)
    journal.append(RECORD)
    assert records_of_last(path) == {"seq": 5001, "prev": digest(b"sampah")}


def records_of_last(path: Path) -> dict[str, Any]:
    last = json.loads(path.read_bytes().splitlines()[-1])
    return {"seq": last["seq"], "prev": last["prev"]}


def test_every_byte_that_is_read_is_heard(journal: Journal):
    path = journal.append(RECORD)
    path.write_bytes(path.read_bytes() + b"y" * (3 * MAX_LINE_BYTES) + b"\nsampah")
    heard: list[bytes] = []
    list(read(path, on_bytes=heard.append))
    assert b"".join(heard) == path.read_bytes()


def test_reading_stops_where_it_is_told(journal: Journal):
    path = journal.append(RECORD)
    size = path.stat().st_size
    journal.append(RECORD)
    assert [line.number for line in read(path, size)] == [1]
    assert list(read(path, 0)) == []


def test_other_files_are_not_the_journal(journal: Journal):
    journal.append(RECORD)
    for name in ("2025-01-kendali.jsonl.rusak", "2025-13-kendali.jsonl", "catatan.jsonl", ".2025-01-x.jsonl"):
        (journal.folder / name).write_text("bukan jurnal")
    assert [file.path.name for file in journal_files(journal.folder)] == ["2025-01-kendali.jsonl"]


def test_many_processes_append_whole_lines_in_one_chain(tmp_path: Path):
    workers = [appender(tmp_path, f"run-{number}", 40) for number in range(4)]
    for worker in workers:
        assert worker.communicate(timeout=60)[0].split()[-1] == "39"
    (file,) = journal_files(journal_dir(tmp_path))
    assert verify(journal_dir(tmp_path)) == []
    assert len(records(file.path)) == 160
    for number in range(4):
        own = [record["number"] for record in records(file.path) if record["run"] == f"run-{number}"]
        assert own == list(range(40))


def test_sigkill_at_any_moment_loses_no_line_that_append_returned(tmp_path: Path):
    workers = [appender(tmp_path, f"run-{number}", 100_000) for number in range(3)]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    time.sleep(0.3)
    said = {}
    for number, worker in enumerate(workers):
        worker.send_signal(signal.SIGKILL)
        output = worker.communicate(timeout=30)[0]
        said[f"run-{number}"] = [int(text) for text in output.splitlines() if text]
    Journal(tmp_path, node="kendali", clock=lambda: datetime.now(UTC)).append(RECORD)
    (file,) = journal_files(journal_dir(tmp_path))
    kept: dict[str, set[int]] = {name: set() for name in said}
    for line in read(file.path):
        if isinstance(line, Sound) and line.record["run"] in kept:
            kept[line.record["run"]].add(line.record["number"])
    for name, numbers in said.items():
        assert numbers, f"{name} wrote nothing"
        assert set(numbers) <= kept[name]
    # A kernel may cut the write of a killed process between pages: such a line shows, and only it.
    damaged = [line.number for line in read(file.path) if isinstance(line, Damaged)]
    assert [problem.line for problem in verify(journal_dir(tmp_path))] == damaged
    assert len(damaged) <= 3


@pytest.mark.parametrize("room_bytes", [100, 0], ids=["cut short", "refused"])
def test_a_write_that_fails_is_taken_back(journal: Journal, room_bytes: int):
    path = journal.append(RECORD)
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + room_bytes, hard))
    try:
        with pytest.raises(AgendaError, match=f"SIAK-600.*{path}"):
            journal.append(RECORD)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    journal.append(RECORD)
    assert verify(journal.folder) == []


def test_a_folder_that_cannot_be_made_is_an_agenda_error(tmp_path: Path, clock: Clock):
    (tmp_path / "berkas").write_text("")
    with pytest.raises(AgendaError, match=r"SIAK-600.*berkas"):
        Journal(tmp_path / "berkas", node="kendali", clock=clock)


@pytest.mark.parametrize("node", ["", "a/b", "..", "-x", "n" * 64])
def test_a_node_must_be_able_to_name_a_file(tmp_path: Path, clock: Clock, node: str):
    with pytest.raises(AgendaError, match="node kendali"):
        Journal(tmp_path, node=node, clock=clock)


def test_a_link_in_the_journal_s_place_is_not_followed(journal: Journal, tmp_path: Path):
    target = tmp_path / "elsewhere"
    target.write_text("")
    (journal.folder / f"{START:%Y-%m}-kendali.jsonl").symlink_to(target)
    with pytest.raises(AgendaError, match="SIAK-600"):
        journal.append(RECORD)
    assert target.read_text() == ""


def test_what_cannot_be_recorded_leaves_no_trace(journal: Journal):
    with pytest.raises(AgendaError, match="facts"):
        journal.append(RECORD | {"facts": object()})
    assert all(file.size_bytes == 0 for file in journal_files(journal.folder))
    journal.append(RECORD)
    assert verify(journal.folder) == []


def test_a_search_finds_every_line_that_holds_a_text(journal: Journal):
    for number in range(150):
        path = journal.append(RECORD | {"event": "e", "number": number % 7, "filler": "x" * (number * 50)})
    raw = path.read_bytes()
    overlong = b'{"number":5' + b"y" * MAX_LINE_BYTES + b'"number":5' + b"y" * (3 * MAX_LINE_BYTES) + b"\n"
    path.write_bytes(raw + overlong + raw + b'"number":5')
    file = JournalFile(path, "", "", path.stat().st_size)
    wanted = [line for line in raw.splitlines() if b'"number":5' in line]
    assert [line for line in find_raw(file, b'"number":5') if len(line) < MAX_LINE_BYTES] == [
        *wanted, *wanted, b'"number":5'
    ]  # fmt: skip
    assert list(find_raw(file, b"tidak ada")) == []
    half = JournalFile(path, "", "", len(raw) // 2)
    assert list(find_raw(half, b'"number":5')) == [
        line for line in raw[: len(raw) // 2].splitlines() if b'"number":5' in line
    ]


def test_a_search_never_takes_the_end_of_an_overlong_line_for_a_line(journal: Journal):
    path = journal.append(RECORD)
    whole = path.read_bytes()
    for before in range(255 * 1024, 257 * 1024, 64):
        path.write_bytes(b"z" * before + b"\n" + b"y" * MAX_LINE_BYTES + b"y" + whole + b"ya\n")
        file = JournalFile(path, "", "", path.stat().st_size)
        assert all(len(line) > MAX_LINE_BYTES for line in find_raw(file, b"run_begin"))
        assert list(find_raw(file, b"ya")) == [b"ya"]


def test_a_number_that_leaves_no_room_is_not_counted_on(journal: Journal):
    path = journal.append(RECORD)
    line = path.read_bytes().replace(b'"seq":1', b'"seq":%d' % MAX_SEQ)
    path.write_bytes(path.read_bytes() + line)
    journal.append(RECORD)
    assert [line.record["seq"] for line in read(path) if isinstance(line, Sound)] == [1, MAX_SEQ, 3]
    assert verify(journal.folder) != []


def test_a_file_that_a_full_disk_left_empty_breaks_no_chain(journal: Journal, clock: Clock):
    january = journal.append(RECORD)
    (journal.folder / "2025-02-kendali.jsonl").touch()
    clock.now = datetime(2025, 3, 1, tzinfo=UTC)
    march = journal.append(RECORD)
    assert records(march)[0]["prev"] == digest(january.read_bytes())
    assert records(march)[0]["seq"] == 2
    assert verify(journal.folder) == []
    january.write_bytes(january.read_bytes().replace(b"run_begin", b"run_begun"))
    assert [problem.path for problem in verify(journal.folder)] == [january]


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: path.symlink_to("/etc/passwd")])
def test_what_is_no_file_is_not_read(journal: Journal, make):
    path = journal.folder / "2025-01-kendali.jsonl"
    make(path)
    with pytest.raises(AgendaError, match=f"SIAK-600.*{path}"):
        journal.append(RECORD)
    for reader in (lambda: list(read(path)), lambda: list(find_raw(JournalFile(path, "", "", 9), b"x"))):
        with pytest.raises(AgendaError, match=f"SIAK-600.*{path}"):
            reader()
