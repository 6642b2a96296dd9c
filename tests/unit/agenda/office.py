# SPDX-License-Identifier: GPL-3.0-or-later
"""Nights held by the real recorder, for tests of what is read from the journal afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from siak_backup.agenda.journal import Journal
from siak_backup.agenda.recorder import Planned, Recorder
from siak_backup.process import Process
from siak_backup.run_id import new_run_id
from siak_backup.sop import load_sop

from tests.unit.agenda.desk import ROOT, Clock

SOP = load_sop(ROOT / "sop/backup-database.yml")

FILE = {"name": "master.dmp", "size_bytes": 18_900_000, "sha256": "ab" * 32}


def facts_of(server: str, folder: str) -> dict[str, dict[str, object]]:
    """Return the facts of a good night, by role."""
    copy = {
        "label": "DISK-01",
        "serial": "SN-1",
        "group": "harian",
        "path": f"/media/disk/{server}/{folder}",
        "read_back": "O_DIRECT",
    }
    return {
        "prepare": {"override": ""},
        "export": {"pieces": 1, "size_bytes": 18_900_000},
        "collect": {"files": 1, "size_bytes": 18_900_000, "verdict": "complete"},
        "file_dump": {"files": [FILE], "path": f"/srv/arsip/{server}/{folder}"},
        "copy_media": {"copies": [copy | {"status": "proven"}], "files": [FILE], **copy},
        "record": {"entry": "/x.txt"},
    }


def hold_night(
    agenda_dir: Path,
    began_at: datetime,
    *servers: str,
    node: str = "kendali",
    fails_at: str = "",
    roles: Sequence[str] = (),
    zone: str = "WIB",
) -> str:
    """Take servers through the SOP, a minute a step, and return the run's id; at the role `fails_at` they fail."""
    clock = Clock(began_at)
    recorder = Recorder(Journal(agenda_dir, node=node, clock=clock), SOP, run_id=new_run_id(began_at), clock=clock)
    steps = [step.number for step in SOP.steps if step.role in roles]
    recorder.begin(
        [Planned(server, office=f"Kab. {server}", zone=zone) for server in servers],
        playbook="backup.yml", node=node, process=Process(1, 1, "boot"), steps=steps,
    )  # fmt: skip
    for server in servers:
        for role, facts in facts_of(server, f"{began_at:%d%m%Y}").items():
            if roles and role not in roles:
                continue
            recorder.task_begins(server, role)
            clock.passes(minutes=1)
            if role == fails_at:
                recorder.task_failed(server, role, "SIAK-201 server tidak menjawab")
                break
            recorder.act_ended(server, role, facts)
    recorder.finish()
    return recorder.run_id
