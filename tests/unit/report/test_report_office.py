# SPDX-License-Identifier: GPL-3.0-or-later
"""The letterhead's settings: what is taken, what is refused, and by which name."""

from __future__ import annotations

import os
from datetime import date

import pytest
from evenings import SETTINGS, SOP
from siak_backup.errors import ConfigError
from siak_backup.report.office import DEFAULT_NUMBER, Letterhead, Official
from siak_backup.report.paper import kop, signatures

DAY = date(2025, 1, 9)


def parsed(**settings):
    return Letterhead.parse(settings, SOP)


def test_nothing_given_is_the_sops_own_office():
    letterhead = parsed()
    assert letterhead.instansi == SOP.instansi
    assert (letterhead.alamat, letterhead.logo, letterhead.tempat) == ("", None, "")
    assert letterhead.number_pattern == DEFAULT_NUMBER
    assert [(each.peran, each.jabatan, each.nama, each.nip) for each in letterhead.officials] == [
        ("pelaksana", "Administrator Database", "", ""),
        ("paraf", "Kasi SIAK", "", ""),
        ("mengetahui", "Kabid PIAK", "", ""),
    ]
    assert parsed(instansi=[], alamat=None, nomor="").instansi == SOP.instansi


def test_everything_given_is_kept():
    letterhead = Letterhead.parse({**SETTINGS, "instansi": ["SATU", " DUA "]}, SOP)
    assert letterhead.instansi == ("SATU", "DUA")
    assert letterhead.tempat == "Sukamara"
    (pelaksana,) = letterhead.of_peran("pelaksana")
    assert pelaksana == Official("pelaksana", "Administrator Database", "Contoh Pegawai", "199001012015011001")
    assert letterhead.place_of("DISK-01") == "lemari besi ruang arsip lantai 2"
    assert letterhead.place_of("DISK-02") == ""


@pytest.mark.parametrize("nip", ["199001012015011001", "19900101 201501 1 001", 199001012015011001])
def test_a_nip_is_shown_in_its_groups(nip):
    (official,) = parsed(pejabat=[{"peran": "paraf", "jabatan": "Kasi SIAK", "nip": nip}]).officials
    assert official.nip_shown == "19900101 201501 1 001"
    assert Official("paraf", "Kasi SIAK").nip_shown == ""


@pytest.mark.parametrize(
    ("pattern", "urut", "shown"),
    [
        ("", 7, "7/Laporan-Backup/I/2025"),
        ("", None, "............/Laporan-Backup/I/2025"),
        ("000.8/{urut:03}/{bulan:02}.{tahun}", 7, "000.8/007/01.2025"),
        ("{urut} {bulan} {bulan_romawi}", 1234, "1234 1 I"),
    ],
)
def test_a_number_is_made_of_its_pattern(pattern, urut, shown):
    assert parsed(nomor=pattern).number(urut, DAY) == shown
    assert parsed(nomor="{urut}-{bulan_romawi}").number(1, date(2025, 12, 1)) == "1-XII"


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"kop": "x"}, "kop"),
        ({"instansi": "SATU"}, "instansi"),
        ({"instansi": ["X"] * 6}, "instansi"),
        ({"instansi": [" "]}, "instansi"),
        ({"alamat": 7}, "alamat"),
        ({"alamat": "dua\nbaris"}, "alamat"),
        ({"tempat": "x" * 201}, "tempat"),
        ({"nomor": "tanpa urut"}, "nomor"),
        ({"nomor": "{urut}{urut}"}, "nomor"),
        ({"nomor": "{urut.__class__}"}, "nomor"),
        ({"nomor": "{urut}/{0}"}, "nomor"),
        ({"pejabat": "x"}, "pejabat"),
        ({"pejabat": [{"peran": "paraf", "jabatan": "x"}] * 7}, "pejabat"),
        ({"pejabat": ["x"]}, "pejabat.1"),
        ({"pejabat": [{"peran": "raja", "jabatan": "x"}]}, "pejabat.1.peran"),
        ({"pejabat": [{"peran": "paraf"}]}, "pejabat.1.jabatan"),
        ({"pejabat": [{"peran": "paraf", "jabatan": "x", "gaji": 1}]}, "pejabat.1.gaji"),
        ({"pejabat": [{"peran": "paraf", "jabatan": "x", "nip": "12345"}]}, "pejabat.1.nip"),
        ({"pejabat": [{"peran": "paraf", "jabatan": "x", "nip": "\u0661" * 18}]}, "pejabat.1.nip"),
        ({"lokasi_simpan": ["x"]}, "lokasi_simpan"),
        ({"lokasi_simpan": {"DISK-01": 3}}, "lokasi_simpan.DISK-01"),
        ({"lokasi_simpan": {3: "rak"}}, "lokasi_simpan"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(settings, where):
    with pytest.raises(ConfigError) as caught:
        parsed(**settings)
    assert caught.value.where == f"kop_surat.{where}"


def test_settings_that_are_no_table_are_refused():
    with pytest.raises(ConfigError) as caught:
        Letterhead.parse(["x"], SOP, setting="report_letterhead")
    assert caught.value.where == "report_letterhead"


def test_a_logo_is_read_and_handed_to_the_template(tmp_path):
    png, svg = tmp_path / "l.png", tmp_path / "l.svg"
    png.write_bytes(b"\x89PNG\r\n\x1a\nrest")
    svg.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    assert kop(parsed(logo=str(png))).logo == tuple(b"\x89PNG\r\n\x1a\nrest")
    assert kop(parsed(logo=str(png))).logo_format == "png"
    assert kop(parsed(logo=str(svg))).logo == svg.read_text(encoding="utf-8")
    assert kop(parsed(logo=str(svg))).logo_format == "svg"
    assert kop(parsed()).logo_format == ""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "tidak dapat dibaca"),
        (b"GIF89a", "bukan PNG atau SVG"),
        (b"<svg \xff", "bukan PNG atau SVG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(600_000), "lebih dari 512 KiB"),
    ],
)
def test_a_logo_that_is_none_is_refused_and_named(tmp_path, content, says):
    path = tmp_path / "lambang"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=says) as caught:
        parsed(logo=os.fspath(path))
    assert str(path) in str(caught.value)


def test_who_signs_stands_in_a_letters_order():
    letterhead = Letterhead.parse(SETTINGS, SOP)
    blocks = signatures(letterhead, DAY)
    assert [(each.heading, each.nama, each.above) for each in blocks] == [
        ("Mengetahui,", "Contoh Kabid", ""),
        ("Paraf,", "Contoh Kasi, S.Kom.", ""),
        ("Pelaksana,", "Contoh Pegawai", "Sukamara, 9 Januari 2025"),
    ]
    witnessed = signatures(letterhead, None, witnessed=True)
    assert [each.heading for each in witnessed] == ["Mengetahui,", "Saksi,", "Pelaksana,"]
    assert witnessed[-1].above == "Sukamara, ...................."
    assert signatures(Letterhead(("X",)), DAY) == ()
