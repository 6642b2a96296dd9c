# SPDX-License-Identifier: GPL-3.0-or-later
"""Nights as a real Recorder and a real archive keep them, for tests of what is told of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from siak_backup.agenda.journal import Journal
from siak_backup.agenda.recorder import Planned, Recorder
from siak_backup.archive import publish
from siak_backup.archive.folder import DatedFolder
from siak_backup.archive.manifest import FileEntry
from siak_backup.archive.staging import staging_dir
from siak_backup.calendar import WIB, folder_name
from siak_backup.process import Process
from siak_backup.run_id import new_run_id
from siak_backup.sop import Sop, load_sop

from tests.unit.archive.nights import MANIFEST

ROOT = Path(__file__).resolve().parents[3]
SOP_PATH = ROOT / "sop/backup-database.yml"
ROLES = ("prepare", "export", "collect", "file_dump", "copy_media", "record")


@dataclass
class NightBook:
    """One control node's agenda and archive under a folder of the test."""

    root: Path
    node: str = "kendali"
    sop: Sop = field(default_factory=lambda: load_sop(SOP_PATH))
    now: datetime | None = None

    @property
    def agenda(self) -> Path:
        return self.root / "agenda"

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    def night(self, at: datetime, servers: Mapping[str, Any] | tuple[str, ...], *, finish: bool = True) -> str:
        """Record a run that begins `at` and takes each step five minutes; return its id.

        A server's value is what becomes of it: None for a whole night, `{"fails": role, "reason": ...}`, or facts that
        replace those of a role.
        """
        self.now = at
        journal = Journal(self.agenda, node=self.node, clock=self._clock)
        recorder = Recorder(journal, self.sop, run_id=new_run_id(at), clock=self._clock)
        wishes = servers if isinstance(servers, Mapping) else dict.fromkeys(servers)
        planned = [Planned(name, f"Kabupaten {name.title()}") for name in wishes]
        recorder.begin(planned, playbook="backup.yml", node=self.node, process=Process.current())
        for server, wish in wishes.items():
            self.now = at
            self._take(recorder, server, wish or {})
        if finish:
            recorder.finish()
        return recorder.run_id

    def _take(self, recorder: Recorder, server: str, wish: Mapping[str, Any]) -> None:
        day = folder_name(WIB.local(self._clock()).date())
        for role in ROLES:
            recorder.task_begins(server, role)
            self._passes()
            if role == wish.get("fails"):
                recorder.task_failed(server, role, wish.get("reason", "SIAK-500 media tidak ada"))
                if role != "copy_media":
                    recorder.task_begins(server, "record")
                    recorder.act_ended(server, "record", {"entry": "x.txt"})
                    return
            else:
                facts = self._facts(recorder.run_id, server, role, day)
                recorder.act_ended(server, role, facts | wish.get(role, {}))

    def _facts(self, run: str, server: str, role: str, day: str) -> dict[str, Any]:
        if role == "file_dump":
            folder = self.publish(run, server, day)
            files = [entry.as_dict() for entry in folder.manifest.files]
            return {"folder": folder.path.name, "path": str(folder.path), "files": files, "rehearsal": False}
        copied = {"label": "DISK-01", "path": f"/media/siak/{server}/{day}", "read_back": "O_DIRECT"}
        return {
            "prepare": {"override": ""},
            "export": {"pieces": 1, "size_bytes": 5},
            "collect": {"files": 1, "size_bytes": 5, "verdict": {"status": "complete"}},
            "copy_media": {"files": 4, "size_bytes": 5, "copies": [copied]},
            "record": {"entry": "x.txt"},
        }[role]

    def publish(self, run: str, server: str, base: str) -> DatedFolder:
        staging = staging_dir(self.archive, server, run)
        staging.mkdir(parents=True)
        entries = []
        for name, content in {"siak_1.dmp": run.encode() * 50, "siak.log": b"Job successfully completed\n"}.items():
            (staging / name).write_bytes(content)
            entries.append(FileEntry(name, len(content), hashlib.sha256(content).hexdigest(), name))
        plan = publish.plan(staging, base=base, run=run, dump=tuple(entries[:1]), log=entries[1])
        return publish.apply(plan, replace(MANIFEST, run_id=run, server=server))

    def journal_file(self) -> Path:
        return max((self.agenda / "journal").glob("*.jsonl"))

    def _clock(self) -> datetime:
        assert self.now is not None
        return self.now

    def _passes(self) -> None:
        self.now = self._clock() + timedelta(minutes=5)
