# SPDX-License-Identifier: GPL-3.0-or-later
"""Oracle's client libraries on disk: there, and made for this machine's processor. Nothing is loaded here."""

from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING, Final

from ..errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY: Final = "libclntsh.so"

_INSTANT_CLIENT = "pasang Oracle Instant Client Basic untuk {machine} dan isi client_lib_dir dengan foldernya"

#: ELF's e_machine, as platform.machine() calls the processor.
_MACHINES = {0x03: "i686", 0x3E: "x86_64", 0xB7: "aarch64", 0x15: "ppc64le", 0x16: "s390x"}

_ELF = b"\x7fELF"
_HEAD_BYTES = 20


def examine(lib_dir: Path, *, machine: str | None = None) -> str:
    """Return the name of the library in `lib_dir` that this process could load.

    `machine` is the processor as `platform.machine()` names it, by default
    this one's.

    Raises:
        ConfigError: the folder is not there, holds no client library, or one
            for another processor.
    """
    machine = machine or platform.machine()
    where = str(lib_dir)
    remedy = _INSTANT_CLIENT.format(machine=machine)
    if not lib_dir.is_dir():
        raise ConfigError("folder Oracle Instant Client tidak ada", where=where, remedy=remedy)
    library = next(iter(sorted(lib_dir.glob(f"{LIBRARY}*"))), None)
    if library is None:
        raise ConfigError(f"folder itu tidak memuat {LIBRARY}", where=where, remedy=remedy)
    try:
        with library.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise ConfigError(
            "pustaka Oracle Client tidak dapat dibaca", where=str(library), remedy="periksa izin berkas itu"
        ) from error
    made_for = _machine(head)
    if made_for != machine:
        raise ConfigError(
            f"pustaka Oracle Client dibuat untuk {made_for}, mesin ini {machine}", where=str(library), remedy=remedy
        )
    return library.name


def _machine(head: bytes) -> str:
    """Return the processor that an ELF file is for."""
    if len(head) < _HEAD_BYTES or not head.startswith(_ELF):
        return "yang bukan Linux"
    number = int.from_bytes(head[18:20], "big" if head[5] == 2 else sys.byteorder)
    return _MACHINES.get(number, f"prosesor nomor {number}")
