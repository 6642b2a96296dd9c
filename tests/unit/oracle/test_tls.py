# SPDX-License-Identifier: GPL-3.0-or-later
"""The unmodified driver over TLS: wallets, names, and what is said when it does not come about."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import cache

import pytest
from exporting import export, settings_of
from rehearsal_server import rehearsal_server
from siak_backup.errors import ConfigError, ConnectError, TlsError
from siak_backup.oracle import statements
from siak_backup.oracle.address import Address
from siak_backup.oracle.connection import ConnectionSettings
from siak_backup.oracle.session import Link, open_session
from siak_backup.oracle.tls_errors import tls_trouble
from siak_backup.oracle.tls_look import server_certificate_end, speaks_tls


@pytest.fixture(scope="module")
def server_of(tmp_path_factory) -> Iterator:
    """Servers by what is true of their certificates, each started once."""
    with ExitStack() as stack:

        @cache
        def start(kind):
            state = tmp_path_factory.mktemp("tls") / "state"
            return stack.enter_context(rehearsal_server(state, f"--tls={kind}", sukamara=30))

        yield start


@pytest.fixture
def settings_at(server_of):
    return lambda kind: settings_of(server_of(kind)["sukamara"])


@pytest.mark.parametrize("kind", ["sound", "mutual", "wallet-ends-soon"])
def test_a_wallet_is_enough(settings_at, kind):
    with open_session(settings_at(kind)) as session:
        assert session.value(statements.PROTOCOL) == "tcps"


def test_an_export_and_its_pull_go_over_tls(server_of, plan_of):
    database = server_of("mutual")["sukamara"]
    with Link(lambda: open_session(settings_of(database))) as link:
        result = export(link, plan_of(server="sukamara", directory=database.directory))
        piece, _ = result.pieces[0]
        with link.session.errors():
            ((pulled,),) = link.session.rows(statements.BFILE, directory=database.directory, filename=piece)
            assert pulled.read() == (database.directory_path / piece).read_bytes()


def test_the_name_may_be_left_unproven_or_given(settings_at):
    other = settings_at("other-name")
    for changed in ({"ssl_server_dn_match": False}, {"ssl_server_cert_dn": "CN=lain.rehearsal.invalid"}):
        open_session(replace(other, **changed)).close()


@pytest.mark.parametrize(
    ("kind", "changed", "words"),
    [
        ("expired", {}, "sertifikat server sudah kedaluwarsa"),
        ("other-name", {}, "DPY-6006"),
        ("sound", {"ssl_server_cert_dn": "CN=lain"}, "DPY-6002"),
        ("other-ca", {}, "CA yang tidak dikenal"),
        ("sound", {"wallet_dir": ""}, "CA yang tidak dikenal"),
        ("mutual", {"wallet_dir": "", "wallet_password_file": ""}, "CA yang tidak dikenal"),
        ("no-client-key", {}, "meminta sertifikat klien"),
    ],
)
def test_tls_that_does_not_come_about_says_why(settings_at, kind, changed, words):
    with pytest.raises(TlsError, match=words) as refused:
        open_session(replace(settings_at(kind), **changed))
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("kind", "changed", "words"),
    [
        ("mutual", {"wallet_password": "salah", "wallet_password_file": ""}, "kata sandi wallet salah"),
        ("mutual", {"wallet_password_file": ""}, "terkunci kata sandi"),
        ("wallet-expired", {}, "di wallet berakhir"),
        ("sound", {"wallet_dir": "/nowhere"}, "berkas wallet tidak ada"),
    ],
)
def test_a_wallet_that_cannot_be_used_is_a_setting_to_correct(settings_at, kind, changed, words):
    with pytest.raises(ConfigError, match=words) as refused:
        open_session(replace(settings_at(kind), **changed))
    assert "salah" not in str(refused.value).replace(words, "")


def test_tcp_at_a_tls_port_is_told_apart_from_a_dropped_line(settings_at):
    settings = settings_at("sound")
    with pytest.raises(TlsError, match="hanya menerima TLS") as refused:
        open_session(replace(settings, dsn=settings.dsn.removeprefix("tcps://")))
    assert "tcps://" in refused.value.remedy


def test_tls_at_a_tcp_port_is_told(database):
    settings = ConnectionSettings(dsn=f"tcps://{database.dsn}", user="x", password="x")
    with pytest.raises(TlsError, match="tidak berbicara TLS") as refused:
        open_session(settings)
    assert "2484" in refused.value.remedy


def test_a_listener_that_closes_at_once_without_tls_stays_what_it_is(rehearsal, database):
    with rehearsal.faults(database.service, refuse="closed"), pytest.raises(ConnectError, match="DPY-4011") as refused:
        open_session(settings_of(database))
    assert "TLS" not in str(refused.value)


def test_a_line_that_drops_within_tls_is_a_lost_line(server_of, settings_at):
    server = server_of("sound")
    with open_session(settings_at("sound")) as session:
        with server.faults("sukamara", drop_after_bytes=0), pytest.raises(ConnectError, match="DPY-4011") as refused:
            session.value(statements.CURRENT_SCN)
        assert "sertifikat" not in str(refused.value)


def test_another_failure_over_tls_keeps_its_own_words(settings_at):
    settings = settings_at("sound")
    with pytest.raises(ConnectError, match="ORA-12514"):
        open_session(replace(settings, dsn=settings.dsn.replace("sukamara", "nowhere")))


def test_a_look_at_a_listener(server_of, database):
    ciphered = Address("tcps", "127.0.0.1", server_of("mutual").port)
    plain = Address("tcp", "127.0.0.1", int(database.dsn.split(":")[1].partition("/")[0]))
    assert speaks_tls(ciphered, 5)
    assert not speaks_tls(plain, 5)
    assert server_certificate_end(ciphered, 5) is not None
    assert server_certificate_end(plain, 5) is None
    assert not speaks_tls(Address("tcp", "127.0.0.1", 9), 5)


def ssl_error(reason: str, kind: type[ssl.SSLError] = ssl.SSLError) -> Exception:
    error = RuntimeError("DPY-6005")
    error.__cause__ = kind(1, reason)
    error.__cause__.reason = reason
    return error


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "sertifikat klien"),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", "sertifikat klien"),
        ("TLSV1_ALERT_PROTOCOL_VERSION", "versi TLS"),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", "versi TLS"),
        ("WRONG_VERSION_NUMBER", "tidak berbicara TLS"),
    ],
)
def test_what_openssl_says_is_sorted(reason, words):
    told = tls_trouble(ssl_error(reason), shows_client=True)
    assert told is not None
    assert words in told.what
    assert reason in told.what


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (9, "belum berlaku"),
        (10, "kedaluwarsa"),
        (18, "CA yang tidak dikenal"),
        (66, "terlalu lemah"),
        (7, "ditolak: rusak"),
    ],
)
def test_what_openssl_thinks_of_a_certificate_is_sorted(code, words):
    error = ssl_error("CERTIFICATE_VERIFY_FAILED", ssl.SSLCertVerificationError)
    error.__cause__.verify_code, error.__cause__.verify_message = code, "rusak"
    told = tls_trouble(error, shows_client=True)
    assert told is not None
    assert words in told.what


def test_what_is_not_tls_is_left_alone():
    assert tls_trouble(RuntimeError("DPY-6005"), shows_client=True) is None
