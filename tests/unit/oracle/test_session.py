# SPDX-License-Identifier: GPL-3.0-or-later
"""The real driver over TCP against the rehearsal server."""

from __future__ import annotations

import socket

import pytest
from siak_backup.errors import ConfigError, ConnectError, LoginError, StatementError
from siak_backup.oracle import statements
from siak_backup.oracle.connection import ConnectionSettings
from siak_backup.oracle.logon import client_release
from siak_backup.oracle.session import Link, Text, open_session


def test_a_session_knows_whom_it_speaks_to(session):
    assert session.version == "12.2.0.1.0"
    assert session.user == "SIAK_BACKUP"
    assert session.value(statements.NLS, parameter="NLS_CHARACTERSET") == "AL32UTF8"


def test_no_row_is_none_and_rows_are_tuples(session):
    assert session.value(statements.DIRECTORY_PATH, directory="NO_SUCH_DIRECTORY") is None
    assert ("CREATE TABLE",) in session.rows(statements.SESSION_PRIVILEGES)


def test_a_wrong_password_is_tried_once_and_not_told(rehearsal):
    database = rehearsal["lamandau"]
    settings = ConnectionSettings(dsn=database.dsn, user=database.user, password="bukan-sandinya")
    with pytest.raises(LoginError, match="ORA-01017") as refused:
        open_session(settings)
    assert "bukan-sandinya" not in str(refused.value) + repr(refused.value.__cause__)


def test_an_unknown_service_is_named(rehearsal):
    settings = ConnectionSettings(dsn=f"127.0.0.1:{rehearsal.port}/nowhere", user="x", password="x")
    with pytest.raises(ConnectError, match="ORA-12514") as refused:
        open_session(settings)
    assert "nowhere" in str(refused.value)


def test_nobody_listening_is_a_connect_error():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dsn = f"127.0.0.1:{free.getsockname()[1]}/x"
        with pytest.raises(ConnectError, match="DPY-6005"):
            open_session(ConnectionSettings(dsn=dsn, user="x", password="x", connect_timeout_s=5))


def test_an_absent_client_library_is_a_setting_to_correct(tmp_path):
    settings = ConnectionSettings(dsn="x", user="x", password="x", client_lib_dir=str(tmp_path))
    with pytest.raises(ConfigError, match="client_lib_dir"):
        open_session(settings)


def test_a_refused_statement_keeps_oracles_code(session):
    with pytest.raises(StatementError) as refused:
        session.rows("SELECT nothing FROM no_such_table")
    assert refused.value.oracle_code == "ORA-00942"


def test_a_text_that_would_become_a_lob_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="8192"):
        Text(8192)


def test_a_closed_session_is_a_lost_connection(connect):
    session = connect()
    session.close()
    session.close()
    with pytest.raises(ConnectError):
        session.value(statements.CURRENT_SCN)


class Outage:
    """A connect that is refused a number of times, with a clock that only pauses move."""

    def __init__(self, connect, refusals, error=None):
        self.connect = connect
        self.refusals = refusals
        self.error = error or ConnectError("tidak menjawab")
        self.now = 0.0
        self.pauses = []
        self.attempts = 0

    def __call__(self):
        self.attempts += 1
        if 1 < self.attempts <= 1 + self.refusals:
            raise self.error
        return self.connect()

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds

    def link(self, patience_s):
        return Link(self, patience_s=patience_s, sleep=self.sleep, monotonic=lambda: self.now)


def test_a_link_waits_longer_each_time_and_comes_back(connect):
    outage = Outage(connect, refusals=7)
    with outage.link(patience_s=600) as link:
        before = link.session
        assert link.reconnect() is link.session is not before
        assert outage.pauses == [1, 2, 4, 8, 16, 30, 30]
        assert link.reconnects == 1
        assert link.session.value(statements.CURRENT_SCN) > 0


def test_patience_ends(connect):
    outage = Outage(connect, refusals=99)
    with outage.link(patience_s=60) as link:
        with pytest.raises(ConnectError):
            link.reconnect()
        assert outage.now <= 60


def test_a_refused_login_is_never_repeated(connect):
    outage = Outage(connect, refusals=99, error=LoginError("akun terkunci"))
    with outage.link(patience_s=600) as link:
        with pytest.raises(LoginError):
            link.reconnect()
        assert outage.pauses == []


def test_reading_is_repeated_once_on_a_new_line(link):
    link.session.close()
    assert link.retry(lambda session: session.value(statements.CURRENT_SCN)) > 0
    assert link.reconnects == 1


def test_a_name_that_nobody_knows_is_a_connect_error():
    with pytest.raises(ConnectError, match="tidak dapat dihubungi") as refused:
        open_session(ConnectionSettings(dsn="siak.invalid:1521/x", user="x", password="x", connect_timeout_s=5))
    assert "nama host" in refused.value.remedy


def test_thin_mode_has_no_client_release():
    assert client_release() is None


def test_oracle_has_nothing_to_remark(session):
    assert session.warning == ""
