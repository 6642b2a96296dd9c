# SPDX-License-Identifier: GPL-3.0-or-later
"""Files nobody has sorted, hostile ones among them, and the command that judges them."""

from __future__ import annotations

import json
import os
import resource
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sample_exp import NUMBER, exp_file, row, section, value
from sample_exports import small_dump
from siak_backup.dump.files import judge_files
from siak_backup.dump.judge import judge_set
from siak_backup.dump.status import Status
from siak_backup.errors import UnreadableError

PACKAGES = Path(__file__).resolve().parents[3] / "module_utils"
EXP = exp_file(section("T", [NUMBER], [row(value(b"\xc1\x02"))]))
HUGE = (1 << 64) - 1
#: Where they stand in the head of a stream.
STREAM_FIELDS = {
    "xml length": 6,
    "xml offset": 14,
    "rows length": 22,
    "rows offset": 30,
    "tail length": 38,
    "tail offset": 46,
}
MASTER_POSITION, MASTER_LENGTH = 0x36, 0x3A


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "siak_backup.dump", *arguments],
        env=os.environ | {"PYTHONPATH": str(PACKAGES)},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def only(path):
    return judge_files([path])[path]


@pytest.mark.parametrize(
    "content", [b"hello\n", bytes(100_000), b"\xff" * 5000, b"<?xml version='1.0'?>", os.urandom(9999)]
)
def test_what_is_no_dump(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    judgement = only(path)
    assert (judgement.kind, judgement.status) == ("", Status.UNKNOWN)


def test_an_empty_file(tmp_path):
    path = tmp_path / "file"
    path.touch()
    assert only(path).status is Status.TRUNCATED


def test_what_cannot_be_opened(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    judged = judge_files([tmp_path, fifo, loop, tmp_path / "gone", Path("/dev/zero")])
    assert {type(one) for one in judged.values()} == {UnreadableError}
    assert all("SIAK-301" in str(error) for error in judged.values())


def test_files_of_two_jobs_are_two_sets(pieces, tmp_path):
    other = tmp_path / "exp.dmp"
    other.write_bytes(EXP)
    judged = judge_files([pieces.pieces[0], other, *pieces.pieces[1:], pieces.log])
    assert {judgement.status for judgement in judged.values()} == {Status.COMPLETE}
    assert [judged[path].kind for path in (pieces.pieces[0], other, pieces.log)] == ["datapump", "exp", "log"]


def spoilt(made, folder, *patches):
    """Return a copy of the export's one file with bytes written over it."""
    return overwritten(Path(shutil.copy(made.pieces[0], folder / "spoilt.dmp")), *patches)


def overwritten(path, *patches):
    """Write bytes over those of a file, and return it."""
    with path.open("r+b") as file:
        for offset, data in patches:
            file.seek(offset)
            file.write(data)
    return path


@pytest.fixture
def place_at(one_file):
    """Offset of the block that tells where the master table is."""
    header = judge_set(one_file.pieces).header["files"][0]
    return one_file.pieces[0].stat().st_size - 4096 if header["version"] == "6.1" else 0


@pytest.mark.parametrize("position", [0, 1, 2, 0xFFFFFFFF])
@pytest.mark.parametrize("length", [0, 1, 54, 1 << 44, HUGE])
def test_lengths_in_the_header_that_lie(one_file, tmp_path, place_at, position, length):
    lie = struct.pack(">IQ", position, length)
    judgement = only(spoilt(one_file, tmp_path, (place_at + MASTER_POSITION, lie)))
    assert judgement.status not in {Status.COMPLETE, Status.EMPTY}


@pytest.mark.parametrize("field", STREAM_FIELDS)
@pytest.mark.parametrize("lie", [1, 1 << 44, HUGE])
def test_lengths_in_a_stream_that_lie(one_file, tmp_path, place_at, field, lie):
    content = one_file.pieces[0].read_bytes()
    (position,) = struct.unpack_from(">I", content, place_at + MASTER_POSITION)
    number = struct.pack(">Q", lie)
    # A stream of 23ai does not know its lengths when it begins: nothing reads what its head says of them.
    believed = bool(place_at) and field in {"rows length", "tail length", "tail offset"}
    for start in (4096, (position - 1) * 4096):
        judgement = only(spoilt(one_file, tmp_path, (start + STREAM_FIELDS[field], number)))
        assert (start, judgement.status is Status.COMPLETE) == (start, believed)


@pytest.mark.parametrize("field", STREAM_FIELDS)
@pytest.mark.parametrize("lie", [1, 1 << 44, HUGE])
def test_lengths_in_the_closing_block_that_lie(tmp_path, field, lie):
    path = small_dump(tmp_path / "a.dmp", (23, 6), "x")
    at = path.stat().st_size - 2 * 4096 + STREAM_FIELDS[field]
    assert only(overwritten(path, (at, struct.pack(">Q", lie)))).status is Status.DAMAGED


@pytest.mark.parametrize("byte_at", [0x01, 0x10, 0x20, 0x25, 0x28, 0x46, 0x203, 0x2A4, 0x359])
def test_a_trailer_of_another_file(tmp_path, byte_at):
    path = small_dump(tmp_path / "a.dmp", (23, 6), "x")
    judgement = only(overwritten(path, (path.stat().st_size - 4096 + byte_at, b"\x07")))
    assert (judgement.status, [one.check for one in judgement.failures]) == (Status.DAMAGED, ["trailer"])


def test_an_xml_bomb_is_not_expanded(one_file, tmp_path, place_at):
    content = one_file.pieces[0].read_bytes()
    bomb = b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 500 + b'"><!ENTITY b "' + b"&a;" * 150 + b'">]>'
    start = content.rindex(b"<?xml", 0, len(content) - 4096 if place_at else None) + len(b'<?xml version="1.0"?>')
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    judgement = only(spoilt(one_file, tmp_path, (start, bomb)))
    assert judgement.status is not Status.COMPLETE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_a_dump_of_20_gb_is_judged_by_its_ends_in_a_second(one_file, tmp_path):
    """A sparse file whose header points to a master table that is not there: nothing between is read."""
    path = spoilt(one_file, tmp_path)
    with path.open("r+b") as file:
        file.truncate(20 << 30)
    began = time.process_time()
    assert only(path).status is not Status.COMPLETE
    assert time.process_time() - began < 1


def test_the_command_for_a_person(one_file):
    done = run(str(one_file.pieces[0]))
    assert (done.returncode, done.stderr) == (0, "")
    assert "complete, datapump" in done.stdout
    assert " 300  SIAKOFF.BIODATA_WNI" in done.stdout


def test_the_command_for_a_program(one_file, tmp_path):
    cut = tmp_path / "cut.dmp"
    cut.write_bytes(EXP[:2500])
    done = run("--json", str(one_file.pieces[0]), str(one_file.log), str(cut))
    assert (done.returncode, done.stderr) == (1, "")
    dump, log, exp = json.loads(done.stdout)
    assert [(one["kind"], one["verdict"]) for one in (dump, log, exp)] == [
        ("datapump", "complete"),
        ("log", "complete"),
        ("exp", "truncated"),
    ]
    assert {"schema": "SIAKOFF", "name": "BIODATA_WNI", "partition": "", "rows": 300} in dump["tables"]
    assert [evidence["ok"] for evidence in exp["evidence"]].count(False) >= 1


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_the_command_on_what_cannot_be_read(tmp_path, arguments):
    done = run(*arguments, str(tmp_path / "gone.dmp"))
    assert done.returncode == 2
    assert "SIAK-301" in done.stdout
