# SPDX-License-Identifier: GPL-3.0-or-later
"""The batch files that a job runs by, started by the command line that they are started by on Windows."""

from __future__ import annotations

import time

import pytest
from siak_backup.script import batch
from siak_backup.script.cmd import CmdShell
from siak_backup.script.shell import Job
from winebox import put

pytestmark = pytest.mark.wine

RUN = "20250109T093500Z-3f9a1c"
SITE = "D:\\skrip & kantor (lama)\\backup.bat"


@pytest.fixture(params=["D:\\kerja", "D:\\folder kerja\\siak.a"])
def home(request):
    return f"{request.param}\\siak-{RUN}"


@pytest.fixture
def start(windows, home):
    """Lay down and start a job; what is returned waits for its code and gives code and output."""

    def start(script, *arguments, play="ok", folder="D:\\BACKUP SIAK", site=SITE):
        if script is not None:
            put(windows.drive / site[3:].replace("\\", "/"), script)
        job = Job(RUN, home, site, arguments, folder, "WE8MSWIN1252", 600, "ab12")
        local = windows.drive / home[3:].replace("\\", "/")
        local.mkdir(parents=True)
        for path, content in CmdShell().files(job):
            (local / path.rpartition("\\")[2]).write_bytes(content)
        windows.create(batch.command_line(f"{home}\\run.bat"), play)
        return lambda: wait(local)

    return start


def wait(local, within_s=30.0):
    ends = time.monotonic() + within_s
    while not (local / "rc").exists():
        assert time.monotonic() < ends, list(local.iterdir())
        time.sleep(0.05)
    assert not (local / "rc.new").exists()
    return int((local / "rc").read_bytes()), (local / "output.txt").read_bytes()


def test_both_streams_environment_and_folder(windows, start):
    code, output = start("cd\necho run %SIAK_RUN_ID%\necho %NLS_DATE_FORMAT%\nexpdp dumpfile=a.dmp logfile=a.log\n")()
    assert code == 0
    assert output.splitlines()[:3] == [b"D:\\BACKUP SIAK", f"run {RUN}".encode(), b"YYYY-MM-DD HH24:MI:SS"]
    assert b"NLS_LANG=AMERICAN_AMERICA.WE8MSWIN1252" in output
    assert b"stdin is not empty" not in output
    assert (windows.drive / "BACKUP SIAK" / "a.log").exists()


@pytest.mark.parametrize(("ending", "code"), [("exit 5", 5), ("exit /b 5", 5), ("cmd /c exit 7", 7), ("rem", 3)])
def test_however_a_script_ends_its_code_is_kept(start, ending, code):
    assert start(f"cmd /c exit 3\n{ending}\n")()[0] == code


def test_a_script_that_waits_for_a_key_does_not_wait(start):
    code, _ = start("pause\nset /p jawab=\nexit /b 4\n")()
    assert code == 4


def test_a_password_on_the_command_line_is_not_in_the_output(start):
    _, output = start("expdp siak/rahasia dumpfile=a.dmp logfile=a.log\n")()
    assert b"rahasia" not in output


def test_arguments_arrive_as_they_stand(start):
    arguments = ("polos-1.dmp", "dua kata", "a&b|c", "(x)^y", "!z!", "a=b;c,d", "", "<>", "D:\\x y\\z")
    code, output = start('@"D:\\bin\\show.exe" %*\n', *arguments)()
    assert code == 0
    assert output.decode().splitlines() == [f"[{argument}]" for argument in arguments]


def test_percent_signs_arrive_as_they_stand(start):
    """Of an .exe, for wine looks for variables once more in what `%*` stands for."""
    arguments = ("100%", "%PATH%", "50%% %1")
    code, output = start(None, *arguments, site="D:\\bin\\show.exe")()
    assert code == 0
    assert output.decode().splitlines() == [f"[{argument}]" for argument in arguments]


def test_a_folder_that_is_gone_runs_nothing(windows, start):
    code, output = start("echo ada > D:\\ada\n", folder="D:\\tidak ada")()
    assert (code, (windows.drive / "ada").exists()) == (1, False)
    assert output.strip()


def test_a_script_that_is_gone_is_told(start):
    code, output = start(None)()
    assert code != 0
    assert b"backup.bat" in output


def test_there_is_no_code_while_anything_of_the_script_runs(windows, start, home):
    """taskkill by name; `/T`, which ends the children too, is not in wine 8."""
    waits = start("expdp dumpfile=a.dmp logfile=a.log\nexit /b 6\n", play="hang")
    local = windows.drive / home[3:].replace("\\", "/")
    beats = [windows.drive / "play" / "expdp" / f"{who}.beat" for who in ("parent", "child")]
    ends = time.monotonic() + 20
    while not all(beat.exists() for beat in beats):
        assert time.monotonic() < ends
        time.sleep(0.05)
    assert not (local / "rc").exists()
    assert windows.run("taskkill", "/F", "/IM", "expdp.exe").returncode == 0
    assert waits()[0] == 6
    sizes = [beat.stat().st_size for beat in beats]
    time.sleep(0.5)
    assert [beat.stat().st_size for beat in beats] == sizes


def test_wine_has_no_taskkill_of_a_tree(windows):
    """When this fails, wine has learned it, and ending a whole tree can be tested here."""
    assert b"/t" not in windows.run("taskkill", "/?").stdout.lower()
