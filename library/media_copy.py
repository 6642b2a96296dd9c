#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 5: copy the day's folder to disk, hard disk or flash disk, and prove the copy."""

from __future__ import annotations

DOCUMENTATION = r"""
module: media_copy
short_description: Copy a published folder to a medium and read it back
description:
  - Copies every file to a C(.part-) folder on the medium, hashing what was read; reads all of it back from the medium,
    past the page cache; compares with C(SHA256SUMS); and only then gives the folder its name.
  - A folder of that name with the same content is read in full and left alone. One with other content is never
    touched; the copy gets C(_2), C(_3) and so on.
author: siak-backup
attributes:
  check_mode:
    support: full
    description: Looks at the medium and tells where the copy would lie.
  diff_mode:
    support: full
    description: Shows the names in the server's folder on the medium before and after.
options:
  run:
    description: The run, as the agenda callback hands it over in SIAK_RUN; the copy itself does not depend on it.
    type: dict
    default: {}
  server:
    description: Name of the server; it names the folder on the medium.
    type: str
    required: true
  backup:
    description: What M(backup_folder) returned. Its files must still be what they were then.
    type: dict
  src:
    description: Path of a published folder in the archive, for a copy that is made later.
    type: path
  medium_dir:
    description: Mount point of the medium.
    type: path
    required: true
  label:
    description: The office's own label or serial number of the medium. Without it, the name of O(medium_dir).
    type: str
    default: ""
  mount_required:
    description: Whether O(medium_dir) must be a mount point, so that an absent disk is noticed.
    type: bool
    default: true
  min_free_bytes:
    description: Bytes that must stay free on the medium.
    type: int
    default: 16777216
  progress_path:
    description: File that is kept up to date with the progress.
    type: path
"""

EXAMPLES = r"""
- name: Salin folder ke media dan baca kembali
  media_copy:
    server: sukamara
    backup: "{{ file_dump_result.backup }}"
    medium_dir: /media/siak-backup
    label: DISK-01
  register: copy_media_result

- name: Salin malam yang medianya dulu tidak terpasang
  media_copy:
    server: sukamara
    src: /srv/siak-backup/archive/sukamara/09jan2025
    medium_dir: /media/siak-backup
    label: DISK-01
"""

RETURN = r"""
copy:
  description: The proven copy; in check mode the planned one.
  returned: success
  type: dict
  contains:
    path:
      description: Its path on the medium.
      returned: success
      type: str
      sample: /media/siak-backup/sukamara/09jan2025
    label:
      description: The medium's label.
      returned: success
      type: str
      sample: DISK-01
    files:
      description: Its files.
      returned: success
      type: list
      elements: dict
      sample: [{"name": "master.dmp", "size_bytes": 18874368, "sha256": "9f86d0..."}]
    size_bytes:
      description: Bytes of all files.
      returned: success
      type: int
      sample: 18880211
    duration_s:
      description: Seconds of writing and reading back together; 0 if nothing was written.
      returned: success
      type: float
      sample: 3.2
    rate_bytes_s:
      description: O(RV(copy.size_bytes)) in that time.
      returned: success
      type: int
      sample: 5900065
    read_back:
      description: How the medium was read, V(O_DIRECT) or, where the file system refuses that, V(fadvise). Empty in
        check mode.
      returned: success
      type: str
      sample: O_DIRECT
agenda:
  description: The facts the agenda keeps of this step.
  returned: always
  type: dict
  sample: {"path": "/media/siak-backup/sukamara/09jan2025", "label": "DISK-01", "size_bytes": 18880211,
           "read_back": "O_DIRECT", "files": [{"name": "master.dmp", "size_bytes": 18874368, "sha256": "9f86d0..."}]}
error:
  description: The failure in parts; C(code) is stable.
  returned: failure
  type: dict
  sample: {"code": "SIAK-501", "what": "yang dibaca ulang dari media tidak sama", "where": "", "remedy": ""}
"""

import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.siak_backup.archive.folder import DatedFolder, read_folder
from ansible.module_utils.siak_backup.errors import ConfigError, SiakError, VanishedError
from ansible.module_utils.siak_backup.media import copy
from ansible.module_utils.siak_backup.media.medium import Medium
from ansible.module_utils.siak_backup.progress import ProgressWriter

ARGUMENT_SPEC: dict[str, Any] = {
    "run": {"type": "dict", "default": {}},
    "server": {"type": "str", "required": True},
    "backup": {"type": "dict"},
    "src": {"type": "path"},
    "medium_dir": {"type": "path", "required": True},
    "label": {"type": "str", "default": ""},
    "mount_required": {"type": "bool", "default": True},
    "min_free_bytes": {"type": "int", "default": 16 * 1024 * 1024},
    "progress_path": {"type": "path"},
}

_STEP = 5


def source_of(params: dict[str, Any]) -> DatedFolder:
    """Return the folder to copy. Raises VanishedError if it is not what step 4 published, ArchiveError if damaged."""
    folder = read_folder(source_path(params))
    published = params["backup"]
    if published and [entry.as_dict() for entry in folder.manifest.files] != published.get("files"):
        raise VanishedError(
            "folder berubah sejak langkah 4", where=str(folder.path), remedy="jangan pakai folder ini, ulangi backup"
        )
    return folder


def source_path(params: dict[str, Any]) -> Path:
    """Return the path of the folder to copy. Raises ConfigError."""
    path = params["src"] or params["backup"].get("path")
    if not isinstance(path, str) or not Path(path).is_absolute():
        raise ConfigError("folder yang disalin tidak diketahui", where="backup.path", remedy="beri hasil backup_folder")
    return Path(path)


def planned_files(params: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the files that step 4 has only planned, in check mode."""
    files: list[dict[str, Any]] = (params["backup"] or {}).get("files", [])
    return files


def plan(params: dict[str, Any], source: DatedFolder | None) -> copy.CopyPlan:
    """Decide where the copy goes; without a source, from what step 4 would publish. Raises SiakError."""
    medium = Medium(Path(params["medium_dir"]), params["label"] or Path(params["medium_dir"]).name)
    medium.demand_usable(mount_required=params["mount_required"])
    return copy.plan(
        medium,
        server=params["server"],
        base=source_path(params).name,
        total_bytes=source.total_bytes if source else sum(file["size_bytes"] for file in planned_files(params)),
        sums=source.sums if source else None,
        min_free_bytes=params["min_free_bytes"],
    )


def apply(decided: copy.CopyPlan, source: DatedFolder, params: dict[str, Any]) -> copy.Copied:
    """Copy and prove. Raises SiakError."""
    progress = ProgressWriter.of_step(_STEP, params)
    return copy.apply(decided, source, progress=progress, monotonic=time.monotonic)


def result(decided: copy.CopyPlan, files: list[dict[str, Any]], copied: copy.Copied | None) -> dict[str, Any]:
    """Return the module's `copy`; without a copy, the form that check mode shows."""
    return {
        "path": str(copied.path if copied else decided.target),
        "label": decided.medium.label,
        "files": files,
        "size_bytes": sum(file["size_bytes"] for file in files),
        "duration_s": round(copied.duration_s, 3) if copied else 0.0,
        "rate_bytes_s": round(copied.rate_bytes_s) if copied else 0,
        "read_back": copied.read_back if copied else "",
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=ARGUMENT_SPEC,
        required_one_of=[("backup", "src")],
        mutually_exclusive=[("backup", "src")],
        supports_check_mode=True,
    )
    params = module.params
    try:
        # In check mode step 4 has published nothing that could be read.
        unpublished = module.check_mode and not source_path(params).exists()
        source = None if unpublished else source_of(params)
        decided = plan(params, source)
        copied = None if source is None or module.check_mode else apply(decided, source, params)
    except SiakError as error:
        module.fail_json(msg=str(error), error=error.as_dict(), agenda={})
    before, after = decided.tree()
    copy_result = result(decided, source.files() if source else planned_files(params), copied)
    module.exit_json(
        changed=decided.present is None,
        copy=copy_result,
        agenda=copy_result,
        diff={"before": before, "after": after, "before_header": "medium", "after_header": "medium"},
    )


if __name__ == "__main__":
    main()
