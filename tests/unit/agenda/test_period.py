# SPDX-License-Identifier: GPL-3.0-or-later
"""Nights in brief, read from the journal by days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from desk import START, Clock
from office import SOP, hold_night
from siak_backup.agenda.journal import Journal, journal_dir, journal_files, read_raw
from siak_backup.agenda.line import MAX_LINE_BYTES, TOO_LONG, digest
from siak_backup.agenda.missed import Expected, Missed, missed_nights, works
from siak_backup.agenda.notes import PARAF
from siak_backup.agenda.period import Period, first_day, read_period
from siak_backup.calendar import WIB, WIT, ServiceHours

DAY = date(2025, 1, 9)


def days(tmp_path: Path, since: date = DAY, until: date = DAY) -> Period:
    return read_period(tmp_path, SOP, since, until)


def test_a_good_night_in_brief(tmp_path):
    run_id = hold_night(tmp_path, START, "sukamara", "lamandau")
    period = days(tmp_path)
    assert [night.server for night in period.nights] == ["lamandau", "sukamara"]
    night = period.nights[1]
    assert (night.run, night.node, night.office, night.zone) == (run_id, "kendali", "Kab. sukamara", WIB)
    assert (night.day, night.began_at, night.ended_at) == (DAY, START, START + timedelta(minutes=6))
    assert (night.grade, night.result, night.reasons) == ("berhasil", "berhasil", ())
    assert night.proven
    assert night.filed_at == START + timedelta(minutes=4)
    assert night.size_bytes == 18_900_000
    assert night.folder == "/srv/arsip/sukamara/09012025"
    (copy,) = night.copies
    assert (copy.label, copy.serial, copy.group) == ("DISK-01", "SN-1", "harian")
    assert [(step.number, step.verdict, step.took_s) for step in night.steps] == [
        (n, "sesuai", 60) for n in range(1, 7)
    ]
    assert night.whole_sop
    assert not night.rehearsal
    assert period.damage == ()


@pytest.mark.parametrize(
    ("fails_at", "proven", "verdicts"),
    [
        ("prepare", False, ["tidak sesuai", *["tidak dijalankan"] * 5]),
        ("collect", False, ["sesuai", "sesuai", "tidak sesuai", *["tidak dijalankan"] * 3]),
        ("copy_media", True, [*["sesuai"] * 4, "tidak sesuai", "tidak dijalankan"]),
    ],
)
def test_a_failed_night_says_where_and_whether_a_dump_was_proven(tmp_path, fails_at, proven, verdicts):
    hold_night(tmp_path, START, "sukamara", fails_at=fails_at)
    (night,) = days(tmp_path).nights
    assert (night.grade, night.proven, night.filed_at is not None) == ("gagal", proven, proven)
    assert [step.verdict for step in night.steps] == verdicts
    assert "SIAK-201" in night.reasons[0]
    assert night.steps[-1].took_s is None


def test_a_running_night_is_berjalan(tmp_path):
    journal = Journal(tmp_path, node="kendali", clock=Clock())
    journal.append({"run": "20250109T093500Z-abcdef", "event": "run_begin", "servers": ["sukamara"]})
    (night,) = days(tmp_path).nights
    assert (night.grade, night.ended_at) == ("berjalan", None)


def test_the_day_is_the_servers_own(tmp_path):
    # 23.30 WIB is already tomorrow in the east.
    late = datetime(2025, 1, 9, 16, 30, tzinfo=UTC)
    hold_night(tmp_path, late, "barat")
    hold_night(tmp_path, late + timedelta(seconds=1), "timur", zone="WIT")
    assert [(night.server, night.zone) for night in days(tmp_path).nights] == [("barat", WIB)]
    tomorrow = date(2025, 1, 10)
    assert [(night.server, night.zone) for night in days(tmp_path, tomorrow, tomorrow).nights] == [("timur", WIT)]


def test_a_run_over_the_months_end_is_read_whole(tmp_path):
    hold_night(tmp_path, datetime(2025, 1, 31, 23, 57, tzinfo=UTC), "sukamara")
    assert len(journal_files(journal_dir(tmp_path))) == 2
    first = date(2025, 2, 1)
    (night,) = days(tmp_path, first, date(2025, 2, 28)).nights
    assert (night.day, night.grade) == (first, "berhasil")


def test_the_journals_of_several_control_nodes(tmp_path):
    hold_night(tmp_path, START, "sukamara")
    hold_night(tmp_path, START - timedelta(hours=1), "lamandau", node="cadangan")
    assert [(night.server, night.node) for night in days(tmp_path).nights] == [
        ("lamandau", "cadangan"),
        ("sukamara", "kendali"),
    ]


def test_a_copy_that_followed_is_no_night_of_its_own(tmp_path):
    hold_night(tmp_path, START, "sukamara", roles=["copy_media"])
    (night,) = days(tmp_path).nights
    assert (night.whole_sop, night.grade, night.proven) == (False, "berhasil", False)
    assert [step.number for step in night.steps] == [5]


def test_notes_come_later_and_are_found(tmp_path):
    run_id = hold_night(tmp_path, START, "sukamara", "lamandau")
    later = Journal(tmp_path, node="kendali", clock=Clock(START + timedelta(days=40)))
    note = {"run": "20250218T000000Z-abcdef", "event": "note", "target": run_id, "name": "X", "kendala": "listrik"}
    later.append(note | {"server": "sukamara"})
    later.append(note | {"kendala": "semua"})
    later.append(note | {"name": ""})
    paraf = {"run": "20250218T000000Z-abcdef", "event": PARAF, "office": "Kasi SIAK", "name": "Y"}
    later.append(paraf | {"since": "2025-01-09", "until": "2025-01-09", "remark": "baik"})
    later.append(paraf | {"since": "kemarin", "until": "2025-01-09"})
    later.append(paraf | {"since": 9, "until": "2025-01-09"})
    period = days(tmp_path)
    told = {night.server: [note.kendala for note in night.notes] for night in period.nights}
    assert told == {"sukamara": ["listrik", "semua"], "lamandau": ["semua"]}
    (seen,) = period.parafs
    assert (seen.office, seen.remark) == ("Kasi SIAK", "baik")
    assert seen.covers(DAY, period.nights[0].recorded_at)
    assert not seen.covers(DAY, seen.at + timedelta(seconds=1))
    assert not seen.covers(date(2025, 1, 10), period.nights[0].recorded_at)


def test_damaged_lines_hide_no_sound_ones_and_are_told(tmp_path):
    hold_night(tmp_path, START, "sukamara")
    (file,) = journal_files(journal_dir(tmp_path))
    lines = file.path.read_bytes().splitlines(keepends=True)
    lines[3:3] = [b"x" * MAX_LINE_BYTES * 2 + b"\n", b'{"v":9,"run":"20250109T0' + b'"}\n', b"\n"]
    file.path.write_bytes(b"".join(lines))
    period = days(tmp_path)
    assert [night.grade for night in period.nights] == ["berhasil"]
    assert [told.partition(":")[0] for told in period.damage] == [f"{file.path.name}, baris {n}" for n in (4, 5, 6)]
    assert period.damage[0].endswith(TOO_LONG)
    file.path.write_bytes(b"\n" * 100)
    assert len(days(tmp_path).damage) == 20


def test_runs_of_other_days_are_passed_over(tmp_path):
    for number in range(5):
        hold_night(tmp_path, START + timedelta(days=number), "sukamara")
    assert {night.day for night in days(tmp_path, DAY, date(2025, 1, 10)).nights} == {DAY, date(2025, 1, 10)}
    assert days(tmp_path, date(2024, 12, 1), date(2024, 12, 31)).nights == ()


def test_whole_runs_are_handed_over_one_at_a_time(tmp_path):
    first = hold_night(tmp_path, START, "sukamara")
    hold_night(tmp_path, START + timedelta(days=1), "sukamara")
    taken = []
    read_period(tmp_path, SOP, DAY, DAY, taken.append)
    assert [(run.id, len(run.servers["sukamara"].steps)) for run in taken] == [(first, 6)]
    (file,) = journal_files(journal_dir(tmp_path))
    ends = [raw for raw in read_raw(file) if b'"run_end"' in raw]
    assert taken[0].head == digest(ends[0])


def test_the_journals_first_day(tmp_path):
    journal = Journal(tmp_path, node="kendali", clock=Clock())
    assert first_day(tmp_path) is None
    (journal.folder / "2024-12-lain.jsonl").write_text("rusak\n")
    assert first_day(tmp_path) is None
    hold_night(tmp_path, START, "sukamara")
    assert first_day(tmp_path) == DAY


def test_a_second_begin_of_a_run_and_lines_without_one_change_nothing(tmp_path):
    run_id = hold_night(tmp_path, START, "sukamara")
    journal = Journal(tmp_path, node="kendali", clock=Clock(START + timedelta(hours=1)))
    journal.append({"run": run_id, "event": "run_begin", "servers": ["lain"]})
    journal.append({"run": "20250109T100000Z-ffffff", "event": "server_end", "server": "x", "status": "ok"})
    journal.append({"run": "bukan run", "event": "run_begin", "servers": ["x"]})
    assert [night.server for night in days(tmp_path).nights] == ["sukamara"]


def test_raw_lines_are_those_of_the_size_that_was_seen(tmp_path):
    hold_night(tmp_path, START, "sukamara")
    (file,) = journal_files(journal_dir(tmp_path))
    hold_night(tmp_path, START + timedelta(hours=1), "sukamara")
    content = file.path.read_bytes()[: file.size_bytes]
    assert list(read_raw(file)) == content.splitlines()


HOURS = ServiceHours.parse({"senin": "08.00-16.00", "kamis": "08.00-16.00"}, {"2025-01-10": "08.00-11.00"})


def test_missed_nights_are_working_days_without_a_whole_run(tmp_path):
    hold_night(tmp_path, START, "sukamara")
    hold_night(tmp_path, START + timedelta(days=4), "sukamara", roles=["copy_media"])
    period = days(tmp_path, date(2025, 1, 6), date(2025, 1, 13))
    sukamara = Expected("sukamara", "", WIB, HOURS)
    late = Expected("lamandau", "", WIB, ServiceHours(), since=DAY)
    today = date(2025, 1, 14)
    assert missed_nights(period, [sukamara, late], today) == (
        Missed(date(2025, 1, 6), "sukamara"),
        Missed(date(2025, 1, 9), "lamandau"),
        Missed(date(2025, 1, 10), "lamandau"),
        Missed(date(2025, 1, 10), "sukamara"),
        Missed(date(2025, 1, 13), "lamandau"),
        Missed(date(2025, 1, 13), "sukamara"),
    )
    # The day that is not over yet is not missed.
    assert missed_nights(period, [sukamara], date(2025, 1, 13))[-1].day == date(2025, 1, 10)
    assert not works(HOURS, date(2025, 1, 7))
    assert works(ServiceHours(), date(2025, 1, 7))
    assert not works(ServiceHours(), date(2025, 1, 11))
