# SPDX-License-Identifier: GPL-3.0-or-later
"""An office with an archive and registered disks, and the claims that hold after every fault."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from siak_backup.archive.folder import DatedFolder, prove, read_folder
from siak_backup.errors import SiakError
from siak_backup.media import register
from siak_backup.media.copy import Outcome, Settings
from siak_backup.media.deliver import Delivery, Request, deliver
from siak_backup.media.destination import Patience
from siak_backup.media.slot import Slot

from tests.filesystems.disk import Disk
from tests.unit.archive.nights import publish_night, tree

MIB = 1 << 20
NAME = "22nov2026"
#: Of the words that tell a person what to do, each remedy has one.
REMEDIES = ("ganti", "periksa", "pasang", "pakai", "tunggu", "daftarkan", "ulangi", "jangan", "tutup", "jalankan")


@dataclass
class Office:
    """One server's archive with an earlier night that lies on the disk already, and the night to be copied."""

    root: Path
    disks: list[Disk]
    night: DatedFolder
    before: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def with_disks(
        cls, root: Path, *disks: Disk, sizes: tuple[int, ...] = (6 * MIB, 2 * MIB), has_earlier: bool = True
    ) -> Office:
        """Register the disks and, unless told otherwise, copy an earlier night to them."""
        earlier = publish_night(root / "archive", "run-0", sizes=(MIB,), base="21nov2026")
        office = cls(root, list(disks), publish_night(root / "archive", sizes=sizes, base=NAME))
        for number, disk in enumerate(disks, 1):
            office.register(disk, f"DISK-0{number}")
        if not has_earlier:
            return office
        delivery = office.copy(earlier)
        assert all(outcome.is_proven for outcome in delivery.outcomes), delivery
        office.before = tree(office.disks[0].path)
        return office

    @staticmethod
    def register(disk: Disk, label: str) -> None:
        """Register a mounted disk as an office does."""
        facts = register.Facts(label, "", "uji", "hardisk", "")
        slot = Slot(disk.path, (label,))
        register.apply(register.plan(slot, facts, clock=lambda: datetime.now(UTC)))

    def request(self, patience: Patience | None = None) -> Request:
        """Return the request for all disks, DISK-01 first."""
        slots = tuple(Slot(disk.path, (f"DISK-0{number}",)) for number, disk in enumerate(self.disks, 1))
        return Request("sukamara", self.night.path.parent, slots, Settings(patience=patience or Patience(30.0, 60.0)))

    def copy(
        self, night: DatedFolder | None = None, *, progress: Any = lambda *_: None, patience: Patience | None = None
    ) -> Delivery:
        """Copy a night, tonight's unless another is given."""
        request = self.request(patience)
        return deliver(request, night or self.night, request.slots, progress=progress, monotonic=time.monotonic)

    def assert_told(self, outcome: Outcome, code: str, *words: str) -> SiakError:
        """The verdict is true: an error with its code, which names the medium and a remedy; nothing was published."""
        assert not outcome.is_proven
        error = outcome.error
        assert error is not None
        assert error.code == code, error
        assert "DISK-0" in error.where, error
        assert any(word in error.remedy for word in REMEDIES), error
        assert all(word in str(error) for word in words), error
        return error

    def assert_untouched(self) -> None:
        """The earlier copy is what it was, and no folder with a name is there that is not a proven copy."""
        medium = self.disks[0].path
        now = tree(medium)
        assert {name: now.get(name) for name in self.before} == self.before
        for folder in (medium / "sukamara").iterdir():
            if not folder.name.startswith(".part-"):
                prove(read_folder(folder))

    def assert_recovers(self) -> None:
        """The next run, the fault gone, ends with a proven copy of the night."""
        (outcome, *_) = self.copy().outcomes
        assert outcome.is_proven, outcome.error
        folder = self.disks[0].path / "sukamara" / outcome.folder
        assert tree(folder) == tree(self.night.path)
        self.assert_untouched()


def once(act: Any, *, after_bytes: int = 0) -> Any:
    """Return a progress sink that acts once, when so many bytes are done."""
    done = []

    def progress(_phase: str, done_bytes: int, _total: int) -> None:
        if not done and done_bytes >= after_bytes:
            done.append(True)
            act()

    return progress


def child_pids() -> set[int]:
    """Return this process's children."""
    return {int(pid) for pid in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()}
