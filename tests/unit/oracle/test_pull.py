# SPDX-License-Identifier: GPL-3.0-or-later
"""Files pulled by BFILE from the rehearsal server with the real driver."""

from __future__ import annotations

import hashlib
import os
import random

import pytest
from siak_backup.errors import ArchiveError, CollectError, ConnectError, VanishedError
from siak_backup.oracle import files
from siak_backup.oracle.checks import probe_directory
from siak_backup.oracle.pull import Puller, read_small


@pytest.fixture
def remote(database, request):
    """Put a file into the server's directory object; return its name and bytes."""
    name = f"uji-{abs(hash(request.node.name)):x}.bin"
    content = random.Random(7).randbytes(300_000)
    path = database.directory_path / name
    path.write_bytes(content)
    yield name, content
    path.unlink(missing_ok=True)


@pytest.fixture
def staging(tmp_path):
    folder = tmp_path / "staging"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("chunk_bytes", [299_999, 300_000, 65_536, 2 * 1024 * 1024])
def test_a_file_arrives_whole_and_hashed(link, database, remote, staging, chunk_bytes):
    name, content = remote
    heard = []
    pulled = Puller(link, database.directory, staging, chunk_bytes=chunk_bytes).pull(name, len(content), heard.append)
    assert (staging / name).read_bytes() == content
    assert pulled.sha256 == hashlib.sha256(content).hexdigest()
    assert (pulled.size_bytes, pulled.source, sum(heard)) == (len(content), name, len(content))
    assert [path.name for path in staging.iterdir()] == [name]


def test_an_empty_file_is_a_file(link, database, remote, staging):
    name, _ = remote
    (database.directory_path / name).write_bytes(b"")
    assert Puller(link, database.directory, staging).pull(name).size_bytes == 0
    assert (staging / name).read_bytes() == b""


def test_dropped_lines_are_taken_up_at_the_same_offset(rehearsal, link, database, remote, staging):
    name, content = remote
    with rehearsal.faults(database.service, drop_after_bytes=120_000):
        link.reconnect()
        pulled = Puller(link, database.directory, staging, chunk_bytes=32_768).pull(name)
    assert link.reconnects > 2
    assert (staging / name).read_bytes() == content
    assert pulled.sha256 == hashlib.sha256(content).hexdigest()


def test_a_line_that_always_drops_is_given_up(rehearsal, link, database, remote, staging):
    name, _ = remote
    with rehearsal.faults(database.service, drop_after_bytes=60_000):
        link.reconnect()
        with pytest.raises(ConnectError):
            Puller(link, database.directory, staging).pull(name)
    assert list(staging.iterdir()) == []


def test_a_size_that_is_not_the_exports_is_refused(link, database, remote, staging):
    name, content = remote
    with pytest.raises(CollectError, match=name):
        Puller(link, database.directory, staging).pull(name, len(content) + 1)
    assert list(staging.iterdir()) == []


def test_a_file_that_grows_meanwhile_is_refused(link, database, remote, staging):
    name, content = remote
    path = database.directory_path / name

    def grow(_):
        path.write_bytes(content + b"x")

    with pytest.raises(CollectError, match="berubah"):
        Puller(link, database.directory, staging, chunk_bytes=65_536).pull(name, on_bytes=grow)
    assert list(staging.iterdir()) == []


def test_a_file_that_shrinks_meanwhile_is_refused(link, database, remote, staging):
    name, _ = remote
    path = database.directory_path / name

    def cut(_):
        os.truncate(path, 100_000)

    with pytest.raises(CollectError, match="berubah"):
        Puller(link, database.directory, staging, chunk_bytes=65_536).pull(name, on_bytes=cut)
    assert list(staging.iterdir()) == []


def test_a_vanished_file_is_named(link, database, staging):
    with pytest.raises(VanishedError, match=r"tidak-ada\.dmp"):
        Puller(link, database.directory, staging).pull("tidak-ada.dmp")
    with pytest.raises(VanishedError, match=r"tidak-ada\.log"):
        read_small(link.session, database.directory, "tidak-ada.log", limit_bytes=10)


def test_nothing_is_overwritten_here(link, database, remote, staging):
    name, _ = remote
    (staging / name).write_bytes(b"lama")
    with pytest.raises(ArchiveError):
        Puller(link, database.directory, staging).pull(name)
    assert (staging / name).read_bytes() == b"lama"


def test_small_files_have_a_limit(session, database, remote):
    name, content = remote
    assert read_small(session, database.directory, name, limit_bytes=len(content)) == content
    with pytest.raises(CollectError, match=name):
        read_small(session, database.directory, name, limit_bytes=len(content) - 1)


def test_files_of_the_server_are_measured_and_removed(session, database, remote):
    name, content = remote
    assert files.size_of(session, database.directory, name) == len(content)
    assert files.remove(session, database.directory, [name, "tidak-ada.dmp"]) == []
    assert files.size_of(session, database.directory, name) is None


def test_a_probe_leaves_nothing(session, database):
    before = database.files()
    probe_directory(session, database.directory, "SIAK_PROBE_1.tmp")
    assert database.files() == before
