# SPDX-License-Identifier: GPL-3.0-or-later
"""What the account may do, mode by mode, and how long it will be let in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ..calendar import long_date, size
from ..oracle.datapump.abandoned import orphans
from ..oracle.needs import (
    CREATE_TABLE,
    EXEMPT_POLICY,
    EXPORT_ROLE,
    EXPORT_ROLES,
    MASTER_TABLE_BYTES,
    needs_export_role,
)
from ..preflight.database import judge
from .finding import Finding, Mark, fine, of_check, unknown, warning
from .finding import failed as lacking

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..errors import OracleError
    from ..oracle.checks import Observation
    from ..oracle.inspection import Inspection
    from ..preflight.report import Check
    from .checkup import Checkup

_EXPIRY: Final = ("expiry", "Masa berlaku kata sandi")
_POLICIES: Final = ("policies", "Row-level security")
_LIMITS: Final = ("limits", "Batas profil")
_SPACE: Final = ("tablespace", "Ruang tablespace")
_TABLES: Final = ("key_tables", "Tabel kunci")
_FOLDER: Final = ("folder", "Folder di server")
_JOBS: Final = ("orphaned_jobs", "Job Data Pump yatim")

#: Sessions of the account at one time: this program's, and Data Pump's own.
_SESSIONS = 6

_IDLE_MINUTES = 10

#: Tables that are named before the rest are only counted.
_TOLD = 5


@dataclass(frozen=True)
class _Shared:
    """How a look of step 1 is shown: its title, the observations without which it is blind, what mends it."""

    title: str
    needs: tuple[str, ...]
    shown_by: str
    mended_by: str


def look_at_account(checkup: Checkup, seen: Observation, inspected: Inspection, warned: str) -> list[Finding]:
    """Return the lines about the account. `warned` is what Oracle said when it let the account in."""
    user = seen.user
    return [
        *_as_step_1(checkup, seen),
        _expiry(checkup, seen, warned),
        *_privileges(checkup, seen),
        *_packages(user, inspected),
        _dictionary(seen),
        _folder(checkup, seen, inspected),
        _space(seen, inspected),
        _key_tables(checkup, user, inspected),
        _policies(checkup, seen, inspected),
        _limits(checkup, user, inspected),
        _orphans(seen),
    ]


def _as_step_1(checkup: Checkup, seen: Observation) -> Iterable[Finding]:
    """Show what step 1 would say of the same observations, with the SQL that mends it."""
    user, directory, tablespace = seen.user, checkup.request.directory, seen.tablespace or "<tablespace>"
    shown = {
        "database_open": _Shared(
            "Database terbuka",
            ("database", "scn"),
            f"GRANT SELECT ON sys.v_$database TO {user};",
            "ALTER DATABASE OPEN; (PDB: ALTER PLUGGABLE DATABASE <nama> OPEN READ WRITE;)",
        ),
        "account": _Shared("Status akun", ("account_status",), f"GRANT SELECT ON sys.user_users TO {user};", ""),
        "quota": _Shared(
            "Kuota tabel master",
            ("quota_bytes",),
            f"GRANT SELECT ON sys.user_ts_quotas TO {user};",
            f"ALTER USER {user} QUOTA 200M ON {tablespace};",
        ),
        "directory": _Shared(
            "Objek directory",
            (),
            "",
            (f"GRANT READ, WRITE ON DIRECTORY {directory} TO {user};")
            if seen.directory_path
            else (
                f"CREATE DIRECTORY {directory} AS '<folder di server>'; (bila belum ada) lalu "
                f"GRANT READ, WRITE ON DIRECTORY {directory} TO {user};"
            ),
        ),
        "schemas": _Shared(
            "Ukuran ekspor",
            ("estimate_bytes",),
            f"GRANT SELECT ON sys.dba_segments TO {user};",
            "perbaiki export_tables: SELECT table_name FROM all_tables WHERE owner = '<skema>';"
            if checkup.scope.tables
            else "perbaiki siak_schemas: SELECT DISTINCT owner FROM dba_segments;",
        ),
        "running_jobs": _Shared(
            "Job yang berjalan", ("jobs",), f"GRANT SELECT ON sys.user_datapump_jobs TO {user};", ""
        ),
    }
    for check in judge(checkup.request, seen, ()):
        one = shown.get(check.name)
        if one is None:
            continue
        if any(getattr(seen, need) is None for need in one.needs):
            yield unknown(check.name, one.title, "tidak terlihat oleh akun ini", one.shown_by)
        elif check.name == "account" and "LOCKED" in (seen.account_status or ""):
            # let in before it was locked: the next login is refused
            yield lacking(check.name, one.title, check.message, f"ALTER USER {user} ACCOUNT UNLOCK;")
        elif check.name == "running_jobs":
            yield _running(one.title, check)
        else:
            yield of_check(one.title, check, one.mended_by)


def _running(title: str, check: Check) -> Finding:
    """Return that an export is at work, which is right while a night is."""
    if check.error is None:
        return of_check(title, check)
    return warning(check.name, title, check.error.what, "wajar bila backup sedang berjalan; bila tidak, tunggu dahulu")


def _expiry(checkup: Checkup, seen: Observation, warned: str) -> Finding:
    file = checkup.settings.password_file or "variabel kata sandinya"
    remedy = f'ALTER USER {seen.user} IDENTIFIED BY "<kata sandi baru>"; lalu tulis yang sama di {file}'
    if "account" in seen.refusals:
        return unknown(*_EXPIRY, "tidak terlihat oleh akun ini", f"GRANT SELECT ON sys.user_users TO {seen.user};")
    until = f" sampai {long_date(seen.expires_at.date())}" if seen.expires_at else ""
    if "GRACE" in (seen.account_status or "") or "ORA-28002" in warned:
        return warning(*_EXPIRY, f"kata sandi sudah lewat waktu dan hanya diterima{until} [ORA-28002]", remedy)
    if seen.expires_at is None:
        return fine(*_EXPIRY, "tidak terbatas")
    # Oracle gives the server's wall clock without a zone, less than half a day from UTC here.
    days = round((seen.expires_at - checkup.request.now.replace(tzinfo=None)) / timedelta(days=1))
    if days < checkup.notice_days:
        return warning(*_EXPIRY, f"kata sandi berlaku{until}, {max(days, 0)} hari lagi", remedy)
    return fine(*_EXPIRY, f"berlaku{until}, {days} hari lagi")


def _privileges(checkup: Checkup, seen: Observation) -> Iterable[Finding]:
    user = seen.user
    table, role = ("create_table", "Hak CREATE TABLE"), ("export_role", "Hak ekspor")
    if seen.privileges is None:
        yield unknown(*table, "hak sesi tidak terbaca", f"GRANT SELECT ON sys.session_privs TO {user};")
    elif CREATE_TABLE in seen.privileges:
        yield fine(*table, "ada, untuk tabel master")
    else:
        yield lacking(*table, "tidak ada: tabel master tidak dapat dibuat", f"GRANT CREATE TABLE TO {user};")
    if not needs_export_role(checkup.scope, user=user):
        yield fine(*role, "skema milik akun sendiri, tidak perlu peran")
    elif seen.roles is None:
        yield unknown(*role, "peran sesi tidak terbaca", f"GRANT SELECT ON sys.session_roles TO {user};")
    elif held := sorted(EXPORT_ROLES & seen.roles):
        yield fine(*role, f"{held[0]}, untuk mode {checkup.scope.mode.lower()}")
    else:
        yield lacking(
            *role,
            f"mode {checkup.scope.mode.lower()} di luar skema sendiri perlu {EXPORT_ROLE}",
            f"GRANT {EXPORT_ROLE} TO {user}; ALTER USER {user} DEFAULT ROLE ALL;",
        )


def _packages(user: str, inspected: Inspection) -> Iterable[Finding]:
    for package, refusal in inspected.packages.items():
        line = (package.lower(), f"Paket {package}")
        if refusal is None:
            yield fine(*line, "boleh dijalankan")
        else:
            yield lacking(
                *line, f"tidak boleh dijalankan{_code(refusal)}", f"GRANT EXECUTE ON sys.{package} TO {user};"
            )


def _dictionary(seen: Observation) -> Finding:
    """Tell whether the account may read the views without which step 1 refuses the night."""
    line = ("dictionary", "Hak membaca kamus")
    views = {"scn": "sys.v_$database", "estimate": "sys.dba_segments"}
    hidden = [view for name, view in views.items() if name in seen.refusals]
    if hidden:
        grants = " ".join(f"GRANT SELECT ON {view} TO {seen.user};" for view in hidden)
        return lacking(*line, f"{', '.join(hidden)} tidak boleh dibaca: langkah 1 akan menolak", grants)
    return fine(*line, "SCN dan ukuran segmen terbaca")


def _folder(checkup: Checkup, seen: Observation, inspected: Inspection) -> Finding:
    path = seen.directory_path or "<folder di server>"
    look = f"di server, sebagai pengguna oracle: ls -ld '{path}' && df -h '{path}'"
    if inspected.folder:
        return fine(*_FOLDER, f"{path} dijawab server")
    if refusal := inspected.refusals.get("folder"):
        return unknown(
            *_FOLDER,
            f"tidak dapat ditanyakan{_code(refusal)}",
            f"GRANT EXECUTE ON sys.dbms_lob TO {seen.user}; GRANT READ ON DIRECTORY {checkup.request.directory} TO "
            f"{seen.user};",
        )
    return unknown(*_FOLDER, f"{path} tidak terlihat oleh server", look)


def _space(seen: Observation, inspected: Inspection) -> Finding:
    tablespace = seen.tablespace or "<tablespace>"
    free, growth = inspected.free_bytes, inspected.growth_bytes
    if free is not None and free >= MASTER_TABLE_BYTES:
        return fine(*_SPACE, f"{tablespace} masih kosong {size(free)}")
    if free is None or growth is None:
        view = "sys.dba_data_files" if free is not None else "sys.user_free_space"
        return unknown(
            *_SPACE,
            f"ruang kosong {tablespace} {'tidak terbaca' if free is None else size(free)}, pertumbuhan tidak terlihat",
            f"GRANT SELECT ON {view} TO {seen.user};",
        )
    if free + growth >= MASTER_TABLE_BYTES:
        return fine(*_SPACE, f"{tablespace} masih dapat tumbuh {size(growth)}")
    return lacking(
        *_SPACE,
        f"{tablespace} penuh, tersisa {size(free)} untuk tabel master",
        f"ALTER TABLESPACE {tablespace} ADD DATAFILE '<berkas>' SIZE 100M AUTOEXTEND ON;",
    )


def _key_tables(checkup: Checkup, user: str, inspected: Inspection) -> Finding:
    if not checkup.request.key_tables:
        return warning(*_TABLES, "tidak ada yang dihitung", "isi siak_key_tables, misalnya [SIAKOFF.BIODATA_WNI]")
    if not inspected.tables:
        return unknown(*_TABLES, "SCN tidak terbaca, tabel tidak dicoba", f"GRANT SELECT ON sys.v_$database TO {user};")
    refused = {table: refusal for table, refusal in inspected.tables.items() if refusal is not None}
    if not refused:
        return fine(*_TABLES, f"{len(inspected.tables)} tabel terbaca pada satu SCN")
    return lacking(
        *_TABLES,
        "; ".join(f"{table}{_code(refusal)}" for table, refusal in refused.items()),
        " ".join(f"GRANT SELECT, FLASHBACK ON {table} TO {user};" for table in refused)
        + " atau perbaiki siak_key_tables bila tabelnya tidak ada",
    )


def _policies(checkup: Checkup, seen: Observation, inspected: Inspection) -> Finding:
    """Tell whether a policy would leave rows out of the dump, which Data Pump does without failing [ORA-39181]."""
    if inspected.policies is None or seen.privileges is None:
        return unknown(*_POLICIES, "kebijakan baris tidak terbaca", f"GRANT SELECT ON sys.all_policies TO {seen.user};")
    wanted = set(checkup.scope.schemas)
    tables = [f"{owner}.{name}" for owner, name in inspected.policies if checkup.scope.is_full or owner in wanted]
    if not tables:
        return fine(*_POLICIES, "tidak dipakai pada yang diekspor")
    told = ", ".join(tables[:_TOLD]) + (f" dan {len(tables) - _TOLD} lain" if len(tables) > _TOLD else "")
    if EXEMPT_POLICY in seen.privileges:
        return fine(*_POLICIES, f"akun dikecualikan pada {told}")
    return lacking(
        *_POLICIES,
        f"baris {told} tersaring: dump tidak akan lengkap [ORA-39181]",
        f"GRANT {EXEMPT_POLICY} TO {seen.user};",
    )


def _limits(checkup: Checkup, user: str, inspected: Inspection) -> Finding:
    """Compare the profile's limits with a night; RESOURCE_LIMIT=FALSE means that nobody enforces them."""
    if inspected.limits is None:
        return unknown(*_LIMITS, "batas profil tidak terbaca", f"GRANT SELECT ON sys.user_resource_limits TO {user};")
    enforced = (inspected.parameters or {}).get("resource_limit")
    if enforced is not None and enforced.value.upper() == "FALSE":
        return fine(*_LIMITS, "tidak diberlakukan (RESOURCE_LIMIT=FALSE)")
    least = {
        "CONNECT_TIME": int(checkup.time_limit_s / 60),
        "IDLE_TIME": _IDLE_MINUTES,
        "SESSIONS_PER_USER": _SESSIONS,
    }
    tight = {
        name: limit
        for name, least_value in least.items()
        if (limit := inspected.limits.get(name, "")).isdecimal() and int(limit) < least_value
    }
    if not tight:
        return fine(*_LIMITS, "tidak membatasi backup")
    told = ", ".join(f"{name}={limit}" for name, limit in tight.items())
    wanted = " ".join(f"{name} UNLIMITED" for name in tight)
    return warning(
        *_LIMITS,
        f"profil dapat memutus backup: {told}",
        f"CREATE PROFILE siak_backup_profile LIMIT {wanted}; ALTER USER {user} PROFILE siak_backup_profile;",
    )


def _orphans(seen: Observation) -> Finding:
    """Tell which master tables of ours have no processes. Nothing is removed."""
    if seen.jobs is None:
        return unknown(*_JOBS, "daftar job tidak terbaca", f"GRANT SELECT ON sys.user_datapump_jobs TO {seen.user};")
    left = orphans(seen.jobs, ())
    if not left:
        return fine(*_JOBS, "tidak ada")
    drops = " ".join(f'DROP TABLE {seen.user}."{name}" PURGE;' for name in left)
    return Finding(*_JOBS, Mark.WARNING, f"{len(left)} tabel master tanpa proses: {', '.join(left)}", drops)


def _code(refusal: OracleError) -> str:
    return f" [{refusal.oracle_code}]" if refusal.oracle_code else ""
