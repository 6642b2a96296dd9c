# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of the media on disk: every sound line is read, no damaged one is believed, nothing is glued or lost."""

from __future__ import annotations

import contextlib
import json
import resource
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from siak_backup.errors import ArchiveError, NoSpaceError, VanishedError
from siak_backup.media import history
from siak_backup.media.history import History, NightCopied, PieceProven, append, read

PIECE = PieceProven(
    at="2026-11-29T09:35:00+00:00",
    medium="0123456789abcdef0123456789abcdef",
    label="DISK-A",
    group="harian",
    night="29nov2026",
    folder="29nov2026_2",
    name="master.dmp",
    sha256="a" * 64,
    stored_name="master.dmp.zst.age",
    stored_bytes=1234,
    stored_sha256="b" * 64,
    read_back="O_DIRECT",
)
COPIED = NightCopied(
    at="2026-11-29T09:40:00+00:00",
    medium=PIECE.medium,
    label="DISK-A",
    group="",
    night="29nov2026",
    folder="29nov2026_2",
    read_back="fadvise",
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / ".media.jsonl"


def test_what_was_appended_is_read_in_order(path):
    entries = (PIECE, COPIED, replace(PIECE, label="Disk merah no. 2", group="luar kantor"))
    for entry in entries:
        append(path, entry)
    assert read(path) == History(entries)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_line_is_the_published_form(path):
    append(path, PIECE)
    append(path, COPIED)
    piece, copied = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert piece == {
        "version": 1, "event": "piece", "at": "2026-11-29T09:35:00+00:00", "medium": PIECE.medium, "label": "DISK-A",
        "group": "harian", "night": "29nov2026", "folder": "29nov2026_2", "name": "master.dmp", "sha256": "a" * 64,
        "stored_name": "master.dmp.zst.age", "stored_bytes": 1234, "stored_sha256": "b" * 64, "read_back": "O_DIRECT",
    }  # fmt: skip
    assert copied == {
        "version": 1, "event": "copied", "at": "2026-11-29T09:40:00+00:00", "medium": PIECE.medium, "label": "DISK-A",
        "group": "", "night": "29nov2026", "folder": "29nov2026_2", "read_back": "fadvise",
    }  # fmt: skip


def test_no_file_is_no_history(path):
    assert read(path) == History()
    path.touch()
    assert read(path) == History()


def test_a_half_line_stays_and_the_next_begins_anew(path):
    append(path, PIECE)
    whole = path.read_bytes()
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        append(path, COPIED)
        # Cut before its newline alone, a line is whole.
        expected = History((PIECE, COPIED)) if length == len(whole) - 1 else History((COPIED,), damaged=1)
        assert read(path) == expected
        assert path.read_bytes().startswith(whole[:length] + b"\n{")


WRONG = {
    "not JSON": "{",
    "no object": "[]",
    "null": "null",
    "empty": "",
    "not UTF-8": b"\xff\xfe",
    "deep": "[" * 8000,
    "later version": {"version": 2},
    "no version": {"version": None},
    "unknown event": {"event": "erased"},
    "no time": {"at": "kemarin"},
    "no zone": {"at": "2026-11-29T09:35:00"},
    "before all time": {"at": "0001-01-01T00:00:00+07:00"},
    "path": {"folder": "../29nov2026"},
    "path on the medium": {"stored_name": "/etc/passwd"},
    "night": {"night": ".masuk-1"},
    "medium": {"medium": "a b"},
    "name": {"name": ""},
    "sum": {"sha256": "A" * 64},
    "stored sum": {"stored_sha256": ""},
    "size": {"stored_bytes": -1},
    "label": {"label": "DISK\x1b[2J"},
    "one more": {"extra": 1},
    "long": {"label": "x" * 100_000},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_damaged_line_is_counted_and_the_others_stand(path, wrong):
    append(path, PIECE)
    if isinstance(wrong, dict):
        wrong = json.dumps(json.loads(path.read_text(encoding="utf-8")) | wrong)
    with path.open("ab") as file:
        file.write((wrong if isinstance(wrong, bytes) else wrong.encode()) + b"\n")
    append(path, COPIED)
    assert read(path) == History((PIECE, COPIED), damaged=1)


def test_the_end_of_a_line_that_is_too_long_is_no_line(path):
    append(path, PIECE)
    sound = path.read_bytes()
    path.write_bytes(b"x" * history._MAX_LINE_BYTES + sound + sound)
    assert read(path) == History((PIECE,), damaged=1)


@given(data=st.binary(max_size=400), at=st.integers(0, 400))
def test_no_bytes_stop_the_reader(tmp_path_factory, data, at):
    path = tmp_path_factory.mktemp("history") / ".media.jsonl"
    append(path, PIECE)
    whole = path.read_bytes()
    path.write_bytes(whole[:at] + data + whole[at:])
    lines = path.read_bytes().removesuffix(b"\n").split(b"\n")
    found = read(path)
    assert len(found.events) + found.damaged == len(lines)


@pytest.mark.parametrize(
    "wrong",
    [{"night": "../x"}, {"label": "a\nb"}, {"at": "kemarin"}, {"label": "\udcff"}, {"group": "é" * 4000}],
)
def test_nothing_is_written_that_could_not_be_read(path, wrong):
    with pytest.raises(ArchiveError, match="riwayat media memuat isi yang mustahil"):
        append(path, replace(COPIED, **wrong))
    assert not path.exists()


def test_a_link_or_folder_in_its_place_is_an_error(path, tmp_path):
    (tmp_path / "elsewhere").touch()
    path.symlink_to("elsewhere")
    for act in (lambda: append(path, PIECE), lambda: read(path)):
        with pytest.raises(ArchiveError):
            act()
    assert not (tmp_path / "elsewhere").stat().st_size
    with pytest.raises(VanishedError):
        append(tmp_path / "gone" / ".media.jsonl", PIECE)


@contextlib.contextmanager
def files_of_at_most(size_bytes):
    """Let the kernel refuse what would make a file of this process longer; Python ignores SIGXFSZ."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(("room_bytes", "error"), [(0, ArchiveError), (40, NoSpaceError)])
def test_a_line_that_does_not_fit_is_taken_back(path, room_bytes, error):
    append(path, PIECE)
    before = path.read_bytes()
    with files_of_at_most(len(before) + room_bytes), pytest.raises(error):
        append(path, COPIED)
    assert path.read_bytes() == before
    append(path, COPIED)
    assert read(path) == History((PIECE, COPIED))


MANY = """
import sys
sys.path[:0] = sys.argv[1:3]
from dataclasses import replace
from pathlib import Path
from siak_backup.media.history import append
from tests.unit.media.test_media_history import PIECE
for number in range(60):
    append(Path(sys.argv[3]), replace(PIECE, label=f"DISK-{sys.argv[4]}", stored_bytes=number))
"""


def test_processes_that_append_at_once_lose_nothing(path):
    path.write_bytes(b'{"version": 1, "eve')
    children = [start(MANY, path, number) for number in range(4)]
    while any(running.poll() is None for running in children):
        assert read(path).damaged == 1, "a reader never sees half a line that is being written"
    assert [running.returncode for running in children] == [0] * 4
    found = read(path)
    assert (len(found.events), found.damaged) == (240, 1)
    for number in range(4):
        assert [event.stored_bytes for event in found.events if event.label == f"DISK-{number}"] == list(range(60))


def start(script, *arguments):
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-c", script, root, root / "module_utils", *arguments]
    return subprocess.Popen([str(word) for word in command])


def test_the_latest_proof_of_a_piece_is_found():
    again = replace(PIECE, folder="29nov2026", at="2020-01-01T00:00:00+00:00")
    others = tuple(
        replace(PIECE, **{key: value})
        for key, value in (("medium", "f" * 32), ("night", "28nov2026"), ("name", "x.dmp"), ("sha256", "c" * 64))
    )
    found = History((PIECE, again, *others, COPIED))
    assert found.proven_piece(PIECE.medium, PIECE.night, PIECE.name, PIECE.sha256) is again
    assert History((COPIED,)).proven_piece(PIECE.medium, PIECE.night, PIECE.name, PIECE.sha256) is None


def test_nights_and_copies():
    other = replace(COPIED, label="DISK-B", medium="f" * 32)
    older = replace(COPIED, night="28nov2026", folder="28nov2026")
    found = History((PIECE, COPIED, other, older, COPIED))
    assert found.copies == (COPIED, other, older, COPIED)
    assert found.copies_of("29nov2026") == (COPIED, other, COPIED)
    assert found.copies_of("27nov2026") == ()
    assert found.nights_copied_to(["DISK-A", "DISK-C"]) == ("29nov2026", "28nov2026")
    assert found.nights_copied_to(["DISK-B"]) == ("29nov2026",)
    assert found.nights_copied_to([]) == ()
