#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the Laporan, the agenda, the rekap and the status page from the journal."""

from __future__ import annotations

DOCUMENTATION = r"""
module: agenda_report
short_description: Make the Laporan, the agenda, the rekap and the status page from the journal
description:
  - Makes, from the journal alone, the Laporan Data Backup Database (PDF, a page a server and run), the agenda kegiatan
    harian and the rekap of the month (PDF and XLSX), the status page (one HTML file) and blank forms (PDF).
  - The same journal and settings give the same bytes, whenever and wherever they are made.
  - Missed nights are found from the servers that the inventory lists.
  - The journal is only read. A paper that cannot be made leaves it and the earlier papers as they are.
author: siak-backup
attributes:
  check_mode:
    support: full
    description: Checks the options and the journal, and makes nothing.
  diff_mode:
    support: none
    description: Papers are made anew, there is no before.
options:
  agenda_dir:
    description: Folder of the agenda, which holds the journal.
    type: path
    required: true
  sop_path:
    description: The SOP as data.
    type: path
    required: true
  report_dir:
    description: Folder that takes what is made; made when absent.
    type: path
    required: true
  assets_dir:
    description: Folder of the role C(report), which has C(templates) and C(files).
    type: path
    required: true
  run:
    description: Number of a run, whose Laporan is made and whose month's agenda and rekap.
    type: str
    default: ""
  bulan:
    description: Without O(run), the month, C(2025-01); without both, the month of today.
    type: str
    default: ""
  kinds:
    description: What is made.
    type: list
    elements: str
    choices: [laporan, agenda, rekap, status, formulir]
    default: [laporan, agenda, rekap, status]
  servers:
    description: Names of the servers that should have a night on every working day.
    type: list
    elements: str
    required: true
  offices:
    description: Name of the office, by server.
    type: dict
    default: {}
  zones:
    description: V(WIB), V(WITA) or V(WIT), by server; V(WIB) where there is none.
    type: dict
    default: {}
  service_hours:
    description: Hours in which the office serves people, by server and weekday. Without a table, Monday to Friday are
      working days.
    type: dict
    default: {}
  service_exceptions:
    description: Dates with other hours, or C(tutup), by server.
    type: dict
    default: {}
  since:
    description: First day on which a backup is due, C(2025-01-15), by server; where there is none, the journal's first.
    type: dict
    default: {}
  kop_surat:
    description: The office on paper. C(instansi) (letterhead's lines; the SOP's without it), C(alamat), C(logo) (path
      of a PNG or SVG), C(tempat), C(nomor) (a pattern with C({urut}), C({bulan}), C({bulan_romawi}), C({tahun})),
      C(pejabat) (a list of C(peran), C(jabatan), C(nama), C(nip)), C(lokasi_simpan) (place by medium's label).
    type: dict
    default: {}
  max_age_h:
    description: Hours of working days after which the status page calls a backup stale.
    type: float
    default: 26
  offsite_days:
    description: Days after which a copy that left the building is too old; 0 for never.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Buat Laporan satu bulan
  agenda_report:
    agenda_dir: /srv/siak-backup/agenda
    sop_path: /srv/siak-backup/sop/backup-database.yml
    report_dir: /srv/siak-backup/laporan
    assets_dir: "{{ role_path }}"
    bulan: 2025-01
    servers: [sukamara]
    kop_surat:
      tempat: Sukamara
"""

RETURN = r"""
files:
  description: Paths of what was made, by kind.
  returned: success
  type: dict
  sample: {"laporan": ["/srv/siak-backup/laporan/2025-01-09/Laporan-20250109T093500Z-3f9a1c-sukamara.pdf"],
           "agenda": [], "rekap": [], "status": ["/srv/siak-backup/laporan/status.html"], "formulir": []}
missed:
  description: Working days of the month without a run, by server.
  returned: success
  type: list
  elements: dict
  sample: [{"day": "2025-01-08", "server": "sukamara"}]
damage:
  description: Damaged lines of the journal that were passed over, in Indonesian; at most 20.
  returned: success
  type: list
  elements: str
  sample: []
error:
  description: The failure in parts; C(code) is stable.
  returned: failure
  type: dict
  sample: {"code": "SIAK-610", "what": "dokumen tidak dapat ditulis", "where": "", "remedy": "kosongkan disknya"}
"""

from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.siak_backup.errors import SiakError
from ansible.module_utils.siak_backup.report import make

ARGUMENT_SPEC: dict[str, Any] = {
    "agenda_dir": {"type": "path", "required": True},
    "sop_path": {"type": "path", "required": True},
    "report_dir": {"type": "path", "required": True},
    "assets_dir": {"type": "path", "required": True},
    "run": {"type": "str", "default": ""},
    "bulan": {"type": "str", "default": ""},
    "kinds": {
        "type": "list",
        "elements": "str",
        "choices": ["laporan", "agenda", "rekap", "status", "formulir"],
        "default": ["laporan", "agenda", "rekap", "status"],
    },
    "servers": {"type": "list", "elements": "str", "required": True},
    "offices": {"type": "dict", "default": {}},
    "zones": {"type": "dict", "default": {}},
    "service_hours": {"type": "dict", "default": {}},
    "service_exceptions": {"type": "dict", "default": {}},
    "since": {"type": "dict", "default": {}},
    "kop_surat": {"type": "dict", "default": {}},
    "max_age_h": {"type": "float", "default": 26},
    "offsite_days": {"type": "int", "default": 0},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    made = make.Made({})
    try:
        request = make.plan(module.params, datetime.now(UTC))
        if not module.check_mode:
            made = make.apply(request)
    except SiakError as error:
        module.fail_json(msg=str(error), error=error.as_dict())
    module.exit_json(**made.as_dict())


if __name__ == "__main__":
    main()
