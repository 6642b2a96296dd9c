# SPDX-License-Identifier: GPL-3.0-or-later
"""How a run ended that people are told of, and which run is the newest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from siak_backup.agenda.journal import Journal
from siak_backup.errors import AgendaError
from siak_backup.notify.night import newest_run, told_night
from siak_backup.run_id import new_run_id

from tests.unit.monitor.nightbook import NightBook

#: Thursday, 16.35 WIB.
NIGHT = datetime(2025, 1, 9, 9, 35, tzinfo=UTC)
NOW = NIGHT + timedelta(minutes=40)


@pytest.fixture
def book(tmp_path):
    return NightBook(tmp_path)


def told(book, run, **options):
    return told_night(book.agenda, book.sop, run, now=NOW, **options)


@pytest.mark.parametrize(
    ("fails", "status", "reason"),
    [(None, "ok", ""), ("export", "failed", "langkah 2: SIAK-500 media tidak ada")],
)
def test_a_run_is_told_before_its_end_as_it_will_end(book, fails, status, reason):
    run = book.night(NIGHT, {"sukamara": {"fails": fails} if fails else None}, finish=False)
    server = told(book, run).run.servers["sukamara"]
    assert (server.status, server.reason) == (status, reason)


def test_the_newest_backup_is_looked_for_where_tonight_has_none(book):
    book.night(NIGHT - timedelta(days=1), ("sukamara", "lamandau"))
    run = book.night(NIGHT, {"sukamara": {"fails": "export"}, "lamandau": None})
    assert list(told(book, run).last) == ["sukamara"]
    whole = book.night(NIGHT + timedelta(minutes=1), ("sukamara", "lamandau"))
    assert told(book, whole).last == {}


def test_rehearsals_are_backups_only_where_that_is_said(book):
    book.night(NIGHT - timedelta(days=1), {"sukamara": {"file_dump": {"rehearsal": True}}})
    run = book.night(NIGHT, {"sukamara": {"fails": "export"}})
    assert told(book, run).last["sukamara"].proven is None
    assert told(book, run, rehearsals=["sukamara"]).last["sukamara"].proven is not None


def begin(book, at, event="run_begin"):
    run = new_run_id(at)
    Journal(book.agenda, node="kendali", clock=lambda: at).append(
        {"run": run, "event": event, "servers": ["sukamara"], "node": "kendali"}
    )
    return run


def test_a_run_that_does_not_tell_its_process_is_not_at_work(book):
    run = begin(book, NIGHT)
    assert newest_run(book.agenda, "kendali") == run
    assert told(book, run).run.status == "interrupted"


def test_the_newest_run_is_looked_for_in_three_months(book):
    run = begin(book, NIGHT)
    for month, found in ((2, True), (3, True), (4, False)):
        begin(book, datetime(2025, month, 9, tzinfo=UTC), event="note")
        if found:
            assert newest_run(book.agenda, "kendali") == run
    with pytest.raises(AgendaError, match="yang sudah selesai"):
        newest_run(book.agenda, "kendali")
