# SPDX-License-Identifier: GPL-3.0-or-later
"""A year of a province's nights as a true, chained journal: what agenda.py measures."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from siak_backup.agenda.journal import journal_dir
from siak_backup.agenda.line import NO_PREVIOUS, compose, digest
from siak_backup.calendar import folder_name

NODE = "kendali"
SEED = 620899
#: ansible.cfg's forks: so many servers are on the same step at a time.
TOGETHER = 10

_MINUTES = (1, 25, 6, 3, 12, 1)


def servers(count: int) -> list[str]:
    """Return the names of the servers."""
    return [f"kabupaten-{number:03}" for number in range(1, count + 1)]


class Writer:
    """Writes a node's chain without an fsync a line; `lines` and `size_bytes` are of all its files."""

    def __init__(self, agenda_dir: Path) -> None:
        self._folder = journal_dir(agenda_dir)
        self._folder.mkdir(parents=True)
        (self._folder / ".lock").touch()
        self._month = ""
        self._file: BinaryIO | None = None
        self._whole = hashlib.sha256()
        self._prev = NO_PREVIOUS
        self.lines = 0
        self.size_bytes = 0

    def __call__(self, at: datetime, record: dict[str, object]) -> None:
        """Write one line; `at` never goes back."""
        if f"{at:%Y-%m}" != self._month:
            self._open(at)
        raw = compose(record, seq=self.lines + 1, at=at, prev=self._prev)
        assert self._file is not None  # noqa: S101 - for mypy
        self._file.write(raw)
        self._whole.update(raw)
        self._prev = digest(raw[:-1])
        self.lines += 1
        self.size_bytes += len(raw)

    def close(self) -> None:
        """Close the newest file."""
        if self._file is not None:
            self._file.close()

    def _open(self, at: datetime) -> None:
        self.close()
        if self._month:
            self._prev = self._whole.hexdigest()
        self._whole = hashlib.sha256()
        self._month = f"{at:%Y-%m}"
        self._file = (self._folder / f"{self._month}-{NODE}.jsonl").open("xb")


def write_year(agenda_dir: Path, *, count: int, nights: int, first: date) -> Writer:
    """Write a journal of `count` servers and `nights` nights, one run each; 1 % of the exports fail."""
    rng = random.Random(SEED)  # noqa: S311 - not for secrets
    write = Writer(agenda_dir)
    names = servers(count)
    for night in range(nights):
        began = datetime(first.year, first.month, first.day, 9, 35, tzinfo=UTC) + timedelta(days=night)
        for at, record in _night(began, names, rng):
            write(at, record)
    write.close()
    return write


def _night(began: datetime, names: list[str], rng: random.Random) -> Iterator[tuple[datetime, dict[str, object]]]:
    run = f"{began:%Y%m%dT%H%M%SZ}-{rng.randrange(1 << 24):06x}"
    folder = folder_name(began.date())
    yield began, {
        "run": run, "event": "run_begin", "playbook": "/srv/siak-backup/backup.yml", "servers": names,
        "sop": "000.8.3.3/24/1.Dukcapil/2025", "node": NODE, "pid": 4711, "started_ticks": 8_123_456,
        "boot_id": "4be2b7f6-6f0c-4d6c-9c0e-0d5f5b0c6a11", "software": "0.1.0",
    }  # fmt: skip
    failed = {name for name in names if rng.random() < 0.01}
    now = began
    for at in range(0, len(names), TOGETHER):
        group = names[at : at + TOGETHER]
        now += timedelta(seconds=1)
        for step in range(1, 7):
            doing = [name for name in group if name not in failed or step in (1, 2, 6)]
            for name in doing:
                place = {"server": name, "office": f"Dinas Dukcapil Kabupaten Contoh {name[-3:]}", "zone": "WIB"}
                yield now, {"run": run, "event": "step_begin", **place, "step": step}
            ended = now + timedelta(seconds=_MINUTES[step - 1])
            for name in doing:
                ok = not (step == 2 and name in failed)
                yield ended, {
                    "run": run, "event": "step_end", "server": name, "step": step, "status": "ok" if ok else "failed",
                    "reason": "" if ok else "SIAK-210 ekspor gagal, ORA-39171 (server): periksa log ekspor",
                    "began_at": now.isoformat(timespec="milliseconds"),
                    "ended_at": ended.isoformat(timespec="milliseconds"),
                    "facts": _facts(step, name, folder, run, rng) if ok else {"code": "SIAK-210"},
                }  # fmt: skip
            now = ended
    for name in names:
        place = {"server": name, "office": f"Dinas Dukcapil Kabupaten Contoh {name[-3:]}", "zone": "WIB"}
        ok = name not in failed
        yield now, {"run": run, "event": "server_end", **place, "status": "ok" if ok else "failed",
                    "reason": "" if ok else "langkah 2: SIAK-210 ekspor gagal"}  # fmt: skip
    yield now, {"run": run, "event": "run_end", "status": "failed" if failed else "ok", "reason": ""}


def _facts(step: int, name: str, folder: str, run: str, rng: random.Random) -> dict[str, Any]:
    """Return what the module of a step hands over, as long as it is in a real night."""
    size = rng.randrange(300_000_000, 3_000_000_000)
    files = [{"name": "master.dmp", "size_bytes": size, "sha256": rng.randbytes(32).hex()}]
    match step:
        case 1:
            return {
                "checks_ok": 17, "checks_failed": [], "estimate_bytes": size, "abandoned_jobs": [], "override": "",
                "database": {"version": "11.2.0.4.0", "name": "SIAK", "open_mode": "READ WRITE", "scn": size,
                             "character_set": "WE8MSWIN1252", "directory_path": "D:\\backup"},
                "rehearsal": False,
            }  # fmt: skip
        case 2:
            return {
                "job": f"SIAK_{run[-6:]}", "scn": size, "mode": "SCHEMA", "schemas": ["SIAKOFF"], "state": "COMPLETED",
                "duration_s": 1234.5, "reconnects": 0, "table_count": 112, "row_count": size // 900,
                "log": f"SIAK_{run}.log", "pieces": 1, "size_bytes": size, "options_refused": [], "cleared_jobs": [],
            }  # fmt: skip
        case 3:
            counts = [
                {"table": f"SIAKOFF.{table}", "rows_in_database": size // 9000, "rows_in_export": size // 9000}
                for table in ("BIODATA_WNI", "DATA_KELUARGA", "CAPIL_LAHIR", "CAPIL_MATI")
            ]
            return {"files": 1, "size_bytes": size, "tables": 112, "rows": size // 900, "counts": counts,
                    "verdict": "complete", "left_on_server": []}  # fmt: skip
        case 4:
            return {"folder": folder, "path": f"/srv/siak-backup/archive/{name}/{folder}", "rehearsal": False,
                    "files": [*files, {"name": "export.log", "size_bytes": 9000, "sha256": rng.randbytes(32).hex()}],
                    "verdict": "complete"}  # fmt: skip
        case 5:
            copies = [
                {"label": label, "group": "mingguan", "serial": f"S{rng.randrange(10**9)}", "status": "copied",
                 "path": f"/media/{label}/{name}/{folder}", "read_back": "O_DIRECT", "reason": ""}
                for label in ("DISK-01", "DISK-02")
            ]  # fmt: skip
            return {"label": "DISK-01", "path": f"/media/DISK-01/{name}/{folder}", "read_back": "O_DIRECT",
                    "files": files, "copies": copies, "caught_up": [], "advice": []}  # fmt: skip
    return {"entry": f"/srv/siak-backup/agenda/entri/2025-01-09/{run}-{name}.txt"}
