# SPDX-License-Identifier: GPL-3.0-or-later
"""The disks of the harness are what they say: file systems mount, keep, and fail as the real ones do."""

from __future__ import annotations

import errno
import mmap
import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.filesystems.disks import Disks, attached, with_disks
from tests.filesystems.kinds import ALL, BTRFS, EXFAT, EXT4, GIB, MIB, VFAT, XFS
from tests.filesystems.namespace import run_apart

UUIDS = dict.fromkeys((EXT4, XFS, BTRFS), "11111111-2222-3333-4444-555555555555")
UUIDS |= {EXFAT: "1234-ABCD", VFAT: "1234-ABCD"}


def fails_with(act, *numbers):
    with pytest.raises(OSError, match=r".") as raised:
        act()
    assert raised.value.errno in numbers, errno.errorcode[raised.value.errno]
    return errno.errorcode[raised.value.errno]


def put(path, data):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@with_disks(EXT4, XFS, BTRFS, EXFAT)  # fusefat has lost a file's end at unmounting
def test_a_disk_has_its_name_and_keeps_its_files(tmp_path, disks):
    disk = disks.insert(label="SIAK-A", uuid=UUIDS[disks.kind])
    told = disk.identity()
    assert (told["TYPE"], told["LABEL"], told["UUID"]) == (disks.kind.name, "SIAK-A", UUIDS[disks.kind])
    assert disk.path.stat().st_dev != tmp_path.stat().st_dev
    data = os.urandom(MIB + 1)
    put(disk.path / "sukamara.dmp", data)
    disk.unmount()
    assert not (disk.path / "sukamara.dmp").exists()
    disk.mount(disk.path)
    assert (disk.path / "sukamara.dmp").read_bytes() == data


@with_disks(*ALL)
def test_remounted_read_only_it_takes_nothing(tmp_path, disks):
    disk = disks.insert()
    disk.remount("ro")
    assert os.statvfs(disk.path).f_flag & os.ST_RDONLY
    fails_with(lambda: put(disk.path / "sukamara.dmp", b"x"), errno.EROFS)


@with_disks(*ALL)
def test_another_disk_at_the_same_mount_point_is_seen(tmp_path, disks):
    disk = disks.insert(label="SIAK-A")
    put(disk.path / "penanda", b"A")
    disk.unmount()
    other = disks.make(label="SIAK-B")
    other.mount(disk.path)
    assert not (disk.path / "penanda").exists()
    assert (disk.identity()["LABEL"], other.identity()["LABEL"]) == ("SIAK-A", "SIAK-B")


@with_disks(*ALL)
def test_unmounted_lazily_it_is_gone_by_name_only(tmp_path, disks):
    disk = disks.insert()
    with (disk.path / "sukamara.dmp").open("xb", buffering=0) as stream:
        disk.unmount(lazy=True)
        assert not disk.mounted
        assert disk.path.stat().st_dev == tmp_path.stat().st_dev
        assert stream.write(b"x" * 4096) == 4096


@with_disks(EXT4, XFS, EXFAT, VFAT)
def test_pulled_out_it_fails_every_call(tmp_path, disks):
    disk = disks.insert()
    descriptor = os.open(disk.path / "sukamara.dmp", os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(descriptor, b"x" * 4096)
    disk.pull()
    lost = (errno.EIO, errno.ENOTCONN, errno.ECONNABORTED)
    fails_with(lambda: (os.write(descriptor, b"x" * 4096), os.fsync(descriptor)), *lost)
    fails_with(lambda: put(disk.path / "lamandau.dmp", b"x"), *lost)
    assert disk.mounted, "a medium taken out stays in the mount table"


@with_disks(EXFAT, VFAT)
def test_a_stalled_disk_keeps_even_a_killed_process(tmp_path, disks):
    disk = disks.insert()
    disk.stall()
    writer = subprocess.Popen(["cp", "/bin/true", disk.path / "sukamara.dmp"], stderr=subprocess.DEVNULL)
    with pytest.raises(subprocess.TimeoutExpired):
        writer.wait(0.2)
    disk.resume()
    assert writer.wait(5) == 0


@with_disks(EXT4, XFS, BTRFS, EXFAT)  # fusefat took 3 MiB where statvfs promised one
def test_a_full_disk_says_so(tmp_path, disks):
    disk = disks.insert()
    disk.fill(leave_bytes=MIB)
    fails_with(lambda: put(disk.path / "sukamara.dmp", bytes(3 * MIB)), errno.ENOSPC)
    (disk.path / "sukamara.dmp").unlink()
    put(disk.path / "kecil.dmp", bytes(MIB // 4))


@with_disks(EXT4, XFS, EXFAT)
def test_a_disk_that_claims_more_than_it_holds_fails_late(tmp_path, disks):
    disk = disks.insert(holds_bytes=80 * MIB, size_bytes=400 * MIB)
    assert disk.free_bytes() > 150 * MIB
    fails_with(lambda: put(disk.path / "sukamara.dmp", os.urandom(MIB) * 100), errno.EIO, errno.ENOSPC, errno.EROFS)


@with_disks(EXT4, XFS, EXFAT, VFAT)  # btrfs has checksums, and answers in its own way
def test_a_bit_flipped_at_rest_is_read_past_the_cache(tmp_path, disks):
    disk = disks.insert()
    data = os.urandom(MIB)
    put(disk.path / "sukamara.dmp", data)
    disk.flip_at_rest(disk.path / "sukamara.dmp", 512 * 1024)
    found = read_directly(disk.path / "sukamara.dmp")
    assert [at for at in range(MIB) if found[at] != data[at]] == [512 * 1024]


def read_directly(path):
    buffer = mmap.mmap(-1, MIB)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECT)
    try:
        assert os.preadv(descriptor, [buffer], 0) == MIB
        return bytes(buffer)
    finally:
        os.close(descriptor)


@with_disks(VFAT)
def test_fat_has_no_file_of_four_gib(tmp_path, disks):
    disk = disks.insert(size_bytes=6 * GIB)
    path = disk.path / "besar.dmp"
    path.touch()
    fails_with(lambda: os.truncate(path, 5 * GIB), errno.EFBIG, errno.EPERM)
    assert disk.image.stat().st_blocks * 512 < 64 * MIB


@with_disks(*ALL)
def test_names_that_differ_by_case_clash_on_fat_and_exfat(tmp_path, disks):
    disk = disks.insert()
    put(disk.path / "SUKAMARA.dmp", b"1")
    if disks.kind in (VFAT, EXFAT):
        fails_with(lambda: put(disk.path / "sukamara.DMP", b"2"), errno.EEXIST)
    else:
        put(disk.path / "sukamara.DMP", b"2")
    assert (disk.path / "SUKAMARA.dmp").read_bytes() == b"1"


@with_disks(*ALL)
def test_direct_io_is_taken(tmp_path, disks):
    disk = disks.insert()
    data = os.urandom(MIB)
    buffer = mmap.mmap(-1, MIB)
    buffer[:] = data
    descriptor = os.open(disk.path / "sukamara.dmp", os.O_RDWR | os.O_CREAT | os.O_DIRECT, 0o600)
    assert os.pwritev(descriptor, [buffer], 0) == MIB
    os.close(descriptor)
    assert read_directly(disk.path / "sukamara.dmp") == data


@with_disks(*ALL)
def test_several_disks_at_once(tmp_path, disks):
    left, right = disks.insert("kiri"), disks.insert("kanan", EXT4)
    assert len({tmp_path.stat().st_dev, left.path.stat().st_dev, right.path.stat().st_dev}) == 3
    assert len(disks.ran_on) == 2


def test_nothing_is_left_of_a_test_that_was_killed(tmp_path):
    if reason := EXFAT.missing():
        pytest.skip(reason)

    def act():
        Disks(EXFAT, tmp_path).insert()
        assert attached(tmp_path / "images")
        os.kill(os.getpid(), signal.SIGKILL)

    outcome = run_apart(act, [], 20)
    if outcome.verdict == "skipped":
        pytest.skip(outcome.text)
    assert (outcome.verdict, outcome.text) == ("failed", "the test's process died without a word")
    gone(tmp_path / "images")


def test_nothing_is_left_of_a_test_that_does_not_end(tmp_path):
    if reason := EXFAT.missing():
        pytest.skip(reason)

    def act():
        disk = Disks(EXFAT, tmp_path).insert()
        disk.stall()
        (disk.path / "never").touch()

    outcome = run_apart(act, [], 1)
    if outcome.verdict == "skipped":
        pytest.skip(outcome.text)
    assert outcome.text == "not done within 1 s: given up"
    gone(tmp_path / "images")


def gone(images: Path) -> None:
    deadline = time.monotonic() + 5
    while attached(images):
        assert time.monotonic() < deadline, attached(images)
        time.sleep(0.02)


def test_what_is_missing_is_named():
    if os.geteuid() != 0:
        assert EXT4.missing() == "ext4: mounting needs root"
        return
    absent = replace(EXT4, programs=(("mkfs.none", "nonefs-progs"),))
    assert absent.missing() in (
        "ext4: mkfs.none is not installed (Debian package nonefs-progs)",
        "ext4: /dev/loop-control is not here",
    )


def test_a_failure_in_the_namespace_is_a_failure():
    def act():
        pytest.fail("salah")

    outcome = run_apart(act, ["ext4"], 20)
    assert outcome.verdict in ("failed", "skipped")
    if outcome.verdict == "failed":
        assert "salah" in outcome.text
        assert outcome.notes == ("ext4",)
