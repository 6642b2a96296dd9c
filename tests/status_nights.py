# SPDX-License-Identifier: GPL-3.0-or-later
"""Nights as offices have them: weekends off, growth, a bad week, a missed night, two disks in turn."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from siak_backup.agenda.facts import CopyFact
from siak_backup.agenda.missed import Expected, works
from siak_backup.agenda.notes import Note, Paraf
from siak_backup.agenda.period import Period, ServerNight, StepBrief
from siak_backup.calendar import WIB, WIT, WITA, ServiceHours, Zone
from siak_backup.sop import load_sop

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "roles" / "report"
SOP = load_sop(ROOT / "sop" / "backup-database.yml")

#: Friday morning, 07.30 WIB; the last night was Thursday's.
NOW = datetime(2026, 1, 9, 0, 30, tzinfo=UTC)
UNTIL = date(2026, 1, 9)
SINCE = UNTIL - timedelta(days=89)

HOURS = ServiceHours.parse(
    dict.fromkeys(("senin", "selasa", "rabu", "kamis", "jumat"), "07.30-16.00"),
    {"2025-12-25": "tutup", "2025-12-26": "tutup", "2026-01-01": "tutup"},
)

_PLACES = (
    ("Sukamara", WIB), ("Lamandau", WIB), ("Seruyan", WIB), ("Katingan", WIB), ("Gunung Mas", WIB),
    ("Barito Timur", WIB), ("Murung Raya", WIB), ("Kapuas", WIB), ("Pulang Pisau", WIB), ("Kotawaringin Barat", WIB),
    ("Banggai", WITA), ("Buton", WITA), ("Wakatobi", WITA), ("Kolaka", WITA), ("Gowa", WITA), ("Maros", WITA),
    ("Jayapura", WIT), ("Merauke", WIT), ("Biak Numfor", WIT), ("Asmat", WIT), ("Sleman", WIB), ("Bantul", WIB),
    ("Klaten", WIB), ("Boyolali", WIB), ("Blora", WIB), ("Kudus", WIB), ("Jepara", WIB), ("Demak", WIB),
    ("Pati", WIB), ("Rembang", WIB),
)  # fmt: skip


def night(day: date, server: str = "sukamara", *, zone: Zone = WIB, **changes: object) -> ServerNight:
    """A sound night: 16.35 to 16.50, 1,9 GB, proven, one copy."""
    began = datetime(day.year, day.month, day.day, 16, 35, tzinfo=zone.tzinfo).astimezone(UTC)
    lengths = (4.2, 421.0, 118.0, 12.0, 305.0, 1.4)
    steps, at = [], began
    for number, took_s in enumerate(lengths, start=1):
        steps.append(StepBrief(number, "sesuai", at, took_s))
        at += timedelta(seconds=took_s)
    whole = ServerNight(
        run=f"{began:%Y%m%dT%H%M%SZ}-0a1b2c",
        node="kendali",
        server=server,
        office="Disdukcapil Kabupaten Sukamara",
        zone=zone,
        day=day,
        began_at=began,
        ended_at=at,
        recorded_at=at,
        grade="berhasil",
        result="berhasil",
        proven=True,
        filed_at=at - timedelta(seconds=306),
        size_bytes=1_900_000_000,
        folder=f"/arsip/{server}/{day:%d%m%Y}",
        copies=(CopyFact("HDD-A", f"/media/a/{server}", "sha256", "WX41A", "harian"),),
        caught_up=(),
        steps=tuple(steps),
        reasons=(),
        rehearsal=False,
        whole_sop=True,
    )
    return replace(whole, **changes)


def failed(whole: ServerNight, step: int, reason: str, *, interrupted: bool = False) -> ServerNight:
    """The same night, that ended in a step; the last step records it all the same."""
    verdict = "terputus" if interrupted else "tidak sesuai"
    last = len(whole.steps)
    steps = tuple(
        each
        if each.number < step or (each.number == last and not interrupted)
        else StepBrief(step, verdict, each.began_at, None if interrupted else 31.0)
        if each.number == step
        else StepBrief(each.number, "tidak dijalankan", None, None)
        for each in whole.steps
    )
    return replace(
        whole,
        grade="gagal",
        result="gagal, terputus" if interrupted else "gagal",
        reasons=(f"Langkah {step}: {reason}",),
        proven=whole.proven and step > 4,
        filed_at=whole.filed_at if step > 4 else None,
        copies=(),
        steps=steps,
        size_bytes=whole.size_bytes if step > 3 else 0,
    )


def slow(whole: ServerNight, step: int, minutes: float) -> ServerNight:
    """The same night with a step beyond its limit."""
    limit = SOP.steps[step - 1].waktu
    steps = tuple(
        StepBrief(each.number, "tidak sesuai", each.began_at, minutes * 60) if each.number == step else each
        for each in whole.steps
    )
    return replace(
        whole,
        grade="peringatan",
        result="berhasil dengan peringatan",
        steps=steps,
        reasons=(f"Langkah {step}: waktu {int(minutes)} menit 12 detik melebihi {limit}",),
    )


def expected(server: str = "sukamara", *, zone: Zone = WIB, office: str = "", **changes: object) -> Expected:
    whole = Expected(server, office or "Disdukcapil Kabupaten Sukamara", zone, HOURS)
    return replace(whole, **changes)


def period(*nights: ServerNight, parafs: tuple[Paraf, ...] = (), damage: tuple[str, ...] = ()) -> Period:
    ordered = sorted(nights, key=lambda each: (each.day, each.server, each.began_at, each.run))
    return Period(SINCE, UNTIL, tuple(ordered), parafs, damage)


def office_nights(server: str, office: str, zone: Zone, fate: str) -> list[ServerNight]:
    """Ninety days of one office; `fate` is what its last night was."""
    chance = random.Random(server)
    size = chance.uniform(0.3e9, 9e9)
    growth = chance.uniform(1.0002, 1.0012)
    pace = chance.uniform(30e6, 60e6)
    missed = SINCE + timedelta(days=chance.randrange(20, 70))
    bad_week = SINCE + timedelta(days=chance.randrange(10, 70))
    found = []
    days = [SINCE + timedelta(days=number) for number in range(89)]
    days = [day for day in days if works(HOURS, day)]
    for turn, day in enumerate(days):
        size *= growth ** chance.uniform(0.2, 1.8)
        if day in (missed, missed + timedelta(days=1)):
            continue
        whole = night(day, server, zone=zone, office=office, size_bytes=int(size))
        each = _usual(whole, pace * chance.uniform(0.85, 1.15), turn, chance)
        if day >= UNTIL - timedelta(days=4):
            pass  # the last night has the fate that the caller wants
        elif timedelta(0) <= day - bad_week < timedelta(days=5) and chance.random() < 0.7:
            each = failed(each, 2, "SIAK-201 server tidak menjawab (listener 1521): periksa jaringan ke server")
        elif chance.random() < 0.04:
            each = slow(each, 5, chance.uniform(15.5, 22))
        elif chance.random() < 0.008:
            each = failed(each, 3, "run terputus, proses berhenti", interrupted=True)
        found.append(each)
    return _with_fate(found, fate)


def _usual(whole: ServerNight, pace: float, turn: int, chance: random.Random) -> ServerNight:
    size = whole.size_bytes
    lengths = (
        chance.uniform(3, 6),
        size / pace * 9,
        size / pace * 2.2,
        size / 4e8,
        size / 12e6,
        chance.uniform(0.6, 2),
    )
    at, steps = whole.began_at + timedelta(minutes=chance.randrange(0, 40)), []
    began = at
    for number, took_s in enumerate(lengths, start=1):
        limit = SOP.steps[number - 1].waktu_minutes
        within_s = min(took_s, limit * 60 * 0.97) if limit else took_s
        steps.append(StepBrief(number, "sesuai", at, round(within_s, 2)))
        at += timedelta(seconds=within_s)
    disk = ("HDD-A", "WX41A") if turn // 5 % 2 == 0 else ("HDD-B", "WX77C")
    copy = CopyFact(disk[0], f"/media/backup/{whole.server}", "sha256", disk[1], "harian")
    return replace(
        whole,
        began_at=began,
        ended_at=at,
        recorded_at=at,
        filed_at=at - timedelta(seconds=lengths[4]),
        steps=tuple(steps),
        copies=(copy,),
    )


def _with_fate(found: list[ServerNight], fate: str) -> list[ServerNight]:
    last = found[-1]
    changed = {
        "berhasil": [replace(last, grade="berhasil", result="berhasil", reasons=())],
        "peringatan": [slow(last, 5, 17.2)],
        "gagal": [
            failed(
                last,
                2,
                "SIAK-210 job ekspor berhenti, ORA-39171: tablespace penuh (SUKAMARA): minta DBA menambah ruang",
            )
        ],
        "terputus": [failed(last, 3, "run terputus, proses berhenti", interrupted=True)],
        "tidak dijalankan": [],
    }[fate]
    return [*found[:-1], *changed]


FATES = ("berhasil",) * 26 + ("peringatan",) * 3 + ("gagal", "terputus", "tidak dijalankan")


def offices(count: int) -> tuple[Period, tuple[Expected, ...]]:
    """Many offices, ninety days, and what the inventory expects of them."""
    nights: list[ServerNight] = []
    wanted = []
    for number in range(count):
        place, zone = _PLACES[number % len(_PLACES)]
        name = place.lower().replace(" ", "-") + (f"-{number // len(_PLACES) + 1}" if number >= len(_PLACES) else "")
        office = f"Disdukcapil Kabupaten {place}"
        fate = FATES[(number * 7 + 5) % len(FATES)] if count > 1 else "berhasil"
        nights += office_nights(name, office, zone, fate)
        wanted.append(expected(name, zone=zone, office=office))
    return period(*nights, parafs=parafs()), tuple(wanted)


def parafs() -> tuple[Paraf, ...]:
    given = []
    for week in range(12):
        monday = date(2025, 10, 13) + timedelta(days=7 * week)
        at = datetime(monday.year, monday.month, monday.day, 3, 0, tzinfo=UTC) + timedelta(days=7)
        given.append(Paraf(at, "Kasi SIAK", "Contoh Kasi", monday, monday + timedelta(days=6)))
        if week % 4 == 3:
            since = monday - timedelta(days=21)
            given.append(Paraf(at, "Kabid PIAK", "Contoh Kabid", since, monday + timedelta(days=6), "Dilanjutkan"))
    return tuple(sorted(given, key=lambda each: each.at))


def note(target: str, **changes: object) -> Note:
    whole = Note(NOW, target, "", "Contoh Pegawai", "Listrik padam", "Genset diperiksa")
    return replace(whole, **changes)
