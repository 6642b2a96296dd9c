#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record that a superior has seen the nights of some days."""

from __future__ import annotations

DOCUMENTATION = r"""
module: agenda_paraf
short_description: Record that a superior has seen the nights of some days
description:
  - Appends one line to the journal. It covers the nights of O(hari) that stand in the journal before it; what is
    recorded later is not covered.
  - Given again with the same words, while nothing new was recorded of those days, it writes nothing.
author: siak-backup
attributes:
  check_mode:
    support: full
    description: Tells which nights would be covered.
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
  hari:
    description: The day, C(2025-01-09), or days, C(2025-01-06..2025-01-10).
    type: str
    required: true
  jabatan:
    description: The superior's office.
    type: str
    choices: [Kasi SIAK, Kabid PIAK]
    required: true
  nama:
    description: The superior's name.
    type: str
    required: true
  catatan:
    description: A remark, in the superior's words.
    type: str
    default: ""
  zone:
    description: Time zone of the office's clock, by which a day is over.
    type: str
    choices: [WIB, WITA, WIT]
    default: WIB
"""

EXAMPLES = r"""
- name: Catat paraf untuk satu pekan
  agenda_paraf:
    agenda_dir: /srv/siak-backup/agenda
    sop_path: /srv/siak-backup/sop/backup-database.yml
    hari: 2025-01-06..2025-01-10
    jabatan: Kasi SIAK
    nama: Contoh Kepala Seksi
"""

RETURN = r"""
addition:
  description: The line, without the keys that every line has.
  returned: success
  type: dict
  sample: {"event": "paraf", "office": "Kasi SIAK", "name": "Contoh Kepala Seksi", "since": "2025-01-06",
           "until": "2025-01-10", "remark": ""}
nights:
  description: The nights it covers, with their result.
  returned: success
  type: list
  elements: dict
  sample: [{"day": "2025-01-09", "server": "sukamara", "run": "20250109T093500Z-3f9a1c", "result": "berhasil"}]
error:
  description: The failure in parts; C(code) is stable.
  returned: failure
  type: dict
  sample: {"code": "SIAK-100", "what": "hari '9 Jan' tidak terbaca", "where": "hari", "remedy": "isi YYYY-MM-DD"}
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.siak_backup.agenda import signoff
from ansible.module_utils.siak_backup.agenda.journal import node_name
from ansible.module_utils.siak_backup.calendar import zone
from ansible.module_utils.siak_backup.errors import SiakError
from ansible.module_utils.siak_backup.sop import load_sop

ARGUMENT_SPEC: dict[str, Any] = {
    "agenda_dir": {"type": "path", "required": True},
    "sop_path": {"type": "path", "required": True},
    "hari": {"type": "str", "required": True},
    "jabatan": {"type": "str", "choices": ["Kasi SIAK", "Kabid PIAK"], "required": True},
    "nama": {"type": "str", "required": True},
    "catatan": {"type": "str", "default": ""},
    "zone": {"type": "str", "choices": ["WIB", "WITA", "WIT"], "default": "WIB"},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    params = module.params
    agenda_dir = Path(params["agenda_dir"])
    try:
        now = zone(params["zone"]).local(datetime.now(UTC))
        plan = signoff.plan_paraf(agenda_dir, load_sop(Path(params["sop_path"])), params, now)
        if not module.check_mode:
            signoff.apply(plan, agenda_dir, node=node_name(), clock=lambda: datetime.now(UTC))
    except SiakError as error:
        module.fail_json(msg=str(error), error=error.as_dict())
    module.exit_json(**plan.as_dict())


if __name__ == "__main__":
    main()
