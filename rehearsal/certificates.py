# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates for a listener that speaks TLS, and the wallet that a client needs: made anew at each start.

Below `<state dir>/tls`: `wallet/ewallet.pem` for the client, `wallet/password` if it is locked, and the server's own
`server-<kind>.pem`. The wallet has the shape that python-oracledb's thin mode reads: PEM blocks, one after the other.
"""

from __future__ import annotations

import os
import secrets
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from rehearsal.wire.options import Tls

_YEAR = timedelta(days=365)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        """The certificate's PEM block."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self, password: bytes = b"") -> bytes:
        """Return the key's PEM block, locked by a password if there is one."""
        lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)


class ListenerTls:
    """A CA, the wallet of its clients, and the contexts by which a listener shows one certificate or another.

    Everything is written into `folder` at once; `host` is the name that clients expect. Safe for use by one thread.
    """

    def __init__(self, folder: Path, kind: Tls, host: str) -> None:
        self._folder, self._kind, self._host = folder, kind, host
        self._authority = issue("REHEARSAL CA", datetime.now(UTC) + _YEAR)
        self._contexts: dict[Tls, ssl.SSLContext] = {}
        self._write_wallet(folder / "wallet")

    def context(self, kind: Tls | None = None) -> ssl.SSLContext:
        """Return the context for a listener of `kind`, by default of the one that was asked for."""
        kind = kind or self._kind
        if kind not in self._contexts:
            self._contexts[kind] = self._make_context(kind)
        return self._contexts[kind]

    def _make_context(self, kind: Tls) -> ssl.SSLContext:
        now = datetime.now(UTC)
        signer = issue("REHEARSAL OTHER CA", now + _YEAR) if kind is Tls.OTHER_CA else self._authority
        name = "lain.rehearsal.invalid" if kind is Tls.OTHER_NAME else self._host
        server = issue(name, now - _DAY if kind is Tls.EXPIRED else now + _YEAR, by=signer)
        path = self._folder / f"server-{kind}.pem"
        _write(path, server.key_pem() + server.certificate_pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        if kind.asks_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=self._authority.certificate_pem.decode("ascii"))
        return context

    def _write_wallet(self, wallet: Path) -> None:
        wallet.mkdir(mode=0o700, parents=True, exist_ok=True)
        (wallet / "password").unlink(missing_ok=True)
        blocks = [self._authority.certificate_pem]
        if self._kind.asks_client and self._kind is not Tls.NO_CLIENT_KEY:
            now = datetime.now(UTC)
            ends = {Tls.WALLET_EXPIRED: now - _DAY, Tls.WALLET_ENDS_SOON: now + 5 * _DAY}.get(self._kind, now + _YEAR)
            client = issue("siak-backup", ends, by=self._authority)
            password = secrets.token_urlsafe(12)
            _write(wallet / "password", password.encode() + b"\n")
            blocks = [client.key_pem(password.encode()), client.certificate_pem, *blocks]
        _write(wallet / "ewallet.pem", b"".join(blocks))


def issue(name: str, ends_at: datetime, *, by: Pair | None = None) -> Pair:
    """Return a new key and a certificate for `name` that is good until `ends_at`; without `by` it is a CA's own."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signing_key = by.key if by else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends_at - 2 * _YEAR)
        .not_valid_after(ends_at)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
    )
    if by is None:
        usage = {"key_cert_sign": True, "crl_sign": True, "digital_signature": False}
    else:
        usage = {"key_cert_sign": False, "crl_sign": False, "digital_signature": True}
        names = [x509.DNSName("localhost"), x509.DNSName(name)] if name == "127.0.0.1" else [x509.DNSName(name)]
        purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False).add_extension(
            x509.ExtendedKeyUsage(purposes), critical=False
        )
    others = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
         "decipher_only"), False
    )  # fmt: skip
    builder = builder.add_extension(x509.KeyUsage(**usage, **others), critical=True)
    return Pair(builder.sign(signing_key, hashes.SHA256()), key)


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
