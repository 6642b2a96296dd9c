# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time holds a server, and a dead run is told from a live one.

The lock is a JSON file that outlives its run when that run is killed. It names
a process by pid, start time (in ticks since boot) and boot, so that neither a
reused pid nor a restarted machine keeps a dead run's lock alive.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import platform
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from .durable import archive_errors, fsync_dir, write_atomic
from .errors import RunLockError, VanishedError
from .process import Process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

LOCK_NAME = ".run.lock"

#: The pid in a lock that was let go while recovery was still owed.
_NOBODY = 0

_MAX_FILE_BYTES = 64 * 1024


@dataclass(frozen=True)
class RunLock:
    """Who holds a server.

    `pid`, `started_ticks` and `boot_id` are those of a `Process`, `taken_at` is
    UTC ISO 8601. `abandoned` are the ids of dead runs whose leftovers nobody
    has cleared yet, oldest first.
    """

    run: str
    pid: int
    started_ticks: int
    boot_id: str
    host: str
    taken_at: str
    abandoned: tuple[str, ...] = ()


def acquire(path: Path, *, run: str, pid: int, clock: Callable[[], datetime]) -> RunLock:
    """Take the lock for `run`, whose process is `pid`, or find that it holds it already.

    A lock whose process is dead is taken over and its run joins `abandoned`;
    there it stays, through any number of crashes, until `clear_abandoned`.
    Takers are put in a row by a flock on the lock's folder, which must exist.

    Raises:
        RunLockError: a live run, or one on another machine, holds the lock; or
            the file is not a lock; or `pid` is not running.
        ArchiveError: the folder cannot be written.
    """
    process = Process.find(pid)
    if process is None:
        raise RunLockError("proses run tidak ditemukan", where=f"run {run}, pid {pid}", remedy="mulai ulang backup")
    with _alone(path):
        held = read(path)
        if held is not None and held.run == run and _is_alive(held):
            return held
        lock = RunLock(
            run=run,
            pid=pid,
            started_ticks=process.started_ticks,
            boot_id=process.boot_id,
            host=platform.node(),
            taken_at=clock().isoformat(timespec="seconds"),
            abandoned=inherited(path, run=run),
        )
        _write(path, lock)
        return lock


def inherited(path: Path, *, run: str) -> tuple[str, ...]:
    """Return the ids of dead runs that `abandoned` would hold if `run` took the lock now; changes nothing.

    Raises:
        RunLockError: another run, alive or on another machine, holds the lock; or the file is not a lock.
    """
    held = read(path)
    if held is None:
        return ()
    if held.run == run or held.pid == _NOBODY:
        return held.abandoned
    if _is_alive(held):
        raise RunLockError(
            "server sedang dibackup oleh run lain",
            where=f"{path.parent.name}: run {held.run}, pid {held.pid} di {held.host}, sejak {held.taken_at}",
            remedy=f"tunggu run itu selesai, atau hapus {path} bila yakin sudah mati",
        )
    return (*(name for name in held.abandoned if name != held.run), held.run)


def require(path: Path, *, run: str) -> RunLock:
    """Return the lock if `run` holds it. Raises RunLockError otherwise."""
    held = read(path)
    if held is None or held.run != run or held.pid == _NOBODY:
        raise RunLockError(
            "run ini tidak memegang kunci server", where=str(path), remedy="jalankan backup lengkap dari langkah 1"
        )
    return held


def watch_over(run: Mapping[str, Any]) -> Callable[[], None]:
    """Return what raises RunLockError once the run's ansible-playbook has died.

    Ansible's modules outlive it, and the next run holds the server as soon as
    it begins. A run that was handed over without its `pid` cannot be watched.
    """
    process = Process.find(pid) if (pid := run.get("pid")) else None

    def demand_alive() -> None:
        if pid and (process is None or not process.is_running()):
            raise RunLockError(
                "run ini sudah mati", where=f"run {run['id']}, pid {pid}", remedy="run berikutnya melanjutkannya"
            )

    return demand_alive


def clear_abandoned(path: Path, *, run: str) -> None:
    """Say that `run`, the owner, has cleared what the abandoned runs left. Raises RunLockError, ArchiveError."""
    with _alone(path):
        held = require(path, run=run)
        if held.abandoned:
            _write(path, replace(held, abandoned=()))


def release(path: Path, *, run: str, owing: bool = False) -> bool:
    """Let go of the lock if it is `run`'s; return whether it was.

    Runs still in `abandoned` stay on record in a lock that nobody holds, for
    the next run to clear; `owing` puts `run` among them, whose own job may
    still be at work on the server.

    Raises:
        RunLockError: the file is not a lock.
        ArchiveError: the folder cannot be written.
    """
    with _alone(path):
        held = read(path)
        if held is None or held.run != run or held.pid == _NOBODY:
            return False
        abandoned = (*(name for name in held.abandoned if name != run), run) if owing else held.abandoned
        if abandoned:
            _write(path, replace(held, pid=_NOBODY, abandoned=abandoned))
        else:
            path.unlink()
            fsync_dir(path.parent)
        return True


def read(path: Path) -> RunLock | None:
    """Return what the lock file says, None if there is none.

    Raises RunLockError when the file is not a lock: it was written whole, so
    somebody else changed it, and unknown is not free.
    """
    try:
        with archive_errors(path), path.open("rb") as file:
            return _from_facts(json.loads(file.read(_MAX_FILE_BYTES)))
    except VanishedError:
        return None
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise RunLockError(
            "kunci server tidak terbaca", where=str(path), remedy="pastikan tidak ada backup berjalan lalu hapus"
        ) from error


def _from_facts(facts: dict[str, Any]) -> RunLock:
    pid, ticks, abandoned = facts["pid"], facts["started_ticks"], facts["abandoned"]
    texts = [facts[name] for name in ("run", "boot_id", "host", "taken_at")]
    if type(pid) is not int or type(ticks) is not int or not isinstance(abandoned, list):
        raise TypeError("not a lock")
    if not all(isinstance(text, str) and text.isprintable() for text in (*texts, *abandoned)):
        raise TypeError("not printable text")
    run, boot_id, host, taken_at = texts
    return RunLock(run, pid, ticks, boot_id, host, taken_at, tuple(abandoned))


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    with archive_errors(path.parent):
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def _write(path: Path, lock: RunLock) -> None:
    write_atomic(path, (json.dumps(asdict(lock), indent=2, sort_keys=True) + "\n").encode())


def _is_alive(lock: RunLock) -> bool:
    if lock.pid == _NOBODY:
        return False
    if lock.host != platform.node():
        return True  # its processes cannot be seen from here, so they may live
    return Process(lock.pid, lock.started_ticks, lock.boot_id).is_running()
