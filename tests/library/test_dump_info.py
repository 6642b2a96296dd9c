# SPDX-License-Identifier: GPL-3.0-or-later
"""dump_info as Ansible calls it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import dump_info
import pytest

from tests.unit.archive.nights import publish_night
from tests.unit.dump.sample_exports import export

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """An export into several files. Not to be changed: tests copy it."""
    return export(tmp_path_factory.mktemp("exported"), residents=100, filesize="100K")


@pytest.fixture
def folder(exported, tmp_path):
    """The set and its log, beside files that are neither."""
    target = tmp_path / "09jan2025"
    shutil.copytree(exported.log.parent, target)
    (target / "SHA256SUMS").write_text("0" * 64 + "  other\n")
    (target / "lain").mkdir()
    os.mkfifo(target / "pipe")
    return target


def test_a_folder_holds_a_set_and_its_log(run_module, folder, exported):
    result = run_module(dump_info, path=str(folder))
    assert (result["failed"], result["changed"], result["verdict"], result["unmet"]) == (False, False, "complete", [])
    by_kind = {dump["kind"]: dump for dump in result["dumps"]}
    assert by_kind.keys() == {"datapump", "log"}
    dump = by_kind["datapump"]
    assert sorted(dump["paths"]) == sorted(str(folder / piece.name) for piece in exported.pieces)
    assert dump["size_bytes"] == sum(piece.stat().st_size for piece in exported.pieces)
    assert {f"{table['schema']}.{table['name']}": table["rows"] for table in dump["tables"]} == exported.rows
    assert result["agenda"] == {
        "verdict": "complete",
        "dumps": 2,
        "tables": len(exported.rows),
        "rows": sum(exported.rows.values()),
        "unmet": 0,
    }


def test_check_mode_says_the_same(run_module, folder):
    assert run_module(dump_info, check=True, path=str(folder)) == run_module(dump_info, path=str(folder))


def test_a_list_may_name_files_and_their_folder(run_module, folder):
    pieces = [str(path) for path in folder.glob("*.dmp")]
    assert run_module(dump_info, path=[*pieces, str(folder)])["agenda"]["dumps"] == 2


def test_a_dump_without_a_name_of_one_is_found(run_module, folder):
    log = next(folder.glob("*.log"))
    for piece in folder.glob("*.dmp"):
        piece.rename(folder / piece.stem)
    log.unlink()
    assert run_module(dump_info, path=str(folder))["verdict"] == "complete"


def test_a_bad_dump_is_told_but_fails_only_where_something_is_expected(run_module, folder):
    piece = min(folder.glob("*.dmp"))
    os.truncate(piece, 5000)
    told = run_module(dump_info, path=str(folder))
    assert (told["failed"], told["verdict"]) == (False, "truncated")
    failed = run_module(dump_info, path=str(folder), expect={})
    assert failed["failed"]
    assert failed["error"]["code"] == "SIAK-300"
    assert [breach["rule"] for breach in failed["unmet"]] == ["complete"]
    assert failed["dumps"] == told["dumps"]


def test_how_much_is_walked_can_be_limited(run_module, folder):
    (dump,) = [
        one for one in run_module(dump_info, path=str(folder), walk_bytes=0)["dumps"] if one["kind"] == "datapump"
    ]
    (walk,) = [evidence for evidence in dump["evidence"] if evidence["check"] == "walk"]
    assert walk["seen"].startswith("0 dari ")
    assert dump["verdict"] == "complete"


def test_every_rule(run_module, folder, tmp_path):
    night = publish_night(tmp_path / "archive")
    expect = {
        "schemas": ["SIAKOFF"],
        "tables": ["SIAKOFF.BIODATA_WNI"],
        "min_rows": {"SIAKOFF.BIODATA_WNI": 100},
        "growth": {"last_manifest": str(night.path / "manifest.json"), "min_percent": -99, "max_percent": 100_000},
        "made_after": "2020-01-09T16:35:00+07:00",
    }
    assert run_module(dump_info, path=str(folder), expect=expect)["unmet"] == []
    expect |= {"schemas": ["LAIN"], "tables": ["SIAKOFF.TIDAK_ADA"], "min_rows": {"SIAKOFF.BIODATA_WNI": 101}}
    expect["growth"] |= {"max_percent": -50}
    expect |= {"made_after": "2090-01-09T16:35:00+07:00"}
    result = run_module(dump_info, path=str(folder), expect=expect)
    assert result["failed"]
    assert result["verdict"] == "stale"
    assert {breach["rule"] for breach in result["unmet"]} == {"complete", "schemas", "tables", "min_rows", "growth"}
    assert all(breach["message"] in result["msg"] for breach in result["unmet"])


def test_a_manifest_that_cannot_be_read(run_module, folder):
    growth = {"last_manifest": str(folder / "manifest.json"), "min_percent": 0, "max_percent": 1}
    result = run_module(dump_info, path=str(folder), expect={"growth": growth})
    assert result["error"]["code"] == "SIAK-404"
    assert result["agenda"] == {}


@pytest.mark.parametrize("name", ["missing", "pipe", "pipe.dmp"])
def test_what_cannot_be_read_fails(run_module, folder, name):
    if name == "pipe.dmp":
        os.mkfifo(folder / name)
        (folder / "pipe").unlink()
    result = run_module(dump_info, path=str(folder if name == "pipe.dmp" else folder / name))
    assert result["failed"]
    assert result["error"]["code"] == "SIAK-301"
    assert result["verdict"] == "unknown"


def test_an_empty_folder_fails(run_module, tmp_path):
    result = run_module(dump_info, path=str(tmp_path))
    assert (result["failed"], result["error"]["code"]) == (True, "SIAK-300")


def test_it_works_alone(folder):
    ended = subprocess.run(
        [Path(sys.executable).with_name("ansible"), "localhost", "-m", "dump_info", "-a", f"path={folder}"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert '"verdict": "complete"' in ended.stdout
