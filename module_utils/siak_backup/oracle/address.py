# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a DSN leads, and whether anything there takes a connection."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import oracledb

from ..errors import ConnectError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .connection import ConnectionSettings


@dataclass(frozen=True)
class Address:
    """One listener of a DSN. `protocol` is `tcp` or `tcps`."""

    protocol: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """True for this machine itself, by its address or as `localhost`."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"


def addresses_of(settings: ConnectionSettings) -> tuple[Address, ...]:
    """Return the listeners that a DSN names, none where only Oracle's client can resolve it."""
    params = oracledb.ConnectParams(config_dir=settings.config_dir or None)
    try:
        params.parse_connect_string(settings.dsn)
    except oracledb.Error:
        return ()
    parts = (_listed(params.protocol), _listed(params.host), _listed(params.port))
    return tuple(
        Address(str(protocol), str(host), int(str(port))) for protocol, host, port in zip(*parts, strict=False) if host
    )


def _listed(value: object) -> list[object]:
    """Return the driver's answer as a list: it gives one value for one address."""
    return list(value) if isinstance(value, list) else [value]


def unresolved(addresses: Sequence[Address]) -> list[str]:
    """Return the hosts that nobody knows by name: thin mode resolves all before it tries the first."""
    unknown = []
    for address in addresses:
        try:
            socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        except OSError:
            unknown.append(address.host)
    return list(dict.fromkeys(unknown))


def knock(address: Address, timeout_s: float) -> None:
    """Open a TCP connection and close it again: no login, not even a greeting.

    Raises:
        ConnectError: that says whether the name, the machine or the listener
            is missing.
    """
    try:
        with socket.create_connection((address.host, address.port), timeout=timeout_s):
            return
    except socket.gaierror as error:
        what, remedy = (
            f"nama {address.host} tidak dikenal jaringan",
            f"periksa connection.dsn; coba: getent hosts {address.host}",
        )
        cause: OSError = error
    except ConnectionRefusedError as error:
        what, remedy = (
            f"mesin {address.host} menjawab tetapi tidak ada listener pada port {address.port}",
            "di server jalankan: lsnrctl status, lalu lsnrctl start bila mati; periksa port pada connection.dsn",
        )
        cause = error
    except TimeoutError as error:
        what, remedy = (
            f"{address} tidak menjawab",
            f"periksa kabel, VPN dan firewall; coba: nc -vz {address.host} {address.port}",
        )
        cause = error
    except OSError as error:
        what, remedy = f"{address} tidak dapat dicapai: {error.strerror}", "periksa kabel dan rute jaringan"
        cause = error
    raise ConnectError(what, where=str(address), remedy=remedy) from cause
