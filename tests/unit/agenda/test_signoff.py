# SPDX-License-Identifier: GPL-3.0-or-later
"""Parafs and notes: what a person gives, and the line it becomes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from desk import START, Clock
from office import SOP, hold_night
from siak_backup.agenda import signoff
from siak_backup.agenda.chain import verify
from siak_backup.agenda.journal import journal_dir
from siak_backup.agenda.ledger import run_of
from siak_backup.agenda.period import read_period
from siak_backup.calendar import WIB
from siak_backup.errors import AgendaError, ConfigError

NEXT = WIB.local(START + timedelta(days=1))
PARAF = {"hari": "2025-01-09", "jabatan": "Kasi SIAK", "nama": "Contoh Kepala", "catatan": ""}
NOTE = {"server": "", "nama": "Contoh Administrator", "kendala": "listrik padam", "tindak_lanjut": "UPS diganti"}


def write(tmp_path, plan, at):
    signoff.apply(plan, tmp_path, node="kendali", clock=Clock(at))


def test_a_paraf_covers_what_was_recorded_before_it(tmp_path):
    hold_night(tmp_path, START, "sukamara")
    before = run_of(tmp_path, read_period(tmp_path, SOP, date(2025, 1, 9), date(2025, 1, 9)).nights[0].run)
    plan = signoff.plan_paraf(tmp_path, SOP, PARAF, NEXT)
    assert plan.as_dict()["changed"]
    (night,) = plan.as_dict()["nights"]
    assert (night["day"], night["server"], night["result"]) == ("2025-01-09", "sukamara", "berhasil")
    write(tmp_path, plan, NEXT)
    assert verify(journal_dir(tmp_path)) == []
    period = read_period(tmp_path, SOP, date(2025, 1, 9), date(2025, 1, 9))
    assert period.parafs[0].covers(date(2025, 1, 9), period.nights[0].recorded_at)
    assert run_of(tmp_path, period.nights[0].run) == before


def test_the_same_paraf_twice_is_one_until_something_new_is_recorded(tmp_path):
    hold_night(tmp_path, START, "sukamara")
    write(tmp_path, signoff.plan_paraf(tmp_path, SOP, PARAF, NEXT), NEXT)
    again = signoff.plan_paraf(tmp_path, SOP, PARAF, NEXT)
    assert not again.as_dict()["changed"]
    write(tmp_path, again, NEXT)
    assert len(read_period(tmp_path, SOP, date(2025, 1, 9), date(2025, 1, 9)).parafs) == 1
    assert signoff.plan_paraf(tmp_path, SOP, PARAF | {"catatan": "sudah dibaca"}, NEXT).as_dict()["changed"]
    hold_night(tmp_path, NEXT - timedelta(hours=2), "sukamara")
    assert signoff.plan_paraf(tmp_path, SOP, PARAF | {"hari": "2025-01-09..2025-01-10"}, NEXT).as_dict()["changed"]


def test_a_paraf_over_days_without_any_night(tmp_path):
    hold_night(tmp_path, START, "sukamara")
    plan = signoff.plan_paraf(tmp_path, SOP, PARAF | {"hari": "2025-01-06 .. 2025-01-08"}, NEXT)
    assert plan.nights == ()
    write(tmp_path, plan, NEXT)
    assert not signoff.plan_paraf(tmp_path, SOP, PARAF | {"hari": "2025-01-06..2025-01-08"}, NEXT).as_dict()["changed"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"hari": "9 Januari"}, "hari"),
        ({"hari": "2025-01-09..x"}, "hari"),
        ({"hari": "2025-01-10..2025-01-09"}, "hari"),
        ({"hari": "2025-01-11"}, "hari"),
        ({"jabatan": "Bupati"}, "jabatan"),
        ({"nama": "  "}, "nama"),
        ({"nama": "x" * 121}, "nama"),
        ({"catatan": "x\x1b[2J"}, "catatan"),
    ],
)
def test_an_impossible_paraf_is_refused(tmp_path, change, where):
    hold_night(tmp_path, START, "sukamara")
    with pytest.raises(ConfigError) as refused:
        signoff.plan_paraf(tmp_path, SOP, PARAF | change, NEXT)
    assert refused.value.where == where


def test_a_note_stands_beside_what_was_recorded(tmp_path):
    run_id = hold_night(tmp_path, START, "sukamara", "lamandau", fails_at="export")
    given = NOTE | {"run": run_id, "server": "lamandau", "kendala": " listrik\n padam "}
    write(tmp_path, signoff.plan_note(tmp_path, SOP, given, NEXT), NEXT)
    lamandau, sukamara = read_period(tmp_path, SOP, date(2025, 1, 9), date(2025, 1, 9)).nights
    assert [(note.kendala, note.tindak_lanjut) for note in lamandau.notes] == [("listrik padam", "UPS diganti")]
    assert sukamara.notes == ()
    assert lamandau.reasons == sukamara.reasons
    assert not signoff.plan_note(tmp_path, SOP, given, NEXT).as_dict()["changed"]


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"run": "kemarin"}, ConfigError, "tidak sah"),
        ({"run": "20250109T093500Z-ffffff"}, AgendaError, "tidak ada di jurnal"),
        ({"server": "lamandau"}, AgendaError, "untuk server lamandau"),
        ({"kendala": "", "tindak_lanjut": " "}, ConfigError, "kosong"),
        ({"kendala": "x" * 1001}, ConfigError, "1000 huruf"),
    ],
)
def test_an_impossible_note_is_refused(tmp_path, change, error, told):
    run_id = hold_night(tmp_path, START, "sukamara")
    with pytest.raises(error, match=told):
        signoff.plan_note(tmp_path, SOP, NOTE | {"run": run_id} | change, NEXT)
