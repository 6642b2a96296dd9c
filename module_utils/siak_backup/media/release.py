# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets go of a medium after the night, so that a person may unplug it: flushed, unmounted, and said so."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..errors import MediumError, SiakError
from .ask import ask
from .identify import identify
from .mounts import mount_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .slot import Slot

#: A slow flash disk may hold back a long copy's last bytes; longer than this is a disk that hangs.
_LIMIT_S: Final = 300.0


@dataclass(frozen=True)
class Released:
    """What became of the medium of a slot; `sentence` is for people, in Indonesian."""

    label: str
    released: bool
    sentence: str


def plan(slots: Sequence[Slot]) -> tuple[Released, ...]:
    """Return what `apply` would do; changes nothing."""
    return tuple(_each(slot, dry=True) for slot in slots)


def apply(slots: Sequence[Slot]) -> tuple[Released, ...]:
    """Flush and unmount every medium that is one of the office's; none that stays is an error: its copy is proven."""
    return tuple(_each(slot, dry=False) for slot in slots)


def _each(slot: Slot, *, dry: bool) -> Released:
    try:
        label = ask(slot, lambda: identify(slot).label)
        if not slot.mount_required:
            return Released(label, released=False, sentence=f"media {label} adalah folder, tidak ada yang dilepas")
        if not dry:
            ask(slot, lambda: _unmount(slot, label), _LIMIT_S)
    except SiakError as error:
        return Released(slot.name, released=False, sentence=f"media {slot.name} BELUM boleh dicabut: {error}")
    return Released(label, released=True, sentence=f"media {label} boleh dicabut")


def _unmount(slot: Slot, label: str) -> None:
    where = f"media {label}, {slot.path}"
    program = shutil.which("umount", path=f"{os.environ.get('PATH', '')}:/bin:/sbin")
    if program is None:
        raise MediumError("program umount tidak ada", where=where, remedy="pasang paket mount")
    done = subprocess.run(  # noqa: S603 - a fixed program; umount(8) itself flushes, and refuses a disk in use
        [program, str(slot.path)], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode or mount_at(slot.path) is not None:
        raise MediumError(
            f"media tidak dapat dilepas, {done.stderr.strip() or 'masih terpasang'}",
            where=where,
            remedy="tutup program yang memakainya, atau beri opsi user pada /etc/fstab agar akun ini boleh melepas",
        )
