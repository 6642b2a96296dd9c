# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m siak_backup.script`."""

from __future__ import annotations

import base64

import pytest
from backup_scripts import render
from siak_backup.script.__main__ import main


def test_traps_are_told_with_file_and_line(tmp_path, capsys):
    script = tmp_path / "backup.bat"
    script.write_bytes(b"@echo off\r\nexpdp siak/rahasia dumpfile=master.dmp\r\npause \xe9\r\n")
    assert main(["lint", str(script)]) == 1
    told = capsys.readouterr().out
    assert f"{script}:2: password: " in told
    assert f"{script}:3: waits: " in told
    assert "rahasia" not in told


@pytest.mark.parametrize(("name", "template"), [("a.CMD", "backup.bat.j2"), ("a.sh", "backup.sh.j2")])
def test_a_script_without_traps(tmp_path, capsys, name, template):
    (tmp_path / name).write_text(render(template))
    assert main(["lint", str(tmp_path / name)]) == 0
    assert capsys.readouterr().out == ""


def test_a_script_that_is_not_there(tmp_path, capsys):
    assert main(["lint", str(tmp_path / "tidak-ada.bat")]) == 2
    assert "tidak-ada.bat" in capsys.readouterr().err


def test_commands_for_a_windows_server(tmp_path, capsys):
    given = ["windows", "--script", "D:\\UJI\\lambat.bat", "--folder", "D:\\UJI", "--files", str(tmp_path)]
    assert main([*given, "--limit", "60"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"run.bat", "script.bat", "guard.ps1"}
    assert "$limit = 60\n" in (tmp_path / "guard.ps1").read_text()
    lines = capsys.readouterr().out.splitlines()
    headings = [line[2:].partition(" ")[0] for line in lines if line.startswith("# ")]
    assert headings == [
        "look",
        "prepare",
        "start",
        "status",
        "stop",
        "listing",
        "digest",
        "make_folder",
        "move",
        "forget",
    ]
    programs = [
        base64.b64decode(line.split()[-1]).decode("utf-16-le") for line in lines if line.startswith("PowerShell ")
    ]
    assert len(programs) == len(headings)
    assert "$d = 'D:\\UJI'" in programs[0]


def test_a_folder_that_no_windows_has(tmp_path, capsys):
    assert main(["windows", "--script", "/a.bat", "--folder", "/a", "--files", str(tmp_path)]) == 2
    assert "SIAK-100" in capsys.readouterr().err
