# SPDX-License-Identifier: GPL-3.0-or-later
"""SEGAR or BASI, from a real journal and a real archive."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from siak_backup.calendar import WIB, ServiceHours
from siak_backup.errors import ArchiveError, CalendarError, ConfigError
from siak_backup.monitor.archived import demand_archived
from siak_backup.monitor.check import Demand, look
from siak_backup.monitor.settings import demands_of

from tests.unit.monitor.nightbook import NightBook

#: Thursday, 16.35 WIB; six steps of five minutes follow, the fourth files the night.
NIGHT = datetime(2025, 1, 9, 9, 35, tzinfo=UTC)
FILED = NIGHT + timedelta(minutes=20)
HOUR_S = 3600.0
TUESDAY = datetime(2025, 1, 14, 1, 0, tzinfo=UTC)


@pytest.fixture
def book(tmp_path):
    return NightBook(tmp_path)


def demand(book, server="sukamara", **more):
    facts = {"office": "", "zone": WIB, "hours": ServiceHours(), "archive_dir": book.archive, "max_age_s": 26 * HOUR_S}
    return Demand(server, **(facts | more))


def judged(book, now, *demands, **options):
    return look(book.agenda, book.sop, demands or [demand(book)], now=now, **options)


def test_a_fresh_server_in_one_line(book):
    book.night(NIGHT, ("sukamara",))
    found = judged(book, FILED + timedelta(hours=9))
    (line,) = (each.line for each in found.servers)
    assert line == (
        "sukamara: SEGAR, backup terbukti terakhir 9 jam lalu "
        f"(09jan2025, arsip {book.archive}/sukamara/09jan2025, media DISK-01)"
    )
    assert found.stale == ()
    assert found.trouble == ""


@pytest.mark.parametrize(("hours", "fresh"), [(25.9, True), (26.1, False)])
def test_the_limit_on_working_days(book, hours, fresh):
    book.night(NIGHT, ("sukamara",))
    (found,) = judged(book, FILED + timedelta(hours=hours)).servers
    assert found.fresh is fresh
    assert ("lebih tua dari 26 jam pada hari kerja" in found.line) is not fresh


@pytest.mark.parametrize(("days", "fresh"), [(1, True), (2, True), (3, True), (4, False)])
def test_a_weekend_raises_no_alarm_and_monday_does(book, days, fresh):
    """Friday's backup, looked at in the evenings of Saturday, Sunday, Monday before its night, and Tuesday."""
    book.night(NIGHT + timedelta(days=1), ("sukamara",))
    assert judged(book, NIGHT + timedelta(days=1 + days)).servers[0].fresh is fresh


def test_an_office_that_works_on_saturday_is_alarmed_on_sunday(book):
    book.night(NIGHT + timedelta(days=1), ("sukamara",))
    table = dict.fromkeys(("senin", "jumat", "sabtu"), "08.00-15.00")
    sunday = NIGHT + timedelta(days=3)
    assert judged(book, sunday).servers[0].fresh
    assert not judged(book, sunday, demand(book, hours=ServiceHours.parse(table))).servers[0].fresh


def test_no_backup_at_all_is_stale(book):
    book.night(NIGHT, {"sukamara": {"fails": "export"}})
    found = judged(book, FILED, demand(book), demand(book, "lamandau"))
    assert [each.line for each in found.servers] == [
        f"{server}: BASI, belum ada backup terbukti dalam dua tahun terakhir" for server in ("sukamara", "lamandau")
    ]
    assert found.trouble == (
        "SIAK-710 backup basi pada 2 dari 2 server (sukamara, lamandau): kerjakan sebabnya, lalu jalankan backup"
    )


def test_many_stale_servers_are_counted(tmp_path):
    book = NightBook(tmp_path)
    found = judged(book, FILED, *(demand(book, f"db{number}") for number in range(30)))
    assert found.trouble.startswith("SIAK-710 backup basi pada 30 dari 30 server (db0, db1,")
    assert "db19, ...)" in found.trouble


def test_a_journal_that_cannot_be_read_makes_everything_stale(book):
    found = judged(book, FILED)
    assert found.history is None
    assert found.servers[0].line.startswith("sukamara: BASI, jurnal tidak terbaca, SIAK-600")


def test_a_damaged_journal_proves_nothing(book):
    book.night(NIGHT, ("sukamara",))
    path = book.journal_file()
    path.write_bytes(path.read_bytes().replace(b'"event":"server_end"', b'"event":"server_eXd"'))
    (found,) = judged(book, FILED).servers
    assert not found.fresh
    assert f"jurnal rusak, {path.name}, baris" in found.line
    assert "backup terbukti terakhir" in found.line


def test_a_backup_from_the_future(book):
    book.night(NIGHT, ("sukamara",))
    assert judged(book, FILED - timedelta(minutes=4)).servers[0].fresh
    (found,) = judged(book, FILED - timedelta(minutes=6)).servers
    assert "lebih baru dari jam komputer ini" in found.line
    assert found.age_s == 0


def test_a_rehearsal_is_marked(book):
    book.night(NIGHT, {"sukamara": {"file_dump": {"rehearsal": True}}})
    assert not judged(book, FILED).servers[0].fresh
    (found,) = judged(book, FILED, demand(book, rehearsals=True)).servers
    assert found.fresh
    assert "(09jan2025, GLADI / REHEARSAL, arsip" in found.line


def test_text_of_the_journal_cannot_steer_a_terminal(book):
    copies = [{"label": "DISK\x1b[2J\n", "path": "/media/x", "read_back": "O_DIRECT"}]
    book.night(NIGHT, {"sukamara": {"copy_media": {"copies": copies}}})
    assert judged(book, FILED).servers[0].line.endswith("media DISK?[2J )")


NO_COPY = {"copies": [{"label": "DISK-01", "status": "deferred", "reason": "tidak ada"}]}


def test_a_copy_on_a_medium_is_demanded_where_it_is_asked_for(book):
    book.night(NIGHT, ("sukamara",))
    copied = demand(book, copy_max_age_s=30 * HOUR_S)
    assert judged(book, FILED + timedelta(hours=1), copied).servers[0].fresh
    book.night(NIGHT + timedelta(days=1), {"sukamara": {"copy_media": NO_COPY}})
    assert judged(book, FILED + timedelta(hours=29), copied).servers[0].fresh
    (found,) = judged(book, FILED + timedelta(hours=31), copied).servers
    assert found.reasons == ("kopian terakhir di media 31 jam lalu, lebih dari 30 jam pada hari kerja",)
    assert "media -)" in found.line
    assert judged(book, FILED + timedelta(hours=31)).servers[0].fresh


def test_no_copy_ever_and_one_that_followed(book):
    book.night(NIGHT, {"sukamara": {"copy_media": NO_COPY}})
    copied = demand(book, copy_max_age_s=30 * HOUR_S)
    assert judged(book, FILED, copied).servers[0].reasons == (
        "tidak ada kopian terbukti di media dalam 35 hari terakhir",
    )
    caught_up = [{"label": "DISK-02", "path": "/media/x", "read_back": "O_DIRECT", "night": "09jan2025"}]
    unproven = {"collect": {"verdict": {"status": "unknown"}}, "copy_media": {"caught_up": caught_up, "copies": []}}
    book.night(NIGHT + timedelta(hours=2), {"sukamara": unproven})
    (found,) = judged(book, FILED + timedelta(hours=3), copied).servers
    assert found.fresh
    assert found.line.endswith("09jan2025, media disalin menyusul)")


def test_missed_nights_since_a_server_was_first_seen(book):
    book.night(NIGHT, ("sukamara",))
    book.night(NIGHT + timedelta(days=1), ("lamandau",))
    found = judged(book, TUESDAY, *(demand(book, name) for name in ("sukamara", "lamandau", "asing")))
    # Sukamara missed Friday and Monday, lamandau Monday, the one never seen Thursday too.
    assert [each.missed for each in found.servers] == [2, 1, 3]


def test_a_day_ends_at_the_offices_midnight(book):
    """Thursday's night; on Friday at 23.00 WIB its night may still come, at 01.00 it has been missed."""
    book.night(NIGHT, ("sukamara",))
    assert [
        judged(book, WIB.at(2025, 1, 10, 23)).servers[0].missed,
        judged(book, WIB.at(2025, 1, 11, 1)).servers[0].missed,
    ] == [0, 1]


def folder_of(book):
    return book.archive / "sukamara/09jan2025"


def remove(book):
    shutil.rmtree(folder_of(book))


def shrink(book):
    (folder_of(book) / "master.dmp").write_bytes(b"x")


def grow_log_and_manifest(book):
    """Somebody made the folder fit its own sums again: only the journal knows better."""
    book.night(NIGHT + timedelta(hours=1), ("sukamara",))
    other = book.archive / "sukamara/09jan2025_2"
    shutil.rmtree(folder_of(book))
    other.rename(folder_of(book))


def link(book):
    folder_of(book).rename(book.root / "elsewhere")
    folder_of(book).symlink_to(book.root / "elsewhere")


def link_file(book):
    path = folder_of(book) / "master.dmp"
    size = path.stat().st_size
    path.unlink()
    path.symlink_to("x" * size)


def file_instead(book):
    remove(book)
    folder_of(book).write_bytes(b"")


def no_manifest(book):
    (folder_of(book) / "manifest.json").unlink()


def damaged_sums(book):
    (folder_of(book) / "SHA256SUMS").write_text("rusak\n")


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (remove, "berkas tidak ditemukan"),
        (shrink, "ukuran berkas berubah"),
        (link, "bukan folder"),
        (link_file, "bukan berkas biasa"),
        (file_instead, "bukan folder"),
        (no_manifest, "berkas tidak ditemukan"),
        (damaged_sums, "SHA256SUMS rusak"),
    ],
)
def test_a_backup_that_is_no_longer_there_is_stale(book, harm, told):
    book.night(NIGHT, ("sukamara",))
    harm(book)
    (found,) = judged(book, FILED).servers
    assert not found.fresh
    assert "arsip tidak utuh, SIAK-40" in found.line
    assert told in found.line


def proven(book):
    return judged(book, FILED + timedelta(hours=2)).servers[0].last.proven


def test_another_runs_folder_under_the_name(book):
    book.night(NIGHT, ("sukamara",))
    night = proven(book)
    grow_log_and_manifest(book)
    with pytest.raises(ArchiveError, match="folder arsip bukan dari run"):
        demand_archived(book.archive, night)


def test_another_size_than_the_journals(book):
    book.night(NIGHT, {"sukamara": {"file_dump": {"files": [{"name": "x", "size_bytes": 5, "sha256": "a"}]}}})
    with pytest.raises(ArchiveError, match="tidak sama dengan catatan jurnal"):
        demand_archived(book.archive, proven(book))


def test_a_journal_without_sizes_or_with_a_foreign_path(book):
    elsewhere = {"files": 4, "size_bytes": 5, "path": "/srv/lama/arsip/sukamara/09jan2025"}
    book.night(NIGHT, {"sukamara": {"file_dump": elsewhere}})
    assert demand_archived(book.archive, proven(book)) == folder_of(book)


@pytest.mark.parametrize("path", ["", "/", "/srv/..", "/srv/sukamara/.masuk-x", "/srv/a\nb"])
def test_a_journal_whose_folder_is_no_name(book, path):
    book.night(NIGHT, {"sukamara": {"file_dump": {"path": path}}})
    with pytest.raises(ArchiveError, match="tidak menyebut folder"):
        demand_archived(book.archive, proven(book))


def test_hashing_finds_what_sizes_do_not(book):
    book.night(NIGHT, ("sukamara",))
    path = folder_of(book) / "master.dmp"
    path.write_bytes(path.read_bytes().swapcase())
    assert judged(book, FILED).servers[0].fresh
    (found,) = judged(book, FILED, verify=True).servers
    assert "isi berkas berubah" in found.line


OPTIONS = {
    "servers": ["sukamara", "lamandau"], "archive_dirs": {"sukamara": "/srv/a", "lamandau": "/srv/b"}, "offices": {},
    "zones": {"lamandau": "WITA"}, "service_hours": {"sukamara": {"senin": "08.00-15.00"}}, "service_exceptions": {},
    "max_age_h": 26, "max_age_hours": {"sukamara": 50}, "copy_max_age_h": 0, "copy_max_age_hours": {"sukamara": ""},
    "rehearsals": {"lamandau": True},
}  # fmt: skip


def test_settings_by_server():
    sukamara, lamandau = demands_of(OPTIONS)
    assert (sukamara.max_age_s, lamandau.max_age_s) == (50 * HOUR_S, 26 * HOUR_S)
    assert (sukamara.zone.name, lamandau.zone.name) == ("WIB", "WITA")
    assert sukamara.archive_dir == Path("/srv/a")
    assert sukamara.hours.declared
    assert not lamandau.hours.declared
    assert (sukamara.rehearsals, lamandau.rehearsals) == (False, True)
    assert sukamara.copy_max_age_s == 0


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"servers": []}, ConfigError, "tidak ada server"),
        ({"servers": ["../x"]}, ConfigError, "nama server"),
        ({"archive_dirs": {}}, ConfigError, "siak_archive_dir sukamara"),
        ({"archive_dirs": {"sukamara": "relatif"}}, ConfigError, "alamat arsip belum diisi"),
        ({"service_hours": {"sukamara": "senin"}}, ConfigError, "bukan tabel"),
        ({"service_hours": {"sukamara": {"senen": "08.00-09.00"}}}, CalendarError, "tidak dikenal"),
        ({"zones": {"sukamara": "UTC"}}, CalendarError, "zona waktu"),
        ({"max_age_hours": {"sukamara": "lama"}}, ConfigError, "bukan jumlah jam"),
        ({"max_age_hours": {"sukamara": "nan"}}, ConfigError, "bukan jumlah jam"),
        ({"max_age_hours": {"sukamara": "inf"}}, ConfigError, "bukan jumlah jam"),
        ({"max_age_hours": {"sukamara": 745}}, ConfigError, "sampai 744"),
        ({"max_age_hours": {"sukamara": 0}}, ConfigError, "siak_max_age_h sukamara"),
        ({"max_age_hours": {"sukamara": []}}, ConfigError, "bukan jumlah jam"),
        ({"copy_max_age_h": -1}, ConfigError, "siak_copy_max_age_h sukamara"),
    ],
)
def test_impossible_settings(change, error, told):
    with pytest.raises(error, match=told):
        demands_of(OPTIONS | change)
