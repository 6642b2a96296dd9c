# SPDX-License-Identifier: GPL-3.0-or-later
"""The database itself: release, edition, container, instances, parameters, clock, language, and the line to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..calendar import duration
from ..oracle.driver_errors import OLD_SERVER
from ..preflight.database import PDB_SERVICE
from .finding import Finding, failed, fine, unknown, warning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..oracle.address import Address
    from ..oracle.checks import Observation
    from ..oracle.inspection import Inspection
    from .checkup import Checkup

_VERSION: Final = ("version", "Versi database")
_EDITION: Final = ("edition", "Edisi")
_CONTAINER: Final = ("container", "PDB")
_INSTANCES: Final = ("instances", "RAC")
_UNDO: Final = ("undo", "Retensi undo")
_MEMORY: Final = ("parameters", "Parameter Data Pump")
_CLOCK: Final = ("clock", "Jam server")
_LANGUAGE: Final = ("language", "Bahasa dan karakter")
_ENCRYPTION: Final = ("encryption", "Enkripsi jaringan")

#: Oldest server, by the release of Oracle's client (python-oracledb's installation guide).
_OLDEST_SERVER = {11: (9, 2), 12: (11, 2), 18: (11, 2), 19: (11, 2), 21: (12, 1), 23: (19, 0)}
_OLDEST_OF_12_1 = (10, 2)
_THIN_OLDEST, _NEWEST = (12, 1), 23

#: A skew that makes times in the agenda doubtful, and one that may put a night under another date.
SKEW_TOLD_S, _SKEW_REFUSED_S = 60.0, 3600.0

_ALGORITHM = re.compile(r"\b(AES\d+|3DES\d+|RC4_\d+|DES\w*)\b.*\bencryption service adapter\b", re.IGNORECASE)


def look_at_server(
    checkup: Checkup,
    seen: Observation,
    inspected: Inspection,
    *,
    addresses: Sequence[Address],
    client: tuple[int, ...] | None,
) -> list[Finding]:
    """Return the lines about the database. `client` is the release of Oracle's client libraries, None in thin mode."""
    return [
        _version(seen.version, client),
        _edition(checkup, seen, inspected),
        _container(seen),
        _instances(checkup, seen, inspected),
        _undo(checkup, seen, inspected),
        _memory(seen, inspected),
        _language(seen, inspected),
        _clock(inspected),
        _encryption(inspected, addresses),
    ]


def _version(text: str, client: tuple[int, ...] | None) -> Finding:
    numbers = tuple(int(part) for part in text.split(".")[:2] if part.isdecimal())
    if len(numbers) < 2:
        return unknown(*_VERSION, f"versi {text!r} tidak terbaca", "SELECT banner FROM v$version;")
    if client is None:
        mode, oldest = "mode thin", _THIN_OLDEST
    else:
        mode = f"mode thick, Oracle Client {'.'.join(map(str, client[:2]))}"
        oldest = _OLDEST_OF_12_1 if client[:2] == (12, 1) else _OLDEST_SERVER.get(client[0], (19, 0))
    if numbers < oldest:
        return failed(
            *_VERSION,
            f"Oracle {text} terlalu tua untuk {mode}",
            OLD_SERVER,
        )
    if numbers[0] > _NEWEST:
        return warning(
            *_VERSION,
            f"Oracle {text} lebih baru daripada yang dikenal program ini",
            "jalankan tests/real seperti docs/real-oracle.md sebelum dipercaya",
        )
    return fine(*_VERSION, f"Oracle {text}, {mode}")


def _edition(checkup: Checkup, seen: Observation, inspected: Inspection) -> Finding:
    text = " ".join(inspected.banners or ())
    edition = next((name for name in ("Enterprise", "Standard", "Express", "Personal", "Free") if name in text), None)
    if edition is None:
        return unknown(*_EDITION, "edisi tidak terbaca", f"GRANT SELECT ON sys.v_$version TO {seen.user};")
    if edition != "Enterprise" and checkup.parallel > 1:
        return warning(
            *_EDITION,
            f"{edition} Edition tidak mengenal paralel {checkup.parallel} [ORA-39094], ekspor memakai satu",
            "export_parallel: 1",
        )
    return fine(*_EDITION, f"{edition} Edition")


def _container(seen: Observation) -> Finding:
    if seen.container is None:
        if seen.version.startswith(("10.", "11.")):
            return fine(*_CONTAINER, "rilis ini tidak mengenal PDB")
        return unknown(*_CONTAINER, "tidak terbaca", "SELECT SYS_CONTEXT('USERENV', 'CON_NAME') FROM dual;")
    number, name = seen.container
    if seen.in_root:
        return failed(
            *_CONTAINER,
            f"login masuk ke {name}, bukan ke PDB tempat SIAK",
            f"{PDB_SERVICE}, dan jalankan docs/sql/backup_account.sql di dalam PDB",
        )
    return fine(*_CONTAINER, f"PDB {name}" if number else "bukan database kontainer")


def _instances(checkup: Checkup, seen: Observation, inspected: Inspection) -> Finding:
    clustered = (inspected.parameters or {}).get("cluster_database")
    count = inspected.instances
    if count is None and clustered is None:
        return unknown(
            *_INSTANCES, "jumlah instance tidak terlihat", f"GRANT SELECT ON sys.gv_$instance TO {seen.user};"
        )
    here = f", sesi ini di {seen.instance[1]} (instance {seen.instance[0]})" if seen.instance else ""
    if (count or 1) > 1 or (clustered is not None and clustered.value.upper() == "TRUE"):
        path = seen.directory_path or checkup.request.directory
        return warning(
            *_INSTANCES,
            f"RAC dengan {count or 'beberapa'} instance{here}: folder directory harus sama di semua simpul",
            f"di setiap simpul: df '{path}' (harus ACFS atau NFS yang sama), dan connection.dsn memakai SCAN; bila "
            "folder ada di satu simpul saja, tambahkan (INSTANCE_NAME=...) simpul itu pada connection.dsn",
        )
    return fine(*_INSTANCES, f"satu instance{here}")


def _undo(checkup: Checkup, seen: Observation, inspected: Inspection) -> Finding:
    parameters = inspected.parameters or {}
    retention = parameters.get("undo_retention")
    if retention is None or not retention.value.isdecimal():
        return unknown(*_UNDO, "UNDO_RETENTION tidak terlihat", _grant_parameters(seen.user))
    management = parameters.get("undo_management")
    if management is not None and management.value.upper() == "MANUAL":
        return warning(
            *_UNDO,
            "UNDO_MANAGEMENT=MANUAL: ekspor pada satu SCN tidak terjamin",
            "ALTER SYSTEM SET undo_management = AUTO SCOPE = SPFILE;",
        )
    retention_s = int(retention.value)
    if retention_s < checkup.time_limit_s:
        return warning(
            *_UNDO,
            f"{duration(retention_s)}, batas waktu ekspor {duration(checkup.time_limit_s)}: ekspor lama dapat kena "
            "ORA-01555",
            f"ALTER SYSTEM SET undo_retention = {int(checkup.time_limit_s)}; (tablespace undo harus cukup besar)",
        )
    return fine(*_UNDO, f"{duration(retention_s)}, batas waktu ekspor {duration(checkup.time_limit_s)}")


def _memory(seen: Observation, inspected: Inspection) -> Finding:
    """Tell of parameters with which Data Pump is known not to start, or to wait for ever."""
    parameters = inspected.parameters
    if not parameters:
        return unknown(*_MEMORY, "parameter tidak terlihat", _grant_parameters(seen.user))
    pools = [parameters.get(name) for name in ("streams_pool_size", "sga_target", "memory_target")]
    troubles, cures = [], []
    if all(pool is not None and pool.value == "0" for pool in pools):
        troubles.append("STREAMS_POOL_SIZE, SGA_TARGET dan MEMORY_TARGET semuanya 0 (ORA-31623, ORA-04031)")
        cures.append("ALTER SYSTEM SET streams_pool_size = 128M SCOPE = BOTH;")
    queue = parameters.get("aq_tm_processes")
    if queue is not None and queue.value == "0" and not queue.is_default:
        troubles.append("AQ_TM_PROCESSES disetel 0 (job Data Pump menunggu terus)")
        cures.append("ALTER SYSTEM SET aq_tm_processes = 1 SCOPE = BOTH;")
    if troubles:
        return warning(*_MEMORY, "; ".join(troubles), " ".join(cures))
    return fine(*_MEMORY, "tidak ada yang menghalangi")


def _language(seen: Observation, inspected: Inspection) -> Finding:
    if seen.character_set is None or inspected.language is None:
        return unknown(*_LANGUAGE, "tidak terbaca", f"GRANT SELECT ON sys.nls_database_parameters TO {seen.user};")
    if inspected.language != "AMERICAN":
        return warning(
            *_LANGUAGE,
            f"sesi berbahasa {inspected.language}: log ekspor tidak akan terbaca program",
            "cari logon trigger yang menyetel NLS: SELECT trigger_name FROM dba_triggers WHERE triggering_event LIKE "
            "'LOGON%';",
        )
    if seen.character_set == "US7ASCII":
        return warning(
            *_LANGUAGE,
            "karakter US7ASCII tidak memuat huruf di luar ASCII",
            "restorasi harus ke database yang juga US7ASCII",
        )
    return fine(
        *_LANGUAGE,
        f"{seen.character_set}, sesi AMERICAN; untuk backup.bat: NLS_LANG=AMERICAN_AMERICA.{seen.character_set}",
    )


def _clock(inspected: Inspection) -> Finding:
    if inspected.clock is None:
        return unknown(*_CLOCK, "jam server tidak terbaca", "SELECT SYSTIMESTAMP FROM dual;")
    ahead_s = inspected.clock.ahead_s
    zone = f"zona server UTC{inspected.clock.server:%z}"
    text = f"{'lebih cepat' if ahead_s > 0 else 'lebih lambat'} {duration(abs(ahead_s))}, {zone}"
    remedy = "di server dan di mesin ini jalankan: timedatectl; nyalakan NTP (chronyc makestep)"
    if abs(ahead_s) >= _SKEW_REFUSED_S:
        return failed(*_CLOCK, text, remedy)
    if abs(ahead_s) >= SKEW_TOLD_S:
        return warning(*_CLOCK, text, remedy)
    return fine(*_CLOCK, text)


def _encryption(inspected: Inspection, addresses: Sequence[Address]) -> Finding:
    if (inspected.protocol or "").lower() == "tcps":
        return fine(*_ENCRYPTION, "TLS (tcps)")
    for banner in inspected.network_services or ():
        if found := _ALGORITHM.search(banner):
            return fine(*_ENCRYPTION, f"enkripsi bawaan Oracle, {found[1]}")
    if addresses and all(address.is_loopback for address in addresses):
        return fine(*_ENCRYPTION, "tidak perlu: server di mesin ini sendiri")
    if inspected.protocol is None:
        return unknown(
            *_ENCRYPTION, "protokol tidak terbaca", "SELECT SYS_CONTEXT('USERENV', 'NETWORK_PROTOCOL') FROM dual;"
        )
    return warning(
        *_ENCRYPTION,
        "isi dump melewati jaringan tanpa enkripsi (kata sandi tetap tidak terbaca)",
        "minta DBA menyediakan listener TCPS, lalu connection.dsn: tcps://host:2484/layanan",
    )


def _grant_parameters(user: str) -> str:
    return f"GRANT SELECT ON sys.v_$parameter TO {user};"
