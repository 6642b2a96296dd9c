# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy in a process of its own, faulted from outside: `python -m tests.media_faults.copying NIGHT DISK...`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from siak_backup.archive.folder import read_folder
from siak_backup.media.copy import Settings
from siak_backup.media.deliver import Request, deliver
from siak_backup.media.destination import Patience
from siak_backup.media.slot import Slot


def main(night: str, *disks: str) -> None:
    """Copy a night to the disks and print what became of each copy."""
    slots = tuple(Slot(Path(disk), (f"DISK-0{number}",)) for number, disk in enumerate(disks, 1))
    folder = read_folder(Path(night))
    request = Request("sukamara", folder.path.parent, slots, Settings(patience=Patience(0.5, 10.0)))
    delivery = deliver(request, folder, slots, progress=lambda *_: None, monotonic=time.monotonic)
    told = [{"proven": one.is_proven, "error": str(one.error or "")} for one in delivery.outcomes]
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
