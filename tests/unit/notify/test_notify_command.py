# SPDX-License-Identifier: GPL-3.0-or-later
"""A program of the office, really started."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from siak_backup.errors import NotifyError, NotifyRefusedError
from siak_backup.notify.command import Command


def shell(script, *arguments):
    return Command("perintah", ("/bin/sh", "-c", script, "sh", *arguments))


def test_the_message_on_its_standard_input(message, tmp_path):
    shell('cat >"$1"', str(tmp_path / "said")).deliver(message, 5)
    assert (tmp_path / "said").read_text() == message.text


def test_no_shell_reads_its_arguments(message, tmp_path):
    Command("x", ("/usr/bin/touch", str(tmp_path / "a;touch b"), str(tmp_path / "$(touch c)"))).deliver(message, 5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["$(touch c)", "a;touch b"]


def test_it_sees_nothing_of_our_environment(message, tmp_path, monkeypatch):
    monkeypatch.setenv("VAULT_PASSWORD", "burung-kenari")
    shell('env >"$1"; pwd >>"$1"', str(tmp_path / "env")).deliver(message, 5)
    lines = (tmp_path / "env").read_text().splitlines()
    assert {line.partition("=")[0] for line in lines[:-1]} - {"_", "SHLVL", "PWD", "OLDPWD"} == {"PATH", "LANG", "HOME"}
    assert lines[-1] == "/"


def test_a_message_that_nobody_reads(message):
    command = Command("x", ("/bin/true",))
    assert command.why_not(message) == ""
    command.deliver(message, 5)


@pytest.mark.parametrize(("script", "told"), [("exit 3", "kode 3"), ("kill -9 $$", "kode -9")])
def test_a_program_that_fails(message, script, told):
    with pytest.raises(NotifyError, match=told) as caught:
        shell(f"echo burung-kenari; {script}").deliver(message, 5)
    assert "burung-kenari" not in str(caught.value)
    assert not isinstance(caught.value, NotifyRefusedError)


@pytest.mark.parametrize("program", ["/no/such/program", "/etc/passwd", "/tmp"])  # noqa: S108 - a folder is no program
def test_a_program_that_cannot_be_started(message, program):
    with pytest.raises(NotifyRefusedError, match="tidak dapat dijalankan"):
        Command("x", (program,)).deliver(message, 5)


def test_at_the_limit_it_is_killed_with_all_it_started(message, tmp_path):
    began = time.monotonic()
    with pytest.raises(NotifyError, match="tidak selesai"):
        shell('trap "" TERM; sleep 60 & echo $! >"$1"; wait', str(tmp_path / "pid")).deliver(message, 1.0)
    assert time.monotonic() - began < 5
    child = Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}")
    deadline = time.monotonic() + 5
    while child.exists() and _state(child) != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _state(process):
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_a_short_limit_still_kills(message):
    began = time.monotonic()
    with pytest.raises(NotifyError):
        shell("sleep 60").deliver(message, 0.1)
    assert time.monotonic() - began < 4
