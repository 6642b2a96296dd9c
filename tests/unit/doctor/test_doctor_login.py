# SPDX-License-Identifier: GPL-3.0-or-later
"""The way in: what stands in it, and that an account is asked once at most."""

from __future__ import annotations

import gc
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from siak_backup.doctor.finding import Mark
from siak_backup.doctor.login import enter
from siak_backup.errors import ConnectError, PrivilegeError

OK, WARNING, FAILED, UNKNOWN = Mark


def failed_logins(clinic) -> int:
    path = clinic.server.state_dir / clinic.service / "accounts.sqlite"
    with sqlite3.connect(path) as accounts:
        ((number,),) = accounts.execute("SELECT failed_logins FROM sys_users WHERE name = 'SIAK_BACKUP'")
    accounts.close()
    return int(number)


def test_a_wrong_password_is_tried_once_and_told_nowhere(clinic):
    before = failed_logins(clinic)
    report = clinic.examine(connection={"password_file": None, "password": "kenari-9f3"})
    assert clinic.logins == 1
    assert failed_logins(clinic) == before + 1
    assert report.failed == ("login",)
    found = {finding.name: finding for finding in report.findings}
    assert "ORA-01017" in found["login"].found
    assert "jangan diulang" in found["login"].remedy
    assert (found["network"].mark, found["listener"].mark, found["inside"].mark) == (OK, OK, UNKNOWN)
    assert "kenari-9f3" not in str(report.as_dict())
    assert clinic.findings()["login"].mark is OK
    assert failed_logins(clinic) == 0


@pytest.mark.parametrize(
    ("posture", "words"),
    [
        ({"account_status": "LOCKED"}, ["ORA-28000", "ALTER USER SIAK_BACKUP ACCOUNT UNLOCK;"]),
        ({"account_status": "EXPIRED"}, ["ORA-28001", "ALTER USER SIAK_BACKUP IDENTIFIED BY"]),
        ({"withheld": "CREATE SESSION"}, ["ORA-01045", "GRANT CREATE SESSION TO SIAK_BACKUP;"]),
        ({"refuse": "old-verifier"}, ["DPY-3015", "SEC_CASE_SENSITIVE_LOGON"]),
    ],
)
def test_an_account_that_is_not_let_in_says_what_to_run(clinic, posture, words):
    with clinic.server.faults(clinic.service, **posture):
        found = clinic.not_fine()
    assert found.keys() == {"login", "inside"}
    assert found["login"].mark is FAILED
    assert all(word in f"{found['login'].found} {found['login'].remedy}" for word in words)
    assert clinic.logins == 1


@pytest.mark.parametrize(
    ("refusal", "name", "words"),
    [
        ("native-encryption", "encryption", ["DPY-3001", "client_lib_dir", "tcps"]),
        ("old-version", "version", ["DPY-3010", "Instant Client 19", "requirements/oracle10g.txt"]),
    ],
)
def test_a_server_that_the_thin_driver_refuses_says_what_is_needed(clinic, refusal, name, words):
    with clinic.server.faults(clinic.service, refuse=refusal):
        found = clinic.not_fine()
    assert found.keys() == {name, "login", "inside"}
    assert found[name].mark is FAILED
    assert found["login"].mark is UNKNOWN
    assert all(word in f"{found[name].found} {found[name].remedy}" for word in words)


def test_an_unknown_service_is_the_listeners_business(clinic):
    found = clinic.findings(connection={"dsn": f"127.0.0.1:{clinic.server.port}/nowhere"})
    assert found["network"].mark is OK
    assert found["listener"].mark is FAILED
    assert "lsnrctl services" in found["listener"].remedy


@contextmanager
def listening(*, answers: bool) -> Iterator[int]:
    """A port that takes connections and never says a word, or one on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if answers:
            taken.listen()
        yield taken.getsockname()[1]


def test_nobody_listening_is_told_from_a_machine_that_is_away(clinic):
    with listening(answers=False) as port:
        found = clinic.findings(connection={"dsn": f"127.0.0.1:{port}/SIAK", "connect_timeout_s": 5.0})
    assert found["network"].mark is FAILED
    assert f"tidak ada listener pada port {port}" in found["network"].found
    assert "lsnrctl start" in found["network"].remedy
    assert found["listener"].mark is UNKNOWN


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the driver drops its socket unclosed
def test_a_listener_that_says_nothing_is_told_from_the_network(clinic):
    with listening(answers=True) as port:
        found = clinic.findings(
            connection={"dsn": f"127.0.0.1:{port}/SIAK", "connect_timeout_s": 0.2, "call_timeout_s": 0.3}
        )
    for thread in threading.enumerate():
        if thread.name == "bounded":
            thread.join(30)
    gc.collect()
    assert found["network"].mark is OK
    assert found["listener"].mark is FAILED
    assert "tidak menjawab" in found["listener"].found
    assert "lsnrctl status" in found["listener"].remedy


def test_a_name_that_nobody_knows_is_told(clinic):
    found = clinic.findings(connection={"dsn": "siak.invalid:1521/SIAK", "connect_timeout_s": 5.0})
    assert found["network"].mark is FAILED
    assert "siak.invalid" in found["network"].found
    assert "getent hosts siak.invalid" in found["network"].remedy


def test_an_alias_without_tnsnames_is_a_setting(clinic, tmp_path):
    found = clinic.findings(connection={"dsn": "SIAK", "config_dir": str(tmp_path)})
    assert found["network"].mark is FAILED
    assert "DPY-4026" in found["network"].found


def refusing(error):
    def connect():
        raise error

    return connect


def lines(clinic, error):
    session, found = enter(clinic.settings(), refusing(error), lambda: 0.0)
    assert session is None
    return {finding.name: finding for finding in found}


def test_a_database_that_is_down_is_no_network_trouble(clinic):
    found = lines(clinic, ConnectError("database tidak menyala [ORA-01034]", oracle_code="ORA-01034"))
    assert (found["network"].mark, found["listener"].mark) == (OK, FAILED)
    assert "STARTUP" in found["listener"].remedy


def test_what_only_the_client_can_resolve_cannot_be_knocked_at(clinic):
    settings = clinic.settings().__class__(dsn="SIAK", user="x", password="x", config_dir="/nonexistent")
    error = ConnectError("server tidak menjawab [ORA-12170]", oracle_code="ORA-12170", remedy="periksa kabel")
    _, found = enter(settings, refusing(error), lambda: 0.0)
    assert (found[0].name, found[0].mark, found[0].remedy) == ("network", FAILED, "periksa kabel")


def test_of_a_proxy_the_account_that_logs_on_is_named(clinic):
    error = PrivilegeError("x [ORA-01045]", oracle_code="ORA-01045")
    for user, named in (("wakil[SIAKOFF]", "WAKIL, SIAKOFF"), ("", "<akun>")):
        settings = replace(clinic.settings(), user=user)
        _, found = enter(settings, refusing(error), lambda: 0.0)
        assert found[-1].remedy == f"GRANT CREATE SESSION TO {named};"


def test_one_unknown_name_among_known_ones_is_named(clinic):
    address = "(ADDRESS=(PROTOCOL=tcp)(HOST={})(PORT={}))"
    known, unknown = address.format("127.0.0.1", clinic.server.port), address.format("siak.invalid", 1521)
    found = clinic.findings(
        connection={"dsn": f"(DESCRIPTION={known}{unknown}(CONNECT_DATA=(SERVICE_NAME={clinic.service})))"}
    )
    assert found["network"].mark is FAILED
    assert "nama siak.invalid tidak dikenal" in found["network"].found


def test_a_proxy_that_may_not_become_the_owner_says_what_to_run(clinic):
    found = clinic.not_fine(connection={"user": "SIAK_BACKUP[SIAKOFF]"})
    assert found.keys() == {"login", "inside"}
    assert "ORA-28150" in found["login"].found
    assert found["login"].remedy == "ALTER USER SIAKOFF GRANT CONNECT THROUGH SIAK_BACKUP;"


def test_a_proxy_that_may_has_the_owners_session(clinic):
    with clinic.server.faults(clinic.service, connect_through="SIAKOFF"):
        found = clinic.findings(connection={"user": "siak_backup[siakoff]"})
    assert found["login"].found == "akun SIAK_BACKUP diterima sebagai proxy, sesi milik SIAKOFF"
    assert {name for name, finding in found.items() if finding.mark is FAILED} == set()


def test_another_refusal_keeps_its_own_remedy(clinic):
    found = lines(clinic, PrivilegeError("hak kurang [ORA-01031]", oracle_code="ORA-01031", remedy="minta DBA"))
    assert found["network"].mark is OK
    assert found["listener"].mark is FAILED


def test_a_password_file_that_is_too_open_is_never_sent(clinic, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("rahasia\n")
    secret.chmod(0o644)
    found = clinic.not_fine(connection={"password_file": str(secret)})
    assert found["password"].mark is FAILED
    assert f"chmod 600 {secret}" in found["password"].remedy
    assert found["login"].mark is FAILED
    assert failed_logins(clinic) == 0
    found = clinic.findings(connection={"password_file": str(secret), "dsn": "127.0.0.1:9/x"})
    assert (found["network"].mark, found["listener"].mark) == (FAILED, UNKNOWN)
    connection = {"password_file": str(secret), "dsn": "SIAK", "config_dir": str(tmp_path)}
    assert "network" not in clinic.findings(connection=connection)
