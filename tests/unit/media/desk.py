# SPDX-License-Identifier: GPL-3.0-or-later
"""Media that are folders, and copies to them, for the tests of step 5."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from siak_backup.archive.folder import DatedFolder
from siak_backup.errors import SiakError
from siak_backup.media.apart import Done, Failed
from siak_backup.media.copy import Outcome, Settings, copy_night
from siak_backup.media.destination import Patience
from siak_backup.media.history import PieceProven
from siak_backup.media.marker import DISK, Marker, write_marker
from siak_backup.media.slot import Slot
from siak_backup.media.staging import Order

TIME = "2026-11-22T09:30:00+00:00"
#: On a busy machine a healthy medium may be silent for seconds.
PATIENCE = Patience(notice_s=60.0, limit_s=90.0)

_ids = itertools.count(1)


def register(path: Path, label: str = "DISK-01", **facts: str) -> Marker:
    """Make a folder a registered medium."""
    path.mkdir(parents=True, exist_ok=True)
    usual = {"serial": "SN-1", "purpose": "harian", "kind": DISK, "group": "A", "fs_uuid": ""}
    marker = Marker(id=f"{next(_ids):032x}", label=label, registered_at=TIME, **(usual | facts))
    write_marker(path, marker)
    return marker


def slot_of(path: Path, *labels: str, **options: Any) -> Slot:
    return Slot(path, labels or ("DISK-01",), **{"mount_required": False, **options})


def order_of(source: DatedFolder, slot: Slot, proven: tuple[PieceProven, ...] = ()) -> Order:
    nights = tuple(path.name for path in source.path.parent.iterdir())
    return Order(slot, "sukamara", source.path.name, source.manifest, source.sums, source.sizes_bytes, nights, proven)


def copy_to(source: DatedFolder, *slots: Slot, **options: Any) -> tuple[Outcome, ...]:
    """Copy a night to slots; options are those of Settings, and `progress`, `on_proven`, `proven`."""
    progress = options.pop("progress", lambda *_: None)
    on_proven = options.pop("on_proven", lambda *_: None)
    orders = [order_of(source, slot, options.get("proven", ())) for slot in slots]
    options.pop("proven", None)
    settings = Settings(**{"patience": PATIENCE, **options})
    return copy_night(source, orders, settings, on_proven=on_proven, progress=progress, monotonic=time.monotonic)


def names(path: Path) -> list[str]:
    """Return what lies in the server's folder on a medium."""
    return sorted(each.name for each in (path / "sukamara").iterdir())


def piece_of(label: str, marker: Marker, source: DatedFolder, stored: Any) -> PieceProven:
    """Return the line of the history for a stored file."""
    return PieceProven(
        TIME, marker.id, label, "A", source.path.name, source.path.name, stored.name, source.sums[stored.name],
        stored.stored_name, stored.size_bytes, stored.sha256, "O_DIRECT",
    )  # fmt: skip


class Beside:
    """Stands for `Apart` in a thread instead of a process, so that what a carrier does is measured as covered."""

    def __init__(self, pipe: Connection, thread: threading.Thread) -> None:
        self.pipe = pipe
        self._thread = thread

    @classmethod
    def start(cls, act: Callable[[Connection], object]) -> Beside:
        ours, theirs = Pipe(duplex=True)
        thread = threading.Thread(target=_live_beside, args=(act, theirs))
        thread.start()
        return cls(ours, thread)

    def end(self) -> bool:
        self.pipe.close()
        self._thread.join(10)
        return not self._thread.is_alive()


def _live_beside(act: Callable[[Connection], object], theirs: Connection) -> None:
    try:
        word: Done | Failed = Done(act(theirs))
    except (SiakError, OSError, EOFError) as error:
        word = Failed(error)
    with contextlib.suppress(OSError):
        theirs.send(word)
    theirs.close()
