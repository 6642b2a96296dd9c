# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: DTZ001 - an interface is kept; a dump knows no zone
"""Exports written by the rehearsal's Data Pump, of any release, for the reader to judge."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rehearsal.contract import Column, OraType
from rehearsal.datapump import Caller, DataPump, Faults
from rehearsal.dumpfile.master import FileRecord, JobRecord, TableRecord, master_rows
from rehearsal.dumpfile.model import DatabaseFacts, Table
from rehearsal.dumpfile.writer import DumpWriter
from rehearsal.residents import SCHEMA, batches

JOB = "SIAK_BACKUP_TEST"
BEGAN = datetime(2026, 3, 17, 22, 0, 0)
SCANS = Table(SCHEMA, "PINDAIAN", (Column("BERKAS", OraType.BLOB),))
NOTHING = Table(SCHEMA, "PINDAIAN_BARU", SCANS.columns)
PHOTOS = Table(SCHEMA, "FOTO", (Column("NIK", OraType.NUMBER, 22, 16, 0), Column("CATATAN", OraType.CLOB)))


@dataclass(frozen=True)
class Export:
    """Files of one job, and the rows it was asked to export, by SCHEMA.NAME."""

    pieces: list[Path]
    log: Path
    rows: dict[str, int]


class RegistrySource:
    """A database of synthetic residents, in memory, as an export job sees it."""

    def __init__(self, folder: Path, version: tuple[int, int, int, int, int], residents: int) -> None:
        self._folder = folder
        self._facts = DatabaseFacts(version, "gladi", "REHEARSAL.GLADI", "REHEARSAL of Oracle Database")
        self.contents: dict[Table, list[tuple[object, ...]]] = defaultdict(list)
        if residents:
            for table, rows in batches(residents):
                self.contents[Table(SCHEMA, table.name, table.columns)] += rows
            self.contents[PHOTOS] = [(6208990000000000 + n, "catatan panjang " * 500) for n in range(20)]

    def facts(self):
        return self._facts

    def current_scn(self):
        return 4711

    def schemas(self):
        return (SCHEMA,)

    def tables(self, schemas, scn):
        return list(self.contents)

    def rows(self, table, scn):
        return iter(self.contents[table])

    def estimate_bytes(self, table):
        return 65536

    def resolve_directory(self, user, directory, *, write):
        return self._folder

    def has_role(self, user, role):
        return True

    def check_create_table(self, user):
        pass

    def table_exists(self, owner, name):
        return False


def export(
    folder: Path,
    *,
    version: tuple[int, int, int, int, int] = (12, 2, 0, 1, 0),
    residents: int = 300,
    filesize: str | None = None,
    faults: Faults | None = None,
) -> Export:
    """Run one export job to its end in `folder`."""
    folder.mkdir(exist_ok=True)
    source = RegistrySource(folder, version, residents)
    pump = DataPump(source, faults=faults or Faults())
    caller = Caller(101, "SIAK_BACKUP", threading.Event())
    handle = pump.open(caller, operation="EXPORT", job_mode="SCHEMA", job_name=JOB)
    pump.add_file(caller, handle, filename=f"{JOB}.log", directory="D", filetype=3)
    pump.add_file(caller, handle, filename=f"{JOB}_%U.dmp", directory="D", filesize=filesize)
    pump.metadata_filter(caller, handle, name="SCHEMA_LIST", value=f"'{SCHEMA}'")
    pump.start_job(caller, handle)
    pump.wait_for_job(caller, handle)
    pump.shutdown()
    rows = {f"{table.owner}.{table.name}": len(rows) for table, rows in source.contents.items()}
    return Export(sorted(folder.glob("*.dmp")), folder / f"{JOB}.log", rows)


class OneFile:
    """A supply of a single dump file without a size limit."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def create(self):
        return self._path, None


def small_dump(
    path: Path, version: tuple[int, ...], command: str, photos: Iterable[bytes] = (), *, skipped: bool = False
) -> Path:
    """Write a dump of `photos` and an empty table to `path`; its master table holds `command` as CLIENT_COMMAND."""
    job = JobRecord(
        owner="SIAK_BACKUP",
        name=JOB,
        mode="SCHEMA",
        guid=bytes(range(16)),
        version=version,
        started=BEGAN,
        degree=1,
        filters=(),
        parameters=[("CLIENT_COMMAND", command)],
        defaults=(),
    )
    path.write_bytes(b"")
    facts = DatabaseFacts((*version, 0, 0, 0)[:5], "gladi", "REHEARSAL.GLADI", "REHEARSAL of Oracle Database")
    writer = DumpWriter(OneFile(path), facts, job, lambda _: None, metadata_compressed=True)
    writer.open_table(SCANS)
    for photo in photos:
        writer.add_row((photo,))
    extents = writer.close_table()
    records = [
        TableRecord(SCANS, extents, sum(extent.rows for extent in extents), 1000, BEGAN, BEGAN),
        TableRecord(NOTHING, (), 0, 1000, BEGAN, BEGAN, skipped=skipped),
    ]

    def master(states):
        files = [FileRecord(1, str(path), "D", path.name, 0, state.bytes_) for state in states]
        return master_rows(job, facts, files, records, 0)

    writer.finish(master, BEGAN)
    return path
