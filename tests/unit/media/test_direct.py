# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing and reading past the page cache, and the ways around where that cannot be."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import mmap
import os
from pathlib import Path

import pytest
from siak_backup.media import direct
from siak_backup.media.digest import new_digest
from siak_backup.media.direct import CACHE, FADVISE, O_DIRECT, NewFile, read_back, weakest
from siak_backup.media.ring import BUFFER_BYTES, Ring

from tests.unit.archive.mounts import on_small_disk

PAGE = mmap.PAGESIZE


def takes_direct_io(path):
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_DIRECT))
    except OSError:
        return False
    return True


def write(path, content, **options):
    ring = Ring(1)
    file = NewFile(path, **options)
    try:
        file.reserve(len(content))
        for start in range(0, len(content), BUFFER_BYTES):
            piece = content[start : start + BUFFER_BYTES]
            ring.view(0)[: len(piece)] = piece
            file.write(ring.view(0), len(piece))
        file.finish()
    finally:
        file.close()
    return file


@pytest.mark.parametrize("size", [0, 1, PAGE - 1, PAGE, PAGE + 1, BUFFER_BYTES, 2 * BUFFER_BYTES + 4097])
@pytest.mark.parametrize("is_direct", [True, False])
def test_what_is_written_is_read_back(tmp_path, size, is_direct):
    content = os.urandom(size)
    path = tmp_path / "file"
    assert write(path, content, direct=is_direct).is_direct == (is_direct and takes_direct_io(path))
    assert path.read_bytes() == content
    heard = []
    found = read_back(path, new_digest("sha256"), heard.append)
    assert found.digest == hashlib.sha256(content).hexdigest()
    assert found.size_bytes == sum(heard) == size
    assert found.method == (O_DIRECT if takes_direct_io(path) else found.method)


def test_a_file_that_is_there_is_never_written_to(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(FileExistsError):
        NewFile(tmp_path / "file")


def test_long_files_are_pushed_to_the_disk_on_the_way(tmp_path, monkeypatch):
    pushed = []
    monkeypatch.setattr(os, "fdatasync", pushed.append)
    write(tmp_path / "file", bytes(direct._PUSH_EVERY_BYTES + 1), direct=False)
    assert len(pushed) == 1


def refuse(code, times=10**9):
    left = [times]

    def act(*_arguments):
        left[0] -= 1
        if left[0] < 0:
            raise AssertionError
        raise OSError(code, os.strerror(code))

    return act


def test_without_direct_io_it_is_written_plainly(tmp_path, monkeypatch):
    real = fcntl.fcntl

    def no_direct(descriptor, command, *flags):
        if command == fcntl.F_SETFL and flags[0] & os.O_DIRECT:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return real(descriptor, command, *flags)

    monkeypatch.setattr(fcntl, "fcntl", no_direct)
    assert not write(tmp_path / "file", b"x" * 5000).is_direct
    assert (tmp_path / "file").read_bytes() == b"x" * 5000
    monkeypatch.setattr(fcntl, "fcntl", refuse(errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        NewFile(tmp_path / "other")


def test_a_file_system_that_finds_out_late(tmp_path, monkeypatch):
    real, refused = os.pwrite, []

    def late(descriptor, data, offset):
        if not refused:
            refused.append(offset)
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return real(descriptor, data, offset)

    monkeypatch.setattr(os, "pwrite", late)
    assert not write(tmp_path / "file", b"x" * 5000).is_direct
    assert refused
    assert (tmp_path / "file").read_bytes() == b"x" * 5000
    monkeypatch.setattr(os, "pwrite", refuse(errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        write(tmp_path / "other", b"x")


@on_small_disk(size_kib=2048)
def test_a_disk_without_the_room_says_so_at_once(tmp_path, disk):
    file = NewFile(disk.path / "file", direct=False)
    status = os.statvfs(disk.path)
    with pytest.raises(OSError, match="No space"):
        file.reserve(10_000_000)
    assert os.statvfs(disk.path).f_bavail == status.f_bavail
    file.close()
    file.close()


def test_a_file_system_that_holds_no_such_file_says_so_at_once(tmp_path):
    file = NewFile(tmp_path / "file")
    with pytest.raises(OSError, match="File too large"):
        file.reserve(1 << 62)
    file.close()


def test_without_direct_io_the_cache_is_dropped_and_looked_at(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(os.urandom(BUFFER_BYTES + 5))
    monkeypatch.setattr(direct, "_takes_direct_reads", lambda _: False)
    assert read_back(path, new_digest("sha256"), lambda _: None).method in (FADVISE, CACHE)
    # A page that somebody has mapped stays, and so proves nothing.
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        assert mapped[0] == path.read_bytes()[0]
        assert read_back(path, new_digest("sha256"), lambda _: None).method == CACHE
    (tmp_path / "empty").touch()
    assert read_back(tmp_path / "empty", new_digest("sha256"), lambda _: None).method == FADVISE


def test_a_file_that_no_kernel_reads_directly():
    assert not direct._takes_direct_reads(Path("/proc/version"))


@pytest.mark.parametrize(("code", "answer"), [(errno.EINVAL, False), (errno.EIO, None)])
def test_what_reading_directly_answers(tmp_path, monkeypatch, code, answer):
    (tmp_path / "file").write_bytes(b"x")
    monkeypatch.setattr(os, "preadv", refuse(code))
    if answer is None:
        with pytest.raises(OSError, match="Input/output"):
            direct._takes_direct_reads(tmp_path / "file")
    else:
        assert direct._takes_direct_reads(tmp_path / "file") is answer
    with pytest.raises(OSError, match="No such file"):
        direct._takes_direct_reads(tmp_path / "absent")


def test_weakest_of_all():
    assert weakest({O_DIRECT, FADVISE}) == FADVISE
    assert weakest({O_DIRECT, CACHE, FADVISE}) == CACHE
    assert weakest(set()) == O_DIRECT
