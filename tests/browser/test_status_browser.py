# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person does with the status page, in a real browser."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import date, timedelta

import pytest
from conftest import Maker, Opener
from playwright.sync_api import Page, expect
from status_nights import NOW, expected, failed, night, period, slow

THURSDAY = date(2026, 1, 8)
MARKUP = "</script><img src=x onerror=\"document.title='hacked'\"><!--"

ROWS = "#list tbody tr:visible"


def names(page: Page) -> list[str]:
    return page.locator(f"{ROWS} th a").all_inner_texts()


def test_a_page_is_complete_in_one_file(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(24)).page
    expect(page.locator("h1")).to_have_text("Status Backup Database")
    expect(page.locator(".as-of")).to_have_text("Keadaan pada Jumat, 9 Januari 2026 07.30 WIB")
    expect(page.locator(ROWS)).to_have_count(24)
    expect(page.locator("#no-js")).to_have_count(0)


def test_nothing_may_be_fetched_or_run(make_page: Maker, open_page: Opener) -> None:
    opened = open_page(make_page(1))
    failed_to_load: list[str] = []
    opened.page.on("requestfailed", lambda request: failed_to_load.append(request.url))
    tried = opened.page.evaluate(
        """() => new Promise((done) => {
            const blocked = [];
            document.addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
            const image = document.createElement("img");
            image.src = "http://127.0.0.1:9/x.png";
            const script = document.createElement("div");
            try { script.innerHTML = "<b>x</b>"; } catch { blocked.push("innerHTML"); }
            document.body.append(image);
            fetch("http://127.0.0.1:9/").catch(() => 0);
            setTimeout(() => done([...new Set(blocked)].sort()), 300);
        })"""
    )
    assert {"innerHTML", "img-src", "connect-src"} <= set(tried)
    assert all("Content Security Policy" in each or "TrustedHTML" in each for each in opened.complaints)
    opened.complaints.clear()
    opened.requests[:] = [url for url in opened.requests if url not in failed_to_load]


def test_the_largest_page_opens_quickly(make_page: Maker, open_page: Opener) -> None:
    path = make_page(514)
    began = time.monotonic()
    page = open_page(path).page
    expect(page.locator("#found")).to_have_text("514 server, tampil 1 sampai 25")
    # The machine of CI is shared; here it takes about a second.
    assert time.monotonic() - began < 15
    assert len(names(page)) == 25


def test_failing_servers_stand_first(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(24)).page
    states = page.locator(f"{ROWS} .state").all_inner_texts()
    assert states == sorted(states, key=["Gagal", "Terputus", "Tidak dijalankan", "Peringatan", "Berhasil"].index)
    assert states[0] == "Gagal"


def test_search_finds_servers_and_offices_by_any_word(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(24)).page
    page.get_by_label("Cari server atau kantor").fill("kabupaten GUNUNG")
    assert names(page) == ["gunung-mas"]
    expect(page.locator("#found")).to_have_text("1 dari 24 server")
    page.get_by_label("Cari server atau kantor").fill("tidak ada yang bernama ini")
    expect(page.locator("#found")).to_contain_text("Tidak ada server yang cocok")
    page.get_by_role("button", name="Hapus saringan").click()
    assert len(names(page)) == 24
    expect(page.get_by_label("Cari server atau kantor")).to_be_focused()


def test_a_tile_filters_and_lets_go(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(24)).page
    tile = page.get_by_role("button", name=re.compile("Peringatan"))
    tile.click()
    assert set(page.locator(f"{ROWS} .state").all_inner_texts()) == {"Peringatan"}
    expect(tile).to_have_attribute("aria-pressed", "true")
    tile.click()
    assert len(names(page)) == 24
    page.get_by_role("button", name=re.compile("Backup basi")).click()
    assert page.locator(f"{ROWS} .alarm:not(.sub)").count() == len(names(page)) > 0


def test_sorting_by_header_and_by_choice_is_one_thing(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(24)).page
    page.get_by_role("button", name="Server").click()
    assert names(page) == sorted(names(page))
    expect(page.get_by_label("Urutkan")).to_have_value("name")
    page.get_by_label("Urutkan").select_option("missed")
    missed = [int(text.split()[0]) for text in page.locator(f"{ROWS} td:last-child").all_inner_texts()]
    assert missed == sorted(missed, reverse=True)
    expect(page.locator('#list th[aria-sort="descending"]')).to_have_text("Terlewat")
    expect(page.locator("#list th[aria-sort]")).to_have_count(1)


def test_sizes_and_ages_sort_by_what_they_are(make_page: Maker, open_page: Opener) -> None:
    runs = [night(THURSDAY, "kecil", size_bytes=999_000_000), night(THURSDAY, "besar", size_bytes=1_000_000_000)]
    runs += [
        night(date(2026, 1, 7), "tua"),
        failed(night(THURSDAY, "tua"), 2, "x"),
        failed(night(THURSDAY, "nihil"), 2, "x"),
    ]
    page = open_page(make_page(told=period(*runs))).page
    page.get_by_label("Urutkan").select_option("size")
    assert names(page) == ["tua", "besar", "kecil", "nihil"]
    page.get_by_label("Urutkan").select_option("age")
    assert names(page)[:2] == ["nihil", "tua"]


def test_leafing_keeps_the_keyboards_place(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(514)).page
    first = names(page)
    page.locator('[data-go="Berikutnya"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_have_text("514 server, tampil 26 sampai 50")
    assert not set(first) & set(names(page))
    expect(page.locator('[data-go="Berikutnya"]')).to_be_focused()
    for _ in range(19):
        page.keyboard.press("Enter")
    expect(page.locator("#found")).to_have_text("514 server, tampil 501 sampai 514")
    expect(page.locator('[data-go="Sebelumnya"]')).to_be_focused()
    page.get_by_role("button", name="Tampilkan semua").click()
    expect(page.locator(ROWS)).to_have_count(514)
    page.get_by_role("button", name="Tampilkan 25 saja").click()
    expect(page.locator(ROWS)).to_have_count(25)


def test_from_the_list_to_a_server_and_back(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(24), height=500).page
    link = page.locator(f"{ROWS} th a").nth(20)
    name = link.inner_text()
    link.scroll_into_view_if_needed()
    at = page.evaluate("scrollY")
    link.click()
    expect(page.locator("#h-detail")).to_be_focused()
    expect(page).to_have_title(f"{name} · Status Backup Database")
    expect(page.locator("#overview")).to_be_hidden()
    assert page.evaluate("scrollY") == 0
    page.get_by_role("link", name="Berikutnya").click()
    expect(page).not_to_have_title(f"{name} · Status Backup Database")
    page.go_back()
    expect(page).to_have_title(f"{name} · Status Backup Database")
    page.get_by_role("link", name="Semua server").click()
    expect(page.locator(f'#list a:text-is("{name}")')).to_be_focused()
    assert page.evaluate("scrollY") == at


def test_back_from_a_server_on_another_page_of_the_list(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(514)).page
    page.locator(f"{ROWS} th a").last.click()
    page.get_by_role("link", name="Berikutnya").click()
    page.get_by_role("link", name="Semua server").click()
    expect(page.locator("#isi")).to_be_focused()


def test_an_address_leads_to_a_server(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(24), hash_="#server/gunung-mas").page
    expect(page.locator("#h-detail")).to_contain_text("gunung-mas")
    for typed in ("#server/tidak-ada", "#server/%E0%A4%A", "#jurnal"):
        page.evaluate("(hash) => { location.hash = hash; }", typed)
        expect(page.locator("#overview")).to_be_visible()
        expect(page.locator("#detail")).to_be_hidden()


def test_by_keyboard_alone_to_a_servers_charts(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(24)).page
    focused = "document.activeElement"

    def tab_to(condition: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate(f"({condition})({focused})"):
                return
        pytest.fail(f"not reached by Tab: {condition}")

    page.keyboard.press("Tab")
    assert page.evaluate(f"{focused}.textContent") == "Langsung ke isi"
    page.keyboard.press("Enter")
    tab_to("(e) => e.type === 'search'")
    page.keyboard.type("wakatobi")
    tab_to("(e) => e.matches('#list a')")
    page.keyboard.press("Enter")
    expect(page.locator("#h-detail")).to_be_focused()
    tab_to("(e) => e.classList.contains('plot')")
    # The focus must be seen.
    assert page.evaluate(f"getComputedStyle({focused}).outlineStyle") == "solid"
    readout = page.locator(".readout").first
    page.keyboard.press("End")
    expect(readout).to_contain_text("Kamis, 8 Januari 2026: ")
    page.keyboard.press("ArrowLeft")
    expect(readout).to_contain_text("Rabu, 7 Januari 2026: ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(readout).to_contain_text("Kamis, 8 Januari 2026: ")
    page.keyboard.press("Home")
    expect(readout).to_contain_text("2025: ")
    expect(readout).to_have_attribute("aria-live", "polite")
    tab_to("(e) => e.matches('summary')")
    page.keyboard.press("Enter")
    expect(page.locator("details.numbers").first).to_have_attribute("open", "")


def test_the_pointer_reads_all_charts_at_once(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(1)).page
    plot = page.locator(".plot").nth(2)
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 15, box["y"] + 80)
    told = page.locator(".readout").all_inner_texts()
    assert len(told) == 7
    assert all(text.startswith("Kamis, 8 Januari 2026: ") for text in told)
    assert re.fullmatch(r".*: \d+,\d GB, berhasil|.*: \d+,\d\d GB, berhasil", told[0])
    assert re.fullmatch(r".*: \d+,\d menit, sesuai", told[2])


def test_a_table_says_what_its_chart_draws(make_page: Maker, open_page: Opener) -> None:
    runs = [night(THURSDAY - timedelta(days=number)) for number in (9, 8, 7)]
    runs += [slow(night(date(2026, 1, 2)), 5, 17), failed(night(date(2026, 1, 6)), 2, "SIAK-201"), night(THURSDAY)]
    wanted = (expected(since=date(2026, 1, 5)),)
    page = open_page(make_page(told=period(*runs), wanted=wanted)).page
    chart = page.locator("#chart-step-5")
    chart.locator("summary").click()
    rows = [row.split("\t") for row in chart.locator("tbody tr").all_inner_texts()]
    assert rows == [
        ["Kamis, 8 Januari 2026", "5,1", "15", "sesuai"],
        ["Rabu, 7 Januari 2026", "-", "15", "tidak dijalankan"],
        ["Selasa, 6 Januari 2026", "-", "15", "tidak dijalankan"],
        ["Senin, 5 Januari 2026", "-", "15", "tidak dijalankan"],
        ["Jumat, 2 Januari 2026", "17,0", "15", "tidak sesuai"],
        ["Kamis, 1 Januari 2026", "5,1", "15", "sesuai"],
        ["Rabu, 31 Desember 2025", "5,1", "15", "sesuai"],
        ["Selasa, 30 Desember 2025", "5,1", "15", "sesuai"],
    ]
    assert chart.locator(".bar").count() == 5
    assert chart.locator(".bar.over").count() == 1
    assert chart.locator(".gap").count() == 3
    expect(chart.locator(".limit-name")).to_have_text("batas 15 menit")
    # Bars are as long as what they stand for, on the scale of the axis.
    heights = chart.locator(".bar").evaluate_all("(bars) => bars.map((bar) => bar.height.baseVal.value)")
    assert heights[-1] / heights[3] == pytest.approx(305 / 1020, rel=0.02)


def test_a_line_breaks_at_nights_without_a_backup(make_page: Maker, open_page: Opener) -> None:
    days = [date(2025, 12, day) for day in (15, 16, 17, 18, 19)]
    runs = [
        failed(night(day), 2, "x") if day.day == 17 else night(day, size_bytes=10**9 + day.day * 10**7) for day in days
    ]
    page = open_page(make_page(told=period(*runs))).page
    chart = page.locator("#chart-size")
    assert chart.locator(".curve").count() == 2
    assert chart.locator(".gap").count() == 1
    expect(chart.locator("text.unit")).to_have_text("GB, sumbu tidak dari 0")
    expect(chart.locator("svg .s-g")).to_have_count(1)


def test_a_shorter_span_shows_fewer_days(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(1)).page
    long = page.locator("#chart-step-2 .bar").count()
    page.get_by_label("30 hari").check()
    assert 10 < page.locator("#chart-step-2 .bar").count() < long / 2
    phone = open_page(make_page(1), width=360, height=740).page
    expect(phone.get_by_label("30 hari")).to_be_checked()


def test_every_night_can_be_seen(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(1)).page
    rows = page.locator(".nights tbody tr:visible")
    expect(rows).to_have_count(14)
    page.get_by_role("button", name="Tampilkan semua").click()
    assert rows.count() > 50


def test_one_server_needs_no_list(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(1)).page
    expect(page.locator("#servers")).to_be_hidden()
    expect(page.locator(".headline")).to_contain_text("Backup server sukamara pada Kamis, 8 Januari 2026 berhasil")
    expect(page.locator(".chart")).to_have_count(7)
    assert page.locator(".media tbody tr").count() == 2


def test_hostile_texts_are_shown_as_they_are(make_page: Maker, open_page: Opener) -> None:
    bad = failed(night(THURSDAY, MARKUP, office=MARKUP), 2, MARKUP)
    page = open_page(
        make_page(told=period(bad, night(THURSDAY)), wanted=(expected(MARKUP), expected()), title=(MARKUP,))
    ).page
    assert names(page)[0] == MARKUP
    page.locator("#list a").first.click()
    expect(page.locator("#h-detail")).to_contain_text(MARKUP)
    expect(page.locator(".words").first).to_contain_text(MARKUP)
    assert page.locator("img").count() == 0
    assert page.title() == f"{MARKUP} · Status Backup Database"


def test_an_old_page_says_so(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(1)).page
    expect(page.locator("#page-age")).to_be_hidden()
    page.clock.set_fixed_time(NOW + timedelta(hours=71))
    page.reload()
    expect(page.locator("#page-age")).to_contain_text("Halaman ini dibuat 2 hari yang lalu.")


def test_without_javascript_words_and_table_are_there(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(24), java_script_enabled=False).page
    expect(page.locator(ROWS)).to_have_count(24)
    expect(page.locator(".lead")).to_contain_text("Dari 24 server")
    expect(page.locator("#tools")).to_be_hidden()
    expect(page.locator("#no-js")).to_be_visible()
    one = open_page(make_page(1), java_script_enabled=False).page
    expect(one.locator(ROWS)).to_have_count(1)
    expect(one.locator(".headline")).to_contain_text("berhasil")


def test_an_empty_agenda_opens(make_page: Maker, open_page: Opener) -> None:
    page = open_page(make_page(told=period())).page
    expect(page.locator("#list")).to_contain_text("Belum ada server yang tercatat")


def test_new_servers_have_a_page_without_charts(make_page: Maker, open_page: Opener) -> None:
    new = replace(expected(), since=date(2026, 1, 9))
    page = open_page(make_page(told=period(), wanted=(new,))).page
    expect(page.locator(".headline")).to_contain_text("belum pernah jatuh tempo")
    expect(page.locator("#only")).to_contain_text("Belum ada malam yang tercatat.")
    page.locator(".plot").first.focus()
    page.keyboard.press("End")
    page.locator(".plot").first.hover()


def test_damage_is_linked_from_the_top(make_page: Maker, open_page: Opener) -> None:
    told = period(night(THURSDAY), damage=("2026-01-kendali.jsonl, baris 3: bukan JSON",))
    page = open_page(make_page(told=told)).page
    page.get_by_role("link", name="Lihat barisnya").click()
    expect(page.locator("#jurnal")).to_be_in_viewport()
