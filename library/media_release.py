#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let go of media so that a person may unplug them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: media_release
short_description: Flush and unmount media, and say that they may be unplugged
description:
  - Unmounts every registered medium of O(media) that is plugged in. C(umount) flushes what is still in memory, and
    refuses a disk that is in use.
  - Never fails, for the copies are proven already. What could not be let go is said in RV(advice).
author: siak-backup
extends_documentation_fragment: media
attributes:
  check_mode:
    support: full
    description: Looks at the media and lets go of none.
  diff_mode:
    support: none
    description: Nothing that could be shown as before and after.
options: {}
"""

EXAMPLES = r"""
- name: Lepaskan media
  media_release:
    media:
      - dir: /media/siak-backup
        labels: [DISK-01]
"""

RETURN = r"""
released:
  description: Labels of the media that may be unplugged; in check mode of those that would be let go.
  returned: success
  type: list
  elements: str
  sample: [DISK-01]
advice:
  description: A sentence for each medium, in Indonesian.
  returned: success
  type: list
  elements: str
  sample: [media DISK-01 boleh dicabut]
agenda:
  description: The facts an agenda would keep.
  returned: success
  type: dict
  sample: {"released": ["DISK-01"]}
error:
  description: The failure in parts; C(code) is stable. Only options can be wrong.
  returned: failure
  type: dict
  sample: {"code": "SIAK-100", "what": "tidak ada media", "where": "siak_media", "remedy": ""}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.siak_backup.errors import SiakError
from ansible.module_utils.siak_backup.media import release
from ansible.module_utils.siak_backup.media.slot import SLOT_SPEC, slots_of

ARGUMENT_SPEC: dict[str, Any] = {
    "media": {"type": "list", "elements": "dict", "required": True, "options": SLOT_SPEC},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    try:
        slots = slots_of(module.params["media"])
    except SiakError as error:
        module.fail_json(msg=str(error), error=error.as_dict())
    found = release.plan(slots) if module.check_mode else release.apply(slots)
    labels = [each.label for each in found if each.released]
    module.exit_json(
        changed=bool(labels),
        released=labels,
        advice=[each.sentence for each in found],
        agenda={"released": labels},
    )


if __name__ == "__main__":
    main()
