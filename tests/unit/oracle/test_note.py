# SPDX-License-Identifier: GPL-3.0-or-later
"""The line in a log by which a later run knows a job."""

from __future__ import annotations

from dataclasses import replace

import pytest
from siak_backup.oracle.datapump.note import Note, find_note, look_for_note, note_of

NOTE = Note("20250109T093000Z-a1b2c3", "sukamara", 81234567, "0123456789abcdef")


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
@pytest.mark.parametrize("before", ["", "09-JAN-25 16:30:01.123: ", "; "])
def test_a_note_is_found_as_it_was_written(before, end):
    assert find_note(f"Export: Release\n{before}{NOTE.text()}{end}".encode()) == NOTE


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"siak-backup: run x, server y, SCN z, isi 0",
        NOTE.text().encode()[:-1],
        NOTE.text().encode() + b"0",
        NOTE.text().replace("81234567", "8" * 20).encode(),
        NOTE.text().replace("sukamara", "../etc").encode(),
    ],
)
def test_what_is_no_note_is_none(line):
    assert find_note(line) is None


def test_a_note_fits_only_its_own_run_server_and_content(plan_of):
    plan = plan_of()
    note = note_of(plan, 7)
    assert note.is_of(plan, plan.run_id)
    assert not note.is_of(plan, "20250109T093000Z-ffffff")
    assert not note.is_of(replace(plan, server="lamandau"), plan.run_id)
    assert not note.is_of(plan_of(mode="full"), plan.run_id)
    assert not note.is_of(plan_of(mode="table", tables=["SIAKOFF.BIODATA_WNI"]), plan.run_id)


def test_the_fingerprint_is_of_what_is_exported_alone(plan_of):
    assert plan_of(schemas=["A", "B"]).content == plan_of(schemas=["B", "A"], parallel=4, compression="all").content


def test_a_log_that_is_not_there_has_no_note(session, database):
    assert look_for_note(session, database.directory, "SIAK_TIDAK_ADA.log") is None
    assert look_for_note(session, "NO_SUCH_DIR", "x.log") is None
