# SPDX-License-Identifier: GPL-3.0-or-later
"""The copy itself is killed, doubled, deceived; and the system's calls fail under it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from siak_backup.errors import VanishedError
from siak_backup.media import history
from siak_backup.media.deliver import deliver
from siak_backup.media.rotation import offsite_warnings

from tests.filesystems.disks import with_disks
from tests.filesystems.faults import Fault, Shim
from tests.filesystems.kinds import BTRFS, EXFAT, EXT4, MIB, XFS
from tests.media_faults.office import NAME, Office, once
from tests.unit.archive.nights import tree

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parents[2]
ROOM = 400 * MIB
LOST, LARGE = "terputus atau rusak", "terlalu besar"


def start(office, **environment):
    """Begin a copy in another process."""
    paths = f"{ROOT}/module_utils:{ROOT}"
    disks = [str(disk.path) for disk in office.disks]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.media_faults.copying", str(office.night.path), *disks],
        env=os.environ | {"PYTHONPATH": paths} | environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process):
    output, trouble = process.communicate(timeout=60)
    assert process.returncode == 0, trouble
    return json.loads(output)


@with_disks(EXT4, XFS, EXFAT)
def test_killed_at_every_stage(tmp_path, disks):
    """Stages are moments of one copy, evenly spread from its first call to its last, thirty of them."""
    disk = disks.insert(size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk, sizes=(16 * MIB, 4 * MIB))
    server_dir = disk.path / "sukamara"
    began = time.monotonic()
    assert ended(start(office))[0]["proven"]
    usual_s = time.monotonic() - began
    chance = random.Random(620899)
    resumed = 0
    for turn in range(30):
        remove(server_dir / NAME)
        process = start(office)
        time.sleep(usual_s * (turn + chance.random()) / 30)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        office.assert_untouched()
        resumed += again(office).resumed
        assert tree(server_dir / NAME) == tree(office.night.path)
        office.assert_untouched()
    assert resumed > 0


def again(office):
    """Copy again; the killed copy's carrier may need a moment to see that its parent is gone."""
    deadline = time.monotonic() + 20
    while True:
        (outcome,) = office.copy().outcomes
        if outcome.is_proven:
            return outcome
        assert "proses lain" in str(outcome.error)
        assert time.monotonic() < deadline
        time.sleep(0.05)


def remove(folder):
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


@with_disks(EXT4, XFS, BTRFS, EXFAT)
def test_two_runs_at_once(tmp_path, disks):
    office = Office.with_disks(tmp_path, disks.insert(size_bytes=ROOM), sizes=(48 * MIB, MIB))
    seconds = []
    (first,) = office.copy(progress=once(lambda: seconds.append(office.copy().outcomes[0]))).outcomes
    assert first.is_proven, first.error
    office.assert_told(seconds[0], "SIAK-500", "proses lain")
    office.assert_recovers()


@with_disks(EXT4, EXFAT)
def test_the_source_changes_while_it_is_read(tmp_path, disks):
    office = Office.with_disks(tmp_path, disks.insert(size_bytes=ROOM), sizes=(96 * MIB,))
    dump = office.night.path / "master.dmp"
    before = dump.read_bytes()

    def change():
        with dump.open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            file.write(bytes([before[-1] ^ 1]))

    with pytest.raises(VanishedError, match="berubah"):
        office.copy(progress=once(change))
    office.assert_untouched()
    dump.write_bytes(before)
    office.assert_recovers()


@with_disks(EXT4, EXFAT)
def test_the_clock_is_set_back(tmp_path, disks):
    office = Office.with_disks(tmp_path, disks.insert(size_bytes=ROOM))
    past = datetime.now(UTC) - timedelta(days=400)
    request = office.request()
    request = type(request)(**(request.__dict__ | {"clock": lambda: past}))
    delivery = deliver(request, office.night, request.slots, progress=lambda *_: None, monotonic=time.monotonic)
    assert delivery.outcomes[0].is_proven
    office.assert_untouched()
    told = history.read(request.history_path)
    assert [copy.night for copy in told.copies] == ["21nov2026", NAME]
    # Set right again, the clock finds a copy that looks old, and warns too early rather than too late.
    sentences = offsite_warnings(told, now=datetime.now(UTC), offsite_days=7, present_labels=())
    assert any("salinan terbaru di luar gedung" in sentence for sentence in sentences)


@with_disks(EXT4, XFS, EXFAT)
def test_a_write_fails(tmp_path, disks):
    faulted(
        tmp_path, disks, Fault("write", "EIO", at_byte=5 * MIB, pattern="*.dmp.part"), "SIAK-500", "terputus atau rusak"
    )


@with_disks(EXT4, XFS, EXFAT)
def test_the_disk_is_full_at_a_byte(tmp_path, disks):
    faulted(tmp_path, disks, Fault("write", "ENOSPC", at_byte=3 * MIB, pattern="*.dmp.part"), "SIAK-500", "media penuh")


@with_disks(EXT4, EXFAT)
def test_the_quota_is_used_up(tmp_path, disks):
    faulted(tmp_path, disks, Fault("write", "EDQUOT", at_byte=MIB, pattern="*.dmp.part"), "SIAK-500", "media penuh")


@with_disks(EXT4, EXFAT)
def test_a_file_is_too_large_for_the_file_system(tmp_path, disks):
    faulted(
        tmp_path, disks, Fault("write", "EFBIG", at_byte=2 * MIB, pattern="*.dmp.part"), "SIAK-500", "terlalu besar"
    )


@with_disks(EXT4, XFS, EXFAT)
def test_a_write_is_lost_without_a_word(tmp_path, disks):
    faulted(tmp_path, disks, Fault("write", "drop", at_byte=4 * MIB, pattern="*.dmp.part"), "SIAK-501", "tidak sama")


@with_disks(EXT4, XFS, EXFAT)
def test_making_it_durable_fails(tmp_path, disks):
    faulted(tmp_path, disks, Fault("sync", "EIO", pattern="*.dmp.part"), "SIAK-500", LOST)


@with_disks(EXT4, XFS, EXFAT)
def test_reading_back_fails(tmp_path, disks):
    faulted(tmp_path, disks, Fault("read", "EIO", at_byte=2 * MIB, pattern="*.dmp"), "SIAK-500", LOST)


@with_disks(EXT4, XFS, EXFAT)
def test_reading_back_gives_another_bit(tmp_path, disks):
    faulted(tmp_path, disks, Fault("read", "flip", at_byte=7 * MIB, pattern="*.dmp"), "SIAK-501", "tidak sama")


@with_disks(EXT4, EXFAT)
def test_a_write_never_ends(tmp_path, disks):
    fault = Fault("write", "hang", at_byte=MIB, seconds=60, pattern="*.dmp.part")
    faulted(tmp_path, disks, fault, "SIAK-503", "tidak merespons")


@with_disks(EXT4, EXFAT)
def test_reading_back_never_ends(tmp_path, disks):
    fault = Fault("read", "hang", at_byte=MIB, seconds=60, pattern="*.dmp")
    faulted(tmp_path, disks, fault, "SIAK-503", "tidak merespons")


def faulted(tmp_path, disks, fault, code, words):
    """Copy to two disks, the calls on one of which fail: it alone is lost, truly told, and copied the next time."""
    disk, other = disks.insert("satu", size_bytes=ROOM), disks.insert("dua", EXT4, size_bytes=ROOM)
    office = Office.with_disks(tmp_path, disk, other, sizes=(12 * MIB,))
    shim = Shim.built(tmp_path / "shim", disk.path)
    shim.force(fault)
    first, second = ended(start(office, **shim.environment()))
    assert shim.arrived(), "the fault did not arrive"
    assert not first["proven"]
    assert first["error"].startswith(code), first["error"]
    assert words in first["error"]
    assert "DISK-01" in first["error"]
    assert second["proven"], second["error"]
    shim.lift()
    office.assert_untouched()
    again_for_two(office)


def again_for_two(office):
    deadline = time.monotonic() + 20
    outcomes = office.copy().outcomes
    while not all(outcome.is_proven for outcome in outcomes):
        assert "proses lain" in str(outcomes[0].error), outcomes
        assert time.monotonic() < deadline
        time.sleep(0.05)
        outcomes = office.copy().outcomes
    office.assert_untouched()
