# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import hashlib
import json
import re
import stat
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from siak_backup.agenda.notes import Paraf
from siak_backup.agenda.period import Period
from siak_backup.errors import AgendaError, ConfigError
from siak_backup.status.page import write_page
from siak_backup.status.settings import StatusSettings
from status_nights import ASSETS, NOW, SINCE, SOP, expected, failed, night, note, offices, period

THURSDAY = date(2026, 1, 8)
MARKUP = "</script><!--<img src=x onerror=alert(1)>&amp;'\"`"


class Reader(HTMLParser):
    """Every element with its attributes, and the text inside."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag) -> None:
        self.elements.append(("", {}, []))

    def handle_data(self, data) -> None:
        if self.elements:
            self.elements[-1][2].append(data)

    def all(self, tag):
        return [(attrs, "".join(text)) for name, attrs, text in self.elements if name == tag]


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    return reader


def page(tmp_path: Path, told: Period, *wanted, older=None, assets: Path = ASSETS, **settings) -> str:
    path = tmp_path / "status.html"
    write_page(
        path,
        period=told,
        older=older or {},
        expected=wanted or (expected(since=THURSDAY),),
        sop=SOP,
        now=NOW,
        assets=assets,
        settings=StatusSettings(**settings),
    )
    return path.read_text(encoding="utf-8")


def data(text: str) -> dict:
    ((_, inside),) = [each for each in read(text).all("script") if each[0].get("type") == "application/json"]
    return json.loads(inside)


def test_the_same_nights_give_the_same_bytes_for_the_agendas_group(tmp_path: Path) -> None:
    told, wanted = offices(3)
    assert page(tmp_path, told, *wanted) == page(tmp_path, told, *wanted)
    assert stat.S_IMODE((tmp_path / "status.html").stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [tmp_path / "status.html"]


def test_nothing_is_written_when_an_asset_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        page(tmp_path, period(), assets=tmp_path)
    assert refused.value.where == str(tmp_path / "files" / "status.css")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_no_page_is_named(tmp_path: Path) -> None:
    with pytest.raises(AgendaError) as refused:
        page(tmp_path / "absen", period())
    assert str(tmp_path / "absen") in refused.value.where


def test_only_what_the_page_brings_may_run(tmp_path: Path) -> None:
    reader = read(page(tmp_path, period(night(THURSDAY))))
    (policy,) = [attrs["content"] for attrs, _ in reader.all("meta") if attrs.get("http-equiv")]
    scripts = [text for attrs, text in reader.all("script") if "type" not in attrs]
    styles = [text for _, text in reader.all("style")]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for directive, (inside,) in (("script-src", scripts), ("style-src", styles)):
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy


def test_nothing_is_fetched_from_anywhere(tmp_path: Path) -> None:
    text = page(tmp_path, period(night(THURSDAY)))
    reader = read(text)
    assert [attrs for tag, attrs, _ in reader.elements if "src" in attrs or "style" in attrs] == []
    assert [attrs["href"] for tag, attrs, _ in reader.elements if not (attrs.get("href") or "#").startswith("#")] == []
    assert not re.search(r"@import|url\((?!#)", text)
    assert set(re.findall(r"https?://[^\"' ]+", text)) == {"http://www.w3.org/2000/svg"}


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    bad = failed(night(THURSDAY, MARKUP, office=MARKUP), 2, MARKUP)
    copies = (replace(night(THURSDAY).copies[0], label=MARKUP, serial=MARKUP, group=MARKUP),)
    bad = replace(bad, copies=copies, notes=(note(bad.run, kendala=MARKUP),))
    paraf = Paraf(NOW, "Kasi SIAK", MARKUP, THURSDAY, THURSDAY, MARKUP)
    told = period(bad, parafs=(paraf,), damage=(MARKUP,))
    text = page(tmp_path, told, expected(MARKUP, office=MARKUP), expected("lain"), title=(MARKUP,))
    reader = read(text)
    assert reader.all("img") == []
    assert len(reader.all("script")) == 2
    assert [attrs for _, attrs, _ in reader.elements if any(name.startswith("on") for name in attrs)] == []
    server = data(text)["servers"][0]
    assert (server["name"], server["office"], server["media"][0][0]) == (MARKUP, MARKUP, MARKUP)
    assert MARKUP in data(text)["texts"][server["r"][-1]]
    embedded = text.partition('<script type="application/json" id="data">')[2].partition("</script>")[0]
    assert embedded.isascii()
    assert not set("<>&") & set(embedded)


def test_the_data_are_columns_of_nights(tmp_path: Path) -> None:
    first = night(SINCE + timedelta(days=1))
    bad = replace(failed(night(THURSDAY), 3, "run terputus", interrupted=True), rehearsal=True)
    paraf = Paraf(NOW, "Kabid PIAK", "Contoh Pegawai", SINCE, SINCE + timedelta(days=2))
    told = data(page(tmp_path, period(first, bad, parafs=(paraf,)), expected(since=THURSDAY + timedelta(days=1))))
    (server,) = told["servers"]
    assert (told["since"], told["days"], told["made"]) == (SINCE.isoformat(), 90, int(NOW.timestamp()))
    assert told["parafs"] == ["Kasi SIAK", "Kabid PIAK"]
    assert [step["menit"] for step in told["steps"]] == [None, 40, 10, 15, 15, 10]
    assert (server["day"], server["st"], server["at"]) == ([1, 88], "bt", [16 * 60 + 35] * 2)
    assert server["z"] == [1_900_000_000, 0]
    assert server["t"] == [[4.2, 4.2], [421, 421], [118, -1], [12, -1], [305, -1], [1.4, -1]]
    assert server["v"] == "ssssss" + "sst---"
    assert [told["texts"][number] for number in server["m"]] == ["HDD-A", ""]
    assert [told["texts"][number] for number in server["r"]] == ["", "Langkah 3: run terputus"]
    assert server["f"] == [1 | 8, 2]


def test_a_missed_night_has_no_figures(tmp_path: Path) -> None:
    told = data(page(tmp_path, period(night(date(2026, 1, 7))), expected(since=date(2026, 1, 7))))
    (server,) = told["servers"]
    assert (server["st"], server["at"], server["z"][1]) == ("bx", [995, -1], 0)
    assert [column[1] for column in server["t"]] == [-1] * 6
    assert server["v"] == "ssssss------"


def test_a_server_that_never_ran_has_empty_columns(tmp_path: Path) -> None:
    (server,) = data(page(tmp_path, period(), expected(since=date(2026, 1, 9))))["servers"]
    assert (server["state"], server["day"], server["v"], server["t"], server["age"]) == ("n", [], "", [], None)


def test_what_stands_there_without_javascript(tmp_path: Path) -> None:
    bad = failed(night(THURSDAY, "b"), 2, "SIAK-201 server tidak menjawab")
    text = page(tmp_path, period(night(THURSDAY, "a"), bad), expected("a"), expected("b"))
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text.partition("<main")[2].partition("<script")[0]))
    assert "Dari 2 server: 1 gagal, 1 berhasil. 1 server tidak punya backup terbukti yang cukup baru." in words
    assert words.index(" b Disdukcapil") < words.index(" a Disdukcapil")
    assert "Langkah 2: SIAK-201 server tidak menjawab" in words
    assert "14 jam lalu" in words
    assert "JavaScript tidak aktif" in words


def test_a_row_says_when_a_copy_outside_is_overdue(tmp_path: Path) -> None:
    told = period(night(THURSDAY))
    assert "Salinan luar gedung belum ada" in page(tmp_path, told, offsite_days=7)
    assert "Salinan luar gedung" not in page(tmp_path, told).partition("<script")[0]


def test_titles_of_the_office_or_of_the_sop(tmp_path: Path) -> None:
    assert "<span>PEMERINTAH KABUPATEN SUKAMARA</span>" in page(tmp_path, period())
    assert '<p class="kop"><span>DINAS CONTOH</span></p>' in page(tmp_path, period(), title=("DINAS CONTOH",))


def test_a_rehearsal_and_damage_are_told_at_the_top(tmp_path: Path) -> None:
    gladi = replace(night(THURSDAY), rehearsal=True)
    text = page(tmp_path, period(gladi, damage=("2026-01-kendali.jsonl, baris 3: bukan JSON",)))
    assert "GLADI / REHEARSAL: BUKAN BACKUP" in text
    assert "1 baris tidak dapat dibaca" in text
    assert "sedikitnya 20 baris tidak" in page(tmp_path, period(damage=("x",) * 20))
    assert "<li>2026-01-kendali.jsonl, baris 3: bukan JSON</li>" in text
    assert "GLADI /" not in page(tmp_path, period(night(THURSDAY)))
    two = page(tmp_path, period(gladi), expected(), expected("lain"))
    assert "1 dari 2 server pada halaman ini hanya menjalani gladi" in two


def test_an_empty_agenda_is_a_page_too(tmp_path: Path) -> None:
    path = tmp_path / "status.html"
    write_page(path, period=period(), older={}, expected=(), sop=SOP, now=NOW, assets=ASSETS, settings=StatusSettings())
    assert "Belum ada server yang tercatat" in path.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_largest_page_is_small_enough(tmp_path: Path) -> None:
    told, wanted = offices(514)
    # Offices that work on all ninety days.
    extra = [
        replace(night(SINCE + timedelta(days=number), each.server, zone=each.zone), size_bytes=3_141_592_653)
        for each in wanted
        for number in range(90)
        if (SINCE + timedelta(days=number)).weekday() > 4
    ]
    text = page(tmp_path, Period(told.since, told.until, (*told.nights, *extra), told.parafs, ()), *wanted)
    assert len(data(text)["servers"]) == 514
    assert sum(len(server["day"]) for server in data(text)["servers"]) > 43_000
    assert len(text.encode()) < 6_000_000
