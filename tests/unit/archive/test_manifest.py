# SPDX-License-Identifier: GPL-3.0-or-later
"""manifest.json and SHA256SUMS: stable when written, strict when read."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from siak_backup.archive.compose import collected_files, compose
from siak_backup.archive.folder import prove, read_folder
from siak_backup.archive.manifest import FileEntry, Manifest, StoredEntry
from siak_backup.archive.names import free_names, is_plain, piece_names
from siak_backup.archive.sums import format_sums, parse_sums
from siak_backup.errors import ArchiveError, ConfigError, VanishedError

from tests.unit.archive.nights import MANIFEST, TIME, publish_night

SUM = "0123456789abcdef" * 4
WHOLE = replace(MANIFEST, folder="22nov2026", files=(FileEntry("master.dmp", 5, SUM, "DIR:x.dmp"),))

#: A manifest as version 1 was first published. Never change it: it must be readable for ever.
VERSION_1 = f"""{{
  "counts": [{{"rows_in_database": 600, "rows_in_export": 600, "table": "SIAKOFF.BIODATA_WNI"}}],
  "created_at": "2026-11-22T09:30:00+00:00",
  "files": [{{"name": "master.dmp", "sha256": "{SUM}", "size_bytes": 5, "source": "DIR:x.dmp"}}],
  "folder": "22nov2026",
  "office": "Disdukcapil Kabupaten Sukamara",
  "oracle": {{"database": "SIAK", "ended_at": "2026-11-22T09:30:00+00:00", "job": "SIAK_1", "mode": "SCHEMA",
    "schemas": ["SIAKOFF"], "scn": 123456, "started_at": "2026-11-22T09:30:00+00:00", "version": "19.3.0.0.0"}},
  "rehearsal": true,
  "run_id": "20261122T093000Z-0a1b2c",
  "server": "sukamara",
  "software": "siak-backup 0.1.0",
  "sop_number": "000.8.3.3/24/1.Dukcapil/2025",
  "tables": [{{"name": "BIODATA_WNI", "partition": "", "rows": 600, "schema": "SIAKOFF"}}],
  "verdict": {{"evidence": ["log: berhasil"], "status": "complete"}},
  "version": 1
}}"""


def read(text):
    return Manifest.from_json(text, where="manifest.json")


def test_version_1_is_readable_for_ever():
    assert read(VERSION_1) == WHOLE


def test_what_is_written_is_stable_and_read_back():
    text = WHOLE.to_json()
    assert read(text) == WHOLE
    assert read(text).to_json() == text
    assert text.endswith("}\n")
    assert json.loads(text) == json.loads(VERSION_1)
    assert text.index('"counts"') < text.index('"version"')


def test_text_of_an_office_is_kept_as_it_is():
    named = replace(WHOLE, office="Kantor Größe · 北")
    assert "Größe · 北" in named.to_json()
    assert read(named.to_json()) == named


def changed(*path_and_value):
    *path, value = path_and_value
    facts = json.loads(VERSION_1)
    target = facts
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return json.dumps(facts)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "Expecting value"),
        ("[]", "manifest"),
        ("[" * 100_000, "rusak"),
        (changed("version", "1"), "version"),
        (changed("server", 5), "server"),
        (changed("server", "\x1b[2J"), "server"),
        (changed("server", "x" * 4001), "server"),
        (changed("rehearsal", 1), "rehearsal"),
        (changed("created_at", "2026-11-22T09:30:00"), "created_at"),
        (changed("created_at", "kemarin"), "created_at"),
        (changed("extra", 1), "extra"),
        (changed("oracle", []), "oracle"),
        (changed("oracle", "scn", -1), "scn"),
        (changed("oracle", "scn", True), "scn"),
        (changed("oracle", "schemas", [1]), "schemas"),
        (changed("oracle", "extra", 1), "extra"),
        (changed("files", []), "files"),
        (changed("files", {}), "files"),
        (changed("files", 0, "name", "../x"), "name"),
        (changed("files", 0, "sha256", SUM.upper()), "sha256"),
        (changed("files", [json.loads(VERSION_1)["files"][0]] * 2), "dua kali"),
        (changed("tables", 0, "rows", 1.5), "rows"),
        (changed("tables", 0, "name", "x" * 258), "name"),
        (changed("counts", 0, "rows_in_export", "600"), "rows_in_export"),
        (changed("verdict", {}), "status"),
    ],
)
def test_a_wrong_manifest_is_refused_by_name(text, named):
    with pytest.raises(ArchiveError, match="rusak") as caught:
        read(text)
    assert named in str(caught.value)


def test_a_table_that_is_not_in_the_export_may_have_no_rows():
    assert read(changed("counts", 0, "rows_in_export", None)).counts[0].rows_in_export is None


def test_a_table_may_be_called_anything():
    assert read(changed("tables", 0, "name", "tabel \x07\u00a0")).tables[0].name == "tabel \x07\u00a0"


def test_a_later_version_asks_for_a_later_program():
    with pytest.raises(ArchiveError, match="versi 3 belum dikenal"):
        read(changed("version", 3))


STORED = {"name": "master.dmp", "stored_name": "master.dmp.age", "size_bytes": 5, "sha256": "0" * 64}


def encoded(*stored):
    facts = json.loads(VERSION_1)
    return json.dumps(facts | {"version": 2, "stored": list(stored)})


def test_a_copy_may_store_a_file_in_another_form():
    name = read(VERSION_1).files[0].name
    manifest = read(encoded(STORED | {"name": name}))
    assert manifest.stored == (StoredEntry(name, "master.dmp.age", 5, "0" * 64),)
    assert read(manifest.to_json()) == manifest
    assert json.loads(manifest.to_json())["version"] == 2
    assert "stored" not in json.loads(read(VERSION_1).to_json())


@pytest.mark.parametrize(
    "stored",
    [
        (),
        ({"name": "absent.dmp"},),
        ({"sha256": "x"},),
        ({"stored_name": "../x"},),
        ({}, {}),
    ],
)
def test_what_a_copy_cannot_store(stored):
    name = read(VERSION_1).files[0].name
    with pytest.raises(ArchiveError, match="rusak"):
        read(encoded(*(STORED | {"name": name} | one for one in stored)))


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=4))
def test_any_value_anywhere_is_read_or_refused(value):
    for key in json.loads(VERSION_1):
        try:
            assert isinstance(read(changed(key, value)), Manifest)
        except ArchiveError:
            continue


def test_sums_are_what_sha256sum_reads():
    sums = {"manifest.json": SUM, "export.log": SUM[::-1]}
    text = format_sums(sums)
    assert text.splitlines() == [f"{SUM[::-1]}  export.log", f"{SUM}  manifest.json"]
    assert parse_sums(text, where="SHA256SUMS") == sums


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"{SUM} x\n",
        f"{SUM}  x",
        f"{SUM.upper()}  x\n",
        f"{SUM}  ../x\n",
        f"\\{SUM}  x\n",
        f"{SUM}  a/b\n",
        f"{SUM}  x\n{SUM}  x\n",
        f"{SUM}  x\r\n",
        f"{SUM}  x\n\n",
    ],
)
def test_other_sums_are_refused(text):
    with pytest.raises(ArchiveError, match="SHA256SUMS rusak"):
        parse_sums(text, where="SHA256SUMS")


@given(st.text())
def test_a_plain_name_stays_in_its_folder(name):
    if is_plain(name):
        assert not set(name) & set("/\\\n \0:*?")
        assert not name.startswith((".", "-"))
        assert name.isascii()


def test_names_of_pieces():
    assert piece_names(1) == ("master.dmp",)
    assert piece_names(12)[::11] == ("master_01.dmp", "master_12.dmp")


def test_free_names_ignore_case():
    names = free_names("22nov2026", ["22NOV2026", "22nov2026_2", "22nov2026_4"])
    assert [next(names), next(names)] == ["22nov2026_3", "22nov2026_5"]


@pytest.mark.parametrize("name", ["SHA256SUMS", "manifest.json", "master.dmp"])
def test_a_folder_that_lacks_a_file(tmp_path, name):
    folder = publish_night(tmp_path)
    (folder.path / name).unlink()
    with pytest.raises(VanishedError) as caught:
        read_folder(folder.path)
    assert name in caught.value.where


def test_a_folder_whose_manifest_and_sums_disagree(tmp_path):
    folder = publish_night(tmp_path)
    sums = folder.path / "SHA256SUMS"
    sums.write_text(sums.read_text().replace(folder.sums["master.dmp"], SUM))
    with pytest.raises(VanishedError, match=r"master\.dmp"):
        read_folder(folder.path)


def test_a_folder_of_a_stranger_neither_hangs_nor_leads_away(tmp_path):
    folder = publish_night(tmp_path)
    sums = folder.path / "SHA256SUMS"
    sums.rename(tmp_path / "elsewhere")
    sums.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ArchiveError):
        read_folder(folder.path)
    sums.unlink()
    os.mkfifo(sums)
    with pytest.raises(ArchiveError):
        read_folder(folder.path)


def test_sums_that_name_themselves(tmp_path):
    folder = publish_night(tmp_path)
    with (folder.path / "SHA256SUMS").open("a") as file:
        file.write(f"{SUM}  SHA256SUMS\n")
    with pytest.raises(VanishedError, match="SHA256SUMS"):
        read_folder(folder.path)


@pytest.mark.parametrize("name", ["manifest.json", "export.log", "master.dmp"])
def test_a_flipped_bit_is_found(tmp_path, name):
    folder = publish_night(tmp_path)
    content = bytearray((folder.path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder.path / name).write_bytes(content)
    with pytest.raises(VanishedError, match=name):
        prove(folder)


COLLECTED = {
    "staging_dir": "/x",
    "files": [{"name": "a.dmp", "size_bytes": 5, "sha256": SUM, "source": "DIR:a.dmp"}],
    "log": {"name": "a.log", "size_bytes": 5, "sha256": SUM, "source": "DIR:a.log"},
    "tables": [{"schema": "S", "name": "T", "partition": "", "rows": 1}],
    "counts": [{"table": "S.T", "rows_in_database": 1, "rows_in_export": 1}],
    "verdict": {"status": "complete", "evidence": ["log"]},
}
EXPORT = {"job": "J", "scn": 1, "mode": "SCHEMA", "schemas": ["S"], "started_at": TIME, "ended_at": TIME}
DATABASE = {"version": "19.3.0.0.0", "name": "SIAK", "platform": "Linux"}


RESULTS = {"collected": COLLECTED, "export": EXPORT, "database": DATABASE}


def composed(**changes):
    kept = ("run_id", "server", "office", "sop_number", "rehearsal")
    return compose(
        **{name: getattr(MANIFEST, name) for name in kept},
        created_at=datetime.fromisoformat(TIME),
        **(RESULTS | changes),
    )


def test_results_of_earlier_steps_become_the_manifests_parts():
    dump, log = collected_files(COLLECTED)
    manifest = replace(composed(), folder="22nov2026", files=(*dump, log))
    assert read(manifest.to_json()) == manifest
    assert (manifest.oracle.database, manifest.oracle.scn, manifest.verdict.status) == ("SIAK", 1, "complete")
    assert manifest.software == MANIFEST.software


def test_planned_files_have_no_sums_yet():
    planned = COLLECTED | {"files": [COLLECTED["files"][0] | {"sha256": ""}]}
    assert collected_files(planned, planned=True)[0][0].sha256 == ""
    with pytest.raises(ConfigError, match="sha256"):
        collected_files(planned)


@pytest.mark.parametrize("key", ["files", "log"])
def test_a_result_without_files_is_refused(key):
    with pytest.raises(ConfigError, match=f"langkah 3.*{key}"):
        collected_files({name: value for name, value in COLLECTED.items() if name != key})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"collected": COLLECTED | {"verdict": None}}, r"langkah 3.*verdict"),
        ({"export": EXPORT | {"scn": None}}, r"langkah 2.*scn"),
        ({"database": {}}, r"langkah 1.*version"),
    ],
)
def test_a_result_without_proof_is_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        composed(**changes)
