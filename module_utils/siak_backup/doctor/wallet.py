# SPDX-License-Identifier: GPL-3.0-or-later
"""Oracle's client libraries, the wallet and the listener's certificate, as the settings name them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import ConfigError
from ..oracle.client_library import examine
from ..oracle.tls_look import server_certificate_end
from ..oracle.wallet import read_wallet, read_wallet_file, wallet_file
from .finding import Finding, failed, fine, of_error, unknown, warning

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ..oracle.address import Address
    from ..oracle.connection import ConnectionSettings

_CLIENT: Final = ("client", "Oracle Client")
_WALLET: Final = ("wallet", "TCPS dan wallet")
_CERTIFICATE: Final = ("certificate", "Sertifikat server")


def look_at_client(settings: ConnectionSettings) -> Finding:
    """Tell which mode of the driver the settings choose, and whether its libraries are there for this machine."""
    if not settings.client_lib_dir:
        return fine(*_CLIENT, "mode thin, tanpa pustaka Oracle Client; untuk server 12.1 sampai 23ai")
    try:
        name = examine(Path(settings.client_lib_dir))
    except ConfigError as error:
        return of_error(*_CLIENT, error)
    return fine(*_CLIENT, f"mode thick dengan {name} di {settings.client_lib_dir}")


def look_at_wallet(
    settings: ConnectionSettings, addresses: Sequence[Address], *, now: datetime, notice_days: int
) -> Finding:
    """Tell whether the wallet suits the connection: its file, its lock, its certificates, and who may read it.

    Less than `notice_days` before a certificate ends is a warning.
    """
    encrypted = any(address.protocol == "tcps" for address in addresses)
    if not settings.wallet_dir:
        if encrypted:
            return fine(*_WALLET, "TCPS tanpa wallet: sertifikat server harus dikenal sistem operasi mesin ini")
        return fine(*_WALLET, "tidak dipakai")
    file = wallet_file(settings)
    try:
        if settings.client_lib_dir:
            read_wallet_file(settings)
            wallet = None
        else:
            wallet = read_wallet(settings, now)
    except ConfigError as error:
        return of_error(*_WALLET, error)
    if addresses and not encrypted and not settings.wallet_login:
        return warning(
            *_WALLET,
            f"wallet {settings.wallet_dir} tidak terpakai: connection.dsn memakai tcp",
            "tulis connection.dsn sebagai tcps://host:port/layanan, atau kosongkan wallet_dir",
        )
    if wallet is None:
        return fine(*_WALLET, f"wallet {file}, " + ("TCPS" if encrypted else "berisi login"))
    if wallet.ends_at - now < timedelta(days=notice_days):
        return warning(
            *_WALLET,
            f"sertifikat {wallet.subject} di {file} berakhir {wallet.ends_at:%Y-%m-%d}",
            "minta DBA wallet baru sebelum hari itu",
        )
    told = "TLS dua arah" if wallet.shows_client else "TLS, wallet hanya memuat CA"
    return fine(*_WALLET, f"{file}, {told}, berlaku sampai {wallet.ends_at:%Y-%m-%d}")


def look_at_certificate(
    settings: ConnectionSettings, addresses: Sequence[Address], *, now: datetime, notice_days: int
) -> list[Finding]:
    """Return a line for each listener that speaks TLS: how long its certificate will do, none where there is no TLS."""
    if not settings.ssl_server_dn_match and any(address.protocol == "tcps" for address in addresses):
        unproven = [
            warning(
                *_CERTIFICATE,
                "nama pada sertifikat server tidak diperiksa (ssl_server_dn_match: false)",
                "kosongkan ssl_server_dn_match, dan isi ssl_server_cert_dn bila nama host berbeda",
            )
        ]
    else:
        unproven = []
    return unproven + [
        _certificate(address, settings.connect_timeout_s, now=now, notice_days=notice_days)
        for address in addresses
        if address.protocol == "tcps"
    ]


def _certificate(address: Address, timeout_s: float, *, now: datetime, notice_days: int) -> Finding:
    ends_at = server_certificate_end(address, timeout_s)
    if ends_at is None:
        remedy = f"openssl s_client -connect {address} </dev/null | openssl x509 -noout -enddate"
        return unknown(*_CERTIFICATE, f"{address} tidak menunjukkan sertifikatnya", remedy)
    text = f"{address} berlaku sampai {ends_at:%Y-%m-%d}"
    if ends_at < now:
        return failed(*_CERTIFICATE, text, "minta DBA memperbarui sertifikat listener; periksa juga jam mesin ini")
    if ends_at - now < timedelta(days=notice_days):
        return warning(*_CERTIFICATE, text, "minta DBA memperbarui sertifikat listener sebelum hari itu")
    return fine(*_CERTIFICATE, text)
