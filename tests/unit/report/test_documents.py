# SPDX-License-Identifier: GPL-3.0-or-later
"""The papers themselves: typeset, read back, compared byte by byte, and what happens when they cannot be made."""

from __future__ import annotations

import ast
import errno
import io
import os
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pypdf
import pytest
from evenings import (
    HEAD,
    LETTERHEAD,
    LONG,
    ODD,
    ROOT,
    SEAL,
    SETTINGS,
    SOP,
    START,
    TEMPLATES,
    busy_month,
    cut_off,
    due,
    failed,
    good,
    month,
    night_of,
    note,
    paraf,
    run_id,
    run_of,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from siak_backup.agenda.ledger import ServerState
from siak_backup.agenda.missed import Expected, Missed
from siak_backup.agenda.period import brief
from siak_backup.calendar import WIB, ServiceHours
from siak_backup.errors import ConfigError, ReportError
from siak_backup.report import documents, typeset
from siak_backup.report.documents import Page, Papers, Target
from siak_backup.report.forms import Destroyed, Pemusnahan
from siak_backup.report.laporan import Seal
from siak_backup.report.office import Letterhead
from siak_backup.report.typeset import Typesetter

from tests.unit.archive.mounts import on_small_disk

COUNT = {"rows_in_database": 1, "rows_in_export": 1}
A4 = (595.28, 841.89)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def papers(tmp_path) -> Papers:
    return Papers(Target(tmp_path / "dokumen", TEMPLATES, LETTERHEAD))


def page_of(server: ServerState, *, steps=(), seal=SEAL, **extra) -> Page:
    return Page(run_of(server, steps=steps), server, seal, **extra)


def read(path: Path) -> list[str]:
    """Return each page's text, every run of white space as one blank."""
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(path).pages]


def fonts_of(path: Path) -> dict[str, bool]:
    """Return each font's name and whether it is in the file."""
    found = {}
    for page in pypdf.PdfReader(path).pages:
        for font in page["/Resources"]["/Font"].values():
            (inner,) = font.get_object()["/DescendantFonts"]
            descriptor = inner.get_object()["/FontDescriptor"].get_object()
            found[str(descriptor["/FontName"])] = any(key.startswith("/FontFile") for key in descriptor)
    return found


def cells_of(path: Path) -> list[list[str]]:
    """Return a sheet's rows of texts and numbers; a formula in it fails the test."""
    with zipfile.ZipFile(path) as book:
        shared = ET.fromstring(book.read("xl/sharedStrings.xml"))  # noqa: S314 - our own
        texts = ["".join(part.text or "" for part in item.iter(f"{SHEET}t")) for item in shared.iter(f"{SHEET}si")]
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own
    assert not list(sheet.iter(f"{SHEET}f")), "a formula"
    assert not list(sheet.iter(f"{SHEET}hyperlink")), "a link"
    rows = []
    for row in sheet.iter(f"{SHEET}row"):
        values = []
        for cell in row.iter(f"{SHEET}c"):
            value = cell.find(f"{SHEET}v")
            text = "" if value is None else str(value.text)
            values.append(texts[int(text)] if cell.get("t") == "s" else text)
        rows.append(values)
    return rows


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(width) for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_a_laporan_is_one_a4_page_that_says_it_all(papers, tmp_path):
    path = papers.write_laporan(SOP, page_of(good(), urut=7, notes=[note(kendala="listrik padam")], parafs=[paraf()]))
    assert path == tmp_path / "dokumen" / "2025-01-09" / f"Laporan-{run_id()}-sukamara.pdf"
    (text,) = read(path)
    for words in (
        "PEMERINTAH KABUPATEN SUKAMARA", "LAPORAN DATA BACKUP DATABASE", "Nomor: 7/Laporan-Backup/I/2025",
        "Kamis, 9 Januari 2025", 'Membuat Folder baru dengan format penamaan "admmmyyy"', "18.900.000 B", f"{1:064x}",
        "lengkap, terbukti", "66.012 / 66.012", "dibaca ulang (O_DIRECT) dan sama", "listrik padam",
        "Kasi SIAK: Contoh", "Contoh Pegawai", "NIP. 19900101 201501 1 001", HEAD, "Sukamara, 9 Januari 2025",
    ):  # fmt: skip
        assert words in text
    box = pypdf.PdfReader(path).pages[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx(A4, abs=0.1)
    assert fonts_of(path)
    assert all(fonts_of(path).values()), "every font is in the file"
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.parent.stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize(
    "server",
    [
        good(files=40),
        good(rehearsal=True),
        failed(reason=LONG),
        failed(reason=ODD),
        cut_off(),
        ServerState("nihil", "never_reached"),
        good("n" * 190, office=LONG),
    ],
    ids=["pieces", "rehearsal", "long", "odd", "cut-off", "never", "name"],
)
def test_a_laporan_stays_on_its_page(papers, server):
    (text,) = read(papers.write_laporan(SOP, page_of(server, seal=Seal(HEAD, "tanda " * 60))))
    assert HEAD in text
    assert "NIP. 19900101 201501 1 001" in text
    rehearsed = any(step.facts.get("rehearsal") for step in server.steps.values())
    assert ("GLADI / REHEARSAL: BUKAN BACKUP" in text) == rehearsed


def test_a_laporan_with_everything_too_long_at_once_is_drawn_smaller_and_loses_nothing(tmp_path):
    too_long = {
        **SETTINGS,
        "instansi": ["A" * 200, "KATA " * 39, "#x $y$ *z*", "B" * 200, "C" * 200],
        "pejabat": [{"peran": "mengetahui", "jabatan": "J" * 200, "nama": "Nama " * 39, "nip": "1" * 18}] * 6,
    }
    server = good("n" * 190, office=LONG, files=40)
    steps = {number: replace(step, status="failed", reason=LONG) for number, step in server.steps.items()}
    server = replace(server, status="failed", steps=steps)
    everything = page_of(
        server,
        seal=Seal(HEAD, "x" * 400),
        notes=[note(kendala=LONG, tindak_lanjut=LONG)] * 9,
        parafs=[paraf(remark=LONG)] * 40,
    )
    papers = Papers(Target(tmp_path, TEMPLATES, Letterhead.parse(too_long, SOP)))
    (text,) = read(papers.write_laporan(SOP, everything))
    assert text.count("NIP. 11111111 111111 1 111") == 6
    assert text.count("dicatat Contoh Pegawai") == 8
    assert HEAD in text


def test_text_is_never_markup(papers):
    (text,) = read(
        papers.write_laporan(SOP, page_of(failed(reason="#panic[x] $x^2$ *tebal* \\ @label <label> = // `y`")))
    )
    assert "#panic[x] $x^2$ *tebal* \\ @label <label> = // `y`" in text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), max_size=300))
def test_any_text_of_the_journal_can_be_printed(papers, text):
    copy = {"label": text, "path": text or "/m", "read_back": text or "x", "serial": text, "night": text}
    server = failed(reason=text)
    file = {"name": text or "x", "size_bytes": 1, "sha256": text}
    steps = {
        **server.steps,
        3: replace(server.steps[2], step=3, facts={"verdict": text, "counts": [{**COUNT, "table": text}]}),
        4: replace(server.steps[1], step=4, facts={"files": [file], "path": text}),
        5: replace(server.steps[1], step=5, facts={"copies": [copy], "caught_up": [copy], "advice": [text]}),
    }
    server = replace(server, office=text, steps=steps)
    run = replace(run_of(server), node=text, head=text)
    added = note(kendala=text, tindak_lanjut=text)
    signed = replace(paraf(remark=text), office=text, name=text)
    assert len(read(papers.write_laporan(SOP, Page(run, server, Seal(text, text), 1, [added], [signed])))) == 1
    period = month([replace(brief(SOP, run, server), notes=(added,))], (signed,), (text,))
    missed = [Missed(date(2025, 1, 8), text)]
    assert cells_of(papers.write_register(SOP, period, missed)[-1])
    assert cells_of(papers.write_rekap(period, [Expected(text, text, WIB, ServiceHours())], missed)[-1])


def test_a_run_of_one_step_prints_that_step_only(papers):
    server = good()
    (text,) = read(papers.write_laporan(SOP, page_of(replace(server, steps={5: server.steps[5]}), steps=(5,))))
    assert "Membuat kopian file" in text
    assert "Persiapan membackup database" not in text


@pytest.mark.parametrize("logo", ["png", "svg", None])
def test_a_logo_is_printed(tmp_path, logo):
    content = {
        "png": png(40, 50),
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4"/></svg>',
    }
    given_settings = {}
    if logo:
        (tmp_path / "lambang").write_bytes(content[logo])
        given_settings["logo"] = str(tmp_path / "lambang")
    papers = Papers(Target(tmp_path, TEMPLATES, Letterhead.parse(given_settings, SOP)))
    path = papers.write_laporan(SOP, page_of(good()))
    (page,) = pypdf.PdfReader(path).pages
    assert ("/XObject" in page["/Resources"]) == (logo == "png")
    assert len(read(path)) == 1


@pytest.mark.parametrize(
    "content",
    [
        png(40, 50)[:40],
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1:9/x.png" width="1" height="1"/></svg>',
    ],
    ids=["cut", "linked"],
)
def test_a_logo_that_cannot_be_drawn_is_an_error_and_nothing_is_fetched(tmp_path, content):
    (tmp_path / "lambang").write_bytes(content)
    papers = Papers(Target(tmp_path, TEMPLATES, Letterhead.parse({"logo": str(tmp_path / "lambang")}, SOP)))
    with pytest.raises(ReportError, match=r"kop\.typ") as caught:
        papers.write_laporan(SOP, page_of(good()))
    assert "logo" in caught.value.remedy
    assert list(tmp_path.iterdir()) == [tmp_path / "lambang"]


def test_a_night_together_has_a_page_for_each_server(papers, monkeypatch):
    servers = [good("a"), failed("b", reason=LONG), good("c", files=40)]
    (path,) = papers.write_night(SOP, [page_of(each) for each in servers])
    assert path.name == f"Laporan-{run_id()}.pdf"
    texts = read(path)
    assert [f"Server : {name} " in text for name, text in zip("abc", texts, strict=True)] == [True] * 3
    monkeypatch.setattr(documents, "_PAGES_TOGETHER", 2)
    paths = papers.write_night(SOP, [page_of(each) for each in servers])
    assert [each.name for each in paths] == [f"Laporan-{run_id()}.pdf", f"Laporan-{run_id()}-2.pdf"]
    assert [len(read(each)) for each in paths] == [2, 1]


def test_a_register_repeats_its_head_on_every_page(papers, tmp_path):
    period, _, missed = busy_month(3)
    pdf, xlsx = papers.write_register(SOP, period, missed)
    assert (pdf, xlsx) == (
        tmp_path / "dokumen/2025-01/Agenda-2025-01.pdf",
        tmp_path / "dokumen/2025-01/Agenda-2025-01.xlsx",
    )
    texts = read(pdf)
    assert len(texts) > 2
    assert all("Hari, tanggal" in text or number == len(texts) for number, text in enumerate(texts, start=1))
    assert f"Halaman 2 dari {len(texts)}" in texts[1]
    assert "TIDAK DIJALANKAN" in " ".join(texts)
    rows = cells_of(xlsx)
    (head,) = [index for index, row in enumerate(rows) if row[:2] == ["No", "Hari, tanggal"]]
    lines = rows[head + 1 :]
    assert len(lines) == len(period.nights) + len(missed)
    assert [line[0] for line in lines] == [str(number) for number in range(1, len(lines) + 1)]
    assert lines[0][3] == "Backup database kependudukan server-001, Kabupaten Sukamara (62.08)"


def test_a_register_in_parts_has_one_sheet(papers, monkeypatch):
    monkeypatch.setattr(documents, "_ROWS_TOGETHER", 10)
    period, _, _ = busy_month(1)
    paths = papers.write_register(SOP, period)
    assert [path.name for path in paths] == [
        "Agenda-2025-01.pdf", "Agenda-2025-01-2.pdf", "Agenda-2025-01-3.pdf", "Agenda-2025-01.xlsx",
    ]  # fmt: skip
    assert "bagian 2 dari 3" in read(paths[1])[0]


def test_no_cell_is_a_formula_and_no_letter_breaks_a_sheet(papers):
    odd = ['=HYPERLINK("http://x","y")', "@SUM(1)", "-1+1", "\x01\x0b<&>", ODD, "http://contoh.id", LONG]
    nights = [night_of(failed(f"s{index}", reason=reason)) for index, reason in enumerate(odd)]
    period = month(nights, damage=("=1+1", LONG))
    *_, register = papers.write_register(SOP, period)
    told = [row[-1] for row in cells_of(register) if row and row[-1].startswith("Langkah 2")]
    assert told[0] == 'Langkah 2: =HYPERLINK("http://x","y")'
    assert told[3] == "Langkah 2: ? <&>"
    assert len(told) == len(odd)
    _, rekap = papers.write_rekap(period, due("=CMD()"))
    assert ["=CMD()"] in [row[:1] for row in cells_of(rekap)]
    assert ["Baris jurnal rusak: =1+1"] in cells_of(rekap)


@pytest.mark.parametrize("servers", [0, 1, 200])
def test_a_rekap_lays_out_any_number_of_servers(papers, servers):
    period, expected, missed = busy_month(servers)
    pdf, xlsx = papers.write_rekap(period, expected, missed)
    texts = read(pdf)
    assert len(texts) == (8 if servers == 200 else 1)
    assert all("Keterangan: B berhasil" in text for text in texts)
    if servers:
        assert all("Server 1 2 3 4 5" in text for text in texts)
        assert "Jumlah X" in texts[-1]
    else:
        assert "Tidak ada server yang tercatat" in texts[0]
    rows = cells_of(xlsx)
    (head,) = [index for index, row in enumerate(rows) if row[:2] == ["Server", "Kantor"]]
    assert rows[head][2:] == [*map(str, range(1, 32)), "B", "P", "G", "X"]
    named = [row for row in rows[head + 1 :] if row[0].startswith("server-")]
    assert len(named) == servers
    assert [int(row[-1]) for row in named] == [sum(cell == "X" for cell in row[2:33]) for row in named]


def test_a_month_without_runs(papers):
    pdf, *_ = papers.write_register(SOP, month([]))
    assert "Tidak ada kegiatan yang tercatat dalam periode ini." in read(pdf)[0]


def test_a_rehearsals_month_is_marked_on_each_page_and_in_the_sheet(papers):
    period = month([night_of(good(f"s{index:02}", rehearsal=True)) for index in range(30)])
    for pdf, xlsx in (papers.write_register(SOP, period), papers.write_rekap(period, [])):
        assert all("GLADI / REHEARSAL" in text for text in read(pdf))
        assert any(row and row[0].startswith("GLADI / REHEARSAL") for row in cells_of(xlsx))


def test_the_blank_forms(papers, tmp_path):
    paths = papers.write_forms(SOP)
    folder = tmp_path / "dokumen/formulir"
    assert paths == (folder / "Berita-Acara-Pemusnahan.pdf", folder / "Berita-Acara-Uji-Pemulihan.pdf")
    ((destroyed,), (drilled,)) = map(read, paths)
    assert "BERITA ACARA PEMUSNAHAN" in destroyed
    assert "Pasal 44 Undang-Undang Nomor 27 Tahun 2022" in destroyed
    assert "BERITA ACARA UJI PEMULIHAN" in drilled
    assert "Saksi," in destroyed
    things = tuple(Destroyed(f"sukamara/{number:02}jan2020", ODD, 1, "ab" * 32) for number in range(1, 32))
    filled = papers.write_pemusnahan(
        SOP, "Pemusnahan-2025-01-09", Pemusnahan(nomor="7/BA", things=things, rehearsal=True)
    )
    texts = read(filled)
    assert len(texts) > 1
    assert "sukamara/31jan2020" in " ".join(texts).replace("sukamara/ ", "sukamara/")
    assert all("GLADI / REHEARSAL" in text for text in texts)


MAKE = """
import sys
from pathlib import Path
sys.path[:0] = [{package!r}, {here!r}]
from evenings import *
from siak_backup.report.documents import Page, Papers, Target
papers = Papers(Target(Path(sys.argv[1]), TEMPLATES, LETTERHEAD))
server = good(files=40)
papers.write_laporan(SOP, Page(run_of(server), server, SEAL, 1, [note(kendala=ODD)], [paraf()]))
period, expected, missed = busy_month(3)
papers.write_register(SOP, period, missed)
papers.write_rekap(period, expected, missed)
papers.write_forms(SOP)
"""


def test_the_same_journal_makes_the_same_bytes_whoever_makes_them_when_and_where(tmp_path):
    script = MAKE.format(package=str(ROOT / "module_utils"), here=str(Path(__file__).parent))
    made = []
    for name, locale in (
        ("a", {"TZ": "Asia/Jayapura", "LANG": "C", "PYTHONHASHSEED": "1"}),
        ("b", {"TZ": "America/New_York", "LC_ALL": "id_ID.UTF-8", "LANG": "id_ID.UTF-8", "PYTHONHASHSEED": "2"}),
    ):
        folder = tmp_path / name
        environment = {key: value for key, value in os.environ.items() if key not in ("TZ", "LANG", "LC_ALL")}
        subprocess.run(
            [sys.executable, "-c", script, folder],
            check=True,
            timeout=60,
            cwd=tmp_path,
            env={**environment, **locale},
        )
        made.append({path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()})
    assert len(made[0]) == 7
    assert made[0] == made[1]


def test_nothing_is_asked_of_a_network_or_of_the_systems_fonts(tmp_path):
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    script = MAKE.format(package=str(ROOT / "module_utils"), here=str(Path(__file__).parent))
    trace = tmp_path / "trace"
    done = subprocess.run(
        [strace, "-f", "-e", "trace=socket,openat,open", "-o", trace, sys.executable, "-c", script, tmp_path / "x"],
        check=False,
        timeout=100,
        capture_output=True,
    )
    calls = trace.read_text(encoding="utf-8", errors="replace") if trace.exists() else ""
    if "laporan.typ" not in calls:
        pytest.skip(f"strace may not trace here: {done.stderr[-200:]!r}")
    assert "socket(" not in calls
    assert not [line for line in calls.splitlines() if "fonts" in line or ".ttf" in line or ".otf" in line]


@pytest.mark.parametrize("name", ["../x", "", "a/b"])
def test_a_forms_name_leads_nowhere_else(papers, name):
    with pytest.raises(ConfigError, match="nama berita acara"):
        papers.write_uji_pemulihan(SOP, name)


def test_our_templates_import_no_package():
    for template in TEMPLATES.glob("*.typ"):
        imported = [line for line in template.read_text(encoding="utf-8").splitlines() if line.startswith("#import")]
        assert imported in ([], ['#import "kop.typ": *'])


@pytest.fixture
def copied(tmp_path) -> Path:
    return Path(shutil.copytree(TEMPLATES, tmp_path / "templat"))


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("laporan.typ", None, "laporan.typ"),
        ("laporan.typ", b"\xff", "laporan.typ"),
        ("laporan.typ", b"a\nb\n#nonsense\n", "laporan.typ, baris 3"),
        ("laporan.typ", b'#panic("too long: 0")', "laporan.typ, baris 1"),
        ("laporan.typ", b'#import "@preview/cetz:0.3.0"', "laporan.typ"),
        ("kop.typ", None, "laporan.typ, baris 3"),
        ("kop.typ", b"#let x = (\n", "kop.typ, baris 1"),
        ("kop.typ", b'#import "@preview/cetz:0.3.0"', "kop.typ"),
    ],
)
def test_a_template_that_is_missing_or_wrong_is_named_with_its_line(copied, tmp_path, name, text, where):
    (copied / name).unlink()
    if text is not None:
        (copied / name).write_bytes(text)
    papers = Papers(Target(tmp_path / "x", copied, LETTERHEAD))
    with pytest.raises(ReportError) as caught:
        papers.write_laporan(SOP, page_of(good()))
    assert caught.value.code == "SIAK-610"
    assert caught.value.where == f"{copied}/{where}"
    assert not (tmp_path / "x").exists()


def test_the_other_papers_name_their_template_too(copied, papers, tmp_path):
    (copied / "rekap.typ").write_text("#data.rekap.nothing", encoding="utf-8")
    with pytest.raises(ReportError, match=r"rekap\.typ, baris 1"):
        Papers(Target(tmp_path / "x", copied, LETTERHEAD)).write_rekap(month([]), [])


def test_a_folder_that_takes_no_papers_is_named(tmp_path):
    (tmp_path / "berkas").write_bytes(b"")
    papers = Papers(Target(tmp_path / "berkas", TEMPLATES, LETTERHEAD))
    with pytest.raises(ReportError, match="dokumen tidak dapat ditulis") as caught:
        papers.write_forms(SOP)
    assert str(tmp_path / "berkas") in caught.value.where
    assert caught.value.remedy == "periksa folder dokumen dan izinnya"


@on_small_disk(64)
def test_a_full_disk_is_told_and_leaves_the_old_paper(tmp_path, disk):
    path = disk.path / "x" / "Laporan.pdf"
    documents._write(path, b"old")
    with pytest.raises(ReportError, match=os.strerror(errno.ENOSPC)) as caught:
        documents._write(path, bytes(100_000))
    assert caught.value.remedy == "kosongkan disknya"
    assert path.read_bytes() == b"old"


def test_a_site_without_the_typesetter_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(ConfigError, match="typst belum terpasang"):
        Typesetter(TEMPLATES)


def test_only_one_file_each_imports_a_library():
    importers = {"typst": [], "xlsxwriter": []}
    for path in (ROOT / "module_utils/siak_backup").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "library":
                name = ast.literal_eval(node.args[0]) if isinstance(node.args[0], ast.Constant) else ""
                if name in importers:
                    importers[name].append(path.name)
    assert importers == {"typst": ["typeset.py"], "xlsxwriter": ["sheet.py"]}


def test_memory_is_let_go_between_large_papers(papers):
    calls = []

    class Counting:
        def compile(self, source, **settings):
            calls.append((source, settings["format"]))

    typesetter = papers._typesetter
    typesetter._compiler = Counting()
    typesetter.forget()
    assert calls == [(b"", "pdf")] * typeset._FORGETS_AFTER


@pytest.mark.slow
def test_libreoffice_reads_the_sheets(papers, tmp_path):
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("soffice is not installed")
    period, expected, missed = busy_month(3)
    sheets = [papers.write_register(SOP, period, missed)[-1], papers.write_rekap(period, expected, missed)[-1]]
    subprocess.run(
        [
            office,
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            tmp_path,
            *sheets,
        ],
        check=True,
        timeout=100,
        capture_output=True,
    )
    register, rekap = (read(tmp_path / f"{path.stem}.pdf") for path in sheets)
    assert all("Hari, tanggal" in text for text in register), "the head is on every page"
    assert len(rekap) == 1, "the matrix fits into a page's width"
    assert "Jumlah X" in rekap[0]
    width, height = (float(each) for each in pypdf.PdfReader(tmp_path / "Rekap-2025-01.pdf").pages[0].mediabox[2:])
    assert (height, width) == pytest.approx(A4, abs=1)


def test_what_does_not_concern_a_paper_leaves_it_as_it_was(papers):
    server = good()
    before = papers.write_laporan(SOP, page_of(server)).read_bytes()
    other = [note(kendala="x", target=run_id(START + timedelta(days=1))), note(kendala="x", server="lamandau")]
    later = [paraf(date(2025, 1, 10), date(2025, 1, 10))]
    assert papers.write_laporan(SOP, page_of(server, notes=other, parafs=later)).read_bytes() == before
    book = [path.read_bytes() for path in papers.write_register(SOP, month([night_of(server)]))]
    assert [path.read_bytes() for path in papers.write_register(SOP, month([night_of(server)], tuple(later)))] == book
    noted = papers.write_laporan(SOP, page_of(server, notes=[note(kendala="x")]))
    assert pypdf.PdfReader(noted).metadata.creation_date == START + timedelta(days=1)


def test_a_sheet_tells_when_the_journal_was_written_not_when_it_was_made(papers):
    *_, xlsx = papers.write_register(SOP, month([night_of(good())]))
    with zipfile.ZipFile(io.BytesIO(xlsx.read_bytes())) as book:
        core = book.read("docProps/core.xml").decode()
        assert "2025-01-09T09:49:00Z" in core
        assert {info.date_time[0] for info in book.infolist()} == {1980}
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert 'orientation="landscape"' in sheet
    assert 'paperSize="9"' in sheet
    assert 'state="frozen"' in sheet
