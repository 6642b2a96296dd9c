# SPDX-License-Identifier: GPL-3.0-or-later
"""The channels of an inventory, checked: their Ansible options and what is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import ConfigError
from .command import Command
from .heartbeat import Heartbeat
from .http import Address
from .mail import Mail, address_of, addresses_of
from .webhook import Webhook

if TYPE_CHECKING:
    from .message import Message

#: Suboptions of a module's `channels` option, in Ansible's argument_spec form.
CHANNEL_SPEC: dict[str, dict[str, Any]] = {
    "type": {"type": "str", "required": True, "choices": ["webhook", "email", "command", "heartbeat"]},
    "name": {"type": "str"},
    "url": {"type": "str", "no_log": True},
    "url_file": {"type": "path"},
    "headers_file": {"type": "path"},
    "extra": {"type": "dict", "default": {}},
    "ca_file": {"type": "path"},
    "host": {"type": "str"},
    "port": {"type": "int", "default": 0},
    "tls": {"type": "str", "choices": ["starttls", "tls", "none"], "default": "starttls"},
    "user": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "password_file": {"type": "path", "no_log": False},
    "sender": {"type": "str"},
    "to": {"type": "list", "elements": "str", "default": []},
    "argv": {"type": "list", "elements": "str", "default": []},
}

#: What argument_spec cannot say in one suboption.
CHANNEL_RULES: dict[str, Any] = {
    "mutually_exclusive": [("url", "url_file"), ("password", "password_file")],
    "required_if": [
        ("type", "webhook", ("url", "url_file"), True),
        ("type", "heartbeat", ("url", "url_file"), True),
        ("type", "email", ("host", "sender")),
    ],
}

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_MAX_NAME = 60


class Channel(Protocol):
    """A way to tell people."""

    @property
    def name(self) -> str:
        """Its name in results."""
        ...

    def why_not(self, message: Message) -> str:
        """Return in Indonesian why the message is not for this channel; empty when it is."""
        ...

    def deliver(self, message: Message, limit_s: float) -> None:
        """Send the message; single waits are limited to `limit_s`, the whole is for the caller to limit.

        Raises ConfigError, NotifyError.
        """
        ...


def channel_of(params: Mapping[str, Any], number: int) -> Channel:
    """Return the channel that an item of `channels` describes, where an option not given is None.

    Args:
        params: the item, as argument_spec let it through.
        number: its place in the list, from 1, for a channel without a name.

    Raises:
        ConfigError: a value is impossible; no message holds an address or a password.
    """
    name = name_of(params, number)
    if params["type"] == "command":
        return Command(name, _argv(params["argv"], name))
    if params["type"] == "email":
        return _mail(params, name)
    address = Address(**{key: params.get(key) or "" for key in ("url", "url_file", "headers_file", "ca_file")})
    if params["type"] == "heartbeat":
        return Heartbeat(name, address)
    return Webhook(name, address, params["extra"])


def name_of(params: Mapping[str, Any], number: int) -> str:
    """Return the channel's name in results and warnings."""
    name = params.get("name") or f"{params['type']}-{number}"
    return "".join(letter for letter in name[:_MAX_NAME] if letter.isprintable())


def _argv(argv: list[str], name: str) -> tuple[str, ...]:
    if not argv or not argv[0].startswith("/") or any("\0" in each for each in argv):
        raise ConfigError(
            "perintah tanpa alamat lengkap", where=f"{name} argv", remedy="isi misalnya [/usr/local/bin/kabarkan]"
        )
    return tuple(argv)


def _mail(params: Mapping[str, Any], name: str) -> Mail:
    host, tls, user = params["host"], params["tls"], params.get("user") or ""
    if not 0 <= params["port"] <= 65535:
        raise ConfigError("port tidak ada", where=f"{name} port", remedy="isi 1 sampai 65535")
    if user and tls == "none" and host not in _LOOPBACK:
        raise ConfigError(
            "kata sandi akan terkirim tanpa enkripsi", where=f"{name} tls", remedy="pakai tls: starttls atau tls"
        )
    if user and not params.get("password") and not params.get("password_file"):
        raise ConfigError("kata sandi belum diisi", where=f"{name} user", remedy="isi password_file")
    return Mail(
        name,
        host,
        address_of(params["sender"], f"{name} sender"),
        addresses_of(params["to"], f"{name} to"),
        port=params["port"],
        tls=tls,
        user=user,
        password=params.get("password") or "",
        password_file=params.get("password_file") or "",
        ca_file=params.get("ca_file") or "",
    )
