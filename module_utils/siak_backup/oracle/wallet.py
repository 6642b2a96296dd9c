# SPDX-License-Identifier: GPL-3.0-or-later
"""The wallet that the driver's thin mode reads: an ewallet.pem of certificates and, perhaps, this client's own key.

Looked at before anything connects, because the driver does not say what is wrong with one: a key that its password
does not open is silently not used, and a locked key without a password has OpenSSL ask for it on the terminal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from ..errors import ConfigError
from ..private_file import read_private_bytes

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes, PublicKeyTypes

    from .connection import ConnectionSettings

#: What each mode of the driver reads in the wallet's folder.
THIN_FILE: Final = "ewallet.pem"
THICK_FILE: Final = "cwallet.sso"

_MOST_BYTES = 1024 * 1024
_KEY = re.compile(rb"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----", re.DOTALL)
_NEW_WALLET = "minta DBA membuat wallet lagi"


@dataclass(frozen=True)
class Wallet:
    """What an ewallet.pem holds.

    `shows_client` tells that it has this client's key and certificate, which
    the server may demand. `ends_at` is when it will no longer do, and
    `subject` whose certificate ends then.
    """

    path: Path
    shows_client: bool
    ends_at: datetime
    subject: str


def wallet_file(settings: ConnectionSettings) -> Path:
    """Return the file of the wallet's folder that the chosen mode of the driver reads."""
    return Path(settings.wallet_dir) / (THICK_FILE if settings.client_lib_dir else THIN_FILE)


def read_wallet_file(settings: ConnectionSettings) -> bytes:
    """Return that file's content. Raises ConfigError: it is missing, unreadable, no regular file, or open to others."""
    path = wallet_file(settings)
    if not path.exists():
        remedy = f"openssl pkcs12 -in {path.parent}/ewallet.p12 -out {path}, atau salin sertifikat CA ke {path}"
        if settings.client_lib_dir:
            remedy = f"orapki wallet create -wallet {path.parent} -auto_login"
        raise ConfigError("berkas wallet tidak ada", where=str(path), remedy=remedy)
    return read_private_bytes(path, what="wallet", max_bytes=_MOST_BYTES)


def read_wallet(settings: ConnectionSettings, now: datetime) -> Wallet:
    """Read the wallet as thin mode will, its key unlocked. `now` is aware.

    Raises:
        ConfigError: the file cannot be used, its password is wrong or missing,
            its key has no certificate, or the time of a certificate is not now.
    """
    content = read_wallet_file(settings)
    path = wallet_file(settings)
    try:
        certificates = x509.load_pem_x509_certificates(content)
    except ValueError as error:
        raise ConfigError(
            "wallet tidak memuat sertifikat yang dapat dibaca",
            where=str(path),
            remedy=f"{_NEW_WALLET}, atau isi berkas itu dengan sertifikat CA dalam bentuk PEM",
        ) from error
    block = _KEY.search(content)
    own = None if block is None else _own_certificate(block[0], settings.wallet_secret(), certificates, path)
    # of authorities one is enough: what an old one has signed is none of ours
    others = [certificate for certificate in certificates if certificate is not own]
    needed = [one for one in (own, max(others, key=_end, default=None)) if one is not None]
    for certificate in needed:
        _within_its_time(certificate, path, now)
    first = min(needed, key=_end)
    return Wallet(path, own is not None, _end(first), first.subject.rfc4514_string())


def _end(certificate: x509.Certificate) -> datetime:
    return certificate.not_valid_after_utc


def _own_certificate(key: bytes, password: str, certificates: list[x509.Certificate], path: Path) -> x509.Certificate:
    """Return the certificate of a wallet's key. Raises ConfigError: the key does not open, or has none."""
    is_locked = b"ENCRYPTED" in key
    if is_locked and not password:
        raise ConfigError(
            "kunci di wallet terkunci kata sandi", where=str(path), remedy="isi connection.wallet_password_file"
        )
    try:
        opened = load_pem_private_key(key, password.encode() if is_locked else None)
    except ValueError as error:
        if is_locked:
            remedy = "samakan isi connection.wallet_password_file dengan kata sandi wallet"
            raise ConfigError("kata sandi wallet salah", where=str(path), remedy=remedy) from error
        raise ConfigError("kunci di wallet rusak", where=str(path), remedy=_NEW_WALLET) from error
    wanted = _bytes_of(opened.public_key())
    for certificate in certificates:
        if _bytes_of(certificate.public_key()) == wanted:
            return certificate
    raise ConfigError("kunci di wallet tanpa sertifikatnya sendiri", where=str(path), remedy=_NEW_WALLET)


def _bytes_of(key: PublicKeyTypes | CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _within_its_time(certificate: x509.Certificate, path: Path, now: datetime) -> None:
    name = certificate.subject.rfc4514_string()
    if now > _end(certificate):
        raise ConfigError(
            f"sertifikat {name} di wallet berakhir {_end(certificate):%Y-%m-%d}",
            where=str(path),
            remedy="minta DBA wallet baru; periksa juga jam mesin ini: timedatectl",
        )
    if now < certificate.not_valid_before_utc:
        raise ConfigError(
            f"sertifikat {name} di wallet baru berlaku {certificate.not_valid_before_utc:%Y-%m-%d}",
            where=str(path),
            remedy="periksa jam mesin ini: timedatectl",
        )
