# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening, optional parameters and starting, on servers that refuse some of it."""

from __future__ import annotations

import time

import pytest
from exporting import export, settings_of
from rehearsal_server import rehearsal_server
from siak_backup.errors import ConfigError, ConnectError, ExportError, StatementError
from siak_backup.oracle import files, statements
from siak_backup.oracle.connection import ConnectionSettings
from siak_backup.oracle.datapump.define import _refusal, current_scn, define
from siak_backup.oracle.datapump.job import Job, own_jobs
from siak_backup.oracle.session import Link, open_session


def refused(result):
    return {option["name"]: option["oracle_code"] for option in result.as_dict()["options_refused"]}


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"compression": "all"}, {"COMPRESSION": "ORA-00439"}),
        ({"checksum": True}, {"CHECKSUM": "ORA-39001"}),
        ({"version": "19.0"}, {"VERSION": "ORA-39001"}),
        ({"parallel": 2}, {"PARALLEL": "ORA-39002"}),
    ],
)
def test_what_the_server_lacks_is_given_up_and_told(link, plan_of, asked, refusal):
    assert refused(export(link, plan_of(**asked))) == refusal


def test_what_it_has_is_told_too(link, plan_of):
    result = export(link, plan_of(compression="metadata_only", version="11.2"))
    assert result.as_dict()["options_taken"] == [
        "VERSION", "CLIENT_COMMAND", "METRICS", "LOGTIME", "COMPRESSION", "CLUSTER",
    ]  # fmt: skip
    assert refused(result) == {}


def test_a_job_stays_on_its_instance_unless_it_may_leave(link, plan_of):
    assert "CLUSTER" in export(link, plan_of()).as_dict()["options_taken"]
    free = export(link, plan_of(cluster=True))
    assert "CLUSTER" not in free.as_dict()["options_taken"]
    assert refused(free) == {}


@pytest.mark.parametrize("cluster", [True, False])
def test_a_server_without_the_choice_starts_all_the_same(rehearsal, database, link, plan_of, cluster):
    with rehearsal.faults(database.service, old_signatures=True):
        result = export(link, plan_of(cluster=cluster))
    assert result.ending.state == "COMPLETED"
    assert refused(result) == ({} if cluster else {"CLUSTER": "PLS-00306"})


def test_another_refusal_to_start_is_told_as_before(rehearsal, database, link, plan_of):
    with rehearsal.faults(database.service, start_refused=True), pytest.raises(ExportError, match="ORA-39065"):
        export(link, plan_of())


def test_checksums_from_21c_on(tmp_path, plan_of):
    newest = rehearsal_server(tmp_path / "state", "--oracle-version=23.4.0.0.0", sukamara=20)
    with newest as server, Link(lambda: open_session(settings_of(server["sukamara"]))) as link:
        assert "CHECKSUM" in export(link, plan_of(checksum=True)).as_dict()["options_taken"]


@pytest.mark.parametrize("version", ["", "12", "x.y", "12.2; DROP"])
def test_impossible_versions(plan_of, version):
    with pytest.raises(ConfigError, match="versi"):
        plan_of(version=version)


@pytest.mark.parametrize(
    ("faults", "codes"),
    [
        ({"open_error": "streams-pool"}, "ORA-31623"),
        ({"open_error": "no-master-process"}, "ORA-31626, ORA-31637"),
        ({"master_in_the_way": True}, "ORA-31626, ORA-31633, ORA-00955"),
        ({"start_refused": True}, "ORA-39006, ORA-39065"),
    ],
)
def test_a_job_that_cannot_begin_says_why_and_is_not_left(rehearsal, link, plan_of, faults, codes):
    for version in ("COMPATIBLE", "19.0"):
        with rehearsal.faults("sukamara", **faults), pytest.raises(ExportError, match=codes):
            export(link, plan_of(version=version))
        assert own_jobs(link.session) == []


def test_a_start_that_is_unheard_is_one(rehearsal, link, plan_of):
    with rehearsal.faults("sukamara", start_unheard=True):
        assert export(link, plan_of()).state == "COMPLETED"


def test_a_listener_that_never_answers_is_left(rehearsal, database):
    settings = ConnectionSettings.from_params(
        vars(settings_of(database)) | {"connect_timeout_s": 0.5, "call_timeout_s": 0.5}
    )
    began = time.monotonic()
    with rehearsal.faults("sukamara", refuse="silent"), pytest.raises(ConnectError, match="tidak menjawab"):
        open_session(settings)
    assert time.monotonic() - began < 10


def test_a_host_that_nobody_knows_is_a_connection_that_fails(database):
    settings = ConnectionSettings.from_params(vars(settings_of(database)) | {"dsn": "tidak-ada.invalid:1521/x"})
    with pytest.raises(ConnectError, match="alamat server"):
        open_session(settings)


def test_a_whole_database(link, plan_of):
    result = export(link, plan_of(mode="full"))
    assert (result.as_dict()["mode"], result.as_dict()["schemas"]) == ("FULL", [])
    assert result.log.tables


def test_an_option_that_is_refused_for_another_reason_fails(link, plan_of):
    plan = plan_of()
    job, _ = define(link.session, plan, current_scn(link.session))
    job.detach()
    with pytest.raises(StatementError, match="ORA-31623"):
        _refusal(job, statements.SET_NUMBER, name="METRICS", amount=1)


def test_success_with_information_takes_the_option(rehearsal, link, plan_of):
    """START_JOB stands for SET_PARAMETER here: the rehearsal server tells ORA-31627 only of a start."""
    with rehearsal.faults("sukamara", info_on_start=True):
        job, _ = define(link.session, plan_of(), current_scn(link.session))
        assert _refusal(job, statements.START_JOB) == ""
        job.stop()


def test_what_oracle_says_of_neither_job_nor_handle_is_an_error(link):
    with pytest.raises(StatementError):
        Job(link.session, "bukan angka").stop()


def test_files_are_not_removed_over_a_lost_line(connect, database):
    lost = connect()
    lost.close()
    with pytest.raises(ConnectError):
        files.remove(lost, database.directory, ["SIAK_X_01.dmp"])
