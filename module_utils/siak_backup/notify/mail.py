# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends the message by SMTP (RFC 5321), over TLS unless that is switched off."""

from __future__ import annotations

import contextlib
import platform
import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..errors import ConfigError, NotifyError, NotifyRefusedError
from ..private_file import first_line, read_private
from .http import tls_context, unreachable, untrusted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .message import Message

Tls = Literal["starttls", "tls", "none"]

_PORTS: dict[Tls, int] = {"starttls": 587, "tls": 465, "none": 25}
_MAX_PASSWORD_BYTES = 1024
_SPEC = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Mail:
    """A channel. `port` 0 means the usual one; without `user` there is no login."""

    name: str
    host: str
    sender: Address
    to: tuple[Address, ...]
    port: int = 0
    tls: Tls = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    password_file: str = ""
    ca_file: str = ""

    def why_not(self, message: Message) -> str:  # noqa: ARG002
        """Every message is sent."""
        return ""

    def letter(self, message: Message) -> EmailMessage:
        """Return the mail; each attempt has the same Message-ID, so that a mailbox shows it once."""
        letter = EmailMessage(policy=SMTP)
        letter["From"] = self.sender
        letter["To"] = self.to
        letter["Subject"] = message.subject
        letter["Date"] = format_datetime(message.at)
        letter["Message-ID"] = f"<{message.key}@{self.sender.domain}>"
        # No mailbox answers "I am on leave" to it (RFC 3834).
        letter["Auto-Submitted"] = "auto-generated"
        # Quoted-printable goes through every server, whatever it says of 8BITMIME, and has no long lines.
        letter.set_content(message.text, subtype="plain", charset="utf-8", cte="quoted-printable")
        return letter

    def deliver(self, message: Message, limit_s: float) -> None:
        """Hand the mail to the server. Raises ConfigError, NotifyError."""
        letter, context = self.letter(message), tls_context(self.ca_file)
        password = self._password()
        try:
            client = self._connect(context, limit_s)
        except OSError as error:
            raise self._told(error) from None
        try:
            if self.tls == "starttls":
                client.starttls(context=context)
            if self.user:
                client.login(self.user, password)
            refused = client.send_message(letter, self.sender.addr_spec, [each.addr_spec for each in self.to])
            # The mail is accepted: how the server says goodbye changes nothing.
            with contextlib.suppress(OSError):
                client.quit()
        except OSError as error:
            raise self._told(error) from None
        finally:
            client.close()
        if refused:
            raise NotifyRefusedError(
                f"{len(refused)} dari {len(self.to)} penerima ditolak", where=self.host, remedy="periksa alamatnya"
            )

    def _connect(self, context: ssl.SSLContext, limit_s: float) -> smtplib.SMTP:
        # Given, for smtplib would look up this machine's full name, which may take longer than the mail.
        here = platform.node() or "localhost"
        port = self.port or _PORTS[self.tls]
        if self.tls == "tls":
            return smtplib.SMTP_SSL(self.host, port, local_hostname=here, timeout=limit_s, context=context)
        return smtplib.SMTP(self.host, port, local_hostname=here, timeout=limit_s)

    def _password(self) -> str:
        password = self.password
        if self.password_file:
            path = Path(self.password_file)
            password = first_line(read_private(path, what="kata sandi", max_bytes=_MAX_PASSWORD_BYTES))
        if not (self.user + password).isascii():
            # smtplib encodes both as ASCII, and its exception would quote them.
            raise ConfigError(
                "user atau kata sandi surel memuat huruf di luar ASCII", where=self.host, remedy="ganti kata sandinya"
            )
        return password

    def _told(self, error: OSError) -> NotifyError:
        """Return what an operator is told; a server's own words are not, for they may repeat what it was sent."""
        if isinstance(error, ssl.SSLCertVerificationError):
            return untrusted(error, self.host)
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return NotifyRefusedError("login ditolak", where=self.host, remedy="periksa user dan kata sandinya")
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return NotifyRefusedError(
                "server tidak mendukung STARTTLS atau login", where=self.host, remedy="periksa setelan tls dan port"
            )
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            codes = [code for code, _ in error.recipients.values()]
            return self._by_code("semua penerima ditolak", min(codes, default=0))
        if isinstance(error, smtplib.SMTPResponseException):
            return self._by_code("ditolak", error.smtp_code)
        if isinstance(error, smtplib.SMTPException):
            return NotifyError(
                f"percakapan SMTP putus, {type(error).__name__}", where=self.host, remedy="periksa tls dan port"
            )
        return unreachable(error, self.host)

    def _by_code(self, what: str, code: int) -> NotifyError:
        kind = NotifyRefusedError if code >= 500 else NotifyError
        return kind(f"{what} dengan kode SMTP {code}", where=self.host, remedy="tanyakan kepada pengelola surel")


def address_of(text: str, where: str) -> Address:
    """Return a mail address, with or without a name before it. Raises ConfigError."""
    name, spec = parseaddr(text)
    if not _SPEC.fullmatch(spec) or text.count("@") != 1 or not text.isprintable():
        raise ConfigError(f"alamat surel {text!r} tidak sah", where=where, remedy="isi misalnya Kantor <a@b.go.id>")
    return Address(display_name=name, addr_spec=spec)


def addresses_of(texts: Sequence[str], where: str) -> tuple[Address, ...]:
    """Return all of several mail addresses, of which there must be one. Raises ConfigError."""
    if not texts:
        raise ConfigError("tidak ada penerima", where=where, remedy="isi paling sedikit satu alamat")
    return tuple(address_of(text, where) for text in texts)
