# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
from pathlib import Path

import backup_folder
import backup_preflight
import oracle_collect
import oracle_export
import pytest
from siak_backup import runlock
from steps import Steps


@pytest.fixture
def steps(tmp_path, rehearsal, run_module):
    begun = Steps.begin(tmp_path, rehearsal["sukamara"])
    prepared = run_module(backup_preflight, **begun.preflight())
    assert not prepared["failed"], prepared["msg"]
    return begun


def exported(run_module, steps, **changed):
    result = run_module(oracle_export, **steps.export(**changed))
    assert not result["failed"], result["msg"]
    return result["export"]


def test_the_dump_arrives_proven(run_module, steps):
    export = exported(run_module, steps)
    result = run_module(oracle_collect, **steps.collect(export))
    assert not result["failed"], result["msg"]
    collected = result["collected"]
    assert collected["verdict"]["status"] == "complete"
    assert [count["rows_in_database"] for count in collected["counts"]] == [
        count["rows_in_export"] for count in collected["counts"]
    ]
    staging = Path(collected["staging_dir"])
    assert staging.name == f".masuk-{steps.run['id']}"
    for file in [*collected["files"], collected["log"]]:
        content = (staging / file["name"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert len(content) == file["size_bytes"]
        assert content == (steps.database.directory_path / file["source"]).read_bytes()
    assert result["agenda"]["rows"] == sum(table["rows"] for table in collected["tables"]) == export["row_count"]
    assert json.loads((steps.root / "progress/server.json").read_text())["step"] == 3


def test_several_pieces_arrive_on_several_connections(run_module, steps):
    export = exported(run_module, steps, piece_size="40K")
    assert len(export["pieces"]) > 1
    result = run_module(oracle_collect, **steps.collect(export, connections=2))
    assert not result["failed"], result["msg"]
    assert [file["name"] for file in result["collected"]["files"]] == [piece["name"] for piece in export["pieces"]]
    told = {key: result["agenda"][key] for key in ("connections", "reconnects", "lost_connections", "resumed")}
    assert told == {"connections": 2, "reconnects": 0, "lost_connections": [], "resumed": []}
    staging = Path(result["collected"]["staging_dir"])
    assert {path.name for path in staging.iterdir()} == {
        export["log"],
        *(piece["name"] for piece in export["pieces"]),
    }


@pytest.mark.parametrize("policy", [{"remove_from_server": True}, {"keep_on_server": 0}])
def test_pieces_stay_until_the_archive_has_them_and_the_policy_lets_them_go(run_module, steps, policy):
    first = exported(run_module, steps)
    collected = run_module(oracle_collect, **steps.collect(first, **policy))["collected"]
    assert (collected["removed_from_server"], collected["left_on_server"]) == ([], [])
    published = run_module(
        backup_folder,
        run=steps.run,
        server=steps.database.service,
        archive_dir=str(steps.root / "archive"),
        collected=collected,
        export=first,
        database={"version": "12.2.0.1.0", "name": "SIAK"},
    )
    assert not published["failed"], published["msg"]
    later = Steps.begin(steps.root, steps.database)
    runlock.release(steps.root / "archive" / steps.database.service / runlock.LOCK_NAME, run=steps.run["id"])
    assert not run_module(backup_preflight, **later.preflight())["failed"]
    second = exported(run_module, later)
    kept = run_module(oracle_collect, **later.collect(second))
    assert kept["agenda"]["removed_from_server"] == []
    result = run_module(oracle_collect, **later.collect(second, **policy))
    assert not result["failed"], result["msg"]
    assert result["agenda"]["removed_from_server"] == [piece["name"] for piece in first["pieces"]]
    assert result["agenda"]["left_on_server"] == []
    left = steps.database.files()
    assert first["log"] in left
    assert not {piece["name"] for piece in first["pieces"]} & left
    assert {piece["name"] for piece in second["pieces"]} <= left


def test_a_dump_that_is_not_proven_is_kept_for_the_next_try_of_the_run(run_module, steps):
    export = exported(run_module, steps)
    log = steps.database.directory_path / export["log"]
    text = log.read_bytes()
    log.write_bytes(text[: len(text) // 3])
    assert run_module(oracle_collect, **steps.collect(export))["failed"]
    log.write_bytes(text)
    result = run_module(oracle_collect, **steps.collect(export))
    assert not result["failed"], result["msg"]
    assert result["agenda"]["resumed"] == [piece["name"] for piece in export["pieces"]]


@pytest.mark.parametrize(
    ("options", "setting"),
    [
        ({"connections": 0}, "connections"),
        ({"connections": 17}, "connections"),
        ({"keep_on_server": 3, "remove_from_server": True}, "keep_on_server"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_anything_is_done(run_module, steps, options, setting):
    planned = run_module(oracle_export, check=True, **steps.export())["export"]
    result = run_module(oracle_collect, **steps.collect(planned, **options))
    assert result["error"]["code"] == "SIAK-100"
    assert result["error"]["where"] == setting


def test_it_may_be_run_again(run_module, steps):
    export = exported(run_module, steps)
    first = run_module(oracle_collect, **steps.collect(export))
    again = run_module(oracle_collect, **steps.collect(export))
    assert again["collected"] == first["collected"]


def test_check_mode_tells_the_same_form_and_connects_nowhere(run_module, steps):
    planned = run_module(oracle_export, check=True, **steps.export())["export"]
    connection = {"dsn": "127.0.0.1:9/nowhere", "user": "x", "password": "x"}
    result = run_module(oracle_collect, check=True, **steps.collect(planned, connection=connection))
    assert not result["failed"], result["msg"]
    assert result["changed"]
    assert result["collected"]["verdict"]["status"] == "unknown"
    assert not Path(result["collected"]["staging_dir"]).exists()


@pytest.mark.parametrize("fault", [{"truncate_piece": 1}, {"zero_byte_piece": 1}], ids=["truncated", "empty"])
def test_a_spoilt_piece_is_never_called_a_backup(run_module, steps, rehearsal, fault):
    with rehearsal.faults("sukamara", **fault):
        export = exported(run_module, steps)
    result = run_module(oracle_collect, **steps.collect(export))
    assert result["error"]["code"].startswith("SIAK-3"), result["msg"]
    assert "truncated" in result["msg"]


def test_a_piece_that_vanished_is_named(run_module, steps):
    export = exported(run_module, steps)
    name = export["pieces"][0]["name"]
    (steps.database.directory_path / name).unlink()
    result = run_module(oracle_collect, **steps.collect(export))
    assert result["error"]["code"] == "SIAK-404"
    assert name in result["msg"]


def test_a_piece_swapped_for_yesterdays_is_refused(run_module, steps):
    old, new = exported(run_module, steps), None
    later = Steps.begin(steps.root, steps.database)
    new = exported(run_module, later)
    directory = steps.database.directory_path
    yesterdays = (directory / old["pieces"][0]["name"]).read_bytes()
    (directory / new["pieces"][0]["name"]).write_bytes(yesterdays)
    new["pieces"][0]["size_bytes"] = len(yesterdays)
    result = run_module(oracle_collect, **steps.collect(new))
    assert result["error"]["code"] == "SIAK-300"


def test_an_unknown_key_table_is_a_count_error(run_module, steps):
    export = exported(run_module, steps)
    result = run_module(oracle_collect, **steps.collect(export, key_tables=["SIAKOFF.TIDAK_ADA"]))
    assert result["error"]["code"] == "SIAK-221"
    assert "TIDAK_ADA" in result["msg"]


def test_a_key_table_outside_the_export_is_a_count_error(run_module, steps):
    export = exported(run_module, steps, mode="table", tables=["SIAKOFF.BIODATA_WNI"])
    result = run_module(oracle_collect, **steps.collect(export))
    assert result["error"]["code"] == "SIAK-221"
    assert "SIAKOFF.DATA_KELUARGA" in result["msg"]


def test_without_the_lock_nothing_is_collected(run_module, steps):
    export = exported(run_module, steps)
    other = Steps.begin(steps.root, steps.database)
    result = run_module(oracle_collect, **other.collect(export))
    assert result["error"]["code"] == "SIAK-403"
