# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Ansible's ssh connection hands a Windows server's sshd a command as it was built. No Windows is here."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from siak_backup.script.cmd import CmdShell

from bench.collect_ssh import ssh_server, sshd

pytestmark = pytest.mark.play

ROOT = Path(__file__).resolve().parents[2]
TEXT = CmdShell().look("D:\\it's & (lama)\\backup.bat", "D:\\BACKUP", "D:\\BACKUP\\.siak-backup")


@pytest.mark.parametrize("shell", ["cmd", "powershell"])
def test_sshd_is_given_the_text_as_it_stands(tmp_path, shell):
    if not sshd():
        pytest.skip("not installed: sshd (openssh-server)")
    with ssh_server(tmp_path / "ssh") as ssh:
        keys = tmp_path / "ssh" / "client.pub"
        given = tmp_path / "given"
        record = f'printf %s \\"$SSH_ORIGINAL_COMMAND\\" > {given}; echo SIAK end'
        keys.write_text(f'command="{record}" {keys.read_text()}')
        options = {
            "ansible_connection": "ssh",
            "ansible_host": "127.0.0.1",
            "ansible_port": str(ssh.port),
            "ansible_shell_type": shell,
            "ansible_ssh_common_args": shlex.join(ssh.options),
        }
        inventory = tmp_path / "hosts"
        inventory.write_text("windows " + " ".join(f"{key}={shlex.quote(value)}" for key, value in options.items()))
        done = subprocess.run(
            [
                Path(sys.executable).with_name("ansible"),
                "-i",
                inventory,
                "windows",
                "-m",
                "ansible.builtin.raw",
                "-a",
                TEXT,
            ],
            cwd=ROOT,
            env=os.environ | {"ANSIBLE_LOCAL_TEMP": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert "SIAK end" in done.stdout, done.stdout + done.stderr
    assert given.read_text() == TEXT
