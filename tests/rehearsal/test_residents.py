# SPDX-License-Identifier: GPL-3.0-or-later
"""People who do not exist, and the tables they are in."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime

import pytest

from rehearsal.contract import OraType
from rehearsal.residents import TABLES, batches

PEOPLE = 5000
TYPES = {OraType.NUMBER: int, OraType.VARCHAR2: str, OraType.CHAR: str, OraType.DATE: datetime}


@pytest.fixture(scope="module")
def registry():
    """Rows of each table as dictionaries."""
    rows = defaultdict(list)
    for table, batch in batches(PEOPLE):
        rows[table.name] += [dict(zip(table.column_names(), row, strict=True)) for row in batch]
    return rows


@pytest.mark.parametrize("residents", [0, 1, 7, 1000, 1001])
def test_exactly_as_many_people_as_asked_for(residents):
    count = Counter()
    for table, rows in batches(residents):
        count[table.name] += len(rows)
    assert count["BIODATA_WNI"] == residents


def test_less_than_nobody_is_refused():
    with pytest.raises(ValueError, match="-1"):
        next(batches(-1))


def test_the_same_arguments_give_the_same_rows():
    assert list(batches(500, seed=7)) == list(batches(500, seed=7))
    assert list(batches(500, seed=7)) != list(batches(500, seed=8))


def test_every_table_has_rows(registry):
    assert set(registry) == {table.name for table in TABLES}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_rows_fit_their_columns(registry, table):
    for row in registry[table.name]:
        for column in table.columns:
            value = row[column.name]
            assert value is not None or column.nullable
            if value is None:
                continue
            assert type(value) is TYPES[column.type]
            if column.type is OraType.NUMBER:
                assert 0 <= value < 10**column.precision
            elif column.type is not OraType.DATE:
                assert 0 < len(value.encode()) <= column.size


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_primary_keys_are_unique(registry, table):
    keys = [tuple(row[name] for name in table.primary_key) for row in registry[table.name]]
    assert len(set(keys)) == len(keys)


def test_a_nik_tells_birth_and_sex_and_no_real_district(registry):
    for person in registry["BIODATA_WNI"]:
        nik = f"{person['NIK']:016d}"
        born = person["TGL_LHR"]
        day = born.day + (40 if person["JENIS_KLMIN"] == 2 else 0)
        assert nik[:12] == f"620899{day:02d}{born:%m%y}"


def test_families_hang_together(registry):
    people = {person["NIK"]: person for person in registry["BIODATA_WNI"]}
    families = defaultdict(list)
    for person in people.values():
        families[person["NO_KK"]].append(person)
    assert set(families) == {family["NO_KK"] for family in registry["DATA_KELUARGA"]}
    assert max(map(len, families.values())) <= 7
    for members in families.values():
        assert [person["STAT_HBKEL"] for person in members].count(1) == 1
        for child in members:
            if child["NIK_IBU"]:
                mother = people[child["NIK_IBU"]]
                assert (mother["NAMA_LGKP"], mother["NO_KK"]) == (child["NAMA_LGKP_IBU"], child["NO_KK"])
                assert (child["TGL_LHR"] - mother["TGL_LHR"]).days > 17 * 365


@pytest.mark.parametrize(
    ("table", "column"), [("CAPIL_LAHIR", "BAYI_NIK"), ("CAPIL_MATI", "MATI_NIK"), ("PINDAH_DETAIL", "NIK")]
)
def test_events_happen_to_residents(registry, table, column):
    niks = {person["NIK"] for person in registry["BIODATA_WNI"]}
    assert {row[column] for row in registry[table]} <= niks


def test_some_text_is_not_ascii_and_some_values_are_missing(registry):
    names = "".join(person["NAMA_LGKP"] for person in registry["BIODATA_WNI"])
    assert not names.isascii()
    blood = [person["GOL_DRH"] for person in registry["BIODATA_WNI"]]
    assert 0 < blood.count(None) < PEOPLE
