#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell of every server whether its newest proven backup is fresh."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_freshness
short_description: Tell whether the newest proven backup of every server is fresh
description:
  - Reads the journal once for all servers and looks whether the newest proven backup of each still lies in the archive,
    with the sizes that were recorded. Independent of the backup, so that one that never runs is noticed.
  - Unknown is never fresh. A journal that cannot be read or is damaged makes every server stale.
  - Does not fail because a server is stale; RV(stale) says which are. The role C(freshness) fails then.
author: siak-backup
attributes:
  check_mode:
    support: full
    description: Looks as ever and does not write O(textfile_path).
  diff_mode:
    support: none
    description: The text file is made anew, there is no before.
options:
  agenda_dir:
    description: Folder of the agenda, which holds the journal.
    type: path
    required: true
  sop_path:
    description: The SOP as data.
    type: path
    required: true
  servers:
    description: Names of the servers, as the inventory calls them.
    type: list
    elements: str
    required: true
  archive_dirs:
    description: Archive on the control node, by server.
    type: dict
    required: true
  offices:
    description: Name of the office, by server.
    type: dict
    default: {}
  zones:
    description: V(WIB), V(WITA) or V(WIT), by server. V(WIB) where there is none.
    type: dict
    default: {}
  service_hours:
    description: Hours in which the office serves people, by server and weekday. A day without any is no working day,
      and backups do not grow older on it. Without a table, Monday to Friday are working days.
    type: dict
    default: {}
  service_exceptions:
    description: Dates with other hours, or C(tutup), by server.
    type: dict
    default: {}
  max_age_h:
    description: Hours of working days after which a backup is stale; at most 744.
    type: float
    default: 26
  max_age_hours:
    description: The same by server, where it differs.
    type: dict
    default: {}
  copy_max_age_h:
    description: Hours of working days after which the newest backup that lies on a medium is too old; 0 demands no
      copy.
    type: float
    default: 0
  copy_max_age_hours:
    description: The same by server, where it differs.
    type: dict
    default: {}
  rehearsals:
    description: V(true) by server where rehearsals are taken for backups, in a rehearsal's own inventory.
    type: dict
    default: {}
  verify:
    description: Whether the files of the newest folders are read again and compared with their SHA256SUMS.
    type: bool
    default: false
  textfile_path:
    description: File for node_exporter's textfile collector, C(*.prom). Written anew each time, mode 0644.
    type: path
"""

EXAMPLES = r"""
- name: Periksa umur backup
  backup_freshness:
    agenda_dir: /srv/siak-backup/agenda
    sop_path: /opt/siak-backup/sop/backup-database.yml
    servers: [sukamara]
    archive_dirs:
      sukamara: /srv/siak-backup/archive
    service_hours:
      sukamara:
        senin: "07.30-16.00"
        selasa: "07.30-16.00"
        rabu: "07.30-16.00"
        kamis: "07.30-16.00"
        jumat: "07.30-16.30"
    textfile_path: /var/lib/node_exporter/siak_backup.prom
  register: freshness_result
"""

RETURN = r"""
lines:
  description: A sentence for each server, in Indonesian.
  returned: success
  type: list
  elements: str
  sample: ["sukamara: SEGAR, backup terbukti terakhir 9 jam lalu (09jan2025,
            arsip /srv/siak-backup/archive/sukamara/09jan2025, media DISK-01)"]
stale:
  description: Names of the servers that are not fresh.
  returned: success
  type: list
  elements: str
  sample: []
trouble:
  description: One sentence that names the stale servers, in Indonesian; empty when there is none.
  returned: success
  type: str
  sample: ""
servers:
  description: What was found of each server.
  returned: success
  type: list
  elements: dict
  contains:
    server:
      description: Its name.
      returned: success
      type: str
      sample: sukamara
    fresh:
      description: Whether its newest proven backup is fresh.
      returned: success
      type: bool
      sample: true
    reasons:
      description: Why it is not, in Indonesian.
      returned: success
      type: list
      elements: str
      sample: []
    proven_at:
      description: When its newest proven backup was filed, UTC; empty if there is none.
      returned: success
      type: str
      sample: "2025-01-09T10:02:00+00:00"
    age_s:
      description: Its age in seconds, by the clock; null if there is none.
      returned: success
      type: float
      sample: 32400.0
    path:
      description: Its folder in the archive.
      returned: success
      type: str
      sample: /srv/siak-backup/archive/sukamara/09jan2025
    size_bytes:
      description: Bytes of its dump and log.
      returned: success
      type: int
      sample: 18875392
    missed:
      description: Working days of the newest 35 on which no run began.
      returned: success
      type: int
      sample: 0
    warned:
      description: What waits for a person, in Indonesian, such as a change of rows that nobody has accepted.
      returned: success
      type: list
      elements: str
      sample: []
agenda:
  description: The facts an agenda would keep.
  returned: success
  type: dict
  sample: {"servers": 1, "stale": []}
error:
  description: The failure in parts; C(code) is stable.
  returned: failure
  type: dict
  sample: {"code": "SIAK-100", "what": "tidak ada server", "where": "freshness_servers", "remedy": ""}
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.siak_backup.errors import SiakError
from ansible.module_utils.siak_backup.monitor.check import Freshness, look
from ansible.module_utils.siak_backup.monitor.prometheus import write_textfile
from ansible.module_utils.siak_backup.monitor.settings import demands_of
from ansible.module_utils.siak_backup.sop import load_sop

_BY_SERVER: dict[str, Any] = {"type": "dict", "default": {}}

ARGUMENT_SPEC: dict[str, Any] = {
    "agenda_dir": {"type": "path", "required": True},
    "sop_path": {"type": "path", "required": True},
    "servers": {"type": "list", "elements": "str", "required": True},
    "archive_dirs": {"type": "dict", "required": True},
    "offices": _BY_SERVER,
    "zones": _BY_SERVER,
    "service_hours": _BY_SERVER,
    "service_exceptions": _BY_SERVER,
    "max_age_h": {"type": "float", "default": 26},
    "max_age_hours": _BY_SERVER,
    "copy_max_age_h": {"type": "float", "default": 0},
    "copy_max_age_hours": _BY_SERVER,
    "rehearsals": _BY_SERVER,
    "verify": {"type": "bool", "default": False},
    "textfile_path": {"type": "path"},
}


def told(each: Freshness) -> dict[str, Any]:
    """Return one server as the module's result has it."""
    proven = each.last.proven
    return {
        "server": each.demand.server,
        "fresh": each.fresh,
        "reasons": list(each.reasons),
        "proven_at": proven.filed_at.isoformat() if proven and proven.filed_at else "",
        "age_s": each.age_s,
        "path": each.path,
        "size_bytes": proven.size_bytes if proven else 0,
        "missed": each.missed,
        "warned": list(each.warnings),
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    params = module.params
    try:
        demands = demands_of(params)
        found = look(
            Path(params["agenda_dir"]),
            load_sop(Path(params["sop_path"])),
            demands,
            now=datetime.now(UTC),
            verify=params["verify"],
        )
        if params["textfile_path"] and not module.check_mode:
            write_textfile(Path(params["textfile_path"]), found)
    except SiakError as error:
        module.fail_json(msg=str(error), error=error.as_dict())
    stale = [each.demand.server for each in found.stale]
    module.exit_json(
        changed=bool(params["textfile_path"]),
        lines=[each.line for each in found.servers],
        stale=stale,
        trouble=found.trouble,
        servers=[told(each) for each in found.servers],
        agenda={"servers": len(found.servers), "stale": stale},
    )


if __name__ == "__main__":
    main()
