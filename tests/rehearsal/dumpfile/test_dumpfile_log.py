# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: DTZ001 - the log tells the server's wall clock
"""The log's shapes, by release, parameter and language."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from rehearsal.dumpfile.log import LogFile, LogStyle, size_text
from rehearsal.dumpfile.model import DatabaseFacts, Table

AT = datetime(2020, 10, 9, 22, 34, 4, 400_900)
NEW = LogStyle((19, 3, 0, 0, 0), "SIAK", "MALAM")
OLD = LogStyle((11, 2, 0, 4, 0), "SIAK", "MALAM")
BIODATA = Table("SIAK", "BIODATA_WNI", ())


def test_the_end_of_a_good_job():
    elapsed = timedelta(days=1, seconds=3 * 3600 + 24)
    assert OLD.completed(AT, elapsed, 0).text == 'Job "SIAK"."MALAM" successfully completed at 22:34:04'
    assert NEW.completed(AT, elapsed, 0).text == (
        'Job "SIAK"."MALAM" successfully completed at Fri Oct 9 22:34:04 2020 elapsed 1 03:00:24'
    )


def test_the_end_of_other_jobs():
    second = timedelta(seconds=1)
    assert NEW.completed(AT, second, 2).text.startswith('Job "SIAK"."MALAM" completed with 2 error(s) at Fri Oct 9')
    assert OLD.stopped(AT, second, by_user=False).text == 'Job "SIAK"."MALAM" stopped due to fatal error at 22:34:04'
    assert OLD.stopped(AT, second, by_user=True).text == 'Job "SIAK"."MALAM" stopped by user request at 22:34:04'


def test_the_banner_says_rehearsal_where_oracle_says_production():
    facts = DatabaseFacts((19, 3, 0, 0, 0), "x", "x", "Oracle Database 19c REHEARSAL")
    assert [line.text for line in NEW.banner(facts, AT)] == [
        ";;; ",
        "Export: Release 19.0.0.0.0 - REHEARSAL on Fri Oct 9 22:34:04 2020",
        "Version 19.3.0.0.0",
        "",
        ";;; ",
        "Connected to: Oracle Database 19c REHEARSAL",
    ]


def test_a_partition_is_named_behind_its_table():
    line = NEW.exported(Table("SIAK", "MUTASI", (), "P2026"), 27_923_579, 315_008, 3).text
    assert line == '. . exported "SIAK"."MUTASI":"P2026"' + " " * 21 + "26.63 MB  315008 rows"


def test_metrics_and_logtime_prefix_what_they_should():
    style = LogStyle((12, 2, 0, 1, 0), "SIAK", "MALAM", metrics=True, logtime="LOGFILE")
    line = style.exported(BIODATA, 8192, 3, 7)
    assert style.in_file(line, AT).startswith('09-OCT-20 22:34:04.400: W-1 . . exported "SIAK"."BIODATA_WNI"')
    assert style.in_file(line, AT).endswith("8 KB       3 rows in 7 seconds using direct_path")
    assert style.in_status(line, AT).startswith("W-1 . . exported")
    assert style.in_file(style.completed(AT, timedelta(), 0), AT).startswith('09-OCT-20 22:34:04.400: Job "SIAK"')


def test_the_estimate_is_told_by_old_releases_and_on_request():
    assert [line.text for line in OLD.estimate("BLOCKS", "P", 1_245_184, asked=False)] == [
        "Estimate in progress using BLOCKS method...",
        "Processing object type P",
        "Total estimation using BLOCKS method: 1.187 MB",
    ]
    assert len(NEW.estimate("BLOCKS", "P", 1, asked=False)) == 1
    assert len(NEW.estimate("BLOCKS", "P", 1, asked=True)) == 3


def test_a_chinese_server_speaks_chinese():
    style = LogStyle((11, 2, 0, 4, 0), "GENG", "SYS_EXPORT_SCHEMA_03", language="SIMPLIFIED CHINESE")
    at = datetime(2015, 7, 1, 15, 47, 21)
    ours = style.stopped(at, timedelta(), by_user=False).text
    assert ours == '作业 "GENG"."SYS_EXPORT_SCHEMA_03" 因致命错误于 15:47:21 停止'
    assert "导出了" in style.exported(BIODATA, 1, 1, 0).text


@pytest.mark.parametrize(
    ("bytes_", "text"),
    [(0, "0 KB"), (8192, "8 KB"), (8528, "8.328 KB"), (102_912, "100.5 KB"), (1 << 20, "1 MB"), (3 << 30, "3 GB")],
)
def test_sizes(bytes_, text):
    assert size_text(bytes_) == text


def test_a_log_has_the_servers_line_ends_and_replaces_an_old_one(tmp_path: Path):
    path = tmp_path / "malam.log"
    path.write_text("yesterday")
    log = LogFile(path, "\r\n")
    log.write(["satu", "dua"])
    log.write(["tiga"])
    assert path.read_bytes() == b"satu\r\ndua\r\ntiga\r\n"
