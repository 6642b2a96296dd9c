# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault that one night can be given by arming it: what is broken, and what the night must come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

BIODATA = "SIAKOFF.BIODATA_WNI"


@dataclass(frozen=True)
class Fault:
    """One fault. `step` is the one that must fail, 0 if the night must go well in spite of it.

    `words` are all in the failure's message; `armed` are faults of the rehearsal server, `server` its options, and
    `changed` options of modules by their names. Only `sample` ones run with every other test.
    """

    group: str
    name: str
    step: int
    words: tuple[str, ...] = ()
    armed: Mapping[str, object] = field(default_factory=dict)
    changed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    server: tuple[str, ...] = ()
    logins: int = 0
    refused_options: tuple[str, ...] = ()
    sample: bool = False

    @property
    def expected(self) -> str:
        """The verdict in the table's words."""
        return f"step {self.step} {' '.join(self.words)}" if self.step else "OK"


def _fault(group: str, name: str, step: int, *words: str, **more: Any) -> Fault:
    own = {key: more.pop(key) for key in ("changed", "server", "logins", "refused_options", "sample") if key in more}
    return Fault(group, name, step, words, armed=more, **own)


def _connection(**changed: Any) -> dict[str, Mapping[str, Any]]:
    return {"backup_preflight": {"connection": changed}}


OLD = ("--oracle-version=11.2.0.4.0",)
NEW = ("--oracle-version=19.3.0.0.0",)
NEWEST = ("--oracle-version=23.4.0.0.0",)
CIPHERED = ("--tls=sound",)
MUTUAL = ("--tls=mutual",)
OWNER = {
    module: {"connection": {"user": "SIAK_BACKUP[SIAKOFF]"}}
    for module in ("backup_preflight", "oracle_export", "oracle_collect")
}
IMPATIENT = {"backup_preflight": {"connection": {"connect_timeout_s": 1.0, "call_timeout_s": 2.0}}}
LIMIT = {"oracle_export": {"time_limit_s": 3}}
ORPHAN = "SIAK_20250101T093000Z_0000AA"
KEY_TABLES = [BIODATA, "SIAKOFF.DATA_KELUARGA"]


def _chosen(**options: Any) -> dict[str, Mapping[str, Any]]:
    """Return what steps 1 and 2 are told of the export's scope."""
    return {"backup_preflight": options | {"key_tables": KEY_TABLES}, "oracle_export": options}


FAULTS = (
    # connect
    _fault(
        "connect",
        "listener does not know the service",
        1,
        "SIAK-201",
        "ORA-12514",
        refuse="unknown-service",
        sample=True,
    ),
    _fault("connect", "listener does not know the SID", 1, "SIAK-201", refuse="unknown-sid"),
    _fault("connect", "listener has no handler", 1, "SIAK-201", "ORA-12516", refuse="no-handler"),
    _fault("connect", "all handlers are taken", 1, "SIAK-201", "ORA-12519", refuse="crowded"),
    _fault("connect", "instances block new connections", 1, "SIAK-201", "ORA-12528", refuse="blocked"),
    _fault("connect", "listener closes at once", 1, "SIAK-201", refuse="closed"),
    _fault("connect", "listener never answers", 1, "SIAK-201", "tidak menjawab", refuse="silent", changed=IMPATIENT),
    _fault(
        "connect", "nothing listens", 1, "SIAK-201", changed=_connection(dsn="127.0.0.1:9/x", user="x", password="x")
    ),
    _fault(
        "connect",
        "host name is unknown",
        1,
        "SIAK-201",
        changed=_connection(dsn="tidak-ada.invalid:1521/x", user="x", password="x"),
    ),
    _fault(
        "connect",
        "server wants native encryption",
        1,
        "SIAK-201",
        "DPY-3001",
        "client_lib_dir",
        refuse="native-encryption",
    ),
    _fault("connect", "server is older than 12.1", 1, "SIAK-201", "DPY-3010", "client_lib_dir", refuse="old-version"),
    _fault("connect", "listener speaks TLS", 0, server=CIPHERED),
    _fault("connect", "listener speaks TLS and wants a client certificate", 0, server=MUTUAL, sample=True),
    _fault("connect", "certificate has expired", 1, "SIAK-205", "kedaluwarsa", server=MUTUAL, certificate="expired"),
    _fault(
        "connect",
        "certificate is another machine's",
        1,
        "SIAK-205",
        "DPY-6006",
        server=MUTUAL,
        certificate="other-name",
    ),
    _fault(
        "connect",
        "certificate is of an unknown CA",
        1,
        "SIAK-205",
        "tidak dikenal",
        server=MUTUAL,
        certificate="other-ca",
    ),
    _fault(
        "connect",
        "listener wants a client certificate that is not in the wallet",
        1,
        "SIAK-205",
        "sertifikat klien",
        server=CIPHERED,
        certificate="no-client-key",
    ),
    _fault(
        "connect",
        "wallet is gone",
        1,
        "SIAK-100",
        "wallet tidak ada",
        server=MUTUAL,
        changed=_connection(wallet_dir="/tidak/ada"),
    ),
    _fault("connect", "service leads into CDB$ROOT", 1, "SIAK-100", "CDB$ROOT", container="CDB$ROOT"),
    _fault("connect", "database is a RAC of two instances", 0, instances=2),
    # login
    _fault("login", "proxy to the owner of the tables", 0, connect_through="SIAKOFF", changed=OWNER),
    _fault("login", "proxy without CONNECT THROUGH", 1, "SIAK-203", "ORA-28150", "CONNECT THROUGH", changed=OWNER),
    _fault("login", "only a 10g verifier", 1, "SIAK-202", "DPY-3015", refuse="old-verifier"),
    _fault("login", "password was changed", 1, "SIAK-202", "ORA-01017", password_changed=True, logins=1, sample=True),
    _fault("login", "account is locked", 1, "SIAK-202", "ORA-28000", account_status="LOCKED"),
    _fault("login", "password has expired", 1, "SIAK-202", "ORA-28001", account_status="EXPIRED"),
    _fault("login", "password is in its days of grace", 0, account_status="EXPIRED(GRACE)"),
    _fault("login", "password expires in ten days", 0, password_expires_in_days=10),
    _fault("login", "no more processes", 1, "SIAK-201", "ORA-00020", logon_error="most-processes"),
    _fault("login", "database is starting", 1, "SIAK-201", "ORA-01033", logon_error="starting"),
    _fault("login", "database is down", 1, "SIAK-201", "ORA-01034", logon_error="down"),
    _fault("login", "database is restricted", 1, "SIAK-201", "ORA-01035", logon_error="restricted"),
    _fault("login", "database is being shut down", 1, "SIAK-201", "ORA-01089", logon_error="shutting-down"),
    # privilege
    _fault("privilege", "CREATE SESSION revoked", 1, "SIAK-203", "ORA-01045", no_create_session=True),
    _fault("privilege", "CREATE TABLE revoked", 1, "SIAK-203", "CREATE TABLE", no_create_table=True),
    _fault("privilege", "export role revoked", 1, "SIAK-150", "DATAPUMP_EXP_FULL_DATABASE", no_export_role=True),
    _fault(
        "privilege",
        "export role revoked, full mode",
        1,
        "DATAPUMP_EXP_FULL_DATABASE",
        no_export_role=True,
        changed=_chosen(mode="full", schemas=[]),
    ),
    _fault("privilege", "FLASHBACK ANY TABLE revoked", 3, "SIAK-203", "ORA-01031", no_flashback=True),
    _fault("privilege", "DBMS_DATAPUMP revoked", 2, "SIAK-203", "PLS-00201", no_datapump=True),
    _fault("privilege", "UTL_FILE revoked", 1, "SIAK-203", "PLS-00201", no_utl_file=True),
    _fault("privilege", "no quota", 1, "SIAK-203", "kuota", quota_bytes=0),
    _fault("privilege", "quota of 1 MB", 1, "SIAK-203", "kuota", quota_bytes=1 << 20),
    _fault("privilege", "ALL_DIRECTORIES is empty", 1, "SIAK-203", "directory", no_directory=True),
    _fault("privilege", "READ on the directory revoked", 1, "SIAK-203", "READ", no_directory_read=True),
    _fault("privilege", "WRITE on the directory revoked", 1, "SIAK-203", "WRITE", no_directory_write=True, sample=True),
    _fault(
        "privilege",
        "directory is of another name",
        1,
        "SIAK-203",
        "directory",
        changed={"backup_preflight": {"directory": "LAIN_DIR"}},
    ),
    _fault("privilege", "folder behind the directory is gone", 1, "SIAK-203", "ORA-29283", folder_missing=True),
    _fault("privilege", "folder is read-only", 1, "SIAK-203", "ORA-29283", folder_read_only=True),
    _fault("privilege", "database is a read-only standby", 1, "SIAK-200", "READ ONLY", database_read_only=True),
    # job: its beginning
    _fault("job", "a table has the job's name", 2, "SIAK-210", "ORA-31633", "ORA-00955", master_in_the_way=True),
    _fault("job", "an orphaned master table of ours", 0, orphan_master=ORPHAN),
    _fault(
        "job",
        "an orphaned master table of ours, to be dropped",
        0,
        orphan_master=ORPHAN,
        changed={"backup_preflight": {"drop_orphans": True}},
        sample=True,
    ),
    _fault(
        "job",
        "an orphaned master table to be dropped, which a session holds",
        0,
        orphan_master=ORPHAN,
        master_in_use=True,
        changed={"backup_preflight": {"drop_orphans": True}},
    ),
    _fault("job", "a dropped master table in the recycle bin", 0, recycled_master=True),
    _fault("job", "no memory in the streams pool", 2, "SIAK-210", "ORA-31623", open_error="streams-pool"),
    _fault("job", "no master process", 2, "SIAK-210", "ORA-31637", open_error="no-master-process"),
    _fault("job", "signatures of 10g", 0, old_signatures=True, refused_options=("CLUSTER",)),
    _fault("job", "METRICS is unknown", 0, unknown_parameter="METRICS", refused_options=("METRICS",)),
    _fault("job", "LOGTIME is inconsistent", 0, inconsistent_parameter="LOGTIME", refused_options=("LOGTIME",)),
    _fault(
        "job",
        "CLIENT_COMMAND is not licensed",
        0,
        unlicensed_parameter="CLIENT_COMMAND",
        refused_options=("CLIENT_COMMAND",),
    ),
    _fault(
        "job",
        "compression is not licensed",
        0,
        changed={"oracle_export": {"compression": "all"}},
        refused_options=("COMPRESSION",),
    ),
    _fault(
        "job",
        "parallel in Standard Edition",
        0,
        changed={"oracle_export": {"parallel": 4}},
        refused_options=("PARALLEL",),
    ),
    _fault(
        "job",
        "ESTIMATE is unknown",
        0,
        unknown_parameter="ESTIMATE",
        changed={"oracle_export": {"estimate": "statistics"}},
        refused_options=("ESTIMATE",),
    ),
    # job: what it is to export
    _fault("job", "statistics are left out", 0, changed=_chosen(exclude=["STATISTICS"])),
    _fault(
        "job",
        "a key table is left out",
        1,
        "SIAK-100",
        BIODATA,
        "tidak ikut diekspor",
        changed=_chosen(exclude=["TABLE:\"IN ('BIODATA_WNI')\""]),
        sample=True,
    ),
    _fault(
        "job",
        "an object path that does not exist is left out",
        2,
        "SIAK-210",
        "ORA-39041",
        changed=_chosen(exclude=["STATISTIK"]),
    ),
    _fault(
        "job",
        "EXCLUDE is refused",
        2,
        "SIAK-210",
        "exclude",
        "ORA-39001",
        unknown_filter="EXCLUDE_PATH_EXPR",
        changed=_chosen(exclude=["STATISTICS"]),
    ),
    _fault("job", "tables alone", 0, changed=_chosen(mode="table", tables=KEY_TABLES), sample=True),
    _fault(
        "job",
        "a table of table mode is not there",
        1,
        "SIAK-100",
        "SIAKOFF.HANTU",
        changed=_chosen(mode="table", tables=[*KEY_TABLES, "SIAKOFF.HANTU"]),
    ),
    _fault(
        "job",
        "a table of table mode is gone after step 1",
        2,
        "SIAK-210",
        "ORA-39166",
        changed={
            "backup_preflight": {"mode": "table", "tables": KEY_TABLES},
            "oracle_export": {"mode": "table", "tables": [*KEY_TABLES, "SIAKOFF.HANTU"]},
        },
    ),
    _fault("job", "the whole database", 0, changed=_chosen(mode="full", schemas=[]), sample=True),
    _fault("job", "FLASHBACK_SCN is refused", 2, "SIAK-210", "ORA-39001", unknown_parameter="FLASHBACK_SCN"),
    _fault("job", "start succeeds with information", 0, info_on_start=True, sample=True),
    _fault(
        "job",
        "start fails, the reason in GET_STATUS alone",
        2,
        "SIAK-210",
        "ORA-39006",
        "ORA-39065",
        start_refused=True,
    ),
    _fault("job", "start is unheard and yet the job runs", 0, start_unheard=True),
    # job: its life
    _fault(
        "job", "undo is gone for a table", 2, "SIAK-210", "ORA-01555", BIODATA, snapshot_too_old=BIODATA, sample=True
    ),
    _fault("job", "undo is gone for a LOB", 2, "SIAK-210", "ORA-22924", BIODATA, lob_too_old=BIODATA),
    _fault("job", "a table has a corrupt block", 2, "SIAK-210", "ORA-01578", BIODATA, corrupt_table=BIODATA),
    _fault("job", "worker dies", 2, "SIAK-210", "ORA-39126", fatal_at_percent=50),
    _fault("job", "workers are killed", 2, "SIAK-210", "ORA-39014", workers_gone_at_percent=50),
    _fault("job", "database is shut down under the job", 2, "SIAK-210", "ORA-01089", shutdown_at_percent=50),
    _fault("job", "dump files take no more", 2, "SIAK-210", "ORA-39095", space_exhausted_at_percent=50),
    _fault("job", "a DBA stops the job", 2, "SIAK-210", "STOPPED", stopped_at_percent=50),
    _fault("job", "the job's processes vanish", 2, "SIAK-210", vanish_at_percent=50),
    _fault(
        "job", "hangs for room, and says so", 2, "SIAK-211", "ORA-39171", "ORA-01653", hang_at_percent=50, changed=LIMIT
    ),
    _fault("job", "hangs without a word", 2, "SIAK-211", hang_at_percent=50, hang_announced=False, changed=LIMIT),
    _fault(
        "job",
        "hangs and STOP_JOB is refused",
        2,
        "SIAK-211",
        "masih ada",
        hang_at_percent=50,
        stop_refused=True,
        changed=LIMIT,
    ),
    _fault("job", "hangs and is slow to stop", 2, "SIAK-211", hang_at_percent=50, stop_takes_s=3, changed=LIMIT),
    _fault("job", "master table cannot be written", 2, "SIAK-210", "ORA-31694", master_unload_fails=True),
    _fault("job", "GET_STATUS is slow", 0, slow_status_s=1),
    _fault("job", "the end is never told", 0, end_unseen=True, sample=True),
    _fault(
        "job",
        "the end is never told, one table skipped",
        2,
        "SIAK-210",
        "ORA-01555",
        end_unseen=True,
        snapshot_too_old=BIODATA,
    ),
    _fault("job", "the end is never told, and the log is cut", 2, "SIAK-210", "log", end_unseen=True, log_cut=True),
    # file
    _fault("file", "disk full", 2, "SIAK-210", "ORA-19502", disk_full_at_bytes=30000, sample=True),
    _fault("file", "files grow by 64 KB", 0, extend_bytes=65536),
    _fault("file", "first piece is cut", 3, "SIAK-300", truncate_piece=1, sample=True),
    _fault("file", "last piece is cut by 100 bytes", 3, "SIAK-300", truncate_piece=3, truncate_bytes=100),
    _fault("file", "a piece is empty", 3, "SIAK-300", zero_byte_piece=2),
    _fault("file", "a piece is missing", 2, "SIAK-210", "_02.dmp", missing_piece=2),
    _fault("file", "a piece of another export", 3, "SIAK-300", foreign_piece=2),
    _fault("file", "two pieces have each other's names", 0, swapped_pieces=True),
    _fault("file", "zeros behind a piece", 3, "SIAK-300", padded_piece=1),
    _fault("file", "a block of a piece is zeros", 3, "SIAK-300", damaged_piece=1),
    _fault("file", "a piece is encrypted", 3, "SIAK-300", encrypted_piece=1),
    _fault(
        "file",
        "partial pieces cannot be removed",
        2,
        "SIAK-211",
        "tidak dapat dihapus",
        hang_at_percent=50,
        files_locked=True,
        changed=LIMIT,
    ),
    _fault("file", "undo is gone for the counts", 3, "SIAK-221", "ORA-01555", undo_gone=True),
    # log
    _fault("log", "cut in the middle", 2, "SIAK-210", "log", log_cut=True, sample=True),
    _fault("log", "zeros in the middle", 2, "SIAK-210", "log", log_zeroed=True),
    _fault("log", "missing", 2, "SIAK-210", "log", log_missing=True),
    _fault("log", "of another job", 2, "SIAK-210", "log", log_foreign=True),
    _fault("log", "counts other rows than the dump", 3, "SIAK-300", log_miscounts=True),
    _fault("log", "in Chinese", 2, "SIAK-210", "log", log_language="SIMPLIFIED CHINESE"),
    _fault("log", "line ends of Windows", 0, log_crlf=True),
    _fault("log", "of 11.2, without METRICS and LOGTIME", 0, server=OLD, refused_options=("METRICS", "LOGTIME")),
    _fault("log", "of 19c", 0, server=NEW),
    _fault("log", "of 23ai", 0, server=NEWEST),
    # network
    *(
        _fault("network", f"lines drop after {count} bytes", 1, "SIAK-201", drop_after_bytes=count)
        for count in (0, 500, 1500, 2500)
    ),
    _fault("network", "lines drop after 4000 bytes", 2, "SIAK-201", drop_after_bytes=4000),
    _fault("network", "lines drop after 12000 bytes", 3, "SIAK-201", drop_after_bytes=12000, sample=True),
    _fault("network", "lines drop after 20000 bytes", 3, "SIAK-201", drop_after_bytes=20000),
    _fault("network", "lines drop after 100000 bytes", 0, drop_after_bytes=100000),
    _fault("network", "lines are silent for 3 s", 0, stall_after_bytes=9000, stall_s=3),
    _fault(
        "network", "lines fall silent for good", 1, "SIAK-201", stall_after_bytes=1500, stall_s=60, changed=IMPATIENT
    ),
    # clock
    _fault("clock", "server two hours ahead", 0, clock_offset_s=7200),
    _fault("clock", "server two hours behind", 0, clock_offset_s=-7200),
    _fault("clock", "server a year behind", 0, clock_offset_s=-31536000),
    _fault("clock", "server in WIT", 0, clock_zone="WIT", sample=True),
    _fault("clock", "server in WITA, its log's times too", 0, clock_zone="WITA", clock_offset_s=300),
    _fault("clock", "server in UTC, a day ahead", 0, clock_zone="UTC", clock_offset_s=86400),
)
