# SPDX-License-Identifier: GPL-3.0-or-later
"""How the status page looks: sizes, schemes, paper, and what axe-core says of it (npm: axe-core)."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from conftest import Maker, Opener
from playwright.sync_api import Page, expect
from siak_backup.agenda.period import Period
from status_nights import failed, night, offices, period

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
SIZES = {"phone": (360, 740), "tablet": (768, 1024), "desk": (1440, 900)}

needs_axe = pytest.mark.skipif(not AXE.is_file(), reason="axe-core needs `npm ci` in tests/browser")


def violations(page: Page) -> list[tuple[str, list[str]]]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        """async () => {
            const done = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
              "best-practice"]});
            return done.violations.map((each) => [each.id, each.nodes.map((node) => node.target.join(" "))]);
        }"""
    )
    return [(name, targets[:3]) for name, targets in found]


def show(page: Page, what: str) -> None:
    if what == "server":
        page.locator("#list tbody a").first.click()
        page.locator("details.numbers summary").nth(2).click()


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("what", ["only", "list", "server"])
def test_axe_finds_nothing(make_page: Maker, open_page: Opener, what: str, size: str, scheme: str) -> None:
    width, height = SIZES[size]
    page = open_page(make_page(1 if what == "only" else 24), width=width, height=height, color_scheme=scheme).page
    show(page, what)
    assert violations(page) == []


@needs_axe
def test_axe_finds_nothing_in_what_is_rare(make_page: Maker, open_page: Opener) -> None:
    (told, wanted) = offices(2)
    gladi = night(date(2026, 1, 8), "gladi", rehearsal=True)
    told = Period(
        told.since, told.until, (*told.nights, gladi), told.parafs, ("2026-01-kendali.jsonl, baris 3: bukan JSON",)
    )
    page = open_page(make_page(told=told, wanted=wanted)).page
    page.evaluate("document.getElementById('page-age').hidden = false")
    assert violations(page) == []


@needs_axe
def test_axe_would_find_something(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(1)).page
    page.evaluate("document.querySelector('.as-of').style.color = '#ccc'")
    assert [name for name, _ in violations(page)] == ["color-contrast"]


@pytest.mark.parametrize("what", ["list", "server"])
@pytest.mark.parametrize("width", [320, 360, 600, 768, 1000, 1440, 2560])
def test_nothing_is_wider_than_the_screen(make_page: Maker, open_page: Opener, width: int, what: str) -> None:
    page = open_page(make_page(24), width=width).page
    show(page, what)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_is_touched_is_large_enough(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(24), width=360, height=740).page
    small = page.evaluate(
        """[...document.querySelectorAll("button, select, input, summary")].filter((each) => each.checkVisibility())
            .map((each) => each.getBoundingClientRect()).filter((box) => box.height < 24 || box.width < 24).length"""
    )
    assert small == 0


def test_charts_fill_the_width_that_they_are_given(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(1)).page
    page.set_viewport_size({"width": 700, "height": 900})
    drawing = page.locator(".drawing").first
    expect(drawing).to_have_attribute("viewBox", re.compile(r"0 0 6\d\d 190"))
    box = drawing.bounding_box()
    assert box
    assert box["height"] == pytest.approx(190, abs=1)


def test_dark_is_dark_and_light_is_light(make_page: Maker, open_page: Opener) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    dark = open_page(make_page(1), color_scheme="dark").page.evaluate(ground)
    light = open_page(make_page(1), color_scheme="light").page.evaluate(ground)
    assert (dark, light) == ("rgb(18, 23, 21)", "rgb(245, 246, 244)")


def test_nothing_moves_for_those_who_do_not_want_it(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(24), reduced_motion="reduce").page
    assert page.evaluate(
        "[...document.querySelectorAll('*')].every((each) => getComputedStyle(each).transitionDuration === '0s')"
    )


def test_forced_colours_keep_symbols_apart_from_the_ground(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(1), forced_colors="active", color_scheme="dark").page
    colours = page.evaluate(
        """[document.querySelector(".bar"), document.querySelector(".limit"), document.querySelector(".drawing text")]
            .map((each) => getComputedStyle(each)).map((style) => [style.fill, style.stroke])"""
    )
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colours[0][0] != ground
    assert colours[1][1] != ground
    assert colours[2][0] != ground


def test_states_are_told_apart_without_colour(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(24)).page
    shapes = page.evaluate("[...document.querySelectorAll('.sprite symbol')].map((each) => each.innerHTML)")
    assert len(shapes) == len(set(shapes)) == 9
    used = page.evaluate("[...document.querySelectorAll('svg.sym use')].map((use) => use.getAttribute('href'))")
    there = page.evaluate("[...document.querySelectorAll('.sprite symbol')].map((each) => `#${each.id}`)")
    assert set(used) <= set(there)


def printed(page: Page, path: Path) -> tuple[int, str]:
    page.pdf(path=path, prefer_css_page_size=True)
    if shutil.which("pdftotext") is None:
        pytest.skip("reading what was printed needs pdftotext (Debian package poppler-utils)")
    text = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert b"/MediaBox [0 0 594.9" in path.read_bytes()
    return text.count("\f"), text


def test_paper_has_all_servers_and_no_buttons(make_page: Maker, open_page: Opener, tmp_path: Path) -> None:
    page = open_page(make_page(514), color_scheme="dark").page
    page.get_by_label("Cari server atau kantor").fill("kabupaten kudus")
    pages, text = printed(page, tmp_path / "daftar.pdf")
    assert text.count("Disdukcapil") == 17
    assert pages < 6
    assert "Cari server" not in text
    assert "Tampilkan semua" not in text


def test_paper_has_the_charts_and_every_night(make_page: Maker, open_page: Opener, tmp_path: Path) -> None:
    page = open_page(make_page(1), color_scheme="dark").page
    nights = page.locator(".nights tbody tr").count()
    pages, text = printed(page, tmp_path / "satu.pdf")
    assert pages < 9
    assert text.count("batas ") >= 5
    assert len(re.findall(r"^ *(?:Senin|Selasa|Rabu|Kamis|Jumat), \d+ \w{3} 202[56]", text, re.MULTILINE)) == nights
    # Back on the screen the charts have the screen's size again.
    expect(page.locator(".drawing").first).to_have_attribute("height", "190")


def test_paper_is_black_on_white_even_when_the_screen_is_dark(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(1), color_scheme="dark").page
    page.emulate_media(media="print")
    style = page.evaluate("(() => { const s = getComputedStyle(document.body); return s.color; })()")
    assert style == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("width", [360, 1000, 1440])
def test_a_long_name_breaks_instead_of_pushing(make_page: Maker, open_page: Opener, width: int) -> None:
    long = "server_dengan_nama_yang_sangat_panjang_sekali" * 3
    day = date(2026, 1, 8)
    bad = failed(night(day, long, office=long), 2, long)
    page = open_page(make_page(told=period(bad, night(day, "b"))), width=width).page
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("link", name=long).click()
    assert page.evaluate("document.documentElement.scrollWidth") == width
