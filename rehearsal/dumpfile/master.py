# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of the master table: the catalogue at the end of a dump that says what the dump holds and where.

PROCESS_ORDER tells rows apart: -1 the job, -21 a file, -41 a worker, -53 a filter, -59 a parameter, -71 the master
itself, -73 the character sets, and from 1 on the exported objects; there DUPLICATE 0 is the object and those from
1000001 on are its streams. Rows and their columns are those found in dumps of 11.2, 12.2 and 23; metadata objects
are absent, since nothing describes how Oracle packs them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from .model import BLOCK_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .model import DatabaseFacts, Extent, Table

MasterValue: TypeAlias = str | int | bytes | datetime | None
MasterRow: TypeAlias = "Mapping[str, MasterValue]"

_TABLE_DATA_PATHS = {
    "SCHEMA": "SCHEMA_EXPORT/TABLE/TABLE_DATA",
    "FULL": "DATABASE_EXPORT/SCHEMA/TABLE/TABLE_DATA",
    "TABLE": "TABLE_EXPORT/TABLE/TABLE_DATA",
}
_FIRST_STREAM = 1_000_001


@dataclass(frozen=True)
class JobRecord:
    """The job as the master table keeps it. `filters` and `parameters` are (name, value), `defaults` likewise."""

    owner: str
    name: str
    mode: str
    guid: bytes
    version: tuple[int, ...]
    started: datetime
    degree: int
    filters: Sequence[tuple[str, str]]
    parameters: Sequence[tuple[str, str | int]]
    defaults: Sequence[tuple[str, str | int]]


@dataclass(frozen=True)
class FileRecord:
    """A dump file of the set; `completed_bytes` ends where the master table begins, if it is in this file."""

    number: int
    path: str
    directory: str
    user_file_name: str
    limit_bytes: int
    completed_bytes: int


@dataclass(frozen=True)
class TableRecord:
    """What became of one table. Without `extents` it has no rows, or was skipped."""

    table: Table
    extents: tuple[Extent, ...]
    rows: int
    estimate_bytes: int
    started: datetime
    ended: datetime
    skipped: bool = False

    @property
    def bytes_(self) -> int:
        """Length of all streams, in bytes."""
        return sum(extent.length_bytes for extent in self.extents)


def master_rows(
    job: JobRecord,
    facts: DatabaseFacts,
    files: Sequence[FileRecord],
    tables: Sequence[TableRecord],
    worker_error_count: int,
) -> Iterator[MasterRow]:
    """Yield the master table's rows, as columns that are not NULL."""
    yield _job_row(job, facts, sum(record.estimate_bytes for record in tables), worker_error_count)
    yield {
        "PROCESS_ORDER": -71, "DUPLICATE": 0, "FLAGS": 0, "OBJECT_SCHEMA": job.owner, "OBJECT_NAME": job.name,
        "OBJECT_LONG_NAME": job.name, "PARALLELIZATION": 1, "PROCESSING_STATE": "E", "UNLOAD_METHOD": 1,
    }  # fmt: skip
    yield {"PROCESS_ORDER": -73, "DUPLICATE": 0, "NAME": facts.charset, "OBJECT_NAME": "AL16UTF16"}
    for number, (name, text) in enumerate(job.filters, 1):
        yield {"PROCESS_ORDER": -53, "DUPLICATE": number, "NAME": name, "VALUE_T": text}
    parameters = [(*pair, 0) for pair in job.parameters] + [(*pair, 1) for pair in job.defaults]
    for number, (name, value, is_default) in enumerate(parameters, 1):
        column = "VALUE_N" if isinstance(value, int) else "VALUE_T"
        yield {
            "PROCESS_ORDER": -59, "DUPLICATE": number, "NAME": name, column: value, "IS_DEFAULT": is_default,
            "FLAGS": 3 * is_default,
        }  # fmt: skip
    for file in files:
        yield {
            "PROCESS_ORDER": -21, "DUPLICATE": file.number, "FILE_TYPE": 0, "FLAGS": 1, "EXTEND_SIZE": 0,
            "FILE_NAME": file.path, "USER_DIRECTORY": file.directory, "USER_FILE_NAME": file.user_file_name,
            "FILE_MAX_SIZE": file.limit_bytes, "COMPLETED_BYTES": file.completed_bytes,
        }  # fmt: skip
    yield {
        "PROCESS_ORDER": -41, "DUPLICATE": 1, "OBJECT_SCHEMA": job.owner, "PROCESS_NAME": "DW00",
        "INSTANCE": facts.instance, "INSTANCE_ID": 1, "STATE": "EXECUTING", "WORK_ITEM": "UNLOAD DATA",
        "COMPLETED_ROWS": 1, "PARALLELIZATION": 1,
    }  # fmt: skip
    path = _TABLE_DATA_PATHS[job.mode]
    for order, record in enumerate(tables, 1):
        yield _object_row(order, record, path)
        for number, extent in enumerate(record.extents, _FIRST_STREAM):
            yield {
                "PROCESS_ORDER": order, "DUPLICATE": number, "OBJECT_TYPE_PATH": path, "FLAGS": 1, "GRANULES": 1,
                "DUMP_FILEID": extent.file_number, "DUMP_POSITION": extent.position, "ERROR_COUNT": 0,
                "DUMP_LENGTH": extent.length_bytes, "DUMP_ORIG_LENGTH": extent.length_bytes,
                "DUMP_ALLOCATION": -(-extent.length_bytes // BLOCK_BYTES), "COMPLETED_ROWS": extent.rows,
            }  # fmt: skip


def _job_row(job: JobRecord, facts: DatabaseFacts, total_bytes: int, error_count: int) -> MasterRow:
    return {
        "PROCESS_ORDER": -1, "DUPLICATE": 0, "OPERATION": "EXPORT", "JOB_MODE": job.mode, "NAME": job.name,
        "USER_NAME": job.owner, "GUID": job.guid, "STATE": "EXECUTING", "PHASE": 6, "DEGREE": job.degree,
        "START_TIME": job.started, "TIMEZONE": "+00:00", "ERROR_COUNT": error_count, "TOTAL_BYTES": total_bytes,
        "DB_VERSION": ".".join(map(str, facts.version)), "JOB_VERSION": ".".join(map(str, job.version)),
        "PLATFORM": facts.platform_name, "INSTANCE": f"REHEARSAL:{facts.instance}", "VALUE_T": facts.global_name,
        "BLOCK_SIZE": BLOCK_BYTES, "METADATA_BUFFER_SIZE": 131072, "DATA_BUFFER_SIZE": 262144, "VERSION": 1,
        "CLUSTER_OK": 1, "ABORT_STEP": 0, "OBJECT_PATH_SEQNO": 0,
    }  # fmt: skip


def _object_row(order: int, record: TableRecord, path: str) -> MasterRow:
    table = record.table
    return {
        "PROCESS_ORDER": order, "DUPLICATE": 0, "OBJECT_TYPE": "TABLE_DATA", "OBJECT_TYPE_PATH": path,
        "OBJECT_SCHEMA": table.owner, "OBJECT_NAME": table.name, "OBJECT_LONG_NAME": table.name,
        "ORIGINAL_OBJECT_SCHEMA": table.owner, "ORIGINAL_OBJECT_NAME": table.name, "PARTITION_NAME": table.partition,
        "BASE_OBJECT_TYPE": "TABLE", "BASE_OBJECT_SCHEMA": table.owner, "BASE_OBJECT_NAME": table.name,
        "DATAOBJ_NUM": table.object_id, "SIZE_ESTIMATE": record.estimate_bytes, "UNLOAD_METHOD": 1, "FLAGS": 0,
        "COMPLETED_ROWS": None if record.skipped else record.rows, "COMPLETION_TIME": record.ended,
        "START_TIME": record.started, "DUMP_LENGTH": record.bytes_, "DUMP_ORIG_LENGTH": record.bytes_,
        "PARALLELIZATION": 1, "GRANULES": len(record.extents), "CREATION_LEVEL": 0, "TRIGFLAG": 0,
        "ERROR_COUNT": int(record.skipped) or None, "PROCESSING_STATE": "R",
        "PROCESSING_STATUS": "F" if record.skipped else "C",
    }  # fmt: skip
