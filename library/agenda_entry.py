#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 6: prove the record and write the readable agenda entry."""

from __future__ import annotations

DOCUMENTATION = r"""
module: agenda_entry
short_description: Prove the record of a run and write its agenda entry
description:
  - Proves that the journal is whole since the month in which the run began, and that the run and every step of this
    server stand in it.
  - Writes the readable entry of this server from the journal. The callback P(agenda#callback) writes it again when the
    run is over, this step included.
  - Lets go of the run lock of the server, also when the proof fails.
author: siak-backup
attributes:
  check_mode:
    support: full
    description: Proves and writes nothing, since in check mode nothing is recorded.
  diff_mode:
    support: none
    description: The entry is made anew, there is no before.
options:
  run:
    description: The run, as the agenda callback hands it over in SIAK_RUN; C(id), C(agenda_dir), C(sop_path) are read.
    type: dict
    required: true
  server:
    description: Name of the server, as the folders and the agenda call it.
    type: str
    required: true
  archive_dir:
    description: Folder on the control node that keeps every night; the run lock of the server lies in it.
    type: path
    required: true
  sop_path:
    description: The SOP as data. Without it, the C(sop_path) of O(run).
    type: path
"""

EXAMPLES = r"""
- name: Buktikan catatan dan tulis agenda kegiatan harian
  agenda_entry:
    run: "{{ siak_run }}"
    server: sukamara
    archive_dir: /srv/siak-backup/archive
  register: record_result
"""

RETURN = r"""
entry:
  description: The readable entry; empty in check mode.
  returned: success
  type: dict
  contains:
    path:
      description: Where it lies.
      returned: success
      type: str
      sample: /srv/siak-backup/agenda/entri/2025-01-09/20250109T093500Z-3f9a1c-sukamara.txt
    steps:
      description: The judgement of every step so far, in the SOP's words.
      returned: success
      type: list
      elements: dict
      sample: [{"step": 2, "verdict": "tidak sesuai", "reasons": ["waktu 45 menit melebihi 40 menit"]}]
agenda:
  description: The facts the agenda keeps of this step.
  returned: always
  type: dict
  sample: {"entry": "/srv/siak-backup/agenda/entri/2025-01-09/20250109T093500Z-3f9a1c-sukamara.txt"}
error:
  description: The failure in parts; C(code) is stable.
  returned: failure
  type: dict
  sample: {"code": "SIAK-601", "what": "jurnal rusak", "where": "2025-01-kendali.jsonl baris 7", "remedy": ""}
"""

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.siak_backup import runlock
from ansible.module_utils.siak_backup.agenda.journal import node_name
from ansible.module_utils.siak_backup.agenda.judge import judge_server
from ansible.module_utils.siak_backup.agenda.proof import export_may_run_on, prove
from ansible.module_utils.siak_backup.agenda.report import write_entry
from ansible.module_utils.siak_backup.archive.names import plain_name
from ansible.module_utils.siak_backup.errors import AgendaError, SiakError
from ansible.module_utils.siak_backup.sop import load_sop

ARGUMENT_SPEC: dict[str, Any] = {
    "run": {"type": "dict", "required": True},
    "server": {"type": "str", "required": True},
    "archive_dir": {"type": "path", "required": True},
    "sop_path": {"type": "path"},
}

_ROLE = "record"


def record(params: dict[str, Any]) -> dict[str, Any]:
    """Prove, write and return the module's `entry`. Raises SiakError."""
    run_id, agenda_dir = params["run"].get("id"), params["run"].get("agenda_dir")
    sop_path = params["sop_path"] or params["run"].get("sop_path")
    if not run_id or not agenda_dir or not sop_path:
        raise AgendaError(
            "run ini tidak dicatat agenda",
            where="SIAK_RUN",
            remedy="jalankan ansible-playbook backup.yml dari folder proyek agar callback agenda aktif",
        )
    server = plain_name(params["server"], what="nama server")
    sop = load_sop(Path(sop_path))
    run = prove(Path(agenda_dir), sop, run_id=str(run_id), server=server, node=node_name(), role=_ROLE)
    path = write_entry(Path(agenda_dir), sop, run, server)
    return {
        "path": str(path),
        "steps": [
            {"step": each.step.number, "verdict": each.verdict, "reasons": list(each.reasons)}
            for each in judge_server(sop, run.servers[server])
        ],
    }


def let_go(params: dict[str, Any]) -> None:
    """Release the server's lock if this run holds it. Raises SiakError."""
    path = Path(params["archive_dir"]) / plain_name(params["server"], what="nama server") / runlock.LOCK_NAME
    # A run that was refused by step 1 may have no lock, and no folder to hold one.
    if runlock.read(path) is not None:
        run_id = str(params["run"].get("id") or "")
        owing = export_may_run_on(Path(str(params["run"].get("agenda_dir") or "")), run_id, params["server"])
        runlock.release(path, run=run_id, owing=owing)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    entry: dict[str, Any] = {"path": "", "steps": []}
    try:
        if not module.check_mode:
            # First, so that a record that cannot be proven does not hold up the next night.
            let_go(module.params)
            entry = record(module.params)
    except SiakError as error:
        module.fail_json(msg=str(error), error=error.as_dict(), agenda={})
    module.exit_json(changed=True, entry=entry, agenda={"entry": entry["path"]})


if __name__ == "__main__":
    main()
