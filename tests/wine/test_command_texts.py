# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether cmd.exe, OpenSSH's default shell, hands PowerShell the whole of what it is given. No PowerShell runs."""

from __future__ import annotations

import base64

import pytest
from siak_backup.errors import ConfigError
from siak_backup.script.cmd import CmdShell

pytestmark = pytest.mark.wine


def longest():
    """Return a text as long as any that is sent."""
    texts = []
    with pytest.raises(ConfigError):
        for length in range(20, 3000, 10):
            texts.append(CmdShell().look(f"D:\\{'x' * length}.bat", "D:\\a", "D:\\b"))
    return texts[-1]


@pytest.mark.parametrize("text", [CmdShell().listing("D:\\BACKUP SIAK & (lama)", ["*.dmp"]), longest()], ids=len)
def test_a_text_reaches_powershell_whole(windows, text):
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
