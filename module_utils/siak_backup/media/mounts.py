# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel says is mounted, from /proc/self/mountinfo (proc_pid_mountinfo(5))."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_MOUNTINFO = Path("/proc/self/mountinfo")

#: Blank, tab, newline and backslash are written as three octal digits.
_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True)
class Mount:
    """One mount: where, of which kind, from what.

    `device` is `major:minor`, `options` are those of the mount and of the superblock.
    """

    path: Path
    fs_type: str
    source: str
    device: str
    options: frozenset[str]

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be written, be it by the mount or by the file system."""
        return "ro" in self.options


def parse_mountinfo(text: str) -> tuple[Mount, ...]:
    """Return the mounts of a mountinfo text, in its order; a line that is none is passed over."""
    mounts = []
    for line in text.split("\n"):  # the kernel escapes this one alone, splitlines() knows ten more
        before, _, after = line.partition(" - ")
        mine, of_system = before.split(" "), after.split(" ")
        if len(mine) >= 6 and len(of_system) >= 3:
            options = frozenset((*mine[5].split(","), *of_system[2].split(",")))
            mounts.append(Mount(Path(_plain(mine[4])), of_system[0], _plain(of_system[1]), mine[2], options))
    return tuple(mounts)


def mount_at(path: Path, text: str | None = None) -> Mount | None:
    """Return what is mounted at a path, the latest where several are; None if it is no mount point. Raises OSError."""
    told = _MOUNTINFO.read_text(encoding="utf-8", errors="surrogateescape") if text is None else text
    real = path.resolve()
    return next((mount for mount in reversed(parse_mountinfo(told)) if mount.path == real), None)


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)), text)
