# SPDX-License-Identifier: GPL-3.0-or-later
"""`SIAK_BACKUP[SIAKOFF]`: the owner's session without the owner's password."""

from __future__ import annotations

from dataclasses import replace

import pytest
from exporting import export, settings_of, started_job, wait_gone
from siak_backup.errors import ConfigError, LoginError, PrivilegeError
from siak_backup.oracle.connection import CONNECTION_SPEC, ConnectionSettings
from siak_backup.oracle.datapump.abandoned import clear_job
from siak_backup.oracle.datapump.job import own_jobs
from siak_backup.oracle.datapump.timing import Timing
from siak_backup.oracle.session import Link, open_session


@pytest.fixture
def proxy(rehearsal, database):
    """Settings of a proxy whose owner has let it through."""
    with rehearsal.faults(database.service, connect_through="SIAKOFF"):
        yield replace(settings_of(database), user="siak_backup[siakoff]")


def test_without_the_owners_grant_it_is_refused_once(database):
    settings = replace(settings_of(database), user="SIAK_BACKUP[SIAKOFF]")
    with pytest.raises(PrivilegeError, match="ORA-28150") as refused:
        open_session(settings)
    assert "GRANT CONNECT THROUGH" in refused.value.remedy


def test_a_wrong_password_is_the_proxys(proxy):
    with pytest.raises(LoginError, match="ORA-01017"):
        open_session(replace(proxy, password_file="", password="salah"))
    open_session(proxy).close()


def test_the_job_and_its_master_table_are_the_owners(proxy, database, plan_of):
    with Link(lambda: open_session(proxy)) as link:
        assert link.session.user == "SIAKOFF"
        result = export(link, plan_of())
        assert result.ending.state == "COMPLETED"
        assert {table.schema for table in result.log.tables} == {"SIAKOFF"}


def test_a_job_that_was_left_is_found_by_the_owner_alone(proxy, database, plan_of, rehearsal):
    with open_session(proxy) as session:
        plan = plan_of()
        rehearsal.arm(database.service, hang_at_percent=50)
        started_job(session, plan)
        (found,) = [job for job in own_jobs(session) if job.name == plan.job]
        with open_session(settings_of(database)) as backup:
            assert plan.job not in {job.name for job in own_jobs(backup)}
        assert clear_job(session, database.directory, found, Timing()).left_files == ()
        assert wait_gone(session, plan.job)


@pytest.mark.parametrize("user", ["SIAK_BACKUP[", "SIAK_BACKUP[]", "A[B][C]", "A[B]C"])
def test_a_proxy_that_cannot_be_read_is_a_setting_to_correct(user):
    params = dict.fromkeys(CONNECTION_SPEC) | {"dsn": "x:1/y", "user": user, "password": "x"}
    with pytest.raises(ConfigError, match="akun proxy"):
        ConnectionSettings.from_params(params)
    assert ConnectionSettings.from_params(params | {"user": "wakil[siakoff]"}).proxy == ("WAKIL", "SIAKOFF")
    assert ConnectionSettings.from_params(params | {"user": "siak_backup"}).proxy is None
