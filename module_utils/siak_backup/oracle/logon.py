# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging on by the driver: its mode, its wallet, its limits, and what it is told of none of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import oracledb

from ..errors import ConfigError, ConnectError, OracleError, TlsError
from . import client_library
from .address import addresses_of, unresolved
from .bounded import within
from .driver_errors import map_error
from .tls_errors import TLS_CODE, closed_by_server, tls_trouble
from .tls_look import speaks_tls
from .wallet import Wallet, read_wallet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .address import Address
    from .connection import ConnectionSettings

#: Larger packets cost less to take apart; the server grants what its own DEFAULT_SDU_SIZE allows, 8 KiB if unset.
_SDU_BYTES = 65535

#: The listener closed the line without a word.
_CLOSED: Final = "DPY-4011"

#: What a listener is given to begin its side of TLS, where a connection without TLS was closed.
_TLS_LOOK_S = 3.0


def log_on(settings: ConnectionSettings) -> oracledb.Connection:
    """Return a logged-on connection, in the mode that the settings choose.

    It takes at most the time for the network, once for each address, and that
    for one silence of the server.

    Raises:
        LoginError: the account was refused; never try again by itself.
        ConnectError: no server, listener or service answers; TlsError where TLS is the reason.
        ConfigError: a secret, the wallet or the client libraries cannot be used.
        OracleError: anything else.
    """
    choose_mode(settings)
    password = settings.secret()
    addresses = addresses_of(settings)
    ciphered = any(address.protocol == "tcps" for address in addresses)
    wallet = None
    if settings.wallet_dir and ciphered and oracledb.is_thin_mode():
        wallet = read_wallet(settings, datetime.now(UTC))
    limit_s = settings.connect_timeout_s * max(1, len(addresses)) + settings.call_timeout_s
    try:
        connection: oracledb.Connection = within(
            limit_s, lambda: _connect(settings, password), discard=oracledb.Connection.close
        )
    except oracledb.Error as error:
        mapped = map_error(error, where=settings.dsn)
        if ciphered:
            raise _with_tls(mapped, error, settings, wallet) from error
        raise _without_tls(mapped, addresses, settings) from error
    except TimeoutError as error:
        raise ConnectError(
            f"server menerima sambungan tetapi tidak menjawab dalam {limit_s:.0f} detik",
            where=settings.dsn,
            remedy="minta DBA memeriksa listener dan database lalu ulangi",
        ) from error
    except OSError as error:
        # the driver does not catch what the name service answers
        unknown = unresolved(addresses)
        what = f"nama {', '.join(unknown)} tidak dikenal jaringan" if unknown else f"{error.strerror or error}"
        raise ConnectError(
            f"alamat server tidak dapat dihubungi, {what}",
            where=settings.dsn,
            remedy="periksa nama host dan port pada connection.dsn, lalu jaringan; semua namanya harus dikenal",
        ) from error
    return connection


def _connect(settings: ConnectionSettings, password: str) -> oracledb.Connection:
    return oracledb.connect(
        dsn=settings.dsn,
        user=settings.user or None,
        password=password or None,
        externalauth=settings.wallet_login,
        wallet_location=settings.wallet_dir or None,
        # never None: for a locked key without a password OpenSSL would ask the terminal
        wallet_password=settings.wallet_secret(),
        ssl_server_dn_match=settings.ssl_server_dn_match,
        ssl_server_cert_dn=settings.ssl_server_cert_dn or None,
        config_dir=settings.config_dir or None,
        tcp_connect_timeout=settings.connect_timeout_s,
        sdu=_SDU_BYTES,
        program="siak-backup",
    )


def _with_tls(
    mapped: OracleError, error: oracledb.Error, settings: ConnectionSettings, wallet: Wallet | None
) -> OracleError:
    """Return the error, or a clearer one where it was TLS that did not come about."""
    shows_client = wallet is not None and wallet.shows_client
    told = tls_trouble(error, shows_client=shows_client)
    if told is None and mapped.oracle_code == _CLOSED:
        told = closed_by_server("", shows_client=shows_client)
    if told is None:
        return mapped
    return TlsError(
        f"{told.what} [{mapped.oracle_code or TLS_CODE}]", where=settings.dsn, remedy=told.remedy, oracle_code=TLS_CODE
    )


def _without_tls(error: OracleError, addresses: Sequence[Address], settings: ConnectionSettings) -> OracleError:
    """Return the error, or a clearer one where the port that closed the line at once is one for TLS."""
    if error.oracle_code != _CLOSED:
        return error
    ciphered = next((one for one in addresses if speaks_tls(one, min(_TLS_LOOK_S, settings.connect_timeout_s))), None)
    if ciphered is None:
        return error
    return TlsError(
        f"{ciphered} hanya menerima TLS [{_CLOSED}]",
        where=settings.dsn,
        remedy="tulis connection.dsn sebagai tcps://host:port/layanan dan isi wallet_dir; atau pakai port TCP (1521)",
        oracle_code=_CLOSED,
    )


def limit_calls(connection: oracledb.Connection, timeout_s: float) -> None:
    """Bound the server's silence within one call.

    Raises:
        ConnectError: the connection is gone. Assigning the limit to a lost
            connection crashes the driver, hence the look before.
    """
    if not connection.is_healthy():
        raise ConnectError(
            "sambungan sudah terputus", where=str(connection.dsn), remedy="ulangi setelah jaringan pulih"
        )
    connection.call_timeout = round(timeout_s * 1000)


def choose_mode(settings: ConnectionSettings) -> None:
    """Load Oracle's client libraries if they are asked for: once a process, before the first connection.

    Raises:
        ConfigError: they are not there, not for this machine, not for this driver, or incomplete.
    """
    if not settings.client_lib_dir or not oracledb.is_thin_mode():
        return
    client_library.examine(Path(settings.client_lib_dir))
    try:
        oracledb.init_oracle_client(lib_dir=settings.client_lib_dir, config_dir=settings.config_dir or None)
    except oracledb.Error as error:
        reason = str(error).partition("\n")[0]
        raise ConfigError(
            f"pustaka Oracle Client tidak dapat dimuat: {reason}",
            where=settings.client_lib_dir,
            remedy="isi client_lib_dir dengan folder Oracle Instant Client yang lengkap; pustaka sistem yang kurang "
            f"terlihat dengan: ldd {settings.client_lib_dir}/{client_library.LIBRARY}",
        ) from error


def client_release() -> tuple[int, ...] | None:
    """Return the release of Oracle's client libraries, e.g. (19, 21, 0, 0, 0); None in thin mode, which has none."""
    return None if oracledb.is_thin_mode() else tuple(oracledb.clientversion())
