# SPDX-License-Identifier: GPL-3.0-or-later
"""INCLUDE and EXCLUDE: what is read of them, what reaches Data Pump, and which tables they leave."""

from __future__ import annotations

import pytest
from siak_backup.errors import ConfigError
from siak_backup.oracle.names import TableName
from siak_backup.oracle.objects import ObjectFilter, object_filters, path_and_names
from siak_backup.oracle.scope import Scope

TABLE = TableName("SIAKOFF", "BIODATA_WNI")


def scope(mode="schema", schemas=("SIAKOFF",), tables=(), include=(), exclude=()):
    return Scope.from_params(
        {"mode": mode, "schemas": schemas, "tables": tables, "include": include, "exclude": exclude}
    )


@pytest.mark.parametrize(
    ("text", "told", "turned"),
    [
        ("statistics", "STATISTICS", None),
        ("TABLE/TRIGGER", "TABLE/TRIGGER", None),
        ("TABLE:\"IN ('LOG_TMP')\"", "TABLE:\"IN ('LOG_TMP')\"", "NOT IN ('LOG_TMP')"),
        ("table : in ('log_tmp' , 'log$2')", "TABLE:\"IN ('LOG_TMP','LOG$2')\"", "NOT IN ('LOG_TMP','LOG$2')"),
        ("TABLE:\"not  in('A')\"", "TABLE:\"NOT IN ('A')\"", "IN ('A')"),
        ("TABLE:\"= 'A'\"", "TABLE:\"= 'A'\"", "!= 'A'"),
        ("TABLE:\"<>'A'\"", "TABLE:\"!= 'A'\"", "= 'A'"),
        ("TABLE:\"!= 'A'\"", "TABLE:\"!= 'A'\"", "= 'A'"),
        ("TABLE:\"LIKE 'TMP_%'\"", "TABLE:\"LIKE 'TMP_%'\"", "NOT LIKE 'TMP_%'"),
        ("TABLE:\"NOT LIKE '%'\"", "TABLE:\"NOT LIKE '%'\"", "LIKE '%'"),
    ],
)
def test_an_entry_is_read_and_made_anew(text, told, turned):
    (read,) = object_filters([text], setting="exclude")
    assert str(read) == told
    assert ObjectFilter.parse(told, setting="exclude") == read
    assert [predicate for _, predicate in path_and_names([read], turned=True)] == ([turned] if turned else [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TABLE TABLE",
        "TABLE/",
        "/TABLE",
        "TABLE'",
        "A/B/C/D/E/F/G",
        "TABLE:",
        'TABLE:""',
        'TABLE:"IN ()"',
        "TABLE:\"IN ('A'\"",
        "TABLE:\"IN ('A') OR 1=1\"",
        "TABLE:\"IN (SELECT 'A' FROM DUAL)\"",
        "TABLE:\"= 'A''B'\"",
        "TABLE:\"= 'A B'\"",
        "TABLE:\"LIKE 'A' ESCAPE '!'\"",
        "TABLE:\"> 'A'\"",
        "TABLE:\"= 'A'\");--",
        "TABLE\nX",
    ],
)
def test_nothing_else_reaches_a_predicate(text):
    with pytest.raises(ConfigError, match="exclude") as refused:
        object_filters([text], setting="exclude")
    assert "STATISTICS" in refused.value.remedy


@pytest.mark.parametrize(
    ("setting", "texts", "word"),
    [
        ("exclude", ["TABLE", "TABLE:\"= 'A'\""], "dua kali"),
        ("include", ["TABLE:\"= 'B'\"", "TABLE:\"= 'A'\""], "dua kali"),
        ("exclude", [f"TABLE:\"= 'A{n}'\"" for n in range(51)], "panjang"),
        ("exclude", ['TABLE:"IN (' + ",".join(f"'TABEL_{n:04}'" for n in range(400)) + ')"'], "panjang"),
    ],
)
def test_what_data_pump_would_take_otherwise_is_refused(setting, texts, word):
    with pytest.raises(ConfigError, match=word):
        object_filters(texts, setting=setting)


def test_an_entry_counts_once_and_names_may_be_excluded_by_several():
    texts = ["TABLE:\"LIKE 'TMP%'\"", "TABLE:\"LIKE 'LOG%'\"", "table:\"like 'LOG%'\""]
    assert len(object_filters(texts, setting="exclude")) == 2


@pytest.mark.parametrize(
    ("chosen", "held"),
    [
        ({}, True),
        ({"schemas": ("LAIN",)}, False),
        ({"mode": "full"}, True),
        ({"mode": "table", "tables": ("siakoff.biodata_wni",)}, True),
        ({"mode": "table", "tables": ("siakoff.data_keluarga",)}, False),
        ({"exclude": ["STATISTICS", "TABLE/TRIGGER"]}, True),
        ({"exclude": ["TABLE"]}, False),
        ({"exclude": ["TABLE_DATA"]}, False),
        ({"exclude": ["SCHEMA_EXPORT/TABLE/TABLE"]}, False),
        ({"exclude": ["TABLE:\"= 'BIODATA_WNI'\""]}, False),
        ({"exclude": ["TABLE_DATA:\"LIKE 'BIODATA%'\""]}, False),
        ({"exclude": ["TABLE:\"NOT LIKE 'BIODATA_WN_'\""]}, True),
        ({"exclude": ["TABLE:\"NOT IN ('DATA_KELUARGA')\""]}, False),
        ({"exclude": ["INDEX:\"= 'BIODATA_WNI'\""]}, True),
        ({"include": ["TABLE"]}, True),
        ({"include": ["TABLE/TABLE"]}, False),
        ({"include": ["SEQUENCE"]}, False),
        ({"include": ["SEQUENCE", "TABLE:\"IN ('BIODATA_WNI')\""]}, True),
        ({"include": ["TABLE:\"IN ('DATA_KELUARGA')\""]}, False),
        ({"mode": "full", "exclude": ["SCHEMA:\"= 'SIAKOFF'\""]}, False),
        ({"mode": "full", "exclude": ["SCHEMA:\"= 'LAIN'\""]}, True),
        ({"mode": "full", "include": ["SCHEMA:\"= 'SIAKOFF'\""]}, True),
    ],
)
def test_whether_a_table_is_exported(chosen, held):
    assert scope(**chosen).holds(TABLE) is held


def test_a_choice_is_told_in_words():
    assert scope().choice == scope(mode="full").choice == ""
    assert scope(include=["TABLE"]).choice == "hanya memuat TABLE"
    tables = {"mode": "table", "tables": [f"SIAKOFF.T{n:02}" for n in range(12)]}
    assert scope(**tables, exclude=["STATISTICS"]).choice == (
        "hanya tabel " + ", ".join(f"SIAKOFF.T{n:02}" for n in range(10)) + " dan 2 lagi, tanpa STATISTICS"
    )
