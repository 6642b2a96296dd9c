# SPDX-License-Identifier: GPL-3.0-or-later
"""What a script's exit code and the log it leaves are worth, together and alone."""

from __future__ import annotations

import pytest
from siak_backup.dump.status import Status
from siak_backup.script.outcome import judge_outcome

EXPDP = """
Export: Release 11.2.0.4.0 - Production on Kam Jan 9 22:00:01 2025
;;;
Starting "SIAK_BACKUP"."SYS_EXPORT_SCHEMA_01":  /******** AS parfile=siak.par
. . exported "SIAKOFF"."BIODATA_WNI"                      26.63 MB  315008 rows
Master table "SIAK_BACKUP"."SYS_EXPORT_SCHEMA_01" successfully loaded/unloaded
******************************************************************************
Dump file set for SIAK_BACKUP.SYS_EXPORT_SCHEMA_01 is:
  D:\\BACKUP\\SIAK_20250109.DMP
Job "SIAK_BACKUP"."SYS_EXPORT_SCHEMA_01" successfully completed at 22:31:40
"""
EXP = """
Export: Release 10.2.0.4.0 - Production on Thu Jan 9 22:00:01 2025

Copyright (c) 1982, 2007, Oracle.  All rights reserved.
Connected to: Oracle Database 10g Release 10.2.0.4.0 - Production
About to export specified users ...
. about to export SIAKOFF's tables via Conventional Path ...
. . exporting table                    BIODATA_WNI     315008 rows exported
. exporting statistics
Export terminated successfully without warnings.
"""
WITH_WARNINGS = EXP.replace("without warnings", "with warnings")
QUESTIONABLE = WITH_WARNINGS.replace(
    ". exporting stat", "EXP-00091: Exporting questionable statistics.\n. exporting stat"
)
LOGS = {"expdp": EXPDP, "exp": EXP, "exp, statistics questioned": QUESTIONABLE}


@pytest.fixture(params=LOGS)
def good(request):
    return LOGS[request.param]


WRITTEN = {
    "as it is": str.encode,
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "PowerShell's >": lambda text: text.replace("\n", "\r\n").encode("utf-16"),
    "UTF-16BE": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "a code page of the 1980s": lambda text: text.replace("BIODATA_WNI", "BIODATA_É").encode("cp850"),
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_a_log_that_proves_success_and_code_zero(good, written):
    outcome = judge_outcome(0, written(good))
    assert (outcome.status, outcome.ok, outcome.remedy) == (Status.COMPLETE, True, "")
    assert "bukan bukti" in outcome.reason


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_no_log_that_is_cut_off_is_ok_whatever_the_code(good, written):
    log = written(good)
    assert [cut for cut in range(len(log)) if judge_outcome(0, log[:cut]).ok] == []


@pytest.mark.parametrize("text", LOGS.values(), ids=LOGS)
def test_a_log_cut_in_the_midst_of_a_line_is_not_called_translated(text):
    log = text.strip().encode()
    cut_off = [log[:cut] for cut in range(1, len(log)) if log[cut - 1 : cut] != b"\n"]
    assert [log for log in cut_off if "bahasa" in judge_outcome(0, log).reason] == []


@pytest.mark.parametrize("text", [EXPDP, EXP])
def test_no_warning_is_told_where_there_is_none(text):
    assert judge_outcome(0, text.encode()).reason.startswith("log membuktikan ekspor selesai; kode keluar 0")


def test_a_benign_warning_is_named():
    told = "selesai; peringatan yang tidak mengurangi isi: EXP-00091; kode keluar 0"
    assert told in judge_outcome(0, QUESTIONABLE.encode()).reason


def test_exp_warns_without_saying_of_what_and_returns_zero():
    outcome = judge_outcome(0, WITH_WARNINGS.encode())
    assert outcome.status is Status.ABORTED
    assert "peringatan" in outcome.reason


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("EXP-00009: no privilege to export SIAKOFF's table CAPIL", "EXP_FULL_DATABASE"),
        ("EXP-00107: Feature (COLUMN ENCRYPTION) of column NIK in table SIAKOFF.X is not supported", "pakai expdp"),
        ("EXP-00056: ORACLE error 1555 encountered", "baca log"),
        ("EXP-00008: ORACLE error 1555 encountered\nORA-01555: snapshot too old", "UNDO_RETENTION"),
    ],
)
def test_exp_returns_zero_and_left_something_out(line, remedy):
    outcome = judge_outcome(0, QUESTIONABLE.replace(". exporting stat", f"{line}\n. exporting stat").encode())
    assert outcome.status is Status.ABORTED
    assert line[:9] in outcome.reason
    assert remedy in outcome.remedy


def test_exp_that_ended_unsuccessfully_below_a_command_that_succeeded():
    text = EXP.replace(
        "Export terminated successfully without warnings.", "EXP-00000: Export terminated unsuccessfully"
    )
    assert judge_outcome(0, text.encode()).status is Status.ABORTED


@pytest.mark.parametrize(
    ("ending", "code"),
    [("completed with 1 error(s) at 22:31:40", 5), ("stopped due to fatal error at 22:31:40", 1)],
)
@pytest.mark.parametrize("wrapped", [True, False])
def test_expdp_that_did_not_end_well_below_any_code(ending, code, wrapped):
    text = EXPDP.replace("successfully completed at 22:31:40", ending)
    assert judge_outcome(0 if wrapped else code, text.encode()).status is Status.ABORTED


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (1, "gagal"),
        (5, "expdp: selesai dengan kesalahan"),
        (126, "perintah tidak boleh dijalankan"),
        (127, "perintah tidak ditemukan"),
        (9009, "perintah tidak ditemukan"),
        (1073807364, "dihentikan, pengguna keluar atau Windows dimatikan"),
        (-1073741819, "program rusak, pelanggaran memori"),
        (3221225794, "program gagal dimulai"),
        (129, "dihentikan sinyal 1"),
        (159, "dihentikan sinyal 31"),
        (160, "tidak dikenal"),
        (3221225786, "dihentikan, sesi ditutup atau Ctrl-C"),
        (-1073741510, "dihentikan, sesi ditutup atau Ctrl-C"),
        (137, "dihentikan sinyal 9"),
        (128, "tidak dikenal"),
        (77, "tidak dikenal"),
    ],
)
def test_a_code_that_contradicts_a_good_log_is_never_ok(good, code, meaning):
    outcome = judge_outcome(code, good.encode())
    assert outcome.status is Status.UNKNOWN
    assert outcome.reason.endswith(f"; kode keluar {code} ({meaning})")
    assert "ok_codes" in outcome.remedy


def test_a_code_that_the_site_has_named_may_stand_beside_a_good_log(good):
    assert judge_outcome(1, good.encode(), ok_codes=(0, 1)).ok
    assert not judge_outcome(0, good.encode(), ok_codes=(1,)).ok


def test_a_code_that_the_site_has_named_makes_no_bad_log_good():
    text = EXPDP.replace("successfully completed", "completed with 1 error(s)")
    assert not judge_outcome(5, text.encode(), ok_codes=(0, 5)).ok


def test_a_script_whose_code_nobody_knows_is_not_ok(good):
    outcome = judge_outcome(None, good.encode())
    assert outcome.status is Status.UNKNOWN
    assert "tidak diketahui" in outcome.reason
    assert "tidak dimatikan" in outcome.remedy


@pytest.mark.parametrize(
    "log", [None, b"", b"        1 file(s) copied.\r\n", "        1 berkas disalin.\n".encode("utf-16")]
)
@pytest.mark.parametrize("code", [0, 1, None])
def test_without_a_log_of_an_export_nothing_is_known(log, code):
    outcome = judge_outcome(code, log)
    assert outcome.status is Status.UNKNOWN
    assert outcome.reason.startswith("log bukan catatan ekspor" if log else "skrip tidak meninggalkan log")
    assert "logfile=" in outcome.remedy


def test_without_a_log_the_codes_of_what_was_printed_tell_why():
    printed = b"D:\\> expdp siak/rahasia@x\r\nUDE-01017: operation generated ORACLE error 1017\r\nORA-01017: denied\r\n"
    outcome = judge_outcome(1, None, output=printed)
    assert outcome.status is Status.ABORTED
    assert "UDE-01017, ORA-01017" in outcome.reason
    assert "terkunci" in outcome.remedy


def test_a_log_of_errors_alone_tells_them_whatever_was_printed():
    outcome = judge_outcome(1, b"EXP-00028: failed to open D:\\x.dmp for write\r\n", output=b"ORA-01034: down\r\n")
    assert outcome.status is Status.ABORTED
    assert outcome.reason.startswith("log menyebut EXP-00028;")
    assert "folder tujuan" in outcome.remedy


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("ORA-28000", "terkunci"),
        ("ORA-28001", "mengganti kata sandi"),
        ("ORA-01034", "menyalakan database"),
        ("ORA-12154", "alias"),
        ("ORA-12514", "nama layanan"),
        ("ORA-12541", "listener"),
        ("ORA-27038", "nama dump sendiri"),
        ("ORA-29283", "pengguna oracle"),
        ("ORA-39087", "DIRECTORY"),
        ("ORA-31631", "backup_account.sql"),
        ("ORA-39095", "%U"),
        ("ORA-39171", "kosongkan ruang"),
        ("ORA-27072", "kosongkan ruang"),
        ("ORA-01950", "tabel master"),
        ("ORA-01536", "menambah kuota"),
        ("EXP-00002", "kosongkan ruang"),
        ("EXP-00028", "izin menulis"),
        ("ORA-00600", "baca log"),
    ],
)
def test_a_known_cause_has_its_remedy(code, remedy):
    log = EXPDP.replace("******\n", f"******\nORA-39002: invalid operation\n{code}: sebab\n", 1).encode()
    assert remedy in judge_outcome(1, log).remedy


def test_what_was_printed_is_never_repeated():
    printed = b"LRM-00101: unknown parameter name 'siak/rahasia'\r\n"
    outcome = judge_outcome(1, printed, output=printed)
    assert outcome.status is Status.ABORTED
    assert "LRM-00101" in outcome.reason
    assert "rahasia" not in outcome.reason + outcome.remedy


TRANSLATED = (
    EXPDP.replace("successfully completed at", "已于").replace("22:31:40", "22:31:40 成功完成"),
    EXP.replace(
        "Export terminated successfully without warnings.",
        "Der Export-Vorgang wurde erfolgreich und ohne Warnungen beendet.",
    ),
)


@pytest.mark.parametrize("text", TRANSLATED)
def test_a_translated_log_is_unknown_and_said_to_be(text):
    outcome = judge_outcome(0, text.encode())
    assert outcome.status is Status.UNKNOWN
    assert "bukan bahasa Inggris" in outcome.reason
    assert "NLS_LANG" in outcome.remedy


def test_an_english_log_that_lacks_lines_is_cut_off_and_not_translated():
    for lines in range(2, len(EXP.splitlines())):
        text = "\n".join(EXP.splitlines()[:lines]) + "\n"
        assert judge_outcome(0, text.encode()).status is Status.TRUNCATED, text


def test_an_export_of_nothing():
    text = "".join(line for line in EXPDP.splitlines(keepends=True) if ". . exported" not in line)
    outcome = judge_outcome(0, text.encode())
    assert outcome.status is Status.EMPTY
    assert "satu tabel pun" in outcome.reason


def test_zeros_where_two_encodings_were_mixed():
    outcome = judge_outcome(0, EXPDP.encode() + "siap\r\n".encode("utf-16-le"))
    assert outcome.status is Status.DAMAGED
    assert "PowerShell" in outcome.reason


@pytest.mark.parametrize("text", TRANSLATED)
def test_a_translated_log_with_zeros_is_damaged(text):
    outcome = judge_outcome(0, text.replace("BIODATA", "BIO\0\0TA").encode())
    assert outcome.status is Status.DAMAGED
    assert "NLS_LANG" not in outcome.remedy


def test_a_line_that_no_log_has_is_unknown():
    outcome = judge_outcome(0, EXPDP.replace("parfile=", "x" * (2 << 20)).encode())
    assert (outcome.status, outcome.reason[:9]) == (Status.UNKNOWN, "log tidak")
