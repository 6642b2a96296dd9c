# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import errno
import hashlib
import os
import threading

import pytest
from siak_backup import durable
from siak_backup.errors import ArchiveError, NoSpaceError, ReadOnlyError, VanishedError


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (errno.ENOSPC, NoSpaceError),
        (errno.EDQUOT, NoSpaceError),
        (errno.EROFS, ReadOnlyError),
        (errno.EACCES, ReadOnlyError),
        (errno.EPERM, ReadOnlyError),
        (errno.ENOENT, VanishedError),
        (errno.EIO, ArchiveError),
    ],
)
def test_errors_of_the_system_become_errors_for_operators(tmp_path, code, expected):
    with pytest.raises(ArchiveError) as caught, durable.archive_errors(tmp_path):
        raise OSError(code, os.strerror(code))
    assert type(caught.value) is expected
    assert caught.value.where == str(tmp_path)
    assert caught.value.remedy


def test_the_file_the_system_names_is_the_one_told(tmp_path):
    with pytest.raises(VanishedError) as caught, durable.archive_errors(tmp_path):
        (tmp_path / "master.dmp").read_bytes()
    assert caught.value.where == str(tmp_path / "master.dmp")


def test_an_error_without_a_number_keeps_its_words(tmp_path):
    with pytest.raises(ArchiveError, match="aneh"), durable.archive_errors(tmp_path):
        raise OSError("aneh")


def test_write_atomic_replaces_content_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "manifest.json"
    durable.write_atomic(path, b"old")
    (tmp_path / "manifest.json.part").write_bytes(b"left by a crash")
    durable.write_atomic(path, b"new", mode=0o600)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_write_atomic_does_not_follow_a_link_laid_at_the_part(tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"safe")
    (tmp_path / "x.part").symlink_to(victim)
    durable.write_atomic(tmp_path / "x", b"data")
    assert victim.read_bytes() == b"safe"


def _make(path, kind):
    if kind == "file":
        path.write_bytes(b"data")
    else:
        path.mkdir()


@pytest.mark.parametrize("flag_known", [True, False], ids=["renameat2", "fallback"])
@pytest.mark.parametrize("taken", ["file", "folder"])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_rename_never_replaces(tmp_path, kind, taken, flag_known):
    source, target = tmp_path / "source", tmp_path / "target"
    _make(source, kind)
    _make(target, taken)
    rename = durable.rename_noreplace if flag_known else durable._rename_by_link
    with pytest.raises(FileExistsError):
        rename(source, target)
    assert source.exists()
    target.rename(tmp_path / "away")
    rename(source, target)
    assert target.exists()
    assert not source.exists()


def test_rename_where_the_kernel_knows_no_flag(tmp_path, monkeypatch):
    monkeypatch.setattr(durable, "_RENAME_NOREPLACE", 1 << 30)  # the kernel answers EINVAL
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    with pytest.raises(FileExistsError):
        durable.rename_noreplace(tmp_path / "a", tmp_path / "b")
    durable.rename_noreplace(tmp_path / "a", tmp_path / "c")
    assert (tmp_path / "c").read_bytes() == b"a"
    with pytest.raises(FileNotFoundError):
        durable.rename_noreplace(tmp_path / "a", tmp_path / "d")


def test_rename_of_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        durable.rename_noreplace(tmp_path / "a", tmp_path / "b")


def test_only_one_of_many_renames_wins(tmp_path):
    sources = [tmp_path / f"s{n}" for n in range(16)]
    for source in sources:
        source.write_text(source.name)
    winners = []
    start = threading.Barrier(len(sources))

    def race(source):
        start.wait()
        try:
            durable.rename_noreplace(source, tmp_path / "target")
        except FileExistsError:
            return
        winners.append(source.name)

    threads = [threading.Thread(target=race, args=(source,)) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert winners == [(tmp_path / "target").read_text()]


def test_hash_file_reads_every_byte_and_says_how_many(tmp_path):
    content = os.urandom(durable.CHUNK_BYTES + 12345)
    path = tmp_path / "master.dmp"
    path.write_bytes(content)
    heard = []
    assert durable.hash_file(path, heard.append) == hashlib.sha256(content).hexdigest()
    assert sum(heard) == len(content)


def test_hash_file_refuses_what_is_not_a_regular_file(tmp_path):
    real, link, pipe = tmp_path / "real", tmp_path / "link", tmp_path / "pipe"
    real.write_bytes(b"x")
    link.symlink_to(real)
    os.mkfifo(pipe)
    for odd in (link, pipe, tmp_path):
        with pytest.raises(OSError, match=r"."):
            durable.hash_file(odd)


def test_drop_cache_and_fsync_take_an_open_file(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"x")
    durable.fsync_file(path)
    durable.fsync_dir(tmp_path)
    with path.open("rb") as file:
        durable.drop_cache(file.fileno())
        assert file.read() == b"x"
