# SPDX-License-Identifier: GPL-3.0-or-later
"""media_copy as Ansible calls it."""

from __future__ import annotations

import media_copy
import pytest

from tests.unit.archive.nights import publish_night, tree


@pytest.fixture
def night(tmp_path):
    return publish_night(tmp_path / "archive")


@pytest.fixture
def medium(tmp_path):
    path = tmp_path / "medium"
    path.mkdir()
    return path


@pytest.fixture
def options(night, medium):
    files = [entry.as_dict() for entry in night.manifest.files]
    return {
        "run": {"id": "run-1"},
        "server": "sukamara",
        "backup": {"folder": night.path.name, "path": str(night.path), "files": files, "manifest": {}},
        "medium_dir": str(medium),
        "label": "DISK-01",
        "mount_required": False,
    }


def test_copies_proves_and_says_so(run_module, options, night, medium):
    result = run_module(media_copy, **options)
    target = medium / "sukamara" / night.path.name
    assert tree(target) == tree(night.path)
    copied = result["copy"]
    assert result["changed"]
    assert copied == result["agenda"]
    assert (copied["path"], copied["label"]) == (str(target), "DISK-01")
    assert {file["name"] for file in copied["files"]} == set(tree(target))
    assert copied["size_bytes"] == night.total_bytes
    assert copied["read_back"] in ("O_DIRECT", "fadvise")
    assert copied["rate_bytes_s"] > 0
    assert result["diff"] == {
        "before": "",
        "after": "22nov2026\n",
        "before_header": "medium",
        "after_header": "medium",
    }


def test_again_reads_all_of_it_and_changes_nothing(run_module, options, medium):
    run_module(media_copy, **options)
    before = tree(medium)
    result = run_module(media_copy, **options)
    assert not result["changed"]
    assert result["copy"]["read_back"]
    assert tree(medium) == before


def test_a_folder_may_be_named_by_path_and_a_medium_by_its_folder(run_module, options, night):
    del options["backup"], options["label"]
    result = run_module(media_copy, **options, src=str(night.path))
    assert result["copy"]["label"] == "medium"


def test_check_mode_looks_and_changes_nothing(run_module, options, night, medium):
    result = run_module(media_copy, check=True, **options)
    assert result["changed"]
    assert result["copy"]["path"] == str(medium / "sukamara" / night.path.name)
    assert not list(medium.iterdir())


def test_check_mode_before_anything_is_published(run_module, options, medium):
    options["backup"] = {"path": "/no/such/archive/sukamara/09jan2025", "files": [{"name": "x", "size_bytes": 5}]}
    result = run_module(media_copy, check=True, **options)
    assert result["copy"]["path"] == str(medium / "sukamara/09jan2025")
    assert result["copy"]["files"] == options["backup"]["files"]
    assert result["copy"]["size_bytes"] == 5
    options["backup"]["files"][0]["size_bytes"] = 10**18
    assert run_module(media_copy, check=True, **options)["error"]["code"] == "SIAK-500"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"medium_dir": "/no/such/medium"}, ("SIAK-500", "/no/such/medium")),
        ({"mount_required": True}, ("SIAK-500", "titik mount")),
        ({"server": ".."}, ("SIAK-100", "nama server")),
        ({"min_free_bytes": 10**18}, ("SIAK-500", "media penuh")),
        ({"backup": {"files": []}}, ("SIAK-100", "backup")),
        ({"backup": {"path": "/no/such/folder"}}, ("SIAK-404", "/no/such/folder")),
    ],
)
def test_what_cannot_be_is_refused_by_name(run_module, options, medium, change, told):
    result = run_module(media_copy, **(options | change))
    assert result["failed"]
    assert result["error"]["code"] == told[0]
    assert told[1] in result["msg"]
    assert not list(medium.iterdir())


def test_a_folder_that_is_not_what_was_published(run_module, options, medium):
    options["backup"]["files"][0]["sha256"] = "0" * 64
    result = run_module(media_copy, **options)
    assert result["error"]["code"] == "SIAK-404"
    assert not list(medium.iterdir())


def test_neither_or_both_sources_are_refused(run_module, options):
    assert run_module(media_copy, **options, src="/x")["failed"]
    del options["backup"]
    assert run_module(media_copy, **options)["failed"]
