# SPDX-License-Identifier: GPL-3.0-or-later
"""Why TLS did not come about, by what Python's ssl said below the driver's error.

Numbers: X509_V_ERR_* of OpenSSL's x509_vfy.h. Alerts: RFC 8446, section 6, as OpenSSL names their reasons.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Final

#: The driver has no code of its own for these; DPY-6005 says only that there is no connection.
TLS_CODE: Final = "DPY-6005"

_CLOCKS = "periksa jam kedua mesin: timedatectl; bila benar, minta DBA memperbarui sertifikat listener"
_AUTHORITY = (
    "minta DBA sertifikat CA yang menandatangani sertifikat listener dan salin ke wallet_dir sebagai ewallet.pem"
)
_PORT = "periksa port pada connection.dsn (TCPS biasanya 2484), atau hapus tcps:// bila listener hanya TCP"
_CLIENT = "minta DBA wallet yang memuat kunci dan sertifikat klien ini, dari CA yang dikenal server"
_STRONGER = "minta DBA sertifikat listener dengan kunci RSA 2048 bit dan SHA-256 atau lebih kuat"
_VERSION = "minta DBA mengaktifkan TLS 1.2 atau lebih baru pada listener (SSL_VERSION), atau isi client_lib_dir"


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a TLS connection, and what to do."""

    what: str
    remedy: str


_ENDED, _NOT_BEGUN = 10, 9
_UNKNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21})
_TOO_WEAK = frozenset({66, 67, 68})

#: The server wants a certificate of this client, or another one than it was shown.
_OF_CLIENT = frozenset(
    {
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
        "TLSV1_ALERT_ACCESS_DENIED",
        "TLSV1_ALERT_UNKNOWN_CA",
    }
)

_OF_VERSION = frozenset(
    {"NO_PROTOCOLS_AVAILABLE", "TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "DH_KEY_TOO_SMALL"}
)


def tls_trouble(error: BaseException, *, shows_client: bool) -> Trouble | None:
    """Return what TLS stumbled on below a driver's error, None if it was something else.

    `shows_client` tells whether the wallet has a certificate of this client.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__
    if cause is None:
        return None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _of_server(cause)
    reason = cause.reason or ""
    # with TLS 1.3 a server refuses a client only after the client's side is done: the line just ends
    after_handshake = isinstance(cause, ssl.SSLEOFError) and not reason
    if reason in _OF_CLIENT or after_handshake:
        return closed_by_server(reason, shows_client=shows_client)
    if reason in _OF_VERSION or "HANDSHAKE_FAILURE" in reason:
        return Trouble(f"server dan mesin ini tidak sepakat tentang versi TLS [{reason}]", _VERSION)
    return Trouble(f"port itu tidak berbicara TLS [{reason or type(cause).__name__}]", _PORT)


def _of_server(cause: ssl.SSLCertVerificationError) -> Trouble:
    if cause.verify_code == _ENDED:
        return Trouble("sertifikat server sudah kedaluwarsa", _CLOCKS)
    if cause.verify_code == _NOT_BEGUN:
        return Trouble("sertifikat server belum berlaku", _CLOCKS)
    if cause.verify_code in _UNKNOWN_AUTHORITY:
        return Trouble("sertifikat server ditandatangani CA yang tidak dikenal mesin ini", _AUTHORITY)
    if cause.verify_code in _TOO_WEAK:
        return Trouble(f"sertifikat server terlalu lemah: {cause.verify_message}", _STRONGER)
    return Trouble(f"sertifikat server ditolak: {cause.verify_message}", _AUTHORITY)


def closed_by_server(reason: str, *, shows_client: bool) -> Trouble:
    """Return the likely cause of a line that the server closed once TLS was up; `reason` is its alert, if any."""
    told = f" [{reason}]" if reason else ""
    if shows_client:
        return Trouble(f"server menutup sambungan TLS; mungkin ia menolak sertifikat klien dari wallet{told}", _CLIENT)
    return Trouble(
        f"server menutup sambungan TLS; mungkin ia meminta sertifikat klien, dan wallet tidak memuatnya{told}", _CLIENT
    )
