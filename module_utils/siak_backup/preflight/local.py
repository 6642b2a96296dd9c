# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks on the control node: the agenda, the hours, the settings, the folders and the lock.

Each returns one sentence of what it found, or raises the SiakError that says
what is wrong.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from .. import runlock
from ..agenda.ledger import run_has_begun
from ..archive.names import plain_name
from ..archive.staging import left_bytes, sweep_staging
from ..calendar import ServiceHours, Serving, clock_time, folder_name, serving, size, zone
from ..durable import PRIVATE_DIR
from ..errors import (
    AgendaError,
    ArchiveError,
    CalendarError,
    ConfigError,
    NoSpaceError,
    ReadOnlyError,
    ServiceHoursError,
)

if TYPE_CHECKING:
    from .request import Request

_NO_AGENDA_REMEDY = "jalankan ansible-playbook backup.yml dari folder proyek agar callback agenda aktif"


def look_at_agenda(request: Request, *, dry: bool = False) -> str:
    """Prove that this run's begin line is on disk: a night that is not recorded does not take place.

    `dry` means that nothing will be done; then a run that the callback itself
    calls a check need not be recorded.
    """
    agenda_dir = str(request.run.get("agenda_dir") or "")
    if not request.run_id or not agenda_dir or not request.run.get("pid"):
        raise AgendaError("run ini tidak dicatat agenda", where="SIAK_RUN", remedy=_NO_AGENDA_REMEDY)
    if dry and request.run.get("check"):
        return "mode periksa, agenda tidak ditulis"
    if not run_has_begun(Path(agenda_dir), request.run_id):
        raise AgendaError("baris awal run ini tidak ada di jurnal", where=agenda_dir, remedy=_NO_AGENDA_REMEDY)
    return f"agenda mencatat run {request.run_id}"


def look_at_hours(request: Request) -> str:
    """Prove that the office has finished serving people, or that someone gave a reason to begin all the same."""
    busy = _serving(request)
    now_text = clock_time(request.now, zone(request.zone))
    if busy is None:
        return f"tidak dalam jam pelayanan, pukul {now_text}"
    until = clock_time(busy.ends_at, zone(request.zone))
    if request.override_reason:
        return f"masih jam pelayanan sampai {until}, dilanjutkan dengan alasan: {request.override_reason}"
    raise ServiceHoursError(
        f"masih jam pelayanan sampai {until}",
        where=f"pukul {now_text}",
        remedy="tunggu sampai selesai, atau isi siak_override_reason yang akan dicatat di agenda",
    )


def override(request: Request) -> str:
    """Return the given reason if the run could not begin without it, else nothing."""
    try:
        return request.override_reason if _serving(request) else ""
    except CalendarError:
        return ""


def _serving(request: Request) -> Serving | None:
    hours = ServiceHours.parse(request.service_hours, request.service_exceptions)
    return serving(request.now, hours, zone(request.zone))


def look_at_settings(request: Request) -> str:
    """Prove that names of folders can be made from the settings."""
    plain_name(request.server, what="nama server")
    if not request.schemas and request.script is None:
        raise ConfigError("daftar skema kosong", where="siak_schemas", remedy="isi skema yang dibackup")
    name = folder_name(zone(request.zone).local(request.now).date(), request.folder_pattern)
    return f"folder hari ini bernama {name}"


def look_at_archive(request: Request) -> str:
    """Prove that the archive exists and takes files."""
    path = request.archive_dir
    if not path.is_dir():
        raise ArchiveError(
            "folder arsip tidak ada", where=str(path), remedy="buat folder itu lalu jalankan backup lagi"
        )
    if not os.access(path, os.W_OK | os.X_OK):
        raise ReadOnlyError(
            "folder arsip tidak dapat ditulisi", where=str(path), remedy="periksa izin dan status mount"
        )
    return f"arsip siap di {path}"


def look_for_archive_room(request: Request, needed_bytes: int) -> str:
    """Prove that the archive has this much room, once what dead runs left is swept."""
    path = request.archive_dir
    free_bytes = shutil.disk_usage(path).free + left_bytes(request.server_dir, keep_run=request.run_id)
    if free_bytes < needed_bytes:
        raise NoSpaceError(
            f"arsip penuh, perlu {size(needed_bytes)} dan tersisa {size(free_bytes)}",
            where=str(path),
            remedy="kosongkan atau perbesar penyimpanan lalu jalankan backup lagi",
        )
    return f"arsip muat, perlu {size(needed_bytes)} dan tersisa {size(free_bytes)}"


def needed_bytes(request: Request, estimate_bytes: int, *, copies: int) -> int:
    """Return the room a night needs on a file system that takes so many copies of it."""
    return copies * int(estimate_bytes * request.room_factor) + request.min_free_bytes


def look_at_lock(request: Request) -> tuple[str, ...]:
    """Return the dead runs this run would inherit; raises RunLockError if a live one holds the server."""
    return runlock.inherited(request.server_dir / runlock.LOCK_NAME, run=request.run_id)


def take_lock(request: Request) -> tuple[str, ...]:
    """Hold the server for this run and sweep what dead runs left here.

    Returns the ids of dead runs whose leftovers on the server are now this run's to clear.
    """
    try:
        request.server_dir.mkdir(mode=PRIVATE_DIR, exist_ok=True)
    except OSError as error:
        raise ReadOnlyError(
            "folder server tidak dapat dibuat", where=str(request.server_dir), remedy="periksa izin arsip"
        ) from error
    lock = runlock.acquire(
        request.server_dir / runlock.LOCK_NAME,
        run=request.run_id,
        pid=int(request.run["pid"]),
        clock=lambda: request.now,
    )
    sweep_staging(request.server_dir, keep_run=request.run_id)
    return lock.abandoned
