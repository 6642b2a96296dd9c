# SPDX-License-Identifier: GPL-3.0-or-later
"""The file systems of the offices' disks: how each is made, named and mounted here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True)
class Kind:
    """A file system and what mounts it.

    `make` takes (image, label, UUID as blkid prints it) and returns the commands that format the image; an empty label
    or UUID leaves the choice to the formatter. `daemon` takes (device, mount point, options) and returns the command
    of a FUSE file system; without it the kernel mounts `name`. `programs` are pairs of a program and its package.
    """

    name: str
    driver: str
    size_bytes: int
    programs: tuple[tuple[str, str], ...]
    make: Callable[[Path, str, str], list[list[str]]]
    daemon: Callable[[str, Path, str], list[str]] | None = None
    device_files: tuple[str, ...] = field(default=("/dev/loop-control",))

    def missing(self) -> str | None:
        """Say exactly why this file system cannot be mounted here, or None where nothing is known to forbid it."""
        if os.geteuid() != 0:
            return f"{self.name}: mounting needs root"
        for device in (*self.device_files, *(("/dev/fuse",) if self.daemon else ())):
            if not Path(device).exists():
                return f"{self.name}: {device} is not here"
        for program, package in self.programs:
            if shutil.which(program) is None:
                return f"{self.name}: {program} is not installed (Debian package {package})"
        return None

    def __str__(self) -> str:
        return self.name


def _optional(flag: str, value: str, prefix: str = "") -> list[str]:
    return [flag, prefix + value] if value else []


def _ext4(image: Path, label: str, uuid: str) -> list[list[str]]:
    # -m 0: root, who runs these tests, could write into the reserve after the disk is full.
    return [["mkfs.ext4", "-q", "-F", "-m", "0", *_optional("-L", label), *_optional("-U", uuid), str(image)]]


def _xfs(image: Path, label: str, uuid: str) -> list[list[str]]:
    return [["mkfs.xfs", "-q", "-f", *_optional("-L", label), *_optional("-m", uuid, "uuid="), str(image)]]


def _btrfs(image: Path, label: str, uuid: str) -> list[list[str]]:
    return [["mkfs.btrfs", "-q", "-f", *_optional("-L", label), *_optional("-U", uuid), str(image)]]


def _exfat(image: Path, label: str, uuid: str) -> list[list[str]]:
    # mkfs.exfat 1.2 draws the serial number by chance; only tune.exfat can set it.
    tune = [["tune.exfat", "-I", "0x" + uuid.replace("-", ""), str(image)]] if uuid else []
    return [["mkfs.exfat", *_optional("-L", label), str(image)], *tune]


def _vfat(image: Path, label: str, uuid: str) -> list[list[str]]:
    return [["mkfs.vfat", "-F", "32", *_optional("-n", label), *_optional("-i", uuid.replace("-", "")), str(image)]]


def _exfat_daemon(device: str, path: Path, options: str) -> list[str]:
    return ["mount.exfat-fuse", *_optional("-o", options), device, str(path)]


def _fat_daemon(device: str, path: Path, options: str) -> list[str]:
    # Without rw+ it mounts read-only; its own word for "I know that writing is experimental".
    # The mount table then names the device, as with the kernel's vfat, and its UUID can be found.
    chosen = options if "ro" in options.split(",") else ",".join(filter(None, ("rw+", options)))
    return ["fusefat", "-o", f"{chosen},fsname={device},subtype=fusefat", device, str(path)]


EXT4 = Kind("ext4", "kernel", 64 * MIB, (("mkfs.ext4", "e2fsprogs"),), _ext4)
XFS = Kind("xfs", "kernel", 320 * MIB, (("mkfs.xfs", "xfsprogs"),), _xfs)
BTRFS = Kind("btrfs", "kernel", 128 * MIB, (("mkfs.btrfs", "btrfs-progs"),), _btrfs)
EXFAT = Kind(
    "exfat",
    "exfat-fuse",
    64 * MIB,
    (("mkfs.exfat", "exfatprogs"), ("tune.exfat", "exfatprogs"), ("mount.exfat-fuse", "exfat-fuse")),
    _exfat,
    _exfat_daemon,
)
VFAT = Kind("vfat", "fusefat", 64 * MIB, (("mkfs.vfat", "dosfstools"), ("fusefat", "fusefat")), _vfat, _fat_daemon)

ALL = (EXT4, XFS, BTRFS, EXFAT, VFAT)
