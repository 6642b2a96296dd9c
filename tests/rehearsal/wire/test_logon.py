# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may in, and what the others are told."""

from __future__ import annotations

import threading

import oracledb
import pytest
from scripted import ONE, ScriptedEngine, one

from rehearsal.wire.auth import VERIFIER_11G, VERIFIER_11G_OLD, VERIFIER_12C, make_verifier


def code_of(caught) -> str:
    return caught.value.args[0].full_code


@pytest.mark.parametrize("kind", [VERIFIER_11G, VERIFIER_11G_OLD, VERIFIER_12C])
def test_each_verifier_lets_the_right_password_in_and_no_other(start, kind):
    server = start(ScriptedEngine({ONE: one()}, verifier_kind=kind))
    with server.connect() as connection:
        assert connection.cursor().execute(ONE).fetchone() == (1,)
    for wrong in ("rahasia-620899", "x", "Rahasia-620899 "):
        with pytest.raises(oracledb.DatabaseError) as caught:
            server.connect(password=wrong)
        assert code_of(caught) == "ORA-01017"
    assert server.engine.failed_logins == ["SCOTT"] * 3


def test_unknown_user_looks_like_a_wrong_password(start):
    server = start(ScriptedEngine())
    with pytest.raises(oracledb.DatabaseError) as caught:
        server.connect(user="nobody")
    assert code_of(caught) == "ORA-01017"
    assert server.engine.sessions == []


def test_locked_account_is_told_so(start):
    with pytest.raises(oracledb.DatabaseError) as caught:
        start(ScriptedEngine()).connect(user="locked")
    assert code_of(caught) == "ORA-28000"


def test_no_administrative_logon(start):
    with pytest.raises(oracledb.DatabaseError) as caught:
        start(ScriptedEngine()).connect(mode=oracledb.AUTH_MODE_SYSDBA)
    assert code_of(caught) == "ORA-01031"


def test_unknown_service(start):
    with pytest.raises(oracledb.OperationalError, match="DPY-6001"):
        start(ScriptedEngine()).connect(service_name="TIDAK_ADA")


def test_unknown_sid(start):
    with pytest.raises(oracledb.OperationalError, match="DPY-6003"):
        start(ScriptedEngine()).connect(service_name=None, sid="GLADI")


def test_service_name_in_any_case_and_facts_of_the_connection(start):
    server = start(ScriptedEngine())
    with server.connect(service_name="gladi", user='"SCOTT"') as connection:
        assert connection.version == "12.1.0.2.0"
        assert connection.service_name == "GLADI"
        assert connection.instance_name == "gladi1"
        assert connection.thin
    client = server.engine.sessions[0].client
    assert client["program"]
    assert client["machine"]
    assert client["driver"].startswith("python-oracledb")


def test_session_closes_with_its_connection(start):
    server = start(ScriptedEngine())
    server.connect().close()
    assert server.engine.sessions[0].closed.wait(5)


class FailingEngine(ScriptedEngine):
    def open_session(self, service, user, client, *, become=""):
        raise ZeroDivisionError


class SlowEngine(ScriptedEngine):
    def __init__(self):
        super().__init__()
        self.opening, self.release, self.opened = threading.Event(), threading.Event(), threading.Event()

    def open_session(self, service, user, client, *, become=""):
        self.opening.set()
        assert self.release.wait(10)
        session = super().open_session(service, user, client, become=become)
        self.opened.set()
        return session


def test_failing_engine_ends_that_connection_only(start, caplog):
    server = start(FailingEngine())
    for _ in range(2):
        with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
            server.connect()
    assert "ZeroDivisionError" in caplog.text


def test_session_that_opens_for_a_client_who_is_gone_is_closed(start):
    engine = SlowEngine()
    server = start(engine)
    client = threading.Thread(target=pytest.raises, args=(oracledb.DatabaseError, server.connect))
    client.start()
    assert engine.opening.wait(5)
    server.loop.call_soon_threadsafe(server.listener.close)
    client.join(5)
    engine.release.set()
    assert engine.opened.wait(5)
    assert engine.sessions[0].closed.wait(5)


def test_verifier_holds_neither_the_password_nor_the_same_salt_twice():
    first, second = make_verifier("Rahasia"), make_verifier("Rahasia")
    assert first.key != second.key
    assert b"Rahasia" not in first.key + first.salt
    with pytest.raises(ValueError, match="0x939"):
        make_verifier("Rahasia", 0x939)
