# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import oracle_export
import pytest
from steps import Steps


@pytest.fixture
def steps(tmp_path, rehearsal):
    return Steps.begin(tmp_path, rehearsal["sukamara"])


def test_an_export_is_returned_proven(run_module, steps):
    result = run_module(oracle_export, **steps.export())
    assert not result["failed"], result
    assert result["changed"]
    exported = result["export"]
    assert (exported["state"], exported["error_count"], exported["schemas"]) == ("COMPLETED", 0, ["SIAKOFF"])
    assert {piece["name"] for piece in exported["pieces"]} <= steps.database.files()
    assert result["agenda"]["size_bytes"] == sum(piece["size_bytes"] for piece in exported["pieces"]) > 0
    progress = json.loads((steps.root / "progress/server.json").read_text())
    assert (progress["server"], progress["step"]) == ("sukamara", 2)


def test_check_mode_tells_the_same_form_and_connects_nowhere(run_module, steps):
    real = run_module(oracle_export, **steps.export())["export"]
    connection = {"dsn": "127.0.0.1:9/nowhere", "user": "x", "password": "x"}
    planned = run_module(oracle_export, check=True, **steps.export(connection=connection))
    assert planned["changed"]
    assert planned["export"].keys() == real.keys()
    assert planned["export"]["state"] == "PLANNED"
    assert planned["export"]["job"] == real["job"]


def test_a_failed_export_fails_with_its_codes(run_module, steps, rehearsal):
    with rehearsal.faults("sukamara", snapshot_too_old="SIAKOFF.BIODATA_WNI"):
        result = run_module(oracle_export, **steps.export())
    assert result["error"]["code"] == "SIAK-210"
    assert "ORA-01555" in result["msg"]
    assert result["agenda"] == {}


@pytest.mark.parametrize(
    ("changed", "word"),
    [({"piece_size": "9G"}, "piece_size"), ({"run": {}}, "run.id"), ({"schemas": []}, "schemas")],
)
def test_impossible_options_fail_in_check_mode_too(run_module, steps, changed, word):
    result = run_module(oracle_export, check=True, **steps.export(**changed))
    assert result["error"]["code"] == "SIAK-100"
    assert word in result["msg"]


def test_an_unreachable_server_fails_without_the_password(run_module, steps):
    connection = {"dsn": "127.0.0.1:9/nowhere", "user": "x", "password": "kenari-9f3"}
    result = run_module(oracle_export, **steps.export(connection=connection))
    assert result["error"]["code"] == "SIAK-201"
    assert "kenari-9f3" not in json.dumps({key: result[key] for key in ("msg", "error", "agenda")})
