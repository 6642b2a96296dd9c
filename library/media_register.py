#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""Register a disk as a medium of the office."""

from __future__ import annotations

DOCUMENTATION = r"""
module: media_register
short_description: Register a disk as a medium for backups
description:
  - Writes C(SIAK-MEDIUM.json) to the medium, once. It holds the office's label and the UUID of the file system;
    M(media_copy) writes only to a medium whose label is expected and whose UUID is that of its marker.
  - Nothing else on the medium is touched. A medium that is registered with other facts is refused.
author: siak-backup
attributes:
  check_mode:
    support: full
    description: Looks and writes nothing.
  diff_mode:
    support: full
    description: Shows the marker before and after.
options:
  dir:
    description: Mount point of the medium.
    type: path
    required: true
  label:
    description: What the office wrote on the medium; letters, digits, C(.), C(_) and C(-).
    type: str
    required: true
  serial:
    description: Serial number of the medium.
    type: str
    default: ""
  purpose:
    description: What it is for, in the office's words.
    type: str
    default: ""
  kind:
    description: What it is, in the SOP's words. A V(disk) stays in the machine, the others can be carried away.
    type: str
    choices: [flashdisk, hardisk, disk]
    default: hardisk
  group:
    description: Name of the group of media that take turns.
    type: str
    default: ""
  mount_required:
    description: Whether O(dir) must be a mount point of a known file system. V(false) lets a folder play the medium, in
      a rehearsal.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Daftarkan hardisk yang baru dibeli
  media_register:
    dir: /media/siak-backup
    label: DISK-01
    serial: WX41A89
    purpose: cadangan harian
    group: harian
"""

RETURN = r"""
medium:
  description: The marker that is on the medium, or in check mode would be.
  returned: success
  type: dict
  contains:
    id:
      description: The medium's own id, made when it was registered.
      returned: success
      type: str
      sample: 5d41402abc4b2a76b9719d911017c592
    label:
      description: As O(label).
      returned: success
      type: str
      sample: DISK-01
    serial:
      description: As O(serial).
      returned: success
      type: str
      sample: WX41A89
    purpose:
      description: As O(purpose).
      returned: success
      type: str
      sample: cadangan harian
    kind:
      description: As O(kind).
      returned: success
      type: str
      sample: hardisk
    group:
      description: As O(group).
      returned: success
      type: str
      sample: harian
    fs_uuid:
      description: UUID of the file system; empty where a folder plays the medium.
      returned: success
      type: str
      sample: 1234-ABCD
    file_system:
      description: Its kind.
      returned: success
      type: str
      sample: exfat
    registered_at:
      description: When it was registered, UTC.
      returned: success
      type: str
      sample: "2025-01-06T02:00:00+00:00"
advice:
  description: What people should know, in Indonesian.
  returned: success
  type: list
  elements: str
  sample: []
agenda:
  description: The facts an agenda would keep.
  returned: success
  type: dict
  sample: {"label": "DISK-01", "id": "5d41402abc4b2a76b9719d911017c592"}
error:
  description: The failure in parts; C(code) is stable.
  returned: failure
  type: dict
  sample: {"code": "SIAK-502", "what": "media ini sudah terdaftar sebagai DISK-02", "where": "", "remedy": ""}
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.siak_backup.errors import SiakError
from ansible.module_utils.siak_backup.media import register
from ansible.module_utils.siak_backup.media.slot import Slot

ARGUMENT_SPEC: dict[str, Any] = {
    "dir": {"type": "path", "required": True},
    "label": {"type": "str", "required": True},
    "serial": {"type": "str", "default": ""},
    "purpose": {"type": "str", "default": ""},
    "kind": {"type": "str", "choices": ["flashdisk", "hardisk", "disk"], "default": "hardisk"},
    "group": {"type": "str", "default": ""},
    "mount_required": {"type": "bool", "default": True},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    params = module.params
    facts = register.Facts(**{name: params[name] for name in ("label", "serial", "purpose", "kind", "group")})
    slot = Slot(Path(params["dir"]), (params["label"],), mount_required=params["mount_required"])
    try:
        plan = register.plan(slot, facts, clock=lambda: datetime.now(UTC))
        if not module.check_mode:
            register.apply(plan)
    except SiakError as error:
        module.fail_json(msg=str(error), error=error.as_dict())
    module.exit_json(**plan.as_dict())


if __name__ == "__main__":
    main()
