# SPDX-License-Identifier: GPL-3.0-or-later
"""Evenings to report on, as the journal would tell them: good, failed, cut off, hostile, large."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from siak_backup.agenda.ledger import RunState, ServerState, StepState
from siak_backup.agenda.missed import Expected, missed_nights
from siak_backup.agenda.notes import Note, Paraf
from siak_backup.agenda.period import Period, ServerNight, brief
from siak_backup.calendar import WIB, ServiceHours
from siak_backup.report.laporan import Seal
from siak_backup.report.office import Letterhead
from siak_backup.sop import load_sop

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "roles/report/templates"
SOP = load_sop(ROOT / "sop/backup-database.yml")

#: Thursday, 16.35 WIB.
START = datetime(2025, 1, 9, 9, 35, tzinfo=UTC)
HEAD = "5f" * 32
SEAL = Seal(HEAD)
LONG = ("Alasan yang sangat panjang #set page(width: 1cm) $x$ *tebal* \\ @siapa <label> _miring_ `kode` " * 40)[:3000]
ODD = "#x $y$ *z* \\ @a <b> [c] {d} // e /* f */ ` \u202e \u0000 שלום \U0001f600 = - + ~"
SETTINGS: dict[str, Any] = {
    "alamat": "Jalan Contoh Nomor 1, Sukamara, Kalimantan Tengah",
    "tempat": "Sukamara",
    "pejabat": [
        {
            "peran": "pelaksana",
            "jabatan": "Administrator Database",
            "nama": "Contoh Pegawai",
            "nip": "199001012015011001",
        },
        {"peran": "paraf", "jabatan": "Kasi SIAK", "nama": "Contoh Kasi, S.Kom.", "nip": "19850202 201001 2 002"},
        {"peran": "mengetahui", "jabatan": "Kabid PIAK", "nama": "Contoh Kabid", "nip": "197503032000031003"},
    ],
    "lokasi_simpan": {"DISK-01": "lemari besi ruang arsip lantai 2"},
}  # fmt: skip
LETTERHEAD = Letterhead.parse(SETTINGS, SOP)


def run_id(began: datetime = START) -> str:
    return f"{began:%Y%m%dT%H%M%SZ}-abcdef"


def facts_of(name: str, files: int, medium: str = "DISK-01", *, rehearsal: bool = False) -> dict[int, dict[str, Any]]:
    """Return each step's facts of a night that went well."""
    pieces = ["master.dmp"] if files == 1 else [f"master_{number:02}.dmp" for number in range(1, files + 1)]
    listed = [
        {"name": each, "size_bytes": 18_900_000 + index, "sha256": f"{index:064x}"}
        for index, each in enumerate([*pieces, "export.log"])
    ]
    counts = [
        {"table": f"SIAKOFF.{table}", "rows_in_database": rows, "rows_in_export": rows}
        for table, rows in (("BIODATA_WNI", 66_012), ("DATA_KELUARGA", 21_003), ("CAPIL_LAHIR", 18_421))
    ]
    copy = {
        "label": medium,
        "serial": "WX41A89",
        "group": "harian",
        "path": f"/media/siak/{name}/09jan2025",
        "read_back": "O_DIRECT",
        "status": "copied",
    }
    return {
        1: {"override": ""},
        2: {"pieces": files, "size_bytes": 18_900_000 * files, "rehearsal": rehearsal},
        3: {"files": files, "size_bytes": 18_900_000 * files, "counts": counts, "verdict": "complete"},
        4: {"files": listed, "path": f"/srv/siak-backup/archive/{name}/09jan2025"},
        5: {"files": listed, "copies": [copy]},
        6: {"entry": f"/srv/agenda/entri/{name}.txt"},
    }


def good(
    name: str = "sukamara",
    began: datetime = START,
    *,
    office: str = "Kabupaten Sukamara (62.08)",
    files: int = 1,
    rehearsal: bool = False,
) -> ServerState:
    """Return a server's night in which all went well."""
    told = facts_of(name, files, rehearsal=rehearsal)
    steps = {}
    for number, facts in told.items():
        at = began + timedelta(minutes=2 * number)
        steps[number] = StepState(number, "ok", at, at + timedelta(minutes=1, seconds=5), facts=facts)
    return ServerState(name, "ok", "", office, "WIB", steps)


def failed(
    name: str = "sukamara", began: datetime = START, reason: str = "SIAK-201 server tidak menjawab"
) -> ServerState:
    """Return a server's night that ended in step 2, with step 6 done."""
    steps = dict(good(name, began).steps)
    steps[2] = StepState(2, "failed", steps[2].began_at, steps[2].ended_at, reason=reason)
    for number in (3, 4, 5):
        del steps[number]
    return ServerState(name, "failed", reason, "Kabupaten Sukamara (62.08)", "WIB", steps)


def cut_off(name: str = "sukamara", began: datetime = START) -> ServerState:
    """Return a server's night during which the run was killed in step 3."""
    steps = {number: step for number, step in good(name, began).steps.items() if number < 3}
    at = began + timedelta(minutes=6)
    steps[3] = StepState(3, "interrupted", at, reason="run terputus, proses tidak ada lagi")
    return ServerState(name, "interrupted", "", "Kabupaten Sukamara (62.08)", "WIB", steps)


def run_of(*servers: ServerState, began: datetime = START, steps: tuple[int, ...] = ()) -> RunState:
    """Return a run that is over."""
    ended = began + timedelta(minutes=14)
    told = {each.name: each for each in servers}
    return RunState(run_id(began), "ok", "", "kendali", SOP.nomor, began, ended, None, told, steps)


def night_of(server: ServerState, began: datetime = START, steps: tuple[int, ...] = ()) -> ServerNight:
    return brief(SOP, run_of(server, began=began, steps=steps), server)


def note(**texts: str) -> Note:
    at = START + timedelta(days=1)
    return Note(at, texts.pop("target", run_id()), texts.pop("server", ""), "Contoh Pegawai", **texts)


def paraf(since: date = date(2025, 1, 9), until: date = date(2025, 1, 9), remark: str = "") -> Paraf:
    return Paraf(START + timedelta(days=1), "Kasi SIAK", "Contoh Kasi", since, until, remark)


def month(nights: Iterable[ServerNight], parafs: tuple[Paraf, ...] = (), damage: tuple[str, ...] = ()) -> Period:
    """Return January 2025."""
    ordered = sorted(nights, key=lambda each: (each.day, each.server, each.began_at))
    return Period(date(2025, 1, 1), date(2025, 1, 31), tuple(ordered), parafs, damage)


def due(*names: str) -> list[Expected]:
    return [Expected(name, f"Kabupaten {name.title()} (62.08)", WIB, ServiceHours()) for name in names]


def busy_month(servers: int, days: int = 31) -> tuple[Period, list[Expected], list[Any]]:
    """Return a month of many servers with all that can be seen in it, what was expected and what was missed."""
    names = [f"server-{number:03}" for number in range(1, servers + 1)]
    nights = []
    for day in range(1, days + 1):
        began = datetime(2025, 1, day, 9, 35, tzinfo=UTC)
        if began.weekday() >= 5:
            continue
        for index, name in enumerate(names):
            kind = (index * 7 + day * 3) % 23
            if kind == 1:
                continue
            make = {2: failed, 3: cut_off}.get(kind, good)
            nights.append(night_of(make(name, began), began))
            if kind == 4:
                again = began + timedelta(hours=1)
                nights.append(night_of(good(name, again), again))
    expected = due(*names)
    period = month(nights)
    return period, expected, list(missed_nights(period, expected, date(2025, 2, 1)))
