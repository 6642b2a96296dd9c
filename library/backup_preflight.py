#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 1: prove that the night can begin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_preflight
short_description: Check in one go that a backup can begin
description:
  - Looks at the agenda, the service hours, the settings, the archive, the medium, the run lock and the database, and
    reports every failed check at once, one sentence each. Schemas must hold data, tables must exist.
  - Changes nothing until all checks hold; then it takes the server's run lock.
author: siak-backup
extends_documentation_fragment:
  - media
  - oracle_connection.optional
  - oracle_scope
attributes:
  check_mode:
    support: full
    description: Takes every look but the write probe on the server, and leaves the lock alone.
  diff_mode:
    support: none
    description: Nothing that could be shown as before and after.
options:
  run:
    description: The run, as the agenda callback hands it over in SIAK_RUN; C(id) names it.
    type: dict
    required: true
  server:
    description: Name of the server, as the folders and the agenda call it.
    type: str
    required: true
  directory:
    description: Oracle directory object the export will write to. Needed with O(connection).
    type: str
    default: ""
  key_tables:
    description: Tables that step 3 will count, as C(OWNER.TABLE); one that is not exported refuses the night.
    type: list
    elements: str
    default: []
  drop_orphans:
    description: Whether master tables of this program's dead jobs are dropped in the account's own schema, once all
      checks hold. Only those that have no job and no session, are no longer to be finished, and whose run began longer
      ago than O(time_limit_s). Their dump files stay.
    type: bool
    default: false
  time_limit_s:
    description: Seconds an export may take, as M(oracle_export) gets it.
    type: int
    default: 21600
  script_look:
    description: What M(oracle_script) found at a server whose own script makes the dump. Then the database is not
      asked, and none of the export's options counts.
    type: dict
  zone:
    description: Time zone of the office.
    type: str
    choices: [WIB, WITA, WIT]
    required: true
  service_hours:
    description: Hours in which the office serves people, per weekday from C(senin) to C(minggu). None means any hour.
    type: dict
    default: {}
  service_exceptions:
    description: Dates with other hours, or V(tutup).
    type: dict
    default: {}
  override_reason:
    description: Why the run may begin inside service hours; the agenda keeps it.
    type: str
    default: ""
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
    description: Largest size of one dump piece, as M(oracle_export) gets it; a medium that is here must hold such a
      file.
    type: str
    default: 3900M
"""

EXAMPLES = r"""
- name: Periksa semua syarat sebelum mulai
  backup_preflight:
    run: "{{ siak_run }}"
    server: sukamara
    connection:
      dsn: 192.0.2.10:1521/SIAKDB
      user: SIAK_BACKUP
      password_file: /etc/siak-backup/sukamara.password
    directory: SIAK_BACKUP_DIR
    schemas: [SIAKOFF]
    zone: WIB
    service_hours:
      senin: "07.30-16.00"
      jumat: "07.30-16.30"
    archive_dir: /srv/siak-backup/archive
    media:
      - dir: /media/siak-backup
        labels: [DISK-01]
  register: prepare_result
"""

RETURN = r"""
checks:
  description: Every check with its outcome; on failure too.
  returned: always
  type: list
  elements: dict
  sample: [{"name": "archive", "ok": true, "message": "arsip siap di /srv/siak-backup/archive"}]
database:
  description: What the database says of itself; empty if it did not answer.
  returned: always
  type: dict
  sample: {"version": "19.3.0.0.0", "name": "SIAKDB", "open_mode": "READ WRITE", "scn": 81234567,
           "character_set": "AL32UTF8", "directory_path": "/u01/backup"}
estimate_bytes:
  description: Bytes the schemas' tables and LOBs take on the server; null if unknown.
  returned: always
  type: int
  sample: 734003200
abandoned_jobs:
  description: Data Pump jobs of dead runs, for step 2 to clear.
  returned: always
  type: list
  elements: str
  sample: [SIAK_20250108T093000Z_A1B2C3]
dropped_orphans:
  description: Master tables without a job that were to be dropped; C(left_because) says why one stays, empty if it
    does not.
  returned: always
  type: list
  elements: dict
  sample: [{"job": "SIAK_20250101T093000Z_0F1E2D", "left_because": ""}]
override:
  description: The reason that let the run begin inside service hours, else empty.
  returned: always
  type: str
  sample: ""
agenda:
  description: The facts the agenda keeps of this step.
  returned: always
  type: dict
  sample: {"checks_ok": 17, "checks_failed": [], "estimate_bytes": 734003200, "abandoned_jobs": [], "override": ""}
error:
  description: The failure in parts; C(code) is stable.
  returned: failure
  type: dict
  sample: {"code": "SIAK-201", "what": "server tidak dapat dihubungi", "where": "", "remedy": ""}
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.siak_backup.errors import ConfigError, SiakError
from ansible.module_utils.siak_backup.media.slot import SLOT_SPEC, slots_of
from ansible.module_utils.siak_backup.oracle.connection import CONNECTION_RULES, CONNECTION_SPEC, ConnectionSettings
from ansible.module_utils.siak_backup.oracle.names import PieceSize, TableName
from ansible.module_utils.siak_backup.oracle.scope import OF_SCRIPT, SCOPE_SPEC, Scope
from ansible.module_utils.siak_backup.oracle.session import Session, open_session
from ansible.module_utils.siak_backup.preflight.request import Request
from ansible.module_utils.siak_backup.preflight.run import look, prepare
from ansible.module_utils.siak_backup.preflight.script import ScriptFindings

ARGUMENT_SPEC: dict[str, Any] = {
    "run": {"type": "dict", "required": True},
    "server": {"type": "str", "required": True},
    "connection": {"type": "dict", "options": CONNECTION_SPEC, **CONNECTION_RULES},
    "directory": {"type": "str", "default": ""},
    **SCOPE_SPEC,
    "key_tables": {"type": "list", "elements": "str", "default": []},
    "drop_orphans": {"type": "bool", "default": False},
    "time_limit_s": {"type": "int", "default": 21600},
    "script_look": {"type": "dict"},
    "zone": {"type": "str", "choices": ["WIB", "WITA", "WIT"], "required": True},
    "service_hours": {"type": "dict", "default": {}},
    "service_exceptions": {"type": "dict", "default": {}},
    "override_reason": {"type": "str", "default": ""},
    "archive_dir": {"type": "path", "required": True},
    "media": {"type": "list", "elements": "dict", "required": True, "options": SLOT_SPEC},
    "folder_pattern": {"type": "str", "default": "ddmmmyyyy"},
    "room_factor": {"type": "float", "default": 1.1},
    "min_free_bytes": {"type": "int", "default": 0},
    "piece_size": {"type": "str", "default": "3900M"},
}


def request_of(params: dict[str, Any], now: datetime) -> Request:
    """Return the request a module call makes."""
    names = (
        "run server directory zone service_hours service_exceptions folder_pattern room_factor min_free_bytes "
        "drop_orphans time_limit_s"
    )
    script = ScriptFindings.from_look(params["script_look"]) if params["script_look"] else None
    return Request(
        **{name: params[name] for name in names.split()},
        scope=OF_SCRIPT if script else Scope.from_params(params),
        key_tables=tuple(TableName.parse(name, setting="siak_key_tables") for name in params["key_tables"]),
        override_reason=params["override_reason"].strip(),
        archive_dir=Path(params["archive_dir"]),
        slots=slots_of(params["media"]),
        piece_size=PieceSize.parse(params["piece_size"]),
        now=now,
        script=script,
    )


def connect_by(params: dict[str, Any], run_id: str) -> Callable[[], Session]:
    """Return the way to the database; without a connection it leads nowhere. Raises ConfigError."""
    if params["connection"]:
        return partial(open_session, ConnectionSettings.from_params(params["connection"]), client_id=run_id)

    def refuse() -> Session:
        raise ConfigError("sambungan belum diisi", where="siak_connection", remedy="isi akun backup database ini")

    return refuse


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    results: dict[str, Any] = {"agenda": {}}
    try:
        request = request_of(module.params, datetime.now(UTC))
        connect = connect_by(module.params, request.run_id)
        report = look(request, connect, probe=False) if module.check_mode else prepare(request, connect)
        results = {**report.as_dict(), "agenda": report.agenda()}
        report.demand()
    except SiakError as error:
        module.fail_json(msg=str(error), error=error.as_dict(), **results)
    module.exit_json(changed=not module.check_mode, **results)


if __name__ == "__main__":
    main()
