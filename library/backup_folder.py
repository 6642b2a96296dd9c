#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 4: make the day's folder and lay master.dmp in it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_folder
short_description: Publish the collected dump as the day's folder
description:
  - Reads every collected file again, names the pieces C(master.dmp) or C(master_01.dmp) on, adds C(manifest.json) and
    C(SHA256SUMS), makes all of it durable and renames the staging folder to the day's name, at once.
  - A name that exists is never touched; the folder gets C(_2), C(_3) and so on.
  - Run again by the same run, it proves the folder it has published before and changes nothing.
  - The run must hold the server's lock, which M(backup_preflight) takes. With the night published, the names of dead
    runs, whose leftovers are gone by then, are taken off it.
author: siak-backup
attributes:
  check_mode:
    support: full
    description: Tells the folder and files it would make; reads no dump.
  diff_mode:
    support: full
    description: Shows the names in the server's folder before and after.
options:
  run:
    description: The run, as the agenda callback hands it over in SIAK_RUN; C(id) names it.
    type: dict
    required: true
  server:
    description: Name of the server, as the folders and the agenda call it.
    type: str
    required: true
  office:
    description: Name of the office, for the manifest.
    type: str
    default: ""
  sop_number:
    description: Number of the SOP, for the manifest.
    type: str
    default: ""
  archive_dir:
    description: Folder on the control node that keeps every night.
    type: path
    required: true
  folder_pattern:
    description: Name of the dated folder, of C(dd), C(mm) or C(mmm) (the Indonesian month), and C(yyyy).
    type: str
    default: ddmmmyyyy
  zone:
    description: Time zone of the office; it decides the folder's date.
    type: str
    choices: [WIB, WITA, WIT]
    default: WIB
  date:
    description: Date of the folder, C(yyyy-mm-dd). Without it, the day in O(zone) on which the run began.
    type: str
  collected:
    description: What M(oracle_collect) returned.
    type: dict
    required: true
  export:
    description: What M(oracle_export) returned.
    type: dict
    required: true
  database:
    description: What M(backup_preflight) learnt of the database.
    type: dict
    required: true
  rehearsal:
    description: Whether this is a rehearsal. A dump whose header says so is one whatever is given here.
    type: bool
    default: false
  ends_step:
    description: Whether the step ends with this folder. With V(false) another act of the same step, such as
      M(oracle_script), hands the facts on, and C(agenda) is left out.
    type: bool
    default: true
  progress_path:
    description: File that is kept up to date with the progress.
    type: path
"""

EXAMPLES = r"""
- name: Buat folder bertanggal dan letakkan master.dmp
  backup_folder:
    run: "{{ siak_run }}"
    server: sukamara
    office: Disdukcapil Kabupaten Sukamara
    sop_number: 000.8.3.3/24/1.Dukcapil/2025
    archive_dir: /srv/siak-backup/archive
    zone: WIB
    collected: "{{ collect_result.collected }}"
    export: "{{ export_result.export }}"
    database: "{{ prepare_result.database }}"
  register: file_dump_result
"""

RETURN = r"""
backup:
  description: The published folder, as M(media_copy) wants it; in check mode the planned one.
  returned: success
  type: dict
  contains:
    folder:
      description: Its name.
      returned: success
      type: str
      sample: 09jan2025
    path:
      description: Its path in the archive.
      returned: success
      type: str
      sample: /srv/siak-backup/archive/sukamara/09jan2025
    files:
      description: Dump pieces and export log under their final names.
      returned: success
      type: list
      elements: dict
      sample: [{"name": "master.dmp", "size_bytes": 18874368, "sha256": "9f86d0..."}]
    manifest:
      description: What C(manifest.json) says (docs/design.md); empty in check mode.
      returned: success
      type: dict
      sample: {"version": 1, "server": "sukamara", "folder": "09jan2025"}
agenda:
  description: The facts the agenda keeps of this step.
  returned: when O(ends_step=true)
  type: dict
  sample: {"folder": "09jan2025", "path": "/srv/siak-backup/archive/sukamara/09jan2025", "rehearsal": false,
           "verdict": "complete", "files": [{"name": "master.dmp", "size_bytes": 18874368, "sha256": "9f86d0..."}]}
error:
  description: The failure in parts; C(code) is stable.
  returned: failure
  type: dict
  sample: {"code": "SIAK-404", "what": "berkas tidak ditemukan", "where": "", "remedy": ""}
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.siak_backup import runlock
from ansible.module_utils.siak_backup.archive import publish
from ansible.module_utils.siak_backup.archive.compose import collected_files, compose
from ansible.module_utils.siak_backup.archive.staging import staging_dir
from ansible.module_utils.siak_backup.calendar import folder_name, zone
from ansible.module_utils.siak_backup.errors import CalendarError, SiakError
from ansible.module_utils.siak_backup.progress import ByteCounter, ProgressWriter
from ansible.module_utils.siak_backup.run_id import run_started_at

ARGUMENT_SPEC: dict[str, Any] = {
    "run": {"type": "dict", "required": True},
    "server": {"type": "str", "required": True},
    "office": {"type": "str", "default": ""},
    "sop_number": {"type": "str", "default": ""},
    "archive_dir": {"type": "path", "required": True},
    "folder_pattern": {"type": "str", "default": "ddmmmyyyy"},
    "zone": {"type": "str", "choices": ["WIB", "WITA", "WIT"], "default": "WIB"},
    "date": {"type": "str"},
    "collected": {"type": "dict", "required": True},
    "export": {"type": "dict", "required": True},
    "database": {"type": "dict", "required": True},
    "rehearsal": {"type": "bool", "default": False},
    "ends_step": {"type": "bool", "default": True},
    "progress_path": {"type": "path"},
}

_STEP = 4


def run_id(params: dict[str, Any]) -> str:
    """Return the run's id, empty if the callback handed none over."""
    return str(params["run"].get("id") or "")


def day_of(params: dict[str, Any]) -> date:
    """Return the folder's day: the given one, else that on which the run began. Raises ConfigError, CalendarError."""
    if not params["date"]:
        return zone(params["zone"]).local(run_started_at(run_id(params))).date()
    try:
        return date.fromisoformat(params["date"])
    except ValueError:
        raise CalendarError(
            f"tanggal {params['date']!r} tidak ada", where="date", remedy="tuliskan sebagai tahun-bulan-tanggal"
        ) from None


def plan(params: dict[str, Any], *, planned: bool) -> publish.PublishPlan:
    """Decide names from options and the archive; `planned` means that step 3 was only planned. Raises SiakError."""
    dump, log = collected_files(params["collected"], planned=planned)
    return publish.plan(
        staging_dir(Path(params["archive_dir"]), params["server"], run_id(params)),
        base=folder_name(day_of(params), params["folder_pattern"]),
        run=run_id(params),
        dump=dump,
        log=log,
    )


def apply(decided: publish.PublishPlan, params: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Publish and return the module's `backup`. Raises SiakError."""
    manifest = compose(
        run_id=run_id(params),
        created_at=now,
        **{
            name: params[name]
            for name in ("server", "office", "sop_number", "rehearsal", "collected", "export", "database")
        },
    )
    progress = ProgressWriter.of_step(_STEP, params)
    total_bytes = sum(entry.size_bytes for entry in decided.files)
    lock = decided.server_dir / runlock.LOCK_NAME
    runlock.require(lock, run=run_id(params))
    folder = publish.apply(decided, manifest, ByteCounter(progress, "periksa ulang dump", total_bytes))
    # Step 1 has swept what dead runs left here, step 2 their jobs on the server.
    runlock.clear_abandoned(lock, run=run_id(params))
    return {
        "folder": folder.path.name,
        "path": str(folder.path),
        "files": [entry.as_dict() for entry in folder.manifest.files],
        "manifest": folder.manifest.as_dict(),
    }


def predict(decided: publish.PublishPlan) -> dict[str, Any]:
    """Return the form of `backup` that check mode shows."""
    return {
        "folder": decided.folder,
        "path": str(decided.server_dir / decided.folder),
        "files": [entry.as_dict() for entry in decided.files],
        "manifest": {},
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    try:
        decided = plan(module.params, planned=module.check_mode)
        backup = predict(decided) if module.check_mode else apply(decided, module.params, datetime.now(UTC))
    except SiakError as error:
        module.fail_json(msg=str(error), error=error.as_dict(), agenda={})
    before, after = decided.tree()
    module.exit_json(
        changed=decided.published is None,
        backup=backup,
        **({"agenda": publish.agenda_facts(backup)} if module.params["ends_step"] else {}),
        diff={"before": before, "after": after, "before_header": "archive", "after_header": "archive"},
    )


if __name__ == "__main__":
    main()
