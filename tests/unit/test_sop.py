# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from siak_backup.errors import SopError
from siak_backup.sop import Sop, load_sop

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "sop/backup-database.yml"
CONTENT: dict[str, Any] = yaml.safe_load(SHIPPED.read_text())


def changed(path: Path, *keys: Any, to: Any) -> Path:
    """Write the shipped SOP with one value changed; `...` removes the key."""
    content = copy.deepcopy(CONTENT)
    inner = content
    for key in keys[:-1]:
        inner = inner[key]
    if to is ...:
        del inner[keys[-1]]
    else:
        inner[keys[-1]] = to
    file = path / "sop.yml"
    file.write_text(yaml.safe_dump(content))
    return file


@pytest.fixture(scope="module")
def sop() -> Sop:
    return load_sop(SHIPPED)


def test_the_shipped_sop_says_what_the_paper_says(sop: Sop):
    assert sop.nomor == "000.8.3.3/24/1.Dukcapil/2025"
    assert (sop.pembuatan, sop.revisi, sop.efektif) == (date(2025, 1, 6), None, date(2025, 1, 9))
    assert [step.waktu_minutes for step in sop.steps] == [None, 40, 10, 15, 15, 10]
    assert [step.role for step in sop.steps] == ["prepare", "export", "collect", "file_dump", "copy_media", "record"]
    assert [step.number for step in sop.steps] == [1, 2, 3, 4, 5, 6]
    assert '"admmmyyy"' in sop.steps[3].kegiatan
    assert sop.steps[0].mutu_baku == "setelah jam pelayanan"
    assert sop.steps[5].mutu_baku == "10 menit; Laporan Data Backup Database"
    assert len(sop.dasar_hukum) == 4


def test_each_step_of_the_sop_has_a_role_in_the_tree(sop: Sop):
    for step in sop.steps:
        assert (ROOT / "roles" / step.role / "tasks/main.yml").is_file()


def test_no_person_is_named():
    assert "NIP" not in SHIPPED.read_text()
    assert not {"nip", "disahkan", "pejabat"} & set(CONTENT)


def test_steps_are_found_by_role_and_values_are_frozen(sop: Sop):
    step = sop.step_of_role("copy_media")
    assert step is sop.steps[4]
    assert sop.step_of_role("rehearsal") is None
    with pytest.raises(dataclasses.FrozenInstanceError):
        step.role = "x"  # type: ignore[misc]


def test_a_changed_limit_is_read(tmp_path: Path):
    assert load_sop(changed(tmp_path, "langkah", 1, "waktu", to=90)).steps[1].waktu == "90 menit"
    assert load_sop(changed(tmp_path, "tanggal", "revisi", to=date(2026, 2, 1))).revisi == date(2026, 2, 1)


@pytest.mark.parametrize(
    ("keys", "value", "named"),
    [
        (("nomor",), ..., "nomor tidak ada"),
        (("nomor",), 24, "nomor harus teks"),
        (("nama",), "SOP\x1b[31m", "nama harus teks"),
        (("nama",), " ", "nama harus teks"),
        (("nama",), "x" * 501, "nama harus teks"),
        (("tambahan",), 1, "tambahan tidak dikenal"),
        (("tanggal",), "2025-01-06", "tanggal harus tabel"),
        (("tanggal", "efektif"), ..., r"tanggal\.efektif tidak ada"),
        (("tanggal", "efektif"), "2025-02-30", r"tanggal\.efektif harus tanggal"),
        (("tanggal", "efektif"), "9 Januari 2025", r"tanggal\.efektif harus tanggal"),
        (("tanggal", "pembuatan"), None, r"tanggal\.pembuatan harus tanggal"),
        (("dasar_hukum",), "UU 23/2006", "dasar_hukum harus daftar"),
        (("dasar_hukum",), [], "dasar_hukum harus daftar"),
        (("peringatan", 1), ["a"], r"peringatan\.2 harus teks"),
        (("langkah",), {}, "langkah harus daftar"),
        (("langkah",), [], "langkah harus daftar"),
        (("langkah", 2), "Masuk ke folder", r"langkah\.3 harus tabel"),
        (("langkah", 2, "waktu"), ..., r"langkah\.3\.waktu tidak ada"),
        (("langkah", 2, "waktu"), 0, r"langkah\.3\.waktu harus menit"),
        (("langkah", 2, "waktu"), True, r"langkah\.3\.waktu harus menit"),
        (("langkah", 2, "waktu"), "10 menit", r"langkah\.3\.waktu harus menit"),
        (("langkah", 2, "waktu"), 1441, r"langkah\.3\.waktu harus menit"),
        (("langkah", 2, "role"), "../collect", r"langkah\.3\.role '\.\./collect' bukan"),
        (("langkah", 2, "role"), "export", r"langkah\.2\.role 'export' dipakai"),
        (("langkah", 2, "pelaksana"), [1], r"langkah\.3\.pelaksana\.1 harus teks"),
    ],
)
def test_impossible_content_names_the_key(tmp_path: Path, keys: tuple[Any, ...], value: Any, named: str):
    path = changed(tmp_path, *keys, to=value)
    with pytest.raises(SopError, match=named) as caught:
        load_sop(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"nama: [", "baris 1"),
        (b"nama: a\nnama: b\n", "baris 1"),
        (b"nama: !!python/object/apply:os.system ['true']", "baris 1"),
        (b"? [a]\n: b\n", ""),
        (b"[" * 20_000, ""),
        (b"a: \xff\xfe", ""),
        (b"a: 2025-13-45", ""),
        (b"a: 1\n" * 20_000, "64 KiB"),
        (b"", "seluruh berkas"),
    ],
    ids=["cut", "repeated", "python", "list-key", "deep", "bytes", "no-date", "large", "empty"],
)
def test_hostile_files_are_one_clear_error(tmp_path: Path, content: bytes, where: str):
    path = tmp_path / "sop.yml"
    path.write_bytes(content)
    with pytest.raises(SopError) as caught:
        load_sop(path)
    assert where in str(caught.value)


def test_a_missing_file_names_the_setting(tmp_path: Path):
    with pytest.raises(SopError, match="sop_path"):
        load_sop(tmp_path / "none.yml")
