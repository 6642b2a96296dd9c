# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail against a real SMTP server."""

from __future__ import annotations

import email
import email.policy
import time
from email.utils import parsedate_to_datetime

import pytest
from siak_backup.errors import ConfigError, NotifyError, NotifyRefusedError
from siak_backup.notify.mail import Mail, address_of, addresses_of

from tests.unit.notify.stations import Post, http_server, post_office, refusing_port, silent_port, status

PASSWORD = "rahasia-surel"


def mail(post, **more):
    facts = {"port": post.port, "tls": "none"} | more
    to = addresses_of(facts.pop("to", ["Kasi SIAK <kasi@sukamara.example>", "piak@sukamara.example"]), "to")
    return Mail("surel", "127.0.0.1", address_of("Kantor é <backup@sukamara.example>", "sender"), to, **facts)


def test_a_letter_as_mailboxes_want_it(message):
    with post_office(Post()) as post:
        mail(post).deliver(message, 10)
        mail(post).deliver(message, 10)
    assert mail(post).why_not(message) == ""
    first, second = (email.message_from_bytes(each.content, policy=email.policy.default) for each in post.mails)
    assert post.mails[0].mail_from == "backup@sukamara.example"
    assert post.mails[0].rcpt_tos == ["kasi@sukamara.example", "piak@sukamara.example"]
    assert first["From"] == "Kantor é <backup@sukamara.example>"
    assert first["To"] == "Kasi SIAK <kasi@sukamara.example>, piak@sukamara.example"
    assert first["Subject"] == message.subject
    assert parsedate_to_datetime(first["Date"]) == message.at
    assert first["Message-ID"] == second["Message-ID"] == f"<{message.key}@sukamara.example>"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first.get_content_type() == "text/plain"
    assert first.get_content_charset() == "utf-8"
    assert first.get_content().replace("\r\n", "\n") == message.text
    assert post.mails[0].content.isascii()
    assert max(map(len, post.mails[0].content.splitlines())) <= 78


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_tls_and_login(message, certificate, tmp_path, tls):
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    settings = {"tls": tls, "ca_file": str(certificate.ca), "user": "backup"}
    with post_office(Post(), certificate=certificate, tls=tls == "tls") as post:
        mail(post, password_file=str(secret), **settings).deliver(message, 10)
        mail(post, password=PASSWORD, **settings).deliver(message, 10)
        assert len(post.mails) == 2
        with pytest.raises(NotifyRefusedError, match="login ditolak") as caught:
            mail(post, password="salah-sekali", **settings).deliver(message, 10)
        assert "salah-sekali" not in str(caught.value)
        with pytest.raises(NotifyRefusedError, match="sertifikat server tidak dapat dipercaya"):
            mail(post, tls=tls).deliver(message, 10)
    assert len(post.mails) == 2
    assert post.logins[:2] == [True, True]


def test_starttls_is_never_left_out(message):
    with post_office(Post()) as post, pytest.raises(NotifyRefusedError, match="tidak mendukung STARTTLS"):
        mail(post, tls="starttls").deliver(message, 10)
    assert post.mails == []


def test_a_server_without_login(message):
    with post_office(Post()) as post, pytest.raises(NotifyRefusedError, match="tidak mendukung STARTTLS atau login"):
        mail(post, user="backup", password=PASSWORD).deliver(message, 10)


@pytest.mark.parametrize(
    ("answers", "told", "final"),
    [
        ({"data": ["554 penuh"]}, "ditolak dengan kode SMTP 554", True),
        ({"data": ["451 nanti"]}, "ditolak dengan kode SMTP 451", False),
        ({"rcpt": dict.fromkeys(("kasi@sukamara.example", "piak@sukamara.example"), "550 tidak ada")},
         "semua penerima ditolak dengan kode SMTP 550", True),
        ({"rcpt": dict.fromkeys(("kasi@sukamara.example", "piak@sukamara.example"), "450 nanti")},
         "semua penerima ditolak dengan kode SMTP 450", False),
        ({"rcpt": {"piak@sukamara.example": "550 tidak ada"}}, "1 dari 2 penerima ditolak", True),
    ],
)  # fmt: skip
def test_refusals(message, answers, told, final):
    with post_office(Post(**answers)) as post, pytest.raises(NotifyError, match=told) as caught:
        mail(post).deliver(message, 10)
    assert isinstance(caught.value, NotifyRefusedError) is final
    assert "tidak ada" not in str(caught.value)


def test_nobody_there_or_nobody_who_speaks_smtp(message):
    with refusing_port() as port, pytest.raises(NotifyError, match="Connection refused"):
        mail(Post(port=port)).deliver(message, 5)
    began = time.monotonic()
    with silent_port() as port, pytest.raises(NotifyError, match="percakapan SMTP putus"):
        mail(Post(port=port)).deliver(message, 0.2)
    assert time.monotonic() - began < 4
    with http_server(status(400)) as server, pytest.raises(NotifyError):
        mail(Post(port=server.port)).deliver(message, 0.5)


def test_a_server_that_hangs_up(message):
    class Rude(Post):
        async def handle_DATA(self, *given):  # noqa: N802 - as aiosmtpd calls it
            given[0].transport.abort()
            return "250 OK"

    with post_office(Rude()) as post, pytest.raises(NotifyError, match="percakapan SMTP putus"):
        mail(post).deliver(message, 5)


def test_how_the_server_says_goodbye_changes_nothing(message):
    """A mail that was accepted and is sent again would come twice."""

    class Curt(Post):
        async def handle_QUIT(self, *given):  # noqa: N802 - as aiosmtpd calls it
            given[0].transport.abort()
            return "221 Bye"

    with post_office(Curt()) as post:
        mail(post).deliver(message, 10)
    assert len(post.mails) == 1


def test_a_password_that_smtplib_cannot_encode_is_not_quoted(message):
    with post_office(Post()) as post, pytest.raises(ConfigError, match="di luar ASCII") as caught:
        mail(post, user="backup", password="rahasiå").deliver(message, 5)
    assert "rahasi" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "a", "a@", "@b", "a@b, c@d", "A <a@b>, C <c@d>", "a@b\nBcc: c@d", "x y@b", "a@-b", "é@b.example"]
)
def test_impossible_addresses(text):
    with pytest.raises(ConfigError, match="tidak sah"):
        address_of(text, "surel to")


def test_somebody_must_get_it():
    with pytest.raises(ConfigError, match="tidak ada penerima"):
        addresses_of([], "surel to")


def test_no_secret_in_what_is_printed():
    assert PASSWORD not in repr(mail(Post(), password=PASSWORD))
