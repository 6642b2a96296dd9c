# SPDX-License-Identifier: GPL-3.0-or-later
"""Small file systems of a test's own, in a mount namespace that dies with its process."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

_CLONE_NEWNS = 0x20000
_MS_REC_PRIVATE = 0x4000 | 1 << 18


def _own_namespace() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNS) != 0 or libc.mount(None, b"/", None, _MS_REC_PRIVATE, None) != 0:
        raise OSError(ctypes.get_errno(), "no mount namespace")


def _in_child(act: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        _own_namespace()
        act()
        code = 0
    except BaseException:  # noqa: BLE001 - a forked child must never return into pytest
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _can_mount() -> bool:
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        return os.geteuid() == 0 and _in_child(lambda: Disk(Path("/mnt")).mount("size=64k")) == 0
    return False


@dataclass(frozen=True)
class Disk:
    """A tmpfs that plays a disk."""

    path: Path

    def mount(self, options: str) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.path], check=True, capture_output=True)

    def remount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", self.path], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", self.path], check=True)

    def fill(self, leave_bytes: int = 0) -> Path:
        """Write until nothing but `leave_bytes` fits; return the file that takes the room."""
        path = self.path / "filler"
        status = os.statvfs(self.path)
        path.write_bytes(b"x" * max(0, status.f_bavail * status.f_frsize - leave_bytes))
        return path


def on_small_disk(size_kib: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run the test in a child process, with a tmpfs of that size mounted at `tmp_path/disk`.

    The test takes `tmp_path` and gets `disk` as well; it skips where mounting is not allowed.
    """

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        def in_child(tmp_path: Path, **fixtures: object) -> None:
            def act() -> None:
                disk = Disk(tmp_path / "disk")
                disk.path.mkdir()
                disk.mount(f"size={size_kib}k")
                test(tmp_path, disk, **fixtures)

            assert _in_child(act) == 0, "see the child's traceback"

        in_child.__name__, in_child.__doc__ = test.__name__, test.__doc__
        return pytest.mark.skipif(not _mounting_allowed(), reason="mounting is not allowed here")(in_child)

    return decorate


@functools.cache
def _mounting_allowed() -> bool:
    return _can_mount()
