# SPDX-License-Identifier: GPL-3.0-or-later
"""The listener behind TLS: the unmodified driver, and clients that do not speak it."""

from __future__ import annotations

import socket

import oracledb
import pytest
from scripted import ScriptedEngine

from rehearsal.wire.options import Tls


@pytest.fixture
def connect(tmp_path):
    """Log on with the wallet."""

    def log_on(server):
        wallet = tmp_path / "tls/wallet"
        password = wallet / "password"
        return server.connect(
            protocol="tcps",
            wallet_location=str(wallet),
            wallet_password=password.read_text().strip() if password.exists() else None,
        )

    return log_on


@pytest.mark.parametrize("kind", [Tls.SOUND, Tls.MUTUAL])
def test_a_client_with_its_wallet_is_served(start_tls, connect, kind):
    server = start_tls(ScriptedEngine(), kind)
    with connect(server) as connection:
        connection.ping()
        assert server.engine.sessions[0].client["network_protocol"] == "tcps"
    assert server.engine.sessions[0].closed.wait(5)


def test_a_client_without_its_key_is_not_let_in(start_tls, connect):
    server = start_tls(ScriptedEngine(), Tls.NO_CLIENT_KEY)
    with pytest.raises(oracledb.Error):
        connect(server)
    assert not server.engine.sessions


def test_one_that_does_not_speak_tls_disturbs_nobody(start_tls, connect):
    server = start_tls(ScriptedEngine(), Tls.SOUND)
    with pytest.raises(oracledb.Error, match="DPY-4011"):
        server.connect()
    with socket.create_connection(("127.0.0.1", server.port)), connect(server) as other:
        other.ping()


def test_the_certificate_may_change_while_it_listens(start_tls, connect):
    shown = []
    server = start_tls(ScriptedEngine(), Tls.SOUND, certificate=lambda: shown[-1] if shown else None)
    for kind, words in ((Tls.EXPIRED, "expired"), (Tls.OTHER_NAME, "DPY-6006"), (Tls.OTHER_CA, "issuer")):
        shown.append(kind)
        with pytest.raises(oracledb.Error, match=words):
            connect(server)
    shown.clear()
    connect(server).close()
