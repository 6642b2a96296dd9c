# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor as an operator starts it: one table a server, exit code 0 only if nothing is GAGAL."""

from __future__ import annotations

from pathlib import Path

import pytest
from night import Night, no_warnings

pytestmark = pytest.mark.play

DOCTOR = "playbooks/doctor.yml"


def written(*roots: Path) -> list[tuple[str, int]]:
    """Everything below these folders but what the server itself keeps open."""
    return sorted((str(path), path.stat().st_mtime_ns) for root in roots for path in root.rglob("*"))


def test_a_healthy_office_and_then_one_with_a_broken_server(night: Night) -> None:
    with night.server():
        roots = (night.archive, night.medium, night.state / "sukamara/dpdump", night.state / "lamandau/dpdump")
        before = written(*roots)
        done = night.run("--limit=siak", playbook=DOCTOR, siak_media_digest="blake3")
        assert done.returncode == 0, done.stdout + done.stderr
        no_warnings(done)
        for server in night.databases:
            assert f"Pemeriksaan {server.partition('=')[0]} (127.0.0.1" in done.stdout
        assert done.stdout.count("0 PERINGATAN, 0 GAGAL, 0 TIDAK DIKETAHUI") == 2

        night.rehearsal("fault", "set", "withheld=CREATE TABLE", "password_expires_in_days=3", "--service=lamandau")
        done = night.run("--limit=siak", playbook=DOCTOR, siak_media_digest="blake3")
        assert done.returncode == 2, done.stdout + done.stderr
        assert "-> GRANT CREATE TABLE TO SIAK_BACKUP;\n" in done.stdout
        assert '-> ALTER USER SIAK_BACKUP IDENTIFIED BY "<kata sandi baru>"; lalu' in done.stdout
        assert "1 PERINGATAN, 1 GAGAL, 0 TIDAK DIKETAHUI" in done.stdout
        assert "0 PERINGATAN, 0 GAGAL, 0 TIDAK DIKETAHUI" in done.stdout
        assert "GAGAL: create_table" in done.stdout + done.stderr
        assert written(*roots) == before
        assert not night.agenda.exists()


def test_a_server_that_is_away_says_so(night: Night) -> None:
    night.archive.mkdir(parents=True)
    done = night.run("--limit=sukamara", playbook=DOCTOR)
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"tidak ada listener pada port {night.port}" in done.stdout
    assert "GAGAL: " in done.stdout + done.stderr
