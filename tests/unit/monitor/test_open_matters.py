# SPDX-License-Identifier: GPL-3.0-or-later
"""A change beyond the band: told everywhere from one journal, until somebody accepts it by name and reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from siak_backup.agenda import entry, signoff
from siak_backup.agenda.chain import verify
from siak_backup.agenda.facts import Outcome, SwingFact, outcome
from siak_backup.agenda.journal import journal_dir
from siak_backup.agenda.ledger import ServerState, StepState, run_of
from siak_backup.agenda.missed import Expected
from siak_backup.agenda.notes import read_note
from siak_backup.agenda.period import read_period
from siak_backup.calendar import WIB, ServiceHours
from siak_backup.errors import ConfigError
from siak_backup.monitor.check import Demand, look
from siak_backup.notify.message import compose
from siak_backup.notify.night import told_night
from siak_backup.report.laporan import laporan
from siak_backup.report.office import Letterhead
from siak_backup.report.register import register
from siak_backup.status.settings import StatusSettings
from siak_backup.status.view import build_view
from siak_backup.status.words import facts, sentence

from tests.unit.monitor.nightbook import NightBook

#: Thursday, 16.35 WIB.
NIGHT = datetime(2025, 1, 9, 9, 35, tzinfo=UTC)
MORNING = NIGHT + timedelta(hours=16)
SWING = {
    "percent": 20.0,
    "compared_with": "08jan2025",
    "not_compared": "",
    "found": [{"table": "SIAKOFF.BIODATA_WNI", "before": 66000, "now": 33000}],
}
TOLD = "SIAKOFF.BIODATA_WNI turun 50,0 %, dari 66.000 menjadi 33.000 baris"
CHOICE = "tanpa TABLE:\"IN ('LOG_TMP')\""
GIVEN = {"server": "", "nama": "Contoh Administrator", "kendala": "", "tindak_lanjut": ""}
REASON = "pemekaran kecamatan"


@pytest.fixture
def book(tmp_path):
    return NightBook(tmp_path)


@pytest.fixture
def run(book):
    return book.night(NIGHT, {"sukamara": {"collect": {"swing": SWING}, "export": {"choice": CHOICE}}})


def accept(book, run, **given):
    plan = signoff.plan_note(book.agenda, book.sop, GIVEN | {"run": run, "perubahan": REASON} | given, MORNING)
    signoff.apply(plan, book.agenda, node="kendali", clock=lambda: MORNING)
    return plan


def night(book):
    (told,) = read_period(book.agenda, book.sop, NIGHT.date(), NIGHT.date()).nights
    return told


def line(book, **more):
    demand = Demand("sukamara", "", WIB, ServiceHours(), book.archive, 26 * 3600.0, **more)
    (server,) = look(book.agenda, book.sop, [demand], now=MORNING).servers
    return server


def page(book, run):
    told = run_of(book.agenda, run)
    return laporan(book.sop, told, told.servers["sukamara"], Letterhead.parse({}, book.sop), notes=night(book).notes)


def status(book):
    view = build_view(
        period=read_period(book.agenda, book.sop, NIGHT.date(), MORNING.date()),
        older={},
        expected=(Expected("sukamara", "Kabupaten Sukamara", WIB, ServiceHours(), NIGHT.date()),),
        sop=book.sop,
        now=MORNING,
        settings=StatusSettings(),
    )
    return view.servers[0], {each.name: each for each in facts(view.servers[0], view.parafs, MORNING, StatusSettings())}


def test_the_night_is_good_and_the_change_waits(book, run):
    told = night(book)
    assert (told.grade, told.proven, told.open_swings, told.choice) == ("berhasil", True, (TOLD,), CHOICE)


def test_the_entry_and_the_message_say_what_waits_and_how_it_is_accepted(book, run):
    told = run_of(book.agenda, run)
    text = entry.render(book.sop, told, told.servers["sukamara"])
    assert f"- {TOLD}" in text
    assert f"playbooks/kendala.yml -e run={run}" in text
    assert f"dump lengkap menurut pilihan kantor ({CHOICE}), terbukti" in text
    assert "dibandingkan dengan 08jan2025" in text
    message = compose(told_night(book.agenda, book.sop, run, now=MORNING), key="k", now=MORNING)
    assert f"PERUBAHAN BESAR menunggu diterima: {TOLD}" in message.text
    assert f"pilihan kantor: {CHOICE}" in message.text


def test_it_is_open_everywhere_until_it_is_accepted(book, run):
    assert line(book).fresh
    assert line(book).line.endswith(f"PERINGATAN: perubahan besar belum diterima pada run {run}, {TOLD}")
    assert page(book, run).troubles == (f"Perubahan besar BELUM DITERIMA: {TOLD}",)
    assert f"lengkap menurut pilihan kantor ({CHOICE}), terbukti" in dict(page(book, run).proofs)["Dump"]
    server, figures = status(book)
    assert server.last.reasons == (f"Perubahan besar belum diterima: {TOLD}",)
    assert figures["Perubahan besar"].alarming
    assert TOLD in sentence(server, MORNING)
    assert f"terbukti lengkap menurut pilihan kantor ({CHOICE})" in sentence(server, MORNING)
    waiting = server.attention
    rows = register(
        book.sop, read_period(book.agenda, book.sop, NIGHT.date(), NIGHT.date()), Letterhead.parse({}, book.sop)
    ).rows
    assert TOLD in str(rows)

    accept(book, run)
    assert verify(journal_dir(book.agenda)) == []
    assert line(book).warnings == night(book).open_swings == ()
    assert page(book, run).troubles == (
        f"Perubahan besar: {TOLD}",
        f"Perubahan diterima: {REASON} (dicatat Contoh Administrator, 10 Januari 2025 08.35 WIB)",
    )
    server, figures = status(book)
    assert "Perubahan besar" not in figures
    assert server.attention > waiting
    assert server.last.notes == (f"Perubahan diterima: {REASON} (Contoh Administrator)",)


def test_a_note_on_something_else_accepts_nothing(book, run):
    accept(book, run, perubahan="", kendala="listrik padam")
    assert night(book).open_swings == (TOLD,)


def test_accepted_twice_is_accepted_once(book, run):
    assert not accept(book, run).is_there
    assert accept(book, run).is_there


def test_a_rehearsals_change_worries_nobody_but_a_rehearsal(book):
    book.night(NIGHT, {"sukamara": {"collect": {"swing": SWING}, "file_dump": {"rehearsal": True}}})
    assert line(book).warnings == ()
    assert len(line(book, rehearsals=True).warnings) == 1


def test_nothing_is_accepted_that_was_not_found(book):
    run = book.night(NIGHT, ("sukamara",))
    with pytest.raises(ConfigError, match="tidak menemukan perubahan besar"):
        accept(book, run)


@pytest.mark.parametrize(
    ("swing", "told"),
    [
        (SwingFact("S.A", 10, None), "S.A tidak ada lagi, sebelumnya 10 baris"),
        (SwingFact("S.A", 0, 1000), "S.A naik, dari 0 menjadi 1.000 baris"),
        (SwingFact("", 100_000_000, 50_000_000), "ukuran dump turun 50,0 %, dari 100,0 MB menjadi 50,0 MB"),
    ],
)
def test_each_change_is_one_sentence(swing, told):
    assert swing.told == told


@pytest.mark.parametrize(
    ("found", "compared"),
    [
        ("x", ""),
        ({}, ""),
        ({"found": "x", "not_compared": "tidak diminta"}, "tidak dibandingkan, tidak diminta"),
        ({"found": [1, {"table": "S.A", "before": "1", "now": 2}, {"table": "S.A", "before": 1, "now": "2"}]}, ""),
    ],
)
def test_a_journal_that_was_written_by_others_is_taken_as_far_as_it_fits(book, found, compared):
    step = StepState(3, "ok", NIGHT, NIGHT, facts={"swing": found})
    assert outcome(book.sop, ServerState("a", steps={3: step})) == replace(Outcome(), compared=compared)


def test_an_older_note_has_no_such_word(book):
    record = {"at": NIGHT.isoformat(), "target": "20250109T093500Z-3f9a1c", "name": "X", "kendala": "k"}
    note = read_note(record)
    assert note.perubahan == ""
    assert "perubahan" not in note.record()
