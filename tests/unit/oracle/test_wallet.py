# SPDX-License-Identifier: GPL-3.0-or-later
"""What an ewallet.pem may be, and everything that is wrong with one, before anything connects."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from siak_backup.errors import ConfigError
from siak_backup.oracle.connection import ConnectionSettings
from siak_backup.oracle.wallet import read_wallet

from rehearsal.certificates import issue

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
CA = issue("REHEARSAL CA", NOW + 300 * DAY)
OLD_CA = issue("REHEARSAL OLD CA", NOW - DAY)
OWN = issue("siak-backup", NOW + 30 * DAY, by=CA)
OTHER = issue("lain", NOW + 30 * DAY, by=CA)
PASSWORD = "kunci-wallet"


@pytest.fixture
def wallet_of(tmp_path):
    """Write PEM blocks and return the settings that lead to them."""

    def write(*blocks: bytes, password: str = PASSWORD) -> ConnectionSettings:
        path = tmp_path / "ewallet.pem"
        path.write_bytes(b"Bag Attributes: <No Attributes>\n".join(blocks))
        path.chmod(0o600)
        return ConnectionSettings(
            dsn="tcps://x:2484/x", user="x", password="x", wallet_dir=str(tmp_path), wallet_password=password
        )

    return write


def test_a_ca_alone_is_a_wallet(wallet_of):
    wallet = read_wallet(wallet_of(CA.certificate_pem), NOW)
    assert not wallet.shows_client
    assert wallet.subject == "CN=REHEARSAL CA"
    assert wallet.ends_at == CA.certificate.not_valid_after_utc


@pytest.mark.parametrize("lock", [b"", PASSWORD.encode()])
def test_a_key_with_its_certificate_shows_the_client(wallet_of, lock):
    wallet = read_wallet(wallet_of(OWN.key_pem(lock), CA.certificate_pem, OWN.certificate_pem), NOW)
    assert wallet.shows_client
    assert wallet.subject == "CN=siak-backup"


def test_an_old_authority_beside_a_good_one_does_no_harm(wallet_of):
    assert read_wallet(wallet_of(OLD_CA.certificate_pem, CA.certificate_pem), NOW).subject == "CN=REHEARSAL CA"


@pytest.mark.parametrize(
    ("blocks", "password", "words"),
    [
        ((OWN.key_pem(b"lain"), OWN.certificate_pem), PASSWORD, "kata sandi wallet salah"),
        ((OWN.key_pem(b"lain"), OWN.certificate_pem), "", "terkunci kata sandi"),
        ((OWN.key_pem(), OTHER.certificate_pem), "", "tanpa sertifikatnya sendiri"),
        ((OWN.key_pem(),), "", "tidak memuat sertifikat"),
        ((b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", CA.certificate_pem), "", "rusak"),
        ((b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",), "", "tidak memuat sertifikat"),
        ((OLD_CA.certificate_pem,), "", "REHEARSAL OLD CA di wallet berakhir"),
    ],
)
def test_what_is_wrong_is_said(wallet_of, blocks, password, words):
    with pytest.raises(ConfigError, match=words) as refused:
        read_wallet(wallet_of(*blocks, password=password), NOW)
    assert "ewallet.pem" in refused.value.where
    assert refused.value.remedy
    assert "lain" not in str(refused.value)


def test_a_certificate_may_not_have_begun(wallet_of):
    with pytest.raises(ConfigError, match="baru berlaku"):
        read_wallet(wallet_of(CA.certificate_pem), NOW - timedelta(days=1000))


def test_the_password_comes_from_a_file(wallet_of, tmp_path):
    secret = tmp_path / "wallet.password"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    settings = wallet_of(OWN.key_pem(PASSWORD.encode()), OWN.certificate_pem, password="")
    assert read_wallet(replace(settings, wallet_password_file=str(secret)), NOW).shows_client
    secret.chmod(0o644)
    with pytest.raises(ConfigError, match="terbuka"):
        read_wallet(replace(settings, wallet_password_file=str(secret)), NOW)
