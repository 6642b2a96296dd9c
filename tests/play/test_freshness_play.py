# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/freshness.yml: its exit code and what stands on the screen."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from night import BIN, ROOT, Night, no_warnings

from tests.unit.monitor.nightbook import NightBook

pytestmark = pytest.mark.play

EVERY_DAY = dict.fromkeys(("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"), "07.30-15.30")


def hours_ago(hours):
    return datetime.now(UTC) - timedelta(hours=hours)


@pytest.fixture
def book(tmp_path):
    """An agenda where `Night` has it, and an inventory of two servers beside it."""
    book = NightBook(tmp_path / "var")
    servers = {"sukamara": {"siak_office": "Kabupaten Sukamara"}, "lamandau": {"siak_zone": "WITA"}}
    common = {"siak_archive_dir": str(book.archive), "siak_service_hours": EVERY_DAY}
    book.root.mkdir()
    (book.root / "hosts.json").write_text(json.dumps({"siak": {"hosts": servers, "vars": common}}))
    return book


def check(book, night, *arguments):
    return subprocess.run(
        [str(BIN / "ansible-playbook"), "-i", str(book.root / "hosts.json"), "playbooks/freshness.yml", *arguments],
        cwd=ROOT, env=night.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


def test_fresh(book, night, tmp_path):
    book.night(hours_ago(10), ("sukamara", "lamandau"))
    done = check(book, night, "-e", f"textfile={tmp_path}/siak.prom", "-e", "verify=true")
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"sukamara: SEGAR, backup terbukti terakhir 9 jam lalu (' in done.stdout
    assert f"arsip {book.archive}/lamandau/" in done.stdout
    assert "media DISK-01)" in done.stdout
    no_warnings(done)
    assert 'siak_backup_stale{server="lamandau"} 0\n' in (tmp_path / "siak.prom").read_text()


def test_one_of_two_is_stale(book, night):
    book.night(hours_ago(80), ("sukamara", "lamandau"))
    book.night(hours_ago(10), {"sukamara": None, "lamandau": {"fails": "export"}})
    done = check(book, night)
    assert done.returncode == 2
    assert "sukamara: SEGAR, " in done.stdout
    assert "lamandau: BASI, lebih tua dari 26 jam pada hari kerja, backup terbukti terakhir 3 hari lalu" in done.stdout
    assert "SIAK-710 backup basi pada 1 dari 2 server (lamandau)" in done.stdout
    # Without that server nothing is stale; asked of that server alone, everything is.
    alone = check(book, night, "--limit=sukamara")
    assert (alone.returncode, "sukamara: SEGAR" in alone.stdout, "lamandau" in alone.stdout) == (0, True, False)
    assert check(book, night, "--limit=lamandau").returncode == 2


def test_the_limit_is_a_servers_own(book, night):
    book.night(hours_ago(80), ("sukamara", "lamandau"))
    done = check(book, night, "-e", "siak_max_age_h=100")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("harm", ["gone", "no file", "damaged"])
def test_a_journal_that_cannot_be_relied_upon(book, night, harm):
    book.night(hours_ago(10), ("sukamara", "lamandau"))
    path = book.journal_file()
    if harm == "gone":
        path.parent.rename(book.root / "elsewhere")
    elif harm == "no file":
        path.rename(book.root / "a-directory")
        path.mkdir()
    else:
        path.write_bytes(path.read_bytes().replace(b"DISK-01", b"DISK-02"))
    done = check(book, night)
    assert done.returncode == 2
    assert done.stdout.count(": BASI, jurnal") == 2
    assert "SEGAR" not in done.stdout


def test_no_servers_is_no_success(book, night):
    (book.root / "hosts.json").write_text("{}")
    done = check(book, night)
    assert done.returncode == 2
    assert "tidak ada server" in done.stdout


@pytest.mark.slow
def test_after_a_real_night_and_after_its_folder_is_gone(night: Night):
    """What the six real modules leave in journal and archive is what is looked for."""
    with night.server():
        done = night.run("--limit=sukamara")
    assert done.returncode == 0, done.stdout + done.stderr
    fresh = night.run(playbook="playbooks/freshness.yml")
    assert fresh.returncode == 2
    assert '"sukamara: SEGAR, backup terbukti terakhir 0 menit lalu (' in fresh.stdout
    assert "GLADI / REHEARSAL" in fresh.stdout
    assert '"lamandau: BASI, belum ada backup terbukti' in fresh.stdout
    (night.folders("sukamara")[0] / "master.dmp").unlink()
    stale = night.run(playbook="playbooks/freshness.yml")
    assert "sukamara: BASI, arsip tidak utuh, SIAK-404" in stale.stdout
