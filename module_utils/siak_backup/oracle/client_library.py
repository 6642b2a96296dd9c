# SPDX-License-Identifier: GPL-3.0-or-later
"""Oracle's client libraries on disk: there, and for this processor and driver. Nothing is loaded here."""

from __future__ import annotations

import platform
import re
import sys
from typing import TYPE_CHECKING, Final

import oracledb

from ..errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY: Final = "libclntsh.so"

_INSTANT_CLIENT = "pasang Oracle Instant Client Basic untuk {machine} dan isi client_lib_dir dengan foldernya"

#: ELF's e_machine, as platform.machine() calls the processor.
_MACHINES = {0x03: "i686", 0x3E: "x86_64", 0xB7: "aarch64", 0x15: "ppc64le", 0x16: "s390x"}

#: python-oracledb's release notes: 4.0 dropped the clients before 19c.
_OLDEST_CLIENT = 19
_FIRST_DRIVER_WITHOUT_OLDER = 4

_RELEASE = re.compile(r"libclntsh\.so\.(\d+)\.\d+")

_ELF = b"\x7fELF"
_HEAD_BYTES = 20


def examine(lib_dir: Path, *, machine: str | None = None, driver: str = oracledb.__version__) -> str:
    """Return the name of the library in `lib_dir` that this process could load.

    `machine` is the processor as `platform.machine()` names it, by default
    this one's; `driver` is python-oracledb's version.

    Raises:
        ConfigError: the folder is not there, holds no client library, one for
            another processor, or one too old for the driver.
    """
    machine = machine or platform.machine()
    where = str(lib_dir)
    remedy = _INSTANT_CLIENT.format(machine=machine)
    if not lib_dir.is_dir():
        raise ConfigError("folder Oracle Instant Client tidak ada", where=where, remedy=remedy)
    # newer clients come with links by the names of older ones
    found = {path.resolve() for path in lib_dir.glob(f"{LIBRARY}*")}
    library = max(found, key=lambda path: (_release(path) or 0, path.name), default=None)
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
    release = _release(library)
    if (
        release is not None
        and release < _OLDEST_CLIENT
        and int(driver.partition(".")[0]) >= _FIRST_DRIVER_WITHOUT_OLDER
    ):
        raise ConfigError(
            f"Oracle Client {release} terlalu tua untuk oracledb {driver}, yang perlu {_OLDEST_CLIENT} atau lebih baru",
            where=str(library),
            remedy="untuk server 11.2 pasang Oracle Instant Client 19; untuk server 10.2 atau 11.1 pakai driver dari "
            "requirements/oracle10g.txt (docs/connections.md)",
        )
    return library.name


def _release(library: Path) -> int | None:
    """Return the client's major release by the library's name; None where it bears none."""
    match = _RELEASE.fullmatch(library.name)
    return int(match[1]) if match else None


def _machine(head: bytes) -> str:
    """Return the processor that an ELF file is for."""
    if len(head) < _HEAD_BYTES or not head.startswith(_ELF):
        return "yang bukan Linux"
    number = int.from_bytes(head[18:20], "big" if head[5] == 2 else sys.byteorder)
    return _MACHINES.get(number, f"prosesor nomor {number}")
