# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m rehearsal` as roles and people use it: as a command."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import oracledb
import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 90


def launch(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "rehearsal", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process):
    """Return exit code, parsed output and errors."""
    output, errors = process.communicate(timeout=PATIENCE_S)
    return process.returncode, json.loads(output) if output.startswith("{") else output, errors


class State:
    """One state folder and the commands on it."""

    def __init__(self, path):
        self.path = path

    def launch(self, command, *arguments):
        return launch(command, f"--state-dir={self.path}", *arguments)

    def run(self, command, *arguments):
        return finish(self.launch(command, *arguments))

    def start(self, *arguments):
        return self.run("start", "--port=0", "--database=gladi=20", *arguments)

    def ended(self, pidfd):
        """Wait until the process is gone."""
        return bool(select.select([pidfd], [], [], PATIENCE_S)[0])


@pytest.fixture
def state(tmp_path):
    # Deeper than a socket's address may be long.
    state = State(tmp_path / ("deep" * 30) / "state")
    yield state
    state.run("stop")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A running server that no test ends."""
    state = State(tmp_path_factory.mktemp("cli") / "state")
    code, record, errors = state.start("--fault=slow_status_s=0.5")
    assert (code, errors) == (0, "")
    yield state, record
    state.run("stop")


def pidfd_of(record):
    return os.pidfd_open(record["pid"])


@pytest.mark.parametrize("arguments", [["--help"], ["--list-faults"], []])
def test_help_needs_no_server(arguments):
    code, output, errors = finish(launch(*arguments))
    assert (code, errors) == (0, "")
    assert "truncate_piece" in output


def test_a_life(state):
    assert state.run("status") == (3, {"running": False}, "")
    assert state.run("stop") == (0, {"changed": False, "running": False}, "")
    code, first, _ = state.start()
    assert (code, first["changed"], first["running"], first["host"]) == (0, True, True, "127.0.0.1")
    code, again, _ = state.start()
    assert (code, again) == (0, first | {"changed": False})
    assert state.run("status") == (0, {key: value for key, value in first.items() if key != "changed"}, "")
    pidfd = pidfd_of(first)
    assert state.run("stop") == (0, {"changed": True, "running": False}, "")
    assert select.select([pidfd], [], [], 0)[0], "stop returned before the server was gone"
    os.close(pidfd)
    assert state.run("status")[0] == 3
    assert not (state.path / "admin.sock").exists()


def test_a_server_that_was_killed_leaves_nothing_in_the_way(state):
    _, first, _ = state.start()
    password = Path(first["databases"][0]["password_file"]).read_text()
    pidfd = pidfd_of(first)
    os.kill(first["pid"], signal.SIGKILL)
    assert state.ended(pidfd)
    os.close(pidfd)
    assert state.run("status")[0] == 3
    code, second, _ = state.start()
    assert (code, second["changed"]) == (0, True)
    assert second["pid"] != first["pid"]
    assert Path(second["databases"][0]["password_file"]).read_text() == password


def test_of_starts_at_the_same_moment_one_wins(state):
    racers = [state.launch("start", "--port=0", "--database=gladi=5") for _ in range(3)]
    results = [finish(racer) for racer in racers]
    assert [code for code, _, _ in results] == [0, 0, 0]
    assert sorted(record["changed"] for _, record, _ in results) == [False, False, True]
    assert len({record["pid"] for _, record, _ in results}) == 1


def test_the_driver_logs_in(shared):
    _, record = shared
    (database,) = record["databases"]
    assert (database["service"], database["user"], database["directory"]) == ("gladi", "SIAK_BACKUP", "SIAK_BACKUP_DIR")
    assert Path(database["directory_path"]).is_dir()
    password = Path(database["password_file"]).read_text().strip()
    with oracledb.connect(user=database["user"], password=password, dsn=database["dsn"]) as connection:
        (rows,) = connection.cursor().execute("SELECT COUNT(*) FROM siakoff.biodata_wni").fetchone()
    assert rows == 20


def test_the_password_is_nowhere_but_in_its_file(shared):
    state, record = shared
    path = Path(record["databases"][0]["password_file"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    password = path.read_bytes().strip()
    assert len(password) >= 20
    process = Path(f"/proc/{record['pid']}")
    shown = [process / "cmdline", process / "environ", state.path / "server.log", state.path / "server.json"]
    assert [file for file in shown if password in file.read_bytes()] == []


def test_faults_at_will(shared):
    state, _ = shared
    slow = {"slow_status_s": 0.5}
    assert state.run("fault", "list")[1] == {"faults": {"gladi": slow}}
    several = ("truncate_piece=2", "log_crlf", "drop_after_bytes=9", "refuse=old-version")
    code, armed, errors = state.run("fault", "set", *several, "--service=gladi")
    assert (code, errors) == (0, "")
    set_now = {"truncate_piece": 2, "log_crlf": True, "drop_after_bytes": 9, "refuse": "old-version"}
    assert armed == {"faults": {"gladi": slow | set_now}}
    state.run("fault", "clear", "log_crlf", "drop_after_bytes", "refuse")
    assert state.run("fault", "list")[1] == {"faults": {"gladi": slow | {"truncate_piece": 2}}}
    assert state.run("fault", "clear")[1] == {"faults": {"gladi": {}}}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["set", "truncate_everything"], "no fault 'truncate_everything'"),
        (["set", "truncate_piece=two"], "truncate_piece wants a number (int), not 'two'"),
        (["set", "log_crlf=perhaps"], "log_crlf is true or false, not 'perhaps'"),
        (["set", "refuse=all"], "refuse is one of native-encryption, old-verifier, old-version, "),
        (["set", "log_crlf", "--service=atlantis"], "no database 'atlantis' here; there is gladi"),
        (["clear", "nothing_known"], "no fault 'nothing_known'"),
    ],
)
def test_a_wrong_fault_changes_nothing(shared, arguments, sentence):
    state, _ = shared
    before = state.run("fault", "list")
    code, output, errors = state.run("fault", *arguments)
    assert (code, output) == (1, "")
    assert sentence in errors
    assert state.run("fault", "list") == before


def test_faults_need_a_server(state):
    code, _, errors = state.run("fault", "list")
    assert (code, errors.count("\n")) == (1, 1)
    assert "no rehearsal server runs" in errors


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--database=gladi=21"], "a server with other settings runs"),
        (["--database=gladi=20", "--oracle-version=19.3.0.0.0"], "a server with other settings runs"),
    ],
)
def test_a_start_that_means_another_server_is_refused(shared, arguments, sentence):
    state, _ = shared
    code, output, errors = state.run("start", "--port=0", *arguments)
    assert (code, output, errors.count("\n")) == (1, "", 1)
    assert sentence in errors


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--host=0.0.0.0"], "not a loopback address"),
        (["--host=siak.example"], "not a loopback address"),
        (["--database=a=1", "--database=a=2"], "named twice"),
        (["--follow-ancestor=no-such-program"], "no ancestor of this process is called no-such-program"),
        (["--follow-pid=4194304999"], "process 4194304999, to be followed, has gone"),
        (["--tns-version=300", "--database=a=1"], "tns_version"),
        (["--fault=nix", "--database=a=1"], "no fault 'nix'"),
    ],
)
def test_a_start_that_cannot_be(state, arguments, sentence):
    code, output, errors = state.run("start", "--port=0", *arguments)
    assert (code, output, errors.count("\n")) == (1, "", 1)
    assert sentence in errors
    assert state.run("status")[0] == 3
    assert not list(state.path.glob("*/database.sqlite")), "databases were made for nothing"


@pytest.mark.parametrize("argument", ["--database=Gladi", "--database=../x=1", "--port=70000", "--oracle-version=12"])
def test_wrong_usage(argument):
    assert finish(launch("start", argument))[0] == 2


def test_a_port_that_is_taken(state):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, errors = state.run("start", f"--port={port}", "--database=gladi=5")
    assert (code, errors.count("\n")) == (1, 1)
    assert f"cannot listen on 127.0.0.1 port {port}" in errors


def test_residents_are_not_changed_behind_ones_back(state):
    state.start()
    state.run("stop")
    code, _, errors = state.run("start", "--port=0", "--database=gladi=21")
    assert code == 1
    assert "was made for other than 21 residents" in errors


def test_a_server_ends_with_the_process_it_follows(state):
    with subprocess.Popen(["sleep", "600"]) as followed:
        _, record, _ = state.start(f"--follow-pid={followed.pid}")
        pidfd = pidfd_of(record)
        assert not select.select([pidfd], [], [], 0)[0]
        followed.kill()
    assert state.ended(pidfd)
    os.close(pidfd)
    assert "which it follows, has gone" in (state.path / "server.log").read_text()


def test_a_server_follows_the_outermost_ancestor_of_a_name(state, tmp_path):
    """Ansible's worker bears the name too, and ends with its task."""
    program = tmp_path / "ansible-playbook"
    program.write_text(
        '#!/bin/sh\nif [ "$1" = worker ]; then shift; "$@"; else "$0" worker "$@"; echo; read -r end; fi\n'
    )
    program.chmod(0o755)
    outermost = subprocess.Popen(
        [program, sys.executable, "-m", "rehearsal", "start", f"--state-dir={state.path}", "--port=0",
         "--database=gladi=5", "--follow-ancestor=ansible-playbook"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    record = json.loads(outermost.stdout.readline())
    outermost.stdout.readline()  # the worker has ended
    pidfd = pidfd_of(record)
    assert not select.select([pidfd], [], [], 0.3)[0]
    outermost.communicate("end\n", timeout=PATIENCE_S)
    assert state.ended(pidfd)
    os.close(pidfd)


def test_a_followed_number_that_another_process_bears_now_is_not_trusted(state):
    code, _, errors = state.start(f"--follow-pid={os.getpid()}:1")
    assert code == 1
    assert "has gone" in errors
