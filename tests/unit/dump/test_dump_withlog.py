# SPDX-License-Identifier: GPL-3.0-or-later
"""A dump and a log, of either tool, are each other's witness."""

from __future__ import annotations

import pytest
from sample_exp import NUMBER, OBJECT, exp_file, row, section, value
from siak_backup.dump.status import Status
from siak_backup.dump.verdict import TableRows
from siak_backup.dump.withlog import judge_with_log

LOG = """
Export: Release 10.2.0.1.0 - Production on Thu Jan 9 16:35:00 2025

. about to export SIAK's tables via Conventional Path ...
. . exporting table                    BIODATA_WNI          2 rows exported
{more}Export terminated {ending}
"""
GOOD = "successfully without warnings."
BIODATA = section("BIODATA_WNI", [NUMBER], [row(value(b"\xc1\x02")), row(value(b"\xc1\x03"))])
#: Rows of objects are not counted in the dump.
PLACES = section("LOKASI", [NUMBER, OBJECT], [b"whatever" * 50])
PLACES_TOLD = ". . exporting table                         LOKASI          7 rows exported\n"


@pytest.fixture
def judge(tmp_path):
    def act(*parts, more="", ending=GOOD):
        (tmp_path / "a.dmp").write_bytes(exp_file(*parts))
        (tmp_path / "a.log").write_text(LOG.format(more=more, ending=ending))
        return judge_with_log([tmp_path / "a.dmp"], tmp_path / "a.log")

    return act


def test_both_tell_the_same(judge):
    judgement = judge(BIODATA)
    assert judgement.status is Status.COMPLETE
    assert judgement.tables == (TableRows("SIAK", "BIODATA_WNI", "", 2),)


def test_rows_that_only_the_log_counts_are_the_logs(judge):
    judgement = judge(BIODATA, PLACES, more=PLACES_TOLD)
    assert judgement.status is Status.COMPLETE
    assert judgement.tables[1] == TableRows("SIAK", "LOKASI", "", 7)


def test_rows_that_nobody_counts_are_unknown(judge):
    judgement = judge(BIODATA, PLACES)
    assert judgement.status is Status.UNKNOWN
    assert [one.check for one in judgement.failures] == ["row counts"]


def test_a_table_that_only_one_of_them_has(judge):
    judgement = judge(BIODATA, more=PLACES_TOLD)
    assert judgement.status is Status.UNKNOWN
    assert [one.check for one in judgement.failures] == ["log tables"]


def test_a_log_that_failed_is_not_compared(judge):
    judgement = judge(BIODATA, more="EXP-00008: ORACLE error 1555 encountered\n", ending="successfully with warnings.")
    assert judgement.status is Status.ABORTED
    assert [one.check for one in judgement.failures] == ["log"]


def test_an_empty_export_tells_nothing(judge, tmp_path):
    assert judge().status is Status.EMPTY
    (tmp_path / "x").write_bytes(b"lain")
    assert judge_with_log([tmp_path / "x"], tmp_path / "a.log").status is Status.DAMAGED
    assert judge_with_log([tmp_path / "x", tmp_path / "a.dmp"], tmp_path / "a.log").status is Status.UNKNOWN
    assert judge_with_log([], tmp_path / "a.log").status is Status.DAMAGED
