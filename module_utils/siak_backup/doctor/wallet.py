# SPDX-License-Identifier: GPL-3.0-or-later
"""Oracle's client libraries and the wallet, as the settings name them: looked at before anything connects."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import ConfigError
from ..oracle.client_library import examine
from .finding import Finding, failed, fine, of_error, warning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..oracle.address import Address
    from ..oracle.connection import ConnectionSettings

_CLIENT: Final = ("client", "Oracle Client")
_WALLET: Final = ("wallet", "TCPS dan wallet")

#: What each mode of the driver reads from a wallet's folder.
_THIN_FILE, _THICK_FILE = "ewallet.pem", "cwallet.sso"

_ENCRYPTED_KEY = b"ENCRYPTED PRIVATE KEY"
_MOST_WALLET_BYTES = 1024 * 1024


def look_at_client(settings: ConnectionSettings) -> Finding:
    """Tell which mode of the driver the settings choose, and whether its libraries are there for this machine."""
    if not settings.client_lib_dir:
        return fine(*_CLIENT, "mode thin, tanpa pustaka Oracle Client; untuk server 12.1 sampai 23ai")
    try:
        name = examine(Path(settings.client_lib_dir))
    except ConfigError as error:
        return of_error(*_CLIENT, error)
    return fine(*_CLIENT, f"mode thick dengan {name} di {settings.client_lib_dir}")


def look_at_wallet(settings: ConnectionSettings, addresses: Sequence[Address]) -> Finding:
    """Tell whether the wallet suits the connection: its file, its lock, and that others cannot read it."""
    encrypted = any(address.protocol == "tcps" for address in addresses)
    if not settings.wallet_dir:
        if encrypted:
            return fine(*_WALLET, "TCPS tanpa wallet: sertifikat server harus dikenal sistem operasi mesin ini")
        return fine(*_WALLET, "tidak dipakai")
    folder = Path(settings.wallet_dir)
    file = folder / (_THICK_FILE if settings.client_lib_dir else _THIN_FILE)
    try:
        mode = file.stat().st_mode
        with file.open("rb") as opened:
            content = opened.read(_MOST_WALLET_BYTES)
    except OSError as error:
        return failed(*_WALLET, f"{file} tidak dapat dibaca: {error.strerror}", _file_remedy(settings, folder))
    if mode & stat.S_IRWXO:
        return failed(*_WALLET, f"{file} terbuka untuk semua orang di mesin ini", f"chmod o= {file}")
    if _ENCRYPTED_KEY in content:
        return failed(
            *_WALLET,
            f"{file} terkunci kata sandi, yang tidak disimpan program ini",
            f"openssl pkey -in {file} -out kunci.pem, lalu ganti blok kunci pada {file} dengan isi kunci.pem",
        )
    if addresses and not encrypted and not settings.wallet_login:
        return warning(
            *_WALLET,
            f"wallet {folder} tidak terpakai: connection.dsn memakai tcp",
            "tulis connection.dsn sebagai tcps://host:port/layanan, atau kosongkan wallet_dir",
        )
    return fine(*_WALLET, f"wallet {file}, " + ("TCPS" if encrypted else "berisi login"))


def _file_remedy(settings: ConnectionSettings, folder: Path) -> str:
    if settings.client_lib_dir:
        return f"orapki wallet create -wallet {folder} -auto_login"
    return f"openssl pkcs12 -in {folder}/ewallet.p12 -out {folder}/{_THIN_FILE} -nodes"
