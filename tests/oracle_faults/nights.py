# SPDX-License-Identifier: GPL-3.0-or-later
"""Nights of one server, the real modules in the SOP's order, and the claims that hold whatever was broken in them."""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import agenda_entry
import ansible.module_utils
import backup_folder
import backup_preflight
import media_copy
import oracle_collect
import oracle_export
from ansible.module_utils.testing import patch_module_args
from rehearsal_server import RehearsalDatabase, RehearsalServer
from siak_backup.agenda.journal import Journal
from siak_backup.archive.folder import prove, read_folder
from siak_backup.media.marker import read_marker

from tests.unit.archive.nights import published
from tests.unit.media.desk import register

ROOT = Path(__file__).resolve().parents[2]

# What ansible.cfg's `module_utils` does for a play.
if str(ROOT / "module_utils") not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(str(ROOT / "module_utils"))

YESTERDAY, TONIGHT, TOMORROW = "20250108T093000Z", "20250109T093000Z", "20250110T093000Z"
_RUN_NUMBERS = itertools.count(1)
_GONE_WITHIN_S = 20.0


def just_now() -> str:
    """Return the stamp of a run that begins now."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def call(module: ModuleType, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run a module's `main()` as Ansible would and return its result, with `failed` always there."""
    output = StringIO()
    with patch_module_args(dict(options)), redirect_stdout(output):
        try:
            module.main()
        except SystemExit as ended:
            failed = bool(ended.code)
    return {"failed": failed} | json.loads(output.getvalue())


@dataclass(frozen=True)
class Verdict:
    """What a night came to: the step that failed and why, 0 for a night that went well, -1 for one that was killed."""

    step: int
    message: str = ""
    results: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)

    @property
    def text(self) -> str:
        """The verdict in a few words, for the table."""
        if self.step <= 0:
            return "killed" if self.step else "OK"
        code, _, rest = self.message.partition(" ")
        oracle = [
            word.strip("[](),:;") for word in rest.split() if word.strip("[](),:;").startswith(("ORA-", "DPY-", "PLS-"))
        ]
        return " ".join([f"step {self.step} {code}", *dict.fromkeys(oracle)])


@dataclass
class Office:
    """A control node with one server, whose last night is in the archive and on the medium."""

    root: Path
    database: RehearsalDatabase
    server: RehearsalServer = None  # type: ignore[assignment] - a night's own process asks nothing of it
    before: dict[str, bytes] = field(default_factory=dict)

    def prepare(self) -> Office:
        """Make the folders and register the medium."""
        for name in ("archive", "medium", "agenda", "progress"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        if read_marker(self.root / "medium") is None:
            register(self.root / "medium")
        return self

    def remember(self) -> None:
        """Take down what lies in the archive and on the medium: not a byte of it may change."""
        self.before = self.published()

    def published(self) -> dict[str, bytes]:
        """Return every file of every folder that bears a final name."""
        return published(archive=self.folders("archive"), medium=self.folders("medium"))

    def folders(self, place: str) -> list[Path]:
        """Return the dated folders of the archive or of the medium."""
        base = self.root / place / self.database.service
        return sorted(path for path in base.iterdir() if not path.name.startswith(".")) if base.is_dir() else []

    def begin(self, stamp: str) -> dict[str, Any]:
        """Record a run's begin as the callback does, and return the run."""
        run_id = f"{stamp}-{os.getpid() % 4096:03x}{next(_RUN_NUMBERS):03x}"
        begin = {
            "run": run_id, "event": "run_begin", "playbook": "backup.yml", "servers": [self.database.service],
            "sop": "000.8.3.3/24/1.Dukcapil/2025", "node": "kendali", "pid": os.getpid(), "software": "siak-backup",
        }  # fmt: skip
        self.record(begin)
        return {
            "id": run_id,
            "pid": os.getpid(),
            "agenda_dir": str(self.root / "agenda"),
            "progress_dir": str(self.root / "progress"),
            "sop_path": str(ROOT / "sop/backup-database.yml"),
            "sop_number": "000.8.3.3/24/1.Dukcapil/2025",
        }

    def record(self, line: dict[str, Any]) -> None:
        """Append a line to the journal."""
        Journal(self.root / "agenda", node="kendali", clock=lambda: datetime.now(UTC)).append(line)

    def night(self, stamp: str = TONIGHT, **changed: Mapping[str, Any]) -> Verdict:
        """Perform steps 1 to 5 and let go of the server as step 6 does. `changed` are options by the module's name.

        `stamp` is when the run began; a job is only taken up while its own run's is not too long ago.
        """
        run = self.begin(stamp)
        try:
            return self._steps(run, changed)
        finally:
            agenda_entry.let_go(self._common(run) | {"archive_dir": str(self.root / "archive")})

    def _steps(self, run: dict[str, Any], changed: Mapping[str, Mapping[str, Any]]) -> Verdict:
        results: dict[str, dict[str, Any]] = {}
        for number, module in enumerate(
            (backup_preflight, oracle_export, oracle_collect, backup_folder, media_copy), start=1
        ):
            name = module.__name__
            step = {"run": run["id"], "server": self.database.service, "step": number}
            self.record(step | {"event": "step_begin", "office": "Dinas Uji", "zone": "WIB"})
            began_at = datetime.now(UTC).isoformat(timespec="seconds")
            results[name] = call(module, self._options(name, run, results) | dict(changed.get(name, {})))
            ended_at = datetime.now(UTC).isoformat(timespec="seconds")
            failed = results[name]["failed"]
            reason, facts = results[name].get("msg", ""), results[name]["agenda"]
            self.record(
                step
                | {"event": "step_end", "status": "failed" if failed else "ok", "reason": reason, "facts": facts}
                | {"began_at": began_at, "ended_at": ended_at}
            )
            if failed:
                return Verdict(number, results[name]["msg"], results)
        return Verdict(0, "", results)

    def _common(self, run: dict[str, Any]) -> dict[str, Any]:
        return {"run": run, "server": self.database.service}

    def _options(self, name: str, run: dict[str, Any], results: dict[str, dict[str, Any]]) -> dict[str, Any]:
        archive, progress = (
            {"archive_dir": str(self.root / "archive")},
            {"progress_path": str(self.root / "progress/s")},
        )
        connection = {"connection": self.database.connection}
        media = {"media": [{"dir": str(self.root / "medium"), "labels": ["DISK-01"], "mount_required": False}]}
        given: dict[str, Any] = {}
        if name == "backup_preflight":
            given = connection | archive | media | {
                "directory": self.database.directory, "schemas": ["SIAKOFF"], "zone": "WIB",
            }  # fmt: skip
        elif name == "oracle_export":
            given = connection | progress | {
                "directory": self.database.directory, "schemas": ["SIAKOFF"], "piece_size": "40K", "time_limit_s": 60,
                "poll_interval_s": 1, "abandoned_jobs": results["backup_preflight"]["abandoned_jobs"],
            }  # fmt: skip
        elif name == "oracle_collect":
            given = connection | archive | progress | {
                "export": results["oracle_export"]["export"],
                "key_tables": ["SIAKOFF.BIODATA_WNI", "SIAKOFF.DATA_KELUARGA"],
            }  # fmt: skip
        elif name == "backup_folder":
            given = archive | progress | {
                "office": "Dinas Uji", "zone": "WIB", "sop_number": run["sop_number"],
                "collected": results["oracle_collect"]["collected"], "export": results["oracle_export"]["export"],
                "database": results["backup_preflight"]["database"],
            }  # fmt: skip
        else:
            given = media | progress | {"backup": results["backup_folder"]["backup"], "zone": "WIB"}
        return self._common(run) | given

    def failed_logins(self) -> int:
        """Return how often the account's password was wrong since it was last right."""
        with sqlite3.connect(self.database.password_file.parent / "accounts.sqlite") as accounts:
            (count,) = accounts.execute(
                "SELECT failed_logins FROM sys_users WHERE name = ?", ("SIAK_BACKUP",)
            ).fetchone()
        accounts.close()
        return int(count)

    def assert_untouched(self) -> None:
        """What was published before is there, byte for byte; whatever bears a final name is whole."""
        now = self.published()
        lost = [name for name, data in self.before.items() if now.get(name) != data]
        assert not lost, f"lost: {lost}"
        for place in ("archive", "medium"):
            for folder in self.folders(place):
                prove(read_folder(folder))

    def assert_nothing_new(self) -> None:
        """A night that failed before step 5 published nothing."""
        assert self.published().keys() == self.before.keys()

    def assert_new_night(self) -> None:
        """One more folder in the archive, and its copy on the medium."""
        past = {name.split("/")[1] for name in self.before}
        for place in ("archive", "medium"):
            assert len([folder for folder in self.folders(place) if folder.name not in past]) == 1, place

    def assert_idle(self) -> None:
        """No job of the night is left at work; one that ends needs a moment."""
        deadline = time.monotonic() + _GONE_WITHIN_S
        while (running := self.server.jobs(self.database.service)[0]) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not running, running


@contextmanager
def armed(server: RehearsalServer, service: str, faults: Mapping[str, object]) -> Iterator[None]:
    """Arm faults for the time of a night."""
    if not faults:
        yield
        return
    with server.faults(service, **faults):
        yield
