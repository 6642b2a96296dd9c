# SPDX-License-Identifier: GPL-3.0-or-later
"""DSNs with more than one address, as RAC has them: real sockets on several addresses of this machine."""

from __future__ import annotations

import gc
import socket
import sqlite3
import time
from dataclasses import replace

import pytest
from exporting import settings_of
from rehearsal_server import rehearsal_server
from siak_backup.errors import ConnectError, LoginError
from siak_backup.oracle.session import open_session

#: Nothing listens there.
DEAD, DEAD_TOO = "127.0.0.2", "127.0.0.3"


def address(host, port, protocol="tcp"):
    return f"(ADDRESS=(PROTOCOL={protocol})(HOST={host})(PORT={port}))"


def description(*addresses, more="", service="sukamara"):
    listed = f"(ADDRESS_LIST={more}{''.join(addresses)})"
    return f"(DESCRIPTION={listed}(CONNECT_DATA=(SERVICE_NAME={service})))"


@pytest.fixture
def reach(rehearsal, database):
    """Log on by a DSN in which PORT is the server's port, and return the account."""

    def connect(dsn, **changed):
        settings = replace(settings_of(database), dsn=dsn.replace("PORT_", str(rehearsal.port)), **changed)
        with open_session(settings) as session:
            return session.user

    return connect


LIVING = address("127.0.0.1", "PORT_")


@pytest.mark.parametrize(
    "dsn",
    [
        f"{DEAD},127.0.0.1:PORT_/sukamara",
        f"tcp://{DEAD}:9;127.0.0.1:PORT_/sukamara",
        description(address(DEAD, "PORT_"), LIVING),
        description(address(DEAD, "PORT_"), address(DEAD_TOO, "PORT_"), LIVING, more="(FAILOVER=ON)"),
        description(address(DEAD, "PORT_"), LIVING, more="(LOAD_BALANCE=ON)(FAILOVER=ON)"),
        f"(DESCRIPTION_LIST={description(address(DEAD, 'PORT_'))}{description(LIVING)})",
        "127.0.0.1:PORT_/sukamara?connect_timeout=5&retry_count=2&retry_delay=1&sdu=8192",
    ],
)
def test_the_first_that_answers_is_used(reach, dsn):
    assert reach(dsn) == "SIAK_BACKUP"


def test_without_failover_the_first_is_the_only_one(reach):
    with pytest.raises(ConnectError):
        reach(description(address(DEAD, "PORT_"), LIVING, more="(FAILOVER=OFF)(LOAD_BALANCE=OFF)"))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_listener_that_does_not_know_the_service_is_passed_over(reach, tmp_path):
    with rehearsal_server(tmp_path / "state", lain=10) as other:
        assert reach(description(address("127.0.0.1", other.port), LIVING)) == "SIAK_BACKUP"
    # the driver leaves the socket of an address that refused it to the collector
    gc.collect()


def test_a_name_with_several_addresses_is_tried_through(reach):
    found = {entry[4][0] for entry in socket.getaddrinfo("localhost", 1521, type=socket.SOCK_STREAM)}
    if len(found) < 2:
        pytest.skip("localhost has one address on this machine; a SCAN name has three")
    assert reach("localhost:PORT_/sukamara") == "SIAK_BACKUP"


def test_a_refused_login_is_not_tried_at_the_next_address(reach, rehearsal, database):
    with pytest.raises(LoginError, match="ORA-01017"):
        reach(description(LIVING, LIVING), password_file="", password="salah")
    with sqlite3.connect(database.password_file.parent / "accounts.sqlite") as accounts:
        ((failed,),) = accounts.execute("SELECT failed_logins FROM sys_users WHERE name = 'SIAK_BACKUP'")
    accounts.close()
    assert failed == 1
    reach(description(LIVING))


def test_all_dead_is_one_failure_after_the_retries(reach):
    began = time.monotonic()
    with pytest.raises(ConnectError, match="DPY-6005"):
        reach(
            f"(DESCRIPTION=(RETRY_COUNT=1)(RETRY_DELAY=1){address(DEAD, 'PORT_')}{address(DEAD_TOO, 'PORT_')}"
            "(CONNECT_DATA=(SERVICE_NAME=sukamara)))"
        )
    assert time.monotonic() - began >= 1


def test_of_several_names_the_unknown_one_is_named(reach):
    with pytest.raises(ConnectError, match=r"nama siak-scan\.invalid tidak dikenal") as refused:
        reach(description(LIVING, address("siak-scan.invalid", "PORT_")))
    assert "semua namanya" in refused.value.remedy
