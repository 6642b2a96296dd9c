# SPDX-License-Identifier: GPL-3.0-or-later
"""From evidence to a verdict."""

from __future__ import annotations

import itertools

import pytest
from siak_backup.dump.status import Status
from siak_backup.dump.verdict import MOST_TABLES, Evidence, Judgement, TableRows, conclude, expect, tables_evidence
from siak_backup.errors import DumpError

WORST_FIRST = [
    Status.TRUNCATED,
    Status.DAMAGED,
    Status.ABORTED,
    Status.STALE,
    Status.EMPTY,
    Status.UNKNOWN,
    Status.COMPLETE,
]


def checks(*meanings):
    return [Evidence("check", "seen", "expected", means) for means in meanings]


def test_the_order_names_every_status():
    assert set(WORST_FIRST) == set(Status)


def test_what_a_manifest_and_a_journal_call_them():
    assert [str(status) for status in WORST_FIRST] == [
        "truncated", "damaged", "aborted", "stale", "empty", "unknown", "complete",
    ]  # fmt: skip


def test_nothing_seen_proves_nothing():
    assert conclude([]) is Status.UNKNOWN


@pytest.mark.parametrize(("worse", "better"), [*itertools.combinations(WORST_FIRST, 2)])
def test_the_worst_meaning_is_the_verdict(worse, better):
    assert conclude(checks(better, worse, better)) is worse


@pytest.mark.parametrize("status", WORST_FIRST)
def test_only_complete_passes(status):
    assert checks(status)[0].ok is (status is Status.COMPLETE)


def test_an_expectation_passes_when_both_are_equal():
    assert expect("size", 4096, 4096, Status.TRUNCATED, subject="a.dmp", unit="byte") == Evidence(
        "size", "4096 byte", "4096 byte", Status.COMPLETE, "a.dmp"
    )


def test_an_expectation_that_fails_has_the_given_meaning():
    evidence = expect("guid", "AB", "CD", Status.STALE)
    assert (evidence.seen, evidence.expected, evidence.means) == ("AB", "CD", Status.STALE)


@pytest.mark.parametrize("seen", [4095, 4097])
def test_more_than_expected_is_as_wrong_as_less(seen):
    assert expect("size", seen, 4096, Status.DAMAGED).means is Status.DAMAGED


@pytest.mark.parametrize(
    ("count", "is_all", "means", "seen"),
    [
        (0, True, Status.EMPTY, "0 objek data"),
        (1, True, Status.COMPLETE, "1 objek data"),
        (MOST_TABLES, False, Status.UNKNOWN, "terlalu banyak objek data, 100000 terbaca"),
    ],
)
def test_there_must_be_tables_and_all_of_them(count, is_all, means, seen):
    evidence = tables_evidence(count, is_all=is_all)
    assert (evidence.check, evidence.subject, evidence.means, evidence.seen) == ("tables", "", means, seen)


def test_tables_are_all_unless_it_is_said():
    assert tables_evidence(1).ok


def test_text_of_a_check_says_what_was_expected_only_if_it_failed():
    assert str(expect("size", 1, 1, Status.TRUNCATED, subject="a.dmp")) == "size a.dmp: 1"
    assert str(expect("files", 1, 2, Status.TRUNCATED)) == "files: 1, seharusnya 2 (truncated)"


def test_a_judgement_for_json():
    good, bad = expect("size", 1, 1, Status.TRUNCATED), expect("guid", "A", "B", Status.STALE, subject="b.dmp")
    judgement = Judgement("datapump", (good, bad), (TableRows("S", "T", "P", None),), {"guid": "A"})
    assert judgement.failures == (bad,)
    assert judgement.as_dict() == {
        "kind": "datapump",
        "verdict": "stale",
        "evidence": [
            {"check": "size", "subject": "", "seen": "1", "expected": "1", "ok": True},
            {"check": "guid", "subject": "b.dmp", "seen": "A", "expected": "B", "ok": False},
        ],
        "tables": [{"schema": "S", "name": "T", "partition": "P", "rows": None}],
        "guid": "A",
    }


def test_only_a_complete_dump_passes_and_another_is_refused_with_what_failed():
    good = Evidence("guid", "a", "a", Status.COMPLETE)
    bad = Evidence("rows", "1", "2", Status.DAMAGED, "x.dmp")
    Judgement("datapump", (good,), (), {}).demand_complete(where="sukamara", remedy="ulangi")
    with pytest.raises(DumpError) as refused:
        Judgement("datapump", (good, bad, bad), (), {}).demand_complete(where="sukamara", remedy="ulangi")
    assert refused.value.what == f"dump tidak terbukti lengkap, damaged: {bad}; {bad}"
    assert (refused.value.where, refused.value.remedy) == ("sukamara", "ulangi")
