# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole nights that go well, and what a person finds afterwards."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest
from night import BIN, ROOT, Night, no_warnings
from siak_backup.media.marker import MARKER_NAME

pytestmark = pytest.mark.play

SERVERS = ("sukamara", "lamandau")


def tree(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def test_two_nights_on_one_day(night: Night) -> None:
    first = night.run()
    assert first.returncode == 0, first.stdout + first.stderr
    no_warnings(first)
    before = {server: tree(night.folders(server)[0]) for server in SERVERS}
    for server in SERVERS:
        (folder,) = night.folders(server)
        manifest = night.assert_whole(folder)
        assert manifest["server"] == server
        assert (folder / "master.dmp").stat().st_size > 4096
        (copy,) = night.folders(server, night.medium)
        assert tree(copy) == before[server]
        ends = night.steps(server)
        assert sorted(ends) == [1, 2, 3, 4, 5, 6]
        assert {line["status"] for line in ends.values()} == {"ok"}
        entry = night.entry(server)
        assert "GLADI" in entry
        assert "sesuai" in entry
        assert "tidak sesuai" not in entry
    # Two servers: header, six steps each, then for each its result and two places, and the agenda.
    last = first.stdout.rstrip().splitlines()[-(2 + 12 + 2 * 4 + 1) :]
    assert any("mutu baku" in line.lower() for line in last)
    assert any(str(night.folders("sukamara")[0]) in line for line in last)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", night.port)) != 0, "the rehearsal server was left running"

    second = night.run(playbook="playbooks/backup.yml", siak_report=["laporan", "agenda", "rekap", "status"])
    assert second.returncode == 0, second.stdout + second.stderr
    no_warnings(second)
    assert night.papers(night.runs()[0]) == []
    assert night.papers(night.runs()[1]) == [f"Laporan-{night.runs()[1]}-{server}.pdf" for server in sorted(SERVERS)]
    made = night.run(playbook="playbooks/report.yml", bulan=f"{night.today():%Y-%m}", jenis=["laporan", "rekap"])
    assert made.returncode == 0, made.stdout + made.stderr
    no_warnings(made)
    assert len(night.papers(night.runs()[0])) == 2
    names = {path.suffix for path in night.agenda.glob("laporan/????-??/*")} | {"status.html"}
    assert names == {".pdf", ".xlsx", "status.html"}
    assert (night.agenda / "laporan/status.html").is_file()
    for server in SERVERS:
        old, new = night.folders(server)
        assert new.name == f"{old.name}_2"
        night.assert_whole(new)
        assert tree(old) == before[server]
    assert night.verify_journal().returncode == 0
    assert len(night.runs()) == 2


def test_manifest_rows_are_the_databases_rows(night: Night) -> None:
    done = night.run("--limit=sukamara,gladi")
    assert done.returncode == 0, done.stdout + done.stderr
    manifest = night.assert_whole(night.folders("sukamara")[0])
    counts = {count["table"]: count for count in manifest["counts"]}
    residents = counts["SIAKOFF.BIODATA_WNI"]
    assert residents["rows_in_database"] == residents["rows_in_export"] == 600
    rows = {table["name"]: table["rows"] for table in manifest["tables"]}
    assert rows["BIODATA_WNI"] == 600


def test_pieces_are_published_together(night: Night) -> None:
    done = night.run("--limit=sukamara,gladi", export_piece_size="64K")
    assert done.returncode == 0, done.stdout + done.stderr
    (folder,) = night.folders("sukamara")
    night.assert_whole(folder)
    pieces = sorted(p.name for p in folder.glob("*.dmp"))
    assert len(pieces) > 2
    assert pieces == [f"master_{n:02}.dmp" for n in range(1, len(pieces) + 1)]


def test_check_mode_changes_nothing(night: Night) -> None:
    with night.server():
        done = night.run("--check", "--diff")
        assert done.returncode == 0, done.stdout + done.stderr
        assert list(night.archive.rglob("*")) == []
        assert [path.name for path in night.medium.rglob("*")] == [MARKER_NAME]
        assert not night.agenda.exists() or [p for p in night.agenda.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize("playbook", ["backup.yml", "playbooks/backup.yml"])
def test_runner(night: Night, tmp_path: Path, playbook: str) -> None:
    private = tmp_path / "runner"
    private.mkdir()
    command = [
        str(BIN / "ansible-runner"), "run", str(private), "--project-dir", str(ROOT), "-p", playbook, "-i", "malam",
        f"--cmdline=--limit=sukamara,gladi -e '{night.variables()}'",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=ROOT, env=night.environment(), capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    night.assert_whole(night.folders("sukamara")[0])
    assert sorted(night.steps("sukamara")) == [1, 2, 3, 4, 5, 6]
    assert "GLADI" in night.entry("sukamara")
