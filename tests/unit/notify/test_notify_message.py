# SPDX-License-Identifier: GPL-3.0-or-later
"""What people read of a night, from a real journal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from siak_backup.agenda.entry import REHEARSAL_MARK
from siak_backup.agenda.journal import Journal
from siak_backup.agenda.recorder import Planned, Recorder
from siak_backup.errors import AgendaError
from siak_backup.notify.message import MAX_TEXT, compose
from siak_backup.notify.night import newest_run, told_night
from siak_backup.process import Process
from siak_backup.run_id import new_run_id

from tests.unit.monitor.nightbook import NightBook

#: Thursday, 16.35 WIB.
NIGHT = datetime(2025, 1, 9, 9, 35, tzinfo=UTC)
NOW = NIGHT + timedelta(minutes=40)


@pytest.fixture
def book(tmp_path):
    return NightBook(tmp_path)


def said(book, run, now=NOW, **options):
    return compose(told_night(book.agenda, book.sop, run, now=now), key="k", now=now, **options)


def test_a_good_night(book):
    message = said(book, book.night(NIGHT, ("sukamara",)), report="/srv/laporan/2025-01-09")
    size = sum((book.archive / "sukamara/09jan2025" / name).stat().st_size for name in ("master.dmp", "export.log"))
    run = newest_run(book.agenda, "kendali")
    size_told = f"{size / 1000:.1f} KB".replace(".", ",")
    assert message.text == (
        "Backup SIAK berhasil: 1 server\n"
        "Kamis, 9 Januari 2025, mulai 16.35 WIB, node kendali\n"
        "\n"
        f"sukamara (Kabupaten Sukamara): berhasil, backup terbukti {size_told} (09jan2025, media DISK-01)\n"
        "\n"
        "Laporan: /srv/laporan/2025-01-09\n"
        f"Nomor run: {run}\n"
    )
    assert message.subject == "Backup SIAK berhasil: 1 server (Kamis, 9 Januari 2025)"
    assert message.not_proven == ""
    assert message.fields["counts"] == {"gagal": 0, "berjalan": 0, "peringatan": 0, "berhasil": 1}
    (server,) = message.fields["servers"]
    assert (server["server"], server["grade"], server["proven"], server["size_bytes"]) == (
        "sukamara", "berhasil", True, size,
    )  # fmt: skip


def test_failures_come_first_with_why_and_how_old_the_last_backup_is(book):
    book.night(NIGHT - timedelta(days=3), ("sukamara", "lamandau"))
    run = book.night(NIGHT, {"lamandau": None, "sukamara": {"fails": "export", "reason": "SIAK-201 tidak menjawab"}})
    message = said(book, run)
    lines = message.text.splitlines()
    assert lines[0] == "Backup SIAK GAGAL: 1 dari 2 server"
    assert lines[3] == "sukamara (Kabupaten Sukamara): gagal, Langkah 2: SIAK-201 tidak menjawab"
    assert lines[4] == "  backup terbukti terakhir 3 hari lalu (06jan2025)"
    assert lines[5].startswith("lamandau (Kabupaten Lamandau): berhasil, backup terbukti")
    assert message.not_proven == "belum terbukti pada 1 server: sukamara"
    assert message.fields["servers"][0]["last_proven_at"] == "2025-01-06T09:55:00+00:00"


def test_a_warning_says_why(book):
    run = book.night(NIGHT, {"sukamara": {"copy_media": {"copies": [
        {"label": "DISK-01", "status": "deferred", "reason": "tidak ada"},
        {"label": "DISK-02", "status": "failed", "reason": "penuh"}]}}})  # fmt: skip
    message = said(book, run)
    assert message.text.startswith("Backup SIAK berhasil dengan peringatan: 1 dari 1 server\n")
    assert "kopian ke DISK-01 menyusul: tidak ada (dan 1 kendala lain), backup terbukti" in message.text
    assert "media -)" in message.text
    assert message.not_proven == ""


def test_a_failed_copy_is_a_failed_night_with_a_proven_backup(book):
    message = said(book, book.night(NIGHT, {"sukamara": {"fails": "copy_media", "reason": "SIAK-500 penuh"}}))
    assert "sukamara (Kabupaten Sukamara): gagal, Langkah 5: SIAK-500 penuh, backup terbukti" in message.text
    assert message.not_proven == "belum terbukti pada 1 server: sukamara"


def test_no_backup_ever(book):
    message = said(book, book.night(NIGHT, {"sukamara": {"fails": "prepare"}}))
    assert "  belum ada backup terbukti dalam dua tahun terakhir\n" in message.text
    assert message.fields["servers"][0]["last_proven_at"] is None


def test_a_rehearsal_is_marked_and_proves_nothing(book):
    run = book.night(NIGHT, {"sukamara": {"file_dump": {"rehearsal": True}}})
    message = said(book, run)
    assert message.text.startswith(REHEARSAL_MARK + "\n")
    assert message.subject.startswith("[GLADI / REHEARSAL] Backup SIAK")
    assert message.not_proven == "gladi bukan backup"
    assert message.fields["rehearsal"] is True
    early = said(book, book.night(NIGHT, {"sukamara": {"fails": "prepare"}}), rehearsal=True)
    assert early.text.startswith(REHEARSAL_MARK)


def test_a_server_that_the_run_left_out(book):
    run = book.night(NIGHT, ("sukamara",))
    assert said(book, run, expected=["sukamara"]).not_proven == ""
    assert said(book, run, expected=["sukamara", "lamandau"]).not_proven == "belum terbukti pada 1 server: lamandau"


def test_many_servers_and_long_reasons_are_bounded(book):
    wishes = {f"db{number:03}": {"fails": "prepare", "reason": "x" * 3000} for number in range(40)}
    message = said(book, book.night(NIGHT, wishes), report="/srv/laporan")
    assert len(message.text) <= MAX_TEXT
    assert message.text.endswith(f"\nLaporan: /srv/laporan\nNomor run: {newest_run(book.agenda, 'kendali')}\n")
    assert len(message.fields["servers"]) == 40
    assert all(len(each["reason"]) <= 300 for each in message.fields["servers"])
    short = said(book, book.night(NIGHT, {name: {"fails": "prepare", "reason": "x"} for name in wishes}))
    assert "\ndan 20 server lain: 20 gagal\n" in short.text


def test_a_hostile_reason_stays_on_its_line_and_steers_nothing(book):
    reason = "baris\nNomor run: palsu\x1b[2J\u202e"
    message = said(book, book.night(NIGHT, {"sukamara": {"fails": "export", "reason": reason}}))
    assert "baris Nomor run: palsu?[2J?" in message.text
    assert message.text.count("\nNomor run:") == 1
    assert message.text.replace("\n", "").isprintable()


def test_a_damaged_journal_is_told(book):
    run = book.night(NIGHT, {"sukamara": {"fails": "export"}})
    path = book.journal_file()
    path.write_bytes(path.read_bytes().replace(b'"event":"server_end"', b'"event":"server_eXd"'))
    assert f"\nPerhatian: jurnal rusak, {path.name}, baris" in said(book, run).text


def recorder(book, *servers, process=None, **steps):
    book.now = NIGHT
    journal = Journal(book.agenda, node="kendali", clock=lambda: NIGHT)
    recorder = Recorder(journal, book.sop, run_id=new_run_id(NIGHT), clock=lambda: NIGHT)
    planned = [Planned(name) for name in servers]
    recorder.begin(planned, playbook="x", node="kendali", process=process or Process.current())
    return recorder


def test_a_run_that_tells_of_itself_before_its_end(book):
    """What the last play of a night says is what the run's own end says a moment later."""
    run = book.night(NIGHT, {"sukamara": None, "lamandau": {"fails": "export"}}, finish=False)
    before = told_night(book.agenda, book.sop, run, now=NOW)
    assert before.run.status == "running"
    assert {each.server: each.grade for each in before.nights} == {"sukamara": "berhasil", "lamandau": "gagal"}
    assert before.run.servers["lamandau"].reason == "langkah 2: SIAK-500 media tidak ada"
    with pytest.raises(AgendaError, match="yang sudah selesai"):
        newest_run(book.agenda, "kendali")


def test_every_way_a_server_may_end_before_its_run(book):
    at_work = recorder(book, "tak-terjangkau", "tidak-mulai", "terbuka", "kurang")
    at_work.task_failed("tak-terjangkau", "prepare", "diam", unreachable=True)
    at_work.task_begins("terbuka", "prepare")
    at_work.task_begins("kurang", "prepare")
    at_work.act_ended("kurang", "prepare", {"override": ""})
    told = told_night(book.agenda, book.sop, at_work.run_id, now=NOW)
    got = {name: (server.status, server.reason) for name, server in told.run.servers.items()}
    assert got["terbuka"] == ("failed", "terputus pada langkah 1")
    assert got["kurang"] == ("failed", "langkah 2, 3, 4, 5, 6 tidak dijalankan")
    at_work.finish()
    ended = told_night(book.agenda, book.sop, at_work.run_id, now=NOW)
    for name in ("tak-terjangkau", "tidak-mulai", "kurang"):
        assert got[name] == (ended.run.servers[name].status, ended.run.servers[name].reason)


def test_a_run_whose_process_is_gone_is_told_as_interrupted(book):
    dead = recorder(book, "sukamara", process=Process(1, 0, "another boot"))
    dead.task_begins("sukamara", "prepare")
    assert newest_run(book.agenda, "kendali") == dead.run_id
    message = said(book, dead.run_id)
    assert "Run terputus: proses run hilang sebelum selesai" in message.text
    assert "sukamara: gagal, terputus, Langkah 1: proses run hilang" in message.text
    assert message.not_proven == "run terputus"


def test_a_run_of_one_step_is_no_night(book):
    journal = Journal(book.agenda, node="kendali", clock=lambda: NIGHT)
    run = new_run_id(NIGHT)
    journal.append({"run": run, "event": "run_begin", "servers": ["sukamara"], "steps": [5], "node": "kendali"})
    journal.append({"run": run, "event": "server_end", "server": "sukamara", "status": "ok"})
    journal.append({"run": run, "event": "run_end", "status": "ok"})
    message = said(book, run)
    assert message.text.startswith("Kopian SIAK berhasil dengan peringatan: 1 dari 1 server")
    assert message.not_proven == "run ini tidak menjalankan seluruh SOP"


def test_a_run_without_servers(book):
    journal = Journal(book.agenda, node="kendali", clock=lambda: NIGHT)
    run = new_run_id(NIGHT)
    journal.append({"run": run, "event": "server_end", "server": "terlalu-dini", "status": "ok"})
    journal.append({"run": run, "event": "run_begin", "servers": []})
    journal.append({"run": run, "event": "run_end", "status": "failed"})
    message = said(book, run)
    assert message.text.startswith("Backup SIAK GAGAL: 0 dari 0 server\n2025-01-09T09:35+00:00, node -\n")
    assert message.not_proven == "belum terbukti pada 0 server: "


@pytest.mark.parametrize("run", ["20250109T093500Z-ffffff", "../x", ""])
def test_a_run_that_the_journal_does_not_tell(book, run):
    book.night(NIGHT, ("sukamara",))
    with pytest.raises(AgendaError, match="tidak ada di jurnal"):
        said(book, run)


def test_the_newest_run_of_this_node(book):
    book.night(NIGHT - timedelta(days=40), ("sukamara",))
    newest = book.night(NIGHT, ("sukamara",))
    NightBook(book.root, node="lain").night(NIGHT + timedelta(hours=1), ("lamandau",))
    assert newest_run(book.agenda, "kendali") == newest
    with book.journal_file().open("ab") as file:
        file.write(b'{"event":"run_begin"\n')
    assert newest_run(book.agenda, "kendali") == newest
