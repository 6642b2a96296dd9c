# SPDX-License-Identifier: GPL-3.0-or-later
"""night_notify as Ansible calls it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import night_notify
import pytest
from siak_backup.agenda.journal import node_name

from tests.unit.monitor.nightbook import SOP_PATH, NightBook
from tests.unit.notify.stations import http_server, refusing_port

# The servers here are threads beside the module, which has none.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")

TOKEN = "burung-kenari-4417"


@pytest.fixture
def book(tmp_path):
    book = NightBook(tmp_path, node=node_name())
    book.night(datetime.now(UTC) - timedelta(hours=1), ("sukamara",))
    return book


@pytest.fixture
def options(book):
    return {"agenda_dir": str(book.agenda), "sop_path": str(SOP_PATH)}


def test_sends_and_says_so(run_module, options):
    with http_server() as server:
        channels = [{"type": "webhook", "url": server.url(f"/{TOKEN}")}]
        result = run_module(night_notify, channels=channels, **options)
        again = run_module(night_notify, channels=channels, **options)
    assert result["changed"]
    assert result["channels"][0] | {"duration_s": 0} == {
        "name": "webhook-1", "status": "sent", "attempts": 1, "reason": "", "duration_s": 0,
    }  # fmt: skip
    assert result["message"]["text"].startswith("Backup SIAK berhasil: 1 server\n")
    assert TOKEN not in str(result)
    assert not again["changed"]
    assert len(server.seen) == 1


def test_a_failed_channel_is_a_warning_and_no_failure(run_module, options):
    with refusing_port() as port:
        hook = {"type": "webhook", "url": f"http://127.0.0.1:{port}/{TOKEN}", "name": "obrolan"}
        result = run_module(night_notify, channels=[hook], **options)
    assert not result["failed"]
    assert not result["changed"]
    assert result["channels"][0]["status"] == "failed"
    # That it is a warning, too, is seen in a play: beside Ansible's own controller code a module prints it elsewhere.
    assert result["channels"][0]["reason"].startswith("SIAK-700")
    assert TOKEN not in str(result)


def test_check_mode_sends_nothing(run_module, options):
    with http_server() as server:
        channels = [{"type": "webhook", "url": server.url()}]
        result = run_module(night_notify, check=True, channels=channels, **options)
        assert result["changed"]
        assert result["message"]["text"]
        unrecorded = run_module(night_notify, check=True, channels=channels, run={"id": "x", "check": True}, **options)
    assert server.seen == []
    assert not unrecorded["changed"]
    assert unrecorded["message"] == {"run": "", "subject": "", "text": ""}


@pytest.mark.parametrize(
    ("channel", "told"),
    [
        ({"type": "merpati"}, "value of type must be one of"),
        ({"type": "webhook"}, "url, url_file"),
        ({"type": "webhook", "url": "https://x.example", "url_file": "/etc/x"}, "mutually exclusive"),
        ({"type": "email", "host": "x"}, "missing: sender"),
    ],
)
def test_options_that_contradict(run_module, options, channel, told):
    result = run_module(night_notify, channels=[channel], **options)
    assert result["failed"]
    assert told in result["msg"]


def test_a_run_that_nobody_recorded(run_module, options):
    result = run_module(night_notify, channels=[], run={}, **options)
    assert result["error"]["code"] == "SIAK-600"
