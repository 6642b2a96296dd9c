# SPDX-License-Identifier: GPL-3.0-or-later
"""All channels side by side, each within its time, whatever the other end does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from siak_backup.errors import ConfigError, NotifyRefusedError
from siak_backup.notify.command import Command
from siak_backup.notify.http import Address
from siak_backup.notify.tell import _deliver as deliver
from siak_backup.notify.tell import tell
from siak_backup.notify.webhook import Webhook

from tests.unit.notify.stations import hang, http_server, silent_port, slow, status, trickle

# The servers here are threads beside the sender, whose process has none elsewhere.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")

ROOT = Path(__file__).resolve().parents[3]


def told(message, *channels, limit_s=8.0):
    began = time.monotonic()
    deliveries = tell(channels, message, limit_s=limit_s, monotonic=time.monotonic)
    assert time.monotonic() - began < limit_s + 3
    return deliveries


def hook(server, name="obrolan", **more):
    return Webhook(name, Address(server.url(**more)))


def test_sent_at_once(message):
    with http_server() as server:
        (delivery,) = told(message, hook(server))
    assert (delivery.name, delivery.status, delivery.attempts, delivery.reason) == ("obrolan", "sent", 1, "")
    assert 0 <= delivery.duration_s < 8
    assert delivery.as_dict()["duration_s"] == round(delivery.duration_s, 3)


def test_refused_once_and_then_taken(message):
    with http_server(status(500), status(200)) as server:
        (delivery,) = told(message, hook(server))
    assert (delivery.status, delivery.attempts) == ("sent", 2)
    assert len(server.seen) == 2


def test_refused_twice(message):
    with http_server(status(503)) as server:
        (delivery,) = told(message, hook(server))
    assert (delivery.status, delivery.attempts) == ("failed", 2)
    assert "SIAK-700 ditolak dengan status HTTP 503" in delivery.reason
    assert len(server.seen) == 2


def test_a_refusal_for_good_is_not_repeated(message):
    with http_server(status(401)) as server:
        (delivery,) = told(message, hook(server))
    assert (delivery.status, delivery.attempts) == ("failed", 1)
    assert len(server.seen) == 1


@pytest.mark.parametrize("act", [hang, trickle], ids=["hang", "trickle"])
def test_who_never_answers_is_left_behind(message, act):
    began = time.monotonic()
    with http_server(act) as server:
        (delivery,) = told(message, hook(server), limit_s=2.0)
        assert time.monotonic() - began < 4
    assert (delivery.status, delivery.attempts) == ("failed", 2)
    assert "tidak ada jawaban dalam batas waktu" in delivery.reason or "tidak dapat dihubungi" in delivery.reason


def test_the_first_attempt_leaves_time_for_the_second(message):
    with http_server(hang, status(200)) as server:
        (delivery,) = told(message, hook(server), limit_s=4.0)
    assert (delivery.status, delivery.attempts) == ("sent", 2)


def test_too_little_time_for_a_second_attempt(message):
    with http_server(slow(0.7, status(500))) as server:
        (delivery,) = told(message, hook(server), limit_s=1.2)
    assert (delivery.status, delivery.attempts) == ("failed", 1)


def test_side_by_side_and_in_their_order(message, tmp_path):
    with http_server(slow(1.0, status(200))) as server, silent_port() as port:
        began = time.monotonic()
        deliveries = told(
            message,
            Webhook("diam", Address(f"http://127.0.0.1:{port}/")),
            *(hook(server, f"h{number}") for number in range(4)),
            Command("perintah", ("/bin/sh", "-c", 'cat >"$0"', str(tmp_path / "said"))),
            limit_s=6.0,
        )
        took = time.monotonic() - began
    assert [(each.name, each.status) for each in deliveries] == [
        ("diam", "failed"), *((f"h{number}", "sent") for number in range(4)), ("perintah", "sent"),
    ]  # fmt: skip
    assert all(each.duration_s < 5 for each in deliveries[1:])
    assert took < 8
    assert (tmp_path / "said").read_text() == message.text


def test_nobody_to_tell(message):
    assert told(message) == ()


@dataclass
class Odd:
    """A channel whose delivery does something that none should."""

    act: object
    name: str = "aneh"

    def why_not(self, _message):
        return ""

    def deliver(self, _message, _limit_s):
        self.act()


def raises(error):
    def act():
        raise error

    return act


@pytest.mark.parametrize(
    ("act", "attempts", "told_reason"),
    [
        (raises(ConfigError("salah", where="x")), 1, "SIAK-100 salah (x)"),
        (raises(ValueError("burung-kenari")), 1, "setelan tidak dapat dipakai, ValueError"),
        (raises(UnicodeEncodeError("ascii", "burung-kenari", 0, 1, "x")), 1, "UnicodeEncodeError"),
        (raises(OSError(5, "burung-kenari")), 1, "OSError"),
        (raises(KeyError("x")), 1, "kesalahan program"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), 2, "proses pengirim mati"),
        # As a name server that never answers: no timeout of a socket reaches it.
        (lambda: time.sleep(60), 2, "tidak ada jawaban dalam batas waktu"),
    ],
)
def test_whatever_a_channel_does_is_told_and_raises_nothing(message, act, attempts, told_reason):
    with http_server() as server:
        odd, well = told(message, Odd(act), hook(server), limit_s=3.0)
    assert (odd.status, odd.attempts) == ("failed", attempts)
    assert told_reason in odd.reason
    assert "burung-kenari" not in odd.reason
    assert well.status == "sent"


def test_a_sender_ends_itself_and_quotes_no_library(message):
    """What runs in the forked process, here: it has an alarm, and no text of a ValueError."""
    left_s = []
    try:
        deliver(Odd(lambda: left_s.append(signal.getitimer(signal.ITIMER_REAL)[0])), message, 30.0)
        with pytest.raises(NotifyRefusedError, match="ValueError") as caught:
            deliver(Odd(raises(ValueError("burung-kenari"))), message, 30.0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    assert 30 < left_s[0] <= 32
    assert "burung-kenari" not in str(caught.value)


ORPHANS = """
import os, signal, sys, time
from datetime import UTC, datetime
from siak_backup.notify.message import Message
from siak_backup.notify.tell import tell

class Slow:
    name = "lambat"
    def why_not(self, message): return ""
    def deliver(self, message, limit_s):
        with open(sys.argv[1], "w") as file:
            file.write(str(os.getpid()))
        while True:
            time.sleep(0.1)

tell([Slow()], Message("k", "s", "t", datetime.now(UTC)), limit_s=1.0, monotonic=time.monotonic)
"""


def test_a_sender_does_not_outlive_a_killed_parent(tmp_path):
    path = tmp_path / "pid"
    parent = subprocess.Popen(
        [sys.executable, "-c", ORPHANS, str(path)], env={"PYTHONPATH": str(ROOT / "module_utils")}
    )
    deadline = time.monotonic() + 20
    while not path.exists() or not path.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    sender = Path(f"/proc/{path.read_text()}")
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 10
    while sender.exists() and "\nState:\tZ" not in (sender / "status").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)


NO_NAMES = """
import socket, time
from datetime import UTC, datetime
from siak_backup.notify.http import Address
from siak_backup.notify.message import Message
from siak_backup.notify.tell import tell
from siak_backup.notify.webhook import Webhook

silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.1", 53))
hook = Webhook("obrolan", Address("http://lambat.example/"))
(told,) = tell([hook], Message("k", "s", "t", datetime.now(UTC)), limit_s=6.0, monotonic=time.monotonic)
asked = silent.recv(512)
print(told.status, told.attempts, told.duration_s < 9, b"lambat" in asked, told.reason)
"""


def test_a_name_server_that_never_answers(tmp_path):
    """The resolver waits ten seconds by itself, and no timeout of a socket reaches it."""
    names = tmp_path / "resolv.conf"
    names.write_text("nameserver 127.0.0.1\n")
    own_network = [
        "unshare", "--user", "--map-root-user", "--net", "--mount", "sh", "-ec",
        'ip link set lo up; mount --bind "$1" /etc/resolv.conf; exec "$2" -c "$3"', "sh", names, sys.executable,
    ]  # fmt: skip
    try:
        probe = subprocess.run([*own_network, "pass"], capture_output=True, timeout=20, check=False)
    except FileNotFoundError:
        pytest.skip("unshare is not installed")
    if probe.returncode:
        pytest.skip(f"no network of one's own here: {probe.stderr.decode().strip()}")
    done = subprocess.run(
        [*own_network, NO_NAMES], env=os.environ | {"PYTHONPATH": str(ROOT / "module_utils")}, capture_output=True,
        text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("failed 2 True True SIAK-700 tidak ada jawaban dalam batas waktu"), done.stdout
