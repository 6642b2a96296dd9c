# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a medium is, asked of real file systems."""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, datetime

import pytest
from siak_backup.errors import MediumError, StalledMediumError, WrongMediumError
from siak_backup.media import register
from siak_backup.media.ask import ask
from siak_backup.media.identify import identify
from siak_backup.media.marker import HARDISK, MARKER_NAME

from tests.filesystems.disks import with_disks
from tests.filesystems.kinds import ALL, EXFAT, EXT4, VFAT
from tests.unit.media import desk

FACTS = register.Facts("DISK-01", "SN-1", "harian", HARDISK, "A")


def slot_at(path):
    return desk.slot_of(path, mount_required=True)


def registered(disk):
    """Register a disk as DISK-01; return what the module would."""
    plan = register.plan(slot_at(disk.path), FACTS, clock=lambda: datetime.now(UTC))
    return register.apply(plan).as_dict()


@with_disks(*ALL)
def test_a_registered_disk_is_known_again_wherever_it_is_mounted(tmp_path, disks):
    disk = disks.insert()
    result = registered(disk)
    assert (result["changed"], result["medium"]["file_system"]) == (True, disks.kind.name)
    assert result["medium"]["fs_uuid"] == disk.identity()["UUID"]
    assert not registered(disk)["changed"]
    disk.unmount()
    (tmp_path / "lain").mkdir()
    disk.mount(tmp_path / "lain")
    medium = identify(slot_at(disk.path))
    assert (medium.label, medium.marker.id) == ("DISK-01", result["medium"]["id"])
    assert (medium.file_system.name, medium.file_system.uuid) == (disks.kind.name, disk.identity()["UUID"])
    assert medium.file_system.is_fuse == (disks.kind.daemon is not None)
    assert [path.name for path in disk.path.iterdir() if path.name != "lost+found"] == [MARKER_NAME]


@with_disks(*ALL)
def test_a_marker_that_was_copied_to_another_disk_is_refused(tmp_path, disks):
    first, other = disks.insert("satu"), disks.insert("dua")
    registered(first)
    (other.path / MARKER_NAME).write_bytes((first.path / MARKER_NAME).read_bytes())
    with pytest.raises(WrongMediumError, match=rf"disk lain, UUID .*{other.identity()['UUID']}"):
        identify(slot_at(other.path))
    with pytest.raises(WrongMediumError, match="sudah terdaftar sebagai DISK-01"):
        registered(other)


@with_disks(*ALL)
def test_a_disk_that_takes_no_writes_is_refused(tmp_path, disks):
    disk = disks.insert()
    registered(disk)
    disk.remount("ro")
    with pytest.raises(MediumError, match=r"SIAK-500 media tidak dapat ditulisi \(media DISK-01.*kunci tulis"):
        identify(slot_at(disk.path))


@with_disks(EXT4)
def test_a_disk_that_is_gone_leaves_a_folder(tmp_path, disks):
    disk = disks.insert()
    registered(disk)
    assert identify(slot_at(disk.path)).warnings() == ()
    below = disk.path / "folder"
    below.mkdir()
    with pytest.raises(MediumError, match="titik mount"):
        identify(slot_at(below))
    subprocess.run(["mount", "--bind", below, below], check=True)
    with pytest.raises(MediumError, match="titik mount"):  # another mount, but no other device
        identify(slot_at(below))
    subprocess.run(["umount", below], check=True)
    disk.unmount()
    with pytest.raises(MediumError, match="titik mount"):
        identify(slot_at(disk.path))


@with_disks(EXFAT, VFAT)
def test_a_disk_that_does_not_answer_is_left(tmp_path, disks):
    disk = disks.insert()
    registered(disk)
    slot = slot_at(disk.path)
    warned = identify(slot).warnings()
    assert any("FUSE" in warning for warning in warned)
    disk.stall()
    began = time.monotonic()
    with pytest.raises(StalledMediumError, match=r"SIAK-503 media tidak merespons \(media DISK-01"):
        ask(slot, lambda: identify(slot), limit_s=0.5)
    assert time.monotonic() - began < 10
    disk.resume()
    assert ask(slot, lambda: identify(slot)).label == "DISK-01"
