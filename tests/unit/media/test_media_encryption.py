# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/media-encryption.md: with the key and two programs anybody opens a copy by its commands, as they stand."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from siak_backup.media.encode import Encoding

from tests.unit.archive.nights import publish_night
from tests.unit.media.encoded import need_programs

PAGE = Path(__file__).resolve().parents[3] / "docs" / "media-encryption.md"
MAKE_KEY, SHOW_KEY, OPEN, OPEN_COMPRESSED, COMPARE = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def sh(commands, folder):
    return subprocess.run(["sh", "-c", commands], cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def disk(tmp_path):
    """A folder as it lies on a disk, with the key beside it."""
    need_programs("age", "age-keygen", "zstd")
    night = publish_night(tmp_path / "arsip", sizes=(300_000,))
    folder = tmp_path / "disk"
    folder.mkdir()
    shutil.copy(night.path / "manifest.json", folder)
    assert sh(MAKE_KEY, folder).returncode == 0
    recipient = sh(SHOW_KEY, folder).stdout.strip()
    for encoding in (Encoding(recipients=(recipient,)), Encoding(compress=True, recipients=(recipient,))):
        encoding.check()
        with (
            (night.path / "master.dmp").open("rb") as plain,
            (folder / f"master.dmp{encoding.suffix}").open("xb") as stored,
        ):
            encoding.pump(plain, stored)
    return folder, (night.path / "master.dmp").read_bytes()


@pytest.mark.parametrize("command", [OPEN, OPEN_COMPRESSED], ids=["age", "age and zstd"])
def test_the_commands_open_a_copy_and_prove_it(disk, command):
    folder, dump = disk
    opened = sh(command, folder)
    assert (opened.returncode, opened.stderr) == (0, "")
    assert (folder / "master.dmp").read_bytes() == dump
    assert '"sha256":' in sh(COMPARE, folder).stdout
    (folder / "master.dmp").write_bytes(dump[:-1])
    told = sh(COMPARE, folder)
    assert (told.returncode, told.stdout) == (1, "")
    (folder / "master.dmp").unlink()
    told = sh(COMPARE, folder)
    assert (told.returncode, told.stdout) == (1, "")


def test_a_flipped_bit_or_a_cut_file_is_an_error(disk):
    folder, _ = disk
    stored = (folder / "master.dmp.age").read_bytes()
    flipped = bytearray(stored)
    flipped[150_000] ^= 1
    for damaged in (bytes(flipped), stored[:-1], stored[: len(stored) // 2]):
        (folder / "master.dmp.age").write_bytes(damaged)
        opened = sh(OPEN, folder)
        assert opened.returncode == 1
        assert "age: error" in opened.stderr


def test_another_key_opens_nothing(disk):
    folder, _ = disk
    (folder / "kunci.txt").unlink()
    assert sh(MAKE_KEY, folder).returncode == 0
    opened = sh(OPEN, folder)
    assert opened.returncode == 1
    assert "no identity matched" in opened.stderr
