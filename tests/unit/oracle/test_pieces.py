# SPDX-License-Identifier: GPL-3.0-or-later
"""Pieces pulled on several connections from the rehearsal server with the real driver."""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
from functools import partial

import pytest
from crowded import DIRECTORY, crowded_server
from siak_backup.errors import CollectError, ConnectError, LoginError, NoSpaceError, VanishedError
from siak_backup.oracle.pieces import PiecesPlan, pull_pieces
from siak_backup.oracle.pulled import RECORD_NAME, PulledRecord
from siak_backup.oracle.session import Link, open_session

from tests.unit.archive import mounts

PIECE_BYTES = 200_000


def lay_down(folder, prefix, count=4, size_bytes=PIECE_BYTES):
    """Write pieces; return names with their contents."""
    rng = random.Random(prefix)
    contents = {f"{prefix}_{n:02}.dmp": rng.randbytes(size_bytes + n) for n in range(1, count + 1)}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return contents


@pytest.fixture
def pieces(database, request):
    contents = lay_down(database.directory_path, f"UJI_{abs(hash(request.node.name)):x}")
    yield contents
    for name in contents:
        (database.directory_path / name).unlink(missing_ok=True)


class Pull:
    """One try of a run to bring pieces into a staging folder."""

    def __init__(self, staging, directory, contents, *, connections=2, chunk_bytes=32_768):
        self.staging = staging
        self.contents = contents
        wanted = tuple((name, len(content)) for name, content in contents.items())
        self.plan = PiecesPlan(directory, staging, wanted, connections, chunk_bytes)
        self.heard = 0
        self.threads = set()
        self.on_first = None
        self.lock = threading.Lock()

    def hear(self, count):
        assert self.lock.acquire(blocking=False), "two threads at once"
        self.heard += count
        self.threads.add(threading.current_thread().name)
        if self.on_first is not None and count > 0:
            act, self.on_first = self.on_first, None
            act()
        self.lock.release()

    def __call__(self, link):
        record = PulledRecord(self.staging)
        whole = record.prepare(dict(self.plan.pieces), self.hear)
        return pull_pieces(link, self.plan, record, whole=whole, on_bytes=self.hear)

    def demand_all_here(self, pulled):
        assert [file.name for file in pulled.files] == list(self.contents)
        for file in pulled.files:
            content = (self.staging / file.name).read_bytes()
            assert content == self.contents[file.name]
            assert file.sha256 == hashlib.sha256(content).hexdigest()
            assert (file.size_bytes, file.source) == (len(content), file.name)
        assert self.heard == sum(map(len, self.contents.values()))
        assert {path.name for path in self.staging.iterdir()} == {RECORD_NAME, *self.contents}


@pytest.mark.parametrize(("connections", "used"), [(1, 1), (3, 3), (16, 4)])
def test_all_arrive_in_order(link, pieces, tmp_path, connections, used):
    pull = Pull(tmp_path / "s", DIRECTORY, pieces, connections=connections)
    pulled = pull(link)
    pull.demand_all_here(pulled)
    assert pulled.connections == used
    assert (pulled.reconnects, pulled.lost) == (0, ())


def test_two_connections_do_work_at_once(link, database, pieces, tmp_path):
    pull = Pull(tmp_path / "s", database.directory, pieces, connections=2, chunk_bytes=512)
    pull.demand_all_here(pull(link))
    assert pull.threads - {threading.main_thread().name} == {"pull-1", "pull-2"}


def test_lines_that_drop_all_at_once_are_taken_up_again(rehearsal, link, database, pieces, tmp_path):
    pull = Pull(tmp_path / "s", database.directory, pieces, connections=3)
    with rehearsal.faults(database.service, drop_after_bytes=120_000):
        link.reconnect()
        pulled = pull(link)
    pull.demand_all_here(pulled)
    assert pulled.reconnects > 4
    assert pulled.lost == ()


def test_a_line_that_never_carries_a_chunk_is_given_up_by_all(rehearsal, link, database, pieces, tmp_path):
    pull = Pull(tmp_path / "s", database.directory, pieces, chunk_bytes=2 * 1024 * 1024)
    with rehearsal.faults(database.service, drop_after_bytes=60_000):
        link.reconnect()
        with pytest.raises(ConnectError):
            pull(link)
    assert list(pull.staging.iterdir()) == []
    assert pull.heard == 0


def test_what_is_recorded_is_not_pulled_again(rehearsal, link, database, pieces, tmp_path):
    last = list(pieces)[-1]
    (database.directory_path / last).unlink()
    pull = Pull(tmp_path / "s", database.directory, pieces, connections=1)
    with pytest.raises(VanishedError, match=last):
        pull(link)
    here = set(pieces) - {last}
    assert {path.name for path in pull.staging.iterdir()} == {RECORD_NAME, *here}
    (database.directory_path / last).write_bytes(pieces[last])
    (pull.staging / "asing").mkdir()
    (pull.staging / "asing" / "berkas").touch()
    (pull.staging / f"{last}.part").write_bytes(b"sebagian")
    inodes = {name: (pull.staging / name).stat().st_ino for name in here}
    again = Pull(tmp_path / "s", database.directory, pieces)
    again.demand_all_here(again(link))
    assert {name: (pull.staging / name).stat().st_ino for name in here} == inodes


def damage_content(staging, name):
    content = bytearray((staging / name).read_bytes())
    content[7] ^= 1
    (staging / name).write_bytes(content)


def lose(staging, name):
    (staging / name).unlink()


def damage_size(staging, name):
    os.truncate(staging / name, 10)


def damage_record(staging, name):
    (staging / RECORD_NAME).write_bytes(b'{"name": "../x"}\n[[[\n\xff\n')


def damage_to_link(staging, name):
    (staging / "lain").write_bytes((staging / name).read_bytes())
    (staging / name).unlink()
    (staging / name).symlink_to(staging / "lain")


def damage_record_to_folder(staging, name):
    (staging / RECORD_NAME).unlink()
    (staging / RECORD_NAME).mkdir()


@pytest.mark.parametrize(
    "damage", [damage_content, damage_size, lose, damage_record, damage_to_link, damage_record_to_folder]
)
def test_a_claim_that_does_not_hold_is_pulled_again(link, database, pieces, tmp_path, damage):
    first = Pull(tmp_path / "s", database.directory, pieces)
    first(link)
    damage(first.staging, next(iter(pieces)))
    again = Pull(tmp_path / "s", database.directory, pieces)
    pulled = again(link)
    again.demand_all_here(pulled)


def test_a_piece_of_another_size_than_this_export_is_pulled_again(link, database, pieces, tmp_path):
    first = Pull(tmp_path / "s", database.directory, pieces)
    first(link)
    name = next(iter(pieces))
    pieces[name] += b"x"
    (database.directory_path / name).write_bytes(pieces[name])
    again = Pull(tmp_path / "s", database.directory, pieces)
    again.demand_all_here(again(link))


@pytest.mark.parametrize("change", [lambda path: path.write_bytes(b"x" * 300_000), lambda path: os.truncate(path, 9)])
def test_a_piece_that_changes_meanwhile_ends_all_connections(link, database, pieces, tmp_path, change):
    pull = Pull(tmp_path / "s", database.directory, pieces, chunk_bytes=8192)
    pull.on_first = lambda: [change(database.directory_path / name) for name in pieces]
    with pytest.raises(CollectError, match="berubah"):
        pull(link)
    assert not list(pull.staging.glob("*.part"))


def test_a_missing_piece_ends_the_others_soon(rehearsal, link, database, pieces, tmp_path):
    """One connection waits for its line to come back; the failure of the other wakes it."""
    (database.directory_path / next(iter(pieces))).unlink()
    pull = Pull(tmp_path / "s", database.directory, pieces, chunk_bytes=4096)
    began = time.monotonic()
    with pytest.raises(VanishedError):
        pull(link)
    assert time.monotonic() - began < 10
    assert not list(pull.staging.glob("*.part"))


def test_a_server_without_room_for_more_sessions_is_served_by_one(tmp_path):
    with crowded_server(tmp_path / "server", allowed=1) as (engine, settings, folder):
        pieces = lay_down(folder, "SATU")
        with Link(partial(open_session, settings)) as link:
            pull = Pull(tmp_path / "s", DIRECTORY, pieces, connections=3, chunk_bytes=1024)
            pulled = pull(link)
        pull.demand_all_here(pulled)
        assert pulled.connections == 1
        assert len(pulled.lost) == 2
        assert all("ORA-00020" in reason for reason in pulled.lost)
        assert engine.asked == 3


def test_a_line_that_may_not_come_back_leaves_its_piece_to_the_others(tmp_path):
    with crowded_server(tmp_path / "server", allowed=2) as (engine, settings, folder):
        pieces = lay_down(folder, "DUA")
        with Link(partial(open_session, settings), patience_s=0) as link:
            pull = Pull(tmp_path / "s", DIRECTORY, pieces, connections=2, chunk_bytes=1024)
            pull.on_first = link.session.close
            pulled = pull(link)
        pull.demand_all_here(pulled)
        assert (engine.asked, pulled.connections, len(pulled.lost)) == (3, 2, 1)


def test_the_last_line_that_may_not_come_back_is_the_failure(tmp_path):
    with crowded_server(tmp_path / "server", allowed=1) as (_, settings, folder):
        pieces = lay_down(folder, "TIGA")
        with Link(partial(open_session, settings), patience_s=0) as link:
            pull = Pull(tmp_path / "s", DIRECTORY, pieces, connections=1, chunk_bytes=1024)
            pull.on_first = link.session.close
            with pytest.raises(ConnectError, match="ORA-00020") as failed:
                pull(link)
        assert failed.value.oracle_code == "ORA-00020"


class Doors:
    """Logs on for real as often as it is let, and then fails as told; with a clock that only pauses move."""

    def __init__(self, connect, allowed, error):
        self.connect = connect
        self.allowed = allowed
        self.error = error
        self.attempts = 0
        self.failing = threading.Event()

    def __call__(self):
        self.attempts += 1
        if self.attempts > self.allowed:
            self.failing.set()
            raise self.error
        return self.connect()


def test_a_line_that_stays_away_for_a_while_is_waited_for(connect, database, pieces, tmp_path):
    doors = Doors(connect, 1, ConnectError("tidak menjawab"))
    with Link(doors, patience_s=20) as link:
        pull = Pull(tmp_path / "s", database.directory, pieces, connections=1)

        def drop():
            link.session.close()
            threading.Thread(target=come_back).start()

        def come_back():
            doors.failing.wait(10)
            doors.allowed = 99

        pull.on_first = drop
        pulled = pull(link)
    pull.demand_all_here(pulled)
    assert (pulled.reconnects, doors.attempts) == (1, 3)


def test_a_record_that_is_dropped_leaves_the_pieces(link, database, pieces, tmp_path):
    pull = Pull(tmp_path / "s", database.directory, pieces)
    pull(link)
    for _ in range(2):
        PulledRecord(pull.staging).drop()
        assert {path.name for path in pull.staging.iterdir()} == set(pieces)


def test_a_refused_login_is_asked_once_by_all_connections_together(connect, database, pieces, tmp_path):
    doors = Doors(connect, 1, LoginError("kata sandi ditolak [ORA-01017]"))
    with Link(doors) as link:
        pull = Pull(tmp_path / "s", database.directory, pieces, connections=4, chunk_bytes=256)
        with pytest.raises(LoginError):
            pull(link)
        with pytest.raises(LoginError):
            link.reconnect()
    assert doors.attempts == 2
    assert not list(pull.staging.glob("*.part"))


def test_a_failure_wakes_a_connection_that_waits_for_its_line(connect, database, pieces, tmp_path):
    doors = Doors(connect, 2, ConnectError("tidak menjawab"))
    began = time.monotonic()
    with Link(doors, patience_s=100) as link:
        pull = Pull(tmp_path / "s", database.directory, pieces, connections=2, chunk_bytes=1024)

        def drop_one_and_spoil_the_others():
            link.session.close()
            threading.Thread(target=spoil).start()

        def spoil():
            doors.failing.wait(10)
            for name, content in pieces.items():
                (database.directory_path / name).write_bytes(content + b"x")

        pull.on_first = drop_one_and_spoil_the_others
        with pytest.raises((CollectError, ConnectError)):
            pull(link)
    assert time.monotonic() - began < 30
    assert not list(pull.staging.glob("*.part"))


def test_a_mistake_of_ours_in_a_thread_is_not_lost(link, database, pieces, tmp_path):
    pull = Pull(tmp_path / "s", database.directory, pieces)
    pull.on_first = lambda: 1 // 0
    with pytest.raises(ZeroDivisionError):
        pull(link)


def test_a_full_disk_ends_all_and_leaves_no_part(connect, database, pieces, tmp_path):
    if not mounts._mounting_allowed():
        pytest.skip("mounting is not allowed here")

    def act(tmp_path, disk):
        with Link(connect) as link:
            pull = Pull(disk.path / "s", database.directory, pieces)
            with pytest.raises(NoSpaceError):
                pull(link)
            assert not list(pull.staging.glob("*.part"))
            disk.remount("size=4m")
            again = Pull(disk.path / "s", database.directory, pieces)
            again.demand_all_here(again(link))

    mounts.on_small_disk(size_kib=512)(act)(tmp_path)
