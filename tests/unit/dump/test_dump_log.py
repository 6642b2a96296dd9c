# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs of every shape, and every way to lose a part of one."""

from __future__ import annotations

import pytest
from siak_backup.dump.log import Ending, read_log
from siak_backup.dump.status import Status
from siak_backup.dump.verdict import TableRows

BANNER = """;;;
Export: Release {release} - Production on {date}

Copyright (c) 1982, 2017, Oracle and/or its affiliates.  All rights reserved.
;;;
Connected to: Oracle Database
"""
BODY = """{p}Starting "SYSTEM"."MALAM":  system/******** schemas=SIAKOFF dumpfile=malam_%U.dmp logfile=malam.log
{w}Processing object type SCHEMA_EXPORT/TABLE/TABLE
{w}. . exported "SIAKOFF"."BIODATA_WNI"                      26.63 MB  315008 rows{how}
{w}. . exported "SIAKOFF"."CAPIL":"P_2024"."SP_1"            5.070 KB       3 rows{how}
{w}. . exported "SIAKOFF"."CAPIL":"P_2025"                       0 KB       0 rows{how}
{w}Master table "SYSTEM"."MALAM" successfully loaded/unloaded
{p}******************************************************************************
{p}Dump file set for SYSTEM.MALAM is:
{p}  D:\\DUMP\\MALAM_01.DMP
{p}  D:\\DUMP\\MALAM_02.DMP
"""
TABLES = (
    TableRows("SIAKOFF", "BIODATA_WNI", "", 315008),
    TableRows("SIAKOFF", "CAPIL", "SP_1", 3),
    TableRows("SIAKOFF", "CAPIL", "P_2025", 0),
)
STAMP = "02-JUL-25 17:25:27.400: "
METHOD = " in 3 seconds using direct_path"
GOOD = {
    "10g": BODY.format(p="", w="", how="") + 'Job "SYSTEM"."MALAM" successfully completed at 18:00:49\n',
    "11g, Arabic date": BANNER.format(release="11.2.0.2.0", date="الجمعة اغسطس 9 01:11:42 2019")
    + BODY.format(p="", w="", how="")
    + 'Job "SYSTEM"."MALAM" successfully completed at 18:00:49\n',
    "12c": BODY.format(p="", w="", how="")
    + 'Job "SYSTEM"."MALAM" successfully completed at Fri Oct 9 22:34:04 2020 elapsed 0 00:00:24\n',
    "METRICS": BODY.format(p="", w="W-1 ", how=METHOD)
    + "     Completed 3 SCHEMA_EXPORT/TABLE/TABLE_DATA objects in 1 seconds\n"
    + 'Job "SYSTEM"."MALAM" successfully completed at Fri Oct 9 22:34:04 2020 elapsed 0 00:00:24\n',
    "LOGTIME": BODY.format(p=STAMP, w=STAMP, how="")
    + STAMP
    + 'Job "SYSTEM"."MALAM" successfully completed at Fri Oct 9 22:34:04 2020 elapsed 0 00:00:24\n',
    "METRICS and LOGTIME, Chinese month": BODY.format(
        p="02-7月 -25 17:25:27.400: ", w="02-7月 -25 17:25:27.400: W-12 ", how=METHOD
    )
    + 'Job "SYSTEM"."MALAM" successfully completed at 星期五 10月 9 22:34:04 2020 elapsed 0 00:00:24\n',
}
EXP = """
Export: Release 10.2.0.1.0 - Production on Thu Aug 10 23:21:27 2017

About to export specified users ...
. about to export SIAKOFF's tables via Conventional Path ...
. . exporting table                    BIODATA_WNI     315008 rows exported
. . exporting table                          CAPIL
. . exporting partition                         P1          3 rows exported
. . exporting partition                         P2          0 rows exported
. exporting synonyms
Export terminated successfully without warnings.
"""


@pytest.fixture(params=GOOD)
def good(request):
    return GOOD[request.param].encode()


def test_a_good_log(good):
    log = read_log(good)
    assert (log.kind, log.job_owner, log.job_name) == ("datapump", "SYSTEM", "MALAM")
    assert log.tables == TABLES
    assert log.files == ("D:\\DUMP\\MALAM_01.DMP", "D:\\DUMP\\MALAM_02.DMP")
    assert (log.ending, log.status, log.succeeded) == (Ending.SUCCEEDED, Status.COMPLETE, True)


@pytest.mark.parametrize(
    "written", [lambda log: log, lambda log: log.replace(b"\n", b"\r\n"), lambda log: log.decode().encode("utf-16")]
)
def test_no_proper_prefix_of_a_good_log_is_ok(good, written):
    log = written(good)
    assert read_log(log).succeeded
    assert [cut for cut in range(len(log)) if read_log(log[:cut]).succeeded] == []


def test_no_proper_prefix_of_an_exp_log_is_ok():
    log = EXP.encode()
    assert read_log(log).succeeded
    assert [cut for cut in range(len(log)) if read_log(log[:cut]).succeeded] == []


def test_rows_of_an_exp_log():
    log = read_log(EXP.encode())
    assert (log.kind, log.status) == ("exp", Status.COMPLETE)
    assert log.tables == (
        TableRows("SIAKOFF", "BIODATA_WNI", "", 315008),
        TableRows("SIAKOFF", "CAPIL", "P1", 3),
        TableRows("SIAKOFF", "CAPIL", "P2", 0),
    )


def test_owners_in_the_log_of_an_export_of_single_tables():
    text = (
        "About to export specified tables via Conventional Path ...\n"
        ". . exporting table                            KTP          4 rows exported\n"
        "Current user changed to SIAKOFF\n"
        ". . exporting table                          CAPIL          5 rows exported\n"
        "Export terminated successfully without warnings.\n"
    )
    log = read_log(text.encode())
    assert log.status is Status.COMPLETE
    assert log.tables == (TableRows("", "KTP", "", 4), TableRows("SIAKOFF", "CAPIL", "", 5))


def test_a_blank_line_at_the_end_is_what_a_screen_shows(good):
    assert read_log(good + b"\n").succeeded


@pytest.mark.parametrize("zeros", [1, 4096])
def test_zeros_at_the_end_are_no_log(good, zeros):
    assert not read_log(good + bytes(zeros)).succeeded


def test_zeros_inside_a_log_are_damage(good):
    assert read_log(good[:50] + bytes(9) + good[59:]).status is Status.DAMAGED


@pytest.mark.parametrize(
    "ending",
    [
        "completed with 1 error(s) at Thu May 1 08:05:05 2025 elapsed 0 00:00:05",
        "stopped due to fatal error at 15:47:21",
        "stopped by user request at Thu May 1 08:05:05 2025 elapsed 0 00:00:05",
    ],
)
def test_a_job_that_did_not_end_well(ending):
    log = read_log((BODY.format(p="", w="", how="") + f'Job "SYSTEM"."MALAM" {ending}\n').encode())
    assert (log.status, log.succeeded) == (Status.ABORTED, False)


@pytest.mark.parametrize(
    "line",
    [
        'ORA-31693: Table data object "SIAKOFF"."X" failed to load/unload and is being skipped due to error:',
        ">>> ORA-31642: the following SQL statement fails:",
        f"{STAMP}W-1 ORA-01555: snapshot too old",
        "UDE-31623: operation generated ORACLE error 31623",
        'ORA-39127: unexpected error from call to "SYS"."X": ORA-00942',
    ],
)
def test_a_code_outweighs_good_words(line):
    lines = GOOD["12c"].splitlines(keepends=True)
    log = read_log("".join([*lines[:4], line + "\n", *lines[4:]]).encode())
    assert log.ending is Ending.SUCCEEDED
    assert (log.status, len(log.error_lines)) == (Status.ABORTED, 1)


@pytest.mark.parametrize(
    "line",
    [
        "ORA-28002: the password will expire within 7 days",
        "ORA-39173: Encrypted data has been stored unencrypted in dump file set.",
    ],
)
def test_codes_that_touch_no_row_are_kept_apart(line):
    log = read_log((line + "\n" + GOOD["12c"]).encode())
    assert (log.status, log.error_lines, log.harmless_lines) == (Status.COMPLETE, (), (line,))


def test_a_code_in_the_parameters_is_none():
    assert read_log(GOOD["12c"].replace("schemas=SIAKOFF", "schemas=ORA-01555").encode()).succeeded


def test_a_parameter_file_in_the_log_tells_nothing_of_the_job():
    query = 'query="SIAKOFF"."CAPIL": "where KODE = \' ORA-01555 \'"'
    parfile = f"{STAMP};;; Parfile values:\n{STAMP};;;  parfile:  {query}\n"
    log = read_log((parfile + GOOD["LOGTIME"]).encode())
    assert (log.status, log.job_name, log.error_lines) == (Status.COMPLETE, "MALAM", ())


def test_without_its_master_table_a_dump_is_useless():
    lines = [line for line in GOOD["12c"].splitlines(keepends=True) if "loaded/unloaded" not in line]
    assert read_log("".join(lines).encode()).status is Status.TRUNCATED


def test_a_last_line_of_another_job_ends_nothing():
    assert (
        read_log(GOOD["12c"].replace('Job "SYSTEM"."MALAM"', 'Job "SYSTEM"."PAGI"').encode()).status is Status.TRUNCATED
    )


def test_words_in_another_language_prove_nothing_but_rows_are_read():
    text = (
        GOOD["12c"].replace("successfully completed at", "已于").replace("exported", "导出了").replace(" rows", " 行")
    )
    log = read_log(text.encode())
    assert (log.tables, log.ending, log.status) == (TABLES, Ending.FOREIGN, Status.UNKNOWN)


def test_an_error_in_another_language_is_an_error():
    text = GOOD["12c"].replace("successfully completed at", "因致命错误于") + "ORA-39126: 工作进程\n"
    assert read_log(text.encode()).status is Status.ABORTED


def test_a_job_that_never_began():
    text = (
        BANNER.format(release="23.0.0.0.0", date="Tue Jun 17 11:17:19 2025")
        + "ORA-39000: bad dump file specification\n"
    )
    assert (read_log(text.encode()).kind, read_log(text.encode()).status) == ("datapump", Status.ABORTED)


def test_an_export_of_nothing():
    lines = [line for line in GOOD["12c"].splitlines(keepends=True) if ". . " not in line]
    log = read_log("".join(lines).encode())
    assert (log.status, log.succeeded) == (Status.EMPTY, True)


@pytest.mark.parametrize(
    ("last", "status"),
    [
        ("Export terminated successfully with warnings.", Status.ABORTED),
        (
            "EXP-00091: Exporting questionable statistics.\nExport terminated successfully with warnings.",
            Status.COMPLETE,
        ),
        ("EXP-00056: ORACLE error 1555 encountered\nExport terminated successfully with warnings.", Status.ABORTED),
        ("EXP-00000: Export terminated unsuccessfully", Status.ABORTED),
    ],
)
def test_how_exp_may_end(last, status):
    text = EXP.replace("Export terminated successfully without warnings.", last)
    assert read_log(text.encode()).status is status


@pytest.mark.parametrize("content", [b"", b"\n", b"hello\n", bytes(range(256)), b"9" * 100_000 + b" rows\n"])
def test_what_is_no_log_is_unknown(content):
    log = read_log(content)
    assert (log.kind, log.status) == ("", Status.UNKNOWN)


def test_hostile_lines_take_no_time():
    lines = [b". . " + b"1 " * 200_000, b'"' * 400_000, b'. . x "a"."b"' + b" 1" * 200_000, b" " * 400_000]
    assert not read_log(b"\n".join(lines) + b"\n").succeeded


def test_real_logs(real_dumps):
    log = read_log((real_dumps / "expdp-11.2-win64-store_shop.log").read_bytes())
    assert (log.status, len(log.tables), sum(table.rows for table in log.tables)) == (Status.COMPLETE, 19, 93)
    log = read_log((real_dumps / "expdp-23ai-failed-before-start.log").read_bytes())
    assert log.status is Status.ABORTED
    assert [line[:9] for line in log.error_lines] == ["ORA-39000", "ORA-31641", "ORA-27038", "OSD-04010"]


IMPDP = GOOD["12c"].replace(". . exported", ". . imported")
IMP = """
Connected to: Oracle Database 11g Express Edition Release 11.2.0.2.0 - 64bit Production

Export file created by EXPORT:V11.02.00 via conventional path
. . importing table                  "BIODATA_WNI"     315008 rows imported
Import terminated successfully without warnings.
"""


@pytest.mark.parametrize("text", [IMPDP, ";;; \nImport: Release 19.0.0.0.0 - Production\n" + IMPDP, IMP])
def test_the_log_of_an_import_proves_no_export(text):
    log = read_log(text.encode())
    assert (log.kind, log.status, log.tables) == ("", Status.UNKNOWN, ())
