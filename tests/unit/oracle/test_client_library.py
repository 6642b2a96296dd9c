# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest
from siak_backup.errors import ConfigError
from siak_backup.oracle.client_library import examine

ELF = Path(sys.executable).resolve().read_bytes()[:64]


def install(folder, content=ELF, name="libclntsh.so.19.1"):
    (folder / name).write_bytes(content)
    return folder


def test_a_library_for_this_machine_is_named(tmp_path):
    assert examine(install(tmp_path)) == "libclntsh.so.19.1"
    assert examine(tmp_path, machine=platform.machine()) == "libclntsh.so.19.1"


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (ELF[:18] + (0xB7).to_bytes(2, sys.byteorder), "aarch64"),
        (ELF[:18] + (0x03).to_bytes(2, sys.byteorder), "i686"),
        (ELF[:18] + (0x1234).to_bytes(2, sys.byteorder), "prosesor nomor 4660"),
        (ELF[:5] + b"\x02" + ELF[6:18] + b"\x00\x16", "s390x"),
        (ELF[:10], "bukan Linux"),
        (b"MZ" + bytes(64), "bukan Linux"),
    ],
)
def test_a_library_for_another_machine_is_refused(tmp_path, head, told):
    with pytest.raises(ConfigError, match=told) as refused:
        examine(install(tmp_path, head), machine="x86_64")
    assert "Instant Client Basic untuk x86_64" in refused.value.remedy


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(ConfigError, match="tidak memuat"):
        examine(tmp_path)
    with pytest.raises(ConfigError, match="tidak ada"):
        examine(tmp_path / "none")


def test_the_newest_of_several_names_counts(tmp_path):
    install(tmp_path)
    for old in ("libclntsh.so", "libclntsh.so.11.1", "libclntsh.so.12.1"):
        (tmp_path / old).symlink_to("libclntsh.so.19.1")
    assert examine(tmp_path) == "libclntsh.so.19.1"


@pytest.mark.parametrize(
    ("name", "driver", "is_taken"),
    [
        ("libclntsh.so.12.1", "26.1.0", False),
        ("libclntsh.so.18.1", "4.0.0", False),
        ("libclntsh.so.11.1", "3.4.2", True),
        ("libclntsh.so.12.1", "3.4.2", True),
        ("libclntsh.so.21.1", "26.1.0", True),
        ("libclntsh.so", "26.1.0", True),
    ],
)
def test_a_client_must_suit_the_driver(tmp_path, name, driver, is_taken):
    install(tmp_path, name=name)
    if is_taken:
        assert examine(tmp_path, driver=driver) == name
        return
    with pytest.raises(ConfigError, match=f"terlalu tua untuk oracledb {driver}") as refused:
        examine(tmp_path, driver=driver)
    assert "requirements/oracle10g.txt" in refused.value.remedy
    assert "Instant Client 19" in refused.value.remedy


def test_what_cannot_be_read_is_said(tmp_path):
    (tmp_path / "libclntsh.so").mkdir()
    with pytest.raises(ConfigError, match="tidak dapat dibaca"):
        examine(tmp_path)
