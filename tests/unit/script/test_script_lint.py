# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts as sites write them, and what their text shows."""

from __future__ import annotations

import pytest
from backup_scripts import render
from siak_backup.script.lint import lint

NAIVE_BAT = r"""@echo off
rem expdp siak/lama@orcl ... begitu dahulu
del /q D:\BACKUP\*.dmp
expdp siak/rahasia123@orcl schemas=SIAKOFF directory=BACKUP dumpfile=master.dmp reuse_dumpfiles=y
xcopy /y D:\BACKUP\master.dmp E:\SALINAN
echo Backup selesai
pause
"""
NAIVE_SH = """#!/bin/sh
PASSWORD=rahasia123
exp siak/$PASSWORD file=/backup/master.dmp owner=SIAKOFF | tee /backup/catatan.txt
cp /backup/master.dmp /mnt/usb
sqlplus -s "/ as sysdba" @bersih.sql
echo selesai
"""


def rules(text, kind="cmd"):
    return {(one.rule, one.line) for one in lint(text, kind)}


def names(text, kind="cmd"):
    return {rule for rule, _ in rules(text, kind)}


def test_a_naive_backup_bat():
    assert rules(NAIVE_BAT) == {
        ("deletes", 3), ("password", 4), ("overwrite", 4), ("fixed_name", 4), ("no_log", 4), ("nls_lang", 4),
        ("copies", 5), ("exit_code", 7), ("waits", 7),
    }  # fmt: skip


def test_a_naive_backup_sh():
    assert rules(NAIVE_SH, "posix") == {
        ("password", 2), ("password", 3), ("fixed_name", 3), ("no_log", 3), ("statistics", 3), ("nls_lang", 3),
        ("copies", 4), ("sqlplus", 5), ("sysdba", 5), ("exit_code", 6),
    }  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), [(NAIVE_BAT, "cmd"), (NAIVE_SH, "posix")])
def test_findings_are_in_order_and_never_repeat_a_password(text, kind):
    found = lint(text, kind)
    assert [one.line for one in found] == sorted(one.line for one in found)
    told = "".join(f"{one.as_dict()}" for one in found)
    assert "rahasia" not in told
    assert all(one.found and one.remedy for one in found)


@pytest.mark.parametrize("tool", ["expdp", "exp"])
@pytest.mark.parametrize(("name", "kind"), [("backup.bat.j2", "cmd"), ("backup.sh.j2", "posix")])
@pytest.mark.parametrize("parfile", ["", "D:\\rahasia\\siak.par"])
def test_what_we_lay_down_has_none_of_the_traps(tool, name, kind, parfile):
    assert lint(render(name, export_script_tool=tool, export_script_parfile=parfile), kind) == ()


HEAD = "set NLS_LANG=AMERICAN_AMERICA.AL32UTF8\n"
GOOD = "expdp /@SIAK schemas=SIAKOFF dumpfile=S_%SIAK_RUN_ID%_%%U.dmp logfile=S_%SIAK_RUN_ID%.log"


@pytest.mark.parametrize(
    "command",
    [
        "expdp siak/rahasia dumpfile=a",
        "expdp siak/rahasia@//db1:1521/siak dumpfile=a",
        "expdp 'siak/rahasia@x' dumpfile=a",
        "expdp userid=siak/rahasia",
        'C:\\oracle\\bin\\EXPDP.EXE "siak/rahasia" dumpfile=a',
        '"C:\\Program Files\\oracle\\exp.exe" siak/rahasia',
        "expdp %AKUN%/%SANDI%@orcl dumpfile=a",
        "call expdp siak/rahasia",
        "if exist x expdp /@y & sqlplus -s siak/rahasia @x.sql",
        'start "ekspor" /wait expdp siak/rahasia',
        "set SIAK_PASSWORD=rahasia",
        "net use Z: \\\\nas\\backup rahasia /user:siak",
    ],
)
def test_passwords(command):
    assert "password" in names(HEAD + command)


@pytest.mark.parametrize("command", ["su - oracle -c 'expdp siak/rahasia dumpfile=a'", "export DB_PASS=rahasia; x"])
def test_passwords_in_sh(command):
    assert "password" in names(command, "posix")


@pytest.mark.parametrize(
    "command",
    [
        "expdp /@SIAK dumpfile=a",
        "expdp / dumpfile=a",
        "expdp parfile=/home/oracle/siak.par",
        "exp /@SIAK file=backup/siak.dmp log=catatan/siak.log",
        "set PASSWORD=",
        "set PASSWORD=%1",
        "rem expdp siak/rahasia",
        ":: expdp siak/rahasia",
        "echo expdp siak/ ada di sini",
    ],
)
def test_what_is_no_password(command):
    assert "password" not in names(HEAD + command)


@pytest.mark.parametrize("end", ["", "\n", "\nexit /b\n", "\necho kode %ERRORLEVEL%\nendlocal\n", "\ngoto :eof\n"])
def test_an_export_that_is_the_last_command(end):
    assert names(HEAD + GOOD + end) == set()


@pytest.mark.parametrize(
    "end",
    [
        "set KODE=%ERRORLEVEL%\ndir\nexit /b %KODE%",
        'set "KODE=%ERRORLEVEL%"\nif "%KODE%"=="0" xcopy a b',
        "if errorlevel 1 exit /b 1\nxcopy a b",
        "if %errorlevel% neq 0 goto gagal\nmove a b",
    ],
)
def test_a_code_that_is_looked_at(end):
    assert names(f"{HEAD}{GOOD}\n{end}\n") == set()


@pytest.mark.parametrize(
    ("end", "found"),
    [
        ("\ncopy a b", {("copies", 3), ("exit_code", 3)}),
        ("\nset KODE=%ERRORLEVEL%\nrobocopy a b", {("copies", 4), ("exit_code", 4)}),
        ("\nexit /b 0", {("exit_code", 3)}),
        (' | find "x"', {("exit_code", 2)}),
        ('\nforfiles /p D:\\BACKUP /d -7 /c "cmd /c del @file"', {("deletes", 3), ("exit_code", 3)}),
        ("\nforfiles /p D:\\BACKUP /d -7", {("exit_code", 3)}),
        ("\ndel D:\\catatan.tmp", {("exit_code", 3)}),
        ("\nrd D:\\lama", {("deletes", 3), ("exit_code", 3)}),
    ],
)
def test_a_code_that_is_lost(end, found):
    assert rules(HEAD + GOOD + end) == found


def test_a_copy_before_the_export_copies_no_export_of_tonight():
    assert names(f"{HEAD}copy tnsnames.ora D:\\tns\n{GOOD}") == set()


def test_a_deletion_before_the_export_is_one_even_if_codes_are_looked_at():
    text = f"{HEAD}if errorlevel 1 echo x\ndel *.dmp\n{GOOD}"
    assert rules(text) == {("deletes", 3)}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("set -eu\n{good}\ncp a b\n", set()),
        ("{good} && cp a b\n", set()),
        ('{good}\nkode=$?\ncp a b\nexit "$kode"\n', {"copies"}),
        ('{good}\nkode=$?\nif [ "$kode" -eq 0 ]; then cp a b; fi\n', set()),
        ("{good}\necho selesai\n", {"exit_code"}),
        ("find /backup -mtime +7 -delete\n{good}\n", {"deletes"}),
        ("find /backup -mtime +7\n{good}\n", set()),
        ("rm -rf /backup/lama\n{good}\n", {"deletes"}),
        ("rm -f /tmp/kunci\n{good}\n", set()),
        ("{good}\nread jawab\n", {"exit_code", "waits"}),
        ("{good} | tee catatan\n", {"exit_code"}),
    ],
)
def test_codes_in_sh(body, found):
    good = "NLS_LANG=AMERICAN_AMERICA.UTF8 expdp /@S dumpfile=s_$tgl.dmp \\\n  logfile=s_$tgl.log"
    assert names("export NLS_LANG=AMERICAN_AMERICA.UTF8\n" + body.format(good=good.split(" ", 1)[1]), "posix") == found


def test_a_command_over_several_lines_has_the_number_of_its_first():
    text = f"{HEAD}expdp siak/rahasia ^\n  dumpfile=a_%DATE:~0,2%.dmp ^\n  logfile=a.log ^"
    assert rules(text) == {("password", 2)}


@pytest.mark.parametrize("name", ["master.dmp", "master_%%U.dmp", "D:\\x\\master.dmp", '"D:\\x y\\master.dmp"'])
def test_names_that_never_change(name):
    assert "fixed_name" in names(f"{HEAD}expdp /@S dumpfile={name} logfile=a.log")
    assert "fixed_name" in names(f"{HEAD}exp /@S file={name} log=a.log statistics=none")


@pytest.mark.parametrize("name", ["%TGL%.dmp", "%date:~6,4%.dmp", "!TGL!.dmp", "%%T.dmp", "%%~T.dmp", '"%F%\\a b.dmp"'])
def test_names_that_change(name):
    assert "fixed_name" not in names(f"{HEAD}expdp /@S dumpfile={name} logfile=a.log")


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("", True),
        ("set NLS_LANG=INDONESIAN_INDONESIA.WE8MSWIN1252\n", True),
        ('set "NLS_LANG=AMERICAN_AMERICA.UTF8"\n', False),
        ("set NLS_LANG=%BAHASA%\n", False),
        ("set NLS_LANG=\n", False),
    ],
)
def test_the_language(setting, found):
    assert ("nls_lang" in names(setting + GOOD)) is found


@pytest.mark.parametrize(
    "line", ["pause", "  @pause", "timeout /t 10", "choice /c YN", "set /p X=lanjut?", "if errorlevel 1 pause"]
)
def test_lines_that_wait(line):
    assert ("waits", 2) in rules(f"{HEAD}{line}\n{GOOD}")


def test_sql_with_and_without_whenever():
    assert "sqlplus" in names(f"{HEAD}sqlplus /@S @a.sql\n{GOOD}")
    assert "sqlplus" not in names("sqlplus /@S <<X\nWHENEVER SQLERROR EXIT FAILURE\nX\n", "posix")


@pytest.mark.parametrize(
    "line", ['sqlplus "/ as sysdba" @a.sql', 'expdp \\"/ as sysdba\\" x', "exp sys/x file=%a%.dmp"]
)
def test_sysdba(line):
    assert "sysdba" in names(line)


def test_proc_sys_is_no_account():
    assert "sysdba" not in names("cat /proc/sys/kernel/hostname\n", "posix")


@pytest.mark.parametrize("text", ["", "rem kosong\n", "echo export\n", "call D:\\lain\\malam.bat\n", "^"])
def test_a_script_without_an_export_says_so(text):
    assert rules(text) == {("no_export", 1)}


def test_options_in_a_parfile_are_not_missed():
    assert names(f"{HEAD}exp parfile=siak.par") == set()
