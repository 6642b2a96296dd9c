# SPDX-License-Identifier: GPL-3.0-or-later
"""The medium is who it says: mounted, of a known file system, writable, with the marker of one that belongs here.

Every look touches the device and may hang with it: call these by `apart.call`.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shlex
from typing import TYPE_CHECKING

from ..errors import MediumError, WrongMediumError
from .filesystem import FileSystem, file_system_of
from .marker import MARKER_NAME, Marker, read_marker
from .medium import PLUG_IN, READ_ONLY_MEDIUM, Medium, meaning
from .mounts import mount_at

if TYPE_CHECKING:
    from pathlib import Path

    from .slot import Slot

#: What `open_regular` answers to whatever bears a file's name and is none.
_NO_REGULAR_FILE = (errno.EINVAL, errno.ELOOP)

#: A path that needs no quotes.
_BARE = re.compile(r"[A-Za-z0-9/._-]+")

#: What a folder that plays the disk is said to have.
FOLDER = FileSystem("folder")


def identify(slot: Slot) -> Medium:
    """Return the medium that stands in a slot.

    Raises:
        WrongMediumError: what is there has no sound marker, or is another medium.
        MediumError: nothing is there, or it cannot be used: read-only, or of an unknown file system.
    """
    where = f"media {slot.name}, {slot.path}"
    file_system = inspect(slot.path, where=where, mount_required=slot.mount_required)
    marker = marker_of(slot.path, where)
    if marker is None:
        raise _unregistered(slot, where)
    if marker.label.lower() not in {label.lower() for label in slot.labels}:
        raise WrongMediumError(
            f"yang terpasang adalah media {marker.label}, bukan {slot.name}",
            where=where,
            remedy=f"pasang media {slot.name}, atau tambahkan {marker.label} pada siak_media bila memang bergiliran",
        )
    if slot.mount_required:
        demand_uuid(file_system, where)
    if marker.fs_uuid != file_system.uuid:
        raise WrongMediumError(
            f"penanda {marker.label} dibuat untuk disk lain, UUID {marker.fs_uuid or '-'} bukan"
            f" {file_system.uuid or 'yang tidak terbaca'}",
            where=where,
            remedy=f"pasang disk {marker.label} yang asli; bila disk diformat ulang, hapus {MARKER_NAME} lalu"
            " daftarkan lagi",
        )
    return Medium(slot.path, marker.label, file_system, marker)


def demand_uuid(file_system: FileSystem, where: str) -> None:
    """Raise MediumError unless a disk's UUID is known: an empty one equals any other that nobody can read."""
    if not file_system.uuid:
        raise MediumError(
            "UUID sistem berkas tidak terbaca, media tidak dapat dikenali",
            where=where,
            remedy="pastikan udev menaruh tautannya di /dev/disk/by-uuid, atau beri akun ini hak baca atas"
            " perangkatnya dan pasang paket util-linux (blkid)",
        )


def inspect(path: Path, *, where: str, mount_required: bool) -> FileSystem:
    """Return the file system of a medium that is there and takes writes; its marker is not looked at.

    Raises:
        MediumError: nothing is there, or it is read-only, or of an unknown file system.
    """
    try:
        if not path.is_dir():
            raise MediumError("media tidak ditemukan", where=where, remedy=PLUG_IN)
        file_system = _mounted(path, where) if mount_required else FOLDER
        writable = os.access(path, os.W_OK | os.X_OK)
    except OSError as error:
        what, remedy = meaning(error)
        raise MediumError(what, where=where, remedy=remedy) from error
    if not writable:
        what, remedy = READ_ONLY_MEDIUM
        raise MediumError(what, where=where, remedy=remedy)
    return file_system


def _mounted(path: Path, where: str) -> FileSystem:
    mount = mount_at(path)
    if mount is None or path.stat().st_dev == path.resolve().parent.stat().st_dev:
        raise MediumError("media tidak terpasang, folder itu bukan titik mount", where=where, remedy=PLUG_IN)
    if mount.is_read_only:
        what, remedy = READ_ONLY_MEDIUM
        raise MediumError(what, where=where, remedy=remedy)
    file_system = file_system_of(mount)
    if file_system is None:
        raise MediumError(
            f"sistem berkas {mount.fs_type} tidak dikenal",
            where=where,
            remedy="pakai media berformat exFAT, NTFS, ext4, xfs atau btrfs",
        )
    return file_system


def marker_of(path: Path, where: str) -> Marker | None:
    """Return a medium's marker, None if it has none.

    Raises:
        WrongMediumError: what bears its name is no marker.
        MediumError: the medium does not give it out; nothing speaks against the marker itself.
    """
    where = f"{where}, {MARKER_NAME}"
    examine = "periksa media ini; bila benar miliknya, hapus penanda itu lalu daftarkan lagi"
    try:
        return read_marker(path)
    except ValueError as error:
        raise WrongMediumError(f"penanda media rusak, {error}", where=where, remedy=examine) from error
    except OSError as error:
        if error.errno in _NO_REGULAR_FILE:
            raise WrongMediumError(
                "penanda media tidak terbaca, bukan berkas biasa", where=where, remedy=examine
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM):
            raise MediumError(
                "penanda media tidak boleh dibaca akun ini",
                where=where,
                remedy="daftarkan dan pakai media dengan akun yang sama, atau alihkan pemilik berkas itu (chown)",
            ) from error
        what, remedy = meaning(error)
        raise MediumError(f"penanda media tidak terbaca, {what}", where=where, remedy=remedy) from error


def _unregistered(slot: Slot, where: str) -> WrongMediumError:
    return WrongMediumError(
        "media belum terdaftar, tidak ada penanda",
        where=where,
        remedy="bila ini media yang benar, jalankan ansible-playbook playbooks/media_register.yml "
        + _register_options(slot),
    )


def _register_options(slot: Slot) -> str:
    """Return the options that register what stands in a slot, as a shell and Ansible take them."""
    said = [] if slot.mount_required else ["-e mount_required=false"]
    if _BARE.fullmatch(str(slot.path)):
        said.append(f"-e dir={slot.path}")
    else:  # Ansible splits key=value at blanks, which desktops put into mount points
        said.append(f"-e {shlex.quote(json.dumps({'dir': str(slot.path)}, ensure_ascii=False))}")
    if len(slot.labels) == 1:
        said.append(f"-e label={slot.labels[0]}")
    else:  # a first one of them would make two disks of one label
        said.append(f"-e label=... (label yang tertulis di media itu: {slot.name})")
    return " ".join(said)
