# SPDX-License-Identifier: GPL-3.0-or-later
"""Registering a medium, typed as an operator types it."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest
from night import BIN, ROOT, Night
from siak_backup.errors import WrongMediumError
from siak_backup.media.identify import identify
from siak_backup.media.marker import MARKER_NAME, read_marker

from tests.unit.media.desk import slot_of

pytestmark = pytest.mark.play


def typed(night: Night, options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / "ansible-playbook"), "playbooks/media_register.yml", *shlex.split(options)],
        cwd=ROOT,
        env=night.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_medium_is_registered_once_and_leaves_no_trace_in_the_agenda(night: Night) -> None:
    disk = night.medium / "disk"
    disk.mkdir(parents=True)
    (disk / "milik orang.txt").write_text("tetap")
    options = (
        f"-e dir={disk} -e label=DISK-01 -e serial=WX41A89 -e kind=flashdisk -e mount_required=false"
        " -e \"purpose='cadangan harian'\" -e group=harian"
    )
    looked = typed(night, f"{options} --check --diff")
    assert looked.returncode == 0, looked.stdout + looked.stderr
    assert "DISK-01" in looked.stdout
    assert [path.name for path in disk.iterdir()] == ["milik orang.txt"]

    done = typed(night, options)
    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads((disk / MARKER_NAME).read_text())
    told = {name: written[name] for name in ("label", "serial", "kind", "purpose", "group")}
    assert told == {
        "label": "DISK-01",
        "serial": "WX41A89",
        "kind": "flashdisk",
        "purpose": "cadangan harian",
        "group": "harian",
    }
    assert sorted(path.name for path in disk.iterdir()) == [MARKER_NAME, "milik orang.txt"]
    assert not night.agenda.exists()

    again = typed(night, options)
    assert "changed=0" in again.stdout
    other = typed(night, options.replace("WX41A89", "WX41A90"))
    assert other.returncode == 2
    assert "SIAK-502" in other.stdout + other.stderr
    assert json.loads((disk / MARKER_NAME).read_text()) == written


def test_the_command_of_the_message_registers(night: Night) -> None:
    """At the place a desktop mounts a disk at, with a blank in it."""
    disk = night.medium / "My Passport"
    disk.mkdir(parents=True)
    slot = slot_of(disk, "DISK-02")
    with pytest.raises(WrongMediumError) as caught:
        identify(slot)
    done = typed(night, caught.value.remedy.split("media_register.yml ")[1])
    assert done.returncode == 0, done.stdout + done.stderr
    assert identify(slot).label == "DISK-02"


def test_a_folder_is_no_disk(night: Night) -> None:
    disk = Path(night.medium)
    disk.mkdir(parents=True)
    done = typed(night, f"-e dir={disk} -e label=DISK-01")
    assert done.returncode == 2
    assert "titik mount" in done.stdout + done.stderr
    assert read_marker(disk) is None
