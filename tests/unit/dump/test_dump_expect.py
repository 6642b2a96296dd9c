# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dump must hold beyond being whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from siak_backup.archive.manifest import FileEntry
from siak_backup.archive.manifest import TableRows as LastRows
from siak_backup.dump.expect import GrowthBand, Rules
from siak_backup.dump.files import JudgedDump
from siak_backup.dump.status import Status
from siak_backup.dump.verdict import Evidence, Judgement, TableRows
from siak_backup.errors import ConfigError, UnreadableError

from tests.unit.archive.nights import MANIFEST

NONE = {"schemas": [], "tables": [], "min_rows": {}, "growth": None, "made_after": None}
GOOD = Evidence("size", "1 byte", "1 byte", Status.COMPLETE)
DUMP = Judgement(
    "datapump",
    (GOOD,),
    (TableRows("S", "A", "P1", 40), TableRows("S", "A", "P2", 60), TableRows("S", "B", "", 0)),
    {},
)
UNCOUNTED = replace(DUMP, tables=(*DUMP.tables, TableRows("S", "A", "P3", None), TableRows("S", "A", "P4", 1)))
BAND = GrowthBand(last_rows=100, last_bytes=1000, min_percent=-5, max_percent=10)


def unmet(judgement=DUMP, size_bytes=1000, growth=None, **params):
    rules = Rules.from_params(NONE | params, growth)
    return [(breach.rule, breach.subject) for breach in rules.breaches("x.dmp", size_bytes, judgement)]


def test_no_rules_want_a_complete_dump():
    assert unmet() == []
    spoilt = replace(DUMP, evidence=(GOOD, Evidence("size", "1 byte", "2 byte", Status.TRUNCATED, "x.dmp")))
    (breach,) = Rules().breaches("x.dmp", 1, spoilt)
    assert breach.as_dict() == {
        "rule": "complete",
        "subject": "x.dmp",
        "message": "x.dmp tidak terbukti lengkap, truncated: size x.dmp: 1 byte, seharusnya 2 byte (truncated)",
    }


def test_schemas_and_tables():
    assert unmet(schemas=["S"], tables=["S.A", "S.B"]) == []
    assert unmet(schemas=["S", "s", "T"], tables=["S.C", "T.A"]) == [
        ("schemas", "s"),
        ("schemas", "T"),
        ("tables", "S.C"),
        ("tables", "T.A"),
    ]


@pytest.mark.parametrize(
    ("table", "least", "met"), [("A", 100, True), ("A", 101, False), ("B", 0, True), ("C", 0, False)]
)
def test_rows_of_all_partitions_are_added_up(table, least, met):
    assert unmet(min_rows={f"S.{table}": least}) == ([] if met else [("min_rows", f"S.{table}")])


def test_rows_that_cannot_be_counted_are_never_enough():
    assert unmet(UNCOUNTED, min_rows={"S.A": 1, "S.B": 0}) == [("min_rows", "S.A")]


@pytest.mark.parametrize(
    ("size_bytes", "last_rows", "breaches"),
    [
        (1000, 100, 0),
        (950, 100, 0),
        (949, 100, 1),
        (1100, 100, 0),
        (1101, 100, 1),
        (1000, 200, 1),
        (1, 1, 2),
        (1000, 0, 1),
    ],
)
def test_growth(size_bytes, last_rows, breaches):
    found = unmet(size_bytes=size_bytes, growth=replace(BAND, last_rows=last_rows))
    assert found == [("growth", "x.dmp")] * breaches


def test_growth_of_what_cannot_be_counted():
    (breach,) = Rules(growth=BAND).breaches("x.dmp", 1000, UNCOUNTED)
    assert (breach.rule, "tidak dapat dihitung" in breach.message) == ("growth", True)


def test_growth_says_what_changed():
    (breach,) = Rules(growth=BAND).breaches("x.dmp", 500, DUMP)
    assert breach.message == "ukuran x.dmp berubah -50.0 % dari 1000 menjadi 500, seharusnya -5 % sampai +10 %"


def test_a_band_begins_at_the_last_manifest():
    files = tuple(FileEntry(name, 700, "0" * 64, name) for name in ("a_1.dmp", "a_2.dmp", "a.LOG"))
    manifest = replace(MANIFEST, files=files, tables=(LastRows("S", "A", "", 3), LastRows("S", "B", "", 4)))
    band = GrowthBand.since(manifest, {"min_percent": -1.0, "max_percent": 2.0})
    assert band == GrowthBand(last_rows=7, last_bytes=1400, min_percent=-1, max_percent=2)


def test_a_band_may_be_as_narrow_as_a_point():
    assert GrowthBand.since(MANIFEST, {"min_percent": 0.0, "max_percent": 0.0}).max_percent == 0


@pytest.mark.parametrize(("low", "high"), [(2.0, 1.0), (float("nan"), 1.0), (0.0, float("inf"))])
def test_a_band_that_holds_nothing_is_refused(low, high):
    with pytest.raises(ConfigError):
        GrowthBand.since(MANIFEST, {"min_percent": low, "max_percent": high})


def test_a_log_only_has_to_be_of_a_good_export():
    log = Judgement("log", (GOOD,), (), {})
    assert unmet(log, schemas=["S"], tables=["S.A"], min_rows={"S.A": 1}, growth=BAND) == []
    assert unmet(replace(log, evidence=())) == [("complete", "x.dmp")]


@pytest.mark.parametrize(
    "params",
    [
        {"tables": ["A"]},
        {"tables": [".A"]},
        {"tables": ["S."]},
        {"tables": [".A.B"]},
        {"min_rows": {"A": 1}},
        {"min_rows": {"S.A": "many"}},
        {"min_rows": {"S.A": None}},
        {"made_after": "yesterday"},
        {"made_after": "2025-01-09T16:35:00"},
    ],
)
def test_rules_that_make_no_sense_are_refused(params):
    with pytest.raises(ConfigError):
        Rules.from_params(NONE | params, None)


def test_the_time_keeps_its_zone():
    rules = Rules.from_params(NONE | {"made_after": "2025-01-09T16:35:00+07:00"}, None)
    assert rules.made_after is not None
    assert rules.made_after.isoformat() == "2025-01-09T16:35:00+07:00"


def test_every_dump_that_can_be_read_must_meet_the_rules():
    dumps = [
        JudgedDump((Path("a.dmp"), Path("b.dmp")), 10, DUMP),
        JudgedDump((Path("c.dmp"),), 0, UnreadableError("bukan file biasa")),
        JudgedDump((Path("d.dmp"),), 10, DUMP),
    ]
    messages = [breach.message for breach in Rules(schemas=("T",)).all_breaches(dumps)]
    assert messages == ["skema T tidak ada di a.dmp dan 1 file lain", "skema T tidak ada di d.dmp"]
