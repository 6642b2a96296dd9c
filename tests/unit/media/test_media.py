# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 5: a folder with a final name on the medium is a proven copy."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest
from siak_backup.archive.folder import prove, read_folder
from siak_backup.errors import ConfigError, MediumError, ReadBackError, VanishedError
from siak_backup.media import copy, stream
from siak_backup.media.medium import Medium

from tests.unit.archive.crash import killed_at_every_step
from tests.unit.archive.mounts import on_small_disk
from tests.unit.archive.nights import publish_night, tree

NAME = "22nov2026"


def silent(phase, done_bytes, total_bytes):
    """Hear progress and do nothing."""


@pytest.fixture
def medium(tmp_path):
    path = tmp_path / "medium"
    path.mkdir()
    return Medium(path, "DISK-01")


def plan_of(source, medium, min_free_bytes=0):
    return copy.plan(
        medium,
        server="sukamara",
        base=source.path.name,
        total_bytes=source.total_bytes,
        sums=source.sums,
        min_free_bytes=min_free_bytes,
    )


def copy_night(source, medium, progress=silent):
    return copy.apply(plan_of(source, medium), source, progress=progress, monotonic=time.monotonic)


def names(medium):
    return sorted(path.name for path in (medium.path / "sukamara").iterdir())


def test_a_copy_is_the_same_tree_and_proves_itself(tmp_path, medium):
    source = publish_night(tmp_path, sizes=(stream.CHUNK_BYTES + 12345, 4096, 1))
    heard = []
    copied = copy_night(source, medium, lambda *told: heard.append(told))
    assert copied.path == medium.path / "sukamara" / NAME
    assert tree(copied.path) == tree(source.path)
    assert copied.rate_bytes_s == pytest.approx(source.total_bytes / copied.duration_s)
    assert names(medium) == [NAME]
    prove(read_folder(copied.path))
    total = source.total_bytes
    assert (copy.WRITING, total, total) in heard
    assert heard[-1] == (copy.READING, total, total)
    assert heard.index((copy.WRITING, total, total)) < [phase for phase, *_ in heard].index(copy.READING)


def test_the_read_back_says_how_it_read(tmp_path, medium):
    path = tmp_path / "file"
    content = os.urandom(3 * stream.CHUNK_BYTES + 777)
    path.write_bytes(content)
    method = stream.O_DIRECT
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_DIRECT))
    except OSError:
        method = stream.FADVISE
    heard = []
    found = stream.read_back(path, medium, heard.append)
    assert found == stream.ReadBack(stream.hash_file(path), method)
    assert sum(heard) == len(content)


def test_long_files_are_pushed_to_the_disk_on_the_way(tmp_path, medium):
    source = tmp_path / "source"
    with source.open("wb") as file:
        file.truncate(stream._SYNC_EVERY_BYTES + stream.CHUNK_BYTES)
    heard = []
    sha256 = stream.copy_file(source, medium.path / "copy", medium, heard.append)
    assert sum(heard) == source.stat().st_size
    assert stream.read_back(medium.path / "copy", medium, heard.append).sha256 == sha256


def test_what_cannot_be_read_back_is_the_mediums_fault(medium):
    with pytest.raises(MediumError, match="terputus"):
        stream.read_back(medium.path / "absent", medium, lambda _: None)


def test_a_file_that_shrinks_while_it_is_read(medium):
    path = medium.path / "file"
    path.write_bytes(b"x" * 2 * stream.CHUNK_BYTES)
    found = stream.read_back(path, medium, lambda _: os.truncate(path, 0))
    assert found.sha256 == hashlib.sha256(b"x" * stream.CHUNK_BYTES).hexdigest()


def test_without_direct_io_the_cache_is_dropped_and_said_so(medium):
    path = Path("/proc/version")  # no kernel opens a file of procfs with O_DIRECT
    assert stream.read_back(path, medium, lambda _: None) == stream.ReadBack(stream.hash_file(path), stream.FADVISE)


def test_again_reads_all_and_changes_nothing(tmp_path, medium):
    source = publish_night(tmp_path)
    copy_night(source, medium)
    before = tree(medium.path)
    plan = plan_of(source, medium)
    assert plan.present in (stream.O_DIRECT, stream.FADVISE)
    assert plan.tree() == (f"{NAME}\n",) * 2
    again = copy_night(source, medium)
    assert again.duration_s == 0
    assert again.path.name == NAME
    assert tree(medium.path) == before


@pytest.mark.parametrize("damage", ["flip", "cut", "gone", "no sums"])
def test_a_damaged_copy_is_left_alone_and_made_anew_beside_it(tmp_path, medium, damage):
    source = publish_night(tmp_path)
    victim = copy_night(source, medium).path / ("SHA256SUMS" if damage == "no sums" else "master.dmp")
    content = bytearray(victim.read_bytes())
    if damage == "flip":
        content[500] ^= 1
        victim.write_bytes(content)
    elif damage == "cut":
        victim.write_bytes(content[:500])
    else:
        victim.unlink()
    before = tree(medium.path)
    assert copy_night(source, medium).path.name == f"{NAME}_2"
    assert {name: data for name, data in tree(medium.path).items() if f"{NAME}/" in name} == before
    assert copy_night(source, medium).path.name == f"{NAME}_2"


def test_another_night_of_that_name_is_never_touched(tmp_path, medium):
    other = publish_night(tmp_path / "other", "run-9")
    copy_night(other, medium)
    (medium.path / "sukamara" / f"{NAME}_2").mkdir()
    (medium.path / "sukamara" / f"{NAME}_3".upper()).write_text("berkas")
    before = tree(medium.path)
    copied = copy_night(publish_night(tmp_path), medium)
    assert copied.path.name == f"{NAME}_4"
    assert {name: data for name, data in tree(medium.path).items() if name in before} == before


def test_a_plan_changes_nothing(tmp_path, medium):
    source = publish_night(tmp_path)
    (medium.path / "sukamara" / ".part-old").mkdir(parents=True)
    plan = plan_of(source, medium)
    assert plan.target == medium.path / "sukamara" / NAME
    assert plan.tree() == (".part-old\n", f"{NAME}\n")
    assert names(medium) == [".part-old"]
    with pytest.raises(ConfigError):
        copy.plan(medium, server="..", base=NAME, total_bytes=1, sums=None, min_free_bytes=0)
    with pytest.raises(ConfigError):
        copy.plan(medium, server="sukamara", base="../x", total_bytes=1, sums=None, min_free_bytes=0)


def test_broken_copies_of_earlier_nights_are_swept_not_trusted(tmp_path, medium):
    source = publish_night(tmp_path)
    part = medium.path / "sukamara" / f".part-{NAME}"
    part.mkdir(parents=True)
    (part / "master.dmp").write_bytes(b"x" * 50_000)
    (medium.path / "sukamara" / ".part-21nov2026").mkdir()
    (medium.path / "lamandau" / ".part-x").mkdir(parents=True)
    (medium.path / "sukamara" / ".part-file").write_bytes(b"x")
    (medium.path / "sukamara" / ".part-link").symlink_to(tmp_path)
    copied = copy_night(source, medium)
    assert names(medium) == [NAME]
    assert tree(copied.path) == tree(source.path)
    assert (medium.path / "lamandau" / ".part-x").is_dir()


def test_what_the_next_copy_sweeps_counts_as_room(tmp_path, medium):
    assert copy.reclaimable_bytes(medium, "sukamara") == 0
    part = medium.path / "sukamara" / f".part-{NAME}"
    part.mkdir(parents=True)
    (part / "master.dmp").write_bytes(b"x" * 50_000)
    (medium.path / "sukamara" / "21nov2026").mkdir()
    assert 50_000 <= copy.reclaimable_bytes(medium, "sukamara") < 100_000


def test_a_copy_is_for_the_backups_account_alone(tmp_path, medium):
    copied = copy_night(publish_night(tmp_path), medium)
    assert {path.stat().st_mode & 0o777 for path in copied.path.iterdir()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (copied.path, copied.path.parent)} == {0o700}


def test_a_link_back_to_the_archive_is_no_copy(tmp_path, medium):
    source = publish_night(tmp_path)
    (medium.path / "sukamara").mkdir()
    (medium.path / "sukamara" / NAME).symlink_to(source.path)
    assert copy_night(source, medium).path.name == f"{NAME}_2"


def test_a_servers_folder_that_leads_off_the_medium_is_refused(tmp_path, medium):
    source = publish_night(tmp_path)
    (medium.path / "sukamara").symlink_to(source.path.parent)
    with pytest.raises(MediumError, match="tautan"):
        copy_night(source, medium)


def flip_on_reading(medium, name):
    """Return a progress sink that flips one bit on the medium between writing and reading back."""
    done = []

    def progress(phase, done_bytes, total_bytes):
        if phase == copy.WRITING and done_bytes == total_bytes and not done:
            done.append(True)
            path = medium.path / "sukamara" / f".part-{NAME}" / name
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 0x10
            path.write_bytes(content)

    return progress


@pytest.mark.parametrize("name", ["master.dmp", "export.log", "manifest.json"])
def test_a_bit_that_the_medium_changed_is_found(tmp_path, medium, name):
    source = publish_night(tmp_path)
    with pytest.raises(ReadBackError) as caught:
        copy_night(source, medium, flip_on_reading(medium, name))
    assert "DISK-01" in caught.value.where
    assert name in caught.value.where
    assert names(medium) == []
    assert copy_night(source, medium).path.name == NAME


def test_a_medium_that_cuts_a_file_short_is_found(tmp_path, medium):
    source = publish_night(tmp_path)

    def progress(phase, done_bytes, total_bytes):
        if phase == copy.WRITING and done_bytes == total_bytes:
            os.truncate(medium.path / "sukamara" / f".part-{NAME}" / "master.dmp", 512)

    with pytest.raises(ReadBackError):
        copy_night(source, medium, progress)
    assert names(medium) == []


def test_a_source_that_changes_while_it_is_copied(tmp_path, medium):
    source = publish_night(tmp_path)
    plan = plan_of(source, medium)
    (source.path / "master.dmp").write_bytes(b"another")
    with pytest.raises(VanishedError, match="berubah"):
        copy.apply(plan, source, progress=silent, monotonic=time.monotonic)
    (source.path / "master.dmp").unlink()
    with pytest.raises(VanishedError, match=r"master\.dmp"):
        copy.apply(plan, source, progress=silent, monotonic=time.monotonic)
    assert names(medium) == []


def test_two_copies_of_one_server_at_once(tmp_path, medium):
    source = publish_night(tmp_path)
    reached, go_on = threading.Event(), threading.Event()

    def wait(phase, done_bytes, total_bytes):
        reached.set()
        assert go_on.wait(10)

    first = []
    thread = threading.Thread(target=lambda: first.append(copy_night(source, medium, wait)))
    thread.start()
    assert reached.wait(10)
    with pytest.raises(MediumError, match="proses lain"):
        copy_night(source, medium)
    go_on.set()
    thread.join()
    assert first[0].path.name == NAME
    assert names(medium) == [NAME]


def test_a_name_taken_while_copying_leads_to_the_next(tmp_path, medium):
    source = publish_night(tmp_path)

    def take(phase, done_bytes, total_bytes):
        (medium.path / "sukamara" / NAME).mkdir(exist_ok=True)

    assert copy_night(source, medium, take).path.name == f"{NAME}_2"


def test_killed_at_every_step_leaves_no_half_folder(tmp_path, medium):
    source = publish_night(tmp_path, sizes=(3000, 2000))
    earlier = copy_night(publish_night(tmp_path, "run-0", base="21nov2026"), medium)
    before = tree(earlier.path)
    kills = 0
    for _ in killed_at_every_step(lambda _: copy_night(source, medium)):
        kills += 1
        final = medium.path / "sukamara" / NAME
        if final.exists():
            prove(read_folder(final))
        copied = copy_night(source, medium)
        assert copied.path == final
        assert tree(final) == tree(source.path)
        assert tree(earlier.path) == before
        assert names(medium) == ["21nov2026", NAME]
        for path in final.iterdir():
            path.unlink()
        final.rmdir()
    assert kills > 20


def test_killed_at_any_moment_of_a_long_copy(tmp_path, medium):
    source = publish_night(tmp_path, sizes=(24 * 1024 * 1024,))
    began = time.monotonic()
    final = copy_night(source, medium).path
    usual_s = time.monotonic() - began
    chance = random.Random(620899)
    for _ in range(15):
        for path in final.iterdir() if final.exists() else ():
            path.unlink()
        if final.exists():
            final.rmdir()
        child = os.fork()
        if child == 0:
            copy_night(source, medium)
            os._exit(0)
        time.sleep(chance.uniform(0, usual_s))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if final.exists():
            prove(read_folder(final))
    copied = copy_night(source, medium)
    assert copied.path == final
    assert names(medium) == [NAME]


def test_media_that_cannot_be_used(tmp_path, medium):
    with pytest.raises(MediumError, match="tidak ditemukan") as caught:
        Medium(tmp_path / "absent", "DISK-07").demand_usable(mount_required=False)
    assert "DISK-07" in caught.value.where
    with pytest.raises(MediumError, match="titik mount"):
        medium.demand_usable(mount_required=True)
    medium.demand_usable(mount_required=False)
    with pytest.raises(MediumError, match="media penuh, perlu"):
        medium.demand_room(10**18)
    medium.demand_room(10**18, reclaimable_bytes=10**18)


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
def test_what_the_system_answers_becomes_what_to_do(medium, code, words, remedy):
    with pytest.raises(MediumError, match=words) as caught, medium.errors():
        raise OSError(code, os.strerror(code))
    assert remedy in caught.value.remedy
    assert caught.value.where == f"media DISK-01, {medium.path}"


@on_small_disk(size_kib=2048)
def test_a_mounted_medium(tmp_path, disk):
    medium = Medium(disk.path, "DISK-01")
    medium.demand_usable(mount_required=True)
    source = publish_night(tmp_path)
    assert tree(copy_night(source, medium).path) == tree(source.path)


@on_small_disk(size_kib=2048)
def test_a_read_only_medium(tmp_path, disk):
    medium = Medium(disk.path, "DISK-01")
    source = publish_night(tmp_path)
    plan = plan_of(source, medium)
    disk.remount("ro")
    with pytest.raises(MediumError, match="tidak dapat ditulisi"):
        medium.demand_usable(mount_required=True)
    with pytest.raises(MediumError, match="tidak dapat ditulisi"):
        copy.apply(plan, source, progress=silent, monotonic=time.monotonic)
    assert not list(disk.path.iterdir())


@on_small_disk(size_kib=2048)
def test_a_medium_too_small_is_told_before(tmp_path, disk):
    source = publish_night(tmp_path, sizes=(3_000_000,))
    with pytest.raises(MediumError, match="media penuh, perlu 3,0 MB"):
        plan_of(source, Medium(disk.path, "DISK-01"))
    assert not list(disk.path.iterdir())


@on_small_disk(size_kib=2048)
def test_a_medium_that_fills_up_meanwhile(tmp_path, disk):
    medium = Medium(disk.path, "DISK-01")
    earlier = copy_night(publish_night(tmp_path, "run-0", base="21nov2026"), medium)
    before = tree(earlier.path)
    source = publish_night(tmp_path, sizes=(1_000_000,))
    plan = plan_of(source, medium)
    filler = disk.fill(leave_bytes=200_000)
    with pytest.raises(MediumError, match="media penuh") as caught:
        copy.apply(plan, source, progress=silent, monotonic=time.monotonic)
    assert "DISK-01" in caught.value.where
    assert "ganti media" in caught.value.remedy
    assert names(medium) == ["21nov2026"]
    assert tree(earlier.path) == before
    filler.unlink()
    assert copy_night(source, medium).path.name == NAME


@on_small_disk(size_kib=8192)
def test_a_medium_that_goes_away_while_it_is_written(tmp_path, disk):
    medium = Medium(disk.path, "DISK-01")
    source = publish_night(tmp_path, sizes=(1_000_000, 1_000_000))
    gone = []

    def unplug(phase, done_bytes, total_bytes):
        if not gone:
            disk.unmount()
            gone.append(True)

    with pytest.raises(MediumError, match="terputus") as caught:
        copy_night(source, medium, unplug)
    assert "DISK-01" in caught.value.where
    assert not list(disk.path.iterdir()), "something was written under the mount point"
