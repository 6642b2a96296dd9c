# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: ARG002 - an interface is kept
"""Exports written by the rehearsal's Data Pump, of any release, for the reader to judge."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from rehearsal.contract import Column, OraType
from rehearsal.datapump import Caller, DataPump, Faults
from rehearsal.dumpfile.model import DatabaseFacts, Table
from rehearsal.residents import SCHEMA, batches

JOB = "SIAK_BACKUP_TEST"
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
