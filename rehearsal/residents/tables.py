# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of a SIAK schema that the rehearsal server fills."""

from __future__ import annotations

from dataclasses import dataclass

from rehearsal.contract import Column, OraType

SCHEMA = "SIAKOFF"


@dataclass(frozen=True)
class Table:
    """One table of the schema. A row is a tuple with one value per column, in order."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]

    def column_names(self) -> tuple[str, ...]:
        """Return the columns' names, in the order of a row's values."""
        return tuple(column.name for column in self.columns)


def _number(name: str, precision: int, *, nullable: bool = True) -> Column:
    return Column(name, OraType.NUMBER, size=22, precision=precision, scale=0, nullable=nullable)


def _text(name: str, size: int, *, nullable: bool = True) -> Column:
    return Column(name, OraType.VARCHAR2, size=size, nullable=nullable)


def _char(name: str, size: int) -> Column:
    return Column(name, OraType.CHAR, size=size)


def _date(name: str, *, nullable: bool = True) -> Column:
    return Column(name, OraType.DATE, size=7, nullable=nullable)


_AREA = (
    _number("NO_PROP", 2, nullable=False),
    _number("NO_KAB", 2, nullable=False),
    _number("NO_KEC", 2, nullable=False),
    _number("NO_KEL", 4, nullable=False),
)


def _setup(name: str, levels: int) -> Table:
    key = _AREA[:levels]
    title = f"NAMA_{name.removeprefix('SETUP_')}"
    return Table(name, (*key, _text(title, 60, nullable=False)), tuple(column.name for column in key))


SETUP_PROP = _setup("SETUP_PROP", 1)
SETUP_KAB = _setup("SETUP_KAB", 2)
SETUP_KEC = _setup("SETUP_KEC", 3)
SETUP_KEL = _setup("SETUP_KEL", 4)

DATA_KELUARGA = Table(
    "DATA_KELUARGA",
    (
        _number("NO_KK", 16, nullable=False),
        _text("NAMA_KEP", 60, nullable=False),
        _text("ALAMAT", 120),
        _number("NO_RT", 3),
        _number("NO_RW", 3),
        _text("DUSUN", 60),
        _number("KODE_POS", 5),
        _text("TELP", 20),
        *_AREA,
        _date("TGL_INSERTION"),
        _char("STAT_KK", 1),
    ),
    ("NO_KK",),
)

BIODATA_WNI = Table(
    "BIODATA_WNI",
    (
        _number("NIK", 16, nullable=False),
        _text("NAMA_LGKP", 60, nullable=False),
        _number("JENIS_KLMIN", 1, nullable=False),
        _text("TMPT_LHR", 60),
        _date("TGL_LHR", nullable=False),
        _text("NO_AKTA_LHR", 40),
        _number("GOL_DRH", 2),
        _number("AGAMA", 1),
        _number("STAT_KWN", 1),
        _date("TGL_KWN"),
        _number("STAT_HBKEL", 2),
        _number("PDDK_AKH", 2),
        _number("JENIS_PKRJN", 2),
        _number("NIK_IBU", 16),
        _text("NAMA_LGKP_IBU", 60),
        _number("NIK_AYAH", 16),
        _text("NAMA_LGKP_AYAH", 60),
        _number("NO_KK", 16, nullable=False),
        *_AREA,
        _date("TGL_ENTRI", nullable=False),
        _char("FLAG_STATUS", 1),
    ),
    ("NIK",),
)

CAPIL_LAHIR = Table(
    "CAPIL_LAHIR",
    (
        _text("NO_AKTA", 40, nullable=False),
        _number("BAYI_NIK", 16, nullable=False),
        _text("BAYI_NAMA_LGKP", 60, nullable=False),
        _date("BAYI_TGL_LHR", nullable=False),
        _number("ANAK_KE", 2),
        _number("BERAT_KG", 4),
        _number("IBU_NIK", 16),
        _number("AYAH_NIK", 16),
        _date("TGL_ENTRI", nullable=False),
    ),
    ("NO_AKTA",),
)

CAPIL_MATI = Table(
    "CAPIL_MATI",
    (
        _text("NO_AKTA", 40, nullable=False),
        _number("MATI_NIK", 16, nullable=False),
        _text("MATI_NAMA_LGKP", 60, nullable=False),
        _date("MATI_TGL", nullable=False),
        _text("MATI_TMPT", 60),
        _text("MATI_SEBAB", 100),
        _date("TGL_ENTRI", nullable=False),
    ),
    ("NO_AKTA",),
)


def _move_header(name: str, number: str) -> Table:
    columns = (
        _text(number, 40, nullable=False),
        _number("NO_KK", 16, nullable=False),
        _text("NAMA_PEMOHON", 60, nullable=False),
        _text("ALASAN", 100),
        _text("ALAMAT_LAIN", 120),
        _number("JUMLAH", 2, nullable=False),
        _date("TGL_ENTRI", nullable=False),
    )
    return Table(name, columns, (number,))


def _move_detail(name: str, number: str) -> Table:
    columns = (
        _text(number, 40, nullable=False),
        _number("NIK", 16, nullable=False),
        _text("NAMA_LGKP", 60, nullable=False),
        _number("STAT_HBKEL", 2),
    )
    return Table(name, columns, (number, "NIK"))


PINDAH_HEADER = _move_header("PINDAH_HEADER", "NO_PINDAH")
PINDAH_DETAIL = _move_detail("PINDAH_DETAIL", "NO_PINDAH")
DATANG_HEADER = _move_header("DATANG_HEADER", "NO_DATANG")
DATANG_DETAIL = _move_detail("DATANG_DETAIL", "NO_DATANG")

TABLES = (
    SETUP_PROP,
    SETUP_KAB,
    SETUP_KEC,
    SETUP_KEL,
    DATA_KELUARGA,
    BIODATA_WNI,
    CAPIL_LAHIR,
    CAPIL_MATI,
    PINDAH_HEADER,
    PINDAH_DETAIL,
    DATANG_HEADER,
    DATANG_DETAIL,
)
