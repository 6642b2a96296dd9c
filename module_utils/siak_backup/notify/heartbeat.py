# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls an address when, and only when, every server's night is proven; whoever waits for the call raises the alarm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import __version__
from .http import Address, Request, send

if TYPE_CHECKING:
    from .message import Message


@dataclass(frozen=True)
class Heartbeat:
    """A channel."""

    name: str
    address: Address

    def why_not(self, message: Message) -> str:
        """Return why not every server's night is proven."""
        return message.not_proven

    def deliver(self, message: Message, limit_s: float) -> None:  # noqa: ARG002 - a call says all there is to say
        """Call the address (GET). Raises ConfigError, NotifyError."""
        send(self.address, Request("GET", {"User-Agent": f"siak-backup/{__version__}"}), timeout_s=limit_s)
