# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault there is is explained in one line, and some night of tests/oracle_faults suffers it."""

from __future__ import annotations

import re

import oracledb
import pytest

from rehearsal.faultboard import describe_faults
from tests.oracle_faults.catalogue import FAULTS


@pytest.mark.parametrize("name", describe_faults())
def test_each_says_what_it_does_and_who_sees_it(name):
    text = describe_faults()[name]
    assert re.search(r"\. Seen (by the doctor|in (every step|steps? [1-6]( and [1-6])?))\.$", text), text
    assert "\n" not in text


def test_each_befalls_some_night():
    armed = {name for fault in FAULTS for name in fault.armed}
    of_nights = {name for name, text in describe_faults().items() if not text.endswith("by the doctor.")}
    assert of_nights - armed == set()


def test_the_names_of_the_nights_are_unique():
    names = [(fault.group, fault.name) for fault in FAULTS]
    assert len(set(names)) == len(names) >= 60


@pytest.fixture
def connect(rehearsal):
    database = rehearsal["sukamara"]
    password = database.password_file.read_text().strip()
    return lambda: oracledb.connect(dsn=database.dsn, user=database.user, password=password)


def test_the_days_of_grace_are_a_warning_to_the_driver(rehearsal, connect):
    with rehearsal.faults("sukamara", account_status="EXPIRED(GRACE)"), connect() as connection:
        assert connection.warning.full_code == "ORA-28002"
        assert "within 7 days" in connection.warning.message
    with connect() as connection:
        assert connection.warning is None


def test_the_third_wrong_password_locks_the_account(tmp_path):
    from rehearsal_server import rehearsal_server

    with rehearsal_server(tmp_path / "state", sukamara=10) as server:
        database = server["sukamara"]
        password = database.password_file.read_text().strip()
        said = []
        with server.faults("sukamara", password_changed=True):
            for _ in range(4):
                with pytest.raises(oracledb.DatabaseError) as refused:
                    oracledb.connect(dsn=database.dsn, user=database.user, password=password)
                said.append(refused.value.args[0].full_code)
    assert said == ["ORA-01017"] * 3 + ["ORA-28000"]


@pytest.mark.parametrize(
    ("zone", "offset"), [("WIB", "+07:00"), ("WITA", "+08:00"), ("WIT", "+09:00"), ("UTC", "+00:00")]
)
def test_the_server_may_stand_in_another_zone(rehearsal, connect, zone, offset):
    with rehearsal.faults("sukamara", clock_zone=zone), connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT TO_CHAR(SYSTIMESTAMP, 'TZH:TZM') FROM dual")
        assert cursor.fetchone()[0] == offset


def test_a_suspended_job_is_in_dba_resumable(rehearsal, connect):
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM dba_resumable")
        assert cursor.fetchone()[0] == 0


def test_the_jobs_at_work_are_told(rehearsal):
    running, most_at_once = rehearsal.jobs("lamandau")
    assert running == []
    assert most_at_once >= 0
