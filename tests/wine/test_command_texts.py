# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether cmd.exe, OpenSSH's default shell, hands PowerShell the whole of what it is given. No PowerShell runs."""

from __future__ import annotations

import base64
import shutil

import pytest
from siak_backup.script.cmd import CmdShell

pytestmark = pytest.mark.wine


ORDINARY = CmdShell().listing("D:\\BACKUP SIAK & (lama)", ["*.dmp"])
LONG = CmdShell().look(f"D:\\{'x' * 1270}.bat", "D:\\a", "D:\\b")


def test_the_long_one_is_as_long_as_any():
    assert 8000 < len(LONG) <= 8100


@pytest.mark.parametrize("text", [ORDINARY, LONG], ids=len)
def test_a_text_reaches_powershell_whole(windows, text):
    shutil.copy(windows.drive / "bin" / "show.exe", windows.drive / "bin" / "powershell.exe")
    done = windows.run("cmd.exe", "/c", text)
    given = done.stdout.decode().splitlines()
    assert given[:-1] == [
        "[-NoProfile]",
        "[-NonInteractive]",
        "[-ExecutionPolicy]",
        "[Unrestricted]",
        "[-EncodedCommand]",
    ]
    assert given[-1] == f"[{text.rpartition(' ')[2]}]"
    assert base64.b64decode(given[-1][1:-1]).decode("utf-16-le").endswith("'SIAK end'")
