# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file system a medium has, by which UUID it is known, and what it cannot hold."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .mounts import Mount

#: The largest file FAT32 holds: its size field has 32 bits.
FAT_MOST_BYTES: Final = 2**32 - 1

#: Kernel's names (or blkid's, for what is served by a FUSE program) -> the name used here.
_NAMES: Final = {
    "ext2": "ext2", "ext3": "ext3", "ext4": "ext4", "xfs": "xfs", "btrfs": "btrfs", "f2fs": "f2fs",
    "vfat": "vfat", "msdos": "vfat", "fuse.fusefat": "vfat", "fuse.fusefatfs": "vfat", "fusefat": "vfat",
    "exfat": "exfat", "fuse.exfat": "exfat", "fuse.exfat-fuse": "exfat",
    "ntfs": "ntfs", "ntfs3": "ntfs", "fuse.ntfs-3g": "ntfs",
}  # fmt: skip

_CASELESS: Final = frozenset({"vfat", "exfat", "ntfs"})

_BY_UUID = Path("/dev/disk/by-uuid")
_SYS_BLOCK = Path("/sys/dev/block")
_BLKID_LIMIT_S = 10.0


@dataclass(frozen=True)
class FileSystem:
    """A file system that the copy knows.

    `uuid` is empty where nobody can tell it, `most_file_bytes` None where no dump comes near the limit. `is_fuse`
    says that a program serves it, which may answer from its own memory.
    """

    name: str
    uuid: str = ""
    volume_label: str = ""
    is_fuse: bool = False
    is_removable: bool = False

    @property
    def most_file_bytes(self) -> int | None:
        """Bytes of the largest file."""
        return FAT_MOST_BYTES if self.name == "vfat" else None

    @property
    def ignores_case(self) -> bool:
        """Whether names that differ in case alone are the same."""
        return self.name in _CASELESS


def file_system_of(mount: Mount) -> FileSystem | None:
    """Return the file system of a mount, None if it is not one the copy knows. May ask `blkid`, for 10 s at most."""
    told = _blkid(mount.source) if mount.fs_type == "fuseblk" or not _uuid_by_link(mount) else {}
    name = _NAMES.get(told.get("TYPE", "") if mount.fs_type == "fuseblk" else mount.fs_type)
    if name is None:
        return None
    return FileSystem(
        name,
        uuid=_uuid_by_link(mount) or told.get("UUID", ""),
        volume_label=told.get("LABEL", ""),
        is_fuse=mount.fs_type.startswith("fuse"),
        is_removable=_is_removable(mount.device),
    )


def _uuid_by_link(mount: Mount) -> str:
    """Return the UUID that udev gives the mount's device, or nothing."""
    try:
        device, links = Path(mount.source).stat().st_rdev, sorted(_BY_UUID.iterdir())
    except OSError:
        return ""
    for link in links if device else ():
        with contextlib.suppress(OSError):  # a link may outlive another device for a moment
            if link.stat().st_rdev == device:
                return link.name
    return ""


def _blkid(source: str) -> dict[str, str]:
    """Return what blkid(8) reads from a device or image itself: TYPE, UUID, LABEL; nothing where it may not read."""
    program = shutil.which("blkid", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None or not source.startswith("/"):
        return {}
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program and a path the kernel gave
            [program, "-p", "-o", "export", source], capture_output=True, text=True, timeout=_BLKID_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def _is_removable(device: str) -> bool:
    """Tell whether sysfs calls a block device, or the disk a partition is of, removable, as flash disks are."""
    here = _SYS_BLOCK / device
    for path in (here / "removable", here / ".." / "removable"):
        with contextlib.suppress(OSError):
            return path.read_text(encoding="ascii").strip() == "1"
    return False
