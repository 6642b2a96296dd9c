# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges what a session saw. Unknown is not good enough: a hidden value is a failed check."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from ..calendar import size
from ..errors import ConfigError, JobBusyError, OracleError, PrivilegeError, SiakError
from ..oracle.datapump.abandoned import busy_jobs, droppable, orphans
from ..oracle.needs import MASTER_TABLE_BYTES, missing_privileges
from .report import Check, check

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ..oracle.checks import Observation
    from .request import Request

#: How to reach the PDB where the login led into the root of its container database.
PDB_SERVICE = (
    "minta DBA: SELECT name, network_name FROM cdb_services; lalu tulis layanan PDB tempat SIAK pada connection.dsn"
)

_GRANTS = "minta DBA menjalankan docs/sql/backup_account.sql"

#: Days ahead in which an expiring password is spoken of.
_EXPIRY_NOTICE = timedelta(days=14)


def judge(request: Request, seen: Observation, abandoned_jobs: Collection[str]) -> list[Check]:
    """Return the checks of everything that was observed.

    `abandoned_jobs` are jobs of dead runs, which step 2 will clear.
    """
    looks: dict[str, Callable[[Request, Observation], str]] = {
        "database_open": _open,
        "container": _container,
        "account": _account,
        "privileges": _privileges,
        "quota": _quota,
        "directory": _directory,
        "schemas": _schemas,
    }
    looks["running_jobs"] = partial(_running_jobs, abandoned_jobs=abandoned_jobs)
    return [check(name, partial(look, request, seen)) for name, look in looks.items()]


def _open(request: Request, seen: Observation) -> str:
    if seen.database is None or seen.scn is None:
        raise _hidden(request, seen, ("database", "scn"), "status database")
    name, open_mode = seen.database
    if open_mode != "READ WRITE":
        raise OracleError(
            f"database {name} terbuka sebagai {open_mode}",
            where=request.server,
            remedy="minta DBA membuka database READ WRITE",
        )
    at = f", instance {seen.instance[1]}" if seen.instance else ""
    return f"database {name} versi {seen.version} terbuka {open_mode}{at}"


def _container(request: Request, seen: Observation) -> str:
    if seen.container is None:
        return "rilis ini tidak mengenal PDB"
    number, name = seen.container
    if seen.in_root:
        raise ConfigError(f"login masuk ke {name}, bukan ke PDB tempat SIAK", where=request.server, remedy=PDB_SERVICE)
    return f"PDB {name}" if number else "bukan database kontainer"


def _account(request: Request, seen: Observation) -> str:
    if seen.account_status is None:
        raise _hidden(request, seen, ("account",), "status akun")
    text = f"akun {seen.user} berstatus {seen.account_status}"
    if seen.expires_at is not None and _soon(seen.expires_at, request.now):
        text += f", kata sandinya kedaluwarsa {seen.expires_at:%Y-%m-%d}: minta DBA menggantinya"
    return text


def _soon(expires_at: datetime, now: datetime) -> bool:
    # Oracle gives the server's wall clock without a zone; days are coarse enough.
    return expires_at.replace(tzinfo=now.tzinfo) - now < _EXPIRY_NOTICE


def _privileges(request: Request, seen: Observation) -> str:
    if seen.privileges is None or seen.roles is None:
        raise _hidden(request, seen, ("privileges", "roles"), "hak akun")
    missing = missing_privileges(request.scope, user=seen.user, privileges=seen.privileges, roles=seen.roles)
    if missing:
        raise PrivilegeError(
            f"akun {seen.user} tidak punya {', '.join(sorted(missing))}", where=request.server, remedy=_GRANTS
        )
    return f"hak akun {seen.user} cukup"


def _quota(request: Request, seen: Observation) -> str:
    if seen.privileges is not None and "UNLIMITED TABLESPACE" in seen.privileges:
        return "kuota tablespace tanpa batas"
    if seen.quota_bytes is None:
        raise _hidden(request, seen, ("quota",), "kuota tablespace")
    if seen.quota_bytes == -1:
        return "kuota tablespace tanpa batas"
    if seen.quota_bytes < MASTER_TABLE_BYTES:
        raise PrivilegeError(
            f"sisa kuota tablespace akun {seen.user} hanya {size(seen.quota_bytes)}",
            where=request.server,
            remedy=_GRANTS,
        )
    return f"sisa kuota tablespace {size(seen.quota_bytes)}"


def _directory(request: Request, seen: Observation) -> str:
    if seen.directory_path is None or seen.directory_grants is None:
        if refused := [seen.refusals[name] for name in ("directory", "grants") if name in seen.refusals]:
            raise refused[0]
        raise PrivilegeError(
            "objek directory tidak ada atau tidak boleh dipakai akun",
            where=f"{request.server}, {request.directory}",
            remedy=_GRANTS,
        )
    missing = {"READ", "WRITE"} - seen.directory_grants
    if missing:
        raise PrivilegeError(
            f"akun tidak punya {' dan '.join(sorted(missing))} pada directory",
            where=f"{request.server}, {request.directory}",
            remedy=_GRANTS,
        )
    return f"directory {request.directory} menunjuk {seen.directory_path}"


def _schemas(request: Request, seen: Observation) -> str:
    if seen.segments is None or seen.estimate_bytes is None:
        raise _hidden(request, seen, ("estimate",), "ukuran ekspor")
    absent = [each.name for each in seen.segments if each.size_bytes is None]
    if absent:
        raise ConfigError(
            f"tabel {', '.join(absent)} tidak ada atau tidak boleh dibaca akun",
            where=request.server,
            remedy="perbaiki export_tables",
        )
    # A table may be empty; a schema or a database without a segment is the wrong one.
    empty = [each.name for each in seen.segments if not each.size_bytes and not request.scope.tables]
    if empty:
        what = "database" if request.scope.is_full else f"skema {', '.join(empty)}"
        raise ConfigError(
            f"{what} tidak ada atau tidak berisi data",
            where=request.server,
            remedy="perbaiki siak_schemas",
        )
    return f"perkiraan ukuran ekspor {size(seen.estimate_bytes)}"


def _running_jobs(request: Request, seen: Observation, *, abandoned_jobs: Collection[str]) -> str:
    if seen.jobs is None:
        raise _hidden(request, seen, ("jobs",), "daftar job Data Pump")
    if busy := busy_jobs(seen.jobs, abandoned_jobs):
        raise JobBusyError(
            f"ekspor lain sedang berjalan: {', '.join(job.name for job in busy)}",
            where=request.server,
            remedy="tunggu sampai selesai atau minta DBA menghentikannya",
        )
    text = "tidak ada ekspor lain yang berjalan"
    going = to_drop(request, seen, abandoned_jobs)
    if left := [name for name in orphans(seen.jobs, abandoned_jobs) if name not in going]:
        text += f"; tabel master tanpa job, boleh dihapus DBA: {', '.join(left)}"
    if going:
        text += f"; tabel master tanpa job yang dihapus run ini: {', '.join(going)}"
    return text


def to_drop(request: Request, seen: Observation, abandoned_jobs: Collection[str]) -> list[str]:
    """Return the master tables without a job that this run is to remove: none, unless it was asked to."""
    if not request.drop_orphans:
        return []
    return droppable(seen.jobs or (), abandoned_jobs, now=request.now, time_limit_s=request.time_limit_s)


def _hidden(request: Request, seen: Observation, names: Collection[str], what: str) -> SiakError:
    for name in names:
        if name in seen.refusals:
            return seen.refusals[name]
    return PrivilegeError(f"{what} tidak terbaca", where=request.server, remedy=_GRANTS)
