# SPDX-License-Identifier: GPL-3.0-or-later
"""One disk: an image on a loop device, mounted, and what can befall it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import mmap
import os
import re
import signal
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.filesystems.kinds import Kind

_LIMIT_S = 20
_FORBIDDEN = re.compile(
    r"operation not permitted|permission denied|unknown filesystem type|no such device|not supported|"
    r"cannot find an unused loop device|fuse device not found|must be superuser",
    re.IGNORECASE,
)
_BLKFLSBUF = 0x1261  # linux/fs.h
_GOING_DOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN, _IOR('X', 125, __u32)
_NO_LOG_FLUSH = 2


@dataclass
class Disk:
    """A formatted image; mounted, `path` and `device` say where."""

    kind: Kind
    image: Path
    ran_on: list[str] = field(repr=False)
    path: Path = Path()
    device: str = ""
    daemon_pid: int | None = None

    def mount(self, path: Path, options: str = "") -> None:
        """Mount at the path, which may be another disk's; skip, with mount's own words, where it is not allowed."""
        self.path = path
        self.device = command(["losetup", "--find", "--show", str(self.image)]).strip()
        try:
            if self.kind.daemon:
                command(self.kind.daemon(self.device, path, options))
                self.daemon_pid = _process_of(self.device)
            else:
                chosen = ["-o", options] if options else []
                command(["mount", "-t", self.kind.name, *chosen, self.device, str(path)])
            if not _soon(lambda: self.mounted):
                raise AssertionError(f"{self.kind}: {path} did not become a mount point")
        finally:
            # Detached while in use, the kernel frees the device at the last close, whoever dies first: loop(4).
            command(["losetup", "--detach", self.device])
        self.ran_on.append(str(self))

    def remount(self, options: str) -> None:
        """Change the mount's options, as the kernel does with `ro` after an error."""
        command(["mount", "--internal-only", "-o", f"remount,{options}", str(self.path)])

    def unmount(self, *, lazy: bool = False) -> None:
        """Unmount; `lazy` takes the mount point away under open files, which go on: umount2(2), MNT_DETACH."""
        command(["umount", "--internal-only", *(["--lazy"] if lazy else []), str(self.path)])
        if not lazy and self.daemon_pid:
            # The next mount of the image must not meet a daemon that is still writing it.
            running = Path(f"/proc/{self.daemon_pid}")
            assert _soon(lambda: not running.exists()), f"{self.kind}: the daemon is still running"
            self.daemon_pid = None

    def pull(self) -> None:
        """Take the medium out: from now on every call on it, on open files too, is EIO (FUSE: ENOTCONN)."""
        if self.daemon_pid:
            self._signal(signal.SIGKILL)
            return
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(folder, _GOING_DOWN, struct.pack("I", _NO_LOG_FLUSH))
        except OSError as error:
            pytest.skip(f"{self.kind}: this kernel cannot shut it down: {error}")
        finally:
            os.close(folder)

    def stall(self) -> None:
        """Let the medium answer no more: every call on it waits, and cannot be killed, until `resume` or `pull`."""
        if not self.daemon_pid:
            pytest.skip(f"{self.kind}: only a FUSE file system can be stopped; use faults.Shim with hang")
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a stalled medium answer again."""
        self._signal(signal.SIGCONT)

    def fill(self, leave_bytes: int = 0) -> Path:
        """Write until no more than `leave_bytes` are free (to within some blocks); return the file that takes room."""
        filler = self.path / "filler"
        with filler.open("xb", buffering=0) as stream:
            while (room := self.free_bytes() - leave_bytes) > 0:
                try:
                    stream.write(bytes(min(room, 1 << 20)))
                    os.fsync(stream.fileno())
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    stream.truncate(max(0, os.fstat(stream.fileno()).st_size - leave_bytes))
                    break
        return filler

    def free_bytes(self) -> int:
        """Return the room that statvfs promises to a user."""
        status = os.statvfs(self.path)
        return status.f_bavail * status.f_frsize

    def flip_at_rest(self, file: Path, offset: int = 0) -> None:
        """Flip the lowest bit of the file's byte at `offset` on the medium, leaving what the kernel has cached.

        The place is found by the 512 bytes of the file from there on, which must be unlike any other on the disk.
        """
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
            wanted = os.pread(stream.fileno(), 512, offset)
        self._flush_device()
        with self.image.open("r+b") as image, mmap.mmap(image.fileno(), 0) as at_rest:
            places = [place for start, end in _data(image.fileno()) for place in _find_all(at_rest, wanted, start, end)]
            assert len(places) == 1, f"{len(places)} places on {self} hold these bytes of {file.name}"
            at_rest[places[0]] ^= 1
            at_rest.flush()
        self._flush_device()

    def identity(self) -> dict[str, str]:
        """Return what `blkid` reads from the medium: TYPE, LABEL, UUID."""
        said = command(["blkid", "--probe", "--output", "export", str(self.image)])
        return dict(line.split("=", 1) for line in said.splitlines() if "=" in line)

    @property
    def mounted(self) -> bool:
        """Whether this disk's mount point is in the mount table of the namespace."""
        return self.mountinfo() != ""

    def mountinfo(self) -> str:
        """Return the last line of /proc/self/mountinfo for the mount point: proc_pid_mountinfo(5)."""
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
        return next((line for line in reversed(lines) if line.split()[4] == str(self.path)), "")

    def end(self) -> None:
        """Leave no mount and no daemon, whatever state they are in."""
        if self.daemon_pid:
            self._signal(signal.SIGKILL)
        while self.path != Path() and self.mounted:
            command(["umount", "--internal-only", "--lazy", str(self.path)])

    def __str__(self) -> str:
        return f"{self.kind} by {self.kind.driver}, {self.image.stat().st_size >> 20} MiB on {self.device}"

    def _signal(self, number: signal.Signals) -> None:
        if self.daemon_pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.daemon_pid, number)

    def _flush_device(self) -> None:
        device = os.open(self.device, os.O_RDONLY)
        try:
            fcntl.ioctl(device, _BLKFLSBUF)
        finally:
            os.close(device)


def command(arguments: list[str]) -> str:
    """Run a program that does or does not leave a daemon; return its output, skip where the system forbids it."""
    with tempfile.TemporaryFile() as said:  # not a pipe: a daemon would keep it open
        code = subprocess.run(
            arguments, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, check=False, timeout=_LIMIT_S
        ).returncode
        said.seek(0)
        text = said.read().decode(errors="replace")
    if code != 0:
        message = f"{' '.join(arguments)}: exit code {code}: {text.strip()}"
        if _FORBIDDEN.search(text):
            pytest.skip(message)
        raise AssertionError(message)
    return text


def _soon(holds: object) -> bool:
    deadline = time.monotonic() + 5
    while not holds():  # type: ignore[operator]
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def _process_of(device: str) -> int | None:
    """Find the daemon that serves the device: the PID namespace has no one else's processes."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if device.encode() in (folder / "cmdline").read_bytes().split(b"\0"):
                return int(folder.name)
    return None


def _data(descriptor: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a sparse file that hold data: lseek(2), SEEK_DATA."""
    end = 0
    with contextlib.suppress(OSError):
        while True:
            start = os.lseek(descriptor, end, os.SEEK_DATA)
            end = os.lseek(descriptor, start, os.SEEK_HOLE)
            yield start, end


def _find_all(data: mmap.mmap, wanted: bytes, start: int, end: int) -> Iterator[int]:
    while (start := data.find(wanted, start, end)) >= 0:
        yield start
        start += 1
