# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import UTC, datetime

import pytest
from siak_backup.dump.verdict import TableRows
from siak_backup.errors import ConfigError
from siak_backup.oracle.collect import CollectPlan, predict, rows_of_tables
from siak_backup.oracle.datapump.export import predict as predict_export
from siak_backup.oracle.datapump.plan import ExportPlan, in_list
from siak_backup.oracle.names import TableName
from siak_backup.oracle.scope import Scope

RUN = {"id": "20250109T093000Z-a1b2c3"}
NOW = datetime(2025, 1, 9, 9, 30, tzinfo=UTC)


def options(**changed):
    return {
        "run": RUN,
        "server": "sukamara",
        "directory": "siak_backup_dir",
        "mode": "schema",
        "schemas": ["siakoff"],
        "tables": [],
        "include": [],
        "exclude": [],
        "piece_size": "3900M",
        "parallel": 1,
        "time_limit_s": 60,
        "poll_interval_s": 5,
        "stall_notice_s": 300,
        "compression": "",
        "estimate": "",
        "checksum": False,
        "cluster": False,
        "version": "COMPATIBLE",
    } | changed


def test_a_plan_names_everything_after_the_run():
    plan = ExportPlan.from_params(options(schemas=["siakoff", "SIAKOFF", "siak2"]))
    assert plan.job == "SIAK_20250109T093000Z_A1B2C3"
    assert plan.dump_template == "SIAK_20250109T093000Z_A1B2C3_%U.dmp"
    assert plan.log_name == "SIAK_20250109T093000Z_A1B2C3.log"
    assert (plan.scope, plan.directory) == (Scope("SCHEMA", ("SIAKOFF", "SIAK2"), ()), "SIAK_BACKUP_DIR")


def test_modes_take_what_they_need():
    table = ExportPlan.from_params(options(mode="table", tables=["siakoff.a", "siakoff.b"])).scope
    assert (table.schemas, [str(name) for name in table.tables]) == (("SIAKOFF",), ["SIAKOFF.A", "SIAKOFF.B"])
    full = ExportPlan.from_params(options(mode="full")).scope
    assert (full.schemas, full.tables) == ((), ())


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"run": {}}, "run.id"),
        ({"schemas": []}, "schemas"),
        ({"schemas": ["x'); DROP"]}, "schemas"),
        ({"mode": "table"}, "tables"),
        ({"mode": "table", "tables": ["A.X", "B.X"]}, "tables"),
        ({"directory": "a/b"}, "directory"),
        ({"piece_size": "5G"}, "piece_size"),
        ({"time_limit_s": 0}, "time_limit_s"),
        ({"parallel": 0}, "paralel"),
        ({"include": ["TABLE"], "exclude": ["INDEX"]}, "bersama"),
        ({"exclude": ["TABLE:\"IN ('A') OR 1=1\""]}, "exclude"),
    ],
)
def test_impossible_options_are_refused_before_anything_is_sent(changed, word):
    with pytest.raises(ConfigError, match=word):
        ExportPlan.from_params(options(**changed))


def test_a_filter_is_a_list_of_names():
    assert in_list(("A", "B$1")) == "IN ('A','B$1')"


def collect_options(**changed):
    export = predict_export(ExportPlan.from_params(options()), NOW)
    return {
        "run": RUN,
        "server": "sukamara",
        "export": export,
        "archive_dir": "/srv/archive",
        "key_tables": ["siakoff.biodata_wni"],
        "connections": 2,
        "keep_on_server": -1,
        "remove_from_server": False,
        "swing_percent": 20.0,
        "swing_min_rows": 100,
    } | changed


def test_collecting_follows_from_the_export_even_in_check_mode():
    plan = CollectPlan.from_params(collect_options())
    predicted = predict(plan)
    assert predicted["staging_dir"] == "/srv/archive/sukamara/.masuk-20250109T093000Z-a1b2c3"
    assert [file["name"] for file in predicted["files"]] == ["SIAK_20250109T093000Z_A1B2C3_01.dmp"]
    assert predicted["log"]["name"] == "SIAK_20250109T093000Z_A1B2C3.log"


@pytest.mark.parametrize(
    "export",
    [
        {},
        {"job": "J", "log": "j.log", "scn": 1, "directory": "D", "pieces": []},
        {"job": "J", "log": "j.log", "scn": 1, "directory": "D", "pieces": [{"name": "../x.dmp", "size_bytes": 1}]},
        {"job": "J", "log": "j.log", "scn": 1, "directory": "D", "pieces": [{"name": "j.log", "size_bytes": 1}]},
        {"job": "J", "log": "j.log", "scn": "x", "directory": "D", "pieces": [{"name": "a.dmp", "size_bytes": 1}]},
        {"job": "J", "log": "j.log", "scn": 1, "directory": "D", "pieces": ["a.dmp"]},
    ],
)
def test_what_is_no_result_of_step_2_is_refused(export):
    with pytest.raises(ConfigError, match="langkah 2"):
        CollectPlan.from_params(collect_options(export=export))


def test_partitions_add_up_and_an_uncounted_one_hides_its_table():
    tables = (
        TableRows("S", "A", "P1", 3),
        TableRows("S", "A", "P2", 4),
        TableRows("S", "B", "", 1),
        TableRows("S", "C", "P1", 2),
        TableRows("S", "C", "P2", None),
    )
    assert rows_of_tables(tables) == {TableName("S", "A"): 7, TableName("S", "B"): 1}
