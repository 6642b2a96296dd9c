# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole nights, steps 1 to 5, of what an office may choose to export."""

from __future__ import annotations

import pytest
from siak_backup.archive.folder import read_folder

from tests.oracle_faults.nights import Office


@pytest.mark.parametrize(
    ("options", "mode", "told"),
    [
        ({"mode": "full", "schemas": []}, "FULL", ""),
        (
            {"mode": "table", "schemas": [], "tables": ["SIAKOFF.BIODATA_WNI", "SIAKOFF.DATA_KELUARGA"]},
            "TABLE",
            "hanya tabel SIAKOFF.BIODATA_WNI, SIAKOFF.DATA_KELUARGA",
        ),
        (
            {"exclude": ["TABLE:\"NOT IN ('BIODATA_WNI','DATA_KELUARGA')\""]},
            "SCHEMA",
            "tanpa TABLE:\"NOT IN ('BIODATA_WNI','DATA_KELUARGA')\"",
        ),
    ],
)
def test_a_backup_says_what_it_is_a_backup_of(rehearsal, tmp_path, options, mode, told):
    office = Office(tmp_path / "office", rehearsal["sukamara"], rehearsal).prepare()
    key_tables = {"key_tables": ["SIAKOFF.BIODATA_WNI", "SIAKOFF.DATA_KELUARGA"]}
    night = office.night(backup_preflight=options | key_tables, oracle_export=options)
    assert night.step == 0, night
    assert night.results["oracle_export"]["agenda"]["choice"] == told
    assert office.folders("medium")[0].name == office.folders("archive")[0].name
    (folder,) = [
        path for path in office.folders("archive") if f"archive/{path.name}/manifest.json" not in office.before
    ]
    manifest = read_folder(folder).manifest
    assert manifest.oracle.mode == mode
    named = [text for text in manifest.verdict.evidence if text.startswith("lengkap menurut pilihan kantor")]
    assert named == ([f"lengkap menurut pilihan kantor: {told}"] if told else [])
    if told:
        assert {table.name for table in manifest.tables} == {"BIODATA_WNI", "DATA_KELUARGA"}
