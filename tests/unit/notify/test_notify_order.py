# SPDX-License-Identifier: GPL-3.0-or-later
"""Options to channels, and a whole telling: planned, sent, remembered."""

from __future__ import annotations

import re
import stat
import time
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from siak_backup.agenda.journal import node_name
from siak_backup.errors import AgendaError, ConfigError
from siak_backup.notify.channel import CHANNEL_SPEC, channel_of
from siak_backup.notify.command import Command
from siak_backup.notify.heartbeat import Heartbeat
from siak_backup.notify.mail import Mail
from siak_backup.notify.order import Order
from siak_backup.notify.told import remember, told_channels
from siak_backup.notify.webhook import Webhook

from tests.unit.monitor.nightbook import ROOT, SOP_PATH, NightBook
from tests.unit.notify.stations import http_server, status

# The servers here are threads beside the sender, whose process has none elsewhere.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")

NIGHT = datetime(2025, 1, 9, 9, 35, tzinfo=UTC)
NOW = NIGHT + timedelta(hours=1)
NOTHING = {name: spec.get("default") for name, spec in CHANNEL_SPEC.items()}


def channel(**given):
    return NOTHING | given


def test_channels_of_every_type():
    made = [
        channel_of(channel(**each), number)
        for number, each in enumerate(
            [
                {"type": "webhook", "url": "https://x.example/t", "extra": {"chat_id": 1}},
                {"type": "heartbeat", "url_file": "/etc/x", "name": "denyut\n", "ca_file": "/ca"},
                {"type": "command", "argv": ["/bin/true", "a b"]},
                {"type": "email", "host": "m.example", "sender": "a@b.example", "to": ["c@d.example"]},
            ],
            start=1,
        )
    ]
    assert [(type(each), each.name) for each in made] == [
        (Webhook, "webhook-1"), (Heartbeat, "denyut"), (Command, "command-3"), (Mail, "email-4"),
    ]  # fmt: skip
    assert made[0].extra == {"chat_id": 1}
    assert (made[1].address.url_file, made[1].address.ca_file) == ("/etc/x", "/ca")
    assert (made[3].tls, made[3].port) == ("starttls", 0)


MAIL = {"type": "email", "host": "m.example", "sender": "a@b.example", "to": ["c@d.example"]}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"type": "command"}, "perintah tanpa alamat lengkap"),
        ({"type": "command", "argv": ["kabarkan"]}, "perintah tanpa alamat lengkap"),
        ({"type": "command", "argv": ["/bin/x", "a\0b"]}, "perintah tanpa alamat lengkap"),
        (MAIL | {"port": 70000}, "port tidak ada"),
        (MAIL | {"sender": "kantor"}, "email-1 sender"),
        (MAIL | {"to": ["x"]}, "email-1 to"),
        (MAIL | {"user": "u", "password": "p", "tls": "none"}, "tanpa enkripsi"),
        (MAIL | {"user": "u"}, "kata sandi belum diisi"),
    ],
)
def test_impossible_channels(given, told):
    with pytest.raises(ConfigError, match=told):
        channel_of(channel(**given), 1)


def test_a_login_in_the_clear_on_this_machine_only():
    local = MAIL | {"host": "127.0.0.1", "user": "u", "password": "p", "tls": "none"}
    assert channel_of(channel(**local), 1).user == "u"


def test_the_documented_channels_are_possible():
    text = (ROOT / "docs/telling.md").read_text()
    (block,) = re.findall(r"```yaml\n(siak_notify:.*?)```", text, re.DOTALL)
    documented = yaml.safe_load(block)["siak_notify"]
    assert {each["type"] for each in documented} == set(CHANNEL_SPEC["type"]["choices"])
    for number, each in enumerate(documented, start=1):
        assert channel_of(channel(**each), number).name


@pytest.fixture
def book(tmp_path):
    return NightBook(tmp_path, node=node_name())


def options(book, *channels, **more):
    usual = {
        "run": None, "agenda_dir": str(book.agenda), "sop_path": str(SOP_PATH), "channels": list(channels),
        "limit_s": 8.0, "report_path": "", "expected_servers": [], "rehearsal": False, "again": False,
    }  # fmt: skip
    return usual | more


def send(book, *channels, **more):
    order = Order.of(options(book, *channels, **more), check=False)
    return order.apply(order.plan(now=NOW), monotonic=time.monotonic)


def test_planned_and_sent(book):
    run = book.night(NIGHT, ("sukamara",))
    with http_server() as server:
        hook = channel(type="webhook", url=server.url())
        planned = Order.of(options(book, hook), check=True).plan(now=NOW)
        assert server.seen == []
        assert planned.as_dict()["changed"]
        assert planned.as_dict()["channels"][0]["status"] == "skipped"
        result = send(book, hook).as_dict()
    assert result["changed"]
    assert result["message"]["run"] == run
    assert f"Laporan: {book.agenda}/entri/2025-01-09\n" in result["message"]["text"]
    assert result["agenda"] == {"sent": ["webhook-1"], "failed": []}
    assert server.seen[0].json["siak"]["run"] == run


def test_nobody_is_told_twice_unless_asked_for(book):
    run = book.night(NIGHT, ("sukamara",))
    with http_server(status(200), status(401), status(200)) as server:
        first, second = (channel(type="webhook", url=server.url(), name=name) for name in ("satu", "dua"))
        assert [each.status for each in send(book, first).deliveries] == ["sent"]
        assert [each.status for each in send(book, first, second).deliveries] == ["skipped", "failed"]
        outcome = send(book, first, second)
        assert [(each.status, each.reason) for each in outcome.deliveries] == [
            ("skipped", "run ini sudah dikabarkan"), ("sent", ""),
        ]  # fmt: skip
        assert not send(book, first, second).as_dict()["changed"]
        assert [each.status for each in send(book, first, again=True).deliveries] == ["sent"]
        assert told_channels(book.agenda, run) == {"satu", "dua"}
        book.night(NIGHT + timedelta(hours=2), ("sukamara",))
        assert [each.status for each in send(book, first).deliveries] == ["sent"]
    path = book.agenda / "kabar" / f"{run}.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_what_was_told_is_no_evidence(book):
    book.night(NIGHT, ("sukamara",))
    assert told_channels(book.agenda, "x") == frozenset()
    remember(book.agenda, "x", ["a"])
    path = book.agenda / "kabar/x.json"
    for content in (b"", b"{", b"[" * 5000, b'{"a": 1}', b"\xff"):
        path.write_bytes(content)
        assert told_channels(book.agenda, "x") == frozenset()
    path.write_bytes(b'["a", 5]')
    assert told_channels(book.agenda, "x") == {"a"}


def test_told_and_not_remembered_is_a_warning(book):
    book.night(NIGHT, ("sukamara",))
    (book.agenda / "kabar").write_text("")
    with http_server() as server:
        outcome = send(book, channel(type="webhook", url=server.url()))
    assert outcome.deliveries[0].status == "sent"
    (warning,) = outcome.warnings
    assert "tidak tercatat sudah terkirim: SIAK-600" in warning


def test_one_wrong_channel_does_not_silence_the_others(book):
    book.night(NIGHT, ("sukamara",))
    with http_server() as server:
        outcome = send(book, channel(type="command", argv=["x"]), channel(type="webhook", url=server.url()))
    assert [each.status for each in outcome.deliveries] == ["failed", "sent"]
    (warning,) = outcome.warnings
    assert warning.startswith("kabar lewat command-1 gagal: SIAK-100 perintah tanpa alamat lengkap")
    assert outcome.as_dict()["agenda"]["failed"] == ["command-1"]


def test_a_heartbeat_only_for_a_proven_night(book):
    book.night(NIGHT, {"sukamara": {"fails": "export"}})
    with http_server() as server:
        beat = channel(type="heartbeat", url=server.url())
        (delivery,) = send(book, beat).deliveries
        assert (delivery.status, delivery.reason) == ("skipped", "belum terbukti pada 1 server: sukamara")
        book.night(NIGHT + timedelta(hours=1), ("sukamara",))
        assert send(book, beat, expected_servers=["sukamara", "lamandau"]).deliveries[0].status == "skipped"
        assert send(book, beat, expected_servers=["sukamara"], rehearsal=True).deliveries[0].status == "skipped"
        assert server.seen == []
        assert send(book, beat, expected_servers=["sukamara"]).deliveries[0].status == "sent"
    assert len(server.seen) == 1


def test_a_run_by_its_id_and_as_it_was_handed_over(book):
    first = book.night(NIGHT, ("sukamara",))
    book.night(NIGHT + timedelta(hours=1), ("sukamara",))
    handed = {"id": first, "agenda_dir": str(book.agenda), "sop_path": str(SOP_PATH)}
    assert send(book, run=first).run == first
    assert send(book, run=handed, agenda_dir=None, sop_path=None).run == first


def test_a_run_of_check_mode_is_not_in_the_journal(book):
    assert Order.of(options(book, run={"id": "x", "check": True}), check=True) is None


def test_a_run_without_servers_has_no_papers(book):
    book.night(NIGHT, {})
    assert "Laporan" not in send(book, report_path=str(book.root)).message.text


def test_where_the_papers_lie(book, tmp_path):
    """A place that is not there is not told: the entries are."""
    book.night(NIGHT, ("sukamara",))
    papers = tmp_path / "laporan"

    def told(path):
        return re.search(r"^Laporan: (.*)$", send(book, report_path=path).message.text, re.MULTILINE)[1]

    assert told(str(papers)) == f"{book.agenda}/entri/2025-01-09"
    papers.mkdir()
    assert told(str(papers)) == str(papers)
    (papers / "2025-01-09").mkdir()
    assert told(str(papers)) == f"{papers}/2025-01-09"
    assert told("https://intranet.example/laporan") == "https://intranet.example/laporan"


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"run": {}}, AgendaError, "tidak dicatat agenda"),
        ({"run": []}, ConfigError, "bukan run"),
        ({"agenda_dir": None}, ConfigError, "agenda_dir"),
        ({"sop_path": None}, ConfigError, "sop_path"),
        ({"limit_s": 0.0}, ConfigError, "batas waktu mustahil"),
        ({"limit_s": float("nan")}, ConfigError, "batas waktu mustahil"),
    ],
)
def test_impossible_options(book, change, error, told):
    with pytest.raises(error, match=told):
        Order.of(options(book, **change), check=False)
