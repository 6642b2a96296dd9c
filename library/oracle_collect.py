#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 3: bring the dump here and prove it without Oracle."""

from __future__ import annotations

DOCUMENTATION = r"""
module: oracle_collect
short_description: Pull a Data Pump export over SQL*Net and prove it
description:
  - Reads the log and every dump piece from the directory object by BFILE into the run's staging folder, hashing on
    the way, and judges the set without Oracle.
  - Counts the key tables as of the export's SCN and compares them with the export. Fails unless the set is complete
    and all counts agree.
  - The run must hold the server's lock, which M(backup_preflight) takes.
author: siak-backup
extends_documentation_fragment: oracle_connection
attributes:
  check_mode:
    support: full
    description: Tells the files it would bring here; does not connect.
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
  export:
    description: What M(oracle_export) returned.
    type: dict
    required: true
  archive_dir:
    description: Folder on the control node that keeps every night.
    type: path
    required: true
  key_tables:
    description: Tables as C(OWNER.TABLE) whose rows are counted in the database and compared with the export.
    type: list
    elements: str
    default: []
  progress_path:
    description: File that is kept up to date with the progress.
    type: path
  connections:
    description:
      - How many pieces are pulled at once at most, each on a session of its own, 1 to 16. A server that takes no
        further session is no failure; the pieces then come on those there are.
    type: int
    default: 1
  keep_on_server:
    description:
      - How many earlier nights keep their dump pieces on the server, beside this one. V(-1) keeps all, V(0) this
        night's only.
      - Only pieces of ours are removed whose run has a dated folder in O(archive_dir) with a sound manifest and
        SHA256SUMS, whose files are read again just before. The log stays. What cannot be removed never fails the step.
    type: int
    default: -1
  remove_from_server:
    description: The old name of O(keep_on_server=0).
    type: bool
    default: false
  swing_percent:
    description: By how much the rows of a key table, and the bytes of the dump, may differ from the last proven night's
      in the archive. A larger change makes nothing fail; it waits until somebody accepts it (M(agenda_note)). 0
      compares nothing.
    type: float
    default: 20
  swing_min_rows:
    description: Smaller changes of a table are never spoken of, unless it was emptied or is gone.
    type: int
    default: 100
"""

EXAMPLES = r"""
- name: Ambil dan nilai file dump
  oracle_collect:
    run: "{{ siak_run }}"
    server: sukamara
    connection:
      dsn: 192.0.2.10:1521/SIAKDB
      user: SIAK_BACKUP
      password_file: /etc/siak-backup/sukamara.password
    export: "{{ export_result.export }}"
    archive_dir: /srv/siak-backup/archive
    key_tables: [SIAKOFF.BIODATA_WNI, SIAKOFF.DATA_KELUARGA]
  register: collect_result
"""

RETURN = r"""
collected:
  description: The proven dump in the staging folder, as M(backup_folder) wants it.
  returned: success
  type: dict
  contains:
    staging_dir:
      description: The run's staging folder.
      returned: success
      type: str
      sample: /srv/siak-backup/archive/sukamara/.masuk-20250109T093000Z-a1b2c3
    files:
      description: Dump pieces in the order of their numbers; C(source) is the name on the server.
      returned: success
      type: list
      elements: dict
      sample: [{"name": "SIAK_20250109T093000Z_A1B2C3_01.dmp", "size_bytes": 18874368, "sha256": "9f86d0...",
                "source": "SIAK_20250109T093000Z_A1B2C3_01.dmp"}]
    log:
      description: The export's log, in the same form.
      returned: success
      type: dict
      sample: {"name": "SIAK_20250109T093000Z_A1B2C3.log", "size_bytes": 2911, "sha256": "60303a...",
               "source": "SIAK_20250109T093000Z_A1B2C3.log"}
    tables:
      description: Rows of every table or partition in the export.
      returned: success
      type: list
      elements: dict
      sample: [{"schema": "SIAKOFF", "name": "DATA_KELUARGA", "partition": "", "rows": 20123}]
    counts:
      description: Rows of the key tables in the database as of the SCN, beside those in the export.
      returned: success
      type: list
      elements: dict
      sample: [{"table": "SIAKOFF.DATA_KELUARGA", "rows_in_database": 20123, "rows_in_export": 20123}]
    swing:
      description: What changed beyond O(swing_percent) since the night C(compared_with), a folder's name; empty where
        there was none, and C(not_compared) says why. C(found) has key tables' rows, and the dump's bytes with an empty
        C(table); C(now) is null for a table that is gone.
      returned: success
      type: dict
      sample: {"percent": 20.0, "compared_with": "08jan2025", "not_compared": "",
               "found": [{"table": "SIAKOFF.BIODATA_WNI", "before": 66000, "now": 38214}]}
    verdict:
      description: What the set was judged to be, and by what evidence.
      returned: success
      type: dict
      sample: {"status": "complete", "evidence": []}
    connections:
      description: How many connections took part.
      returned: success
      type: int
      sample: 2
    reconnects:
      description: How many dropped lines came back while pieces were pulled.
      returned: success
      type: int
      sample: 0
    lost_connections:
      description: Why connections that were wanted did not take part, or not to the end.
      returned: success
      type: list
      elements: str
      sample: []
    resumed:
      description: Pieces that an earlier try of this run had brought here; hashed again, not pulled again.
      returned: success
      type: list
      elements: str
      sample: []
    removed_from_server:
      description: Pieces of earlier nights that were removed from the server.
      returned: success
      type: list
      elements: str
      sample: [SIAK_20250101T093000Z_0F1E2D_01.dmp]
    left_on_server:
      description: Pieces of earlier nights that were to be removed and stay, and why. An empty C(name) is why nothing
        further was looked at.
      returned: success
      type: list
      elements: dict
      sample: [{"name": "SIAK_20250102T093000Z_3C4B5A_01.dmp", "reason": "server menolak menghapusnya"}]
agenda:
  description: The facts the agenda keeps of this step.
  returned: always
  type: dict
  sample: {"files": 1, "size_bytes": 18874368, "verdict": "complete", "tables": 14, "rows": 189034}
error:
  description: The failure in parts; C(code) is stable.
  returned: failure
  type: dict
  sample: {"code": "SIAK-300", "what": "dump tidak terbukti lengkap", "where": "", "remedy": ""}
"""

from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.siak_backup import runlock
from ansible.module_utils.siak_backup.errors import SiakError
from ansible.module_utils.siak_backup.oracle.collect import CollectPlan, collect, predict
from ansible.module_utils.siak_backup.oracle.connection import CONNECTION_RULES, CONNECTION_SPEC, ConnectionSettings
from ansible.module_utils.siak_backup.oracle.session import Link, open_session
from ansible.module_utils.siak_backup.progress import ProgressWriter

ARGUMENT_SPEC: dict[str, Any] = {
    "run": {"type": "dict", "required": True},
    "server": {"type": "str", "required": True},
    "connection": {"type": "dict", "required": True, "options": CONNECTION_SPEC, **CONNECTION_RULES},
    "export": {"type": "dict", "required": True},
    "archive_dir": {"type": "path", "required": True},
    "key_tables": {"type": "list", "elements": "str", "default": []},
    "progress_path": {"type": "path"},
    "connections": {"type": "int", "default": 1},
    "keep_on_server": {"type": "int", "default": -1},
    "remove_from_server": {"type": "bool", "default": False},
    "swing_percent": {"type": "float", "default": 20},
    "swing_min_rows": {"type": "int", "default": 100},
}

_STEP = 3


def pull(plan: CollectPlan, params: dict[str, Any]) -> dict[str, Any]:
    """Collect for real and return the module's `collected`."""
    runlock.require(plan.staging.parent / runlock.LOCK_NAME, run=plan.run_id)
    settings = ConnectionSettings.from_params(params["connection"])
    progress = ProgressWriter.of_step(_STEP, params)
    with Link(partial(open_session, settings, client_id=plan.run_id)) as link:
        return collect(link, plan, progress).as_dict()


def agenda(collected: dict[str, Any]) -> dict[str, Any]:
    """Return the facts the journal keeps: no list that grows with the database."""
    return {
        "files": len(collected["files"]),
        "size_bytes": sum(file["size_bytes"] for file in collected["files"]),
        "tables": len(collected["tables"]),
        "rows": sum(table["rows"] for table in collected["tables"]),
        "counts": collected["counts"],
        "swing": collected["swing"],
        "verdict": collected["verdict"]["status"],
        "connections": collected["connections"],
        "reconnects": collected["reconnects"],
        "lost_connections": collected["lost_connections"],
        "resumed": collected["resumed"],
        "removed_from_server": collected["removed_from_server"],
        "left_on_server": collected["left_on_server"],
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    try:
        plan = CollectPlan.from_params(module.params)
        collected = predict(plan) if module.check_mode else pull(plan, module.params)
    except SiakError as error:
        module.fail_json(msg=str(error), error=error.as_dict(), agenda={})
    module.exit_json(changed=True, collected=collected, agenda=agenda(collected))


if __name__ == "__main__":
    main()
