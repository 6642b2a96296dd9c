# SPDX-License-Identifier: GPL-3.0-or-later
"""Posts the message as JSON: `text` for people, as chat programs expect it, and `siak` for programs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import __version__
from .http import Address, Request, send

if TYPE_CHECKING:
    from .message import Message

#: What chat programs read as mentions, links and code. It comes from nothing of ours, so it may look a little odd.
_NO_MARKUP = str.maketrans({"<": "‹", ">": "›", "@": "＠", "`": "'", "[": "(", "]": ")", "*": "∗", "&": "+"})  # noqa: RUF001 - look-alikes are the point


@dataclass(frozen=True)
class Webhook:
    """A channel. `extra` are keys that the receiver wants beside `text`, such as a `chat_id`."""

    name: str
    address: Address
    extra: dict[str, Any] = field(default_factory=dict)

    def why_not(self, message: Message) -> str:  # noqa: ARG002
        """Every message is posted."""
        return ""

    def deliver(self, message: Message, limit_s: float) -> None:
        """Post the message. Raises ConfigError, NotifyError."""
        body = {**self.extra, "text": without_markup(message.text), "siak": message.fields}
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": f"siak-backup/{__version__}"}
        send(self.address, Request("POST", headers, json.dumps(body).encode()), timeout_s=limit_s)


def without_markup(text: str) -> str:
    """Return a text in which no chat program finds a mention, a link or code."""
    return text.translate(_NO_MARKUP).replace("://", ": //")
