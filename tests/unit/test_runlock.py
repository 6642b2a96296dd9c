# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from siak_backup import runlock
from siak_backup.errors import ReadOnlyError, RunLockError, VanishedError


def clock():
    return datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sukamara.lock"


@pytest.fixture
def process():
    started = []

    def start():
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


def take(path, run, pid=None):
    return runlock.acquire(path, run=run, pid=pid or os.getpid(), clock=clock)


def edit(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_free_server_is_taken_named_and_let_go(path):
    lock = take(path, "run-1")
    assert runlock.read(path) == lock == runlock.require(path, run="run-1")
    assert (lock.run, lock.pid, lock.taken_at) == ("run-1", os.getpid(), "2026-11-22T09:30:00+00:00")
    assert runlock.release(path, run="run-1")
    assert not path.exists()
    assert runlock.read(path) is None
    assert not runlock.release(path, run="run-1")


def test_a_run_that_owes_recovery_stays_on_record_until_it_is_cleared(path):
    take(path, "run-1")
    assert runlock.release(path, run="run-1", owing=True)
    assert runlock.inherited(path, run="run-2") == ("run-1",)
    assert take(path, "run-2").abandoned == ("run-1",)
    runlock.release(path, run="run-2", owing=True)
    assert take(path, "run-3").abandoned == ("run-1", "run-2")
    runlock.clear_abandoned(path, run="run-3")
    runlock.release(path, run="run-3")
    assert not path.exists()


def test_the_same_run_may_take_it_again(path):
    first = take(path, "run-1")
    assert take(path, "run-1") == first


def test_a_live_run_keeps_others_out(path, process):
    take(path, "run-1", process().pid)
    with pytest.raises(RunLockError) as caught:
        take(path, "run-2")
    assert "run-1" in caught.value.where
    assert str(path) in caught.value.remedy
    assert not runlock.release(path, run="run-2")
    assert runlock.read(path).run == "run-1"
    with pytest.raises(RunLockError, match="tidak memegang"):
        runlock.require(path, run="run-2")


def test_a_killed_run_is_taken_over_and_remembered_until_cleared(path, process):
    for run in ("run-1", "run-2"):
        child = process()
        take(path, run, child.pid)
        child.kill()
        child.wait()
    assert take(path, "run-3").abandoned == ("run-1", "run-2")
    runlock.clear_abandoned(path, run="run-3")
    assert runlock.read(path).abandoned == ()
    runlock.clear_abandoned(path, run="run-3")
    with pytest.raises(RunLockError):
        runlock.clear_abandoned(path, run="run-2")


def test_a_zombie_is_dead(path, process):
    child = process()
    take(path, "run-1", child.pid)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert take(path, "run-2").abandoned == ("run-1",)


def test_a_reused_pid_is_not_the_run(path):
    ticks = take(path, "run-1").started_ticks
    edit(path, started_ticks=ticks - 1)
    assert take(path, "run-2").abandoned == ("run-1",)


def test_a_run_before_the_restart_is_dead(path):
    take(path, "run-1")
    edit(path, boot_id="00000000-0000-0000-0000-000000000000")
    assert take(path, "run-2").abandoned == ("run-1",)


def test_a_run_on_another_machine_may_live(path):
    take(path, "run-1")
    edit(path, host="node-lain", boot_id="00000000-0000-0000-0000-000000000000")
    with pytest.raises(RunLockError, match="node-lain"):
        take(path, "run-2")


def test_a_dead_process_of_the_same_run_is_not_abandoned(path, process):
    child = process()
    take(path, "run-1", child.pid)
    child.kill()
    child.wait()
    assert take(path, "run-1").abandoned == ()


def test_letting_go_does_not_forget_what_is_owed(path):
    take(path, "run-1")
    edit(path, started_ticks=1)
    take(path, "run-2")
    assert runlock.release(path, run="run-2")
    assert not runlock.release(path, run="run-2")
    with pytest.raises(RunLockError):
        runlock.require(path, run="run-2")
    assert take(path, "run-3").abandoned == ("run-1",)


def test_a_process_that_is_not_there_cannot_hold_a_lock(path, process):
    child = process()
    child.kill()
    child.wait()
    with pytest.raises(RunLockError, match="proses run tidak ditemukan"):
        take(path, "run-1", child.pid)
    assert not path.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"\xff", b'{"run": ', b"[" * 9999],
    ids=["empty", "no keys", "list", "null", "binary", "cut", "deep"],
)
def test_unknown_is_not_free(path, content):
    path.write_bytes(content)
    with pytest.raises(RunLockError, match="tidak terbaca"):
        take(path, "run-1")
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "change", [{"pid": "1"}, {"abandoned": "run"}, {"abandoned": [1]}, {"host": "\x1b[2J"}], ids=str
)
def test_a_lock_with_impossible_values_is_unknown(path, change):
    take(path, "run-1")
    edit(path, **change)
    with pytest.raises(RunLockError, match="tidak terbaca"):
        runlock.read(path)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(VanishedError):
        take(tmp_path / "absent" / ".run.lock", "run-1")


def test_proc_is_where_nobody_writes():
    with pytest.raises((ReadOnlyError, VanishedError)):
        take(Path("/proc/self/.run.lock"), "run-1")


def test_only_one_of_many_takers_gets_a_stale_lock(path):
    take(path, "dead")
    edit(path, started_ticks=1)
    taken = []
    start = threading.Barrier(12)

    def race(run):
        start.wait()
        try:
            taken.append(take(path, run))
        except RunLockError:
            return

    threads = [threading.Thread(target=race, args=(f"run-{n}",)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [lock.abandoned for lock in taken] == [("dead",)]
    assert runlock.read(path) == taken[0]


def test_a_run_is_watched_until_its_process_dies(process):
    child = process()
    demand_alive = runlock.watch_over({"id": "run-1", "pid": child.pid})
    demand_alive()
    child.kill()
    child.wait()
    with pytest.raises(RunLockError, match="sudah mati"):
        demand_alive()
    with pytest.raises(RunLockError, match="sudah mati"):
        runlock.watch_over({"id": "run-1", "pid": child.pid})()
    runlock.watch_over({"id": "run-1"})()
