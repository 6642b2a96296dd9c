# SPDX-License-Identifier: GPL-3.0-or-later
"""Wallets and certificates as the doctor sees them, at listeners that really speak TLS."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rehearsal_server import rehearsal_server
from siak_backup.doctor.finding import Mark
from siak_backup.doctor.wallet import look_at_certificate, look_at_wallet
from siak_backup.oracle.address import Address
from siak_backup.oracle.connection import ConnectionSettings

from rehearsal.certificates import issue

OK, WARNING, FAILED, UNKNOWN = Mark

TCP, TCPS = Address("tcp", "192.0.2.10", 1521), Address("tcps", "192.0.2.10", 2484)
NOW = datetime.now(UTC)
CA = issue("REHEARSAL CA", NOW + timedelta(days=365))


def settings(**changed: str) -> ConnectionSettings:
    return ConnectionSettings(**({"dsn": "x", "user": "x", "password": "x"} | changed))


def look(found_in: ConnectionSettings, *addresses: Address, notice_days: int = 14):
    return look_at_wallet(found_in, addresses, now=NOW, notice_days=notice_days)


def test_no_wallet_is_fine_with_and_without_tls():
    assert look(settings(), TCP).found == "tidak dipakai"
    assert "sistem operasi" in look(settings(), TCPS).found


@pytest.mark.parametrize(
    ("file", "mark", "words"),
    [
        ((CA.certificate_pem, 0o600, "", TCPS), OK, "hanya memuat CA"),
        ((CA.certificate_pem, 0o600, "", TCP), WARNING, "tidak terpakai"),
        ((b"sso", 0o600, "/client", TCPS), OK, "cwallet.sso, TCPS"),
        ((b"sso", 0o644, "/client", TCPS), FAILED, "chmod 600"),
        ((CA.certificate_pem, 0o644, "", TCPS), FAILED, "chmod 600"),
        ((b"bukan PEM", 0o600, "", TCPS), FAILED, "sertifikat CA"),
        ((None, 0o600, "", TCPS), FAILED, "openssl pkcs12"),
        ((None, 0o600, "/client", TCPS), FAILED, "orapki"),
    ],
)
def test_a_wallet_must_suit_the_connection(tmp_path, file, mark, words):
    content, mode, client, address = file
    if content is not None:
        wallet = tmp_path / ("cwallet.sso" if client else "ewallet.pem")
        wallet.write_bytes(content)
        wallet.chmod(mode)
    found = look(settings(wallet_dir=str(tmp_path), client_lib_dir=client), address)
    assert found.mark is mark
    assert words in f"{found.found} {found.remedy}"


def test_a_wallet_may_hold_the_login(tmp_path):
    (tmp_path / "cwallet.sso").write_bytes(b"sso")
    (tmp_path / "cwallet.sso").chmod(0o600)
    assert look(settings(password="", wallet_dir=str(tmp_path), client_lib_dir="/client"), TCP).mark is OK


@pytest.mark.parametrize(
    ("kind", "wallet", "words"),
    [
        ("sound", OK, "hanya memuat CA"),
        ("mutual", OK, "dua arah"),
        ("wallet-ends-soon", WARNING, "berakhir"),
    ],
)
def test_a_checkup_over_tls(clinic, tmp_path, kind, wallet, words):
    with rehearsal_server(tmp_path / "state", f"--tls={kind}", sukamara=20) as server:
        found = clinic.findings(connection=server["sukamara"].connection)
    assert found["wallet"].mark is wallet
    assert words in found["wallet"].found
    assert found["certificate"].mark is OK
    assert found["encryption"].found == "TLS (tcps)"
    assert found["login"].mark is OK


def test_a_wallet_that_has_ended_stops_before_the_login(clinic, tmp_path):
    with rehearsal_server(tmp_path / "state", "--tls=wallet-expired", sukamara=20) as server:
        found = clinic.not_fine(connection=server["sukamara"].connection)
    assert found.keys() == {"wallet", "inside"}
    assert "berakhir" in found["wallet"].found
    assert clinic.logins == 0


@pytest.mark.parametrize(
    ("kind", "words", "remedy"),
    [
        ("expired", "SIAK-205 sertifikat server sudah kedaluwarsa", "timedatectl"),
        ("other-name", "DPY-6006", "ssl_server_cert_dn"),
        ("no-client-key", "sertifikat klien", "wallet"),
    ],
)
def test_tls_that_does_not_come_about_is_a_line_of_its_own(clinic, tmp_path, kind, words, remedy):
    with rehearsal_server(tmp_path / "state", f"--tls={kind}", sukamara=20) as server:
        found = clinic.not_fine(connection=server["sukamara"].connection)
    assert found.keys() == {"encryption", "login", "inside"}
    assert words in found["encryption"].found
    assert remedy in found["encryption"].remedy


def test_a_listeners_certificate_is_watched(tmp_path):
    with rehearsal_server(tmp_path / "state", "--tls=expired", sukamara=20) as server:
        address = Address("tcps", "127.0.0.1", server.port)
        (ended,) = look_at_certificate(settings(), [TCP, address], now=NOW, notice_days=14)
        day_before = NOW - timedelta(days=2)
        (soon,) = look_at_certificate(settings(), [address], now=day_before, notice_days=14)
        (fine,) = look_at_certificate(settings(), [address], now=day_before, notice_days=0)
    assert (ended.mark, soon.mark, fine.mark) == (FAILED, WARNING, OK)
    silent = ConnectionSettings(dsn="x", user="x", password="x", connect_timeout_s=1.0, ssl_server_dn_match=False)
    unproven, gone = look_at_certificate(silent, [address], now=NOW, notice_days=14)
    assert (unproven.mark, gone.mark) == (WARNING, UNKNOWN)
    assert "ssl_server_dn_match" in unproven.remedy
    assert "openssl s_client" in gone.remedy


def test_a_wallet_is_not_followed_to_another_file(tmp_path):
    (tmp_path / "ca.pem").write_bytes(CA.certificate_pem)
    (tmp_path / "ewallet.pem").symlink_to(tmp_path / "ca.pem")
    assert look(settings(wallet_dir=str(tmp_path)), TCPS).mark is FAILED
    Path(tmp_path / "ewallet.pem").unlink()
    shutil.copy(tmp_path / "ca.pem", tmp_path / "ewallet.pem")
    (tmp_path / "ewallet.pem").chmod(0o600)
    assert look(settings(wallet_dir=str(tmp_path)), TCPS).mark is OK
