# SPDX-License-Identifier: GPL-3.0-or-later
"""Views of the instance, its settings and its Data Pump jobs."""

from __future__ import annotations

from dataclasses import astuple
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rehearsal.engine.datatypes import encode_time

from .view import CATALOG_ROLE, DictionaryContext, View, columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    Rows = Iterator[tuple[Any, ...]]

_JOB = "JOB_NAME 128, OPERATION 128, JOB_MODE 128, STATE 30, DEGREE n, ATTACHED_SESSIONS n, DATAPUMP_SESSIONS n"
_DATABASE_ID = 6208990001
#: No row's history is ever thrown away here; a day is the least to say of it.
_UNDO_RETENTION_S = 86400
_INSTANCE = (
    "INSTANCE_NUMBER n, INSTANCE_NAME 16, HOST_NAME 64, VERSION 17, STARTUP_TIME d, STATUS 12, PARALLEL 3, "
    "THREAD# n, ARCHIVER 7, LOGINS 10, SHUTDOWN_PENDING 3, DATABASE_STATUS 17, INSTANCE_ROLE 18, "
    "ACTIVE_STATE 9, EDITION 7"
)
_LIMITS = (
    "COMPOSITE_LIMIT", "CONNECT_TIME", "CPU_PER_CALL", "CPU_PER_SESSION", "IDLE_TIME", "LOGICAL_READS_PER_CALL",
    "LOGICAL_READS_PER_SESSION", "PRIVATE_SGA", "SESSIONS_PER_USER",
)  # fmt: skip


def _version(context: DictionaryContext) -> str:
    return ".".join(str(part) for part in context.facts.version)


def _instance(context: DictionaryContext) -> Rows:
    started = encode_time(context.started_at.replace(microsecond=0, tzinfo=None))
    edition = "EE" if context.facts.enterprise else "SE"
    parallel = "YES" if context.accounts.posture.instances > 1 else "NO"
    yield (
        1, context.facts.instance, "rehearsal", _version(context), started, "OPEN", parallel, 1, "STARTED", "ALLOWED",
        "NO", "ACTIVE", "PRIMARY_INSTANCE", "NORMAL", edition,
    )  # fmt: skip


def _instances(context: DictionaryContext) -> Rows:
    for row in _instance(context):
        for number in range(1, context.accounts.posture.instances + 1):
            yield number, number, *row[1:]


def _database(context: DictionaryContext) -> Rows:
    found = context.connection.execute("SELECT value FROM sys_facts WHERE name = 'created_at'").fetchone()
    created = datetime.fromisoformat(found[0]).astimezone(context.database.clock().tzinfo)
    yield (
        _DATABASE_ID,
        context.facts.global_name.partition(".")[0],
        encode_time(created.replace(microsecond=0, tzinfo=None)),
        "READ ONLY" if context.accounts.faults.database_read_only else "READ WRITE",
        "NOARCHIVELOG",
        context.database.current_scn(),
        context.facts.instance,
        "PRIMARY",
        context.facts.platform,
        "NO",
        "YES" if context.accounts.posture.container else "NO",
    )


def _banner(context: DictionaryContext) -> Rows:
    yield context.facts.banner, 0
    yield f"REHEARSAL (GLADI) server, not an Oracle database; speaks as version {_version(context)}", 0


def _components(context: DictionaryContext) -> Rows:
    edition = "Enterprise Edition" if context.facts.enterprise else "Standard Edition"
    yield f"REHEARSAL Oracle Database {edition} ", _version(context), "64bit Rehearsal"
    yield "PL/SQL ", _version(context), "Rehearsal"


def _nls_session(context: DictionaryContext) -> Rows:
    return iter(sorted(context.nls.items()))


def _nls_database(context: DictionaryContext) -> Rows:
    charset = context.accounts.posture.database_charset or context.facts.charset
    fixed = {"NLS_CHARACTERSET": charset, "NLS_NCHAR_CHARACTERSET": "AL16UTF16"}
    return iter(sorted((context.nls | fixed | {"NLS_RDBMS_VERSION": _version(context)}).items()))


def _parameters(context: DictionaryContext) -> Rows:
    posture = context.accounts.posture
    values: dict[str, str | None] = {
        "aq_tm_processes": "1",
        "cluster_database": "TRUE" if posture.instances > 1 else "FALSE",
        "compatible": ".".join(str(part) for part in context.facts.version[:3]),
        "db_block_size": "8192",
        "db_name": context.facts.global_name.partition(".")[0].lower(),
        "instance_name": context.facts.instance,
        "memory_target": "0",
        "resource_limit": "TRUE",
        "service_names": context.facts.global_name,
        "session_max_open_files": "10",
        "sga_target": "1073741824",
        "streams_pool_size": "0",
        "undo_management": "AUTO",
        "undo_retention": str(_UNDO_RETENTION_S),
        "utl_file_dir": None,
    }
    changed = posture.set_parameters()
    for number, (name, value) in enumerate((values | changed).items(), 1):
        yield number, name, value, value, "FALSE" if name in changed else "TRUE", "FALSE", "REHEARSAL"


def _resource_limits(context: DictionaryContext) -> Rows:
    limits = dict.fromkeys(_LIMITS, "UNLIMITED") | context.accounts.posture.set_limits()
    return iter(sorted(limits.items()))


def _connect_info(context: DictionaryContext) -> Rows:
    banners = [f"TCP/IP NT Protocol Adapter for Linux: Version {_version(context)} - REHEARSAL"]
    if algorithm := context.accounts.posture.network_encryption:
        banners.append(f"{algorithm} Encryption service adapter for Linux: Version {_version(context)} - REHEARSAL")
    for banner in banners:
        yield context.session_id, context.serial, "DATABASE", "rehearsal", banner, "AL32UTF8"


def _jobs(context: DictionaryContext) -> Rows:
    for job in context.datapump.jobs():
        yield tuple(str(value) if isinstance(value, str) else value for value in astuple(job))


def _user_jobs(context: DictionaryContext) -> Rows:
    return (row[1:] for row in _jobs(context) if row[0] == context.user)


def _job_sessions(context: DictionaryContext) -> Rows:
    for job in context.datapump.jobs():
        for number in range(job.attached_sessions):
            yield job.owner_name, job.job_name, 1, f"{number:016X}", "DBMS_DATAPUMP"
        for number in range(job.datapump_sessions - job.attached_sessions):
            yield job.owner_name, job.job_name, 1, f"{number + 256:016X}", "MASTER" if number == 0 else "WORKER"


def _long_operations(context: DictionaryContext) -> Rows:
    for job in context.datapump.jobs():
        if job.state in {"EXECUTING", "COMPLETING"}:
            yield (
                context.session_id,
                context.serial,
                job.job_name,
                job.operation.strip(),
                None,
                None,
                "MB",
                job.owner_name,
            )


def _sessions(context: DictionaryContext) -> Rows:
    yield context.session_id, context.serial, context.user, "ACTIVE", context.schema, "USER"


def _resumable(context: DictionaryContext) -> Rows:
    for job, waits_for in context.datapump.suspended():
        yield 0, context.session_id, "SUSPENDED", 7200, f"SIAK_BACKUP.{job}.1", waits_for.code, str(waits_for)


INSTANCE_VIEWS = (
    View(
        "V$INSTANCE",
        columns(_INSTANCE),
        _instance,
        CATALOG_ROLE,
    ),
    View("GV$INSTANCE", columns("INST_ID n, " + _INSTANCE), _instances, CATALOG_ROLE),
    View(
        "V$DATABASE",
        columns(
            "DBID n, NAME 9, CREATED d, OPEN_MODE 20, LOG_MODE 12, CURRENT_SCN n, DB_UNIQUE_NAME 30, DATABASE_ROLE 16, "
            "PLATFORM_NAME 101, FLASHBACK_ON 18, CDB 3"
        ),
        _database,
        CATALOG_ROLE,
    ),
    View("V$VERSION", columns("BANNER 80, CON_ID n"), _banner),
    View("PRODUCT_COMPONENT_VERSION", columns("PRODUCT 320, VERSION 160, STATUS 320"), _components),
    View("NLS_SESSION_PARAMETERS", columns("PARAMETER 30, VALUE 64"), _nls_session),
    View("NLS_DATABASE_PARAMETERS", columns("PARAMETER 128, VALUE 64"), _nls_database),
    View("NLS_INSTANCE_PARAMETERS", columns("PARAMETER 30, VALUE 64"), _nls_session),
    View(
        "V$PARAMETER",
        columns("NUM n, NAME 80, VALUE 4000, DISPLAY_VALUE 4000, ISDEFAULT 9, ISMODIFIED 10, DESCRIPTION 255"),
        _parameters,
        CATALOG_ROLE,
    ),
    View("USER_RESOURCE_LIMITS", columns("RESOURCE_NAME 32, LIMIT 40"), _resource_limits),
    View(
        "V$SESSION_CONNECT_INFO",
        columns("SID n, SERIAL# n, AUTHENTICATION_TYPE 26, OSUSER 30, NETWORK_SERVICE_BANNER 4000, CLIENT_CHARSET 40"),
        _connect_info,
        CATALOG_ROLE,
    ),
    View("USER_DATAPUMP_JOBS", columns(_JOB), _user_jobs),
    View("DBA_DATAPUMP_JOBS", columns("OWNER_NAME 128, " + _JOB), _jobs, CATALOG_ROLE),
    View(
        "DBA_DATAPUMP_SESSIONS",
        columns("OWNER_NAME 128, JOB_NAME 128, INST_ID n, SADDR 16, SESSION_TYPE 14"),
        _job_sessions,
        CATALOG_ROLE,
    ),
    View(
        "V$SESSION_LONGOPS",
        columns("SID n, SERIAL# n, OPNAME 64, TARGET 64, SOFAR n, TOTALWORK n, UNITS 32, USERNAME 128"),
        _long_operations,
        CATALOG_ROLE,
    ),
    View(
        "V$SESSION",
        columns("SID n, SERIAL# n, USERNAME 128, STATUS 8, SCHEMANAME 128, TYPE 10"),
        _sessions,
        CATALOG_ROLE,
    ),
    View(
        "DBA_RESUMABLE",
        columns("USER_ID n, SESSION_ID n, STATUS 9, TIMEOUT n, NAME 4000, ERROR_NUMBER n, ERROR_MSG 4000"),
        _resumable,
        CATALOG_ROLE,
    ),
)
