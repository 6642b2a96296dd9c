# SPDX-License-Identifier: GPL-3.0-or-later
"""O5LOGON: the client proves its password, the server proves that it knew the verifier.

Both sides encrypt a random key with the verifier's key, mix the two into a session key and send the
password, respectively a fixed text, encrypted with that. All AES is CBC with a zero IV; binary
travels as upper-case hex. Scheme 11g is described in CVE-2012-3137's analysis, 12c in the driver's source.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from ..contract import OracleError, Verifier

VERIFIER_11G = 0xB152
VERIFIER_11G_OLD = 0x1B25
VERIFIER_12C = 0x4815
SALT_PREFIX_BYTES = 16
VERIFIER_ITERATIONS = 4096
SESSION_ITERATIONS = 3
SPEEDY_KEY_INFO = b"AUTH_PBKDF2_SPEEDY_KEY"
SERVER_PROOF = b"SERVER_TO_CLIENT"


def make_verifier(password: str, kind: int = VERIFIER_12C) -> Verifier:
    """Return what a server keeps of `password`, with a fresh salt.

    `kind` is 0x4815 (12c) or 0xB152 or 0x1B25 (11g); raises ValueError for any other.
    """
    salt = os.urandom(_scheme(kind).salt_bytes)
    iterations = VERIFIER_ITERATIONS if kind == VERIFIER_12C else 0
    return Verifier(kind, salt, _scheme(kind).derive(password.encode(), salt, iterations), iterations)


def invalid_credentials() -> OracleError:
    """Return the one answer to an unknown user and to a wrong password."""
    return OracleError(1017, "invalid username/password; logon denied")


class _Scheme(Protocol):
    salt_bytes: int
    random_bytes: int

    def derive(self, password: bytes, salt: bytes, iterations: int) -> bytes: ...
    def mix(self, server: bytes, client: bytes, mix_salt: bytes) -> bytes: ...


class _Scheme11g:
    salt_bytes = 10
    random_bytes = 48

    def derive(self, password: bytes, salt: bytes, iterations: int) -> bytes:  # noqa: ARG002 - the 12c scheme iterates
        digest = hashlib.sha1(password + salt).digest()  # noqa: S324 - SHA-1 is what 11g uses
        return digest + bytes(4)

    def mix(self, server: bytes, client: bytes, mix_salt: bytes) -> bytes:  # noqa: ARG002 - only 12c salts the mix
        mixed = bytes(a ^ b for a, b in zip(server[16:40], client[16:40], strict=True))
        halves = (hashlib.md5(half).digest() for half in (mixed[:16], mixed[16:]))  # noqa: S324 - MD5 is what 11g uses
        return b"".join(halves)[:24]


class _Scheme12c:
    salt_bytes = 16
    random_bytes = 32

    def derive(self, password: bytes, salt: bytes, iterations: int) -> bytes:
        speedy = hashlib.pbkdf2_hmac("sha512", password, salt + SPEEDY_KEY_INFO, iterations, 64)
        return hashlib.sha512(speedy + salt).digest()[:32]

    def mix(self, server: bytes, client: bytes, mix_salt: bytes) -> bytes:
        text = (client + server).hex().upper().encode()
        return hashlib.pbkdf2_hmac("sha512", text, mix_salt, SESSION_ITERATIONS, 32)


def _scheme(kind: int) -> _Scheme:
    if kind == VERIFIER_12C:
        return _Scheme12c()
    if kind in (VERIFIER_11G, VERIFIER_11G_OLD):
        return _Scheme11g()
    raise ValueError(f"no verifier of kind 0x{kind:X}")


class Decoys:
    """Challenges for users who do not exist, so that they look like users who do.

    A name gets the same salt each time, as a real one would; no password opens them.
    """

    def __init__(self) -> None:
        self._secret = os.urandom(32)

    def verifier(self, service: str, user: str) -> Verifier:
        """Return a verifier of the 12c kind whose key nobody knows."""
        digest = hmac.digest(self._secret, f"{service}\0{user}".encode(), "sha512")
        salt, key = digest[:SALT_PREFIX_BYTES], digest[SALT_PREFIX_BYTES : SALT_PREFIX_BYTES + 32]
        return Verifier(VERIFIER_12C, salt, key, VERIFIER_ITERATIONS)


@dataclass(frozen=True)
class Challenge:
    """The server's half of one logon: made for phase one, asked again in phase two."""

    verifier: Verifier
    server_key: bytes
    mix_salt: bytes

    @classmethod
    def fresh(cls, verifier: Verifier) -> Challenge:
        """Draw new random keys for `verifier`."""
        return cls(verifier, os.urandom(_scheme(verifier.kind).random_bytes), os.urandom(16))

    def pairs(self) -> list[tuple[str, str, int]]:
        """Return phase one's reply as (key, value, flags)."""
        verifier = self.verifier
        pairs = [
            ("AUTH_SESSKEY", _hex(_encrypt(verifier.key, self.server_key)), 0),
            ("AUTH_VFR_DATA", _hex(verifier.salt), verifier.kind),
        ]
        if verifier.kind == VERIFIER_12C:
            pairs += [
                ("AUTH_PBKDF2_CSK_SALT", _hex(self.mix_salt), 0),
                ("AUTH_PBKDF2_VGEN_COUNT", str(verifier.iterations), 0),
                ("AUTH_PBKDF2_SDER_COUNT", str(SESSION_ITERATIONS), 0),
            ]
        return pairs

    def check(self, answer: Mapping[str, str]) -> str:
        """Check phase two's pairs; return AUTH_SVR_RESPONSE, the server's proof, or raise ORA-01017."""
        verifier, scheme = self.verifier, _scheme(self.verifier.kind)
        try:
            client_key = _decrypt(verifier.key, bytes.fromhex(answer["AUTH_SESSKEY"]))
            session_key = scheme.mix(self.server_key, client_key[: scheme.random_bytes], self.mix_salt)
            password = _unpad(_decrypt(session_key, bytes.fromhex(answer["AUTH_PASSWORD"])))[SALT_PREFIX_BYTES:]
        except (KeyError, ValueError):
            # a wrong password gives a wrong session key, and that shows as broken padding
            raise invalid_credentials() from None
        derived = scheme.derive(password, verifier.salt, verifier.iterations)
        if not hmac.compare_digest(derived, verifier.key):
            raise invalid_credentials()
        return _hex(_encrypt(session_key, _pad(os.urandom(SALT_PREFIX_BYTES) + SERVER_PROOF)))


def _hex(data: bytes) -> str:
    return data.hex().upper()


def _cipher(key: bytes) -> Cipher[CBC]:
    return Cipher(AES(key), CBC(bytes(16)))


def _encrypt(key: bytes, data: bytes) -> bytes:
    encryptor = _cipher(key).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def _decrypt(key: bytes, data: bytes) -> bytes:
    decryptor = _cipher(key).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _pad(data: bytes) -> bytes:
    padder = PKCS7(128).padder()
    return padder.update(data) + padder.finalize()


def _unpad(data: bytes) -> bytes:
    unpadder = PKCS7(128).unpadder()
    return unpadder.update(data) + unpadder.finalize()
