# SPDX-License-Identifier: GPL-3.0-or-later
"""What a listener may be told: the level of the protocol it offers, its bounds, its faults."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

MIN_SDU_BYTES = 512
MAX_SDU_BYTES = 2 * 1024 * 1024
TNS_VERSIONS = (315, 318, 319)
FIELD_VERSIONS = range(6, 10)


@dataclass(frozen=True)
class LineFault:
    """A broken line: after `after_bytes` sent on a connection it is dropped, or silent for `stall_s` seconds once."""

    after_bytes: int
    stall_s: float | None = None


def sound_line(service: str) -> LineFault | None:  # noqa: ARG001 - the signature of every `line_fault`
    """No fault for any service."""
    return None


class Refusal(enum.StrEnum):
    """A server that the thin driver will not talk to, or that will not talk."""

    NATIVE_ENCRYPTION = "native-encryption"
    """It demands Native Network Encryption (DPY-3001)."""
    OLD_VERIFIER = "old-verifier"
    """It keeps of the password a 10g verifier alone (DPY-3015)."""
    OLD_VERSION = "old-version"
    """It is older than 12.1 (DPY-3010)."""
    UNKNOWN_SERVICE = "unknown-service"
    """Its listener does not know the service (any more): ORA-12514."""
    UNKNOWN_SID = "unknown-sid"
    """Its listener does not know the SID: ORA-12505."""
    NO_HANDLER = "no-handler"
    """Its listener has no handler with this protocol stack: ORA-12516."""
    CROWDED = "crowded"
    """All of its handlers are taken: ORA-12519."""
    BLOCKED = "blocked"
    """All instances of the service block new connections, as while one is started: ORA-12528."""
    CLOSED = "closed"
    """Its listener closes each connection at once."""
    SILENT = "silent"
    """Its listener takes connections and never answers."""


def welcome(service: str) -> Refusal | None:  # noqa: ARG001 - the signature of every `refusal`
    """No refusal by any service."""
    return None


class Tls(enum.StrEnum):
    """What is true of the server's certificate, of the client's wallet, and of who is let in."""

    SOUND = "sound"
    """The wallet holds the CA alone: the client proves the server, and logs on with its password."""
    MUTUAL = "mutual"
    """The client must show a certificate too; the wallet holds it and its key, locked by a password."""
    EXPIRED = "expired"
    """The server's certificate ended yesterday."""
    OTHER_NAME = "other-name"
    """The server's certificate is another machine's."""
    OTHER_CA = "other-ca"
    """The server's certificate is signed by a CA that the wallet does not know."""
    NO_CLIENT_KEY = "no-client-key"
    """The client must show a certificate, and the wallet holds none."""
    WALLET_EXPIRED = "wallet-expired"
    """As `mutual`, and the client's certificate ended yesterday."""
    WALLET_ENDS_SOON = "wallet-ends-soon"
    """As `mutual`, and the client's certificate ends in five days."""

    @property
    def asks_client(self) -> bool:
        """Whether the server demands a certificate."""
        return self in {Tls.MUTUAL, Tls.NO_CLIENT_KEY, Tls.WALLET_EXPIRED, Tls.WALLET_ENDS_SOON}


def own_certificate() -> Tls | None:
    """No other certificate than the listener's own."""
    return None


@dataclass(frozen=True)
class ListenerOptions:
    """Options of one listener; raises ValueError for a level that the wire does not speak.

    - `tns_version`: 315, 318, or 319 which marks the end of every response.
    - `field_version`: 6 (11.2) to 9 (12.2 with extensions); the client lowers itself to it.
    - `max_sdu_bytes`: the client's wish is granted up to this.
    - `max_request_bytes`: a longer request ends its connection.
    - `max_connections`: more are refused (TNS-12519).
    - `logon_timeout_s`: from connect to logon, after which the connection is closed.
    - `line_fault`: asked before each response, with the service's name, so faults can be switched while running.
    - `refusal`: asked at each connect, likewise.
    - `certificate`: asked before each TLS handshake; another kind of certificate than the listener's own, if any.
    """

    tns_version: int = 315
    field_version: int = 8
    max_sdu_bytes: int = MAX_SDU_BYTES
    max_request_bytes: int = 64 * 1024 * 1024
    max_connections: int = 256
    logon_timeout_s: float = 30.0
    line_fault: Callable[[str], LineFault | None] = sound_line
    refusal: Callable[[str], Refusal | None] = welcome
    certificate: Callable[[], Tls | None] = own_certificate

    def __post_init__(self) -> None:
        if self.tns_version not in TNS_VERSIONS:
            raise ValueError(f"tns_version is one of {TNS_VERSIONS}, not {self.tns_version}")
        if self.field_version not in FIELD_VERSIONS:
            raise ValueError(f"field_version is 6 to 9, not {self.field_version}")
        if not MIN_SDU_BYTES <= self.max_sdu_bytes <= MAX_SDU_BYTES:
            raise ValueError(f"max_sdu_bytes is {MIN_SDU_BYTES} to {MAX_SDU_BYTES}, not {self.max_sdu_bytes}")
