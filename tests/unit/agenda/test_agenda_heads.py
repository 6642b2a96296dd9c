# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads, signed by the real ssh-keygen: what a chain cannot show, they do."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from desk import Clock
from siak_backup.agenda import signing
from siak_backup.agenda.__main__ import main
from siak_backup.agenda.heads import Head, demand, newest, read_head
from siak_backup.agenda.journal import Journal
from siak_backup.agenda.line import NO_PREVIOUS, compose, digest
from siak_backup.errors import AgendaError, ConfigError, JournalDamagedError

RECORD = {"run": "20250109T093500Z-abcdef", "event": "e"}
PASSPHRASE = "kata-sandi-kunci-620899"

needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed (Debian package openssh-client)"
)

Told = Callable[..., tuple[int, str]]


@pytest.fixture
def month(journal: Journal) -> Path:
    for number in range(5):
        path = journal.append(RECORD | {"number": number})
    return path


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    def run(*arguments: object) -> tuple[int, str]:
        code = main([str(each) for each in arguments])
        return code, capsys.readouterr().out

    return run


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return new_key(tmp_path / "kunci")


@pytest.fixture
def signers(tmp_path: Path, key: Path) -> Path:
    return allow(tmp_path / "penandatangan", key)


@pytest.fixture
def proven(told: Told, tmp_path: Path, signers: Path) -> Callable[[], tuple[int, str]]:
    """Verify the journal against the heads kept in its own agenda folder."""
    return lambda: told("verify", tmp_path, "--heads", tmp_path / "heads", "--allowed-signers", signers)


def new_key(path: Path, passphrase: str = "") -> Path:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "uji", "-f", str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=20)
    return path


def allow(path: Path, key: Path, options: str = "") -> Path:
    public = key.with_name(f"{key.name}.pub").read_text()
    path.write_text(f"adb@sukamara {options}{public}")
    return path


def head_of(path: Path, line: int = -1) -> Head:
    raw = path.read_bytes().splitlines()[line]
    return Head("kendali", path.name, len(path.read_bytes().splitlines()), "2025-01-09T09:35:00.000+00:00", digest(raw))


def test_the_newest_line_of_each_node(month, tmp_path, clock: Clock, told: Told):
    clock.now = datetime(2025, 2, 1, tzinfo=UTC)
    february = Journal(tmp_path, node="lain", clock=clock).append(RECORD)
    first, second = newest(tmp_path)
    assert first == head_of(month)
    assert (second.node, second.file, second.seq, second.sha256) == (
        "lain", february.name, 1, digest(february.read_bytes()[:-1])
    )  # fmt: skip
    assert told("head", tmp_path) == (0, f"{first}\n{second}\n")
    assert not (tmp_path / "heads").exists()


def test_a_damaged_end_is_passed_over(month, tmp_path):
    wanted = newest(tmp_path)
    with month.open("ab") as file:
        file.write(b"\x00" * 9000 + b"\nsampah\n{")
    assert newest(tmp_path) == wanted
    (month.parent / "2025-02-kendali.jsonl").write_bytes(b"sampah\n" * 4000)
    (month.parent / "2025-03-kendali.jsonl").touch()
    assert newest(tmp_path) == wanted


def test_a_head_names_one_line_and_no_other(month):
    (head,) = newest(month.parents[1])
    demand(month.parent, head)
    changes = ({"seq": 4}, {"seq": 6}, {"sha256": "0" * 64}, {"node": "lain"}, {"file": "2025-02-kendali.jsonl"},
               {"at": "2025-01-09T09:35:00+00:00"})  # fmt: skip
    for change in changes:
        other = replace(head, **change)
        with pytest.raises(JournalDamagedError, match="SIAK-601"):
            demand(month.parent, other)
    with month.open("ab") as file:
        file.write(b'{"seq":9,\n')
    with pytest.raises(JournalDamagedError, match="SIAK-601"):
        demand(month.parent, replace(head, seq=9))


def test_nothing_has_no_head(tmp_path, told: Told):
    assert told("head", tmp_path)[0] == 1
    (tmp_path / "journal").mkdir()
    assert newest(tmp_path) == ()
    assert told("head", tmp_path) == (1, f"{tmp_path}: jurnal tidak berisi baris yang utuh\n")


def test_a_text_is_a_head_or_none(month):
    head = head_of(month)
    assert read_head(head.text()) == head
    for wrong in ("", head.text() + "x", head.text()[:-1], head.text().replace("2025-01-09T", "9T"),
                  head.text().replace("seq: 5", "seq: 05"), head.text().replace("kendali", "../x"),
                  head.text().replace("\n", "\r\n")):  # fmt: skip
        assert read_head(wrong) is None


@needs_ssh_keygen
def test_a_signed_head_is_found_in_its_journal(month, journal, tmp_path, *, key, told: Told, proven, signers):
    code, words = told("head", tmp_path, "--sign", key)
    path = tmp_path / "heads/kendali-5.txt"
    assert (code, words.splitlines()) == (0, [str(head_of(month)), str(path)])
    assert path.read_text() == head_of(month).text()
    assert [each.stat().st_mode & 0o777 for each in (path, path.with_name("kendali-5.txt.sig"))] == [0o640, 0o640]
    for number in range(3):
        journal.append(RECORD | {"number": number})
        assert told("head", tmp_path, "--sign", key)[0] == 0
    code, words = proven()
    assert code == 0
    assert words.count("ada dalam jurnal, ditandatangani adb@sukamara") == 4
    assert f"{tmp_path}: 4 kepala, semua terbukti" in words
    # A copy kept elsewhere proves as much.
    shutil.copytree(tmp_path / "heads", tmp_path / "flashdisk")
    assert told("verify", month.parent, "--heads", tmp_path / "flashdisk", "--allowed-signers", signers)[0] == 0


@needs_ssh_keygen
def test_newest_lines_that_were_cut_are_found_by_the_head_alone(month, tmp_path, key, told: Told, proven):
    told("head", tmp_path, "--sign", key)
    month.write_bytes(b"".join(month.read_bytes().splitlines(keepends=True)[:-2]))
    assert told("verify", tmp_path)[0] == 0
    code, words = proven()
    assert code == 1
    assert "SIAK-601 baris ke-5 dari kendali" in words
    assert "1 kepala, 1 tidak terbukti" in words


@needs_ssh_keygen
def test_a_journal_written_anew_is_found_by_the_head_alone(month, tmp_path, key, told: Told, proven):
    told("head", tmp_path, "--sign", key)
    prev, forged = NO_PREVIOUS, b""
    for number in range(6):
        line = compose(RECORD | {"number": number + 1}, seq=number + 1, at=datetime(2025, 1, 9, tzinfo=UTC), prev=prev)
        prev, forged = digest(line[:-1]), forged + line
    month.write_bytes(forged)
    assert told("verify", tmp_path)[0] == 0
    assert proven()[0] == 1
    # Nor is the old head overwritten by one of the forged journal.
    month.write_bytes(b"".join(forged.splitlines(keepends=True)[:5]))
    code, words = told("head", tmp_path, "--sign", key)
    assert code == 1
    assert "SIAK-601" in words
    assert "ditulis ulang" in words


@needs_ssh_keygen
def test_a_month_set_aside_is_not_in_the_journal(month, journal, tmp_path, *, key, told: Told, proven):
    told("head", tmp_path, "--sign", key)
    month.rename(month.with_name(f"{month.name}.rusak"))
    journal.append(RECORD)
    assert told("verify", tmp_path)[0] == 0
    assert proven()[0] == 1


@needs_ssh_keygen
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path, _: path.write_text(path.read_text().replace("seq: 5", "seq: 4")), "tanda tangannya tidak sah"),
        (lambda path, _: path.write_text("sampah"), "bukan kepala jurnal"),
        (lambda path, _: path.write_bytes(b"\xff\x00"), "bukan kepala jurnal"),
        (lambda path, _: path.with_name(f"{path.name}.sig").unlink(), "tanda tangannya tidak ada"),
        (lambda path, _: path.with_name(f"{path.name}.sig").write_text("sampah"), "penandatangannya tidak dikenal"),
        (lambda path, _: path.with_name("x.txt").symlink_to(path), "SIAK-600"),
        (lambda path, signers: allow(signers, new_key(path.parent / "lain")), "penandatangannya tidak dikenal"),
        (lambda _, signers: signers.unlink(), "penandatangannya tidak dikenal"),
        (lambda _, signers: allow(signers, signers.with_name("kunci"), 'namespaces="git" '), "tidak"),
    ],
    ids=["text", "garbage", "bytes", "unsigned", "bad signature", "link", "stranger", "no signers", "namespace"],
)
def test_what_is_not_signed_by_somebody_allowed_proves_nothing(
    month, tmp_path, *, key, told: Told, proven, signers, spoil, words
):
    told("head", tmp_path, "--sign", key)
    spoil(tmp_path / "heads/kendali-5.txt", signers)
    code, said = proven()
    assert code == 1
    assert words in said


@needs_ssh_keygen
def test_a_signature_for_something_else_proves_nothing(month, tmp_path, key, told: Told, proven):
    told("head", tmp_path, "--sign", key)
    path = tmp_path / "heads/kendali-5.txt"
    path.with_name("kendali-5.txt.sig").unlink()
    command = ["ssh-keygen", "-Y", "sign", "-n", "file", "-f", str(key), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=20)
    code, words = proven()
    assert code == 1
    assert "tanda tangannya tidak sah" in words


@needs_ssh_keygen
def test_no_heads_prove_nothing(month, tmp_path, proven):
    code, words = proven()
    assert code == 1
    assert "tidak ada kepala" in words


@needs_ssh_keygen
def test_a_head_is_signed_once_and_again_only_if_its_signature_is_gone(month, tmp_path, key):
    (head,) = newest(tmp_path)
    path = signing.sign(tmp_path, head, key)
    first = path.with_name(f"{path.name}.sig").stat().st_ino
    signing.sign(tmp_path, head, tmp_path / "tidak ada")
    assert path.with_name(f"{path.name}.sig").stat().st_ino == first
    path.with_name(f"{path.name}.sig").unlink()
    signing.sign(tmp_path, head, key)
    assert path.with_name(f"{path.name}.sig").exists()


@needs_ssh_keygen
def test_a_key_that_asks_for_its_passphrase_fails_and_does_not_wait(month, tmp_path):
    (head,) = newest(tmp_path)
    began = time.monotonic()
    with pytest.raises(ConfigError, match=r"SIAK-100.*passphrase") as raised:
        signing.sign(tmp_path, head, new_key(tmp_path / "rahasia", PASSPHRASE))
    assert time.monotonic() - began < 10
    assert PASSPHRASE not in str(raised.value)
    assert list((tmp_path / "heads").iterdir()) == []


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if shutil.which("ssh-agent") is None:
        pytest.skip("ssh-agent is not installed (Debian package openssh-client)")
    # The name of a socket must be short, and pytest's folders are not.
    folder = Path(tempfile.mkdtemp())
    socket = folder / "agen"
    running = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
    deadline = time.monotonic() + 10
    while not socket.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    yield
    running.send_signal(signal.SIGTERM)
    running.wait(timeout=10)
    shutil.rmtree(folder)


@needs_ssh_keygen
def test_a_key_that_an_agent_holds_signs(month, tmp_path, key, agent, proven):
    subprocess.run(["ssh-add", "-q", str(key)], check=True, capture_output=True, timeout=20)
    key.unlink()
    (head,) = newest(tmp_path)
    signing.sign(tmp_path, head, key.with_name(f"{key.name}.pub"))
    assert proven()[0] == 0


def test_without_ssh_keygen_the_remedy_is_told(month, tmp_path, monkeypatch: pytest.MonkeyPatch):
    (head,) = newest(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="pasang paket openssh-client"):
        signing.sign(tmp_path, head, tmp_path / "kunci")


def test_an_ssh_keygen_that_never_ends_is_given_up(month, tmp_path, monkeypatch: pytest.MonkeyPatch):
    program = tmp_path / "ssh-keygen"
    program.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(signing, "_LIMIT_S", 0.5)
    (head,) = newest(tmp_path)
    with pytest.raises(AgendaError, match=r"SIAK-600.*tidak selesai"):
        signing.sign(tmp_path, head, tmp_path / "kunci")


def test_a_program_that_says_nothing_signed_nothing(month, tmp_path, monkeypatch: pytest.MonkeyPatch):
    program = tmp_path / "ssh-keygen"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (head,) = newest(tmp_path)
    with pytest.raises(ConfigError, match="tanpa keterangan"):
        signing.sign(tmp_path, head, tmp_path / "kunci")
    (tmp_path / "heads/x.txt").write_text(head.text())
    (tmp_path / "heads/x.txt.sig").write_text("")
    with pytest.raises(JournalDamagedError, match="tidak dikenal"):
        signing.verified(tmp_path / "heads/x.txt", tmp_path / "penandatangan")


def test_a_folder_of_heads_that_cannot_be_made_is_told(month, tmp_path, told: Told):
    (tmp_path / "heads").write_text("")
    code, words = told("head", tmp_path, "--sign", tmp_path / "kunci")
    assert code == 1
    assert "SIAK-600" in words
