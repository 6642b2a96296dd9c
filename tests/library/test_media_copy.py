# SPDX-License-Identifier: GPL-3.0-or-later
"""media_copy as Ansible calls it."""

from __future__ import annotations

import json
import subprocess

import media_copy
import pyrage
import pytest
from siak_backup.media import history
from siak_backup.media.history import NightCopied
from siak_backup.media.marker import HARDISK

from tests.unit.archive.nights import publish_night, tree
from tests.unit.media.desk import register

KEY = pyrage.x25519.Identity.generate()
NAME = "22nov2026"


@pytest.fixture
def night(tmp_path):
    return publish_night(tmp_path / "archive")


@pytest.fixture
def medium(tmp_path):
    path = tmp_path / "medium"
    register(path)
    return path


def option(path, *labels, **more):
    return {"dir": str(path), "labels": list(labels or ("DISK-01",)), "mount_required": False} | more


@pytest.fixture
def options(night, medium):
    files = [entry.as_dict() for entry in night.manifest.files]
    return {
        "run": {"id": "run-1"},
        "server": "sukamara",
        "backup": {"folder": night.path.name, "path": str(night.path), "files": files, "manifest": {}},
        "media": [option(medium)],
    }


def past_of(night):
    return history.read(night.path.parent / history.HISTORY_NAME)


def test_copies_proves_and_says_so(run_module, options, night, medium):
    result = run_module(media_copy, **options)
    target = medium / "sukamara" / NAME
    assert tree(target) == tree(night.path)
    (copied,) = result["copies"]
    assert result["changed"]
    assert (copied["path"], copied["label"], copied["status"]) == (str(target), "DISK-01", "proven")
    assert copied["read_back"] in ("O_DIRECT", "fadvise", "cache")
    assert copied["rate_bytes_s"] > 0
    facts = result["agenda"]
    assert (facts["path"], facts["label"], facts["size_bytes"]) == (str(target), "DISK-01", night.total_bytes)
    assert {file["name"] for file in facts["files"]} == set(tree(target))
    assert [copy["status"] for copy in facts["copies"]] == ["proven"]
    assert result["diff"] == {"before": "", "after": f"{target}\n", "before_header": "media", "after_header": "media"}
    past = past_of(night)
    assert [(one.night, one.label, one.folder) for one in past.copies] == [(NAME, "DISK-01", NAME)]
    assert {event.name for event in past.events if event.event == "piece"} == {"master.dmp", "export.log"}


def test_again_reads_all_of_it_and_changes_nothing(run_module, options, night, medium):
    run_module(media_copy, **options)
    before = tree(medium)
    result = run_module(media_copy, **options)
    assert not result["changed"]
    assert result["copies"][0]["status"] == "present"
    assert result["copies"][0]["read_back"]
    assert tree(medium) == before
    assert len(past_of(night).copies) == 1


def test_a_folder_may_be_named_by_path(run_module, options, night):
    del options["backup"]
    assert run_module(media_copy, **options, src=str(night.path))["copies"][0]["status"] == "proven"


def test_check_mode_looks_and_changes_nothing(run_module, options, night, medium, tmp_path):
    options["media"].append(option(tmp_path / "absent", "LUAR-01", policy="menyusul"))
    before = tree(tmp_path)
    result = run_module(media_copy, check=True, **options)
    assert result["changed"]
    assert [copy["status"] for copy in result["copies"]] == ["planned", "deferred"]
    assert result["copies"][0]["path"] == str(medium / "sukamara" / NAME)
    assert tree(tmp_path) == before
    del options["media"][1]
    run_module(media_copy, **options)
    result = run_module(media_copy, check=True, **options)
    assert not result["changed"]
    assert result["copies"][0]["status"] == "present"


def test_check_mode_before_anything_is_published(run_module, options, medium):
    options["backup"] = {"path": "/no/such/archive/sukamara/09jan2025", "files": [{"name": "x", "size_bytes": 5}]}
    result = run_module(media_copy, check=True, **options)
    assert result["copies"][0]["path"] == str(medium / "sukamara/09jan2025")
    assert result["agenda"]["files"] == options["backup"]["files"]
    assert result["agenda"]["size_bytes"] == 5
    options["backup"]["files"][0]["size_bytes"] = 10**18
    assert run_module(media_copy, check=True, **options)["error"]["code"] == "SIAK-500"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"media": [option("/no/such/medium")]}, ("SIAK-500", "/no/such/medium")),
        ({"media": []}, ("SIAK-100", "siak_media")),
        ({"server": ".."}, ("SIAK-100", "nama server")),
        ({"backup": {"files": []}}, ("SIAK-100", "backup")),
        ({"backup": {"path": "/no/such/folder"}}, ("SIAK-404", "/no/such/folder")),
        ({"age_recipients": ["age1nonsense"]}, ("SIAK-100", "siak_age_recipients")),
        ({"stall_limit_s": 1.0}, ("SIAK-100", "stall_limit_s")),
    ],
)
def test_what_cannot_be_is_refused_by_name(run_module, options, medium, change, told):
    result = run_module(media_copy, **(options | change))
    assert result["failed"]
    assert result["error"]["code"] == told[0]
    assert told[1] in result["msg"]
    assert not (medium / "sukamara").exists()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"mount_required": True}, ("SIAK-500", "titik mount")),
        ({"labels": ["DISK-07"]}, ("SIAK-502", "DISK-07")),
        ({"labels": []}, ("SIAK-100", "label")),
        ({"labels": ["../x"]}, ("SIAK-100", "label")),
        ({"min_free_bytes": 10**18}, ("SIAK-500", "media penuh")),
        ({"min_free_bytes": -1}, ("SIAK-100", "min_free_bytes")),
        ({"encrypt": "always"}, ("SIAK-100", "siak_age_recipients")),
    ],
)
def test_a_medium_that_cannot_be_is_refused_by_name(run_module, options, medium, changed, told):
    options["media"][0] |= changed
    result = run_module(media_copy, **options)
    assert result["error"]["code"] == told[0]
    assert told[1] in result["msg"]


def test_a_folder_that_is_not_what_was_published(run_module, options, medium):
    options["backup"]["files"][0]["sha256"] = "0" * 64
    result = run_module(media_copy, **options)
    assert result["error"]["code"] == "SIAK-404"
    assert not (medium / "sukamara").exists()


def test_neither_or_both_sources_are_refused(run_module, options):
    assert run_module(media_copy, **options, src="/x")["failed"]
    del options["backup"]
    assert run_module(media_copy, **options)["failed"]


def test_an_absent_medium_that_may_follow_is_recorded_and_the_night_goes_on(run_module, options, night, tmp_path):
    absent = tmp_path / "luar"
    options["media"].append(option(absent, "LUAR-01", policy="menyusul"))
    result = run_module(media_copy, **options)
    assert not result["failed"]
    assert [copy["status"] for copy in result["copies"]] == ["proven", "deferred"]
    deferred = result["agenda"]["copies"][1]
    assert (deferred["label"], deferred["code"]) == ("LUAR-01", "SIAK-500")
    # The next night finds it plugged in, and makes up for the first.
    register(absent, "LUAR-01")
    second = publish_night(tmp_path / "archive", "run-2", base="23nov2026")
    options["backup"] = {"path": str(second.path), "files": [entry.as_dict() for entry in second.manifest.files]}
    result = run_module(media_copy, **options, catch_up=7)
    assert [copy["status"] for copy in result["copies"]] == ["proven", "proven"]
    assert [(each["night"], [copy["label"] for copy in each["copies"]]) for each in result["caught_up"]] == [
        (NAME, ["LUAR-01"])
    ]
    (told,) = result["agenda"]["caught_up"]
    assert (told["night"], told["label"], told["path"]) == (NAME, "LUAR-01", str(absent / "sukamara" / NAME))
    assert told["read_back"]
    assert tree(absent / "sukamara" / NAME) == tree(night.path)


def test_the_medium_that_must_be_there_fails_and_the_other_is_copied(run_module, options, night, tmp_path):
    second = tmp_path / "second"
    register(second, "DISK-02")
    options["media"] = [option("/no/such/medium"), option(second, "DISK-02"), option("/nor/this", "DISK-03")]
    result = run_module(media_copy, **options)
    assert result["failed"]
    assert result["msg"].startswith("SIAK-500 2 kopian gagal")
    assert [copy["status"] for copy in result["copies"]] == ["failed", "proven", "failed"]
    assert result["agenda"]["label"] == "DISK-02"
    assert tree(second / "sukamara" / NAME) == tree(night.path)


def test_all_that_a_medium_lacks(run_module, options, night, medium, tmp_path):
    for number, base in enumerate(("23nov2026", "24nov2026"), 1):
        publish_night(tmp_path / "archive", f"run-{number}", base=base)
    run_module(media_copy, **options)
    damaged = night.path.parent / "23nov2026"
    (damaged / "master.dmp").write_bytes(b"x")
    del options["backup"]
    options |= {"server_dir": str(night.path.parent)}
    options["media"].append(option(tmp_path / "absent", "LUAR-01", policy="menyusul"))
    planned = run_module(media_copy, check=True, **options)
    assert {each["night"] for each in planned["caught_up"]} == {"23nov2026", "24nov2026"}
    result = run_module(media_copy, **options)
    assert not result["failed"]
    assert [each["night"] for each in result["caught_up"]] == ["24nov2026"]
    assert any("23nov2026 tidak dapat disusulkan" in sentence for sentence in result["advice"])
    assert any("SIAK-500" in sentence for sentence in result["advice"])
    told = result["agenda"]
    copied = [path.stat().st_size for path in (medium / "sukamara/24nov2026").iterdir()]
    assert (told["files"], told["size_bytes"]) == (len(copied), sum(copied))
    assert [(copy["label"], copy["status"]) for copy in told["copies"]] == [("LUAR-01", "deferred")]
    assert not told["nothing_lacks"]
    assert sorted(path.name for path in (medium / "sukamara").iterdir() if path.name[0] != ".") == [NAME, "24nov2026"]


def test_encrypted_on_a_medium_that_can_be_carried_away(run_module, options, night, tmp_path):
    outside = tmp_path / "luar"
    register(outside, "LUAR-01", kind=HARDISK)
    options["media"].append(option(outside, "LUAR-01", compress=True))
    options["age_recipients"] = [str(KEY.to_public())]
    result = run_module(media_copy, **options)
    plain, encrypted = result["copies"]
    assert plain["encoded"] == []
    folder = outside / "sukamara" / NAME
    assert sorted(path.name for path in folder.iterdir()) == [
        "SHA256SUMS", "export.log", "manifest.json", "master.dmp.age",
    ]  # fmt: skip
    assert [file["name"] for file in encrypted["encoded"]] == ["master.dmp.age"]
    opened = pyrage.decrypt((folder / "master.dmp.age").read_bytes(), [KEY])
    assert opened == (night.path / "master.dmp").read_bytes()
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, check=True, capture_output=True)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["version"] == 2
    assert manifest["files"] == [entry.as_dict() for entry in night.manifest.files]
    assert [one["stored_name"] for one in manifest["stored"]] == ["master.dmp.age"]
    # A second run knows its own encrypted copy by the history, and without it trusts none.
    assert [copy["status"] for copy in run_module(media_copy, **options)["copies"]] == ["present", "present"]
    (night.path.parent / history.HISTORY_NAME).unlink()
    again = run_module(media_copy, **options)["copies"]
    assert [copy["status"] for copy in again] == ["present", "proven"]
    assert again[1]["path"].endswith("_2")


def test_an_interrupted_encrypted_copy_is_continued(run_module, options, night, tmp_path):
    outside = tmp_path / "luar"
    register(outside, "LUAR-01", kind=HARDISK)
    options |= {"media": [option(outside, "LUAR-01")], "age_recipients": [str(KEY.to_public())]}
    run_module(media_copy, **options)
    done = outside / "sukamara" / NAME
    (done / "manifest.json").unlink()
    (done / "SHA256SUMS").unlink()
    done.rename(done.with_name(f".part-{NAME}"))
    (copied,) = run_module(media_copy, **options)["copies"]
    assert (copied["status"], copied["resumed"]) == ("proven", 2)


def test_media_in_turn_say_which_is_due(run_module, options, night, tmp_path):
    options["media"][0]["labels"] = ["DISK-01", "DISK-02"]
    assert run_module(media_copy, **options)["advice"] == ["giliran berikutnya media DISK-02"]
    second = publish_night(tmp_path / "archive", "run-2", base="23nov2026")
    options["backup"] = {"path": str(second.path), "files": [entry.as_dict() for entry in second.manifest.files]}
    advice = run_module(media_copy, **options, offsite_days=7)["advice"]
    assert advice[0] == "media DISK-01 dipakai lagi, giliran DISK-02"
    assert "belum ada salinan di luar gedung" in advice[1]
    line = NightCopied("2025-01-01T00:00:00+00:00", "b" * 32, "DISK-02", "A", NAME, NAME, "O_DIRECT")
    history.append(night.path.parent / history.HISTORY_NAME, line)
    advice = run_module(media_copy, **options, offsite_days=7)["advice"]
    assert any("salinan terbaru di luar gedung" in sentence for sentence in advice)
