# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: DTZ001 - an interface is kept; a DATE has no zone
"""A database small enough to know by heart, for jobs that need one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rehearsal.contract import Column, OracleError, OraType
from rehearsal.dumpfile.model import DatabaseFacts, Table

FACTS = DatabaseFacts((12, 2, 0, 1, 0), "sukamara", "SIAK.SUKAMARA", "REHEARSAL of Oracle Database 12c Release 12.2")
BIODATA = Table(
    "SIAK",
    "BIODATA_WNI",
    (
        Column("NIK", OraType.NUMBER, 22, 16, 0, nullable=False),
        Column("NAMA_LGKP", OraType.VARCHAR2, 60),
        Column("TGL_LHR", OraType.DATE, 7),
        Column("ALAMAT", OraType.VARCHAR2, 400),
    ),
    object_id=73_101,
)
KELUARGA = Table("SIAK", "DATA_KELUARGA", (Column("NO_KK", OraType.NUMBER, 22, 16, 0),), object_id=73_102)
EMPTY = Table("SIAK", "LOG_SIAK", (Column("PESAN", OraType.VARCHAR2, 100),), object_id=73_103)
LAMPIRAN = Table("SIAK", "LAMPIRAN", (Column("ISI", OraType.BLOB),), object_id=73_105)
OTHERS = Table("ARSIP", "SURAT", (Column("NOMOR", OraType.NUMBER),), object_id=73_104)


def resident(number: int) -> tuple[object, ...]:
    return (
        6208990000000000 + number,
        f"WARGA LATIHAN {number}",
        datetime(1950 + number % 70, number % 12 + 1, number % 28 + 1),
        None if number % 7 == 0 else f"JALAN LATIHAN NOMOR {number} " * 4,
    )


@dataclass
class FakeSource:
    folder: Path
    facts_: DatabaseFacts = FACTS
    contents: dict[Table, list[tuple[object, ...]]] = field(
        default_factory=lambda: {
            BIODATA: [resident(number) for number in range(3000)],
            KELUARGA: [(6208990000000000 + number,) for number in range(200)],
            EMPTY: [],
            OTHERS: [(1,), (2,)],
        }
    )
    roles: dict[str, set[str]] = field(default_factory=lambda: {"SYSTEM": {"DATAPUMP_EXP_FULL_DATABASE"}})
    refuse_create_table: OracleError | None = None
    scns_read: list[int] = field(default_factory=list)

    def facts(self):
        return self.facts_

    def current_scn(self):
        return 5000

    def schemas(self):
        return ("SIAK", "ARSIP", "KOSONG")

    def tables(self, schemas, scn):
        return [table for table in self.contents if table.owner in schemas]

    def rows(self, table, scn):
        self.scns_read.append(scn)
        return iter(self.contents[table])

    def estimate_bytes(self, table):
        return sum(sum(len(str(value)) for value in row) for row in self.contents[table])

    def resolve_directory(self, user, directory, *, write):
        if directory != "DUMPS":
            raise OracleError(39087, f"directory name {directory} is invalid")
        return self.folder

    def has_role(self, user, role):
        return role in self.roles.get(user, set())

    def check_create_table(self, user):
        if self.refuse_create_table:
            raise self.refuse_create_table

    def table_exists(self, owner, name):
        return any((table.owner, table.name) == (owner, name) for table in self.contents)
