# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose turn it is, and what is said of copies outside the building, whatever the clock did."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from siak_backup.calendar import WIB
from siak_backup.media.history import History, NightCopied, PieceProven
from siak_backup.media.rotation import advice, due_label, offsite_warnings, turn_advice

NOW = datetime.fromisoformat("2026-11-29T17:00:00+07:00")
NONE_OUTSIDE = "belum ada salinan di luar gedung, simpan satu media di tempat lain"


def copied(label, days_ago, night="", hours=0.0):
    at = (NOW - timedelta(days=days_ago, hours=hours)).isoformat()
    return NightCopied(at, label.lower(), label, "", night or f"malam-{days_ago}", "x", "O_DIRECT")


def history(*events):
    return History(events)


@pytest.mark.parametrize(
    ("copies", "labels", "due"),
    [
        ("", "A", "A"),
        ("", "AB", "A"),
        ("A", "AB", "B"),
        ("AB", "AB", "A"),
        ("ABA", "AB", "B"),
        ("AAB", "AB", "A"),
        ("AB", "ABC", "C"),
        ("CBA", "ABC", "C"),
        ("XYZ", "AB", "A"),
        ("B", "ABC", "A"),
    ],
)
def test_due_is_the_disk_whose_last_copy_is_the_oldest(copies, labels, due):
    assert due_label(history(*(copied(label, 1) for label in copies)), labels) == due


@pytest.mark.parametrize(
    ("copies", "labels", "present", "says"),
    [
        ("", "A", "A", ()),
        ("A", "A", "", ()),
        ("", "AB", "A", ("giliran berikutnya media B",)),
        ("", "AB", "B", ("giliran berikutnya media A",)),
        ("", "AB", "", ("giliran media A",)),
        ("A", "AB", "B", ("giliran berikutnya media A",)),
        ("A", "AB", "A", ("media A dipakai lagi, giliran B",)),
        ("AB", "ABC", "B", ("media B dipakai lagi, giliran C",)),
        ("ABC", "ABC", "A", ("giliran berikutnya media B",)),
        ("ABC", "ABC", "B", ("media B dipakai lagi, giliran A",)),
        ("ABC", "ABC", "X", ("giliran media A",)),
        ("A", "ABC", "C", ("giliran berikutnya media B",)),
    ],
)
def test_the_turn_is_told_and_a_disk_out_of_turn_is_named(copies, labels, present, says):
    before = history(*(copied(label, 1) for label in copies))
    told = turn_advice(before, labels=tuple(labels), present_label=present, night="malam")
    assert told == says


def test_a_second_run_of_a_night_says_what_the_first_said():
    first = (copied("A", 2), copied("B", 1))
    after = (*first, copied("A", 0, night="malam"))
    for events in (first, after):
        told = turn_advice(history(*events), labels=("A", "B"), present_label="A", night="malam")
        assert told == ("giliran berikutnya media B",)
    told = turn_advice(history(*after), labels=("A", "B"), present_label="A", night="malam_2")
    assert told == ("media A dipakai lagi, giliran B",)


def test_turns_go_by_the_order_of_the_file_not_by_the_clock():
    assert due_label(history(copied("A", -400), copied("B", 4000)), ["A", "B"]) == "A"


def outside(*events, days=7, present=("A",), now=NOW):
    return offsite_warnings(history(*events), now=now, offsite_days=days, present_labels=present)


def test_a_copy_outside_that_is_new_enough_is_no_matter():
    assert outside(copied("B", 7), copied("A", 0)) == ()
    assert outside(copied("B", 400), copied("B", 6), copied("A", 0)) == ()


def test_a_copy_outside_that_is_too_old_is_named_with_its_date():
    assert outside(copied("B", 12), copied("A", 1)) == (
        "salinan terbaru di luar gedung sudah lebih dari 12 hari (batas 7 hari): media B, 17 November 2026",
    )
    assert outside(copied("B", 7, hours=0.01)) == (
        "salinan terbaru di luar gedung sudah lebih dari 7 hari (batas 7 hari): media B, 22 November 2026",
    )


def test_dates_are_those_of_the_office():
    event = NightCopied("2026-10-31T20:00:00+00:00", "b", "B", "", "x", "x", "O_DIRECT")
    assert "1 November 2026" in outside(event, now=WIB.local(NOW))[0]


@pytest.mark.parametrize("events", [(), (copied("A", 0),), (copied("A", 30), copied("A", 0))])
def test_without_a_copy_outside_it_is_said(events):
    assert outside(*events) == (NONE_OUTSIDE,)


def test_a_piece_alone_is_no_copy():
    piece = PieceProven(NOW.isoformat(), "b", "B", "", "x", "x", "x", "a" * 64, "x", 1, "a" * 64, "O_DIRECT")
    assert outside(piece) == (NONE_OUTSIDE,)


@pytest.mark.parametrize("days", [0, -1])
def test_zero_days_turn_it_off(days):
    assert outside(copied("B", -400), days=days) == ()


def test_a_copy_that_ended_just_after_now_was_taken_counts():
    assert outside(copied("B", 0, hours=-0.9)) == ()


def test_a_copy_from_the_future_proves_nothing_and_the_clock_is_named():
    assert outside(copied("B", -30, hours=-1)) == (
        (
            "jam node kendali salah, dulu atau sekarang: salinan ke media B tercatat 29 Desember 2026 18.00, "
            "padahal sekarang 29 November 2026 17.00"
        ),
        NONE_OUTSIDE,
    )


def test_a_clock_set_back_hides_no_warning():
    """Copies of the last month, and a machine whose battery died: it believes in the year 2000."""
    events = [copied("B", 30), copied("A", 1)]
    told = outside(*events, now=datetime.fromisoformat("2000-01-01T07:00:00+07:00"))
    assert len(told) == 2
    assert told[0].startswith("jam node kendali salah")
    assert told[1] == NONE_OUTSIDE


def test_a_copy_dated_ahead_ages_from_what_was_recorded_after_it():
    """B was copied 20 days ago by a clock 25 days ahead; the day after, the clock was right again."""
    assert outside(copied("B", -5), copied("A", 19)) == (
        "salinan terbaru di luar gedung sudah lebih dari 19 hari (batas 7 hari): media B, 10 November 2026",
    )


clock_errors = st.integers(-500, 500)


@given(
    true_ages=st.lists(st.integers(0, 60), min_size=1, max_size=8).map(lambda ages: sorted(ages, reverse=True)),
    labels=st.lists(st.sampled_from("AB"), min_size=8, max_size=8),
    late=st.lists(st.integers(0, 500), min_size=8, max_size=8),
)
def test_entries_dated_too_early_never_hide_a_warning(true_ages, labels, late):
    """Whatever the clocks of the entries lost: if the newest copy outside is too old, it is said."""
    events = [copied(label, age + lost) for age, label, lost in zip(true_ages, labels, late, strict=False)]
    ages = [age for age, label in zip(true_ages, labels, strict=False) if label == "B"]
    if not ages or min(ages) > 7:
        assert outside(*events)


@given(
    true_ages=st.lists(st.integers(0, 60), min_size=1, max_size=8).map(lambda ages: sorted(ages, reverse=True)),
    labels=st.lists(st.sampled_from("AB"), min_size=8, max_size=8),
    wrong=st.lists(clock_errors, min_size=8, max_size=8),
)
def test_a_right_last_entry_undoes_all_clocks_that_were_ahead(true_ages, labels, wrong):
    """A wrong clock may hide a warning only as far as what came after it allows."""
    events = [copied(label, age - off) for age, label, off in zip(true_ages, labels, wrong, strict=False)]
    events.append(copied("A", 8))
    assert outside(*events)


@given(shift=st.integers(-20_000, 20_000))
def test_no_age_is_negative(shift):
    told = outside(copied("B", 3), copied("A", 1), now=NOW + timedelta(days=shift))
    assert "-" not in "".join(told)
    assert bool(told) == (shift > 4 or shift < -1)


def test_advice_is_the_turn_and_then_the_warnings():
    told = advice(
        history(copied("B", 12), copied("A", 1)),
        labels=("A", "B"),
        present_label="A",
        night="malam",
        now=NOW,
        offsite_days=7,
        present_labels={"A"},
    )
    assert told == (
        "media A dipakai lagi, giliran B",
        "salinan terbaru di luar gedung sudah lebih dari 12 hari (batas 7 hari): media B, 17 November 2026",
    )
