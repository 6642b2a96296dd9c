#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at everything a night needs, before there is a night."""

from __future__ import annotations

DOCUMENTATION = r"""
module: siak_doctor
short_description: Prove each privilege, folder, quota and setting that a backup needs
description:
  - Looks at the control node, the network, the listener, the account and the database, and returns one finding for each
    thing with the SQL or the command that mends it.
  - With O(script_look) the database is not asked. What M(oracle_script) saw on the server takes its place, the traps in
    the site's own script among it.
  - Reads only. Nothing is written on the server, in the archive or on a medium, and no lock is taken.
  - Logs on once. A refused login is never repeated, for it would lock the account.
  - Succeeds whatever it finds; RV(failed_checks) names what would stop a night. It fails only for settings that no look
    could make sense of.
author: siak-backup
extends_documentation_fragment:
  - media
  - oracle_connection.optional
  - oracle_scope
attributes:
  check_mode:
    support: full
    description: The same, for nothing is ever changed.
  diff_mode:
    support: none
    description: Nothing that could be shown as before and after.
options:
  server:
    description: Name of the server, as the folders and the agenda call it.
    type: str
    required: true
  directory:
    description: Oracle directory object the export writes to. Needed with O(connection).
    type: str
  key_tables:
    description: Tables as C(OWNER.TABLE) that M(oracle_collect) counts; each is read at one SCN, one row at most.
    type: list
    elements: str
    default: []
  parallel:
    description: Data Pump's degree.
    type: int
    default: 1
  time_limit_s:
    description: Seconds an export may take; compared with what undo and the account's profile allow.
    type: int
    default: 21600
  script_look:
    description: What M(oracle_script) found, with its option C(lint), at a server whose own script makes the dump. One
      of this and O(connection) is needed; none of the export's options counts then.
    type: dict
  zone:
    description: Time zone of the office.
    type: str
    choices: [WIB, WITA, WIT]
    required: true
  archive_dir:
    description: Folder on the control node that keeps every night.
    type: path
    required: true
  folder_pattern:
    description: Name of the dated folder, made of dd, mmm or mm, and yyyy.
    type: str
    default: ddmmmyyyy
  room_factor:
    description: Free room wanted in archive and medium, as a multiple of the estimate.
    type: float
    default: 1.1
  min_free_bytes:
    description: Bytes that must stay free besides.
    type: int
    default: 0
  piece_size:
    description: Largest size of one dump piece; a medium that is here must hold such a file.
    type: str
    default: 3900M
  media_digest:
    description: What copies on media are read back by.
    type: str
    choices: [sha256, blake3]
    default: sha256
  notice_days:
    description: Days ahead in which an expiring password is a warning.
    type: int
    default: 14
"""

EXAMPLES = r"""
- name: Periksa server sebelum backup pertama
  siak_doctor:
    server: sukamara
    connection:
      dsn: 192.0.2.10:1521/SIAKDB
      user: SIAK_BACKUP
      password_file: /etc/siak-backup/sukamara.password
    directory: SIAK_BACKUP_DIR
    schemas: [SIAKOFF]
    key_tables: [SIAKOFF.BIODATA_WNI]
    zone: WIB
    archive_dir: /srv/siak-backup/archive
    media:
      - dir: /media/siak-backup
        labels: [DISK-01]
  register: doctor_result
"""

RETURN = r"""
findings:
  description: Everything that was looked at, in the order of the table.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The stable name of the look. Traps in a script, C(lint_...), may come more than once.
      returned: success
      type: str
      sample: create_table
    title:
      description: What the table calls it, in Indonesian.
      returned: success
      type: str
      sample: Hak CREATE TABLE
    status:
      description: V(OK), V(PERINGATAN), V(GAGAL) or V(TIDAK DIKETAHUI).
      returned: success
      type: str
      sample: GAGAL
    found:
      description: What was found, in Indonesian.
      returned: success
      type: str
      sample: "tidak ada: tabel master tidak dapat dibuat"
    remedy:
      description: The SQL or the command that mends it or would show it; empty where nothing is to be done.
      returned: success
      type: str
      sample: GRANT CREATE TABLE TO SIAK_BACKUP;
counts:
  description: How many findings there are of each kind.
  returned: success
  type: dict
  sample: {"ok": 31, "warning": 1, "failed": 0, "unknown": 0}
failed_checks:
  description: Names of the findings with V(GAGAL).
  returned: success
  type: list
  elements: str
  sample: [create_table]
table:
  description: The table for people, line by line, safe to print.
  returned: success
  type: list
  elements: str
  sample: ["OK  Login  akun SIAK_BACKUP diterima"]
error:
  description: The failure in parts; C(code) is stable.
  returned: failure
  type: dict
  sample: {"code": "SIAK-100", "what": "daftar skema kosong", "where": "schemas", "remedy": ""}
"""

import time
from datetime import UTC, datetime
from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.siak_backup.doctor.checkup import Checkup, ScriptCheckup
from ansible.module_utils.siak_backup.doctor.run import Report, examine, examine_script
from ansible.module_utils.siak_backup.errors import SiakError
from ansible.module_utils.siak_backup.media.slot import SLOT_SPEC
from ansible.module_utils.siak_backup.oracle.connection import CONNECTION_RULES, CONNECTION_SPEC
from ansible.module_utils.siak_backup.oracle.scope import SCOPE_SPEC
from ansible.module_utils.siak_backup.oracle.session import open_session

ARGUMENT_SPEC: dict[str, Any] = {
    "server": {"type": "str", "required": True},
    "connection": {"type": "dict", "options": CONNECTION_SPEC, **CONNECTION_RULES},
    "directory": {"type": "str"},
    **SCOPE_SPEC,
    "key_tables": {"type": "list", "elements": "str", "default": []},
    "parallel": {"type": "int", "default": 1},
    "time_limit_s": {"type": "int", "default": 21600},
    "script_look": {"type": "dict"},
    "zone": {"type": "str", "choices": ["WIB", "WITA", "WIT"], "required": True},
    "archive_dir": {"type": "path", "required": True},
    "media": {"type": "list", "elements": "dict", "required": True, "options": SLOT_SPEC},
    "folder_pattern": {"type": "str", "default": "ddmmmyyyy"},
    "room_factor": {"type": "float", "default": 1.1},
    "min_free_bytes": {"type": "int", "default": 0},
    "piece_size": {"type": "str", "default": "3900M"},
    "media_digest": {"type": "str", "choices": ["sha256", "blake3"], "default": "sha256"},
    "notice_days": {"type": "int", "default": 14},
}


def report_of(params: dict[str, Any]) -> Report:
    """Take the looks that a module call asks for. Raises ConfigError."""
    if params["script_look"] is not None:
        return examine_script(ScriptCheckup.from_params(params, datetime.now(UTC)))
    checkup = Checkup.from_params(params, datetime.now(UTC))
    return examine(
        checkup,
        partial(open_session, checkup.settings),
        clock=lambda: datetime.now(UTC),
        monotonic=time.monotonic,
    )


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=ARGUMENT_SPEC,
        mutually_exclusive=[("connection", "script_look")],
        required_one_of=[("connection", "script_look")],
        required_by={"connection": ("directory",)},
        supports_check_mode=True,
    )
    try:
        report = report_of(module.params)
    except SiakError as error:
        module.fail_json(msg=str(error), error=error.as_dict())
    module.exit_json(changed=False, **report.as_dict())


if __name__ == "__main__":
    main()
