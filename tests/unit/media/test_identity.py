# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a medium is: slots, mounts, file systems, markers, and the refusals."""

from __future__ import annotations

import errno
import itertools
import json
import os
import shlex
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.splitter import parse_kv
from hypothesis import given
from hypothesis import strategies as st
from siak_backup.errors import ConfigError, FileSystemLimitError, MediumError, WrongMediumError
from siak_backup.media import filesystem, register
from siak_backup.media.filesystem import FileSystem, file_system_of
from siak_backup.media.identify import FOLDER, identify, inspect
from siak_backup.media.marker import (
    DISK,
    FLASHDISK,
    HARDISK,
    MARKER_NAME,
    Marker,
    read_marker,
    write_marker,
)
from siak_backup.media.medium import Medium, meaning
from siak_backup.media.mounts import Mount, mount_at, parse_mountinfo
from siak_backup.media.slot import SLOT_SPEC, Slot, slots_of

from tests.unit.archive.crash import killed_at_every_step
from tests.unit.archive.mounts import on_small_disk
from tests.unit.media import desk

TIME = "2026-11-22T09:30:00+00:00"
MARKER = Marker("0" * 32, "DISK-01", "SN-1", "harian", HARDISK, "A", "1234-ABCD", TIME)

USUAL = {name: spec.get("default") for name, spec in SLOT_SPEC.items()}


def params(path="/media/a", *labels, **changed):
    return USUAL | {"dir": str(path), "labels": list(labels or ("DISK-01",))} | changed


def test_slots_are_what_the_inventory_says():
    first, second = slots_of([params(), params("/media/b", "LUAR-01", "LUAR-02", policy="menyusul")])
    assert first == Slot(Path("/media/a"), ("DISK-01",), min_free_bytes=16 * 1024 * 1024)
    assert (second.name, second.may_follow, first.may_follow) == ("LUAR-01 / LUAR-02", True, False)


@pytest.mark.parametrize(
    ("media", "told"),
    [
        ([], "tidak ada media"),
        ([params(labels=[])], "tanpa label"),
        ([params("/media/a", "A", "a")], "ganda"),
        ([params("/media/a", "A b")], "label media"),
        ([params("media/a")], "path lengkap"),
        ([params(min_free_bytes=-1)], "min_free_bytes"),
        ([params(), params("/media/a", "B")], "dir yang sama"),
        ([params(), params("/media/b", "disk-01")], "dua media"),
    ],
)
def test_impossible_slots_are_refused(media, told):
    with pytest.raises(ConfigError, match=told):
        slots_of(media)


MOUNTINFO = r"""
25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,errors=remount-ro
90 25 7:0 / /media/siak\040backup rw,nosuid master:2 propagate_from:3 - exfat /dev/sdb1 rw,umask=077
91 25 7:1 / /media/dua rw - vfat /dev/sdc1 ro
92 25 7:2 / /media/dua ro - ext4 /dev/sdd1 rw
not a line
93 25 7:3 /
"""


def test_mounts_are_read_as_the_kernel_writes_them():
    mounts = parse_mountinfo(MOUNTINFO)
    assert [str(mount.path) for mount in mounts] == ["/", "/media/siak backup", "/media/dua", "/media/dua"]
    assert mounts[1] == Mount(
        Path("/media/siak backup"), "exfat", "/dev/sdb1", "7:0", frozenset({"rw", "nosuid", "umask=077"})
    )
    assert [mount.is_read_only for mount in mounts] == [False, False, True, True]
    assert mount_at(Path("/media/dua"), MOUNTINFO).source == "/dev/sdd1"
    assert mount_at(Path("/media"), MOUNTINFO) is None
    assert mount_at(Path("/proc")).fs_type == "proc"


@pytest.mark.parametrize("odd", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_a_mount_whose_name_holds_an_odd_line_break(odd):
    (mount,) = parse_mountinfo(f"90 25 7:0 / /media/a{odd}b rw - exfat /dev/sdb1 rw\n")
    assert mount.path == Path(f"/media/a{odd}b")


def test_backslashes_and_line_breaks_in_names_are_undone_once():
    (mount,) = parse_mountinfo(r"90 25 7:0 / /media/a\134040\012\011b rw - exfat /dev/sdb1 rw")
    assert mount.path == Path("/media/a\\040\n\tb")


@given(st.text())
def test_any_text_for_mountinfo(text):
    parse_mountinfo(text)


def mount(fs_type, source="/dev/no-such-device", device="0:0"):
    return Mount(Path("/media/a"), fs_type, source, device, frozenset({"rw"}))


@pytest.mark.parametrize(
    ("fs_type", "name", "ignores_case", "most"),
    [
        ("ext4", "ext4", False, None),
        ("xfs", "xfs", False, None),
        ("vfat", "vfat", True, 2**32 - 1),
        ("fuse.fusefat", "vfat", True, 2**32 - 1),
        ("exfat", "exfat", True, None),
        ("ntfs3", "ntfs", True, None),
    ],
)
def test_file_systems_that_are_known(fs_type, name, ignores_case, most):
    found = file_system_of(mount(fs_type))
    assert (found.name, found.uuid, found.ignores_case, found.most_file_bytes) == (name, "", ignores_case, most)
    assert found.is_fuse == fs_type.startswith("fuse")


@pytest.mark.parametrize("fs_type", ["tmpfs", "nfs4", "fuse.sshfs", "overlay", "fuseblk"])
def test_file_systems_that_are_not(fs_type):
    assert file_system_of(mount(fs_type)) is None


@pytest.fixture
def blkid(tmp_path, monkeypatch):
    """Put a program in the place of blkid(8)."""

    def write(script):
        program = tmp_path / "bin" / "blkid"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")

    return write


def test_what_a_program_serves_is_asked_of_the_device(blkid):
    blkid('test "$*" = "-p -o export /dev/no-such-device" && echo TYPE=exfat && echo UUID=12AB-34CD && echo LABEL=A=B')
    assert file_system_of(mount("fuseblk")) == FileSystem("exfat", "12AB-34CD", "A=B", is_fuse=True)


def test_a_device_that_nobody_may_read_has_no_uuid(blkid, monkeypatch):
    blkid("exit 2")
    assert file_system_of(mount("ext4")).uuid == ""
    blkid("exec sleep 5")
    monkeypatch.setattr(filesystem, "_BLKID_LIMIT_S", 0.1)
    assert file_system_of(mount("ext4")).uuid == ""
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    assert file_system_of(mount("ext4")).uuid == ""


def test_a_uuid_by_udevs_link(tmp_path, monkeypatch):
    by_uuid = tmp_path / "by-uuid"
    by_uuid.mkdir()
    (by_uuid / "0000-0000").symlink_to("/dev/zero")
    for number in range(50):  # in whatever order the folder lists them, one comes first
        (by_uuid / f"1111-{number:04}").symlink_to("/dev/pulled-out-just-now")
    (by_uuid / "ABCD-1234").symlink_to("/dev/null")
    monkeypatch.setattr(filesystem, "_BY_UUID", by_uuid)
    assert file_system_of(mount("vfat", "/dev/null")).uuid == "ABCD-1234"
    assert file_system_of(mount("vfat", "/dev/full")).uuid == ""
    assert file_system_of(mount("vfat", str(tmp_path))).uuid == ""


@pytest.mark.parametrize(("place", "text", "removable"), [("", "1\n", True), ("..", "1\n", True), ("", "0\n", False)])
def test_whether_it_can_be_carried_away_says_sysfs(tmp_path, monkeypatch, place, text, removable):
    folder = tmp_path / "sdb" / "8:17"
    folder.mkdir(parents=True)
    (folder / place / "removable").write_text(text)
    monkeypatch.setattr(filesystem, "_SYS_BLOCK", tmp_path / "sdb")
    assert file_system_of(mount("ext4", device="8:17")).is_removable is removable
    assert file_system_of(mount("ext4", device="8:99")).is_removable is False


def test_a_marker_is_written_once_and_read_again(tmp_path):
    assert read_marker(tmp_path) is None
    write_marker(tmp_path, MARKER)
    assert read_marker(tmp_path) == MARKER
    assert stat.S_IMODE((tmp_path / MARKER_NAME).stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_marker(tmp_path, replace(MARKER, label="DISK-02"))
    assert read_marker(tmp_path) == MARKER
    assert [path.name for path in tmp_path.iterdir()] == [MARKER_NAME]
    assert [replace(MARKER, kind=kind).is_removable for kind in (FLASHDISK, HARDISK, DISK)] == [True, True, False]


def test_a_power_cut_leaves_no_half_marker(tmp_path):
    for _ in killed_at_every_step(lambda number: write_marker(tmp_path, replace(MARKER, id=f"{number:032x}"))):
        marker = read_marker(tmp_path)
        assert marker is None or marker.label == "DISK-01"
        for path in tmp_path.iterdir():
            path.unlink()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[" * 100_000,
        b"[" * 60_000,  # not too long, but too deep
        b"x" * 70_000,
        b"\xff",
        MARKER.to_json().replace('"version": 1', '"version": 2').encode(),
        MARKER.to_json().replace('"kind": "hardisk"', '"kind": "awan"').encode(),
        MARKER.to_json().replace("DISK-01", "../x").encode(),
        MARKER.to_json().replace("0" * 32, "1").encode(),
        json.dumps(json.loads(MARKER.to_json()) | {"lagi": 1}).encode(),
    ],
)
def test_a_marker_that_is_none(tmp_path, content):
    (tmp_path / MARKER_NAME).write_bytes(content)
    with pytest.raises(ValueError, match=r"."):
        read_marker(tmp_path)
    with pytest.raises(WrongMediumError, match="penanda media rusak"):
        identify(desk.slot_of(tmp_path))


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/etc/passwd")])
def test_what_bears_the_markers_name_is_no_file(tmp_path, make):
    make(tmp_path / MARKER_NAME)
    with pytest.raises(WrongMediumError, match="penanda media tidak terbaca"):
        identify(desk.slot_of(tmp_path))
    with pytest.raises(WrongMediumError, match="penanda media tidak terbaca"):
        register.plan(desk.slot_of(tmp_path), FACTS, clock=clock)


@given(st.binary(max_size=200))
def test_any_bytes_for_a_marker(content):
    try:
        Marker.from_json(content.decode("utf-8"))
    except ValueError:
        return
    raise AssertionError("garbage was taken for a marker")


def test_a_folder_that_plays_the_medium(tmp_path):
    marker = desk.register(tmp_path / "m")
    medium = identify(desk.slot_of(tmp_path / "m", "DISK-00", "disk-01"))
    assert (medium.label, medium.file_system, medium.marker) == ("DISK-01", FOLDER, marker)
    assert medium.warnings() == ()


def test_refusals_name_the_medium_and_the_remedy(tmp_path):
    with pytest.raises(MediumError, match=r"tidak ditemukan.*DISK-01.*pasang"):
        identify(desk.slot_of(tmp_path / "absent"))
    with pytest.raises(MediumError, match="titik mount"):
        identify(desk.slot_of(tmp_path, mount_required=True))
    with pytest.raises(WrongMediumError, match=rf"playbooks/media_register.yml -e dir={tmp_path} -e label=DISK-01"):
        identify(desk.slot_of(tmp_path))
    desk.register(tmp_path, "DISK-07", fs_uuid="ABCD")
    with pytest.raises(WrongMediumError, match="yang terpasang adalah media DISK-07, bukan DISK-01"):
        identify(desk.slot_of(tmp_path))
    with pytest.raises(WrongMediumError, match="dibuat untuk disk lain, UUID ABCD bukan yang tidak terbaca"):
        identify(desk.slot_of(tmp_path, "DISK-07"))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (errno.EACCES, "tidak boleh dibaca akun ini .*akun yang sama"),
        (errno.EIO, "tidak terbaca, media terputus atau rusak.*kabel"),
        (errno.ENOTCONN, "tidak terbaca, media terputus atau rusak.*kabel"),
    ],
)
def test_a_marker_that_the_disk_does_not_give_out_is_not_called_wrong(tmp_path, monkeypatch, code, told):
    def fail(_):
        raise OSError(code, os.strerror(code), MARKER_NAME)

    monkeypatch.setattr("siak_backup.media.identify.read_marker", fail)
    looks = (
        lambda: identify(desk.slot_of(tmp_path)),
        lambda: register.plan(desk.slot_of(tmp_path), FACTS, clock=clock),
    )
    for look in looks:
        with pytest.raises(MediumError, match=f"SIAK-500 penanda media {told}") as caught:
            look()
        assert "DISK-01" in caught.value.where
        assert "hapus" not in caught.value.remedy


def advised_options(slot):
    """Return the options of the command that a medium without a marker is answered with, as Ansible reads them."""
    with pytest.raises(WrongMediumError, match="media belum terdaftar") as caught:
        identify(slot)
    words = shlex.split(caught.value.remedy.split("playbooks/media_register.yml ")[1])
    loader = DataLoader()
    told = {}
    for option, value in itertools.pairwise(words):
        if option == "-e":
            told |= loader.load(value) if value.startswith("{") else parse_kv(value)
    return told


@pytest.mark.parametrize("name", ["siak-backup", "My Passport", "a=b", "it's", "cadangan\u00e9", 'kutip"'])
def test_the_command_that_registers_can_be_run_as_it_is_told(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    told = advised_options(desk.slot_of(folder))
    assert told == {"dir": str(folder), "label": "DISK-01", "mount_required": "false"}


def test_the_command_leaves_out_what_it_cannot_know(tmp_path, monkeypatch):
    assert advised_options(desk.slot_of(tmp_path, "DISK-A", "DISK-B"))["label"] == "..."
    monkeypatch.setattr("siak_backup.media.identify._mounted", lambda *_: FileSystem("exfat", "12AB-34CD"))
    told = advised_options(desk.slot_of(tmp_path, mount_required=True))
    assert told == {"dir": str(tmp_path), "label": "DISK-01"}


def test_a_medium_that_fails_while_it_is_looked_at(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("siak_backup.media.identify._mounted", fail)
    with pytest.raises(MediumError, match="terputus atau rusak"):
        inspect(tmp_path, where="media X", mount_required=True)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(MediumError, match="tidak dapat ditulisi"):
        inspect(tmp_path, where="media X", mount_required=False)


def test_what_the_mount_table_says_of_a_place(monkeypatch):
    proc = desk.slot_of(Path("/proc"), mount_required=True)
    with pytest.raises(
        MediumError, match=r"sistem berkas proc tidak dikenal \(media DISK-01, /proc\): pakai media berf"
    ):
        identify(proc)
    with monkeypatch.context() as changed:
        changed.setattr("siak_backup.media.identify.file_system_of", lambda _: FileSystem("exfat", "12AB-34CD"))
        found = inspect(proc.path, where="media X", mount_required=True)
        assert (found.name, found.uuid) == ("exfat", "12AB-34CD")
    with monkeypatch.context() as changed:  # a marker made where a folder played the disk names no UUID either
        changed.setattr("siak_backup.media.identify.file_system_of", lambda _: FileSystem("exfat"))
        changed.setattr("siak_backup.media.identify.read_marker", lambda _: replace(MARKER, fs_uuid=""))
        with pytest.raises(MediumError, match=r"SIAK-500 UUID sistem berkas tidak terbaca.*\(media DISK-01.*blkid"):
            identify(proc)
    read_only = replace(mount("exfat"), options=frozenset({"ro"}))
    monkeypatch.setattr("siak_backup.media.identify.mount_at", lambda _: read_only)
    with pytest.raises(MediumError, match=r"media tidak dapat ditulisi \(media DISK-01"):
        identify(proc)


@on_small_disk(size_kib=2048)
def test_a_mounted_disk_of_a_kind_that_is_not_known(tmp_path, disk):
    with pytest.raises(MediumError, match="sistem berkas tmpfs tidak dikenal"):
        identify(desk.slot_of(disk.path, mount_required=True))
    disk.remount("ro")
    with pytest.raises(MediumError, match="tidak dapat ditulisi"):
        identify(desk.slot_of(disk.path, mount_required=True))


def medium_of(path, file_system=FOLDER, **facts):
    return Medium(path, "DISK-01", file_system, replace(MARKER, **facts))


def test_what_the_office_should_know_of_a_medium(tmp_path):
    assert "flash disk" in medium_of(tmp_path, kind=FLASHDISK).warnings()[0]
    (removable,) = medium_of(tmp_path, FileSystem("exfat", is_removable=True)).warnings()
    assert "terdaftar sebagai hardisk" in removable
    (fuse,) = medium_of(tmp_path, FileSystem("exfat", is_fuse=True)).warnings()
    assert "FUSE" in fuse


def test_a_file_too_large_for_fat_is_told_before(tmp_path):
    fat = medium_of(tmp_path, FileSystem("vfat"))
    fat.demand_file("master.dmp", 2**32 - 1)
    with pytest.raises(FileSystemLimitError, match=r"master\.dmp.*DISK-01.*exFAT"):
        fat.demand_file("master.dmp", 2**32)
    medium_of(tmp_path).demand_file("master.dmp", 2**50)


def test_room(tmp_path):
    medium = medium_of(tmp_path)
    with pytest.raises(MediumError, match="media penuh, perlu"):
        medium.demand_room(10**18)
    assert medium.demand_room(10**18, reclaimable_bytes=10**18) >= 10**18


@pytest.mark.parametrize(
    ("code", "words", "remedy"),
    [
        (errno.ENOSPC, "media penuh", "ganti media"),
        (errno.EDQUOT, "media penuh", "ganti media"),
        (errno.EROFS, "tidak dapat ditulisi", "kunci tulis"),
        (errno.EFBIG, "terlalu besar", "exFAT"),
        (errno.EIO, "terputus atau rusak", "kabel"),
        (errno.ENODEV, "terputus atau rusak", "kabel"),
        (errno.ENOENT, "terputus atau rusak", "kabel"),
        (errno.EBUSY, "gagal dipakai", "periksa media"),
    ],
)
def test_what_the_system_answers_becomes_what_to_do(tmp_path, code, words, remedy):
    with pytest.raises(MediumError, match=words) as caught, medium_of(tmp_path).errors():
        raise OSError(code, os.strerror(code))
    assert remedy in caught.value.remedy
    assert caught.value.where == f"media DISK-01, {tmp_path}"
    assert words in meaning(OSError(code, ""))[0]


FACTS = register.Facts("DISK-01", "SN-1", "harian", HARDISK, "A")


def clock():
    return datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def test_registering_writes_the_marker_and_nothing_else(tmp_path):
    slot = desk.slot_of(tmp_path)
    plan = register.plan(slot, FACTS, clock=clock)
    assert plan.changed
    assert list(tmp_path.iterdir()) == []
    register.apply(plan)
    marker = read_marker(tmp_path)
    assert replace(marker, id="") == Marker("", "DISK-01", "SN-1", "harian", HARDISK, "A", "", TIME)
    assert [path.name for path in tmp_path.iterdir()] == [MARKER_NAME]
    again = register.apply(register.plan(slot, FACTS, clock=lambda: datetime.now(UTC)))
    assert not again.changed
    assert again.as_dict()["medium"]["id"] == marker.id
    with pytest.raises(WrongMediumError, match="sudah terdaftar sebagai DISK-01"):
        register.plan(slot, replace(FACTS, serial="SN-2"), clock=clock)
    with pytest.raises(WrongMediumError, match="sudah terdaftar sebagai DISK-01"):
        register.plan(desk.slot_of(tmp_path, "DISK-02"), replace(FACTS, label="DISK-02"), clock=clock)


@pytest.fixture(params=["apart", "here"])
def _both_ways(request, monkeypatch):
    """Registering asks the disk in a child process; once more without, so that it is measured as covered."""
    if request.param == "here":
        monkeypatch.setattr("siak_backup.media.register.ask", lambda _, act: act())


@pytest.mark.usefixtures("_both_ways")
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.write_text("{")])
def test_what_bears_the_markers_name_is_not_replaced(tmp_path, make):
    make(tmp_path / MARKER_NAME)
    kind = stat.S_IFMT((tmp_path / MARKER_NAME).lstat().st_mode)
    with pytest.raises(WrongMediumError, match=r"penanda media (tidak terbaca|rusak).*DISK-01.*hapus penanda itu"):
        register.plan(desk.slot_of(tmp_path), FACTS, clock=clock)
    assert stat.S_IFMT((tmp_path / MARKER_NAME).lstat().st_mode) == kind


@pytest.mark.usefixtures("_both_ways")
def test_two_who_register_at_once_make_one_medium(tmp_path):
    slot = desk.slot_of(tmp_path)
    plans = [register.plan(slot, FACTS, clock=clock) for _ in range(2)]
    first = register.apply(plans[0]).marker
    with pytest.raises(WrongMediumError, match="SIAK-502 penanda tidak dapat ditulis, media baru saja didaftarkan"):
        register.apply(plans[1])
    assert read_marker(tmp_path) == first
    assert [path.name for path in tmp_path.iterdir()] == [MARKER_NAME]


@pytest.mark.usefixtures("_both_ways")
def test_a_disk_that_goes_away_while_it_is_registered(tmp_path):
    path = tmp_path / "disk"
    path.mkdir()
    plan = register.plan(desk.slot_of(path), FACTS, clock=clock)
    path.rmdir()
    with pytest.raises(MediumError, match=r"SIAK-500 penanda tidak dapat ditulis, media terputus.*kabel"):
        register.apply(plan)


def test_registering_what_cannot_be(tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match="label media"):
        register.plan(desk.slot_of(tmp_path), replace(FACTS, label="a/b"), clock=clock)
    with pytest.raises(MediumError):
        register.plan(desk.slot_of(tmp_path / "absent"), FACTS, clock=clock)
    plan = register.plan(desk.slot_of(tmp_path), FACTS, clock=clock)
    write_marker(tmp_path, MARKER)
    with pytest.raises(MediumError, match="penanda tidak dapat ditulis"):
        register.apply(plan)
    monkeypatch.setattr("siak_backup.media.register.ask", lambda *_: (FileSystem("exfat", is_removable=True), None))
    plan = register.plan(desk.slot_of(tmp_path), FACTS, clock=clock)
    assert "kind=flashdisk" in plan.advice[0]


def test_a_disk_whose_uuid_nobody_can_read_is_not_registered(tmp_path, monkeypatch):
    monkeypatch.setattr("siak_backup.media.register.ask", lambda *_: (FileSystem("vfat"), None))
    with pytest.raises(MediumError, match="UUID"):
        register.plan(desk.slot_of(tmp_path, mount_required=True), FACTS, clock=clock)
