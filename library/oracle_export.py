#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 2: one Data Pump export inside the Oracle server."""

from __future__ import annotations

DOCUMENTATION = r"""
module: oracle_export
short_description: Export with Data Pump and prove that it succeeded
description:
  - Runs one DBMS_DATAPUMP export as of one SCN and waits for its end. Success is the job's state, its error count and
    its log together; anything less fails.
  - The job lives in the server. A line that drops is taken up again; a run that dies or loses its line for good leaves
    a job that the next one sees to its end by O(abandoned_jobs), or stops where its time is up or it exports something
    else.
  - Optional parameters that the release or edition does not take are given up one by one, and told.
  - The dump pieces and the log stay in the directory object.
author: siak-backup
extends_documentation_fragment:
  - oracle_connection
  - oracle_scope
attributes:
  check_mode:
    support: full
    description: Tells the job and the files it would make; does not connect.
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
    description: Oracle directory object to write to.
    type: str
    required: true
  piece_size:
    description: Largest size of one dump piece, a number with K, M or G. BFILE and FAT32 want it below 4G.
    type: str
    default: 3900M
  compression:
    description: Data Pump's COMPRESSION, its own default if empty; V(all) and V(data_only) need an option that is
      bought separately, and are given up where they are refused.
    type: str
    choices: ["", none, metadata_only, data_only, all]
    default: ""
  estimate:
    description: Data Pump's ESTIMATE, its own default if empty; given up where it is refused.
    type: str
    choices: ["", blocks, statistics]
    default: ""
  checksum:
    description: Whether Data Pump writes checksums into the dump, from 21c on; given up where it is refused.
    type: bool
    default: false
  version:
    description: Format of the dump, V(COMPATIBLE) or an older release's such as V(11.2), for a later import there.
    type: str
    default: COMPATIBLE
  cluster:
    description: Whether workers on every node of a RAC may write pieces. Only for a directory that all nodes share;
      with V(false) the job stays on one instance. Servers before 11.2 know no choice, and never leave the instance.
    type: bool
    default: false
  parallel:
    description: Data Pump's degree; more than 1 needs Enterprise Edition, and is given up where it is refused.
    type: int
    default: 1
  time_limit_s:
    description: Seconds after which the job is stopped, its pieces are removed and the step fails.
    type: int
    default: 21600
  poll_interval_s:
    description: Seconds between two looks at the job.
    type: int
    default: 5
  stall_notice_s:
    description: Seconds without any progress from which on the server is asked what it waits for; recorded, no limit.
    type: int
    default: 300
  reconnect_within_s:
    description: Seconds for which a lost line is tried again while the job runs on in the server. Then the step fails,
      and the next run takes the job up.
    type: int
    default: 600
  abandoned_jobs:
    description: Jobs of dead runs, as M(backup_preflight) found them; finished in place of a new one, or stopped.
    type: list
    elements: str
    default: []
  progress_path:
    description: File that is kept up to date with the progress.
    type: path
"""

EXAMPLES = r"""
- name: Ekspor database dengan Data Pump di server
  oracle_export:
    run: "{{ siak_run }}"
    server: sukamara
    connection:
      dsn: 192.0.2.10:1521/SIAKDB
      user: SIAK_BACKUP
      password_file: /etc/siak-backup/sukamara.password
    directory: SIAK_BACKUP_DIR
    schemas: [SIAKOFF]
    abandoned_jobs: "{{ prepare_result.abandoned_jobs }}"
  register: export_result
"""

RETURN = r"""
export:
  description: The proven export, as M(oracle_collect) and M(backup_folder) want it.
  returned: success
  type: dict
  contains:
    job:
      description: Name of the Data Pump job, made from the run's id.
      returned: success
      type: str
      sample: SIAK_20250109T093000Z_A1B2C3
    scn:
      description: SCN at which every table was read; 0 in check mode.
      returned: success
      type: int
      sample: 81234567
    directory:
      description: The directory object.
      returned: success
      type: str
      sample: SIAK_BACKUP_DIR
    mode:
      description: Data Pump job mode.
      returned: success
      type: str
      sample: SCHEMA
    schemas:
      description: The schemas, empty for a full export.
      returned: success
      type: list
      elements: str
      sample: [SIAKOFF]
    include:
      description: What alone was exported, each entry as Data Pump got it; empty for everything.
      returned: success
      type: list
      elements: str
      sample: []
    exclude:
      description: What was not exported, each entry as Data Pump got it.
      returned: success
      type: list
      elements: str
      sample: [STATISTICS, "TABLE:\"IN ('LOG_TMP')\""]
    choice:
      description: The same in words, and the tables of mode V(table), in Indonesian; empty where nothing was left out.
      returned: success
      type: str
      sample: "tanpa STATISTICS, TABLE:\"IN ('LOG_TMP')\""
    pieces:
      description: Dump pieces in the order of their numbers, with their bytes on the server.
      returned: success
      type: list
      elements: dict
      sample: [{"name": "SIAK_20250109T093000Z_A1B2C3_01.dmp", "size_bytes": 18874368}]
    log:
      description: Name of the log in the directory object.
      returned: success
      type: str
      sample: SIAK_20250109T093000Z_A1B2C3.log
    state:
      description: The job's last state; V(UNSEEN) if it ended between two looks, V(PLANNED) in check mode.
      returned: success
      type: str
      sample: COMPLETED
    error_count:
      description: Always 0, for any other number fails.
      returned: success
      type: int
      sample: 0
    started_at:
      description: When the export began, UTC.
      returned: success
      type: str
      sample: "2025-01-09T09:30:05+00:00"
    ended_at:
      description: When its success was proven, UTC.
      returned: success
      type: str
      sample: "2025-01-09T09:41:17+00:00"
    duration_s:
      description: Seconds between the two.
      returned: success
      type: float
      sample: 672.4
    options_taken:
      description: Optional parameters that were set.
      returned: success
      type: list
      elements: str
      sample: [CLIENT_COMMAND, METRICS]
    options_refused:
      description: Optional parameters this server does not take, with its code.
      returned: success
      type: list
      elements: dict
      sample: [{"name": "LOGTIME", "oracle_code": "ORA-39001"}]
    adopted_run:
      description: The run that began the job, where it was not this one; else empty.
      returned: success
      type: str
      sample: ""
    stalls:
      description: Times without progress of O(stall_notice_s) or more, and what the server waited for.
      returned: success
      type: list
      elements: dict
      sample: [{"for_s": 420.0, "at_percent": 41.0, "waiting_for": "ORA-39171, ORA-01653"}]
    cleared_jobs:
      description: Jobs of dead runs that were stopped, the state they were in, and files of theirs that stay. For one
        that was followed to its end in vain, C(state) is the error's code.
      returned: success
      type: list
      elements: dict
      sample: []
    reconnects:
      description: How often the line had to be taken up again.
      returned: success
      type: int
      sample: 0
    table_count:
      description: Tables in the log.
      returned: success
      type: int
      sample: 14
    row_count:
      description: Rows in the log.
      returned: success
      type: int
      sample: 189034
agenda:
  description: The facts the agenda keeps of this step.
  returned: always
  type: dict
  sample: {"job": "SIAK_20250109T093000Z_A1B2C3", "scn": 81234567, "pieces": 1, "size_bytes": 18874368}
error:
  description: The failure in parts; C(code) is stable.
  returned: failure
  type: dict
  sample: {"code": "SIAK-211", "what": "ekspor dihentikan karena melewati batas 360 menit", "where": "", "remedy": ""}
"""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.siak_backup import runlock
from ansible.module_utils.siak_backup.errors import SiakError
from ansible.module_utils.siak_backup.oracle.connection import CONNECTION_RULES, CONNECTION_SPEC, ConnectionSettings
from ansible.module_utils.siak_backup.oracle.datapump.export import predict, run_export
from ansible.module_utils.siak_backup.oracle.datapump.plan import ExportPlan
from ansible.module_utils.siak_backup.oracle.datapump.timing import Timing
from ansible.module_utils.siak_backup.oracle.scope import SCOPE_SPEC
from ansible.module_utils.siak_backup.oracle.session import Link, open_session
from ansible.module_utils.siak_backup.progress import ProgressWriter

ARGUMENT_SPEC: dict[str, Any] = {
    "run": {"type": "dict", "required": True},
    "server": {"type": "str", "required": True},
    "connection": {"type": "dict", "required": True, "options": CONNECTION_SPEC, **CONNECTION_RULES},
    "directory": {"type": "str", "required": True},
    **SCOPE_SPEC,
    "piece_size": {"type": "str", "default": "3900M"},
    "compression": {"type": "str", "choices": ["", "none", "metadata_only", "data_only", "all"], "default": ""},
    "estimate": {"type": "str", "choices": ["", "blocks", "statistics"], "default": ""},
    "checksum": {"type": "bool", "default": False},
    "version": {"type": "str", "default": "COMPATIBLE"},
    "cluster": {"type": "bool", "default": False},
    "parallel": {"type": "int", "default": 1},
    "time_limit_s": {"type": "int", "default": 21600},
    "poll_interval_s": {"type": "int", "default": 5},
    "stall_notice_s": {"type": "int", "default": 300},
    "reconnect_within_s": {"type": "int", "default": 600},
    "abandoned_jobs": {"type": "list", "elements": "str", "default": []},
    "progress_path": {"type": "path"},
}

_STEP = 2


def export(plan: ExportPlan, params: dict[str, Any]) -> dict[str, Any]:
    """Export for real and return the module's `export`."""
    settings = ConnectionSettings.from_params(params["connection"])
    timing = Timing()
    progress = ProgressWriter.of_step(_STEP, params)
    connect = partial(open_session, settings, client_id=plan.run_id)
    with Link(connect, patience_s=params["reconnect_within_s"]) as link:
        result = run_export(
            link,
            plan,
            abandoned=params["abandoned_jobs"],
            progress=progress,
            timing=timing,
            demand_alive=runlock.watch_over(params["run"]),
        )
    return result.as_dict()


def agenda(exported: dict[str, Any]) -> dict[str, Any]:
    """Return the facts the journal keeps: no names of tables, no list that grows."""
    kept = (
        "job scn mode schemas include exclude choice state duration_s reconnects table_count row_count log "
        "options_taken adopted_run stalls"
    )
    return {name: exported[name] for name in kept.split()} | {
        "pieces": len(exported["pieces"]),
        "size_bytes": sum(piece["size_bytes"] for piece in exported["pieces"]),
        "options_refused": [f"{option['name']} {option['oracle_code']}" for option in exported["options_refused"]],
        "cleared_jobs": [job["job"] for job in exported["cleared_jobs"]],
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    try:
        plan = ExportPlan.from_params(module.params)
        exported = predict(plan, datetime.now(UTC)) if module.check_mode else export(plan, module.params)
    except SiakError as error:
        module.fail_json(msg=str(error), error=error.as_dict(), agenda={})
    module.exit_json(changed=True, export=exported, agenda=agenda(exported))


if __name__ == "__main__":
    main()
