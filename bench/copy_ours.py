# SPDX-License-Identifier: GPL-3.0-or-later
"""One verified copy in a process of its own, for copy_media.py: prints if it is proven, its time, its bare memory."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from copy_process import memory
from siak_backup.archive.folder import read_folder
from siak_backup.media.copy import Settings, copy_night
from siak_backup.media.marker import DISK, Marker, write_marker
from siak_backup.media.slot import ALWAYS, NEVER, Slot
from siak_backup.media.staging import Order


def main() -> None:
    """Copy."""
    # Nothing is done yet: this is the interpreter with the package imported.
    bare_bytes, _ = memory()
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("night", type=Path)
    parser.add_argument("media", nargs="+", type=Path)
    parser.add_argument("--digest", default="sha256")
    parser.add_argument("--recipient")
    parser.add_argument("--compress", action="store_true")
    options = parser.parse_args()
    source = read_folder(options.night)
    encrypt = ALWAYS if options.recipient else NEVER
    orders = []
    for number, path in enumerate(options.media):
        path.mkdir()
        now = "2026-01-01T00:00:00+00:00"
        write_marker(path, Marker(f"{number:032x}", f"DISK-{number}", "", "", DISK, "", "", now))
        # A folder plays the medium, on the file system that is measured.
        slot = Slot(path, (f"DISK-{number}",), mount_required=False, encrypt=encrypt, compress=options.compress)
        orders.append(Order(slot, "sukamara", source.path.name, source.manifest, source.sums, source.sizes_bytes))
    settings = Settings((options.recipient,) if options.recipient else (), options.digest)
    began = time.perf_counter()
    outcomes = copy_night(
        source, orders, settings, on_proven=lambda *_: None, progress=lambda *_: None, monotonic=time.monotonic
    )
    wall_s = time.perf_counter() - began
    # A method other than O_DIRECT would not be a read-back past the cache.
    proven = all(outcome.is_proven and outcome.method == "O_DIRECT" for outcome in outcomes)
    sys.stdout.write(
        json.dumps(
            {
                "proven": proven,
                "wall_s": wall_s,
                "bare_bytes": bare_bytes,
                "errors": [str(one.error) for one in outcomes if one.error],
            }
        )
    )


if __name__ == "__main__":
    main()
