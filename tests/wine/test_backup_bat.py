# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup.bat that the role lays down, run by a cmd.exe."""

from __future__ import annotations

import pytest
from backup_scripts import render
from siak_backup.dump.judge import judge_set
from siak_backup.dump.status import Status
from siak_backup.script.outcome import judge_outcome
from winebox import put

pytestmark = pytest.mark.wine

RUN = "20250109T093500Z-3f9a1c"


@pytest.fixture(params=["expdp", "exp"])
def tool(request):
    return request.param


@pytest.fixture
def run(windows, tool):
    put(windows.drive / "skrip kantor" / "backup.bat", render("backup.bat.j2", export_script_tool=tool))
    windows.environment["PLAY_FOLDER"] = f"D:\\play\\{tool}"

    def run(play="ok", **variables):
        return windows.batch("D:\\skrip kantor\\backup.bat", play=play, **({"SIAK_RUN_ID": RUN} | variables))

    return run


def files(windows):
    return {path.name: path for path in (windows.drive / "BACKUP SIAK").iterdir()}


def test_an_export_that_succeeds(windows, tool, run):
    done = run()
    assert done.returncode == 0
    assert b"NLS_LANG=AMERICAN_AMERICA.AL32UTF8" in done.stderr
    dump = f"SIAK_{RUN}_01.dmp" if tool == "expdp" else f"SIAK_{RUN}.dmp"
    made = files(windows)
    assert set(made) == {dump, f"SIAK_{RUN}.log"}
    log = made[f"SIAK_{RUN}.log"]
    assert judge_outcome(done.returncode, log.read_bytes()).ok
    if tool == "expdp":
        assert judge_set([made[dump]], log).status is Status.COMPLETE


@pytest.mark.parametrize(("play", "codes"), [("errors", {"expdp": 5, "exp": 0}), ("fail", {"expdp": 1, "exp": 1})])
def test_the_tools_code_is_the_scripts_and_the_log_tells(windows, tool, run, play, codes):
    done = run(play)
    assert done.returncode == codes[tool]
    assert f"{tool} berakhir dengan kode {codes[tool]}".encode() in done.stdout
    outcome = judge_outcome(done.returncode, files(windows)[f"SIAK_{RUN}.log"].read_bytes())
    assert outcome.status is Status.ABORTED


def test_nothing_is_overwritten(windows, run):
    assert run().returncode == 0
    before = {name: path.read_bytes() for name, path in files(windows).items()}
    done = run("errors")
    assert done.returncode == 1
    assert b"Tidak ada yang ditimpa" in done.stdout
    assert {name: path.read_bytes() for name, path in files(windows).items()} == before


def test_without_a_name_nothing_is_exported(windows, run):
    """Where no PowerShell tells the time, as under wine, a script started by hand has no name to give."""
    done = run(SIAK_RUN_ID=None)
    assert done.returncode == 1
    assert b"PowerShell tidak menjawab" in done.stdout
    assert files(windows) == {}


def test_a_parfile_and_a_folder_of_odd_letters(windows, tool):
    # No `%` here, which would be right: wine expands the value of a variable once more.
    folder = "D:\\arsip (lama) & baru"
    put(windows.drive / "rahasia" / "siak.par", "userid=siak/rahasia\n")
    script = render(
        "backup.bat.j2",
        export_script_tool=tool,
        export_script_folder=folder,
        export_script_directory=folder,
        export_script_parfile="D:\\rahasia\\siak.par",
    ).replace(f"directory={folder}", "directory=SIAK_DIR")
    (windows.drive / folder[3:]).mkdir()
    windows.environment.update(PLAY_FOLDER=f"D:\\play\\{tool}", SIAK_DIR=folder)
    put(windows.drive / "backup.bat", script)
    done = windows.batch("D:\\backup.bat", SIAK_RUN_ID=RUN)
    assert done.returncode == 0, done
    assert f"SIAK_{RUN}.log" in {path.name for path in (windows.drive / folder[3:]).iterdir()}
    assert b"rahasia@" not in done.stdout + done.stderr
    assert b"siak/rahasia" not in done.stdout + done.stderr


def test_a_naive_script_returns_the_code_of_its_last_command(windows):
    """What a site's script is like, and why its code is not believed."""
    put(
        windows.drive / "BACKUP SIAK" / "backup.bat",
        "expdp siak/rahasia schemas=SIAKOFF directory=SIAK_DIR dumpfile=master.dmp logfile=master.log\n"
        "xcopy /y /q master.log D:\\play\nexit\n",
    )
    done = windows.run("cmd", "/d", "/c", "cd /d D:\\BACKUP SIAK && backup.bat", play="errors")
    assert done.returncode == 0, done
    outcome = judge_outcome(done.returncode, files(windows)["master.log"].read_bytes())
    assert outcome.status is Status.ABORTED
    assert "ORA-31693" in outcome.reason
