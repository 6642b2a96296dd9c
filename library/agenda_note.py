#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add to a run what went wrong and what was done about it, without changing what was recorded."""

from __future__ import annotations

DOCUMENTATION = r"""
module: agenda_note
short_description: Add kendala and tindak lanjut to a run
description:
  - Appends one line to the journal. What the run itself recorded stays as it is; reports show both.
  - Given again with the same words, it writes nothing.
author: siak-backup
attributes:
  check_mode:
    support: full
    description: Tells which nights the note would be about.
  diff_mode:
    support: none
    description: A line is appended, nothing is changed.
options:
  agenda_dir:
    description: Folder of the agenda.
    type: path
    required: true
  sop_path:
    description: The SOP as data.
    type: path
    required: true
  run:
    description: The run's number, as the agenda and the Laporan show it.
    type: str
    required: true
  server:
    description: The server it is about; empty for every server of the run.
    type: str
    default: ""
  nama:
    description: Name of the Administrator Database who writes it.
    type: str
    required: true
  kendala:
    description: What went wrong.
    type: str
    default: ""
  tindak_lanjut:
    description: What was done about it.
    type: str
    default: ""
  perubahan:
    description: Why a large change of rows or size that the run found is right. Accepts it, under O(nama).
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Catat kendala dan tindak lanjut
  agenda_note:
    agenda_dir: /srv/siak-backup/agenda
    sop_path: /srv/siak-backup/sop/backup-database.yml
    run: 20250109T093500Z-3f9a1c
    server: sukamara
    nama: Contoh Administrator
    kendala: Listrik padam pukul 17.10
    tindak_lanjut: UPS diganti, backup diulang keesokan harinya
"""

RETURN = r"""
addition:
  description: The line, without the keys that every line has.
  returned: success
  type: dict
  sample: {"event": "note", "target": "20250109T093500Z-3f9a1c", "server": "sukamara", "name": "Contoh Administrator",
           "kendala": "Listrik padam pukul 17.10", "tindak_lanjut": "UPS diganti"}
nights:
  description: The nights it is about, with their result.
  returned: success
  type: list
  elements: dict
  sample: [{"day": "2025-01-09", "server": "sukamara", "run": "20250109T093500Z-3f9a1c", "result": "gagal"}]
error:
  description: The failure in parts; C(code) is stable.
  returned: failure
  type: dict
  sample: {"code": "SIAK-600", "what": "run tidak ada di jurnal", "where": "", "remedy": "periksa nomor run"}
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.siak_backup.agenda import signoff
from ansible.module_utils.siak_backup.agenda.journal import node_name
from ansible.module_utils.siak_backup.errors import SiakError
from ansible.module_utils.siak_backup.sop import load_sop

ARGUMENT_SPEC: dict[str, Any] = {
    "agenda_dir": {"type": "path", "required": True},
    "sop_path": {"type": "path", "required": True},
    "run": {"type": "str", "required": True},
    "server": {"type": "str", "default": ""},
    "nama": {"type": "str", "required": True},
    "kendala": {"type": "str", "default": ""},
    "tindak_lanjut": {"type": "str", "default": ""},
    "perubahan": {"type": "str", "default": ""},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    params = module.params
    agenda_dir = Path(params["agenda_dir"])
    try:
        plan = signoff.plan_note(agenda_dir, load_sop(Path(params["sop_path"])), params, datetime.now(UTC))
        if not module.check_mode:
            signoff.apply(plan, agenda_dir, node=node_name(), clock=lambda: datetime.now(UTC))
    except SiakError as error:
        module.fail_json(msg=str(error), error=error.as_dict())
    module.exit_json(**plan.as_dict())


if __name__ == "__main__":
    main()
