# SPDX-License-Identifier: GPL-3.0-or-later
"""The disk itself changes, fills up, goes away, or is another one."""

from __future__ import annotations

import contextlib
import os
import threading
import time

import pytest
from siak_backup.archive.folder import read_folder
from siak_backup.media import release
from siak_backup.media.destination import Patience
from siak_backup.media.marker import MARKER_NAME

from tests.filesystems.disks import with_disks
from tests.filesystems.kinds import BTRFS, EXFAT, EXT4, GIB, MIB, VFAT, XFS
from tests.media_faults.office import NAME, Office, once
from tests.unit.archive.nights import publish_night

pytestmark = pytest.mark.faults

#: fusefat, which plays FAT where the kernel has none, loses bytes by itself now and then: it is asked less.
SOUND = (EXT4, XFS, BTRFS, EXFAT)
#: Bytes of a disk; its image is sparse.
ROOM = 400 * MIB


@with_disks(*SOUND)
def test_no_fault_at_all(tmp_path, disks):
    office = Office.with_disks(tmp_path, disks.insert(size_bytes=ROOM))
    (outcome,) = office.copy().outcomes
    assert outcome.is_proven, outcome.error
    assert outcome.method == "O_DIRECT"
    assert outcome.folder == NAME
    office.assert_recovers()


def when_there(path, act, stop):
    """Act as soon as a file bears its final name; it has been written, and is about to be read back."""
    while not stop.is_set():
        if path.exists():
            act(path)
            return
        time.sleep(0)


def changed_after_the_write(office, act):
    """Copy while another process waits for master_01.dmp to be written, and acts then."""
    path = office.disks[0].path / "sukamara" / f".part-{NAME}" / "master_01.dmp"
    watcher = os.fork()
    if watcher == 0:
        when_there(path, act, threading.Event())
        os._exit(0)
    (outcome,) = office.copy().outcomes
    os.waitpid(watcher, 0)
    return outcome


def flip_last_bit(path):
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        (last,) = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last ^ 1]))
        os.fsync(file.fileno())


@with_disks(*SOUND)
def test_a_bit_flips_after_the_write(tmp_path, disks):
    office = Office.with_disks(tmp_path, disks.insert(size_bytes=ROOM), sizes=(48 * MIB, MIB))
    outcome = changed_after_the_write(office, flip_last_bit)
    office.assert_told(outcome, "SIAK-501", "tidak sama", "master_01.dmp")
    office.assert_untouched()
    office.assert_recovers()


@with_disks(*SOUND)
def test_a_file_is_cut_after_the_write(tmp_path, disks):
    office = Office.with_disks(tmp_path, disks.insert(size_bytes=ROOM), sizes=(48 * MIB, MIB))
    outcome = changed_after_the_write(office, lambda path: os.truncate(path, 47 * MIB))
    office.assert_told(outcome, "SIAK-501", "tidak sama", "master_01.dmp")
    office.assert_untouched()
    office.assert_recovers()


@with_disks(EXT4, XFS, EXFAT)
def test_a_bit_flips_at_rest_in_an_earlier_copy(tmp_path, disks):
    disk = disks.insert(size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk)
    office.copy()
    disk.flip_at_rest(disk.path / "sukamara" / NAME / "master_01.dmp", MIB)
    (outcome,) = office.copy().outcomes
    assert outcome.is_proven
    assert not outcome.was_there
    assert outcome.folder == f"{NAME}_2"


@with_disks(*SOUND)
def test_full_before_the_copy(tmp_path, disks):
    disk = disks.insert(size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk)
    filler = disk.fill(leave_bytes=4 * MIB)
    (outcome,) = office.copy().outcomes
    office.assert_told(outcome, "SIAK-500", "media penuh")
    office.assert_untouched()
    filler.unlink()
    office.assert_recovers()


@with_disks(EXT4, XFS, EXFAT)
def test_full_at_some_byte(tmp_path, disks):
    disk = disks.insert(size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk, sizes=(24 * MIB, 8 * MIB))
    fillers = []
    (outcome,) = office.copy(progress=once(lambda: fillers.append(disk.fill()), after_bytes=2 * MIB)).outcomes
    # What was set aside for the first piece is kept for it; the second finds no room.
    office.assert_told(outcome, "SIAK-500", "media penuh")
    office.assert_untouched()
    fillers[0].unlink()
    office.assert_recovers()


@with_disks(EXT4, XFS, EXFAT)
def test_a_disk_that_holds_less_than_it_claims(tmp_path, disks):
    disk = disks.insert(holds_bytes=80 * MIB, size_bytes=400 * MIB)
    office = Office.with_disks(tmp_path, disk, sizes=(120 * MIB,))
    (outcome,) = office.copy().outcomes
    assert not outcome.is_proven
    assert outcome.error is not None
    assert "DISK-01" in outcome.error.where


@with_disks(*SOUND)
def test_it_turns_read_only_while_it_is_written(tmp_path, disks):
    """As the kernel does after an error: the next file cannot be made. A file that is open keeps a mount from it."""
    disk = disks.insert(size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk, sizes=(32 * MIB, 32 * MIB))
    (outcome,) = office.copy(progress=once(lambda: force_read_only(disk), after_bytes=8 * MIB)).outcomes
    office.assert_told(outcome, "SIAK-500", "tidak dapat ditulisi")
    disk.remount("rw")
    office.assert_recovers()


def force_read_only(disk):
    """Remount as soon as no file is open for writing; the copy goes on meanwhile."""
    if os.fork() == 0:
        for _ in range(2000):
            with contextlib.suppress(AssertionError):
                disk.remount("ro")
                os._exit(0)
            time.sleep(0.001)
        os._exit(1)


@with_disks(*SOUND)
def test_read_only_from_the_start(tmp_path, disks):
    disk = disks.insert(size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk)
    disk.remount("ro")
    (outcome,) = office.copy().outcomes
    office.assert_told(outcome, "SIAK-500", "tidak dapat ditulisi")
    disk.remount("rw")
    office.assert_recovers()


@with_disks(EXT4, XFS, EXFAT)
def test_the_cable_comes_out(tmp_path, disks):
    disk = disks.insert(size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk, sizes=(64 * MIB, MIB))
    (outcome,) = office.copy(progress=once(disk.pull, after_bytes=4 * MIB)).outcomes
    office.assert_told(outcome, "SIAK-500", "terputus")
    disk.unmount(lazy=True)
    time.sleep(0.3)
    disk.mount(disk.path)
    office.assert_recovers()


@with_disks(*SOUND)
def test_it_is_unmounted_while_it_is_written(tmp_path, disks):
    disk = disks.insert(size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk, sizes=(64 * MIB, MIB))
    (outcome,) = office.copy(progress=once(lambda: disk.unmount(lazy=True), after_bytes=4 * MIB)).outcomes
    office.assert_told(outcome, "SIAK-500", "terputus")
    assert list(disk.path.iterdir()) == [], "something was written under the mount point"


@with_disks(*SOUND)
def test_it_is_not_mounted(tmp_path, disks):
    disk = disks.insert(size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk)
    disk.unmount(lazy=True)
    (outcome,) = office.copy().outcomes
    office.assert_told(outcome, "SIAK-500", "tidak terpasang")
    assert list(disk.path.iterdir()) == [], "something was written under the mount point"


@with_disks(EXT4, XFS, EXFAT)
def test_another_disk_of_the_office_at_the_same_mount_point(tmp_path, disks):
    disk = disks.insert(size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk)
    disk.unmount(lazy=True)
    other = disks.make(size_bytes=ROOM)
    other.mount(disk.path)
    office.register(other, "DISK-02")
    (outcome,) = office.copy().outcomes
    office.assert_told(outcome, "SIAK-502", "yang terpasang adalah media DISK-02, bukan DISK-01")
    assert not (other.path / "sukamara").exists()


@with_disks(*SOUND)
def test_another_disk_with_a_copied_marker(tmp_path, disks):
    disk = disks.insert(size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk)
    marker = (disk.path / MARKER_NAME).read_bytes()
    disk.unmount(lazy=True)
    other = disks.make(size_bytes=ROOM)
    other.mount(disk.path)
    (other.path / MARKER_NAME).write_bytes(marker)
    (outcome,) = office.copy().outcomes
    office.assert_told(outcome, "SIAK-502", "dibuat untuk disk lain")
    assert not (other.path / "sukamara").exists()


@with_disks(EXT4, EXFAT)
def test_another_disk_is_plugged_in_while_it_is_written(tmp_path, disks):
    disk = disks.insert(size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk, sizes=(64 * MIB, MIB))
    other = disks.make(size_bytes=ROOM)

    def swap():
        disk.unmount(lazy=True)
        other.mount(disk.path)

    (outcome,) = office.copy(progress=once(swap, after_bytes=4 * MIB)).outcomes
    office.assert_told(outcome, "SIAK-500", "terputus")
    assert not (other.path / "sukamara").exists()


@with_disks(*SOUND)
def test_the_marker_is_missing(tmp_path, disks):
    disk = disks.insert(size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk)
    marker = (disk.path / MARKER_NAME).read_bytes()
    (disk.path / MARKER_NAME).unlink()
    (outcome,) = office.copy().outcomes
    office.assert_told(outcome, "SIAK-502", "belum terdaftar", "media_register.yml")
    (disk.path / MARKER_NAME).write_bytes(marker)
    office.assert_recovers()


@with_disks(*SOUND)
def test_a_name_that_differs_by_case_alone(tmp_path, disks):
    disk = disks.insert(size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk)
    (disk.path / "sukamara" / NAME.upper()).mkdir()
    (disk.path / "sukamara" / NAME.upper() / "lain.txt").write_text("milik orang lain")
    (outcome,) = office.copy().outcomes
    assert outcome.is_proven, outcome.error
    assert outcome.folder == f"{NAME}_2"
    assert (disk.path / "sukamara" / NAME.upper() / "lain.txt").read_text() == "milik orang lain"


@with_disks(VFAT)
def test_fat32_and_a_piece_of_five_gib(tmp_path, disks):
    disk = disks.insert(size_bytes=12 * GIB)
    # fusefat, which plays FAT here, is not trusted with an earlier copy.
    office = Office.with_disks(tmp_path, disk, has_earlier=False)
    with (office.night.path / "master_01.dmp").open("r+b") as file:
        file.truncate(5 * GIB)
    office.night = read_folder(office.night.path)
    began = time.monotonic()
    (outcome,) = office.copy().outcomes
    office.assert_told(outcome, "SIAK-504", "master_01.dmp", "exFAT")
    assert time.monotonic() - began < 30, "it was told after, not before"
    assert not list(disk.path.rglob("*.dmp*"))


@with_disks(EXFAT)
def test_it_answers_no_more(tmp_path, disks):
    disk, other = disks.insert("satu", size_bytes=ROOM), disks.insert("dua", EXT4, size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk, other, sizes=(64 * MIB, MIB))
    heard = []
    stall = once(disk.stall, after_bytes=4 * MIB)

    def progress(phase, *numbers):
        heard.append(phase)
        stall(phase, *numbers)

    began = time.monotonic()
    first, second = office.copy(progress=progress, patience=Patience(0.5, 10.0)).outcomes
    assert time.monotonic() - began < 60
    office.assert_told(first, "SIAK-503", "tidak merespons")
    assert any("diam" in phase for phase in heard)
    assert second.is_proven, second.error
    disk.resume()


@with_disks(EXT4, EXFAT)
def test_one_of_two_goes_away(tmp_path, disks):
    disk, other = disks.insert("satu", size_bytes=ROOM), disks.insert("dua", XFS, size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk, other, sizes=(64 * MIB, MIB))
    first, second = office.copy(progress=once(disk.pull, after_bytes=4 * MIB)).outcomes
    office.assert_told(first, "SIAK-500", "terputus")
    assert second.is_proven, second.error


@with_disks(*SOUND)
def test_it_is_let_go_only_when_nobody_uses_it(tmp_path, disks):
    disk = disks.insert(size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk)
    office.assert_recovers()
    slots = office.request().slots
    with (disk.path / "sukamara" / NAME / "manifest.json").open("rb"):
        (used,) = release.apply(slots)
    assert not used.released
    assert "BELUM boleh dicabut" in used.sentence
    assert release.plan(slots)[0].released
    (free,) = release.apply(slots)
    assert (free.released, free.sentence) == (True, "media DISK-01 boleh dicabut")
    assert not disk.mounted
    (again,) = release.apply(slots)
    assert "tidak terpasang" in again.sentence


@with_disks(EXT4, EXFAT)
def test_two_nights_share_a_disk(tmp_path, disks):
    disk = disks.insert(size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk)
    office.assert_recovers()
    third = publish_night(tmp_path / "archive", "run-3", sizes=(MIB,), base="23nov2026")
    assert office.copy(third).outcomes[0].is_proven
    office.assert_untouched()
