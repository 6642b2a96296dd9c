# SPDX-License-Identifier: GPL-3.0-or-later
"""Nights on a server whose own script makes the backup, reached over a real sshd on loopback."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import Any

import pytest
from night import Night, zone_far_from_midnight

from bench.collect_ssh import SshServer, sshd
from tests.site_script.site import Site
from tests.unit.media.desk import register

SERVER, HOST = "sukamara", "sukamara-os"


def demand_ssh() -> None:
    """Skip, saying why, where there is no SSH server."""
    absent = [name for name, found in (("sshd", sshd()), ("sftp", shutil.which("sftp"))) if not found]
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)} (openssh-server, openssh-client)")


@dataclass
class ScriptNight(Night):
    """No Oracle: the inventory has the server, and beside it its operating system."""

    site: Site = field(kw_only=True)
    ssh: SshServer = field(kw_only=True)

    def prepare(self) -> None:
        """Make archive, medium and inventory."""
        self.archive.mkdir(parents=True)
        self.medium.mkdir()
        register(self.medium, "GLADI-01", serial="", purpose="gladi", group="")
        (self.var / "hosts.yml").write_text(json.dumps(self.inventory()))

    def inventory(self) -> dict[str, Any]:
        common = subprocess.list2cmdline(self.ssh.options)
        return {
            "siak": {
                "hosts": {SERVER: {"siak_office": "Kabupaten Gladi"}},
                "vars": {
                    "ansible_connection": "local",
                    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                    "siak_export_method": "script",
                    "siak_script": {"host": HOST} | self.site.options(host=HOST),
                    "siak_archive_dir": str(self.archive),
                    "siak_media": [{"dir": str(self.medium), "labels": ["GLADI-01"], "mount_required": False}],
                    "siak_folder_pattern": "ddmmmyyyy",
                    "siak_zone": zone_far_from_midnight(),
                    "siak_rehearsal_counts": True,
                },
            },
            "siak_server_os": {
                "hosts": {
                    HOST: {
                        "ansible_host": "127.0.0.1",
                        "ansible_port": self.ssh.port,
                        "ansible_ssh_common_args": common,
                        "ansible_connection": "ssh",
                    }
                }
            },
        }

    def variables(self, **more: Any) -> str:
        chosen = {"siak_var_dir": str(self.var), "export_poll_interval_s": 1, "siak_report": []}
        return json.dumps(chosen | self.extra | more)

    def command(self, *arguments: str, playbook: str = "backup.yml", **variables: Any) -> list[str]:
        return super().command("-i", str(self.var / "hosts.yml"), *arguments, playbook=playbook, **variables)
