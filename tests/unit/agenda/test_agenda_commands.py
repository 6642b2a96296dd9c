# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m siak_backup.agenda`: what it says of journals that somebody or something has been at."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk import ROOT, START, Clock
from hypothesis import given, settings
from hypothesis import strategies as st
from siak_backup.agenda import chain
from siak_backup.agenda.__main__ import main
from siak_backup.agenda.chain import verify
from siak_backup.agenda.journal import Journal
from siak_backup.agenda.line import MAX_LINE_BYTES, NO_PREVIOUS, compose, digest

RECORD = {"run": "20250109T093500Z-abcdef", "event": "e"}
COUNT = 4


def write(agenda: Path, node: str = "kendali", months: int = 3) -> list[Path]:
    """Some lines in each of some months."""
    clock = Clock(START)
    journal = Journal(agenda, node=node, clock=clock)
    paths = []
    for month in range(months):
        clock.now = START + timedelta(days=31 * month)
        for number in range(COUNT):
            path = journal.append(RECORD | {"number": number})
        paths.append(path)
    return paths


@pytest.fixture
def months(tmp_path: Path) -> list[Path]:
    return write(tmp_path)


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Run `verify` and return its exit code and words."""

    def run(*arguments: object) -> tuple[int, str]:
        code = main(["verify", *map(str, arguments or (tmp_path,))])
        return code, capsys.readouterr().out

    return run


def edit(path: Path, act: Callable[[list[bytes]], object]) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    act(lines)
    path.write_bytes(b"".join(lines))


def test_an_agenda_its_journal_or_one_file_of_it(months, told, tmp_path):
    code, words = told(tmp_path, tmp_path / "journal", months[1])
    assert code == 0
    assert words.count(": utuh") == 3
    assert words.count("kepala kendali: 2025-03-kendali.jsonl, baris ke-12 dalam rantai") == 2
    assert "--heads" in words
    assert "hanya berkas ini" in words


def test_as_a_program(months, tmp_path):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "siak_backup.agenda", *arguments]
        environment = os.environ | {"PYTHONPATH": str(ROOT / "module_utils")}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)

    assert run("verify", str(tmp_path)).returncode == 0
    assert run("verify").returncode == 2
    assert run("verify", str(tmp_path), "--heads", str(tmp_path)).returncode == 2
    edit(months[0], lambda lines: lines.pop(1))
    done = run("verify", str(tmp_path))
    assert (done.returncode, done.stderr) == (1, "")
    assert "1 baris hilang sebelum baris ini" in done.stdout


with tempfile.TemporaryDirectory() as _folder:
    #: The same true journal for every example; the last byte is a newline, and the last line has none after it.
    WHOLE = {path.name: path.read_bytes() for path in write(Path(_folder))}


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_a_changed_byte_anywhere_but_in_the_newest_line_is_found(name: str, data: st.DataObject):
    raw = bytearray(WHOLE[name])
    newest = len(raw) - len(raw.splitlines(keepends=True)[-1]) if name == max(WHOLE) else len(raw)
    at = data.draw(st.integers(0, newest - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    with tempfile.TemporaryDirectory() as folder:
        for each, content in (WHOLE | {name: bytes(raw)}).items():
            (Path(folder) / each).write_bytes(content)
        assert verify(Path(folder)) != []


@settings(max_examples=100, deadline=None)
@given(st.permutations(range(COUNT * 3)))
def test_any_other_order_of_lines_is_found(order: list[int]):
    lines = [line for name in sorted(WHOLE) for line in WHOLE[name].splitlines(keepends=True)]
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(sorted(WHOLE)):
            chosen = order[number * COUNT : (number + 1) * COUNT]
            (Path(folder) / name).write_bytes(b"".join(lines[index] for index in chosen))
        assert (verify(Path(folder)) == []) == (list(order) == sorted(order))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_a_cut_anywhere_but_after_a_line_of_the_newest_file_is_found(name: str, data: st.DataObject):
    keep = data.draw(st.integers(0, len(WHOLE[name]) - 1))
    kept = WHOLE[name][:keep]
    with tempfile.TemporaryDirectory() as folder:
        for each, content in (WHOLE | {name: kept}).items():
            (Path(folder) / each).write_bytes(content)
        ends = [at for at, byte in enumerate(WHOLE[name]) if byte == ord("\n")]
        # Of the newest file, lines that are gone to the last are what only a head shows; a line may lack its newline.
        unseen = name == max(WHOLE) and (keep in (0, *ends) or keep - 1 in ends)
        assert (verify(Path(folder)) == []) == unseen


def test_a_month_in_between_that_is_gone_is_told_as_such(months, told):
    months[1].rename(months[1].with_name("lain.txt"))
    code, words = told()
    assert code == 1
    assert "2025-01-kendali.jsonl, baris 1: diubah atau terpotong setelah 2025-03-kendali.jsonl dimulai" in words
    assert f"{COUNT} baris hilang, di akhir berkas ini atau dengan berkas bulan di antaranya" in words
    assert "catatan: lain.txt bukan berkas jurnal dan tidak diperiksa" in words


def test_a_first_month_that_is_gone_is_told(months, told):
    months[0].unlink()
    code, words = told()
    assert code == 1
    assert f"baris bulan sebelumnya atau baris sebelumnya tidak ada, {COUNT} baris hilang" in words.replace(
        "berkas bulan", "baris bulan"
    )


def test_a_line_of_another_node_is_found(months, told, tmp_path):
    (other,) = write(tmp_path / "lain", node="lain", months=1)
    stray = other.read_bytes().splitlines(keepends=True)[1]
    edit(months[0], lambda lines: lines.insert(2, stray))
    assert told()[0] == 1


def test_a_file_of_another_node_under_this_one_s_name_is_found(told, tmp_path):
    line = compose({"run": "r", "event": "run_begin", "node": "lain"}, seq=1, at=START, prev=NO_PREVIOUS)
    (tmp_path / "2025-01-kendali.jsonl").write_bytes(line)
    code, words = told()
    assert code == 1
    assert "baris 1: run ini dicatat node kendali 'lain', bukan kendali" in words
    (tmp_path / "2025-01-kendali.jsonl").rename(tmp_path / "2025-01-lain.jsonl")
    assert told()[0] == 0


def test_two_nodes_with_clocks_apart_and_a_renamed_one_are_whole(told, tmp_path):
    write(tmp_path, node="a")
    write(tmp_path, node="b", months=1)
    Journal(tmp_path, node="c", clock=Clock(datetime(1999, 1, 1, tzinfo=UTC))).append(RECORD)
    code, words = told()
    assert code == 0
    assert [f"kepala {node}: " in words for node in "abc"] == [True] * 3


def test_a_later_version_is_not_called_whole(months, told):
    edit(months[2], lambda lines: lines.append(lines[-1].replace(b'"v":1', b'"v":2')))
    code, words = told()
    assert code == 1
    assert "versi 2 lebih baru dari program ini" in words


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"\x00" * 700, "bukan JSON yang utuh"),
        (b"x" * MAX_LINE_BYTES, "lebih panjang dari 64 KiB"),
        (b"x" * (MAX_LINE_BYTES * 20), "lebih panjang dari 64 KiB"),
        (b"", "bukan JSON yang utuh"),
        (b'{"v":' + b"9" * 4000 + b"}", "lebih baru dari program ini"),
        (b'{"v":' + b"9" * 5000 + b"}", "bukan JSON yang utuh"),
        (b"\x1b[2J", "bukan JSON yang utuh"),
    ],
    ids=["nul", "64 KiB", "1 MiB", "empty", "version", "huge", "escape"],
)
def test_a_line_that_is_none_is_told_and_the_rest_checked(months, told, line: bytes, reason: str):
    edit(months[0], lambda lines: (lines.insert(1, line + b"\n"), lines.pop(3)))
    code, words = told()
    assert code == 1
    assert f"{months[0]}, baris 2: " in words
    assert reason in words
    assert f"{months[0]}, baris 4" in words
    assert "\x1b" not in words


def test_a_line_of_the_longest_kind_is_whole(tmp_path, told):
    journal = Journal(tmp_path, node="kendali", clock=Clock())
    filler = [["x" * 8000] * 8, "x" * 1300]
    journal.append(RECORD | {"facts": filler})
    journal.append(RECORD)
    assert told()[0] == 0


def test_windows_line_ends_are_a_change_of_every_line(months, told, monkeypatch: pytest.MonkeyPatch):
    months[0].write_bytes(months[0].read_bytes().replace(b"\n", b"\r\n"))
    code, words = told()
    assert code == 1
    assert [f"{months[0]}, baris {number}: diubah" in words for number in (1, 2, 3)] == [True] * 3
    monkeypatch.setattr(chain, "_MOST_PROBLEMS", 2)
    assert "1 masalah lain sampai baris ini" in told()[1]


def test_a_file_changed_all_over_does_not_scroll_the_first_problem_away(tmp_path, told):
    (tmp_path / "2025-01-kendali.jsonl").write_bytes(b"sampah\n" * 3000)
    code, words = told()
    assert code == 1
    assert len(words.splitlines()) < 60
    assert "2000 masalah lain sampai baris ini" in (verify(tmp_path)[-1].reason)
    assert "dan 951 masalah lain" in words


def test_an_empty_file_is_told_alone_and_passed_over_in_its_folder(months, told, tmp_path):
    empty = tmp_path / "journal" / "2025-02-x.jsonl"
    empty.touch()
    assert told() == (0, told()[1])
    code, words = told(empty)
    assert code == 1
    assert "berkas kosong" in words


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_told_and_the_rest_checked(months, told, tmp_path, make):
    # A link that is followed to a device, or a FIFO that is waited for, would never end.
    make(tmp_path / "journal" / "2025-01-aneh.jsonl")
    edit(months[0], lambda lines: lines.pop(1))
    code, words = told()
    assert code == 1
    assert "2025-01-aneh.jsonl, baris 1: tidak dapat dibaca" in words
    assert "1 baris hilang sebelum baris ini" in words


def test_what_may_not_be_read_is_told(months, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else, who may not read")
    journal = tmp_path / "journal"
    for path in (*tmp_path.parents, tmp_path, journal):
        if "pytest" in str(path):
            path.chmod(0o755)
    for path, mode in zip(months, (0o644, 0o600, 0o644), strict=True):
        path.chmod(mode)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            os.write(writing, "\n".join(map(str, verify(journal))).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as said:
        words = said.read()
    os.waitpid(child, 0)
    assert f"{months[1]}, baris 1: tidak dapat dibaca" in words


def test_a_link_to_a_file_that_a_person_gives_is_followed(months, told, tmp_path):
    link = tmp_path / "tautan"
    link.symlink_to(months[0])
    assert told(link)[0] == 0
    assert told(tmp_path / "tidak ada")[0] == 1
    assert "SIAK-600" in told(tmp_path / "tidak ada")[1]


def test_a_file_set_aside_as_evidence_can_be_looked_at(months, told):
    aside = months[1].rename(months[1].with_name(f"{months[1].name}.rusak"))
    assert told(aside)[0] == 0
    aside.write_bytes(aside.read_bytes().replace(b'"number":1', b'"number":7'))
    code, words = told(aside)
    assert code == 1
    assert f"{aside}, baris 2: diubah setelah ditulis" in words
    assert digest(b"") not in words
