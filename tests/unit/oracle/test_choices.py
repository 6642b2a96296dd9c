# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports of what the office chose, by the unmodified driver: filters, ESTIMATE, table mode."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from exporting import export, settings_of, started_job
from rehearsal_server import rehearsal_server
from siak_backup.errors import ExportError
from siak_backup.oracle.checks import Segments, observe
from siak_backup.oracle.datapump.job import own_jobs
from siak_backup.oracle.scope import Scope
from siak_backup.oracle.session import Link, open_session

EVERYTHING = {"BIODATA_WNI", "DATA_KELUARGA"}
TABLES = {"mode": "table", "tables": ["SIAKOFF.BIODATA_WNI", "SIAKOFF.DATA_KELUARGA"]}


def tables(result):
    return {table.name for table in result.log.tables}


def log_of(database, plan):
    return (database.directory_path / plan.log_name).read_text()


@pytest.mark.parametrize(
    ("chosen", "present", "absent"),
    [
        ({"exclude": ["TABLE:\"IN ('BIODATA_WNI')\""]}, {"DATA_KELUARGA"}, {"BIODATA_WNI"}),
        ({"exclude": ["TABLE:\"LIKE 'BIO%'\"", "TABLE_DATA:\"= 'DATA_KELUARGA'\""]}, set(), EVERYTHING),
        ({"include": ["TABLE:\"IN ('BIODATA_WNI')\""]}, {"BIODATA_WNI"}, {"DATA_KELUARGA"}),
        ({"exclude": ["STATISTICS", "INDEX:\"= 'X'\""]}, EVERYTHING, set()),
        (TABLES, EVERYTHING, set()),
        (TABLES | {"exclude": ["TABLE:\"= 'BIODATA_WNI'\""]}, {"DATA_KELUARGA"}, {"BIODATA_WNI"}),
        ({"mode": "full", "schemas": [], "exclude": ["SCHEMA:\"= 'X'\""]}, EVERYTHING, set()),
    ],
)
def test_only_what_was_chosen_is_exported(link, plan_of, chosen, present, absent):
    plan = plan_of(**chosen)
    found = tables(export(link, plan))
    assert present <= found
    assert not absent & found
    if chosen.get("mode") == "table":
        assert found <= EVERYTHING
    assert plan.as_dict()["choice"] == plan.scope.choice != "" or chosen.get("mode") == "table"


def test_excluded_paths_are_not_in_the_log(link, plan_of, database):
    plan = plan_of(exclude=["STATISTICS", "ROLE_GRANT"])
    export(link, plan)
    assert "STATISTICS" not in log_of(database, plan)
    assert "SCHEMA_EXPORT/USER" in log_of(database, plan)


def test_an_object_path_that_does_not_exist_fails_with_its_reason_and_leaves_no_job(link, plan_of):
    for chosen in ({"exclude": ["STATISTIK"]}, {"include": ["TABEL"]}, {"exclude": ["TABELS:\"= 'A'\""]}):
        with pytest.raises(ExportError, match=r"pilihan (in|ex)clude: ORA-39001, ORA-39041"):
            export(link, plan_of(**chosen))
        assert own_jobs(link.session) == []


def test_a_choice_without_any_table_is_no_backup(link, plan_of):
    with pytest.raises(ExportError, match="tidak memuat satu tabel pun"):
        export(link, plan_of(include=["SEQUENCE"]))


@pytest.mark.parametrize("method", ["blocks", "statistics"])
def test_the_estimate_is_asked_for_and_told(link, plan_of, database, method):
    plan = plan_of(estimate=method)
    assert "ESTIMATE" in export(link, plan).options.taken
    assert f"Estimate in progress using {method.upper()} method" in log_of(database, plan)


def test_the_estimate_is_given_up_where_it_is_refused(rehearsal, link, plan_of):
    with rehearsal.faults("sukamara", unknown_parameter="ESTIMATE"):
        refused = export(link, plan_of(estimate="blocks")).options.refused
    assert [(option.name, option.oracle_code) for option in refused] == [("ESTIMATE", "ORA-39001")]


def test_all_optional_parameters_are_told_taken_or_refused(link, plan_of):
    asked = {"estimate": "blocks", "compression": "all", "checksum": True, "version": "12.1", "parallel": 2}
    options = export(link, plan_of(**asked)).options
    told = {*options.taken, *(option.name for option in options.refused)}
    assert told == {
        "VERSION", "CLIENT_COMMAND", "METRICS", "LOGTIME", "ESTIMATE", "COMPRESSION", "CHECKSUM", "PARALLEL",
        "CLUSTER",
    }  # fmt: skip


def test_a_job_with_another_choice_exports_something_else(tmp_path, plan_of):
    """Met at work by a run that leaves something out, it is stopped and not adopted."""
    with rehearsal_server(tmp_path / "state", "--export-rate=40000", sukamara=60) as server:
        database = server["sukamara"]
        begun = datetime.now(UTC) - timedelta(seconds=5)
        dead = plan_of(run={"id": f"{begun:%Y%m%dT%H%M%SZ}-0000aa"}, directory=database.directory)
        with open_session(settings_of(database)) as other:
            started_job(other, dead)
        own = plan_of(directory=database.directory, exclude=["STATISTICS"])
        with Link(lambda: open_session(settings_of(database))) as link:
            result = export(link, own, dead=[dead.job])
        assert (result.adopted_run, [job.job for job in result.cleared_jobs]) == ("", [dead.job])


def look(session, database, **chosen):
    params = {"mode": "schema", "schemas": [], "tables": [], "include": [], "exclude": []} | chosen
    return observe(session, directory=database.directory, scope=Scope.from_params(params))


def test_step_1_sees_each_table_the_whole_database_and_what_is_not_there(session, database):
    seen = look(session, database, mode="table", tables=[*TABLES["tables"], "SIAKOFF.HANTU"])
    assert seen.segments[2] == Segments("SIAKOFF.HANTU", None)
    one, other = (each.size_bytes for each in seen.segments[:2])
    assert seen.estimate_bytes == one + other > 0
    schema, full = look(session, database, schemas=["SIAKOFF"]), look(session, database, mode="full")
    assert full.estimate_bytes >= schema.estimate_bytes > seen.estimate_bytes


def test_a_table_of_the_accounts_own_is_seen_without_the_dictionary(session, database):
    session.call("CREATE TABLE UJI_SENDIRI (A NUMBER)")
    try:
        seen = look(session, database, mode="table", tables=[f"{session.user}.UJI_SENDIRI"])
        assert seen.segments == (Segments(f"{session.user}.UJI_SENDIRI", 0),)
    finally:
        session.call("DROP TABLE UJI_SENDIRI PURGE")
