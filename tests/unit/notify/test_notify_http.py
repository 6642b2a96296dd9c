# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhook and heartbeat against real HTTP and HTTPS servers."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from siak_backup.errors import ConfigError, NotifyError, NotifyRefusedError
from siak_backup.notify.heartbeat import Heartbeat
from siak_backup.notify.http import Address
from siak_backup.notify.webhook import Webhook, without_markup

from tests.unit.notify.stations import (
    certificate_for,
    hang,
    http_server,
    huge,
    nonsense,
    refusing_port,
    silent_port,
    status,
)

TOKEN = "rahasia-token"


def webhook(url, **more):
    extra = more.pop("extra", {})
    return Webhook("obrolan", Address(url, **more), extra)


def test_a_webhook_gets_text_and_fields(message):
    with http_server() as server:
        webhook(server.url("/hook/x?thread=1"), extra={"chat_id": "-100", "text": "bukan ini"}).deliver(message, 5)
    assert webhook("").why_not(message) == ""
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", "/hook/x?thread=1")
    assert seen.headers["Content-Type"].startswith("application/json")
    assert seen.json == {"chat_id": "-100", "text": message.text, "siak": message.fields}


def test_a_text_of_the_journal_is_no_markup_in_a_chat():
    text = "<!channel> @here [klik](http://jahat.example) `rm` *tebal* & </script>"
    assert without_markup(text) == (
        "‹!channel› ＠here (klik)(http: //jahat.example) 'rm' ∗tebal∗ + ‹/script›"  # noqa: RUF001
    )


def test_a_heartbeat_is_a_get_and_only_for_a_proven_night(message):
    with http_server() as server:
        beat = Heartbeat("denyut", Address(server.url()))
        beat.deliver(message, 5)
    assert [(seen.method, seen.body) for seen in server.seen] == [("GET", b"")]
    assert beat.why_not(message) == ""
    assert beat.why_not(replace(message, not_proven="gladi bukan backup")) == "gladi bukan backup"


def test_address_and_headers_from_files(message, tmp_path):
    url, headers = tmp_path / "url", tmp_path / "headers"
    with http_server() as server:
        url.write_text(server.url() + "\n")
        headers.write_text("Authorization: Bearer abc: def\n\nX-Kosong:\n")
        for file in (url, headers):
            file.chmod(0o600)
        Webhook("x", Address(url_file=str(url), headers_file=str(headers))).deliver(message, 5)
    assert server.seen[0].headers["Authorization"] == "Bearer abc: def"
    assert server.seen[0].headers["X-Kosong"] == ""


@pytest.mark.parametrize(
    ("content", "mode", "told"),
    [
        ("https://x/rahasia-token", 0o644, "terbuka untuk semua orang"),
        ("", 0o600, "kosong"),
        ("ftp://x/rahasia-token", 0o600, "bukan http"),
        ("$ANSIBLE_VAULT;1.1;AES256\n6162", 0o600, "terenkripsi Ansible Vault"),
        ("https://x/" + "a" * 5000, 0o600, "terlalu panjang"),
    ],
)
def test_a_file_that_holds_no_address(message, tmp_path, content, mode, told):
    path = tmp_path / "url"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(ConfigError, match=told) as caught:
        Webhook("x", Address(url_file=str(path))).deliver(message, 5)
    assert TOKEN not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("line", ["tanpa titik dua", "Host: x", "content-length: 5", "X: é", "A B: c", ": x"])
def test_impossible_headers(message, tmp_path, line):
    path = tmp_path / "headers"
    path.write_text(f"A: b\n{line}\n")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="headers baris 2"):
        webhook("http://127.0.0.1:1/", headers_file=str(path)).deliver(message, 5)


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://127.0.0.1/rahasia-token", "file:///etc/passwd", "http://", "http://user:rahasia-token@127.0.0.1/",
        "http://127.0.0.1:0/", "http://127.0.0.1:99999/", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y",
        "http://[::1/", "127.0.0.1/rahasia-token", "http://é.example/",
    ],
)  # fmt: skip
def test_impossible_addresses(message, url):
    with pytest.raises(ConfigError, match="SIAK-100") as caught:
        webhook(url).deliver(message, 5)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "final"), [(400, True), (401, True), (404, True), (410, True), (304, True), (408, False), (429, False),
                        (500, False), (503, False)],
)  # fmt: skip
def test_refusals(message, code, final):
    with http_server(status(code)) as server, pytest.raises(NotifyError) as caught:
        webhook(server.url()).deliver(message, 5)
    assert isinstance(caught.value, NotifyRefusedError) is final
    assert f"status HTTP {code} (127.0.0.1:{server.port})" in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_nobody_there(message):
    with refusing_port() as port, pytest.raises(NotifyError, match="Connection refused") as caught:
        webhook(f"http://127.0.0.1:{port}/{TOKEN}").deliver(message, 5)
    assert f"(127.0.0.1:{port})" in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert not isinstance(caught.value, NotifyRefusedError)


def test_a_name_that_does_not_exist(message):
    with pytest.raises(NotifyError, match="tidak dapat dihubungi"):
        webhook("http://tidak-ada.invalid/").deliver(message, 5)


def test_somebody_who_speaks_no_http_or_nothing(message):
    with http_server(nonsense) as server, pytest.raises(NotifyError, match="jawaban bukan HTTP, BadStatusLine"):
        webhook(server.url()).deliver(message, 5)
    with silent_port() as port, pytest.raises(NotifyError, match="tidak dapat dihubungi"):
        webhook(f"http://127.0.0.1:{port}/").deliver(message, 0.2)
    with http_server(hang) as server, pytest.raises(NotifyError, match="tidak dapat dihubungi"):
        webhook(server.url()).deliver(message, 0.2)


def test_a_huge_body_is_not_read(message):
    began = time.monotonic()
    with http_server(huge) as server:
        webhook(server.url()).deliver(message, 5)
    assert time.monotonic() - began < 4


def test_tls_is_verified(message, certificate, tmp_path):
    with http_server(certificate=certificate) as server:
        url = server.url(scheme="https")
        webhook(url, ca_file=str(certificate.ca)).deliver(message, 5)
        with pytest.raises(NotifyRefusedError, match="sertifikat server tidak dapat dipercaya"):
            webhook(url).deliver(message, 5)
        other = certificate_for(tmp_path / "other")
        with pytest.raises(NotifyRefusedError, match="tidak dapat dipercaya"):
            webhook(url, ca_file=str(other.ca)).deliver(message, 5)
        with pytest.raises(ConfigError, match="sertifikat CA"):
            webhook(url, ca_file="/no/such/ca.pem").deliver(message, 5)
    assert len(server.seen) == 1
    elsewhere = certificate_for(tmp_path / "host", host="192.0.2.1")
    with http_server(certificate=elsewhere) as server, pytest.raises(NotifyRefusedError, match="IP address mismatch"):
        webhook(server.url(scheme="https"), ca_file=str(elsewhere.ca)).deliver(message, 5)


def test_tls_against_a_server_without(message):
    with http_server() as server, pytest.raises(NotifyError, match="tidak dapat dihubungi"):
        webhook(server.url(scheme="https")).deliver(message, 5)


def test_redirects_on_the_same_host(message):
    with http_server(status(307, Location="/baru"), status(308, Location="lain"), status(200)) as server:
        webhook(server.url()).deliver(message, 5)
    assert [(seen.method, seen.path) for seen in server.seen] == [
        ("POST", "/hook/rahasia-token"), ("POST", "/baru"), ("POST", "/lain"),
    ]  # fmt: skip
    assert server.seen[2].json["text"] == message.text
    with http_server(status(302, Location="/baru"), status(204)) as server:
        Heartbeat("x", Address(server.url())).deliver(message, 5)
    assert [seen.path for seen in server.seen] == ["/hook/rahasia-token", "/baru"]


def test_a_post_never_becomes_a_get(message):
    with http_server(status(302, Location="/baru")) as server, pytest.raises(NotifyRefusedError, match="HTTP 302"):
        webhook(server.url()).deliver(message, 5)
    assert len(server.seen) == 1


@pytest.mark.parametrize("way", ["port", "scheme", "name", "nonsense", "none", "login"])
def test_redirects_to_another_host_are_not_followed(message, way):
    with http_server() as other:
        location = {
            "port": other.url(), "scheme": f"https://127.0.0.1:{other.port}/", "name": f"http://localhost:{other.port}/",
            "nonsense": "http://[", "none": "", "login": f"http://a@127.0.0.1:{other.port}/",
        }[way]  # fmt: skip
        with (
            http_server(status(307, Location=location)) as server,
            pytest.raises(NotifyRefusedError, match="dialihkan"),
        ):
            webhook(server.url("/")).deliver(message, 5)
    assert other.seen == []


def test_a_redirect_from_https_to_http_is_not_followed(message, certificate):
    """The token would go in the clear, on the same host and port."""

    def downgrade(handler):
        status(307, Location=handler.server.url(scheme="http"))(handler)

    with http_server(downgrade, certificate=certificate) as server:
        hook = webhook(server.url(scheme="https"), ca_file=str(certificate.ca))
        with pytest.raises(NotifyRefusedError, match="dialihkan ke host lain"):
            hook.deliver(message, 5)


def test_redirects_without_end(message):
    with http_server(status(307, Location="/lagi")) as server, pytest.raises(NotifyRefusedError, match="terus"):
        webhook(server.url()).deliver(message, 5)
    assert len(server.seen) == 4


def test_no_address_in_what_is_printed():
    assert TOKEN not in repr(webhook(f"https://127.0.0.1/{TOKEN}"))
