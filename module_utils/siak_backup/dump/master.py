# SPDX-License-Identifier: GPL-3.0-or-later
"""The master table: a Data Pump job's own record of what it exported, kept as the last stream of the dump.

Rows that matter are told by PROCESS_ORDER and DUPLICATE. Above 0 are the objects: DUPLICATE 0 is the object itself,
1000001 and on are the streams its data went to. Of the negative ones, -1 is the job, -21 a dump file, -53 a schema
list, -59 a parameter. Learnt from files of 11.2 to 23ai; STATE reads EXECUTING in every healthy one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from sys import intern
from typing import TYPE_CHECKING, Final

from .header import BLOCK_BYTES
from .rows import iterate_rows
from .stream import StreamError, read_closing_head, read_columns, read_head, refuse_compressed
from .values import moment, whole_number
from .verdict import MOST_TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .header import DumpHeader
    from .source import Source

_JOB, _FILE = -1, -21
#: Filters and parameters.
_TOLD: Final = (-53, -59)
#: FILE_TYPE of a name with %U, KU$_DUMPFILE_TYPE_TEMPLATE: no file itself.
_TEMPLATE: Final = 3
_FIRST_EXTENT: Final = 1_000_001
_LONGEST_TEXT: Final = 4000
#: Parameters that are kept; 23ai writes 60.
_MOST_PARAMETERS: Final = 500


@dataclass(frozen=True, slots=True)
class Extent:
    """One stream of a table's data: a 4096-byte block of a file, counted from 1, and the bytes from there."""

    file_number: int
    position: int
    length_bytes: int
    rows: int | None

    @property
    def offset(self) -> int:
        """Offset in bytes."""
        return (self.position - 1) * BLOCK_BYTES


@dataclass(frozen=True, slots=True)
class ExportedTable:
    """A table, partition or subpartition; `partition` is empty for a whole table, `rows` None where not recorded."""

    schema: str
    name: str
    partition: str
    rows: int | None
    extents: tuple[Extent, ...] = ()

    @property
    def label(self) -> str:
        """Its name as an operator reads it."""
        return ".".join(filter(None, (self.schema, self.name))) + (f":{self.partition}" if self.partition else "")


@dataclass(frozen=True, slots=True)
class DumpFile:
    """One file of the set as the job recorded it; `size_bytes` is its size before the master table was added."""

    name: str
    size_bytes: int | None


@dataclass(frozen=True)
class Master:
    """What the master table says of the export."""

    operation: str
    mode: str
    db_version: str
    guid: str
    error_count: int | None
    files: tuple[DumpFile, ...]
    """In the order of their numbers."""
    tables: tuple[ExportedTable, ...]
    others: tuple[ExportedTable, ...]
    """What is no table but has streams, as statistics have since 12.2; its name is its object path."""
    rows_end: int
    """Offset in bytes of what follows its own last row: zeros up to a block boundary."""
    is_all: bool
    """Whether everything that it records could be kept."""
    facts: Mapping[str, object]
    """What the job says of itself and was told, for JSON."""

    def as_dict(self) -> dict[str, object]:
        """Return the export's facts for JSON."""
        facts = {"operation": self.operation, "mode": self.mode, "db_version": self.db_version, "guid": self.guid}
        schemas = sorted({table.schema for table in self.tables})
        return facts | {"schemas": schemas, "dump_files": [file.name for file in self.files]} | dict(self.facts)


@dataclass
class _Collected:
    """What has been read of the master table so far."""

    job: Mapping[str, bytes | None] | None = None
    files: dict[int, DumpFile] = field(default_factory=dict)
    tables: dict[int, ExportedTable] = field(default_factory=dict)
    extents: dict[int, list[Extent]] = field(default_factory=dict)
    paths: dict[int, str] = field(default_factory=dict)
    """Object path of what has extents."""
    parameters: dict[str, str | int | None] = field(default_factory=dict)
    kept: int = 0
    """Number of files, tables and extents."""

    @property
    def is_full(self) -> bool:
        """Whether no more can be kept."""
        return self.kept >= 2 * MOST_TABLES or len(self.tables) >= MOST_TABLES

    def take(self, row: _Row) -> None:
        """Keep what a row tells."""
        order = row.number("PROCESS_ORDER")
        if order == _JOB and self.job is None:
            self.job = row.values
        elif order == _FILE and row.number("FILE_TYPE") != _TEMPLATE:
            self.kept += 1
            self.files[row.number("DUPLICATE") or 0] = DumpFile(row.text("FILE_NAME"), row.number("COMPLETED_BYTES"))
        elif order in _TOLD and len(self.parameters) < _MOST_PARAMETERS:
            self.parameters[row.text("NAME")] = row.text("VALUE_T") or row.number("VALUE_N")
        elif order is not None and order > 0:
            self._take_object(order, row)

    def _take_object(self, order: int, row: _Row) -> None:
        duplicate = row.number("DUPLICATE")
        if duplicate == 0 and row.text("OBJECT_TYPE_PATH").endswith("TABLE_DATA"):
            partition = row.text("SUBPARTITION_NAME") or row.text("PARTITION_NAME")
            self.kept += 1
            self.tables[order] = ExportedTable(
                intern(row.text("OBJECT_SCHEMA")), row.text("OBJECT_NAME"), partition, row.number("COMPLETED_ROWS")
            )
        elif duplicate is not None and duplicate >= _FIRST_EXTENT:
            file_number, position = row.number("DUMP_FILEID"), row.number("DUMP_POSITION")
            length = row.number("DUMP_LENGTH")
            if file_number is not None and position and length is not None:
                extent = Extent(file_number, position, length, row.number("COMPLETED_ROWS"))
                self.kept += 1
                self.extents.setdefault(order, []).append(extent)
                self.paths[order] = intern(row.text("OBJECT_TYPE_PATH"))

    def master(self, rows_end: int) -> Master:
        """Return what was read up to `rows_end`. Raises StreamError if there is no job in it."""
        if self.job is None:
            raise StreamError("the master table holds no job")
        job = _Row(self.job)
        tables = (
            replace(table, extents=tuple(self.extents.get(order, ()))) for order, table in sorted(self.tables.items())
        )
        others = (self._other(order) for order in sorted(self.extents.keys() - self.tables.keys()))
        return Master(
            operation=job.text("OPERATION"),
            mode=job.text("JOB_MODE"),
            db_version=job.text("DB_VERSION"),
            guid=(job.values.get("GUID") or b"").hex().upper(),
            error_count=job.number("ERROR_COUNT"),
            files=tuple(file for _, file in sorted(self.files.items())),
            tables=tuple(tables),
            others=tuple(others),
            rows_end=rows_end,
            is_all=not self.is_full,
            facts={
                "job_version": job.text("JOB_VERSION"),
                "platform": job.text("PLATFORM"),
                "instance": job.text("INSTANCE"),
                "started_at_server": moment(job.values.get("START_TIME") or b""),
                "parameters": self.parameters,
            },
        )

    def _other(self, order: int) -> ExportedTable:
        """Return what is no table; the rows of its extents are all that is recorded."""
        extents = tuple(self.extents[order])
        counts = [extent.rows for extent in extents]
        rows = None if None in counts else sum(filter(None, counts))
        return ExportedTable("", self.paths[order], "", rows, extents)


@dataclass(frozen=True)
class _Row:
    values: Mapping[str, bytes | None]

    def number(self, name: str) -> int | None:
        data = self.values.get(name)
        return None if data is None else whole_number(data)

    def text(self, name: str) -> str:
        text = (self.values.get(name) or b"")[:_LONGEST_TEXT].decode("utf-8", errors="replace")
        return "".join(character if character.isprintable() else "\ufffd" for character in text)


def read_master(source: Source, header: DumpHeader) -> Master:
    """Read the master table that `header` (a file's header, or its trailer) points to.

    Raises StreamError if it is not there or contradicts itself, CompressedError if it is compressed.
    """
    start = header.master_offset
    head = read_head(source, start)
    length_bytes = header.master_bytes
    refuse_compressed(head, length_bytes)
    if head.open_ended:
        # The closing block is counted in the length and lies on the next block boundary.
        blocks = -(-length_bytes // BLOCK_BYTES) - 1
        head = read_closing_head(source, start + blocks * BLOCK_BYTES, head)
        length_bytes -= BLOCK_BYTES
    if head.length_bytes != length_bytes:
        raise StreamError(f"a master table of {head.length_bytes} bytes, not of {length_bytes}")
    end = head.rows_offset + head.rows_bytes
    plain, lobs = read_columns(source, head)
    columns = (*plain, *lobs)
    collected = _Collected()
    for values in iterate_rows(source, head.rows_offset, end):
        if collected.is_full:
            break
        if len(values) > len(columns):
            raise StreamError("a row of the master table with too many columns")
        if b"" in values[: len(plain)]:
            raise StreamError("an empty value in the master table, which Oracle writes as NULL")
        collected.take(_Row(dict(zip(columns, values, strict=False))))
    return collected.master(end)
