# SPDX-License-Identifier: GPL-3.0-or-later
"""What step 1 says of the media."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from siak_backup.media import history
from siak_backup.media.filesystem import FAT_MOST_BYTES, FileSystem
from siak_backup.media.history import NightCopied
from siak_backup.media.marker import FLASHDISK
from siak_backup.preflight import media

from tests.unit.media.desk import TIME, register, slot_of

needs_permissions = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


def test_a_medium_that_takes_files_is_fine(request_of, tmp_path):
    (check,), (seen,) = media.look_at_media(request_of())
    assert (check.name, check.ok) == ("medium", True)
    assert check.message == f"media DISK-01 siap di {tmp_path / 'medium'}, folder"
    assert seen.device == (tmp_path / "medium").stat().st_dev


@pytest.mark.parametrize(("policy", "ok"), [("wajib", False), ("menyusul", True)])
def test_an_absent_medium_refuses_or_follows(request_of, tmp_path, policy, ok):
    slots = (
        slot_of(tmp_path / "none", policy=policy),
        slot_of(tmp_path / "medium", mount_required=True, policy=policy),
    )
    checks, seen = media.look_at_media(request_of(slots=slots))
    assert [(check.name, check.ok) for check in checks] == [("medium", ok), ("medium_2", ok)]
    assert "media tidak ditemukan" in checks[0].message
    assert "tidak terpasang" in checks[1].message
    assert all(("menyusul" in check.message) == ok for check in checks)
    assert [one.medium for one in seen] == [None, None]
    assert media.look_for_room(request_of(slots=slots), seen, {}, largest_bytes=1) == []


@needs_permissions
def test_a_medium_without_permission_is_refused(request_of, tmp_path):
    (tmp_path / "medium").chmod(0o500)
    (check,), _ = media.look_at_media(request_of())
    assert "tidak dapat ditulisi" in check.message


def test_a_medium_that_does_not_answer_is_told(request_of, tmp_path, monkeypatch):
    monkeypatch.setattr("siak_backup.preflight.media.identify", lambda _: os.kill(os.getpid(), 19))
    monkeypatch.setattr("siak_backup.preflight.media.ask.__defaults__", (0.3,))
    (check,), (seen,) = media.look_at_media(request_of())
    assert "SIAK-503" in check.message
    assert seen.medium is None


def test_what_kind_of_medium_it_is_is_told(request_of, tmp_path):
    register(tmp_path / "flash", "FLASH-1", kind=FLASHDISK)
    (check,), _ = media.look_at_media(request_of(slots=(slot_of(tmp_path / "flash", "FLASH-1"),)))
    assert check.ok
    assert "flash disk" in check.message


def test_fat32_says_its_limit(request_of, monkeypatch):
    monkeypatch.setattr("siak_backup.media.identify.FOLDER", FileSystem("vfat"))
    (check,), _ = media.look_at_media(request_of())
    assert "export_piece_size" in check.message


@pytest.mark.parametrize(("policy", "ok"), [("wajib", False), ("menyusul", True)])
def test_a_piece_that_fat32_cannot_hold_is_told_before_the_export(request_of, tmp_path, monkeypatch, policy, ok):
    monkeypatch.setattr("siak_backup.media.identify.FOLDER", FileSystem("vfat"))
    request = request_of(slots=(slot_of(tmp_path / "medium", policy=policy),))
    _, seen = media.look_at_media(request)
    (fits,) = media.look_for_room(request, seen, {seen[0].device: 1}, largest_bytes=FAT_MOST_BYTES)
    assert fits.ok
    (check,) = media.look_for_room(request, seen, {seen[0].device: 1}, largest_bytes=FAT_MOST_BYTES + 1)
    assert (check.name, check.ok) == ("medium_room", ok)
    assert "SIAK-504" in check.message
    assert "DISK-01" in check.message
    assert "export_piece_size" in check.message


def test_room_is_compared_and_broken_copies_count_as_room(request_of, tmp_path):
    request = request_of()
    _, seen = media.look_at_media(request)
    free = shutil.disk_usage(tmp_path).free
    device = seen[0].device
    (check,) = media.look_for_room(request, seen, {device: free // 2}, largest_bytes=1)
    assert (check.name, check.ok) == ("medium_room", True)
    (check,) = media.look_for_room(request, seen, {device: free * 3 // 2}, largest_bytes=1)
    assert not check.ok
    assert "DISK-01" in check.message
    left = tmp_path / "medium/sukamara/.part-dead"
    left.mkdir(parents=True)
    with (left / "master.dmp").open("wb") as file:
        file.truncate(free)
    (check,) = media.look_for_room(request, seen, {device: free * 3 // 2}, largest_bytes=1)
    assert check.ok


def test_whose_turn_it_is(request_of, tmp_path):
    request = request_of(slots=(slot_of(tmp_path / "medium", "DISK-01", "DISK-02"), slot_of(tmp_path / "none", "X")))
    request.server_dir.mkdir()
    _, seen = media.look_at_media(request)
    (check,) = media.look_at_turns(request, seen)
    assert (check.name, check.ok) == ("media_turn", True)
    assert check.message == "giliran berikutnya media DISK-02"
    entry = NightCopied(TIME, "a" * 32, "DISK-01", "A", "21nov2026", "21nov2026", "O_DIRECT")
    history.append(request.server_dir / history.HISTORY_NAME, entry)
    (check,) = media.look_at_turns(request, seen)
    assert check.message == "media DISK-01 dipakai lagi, giliran DISK-02"
    (check,) = media.look_at_turns(request, [replace(seen[0], medium=None)])
    assert check.message == "giliran media DISK-02"


def test_the_processor_is_told_and_never_refused():
    fast = media.look_at_cpu("flags\t\t: fpu sse2 sha_ni\n")
    slow = media.look_at_cpu("flags\t\t: fpu sse2\n")
    assert fast.ok
    assert slow.ok
    assert "blake3" not in fast.message
    assert "blake3" in slow.message
    assert media.look_at_cpu(Path("/proc/cpuinfo").read_text()).ok
