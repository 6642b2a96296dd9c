#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 5: copy the day's folder to disk, hard disk or flash disk, and prove the copy."""

from __future__ import annotations

DOCUMENTATION = r"""
module: media_copy
short_description: Copy a night to one or more media and prove each copy
description:
  - Reads a published folder once and writes it to every medium at the same time, each in a process of its own; reads
    all of it back from each medium, past the page cache; compares; and only then gives the folder its name there. So a
    folder with a name is a proven copy.
  - One medium that is absent, full, broken or silent never spoils another's copy.
  - An interrupted copy is continued by the next run. What it left is read again first, and what is not whole is
    removed.
  - Then makes up for earlier nights that a medium never got (O(catch_up)), or with O(server_dir) for all that it lacks.
  - A folder that is there already with the same content is read in full and left alone. One with other content is never
    touched; the copy gets C(_2), C(_3) and so on.
  - Every proven file and copy is kept on record in C(.media.jsonl), in the server's folder of the archive.
author: siak-backup
extends_documentation_fragment: media
attributes:
  check_mode:
    support: full
    description: Looks at every medium and tells where the copies would lie.
  diff_mode:
    support: full
    description: Shows the paths of the copies before and after.
options:
  run:
    description: The run, as the agenda callback hands it over in SIAK_RUN; the copy itself does not depend on it.
    type: dict
    default: {}
  server:
    description: Name of the server; it names the folder on each medium.
    type: str
    required: true
  backup:
    description: What M(backup_folder) returned. Its files must still be what they were then.
    type: dict
  src:
    description: Path of a published folder in the archive, for a copy of that night alone.
    type: path
  server_dir:
    description: The server's folder in the archive, to copy every night that a medium lacks.
    type: path
  age_recipients:
    description: Public keys of age (C(age1...) or OpenSSH's) to encrypt for, where O(media[].encrypt) says so. The
      private key is never on this machine.
    type: list
    elements: str
    default: []
  digest:
    description: What the read-back is compared by. C(SHA256SUMS) holds SHA-256 in any case.
    type: str
    choices: [sha256, blake3]
    default: sha256
  catch_up:
    description: How many earlier nights that a medium's place never got may be copied after tonight's; 0 for none.
    type: int
    default: 0
  offsite_days:
    description: Warn when the newest copy on a medium that is not plugged in is older than so many days; 0 for never.
    type: int
    default: 0
  zone:
    description: Time zone in which dates are told.
    type: str
    choices: [WIB, WITA, WIT]
    default: WIB
  stall_notice_s:
    description: Seconds without a byte after which the progress says so.
    type: float
    default: 30.0
  stall_limit_s:
    description: Seconds without a byte after which a medium is given up.
    type: float
    default: 300.0
  progress_path:
    description: File that is kept up to date with the progress.
    type: path
"""

EXAMPLES = r"""
- name: Salin folder ke dua media dan baca kembali
  media_copy:
    server: sukamara
    backup: "{{ file_dump_result.backup }}"
    media:
      - dir: /media/siak-backup
        labels: [DISK-A, DISK-B]
      - dir: /media/luar-gedung
        labels: [LUAR-01]
        policy: menyusul
    age_recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kdac0ahysrfxvga]
  register: copy_media_result

- name: Salin semua malam yang belum ada di media
  media_copy:
    server: sukamara
    server_dir: /srv/siak-backup/archive/sukamara
    media:
      - dir: /media/siak-backup
        labels: [DISK-A, DISK-B]
"""

RETURN = r"""
copies:
  description: What became of the night's copy on each medium, in the order of O(media).
  returned: always
  type: list
  elements: dict
  contains:
    label:
      description: The medium's label; all that may stand there if it is not known which one it is.
      returned: always
      type: str
      sample: DISK-A
    serial:
      description: Its serial number, as registered; empty if none, or if there is no copy.
      returned: always
      type: str
      sample: WX41A89
    group:
      description: The media that take turns with it, as registered; empty if none, or if there is no copy.
      returned: always
      type: str
      sample: harian
    dir:
      description: Its mount point.
      returned: always
      type: str
      sample: /media/siak-backup
    status:
      description: V(proven) now, V(present) and proven again, V(deferred) until the medium is there, V(failed), or in
        check mode V(planned).
      returned: always
      type: str
      sample: proven
    path:
      description: Path of the copy; empty if there is none.
      returned: always
      type: str
      sample: /media/siak-backup/sukamara/09jan2025
    read_back:
      description: The weakest way by which a file was read back. V(O_DIRECT) from the device, V(fadvise) through an
        emptied page cache, V(cache) perhaps from memory, which counts only where a folder plays the medium.
      returned: always
      type: str
      sample: O_DIRECT
    encoded:
      description: Files that lie there compressed or encrypted, with the bytes and sums of what lies there.
      returned: always
      type: list
      elements: dict
      sample: [{"name": "master.dmp.age", "size_bytes": 18876000, "sha256": "2c26b4..."}]
    resumed:
      description: How many files an interrupted copy had brought already.
      returned: always
      type: int
      sample: 0
    duration_s:
      description: Seconds of writing and reading back together; 0 if nothing was written.
      returned: always
      type: float
      sample: 3.2
    rate_bytes_s:
      description: Bytes of the night in that time.
      returned: always
      type: int
      sample: 5900065
    reason:
      description: Why there is no copy.
      returned: always
      type: str
      sample: ""
    code:
      description: Stable code of that reason.
      returned: always
      type: str
      sample: ""
caught_up:
  description: Earlier nights and what became of their copies.
  returned: always
  type: list
  elements: dict
  sample: [{"night": "08jan2025", "copies": [{"label": "DISK-A", "status": "proven"}]}]
advice:
  description: What people should know, in Indonesian. Whose turn it is, disks that are used twice, off-site copies.
  returned: always
  type: list
  elements: str
  sample: [giliran berikutnya media DISK-B]
agenda:
  description: The facts the agenda keeps of this step.
  returned: always
  type: dict
  sample: {"path": "/media/siak-backup/sukamara/09jan2025", "label": "DISK-A", "size_bytes": 18880211,
           "read_back": "O_DIRECT", "files": [{"name": "master.dmp", "size_bytes": 18874368, "sha256": "9f86d0..."}],
           "copies": [{"label": "DISK-A", "serial": "WX41A89", "group": "harian", "status": "proven",
                       "path": "/media/siak-backup/sukamara/09jan2025", "read_back": "O_DIRECT", "reason": "",
                       "code": ""}],
           "caught_up": [], "advice": []}
error:
  description: The failure in parts; C(code) is stable.
  returned: failure
  type: dict
  sample: {"code": "SIAK-501", "what": "yang dibaca ulang dari media tidak sama", "where": "", "remedy": ""}
"""

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.siak_backup.errors import SiakError
from ansible.module_utils.siak_backup.media import step
from ansible.module_utils.siak_backup.media.slot import SLOT_SPEC
from ansible.module_utils.siak_backup.progress import ProgressWriter

ARGUMENT_SPEC: dict[str, Any] = {
    "run": {"type": "dict", "default": {}},
    "server": {"type": "str", "required": True},
    "backup": {"type": "dict"},
    "src": {"type": "path"},
    "server_dir": {"type": "path"},
    "media": {"type": "list", "elements": "dict", "required": True, "options": SLOT_SPEC},
    "age_recipients": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "digest": {"type": "str", "choices": ["sha256", "blake3"], "default": "sha256"},
    "catch_up": {"type": "int", "default": 0},
    "offsite_days": {"type": "int", "default": 0},
    "zone": {"type": "str", "choices": ["WIB", "WITA", "WIT"], "default": "WIB"},
    "stall_notice_s": {"type": "float", "default": 30.0},
    "stall_limit_s": {"type": "float", "default": 300.0},
    "progress_path": {"type": "path"},
}

_STEP = 5


def main() -> None:
    """Run the module."""
    sources = ("backup", "src", "server_dir")
    module = AnsibleModule(
        argument_spec=ARGUMENT_SPEC,
        required_one_of=[sources],
        mutually_exclusive=[sources],
        supports_check_mode=True,
    )
    result = step.Result()
    try:
        if module.check_mode:
            result = step.look(module.params)
        else:
            progress = ProgressWriter.of_step(_STEP, module.params)
            result = step.perform(module.params, progress=progress, monotonic=time.monotonic)
        result.demand()
    except SiakError as error:
        module.fail_json(msg=str(error), error=error.as_dict(), **result.as_dict())
    module.exit_json(**result.as_dict())


if __name__ == "__main__":
    main()
