# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/tell.yml: who is told what, and that no secret is seen anywhere."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from night import BIN, ROOT, Night, no_warnings
from siak_backup.agenda.journal import node_name
from test_secrets import ProcessWatch

from tests.unit.monitor.nightbook import NightBook
from tests.unit.notify.stations import Post, http_server, post_office, refusing_port

pytestmark = pytest.mark.play

CANARY = "burung-kenari-4417"


@pytest.fixture
def book(tmp_path):
    return NightBook(tmp_path / "var", node=node_name())


def tell(book, night, channels, *arguments, servers=("sukamara", "lamandau"), vault=None):
    variables = {"siak_notify": channels, "siak_archive_dir": str(book.archive)}
    book.root.mkdir(exist_ok=True)
    inventory = {"siak": {"hosts": {name: {} for name in servers}, "vars": variables}}
    (book.root / "hosts.json").write_text(json.dumps(inventory))
    if vault is not None:
        arguments = (*arguments, "-e", f"@{vault}")
    return subprocess.run(
        [str(BIN / "ansible-playbook"), "-i", str(book.root / "hosts.json"), "playbooks/tell.yml", *arguments],
        cwd=ROOT, env=night.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


def test_every_channel_is_told_once(book, night, tmp_path):
    book.night(datetime.now(UTC) - timedelta(hours=1), ("sukamara", "lamandau"))
    with http_server() as server, http_server() as beat, post_office(Post()) as post:
        channels = [
            {"type": "webhook", "url": server.url()},
            {"type": "heartbeat", "url": beat.url()},
            {"type": "email", "host": "127.0.0.1", "port": post.port, "tls": "none", "sender": "a@b.example",
             "to": ["c@d.example"]},
            {"type": "command", "argv": ["/bin/sh", "-c", 'cat >"$0"', str(tmp_path / "said")]},
        ]  # fmt: skip
        done = tell(book, night, channels)
        again = tell(book, night, channels)
    assert done.returncode == 0, done.stdout + done.stderr
    assert again.returncode == 0
    assert "changed=1" in done.stdout
    assert "changed=0" in again.stdout
    no_warnings(done)
    assert (len(server.seen), len(beat.seen), len(post.mails)) == (1, 1, 1)
    assert (tmp_path / "said").read_text().startswith("Backup SIAK berhasil: 2 server\n")


def test_a_channel_that_fails_is_a_warning_and_no_exit_code(book, night):
    book.night(datetime.now(UTC) - timedelta(hours=1), {"sukamara": {"fails": "export"}})
    with http_server() as beat, refusing_port() as port:
        dead = f"http://127.0.0.1:{port}/x"
        done = tell(book, night, [{"type": "webhook", "url": dead}, {"type": "heartbeat", "url": beat.url()}])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kabar lewat webhook-1 gagal: SIAK-700 tidak dapat dihubungi" in done.stdout + done.stderr
    assert beat.seen == []


def test_nobody_to_tell(book, night):
    done = tell(book, night, [])
    assert done.returncode == 0, done.stdout + done.stderr


def test_canaries_are_nowhere(book, night, tmp_path):
    """Tokens and passwords in vaulted variables and files, as loud as Ansible can be, also where all fails."""
    book.night(datetime.now(UTC) - timedelta(hours=1), ("sukamara", "lamandau"))
    password = tmp_path / "password"
    password.write_text(f"{CANARY}-file\n")
    password.chmod(0o600)
    vault = tmp_path / "vault.yml"
    with http_server() as server, post_office(Post()) as post, refusing_port() as port:
        dead = f"http://127.0.0.1:{port}/{CANARY}"
        vault.write_text(f"vault_url: {server.url(f'/{CANARY}')}\nvault_dead: {dead}\nvault_password: {CANARY}-v\n")
        mail = {"type": "email", "host": "127.0.0.1", "port": post.port, "tls": "none", "user": "backup",
                "sender": "a@b.example", "to": ["c@d.example"]}  # fmt: skip
        channels = [
            {"type": "webhook", "url": "{{ vault_url }}"},
            {"type": "webhook", "url": "{{ vault_dead }}"},
            mail | {"password": "{{ vault_password }}"},
            mail | {"password_file": str(password)},
            {"type": "command", "argv": ["/bin/sh", "-c", "env"]},
        ]
        watch = ProcessWatch(CANARY.encode())
        watch.start()
        done = tell(book, night, channels, "-vvvv", vault=vault)
        watch.done.set()
        watch.join()
    assert done.returncode == 0, done.stdout + done.stderr
    assert [seen.path for seen in server.seen] == [f"/{CANARY}"]
    assert "kabar lewat webhook-2 gagal" in done.stdout + done.stderr
    assert CANARY not in done.stdout + done.stderr
    assert watch.looks > 10
    assert watch.found == []
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
    assert sorted(kept) == sorted([password, vault])


@pytest.mark.slow
def test_after_a_real_night(night: Night):
    """What the six real modules leave in the journal is what people are told."""
    with http_server() as server, http_server() as beat, night.server():
        done = night.run()
        assert done.returncode == 0, done.stdout + done.stderr
        channels = [{"type": "webhook", "url": server.url()}, {"type": "heartbeat", "url": beat.url()}]
        told = night.run(playbook="playbooks/tell.yml", siak_notify=channels)
    assert told.returncode == 0, told.stdout + told.stderr
    text = server.seen[0].json["text"]
    assert "GLADI / REHEARSAL: BUKAN BACKUP" in text.splitlines()[0]
    assert "Backup SIAK berhasil: 2 server\n" in text
    assert "media GLADI-01)" in text
    assert beat.seen == []


@pytest.mark.slow
def test_a_night_tells_at_its_end_when_every_server_failed(night: Night):
    """Ansible would end the playbook there; and the scheduler's second telling finds nobody left to tell."""
    with http_server() as server, http_server() as beat, night.server():
        for name in ("sukamara", "lamandau"):
            (night.state / name / "password").write_text("salah")
        channels = [{"type": "webhook", "url": server.url()}, {"type": "heartbeat", "url": beat.url()}]
        done = night.run(siak_notify=channels)
        again = night.run(playbook="playbooks/tell.yml", siak_notify=channels)
    assert done.returncode not in (0, 1), done.stdout + done.stderr
    assert again.returncode == 0, again.stdout + again.stderr
    (seen,) = server.seen
    assert "Backup SIAK GAGAL: 2 dari 2 server\n" in seen.json["text"]
    assert "SIAK-202" in seen.json["text"]
    assert beat.seen == []
