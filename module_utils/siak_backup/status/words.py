# SPDX-License-Identifier: GPL-3.0-or-later
"""The page's sentences, in the office's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..agenda.freshness import ago
from ..agenda.grid import cut, printable
from ..calendar import clock_time, day_date, long_date, number, size
from .model import STATES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from ..calendar import Zone
    from .model import Growth, NightView, ParafView, Proven, ServerView, State, StatusView
    from .settings import StatusSettings

#: As many damaged lines as a period lists (agenda/period.py).
_LISTED_DAMAGE = 20

#: A reason of step 1 may list a dozen failures; the agenda entry has them all.
_LONGEST_REASON = 600

_LONGEST_CHOICE = 160

_LABELS = {
    "gagal": "Gagal",
    "terputus": "Terputus",
    "tidak dijalankan": "Tidak dijalankan",
    "peringatan": "Peringatan",
    "berjalan": "Sedang berjalan",
    "belum ada": "Belum ada",
    "berhasil": "Berhasil",
    "tidak terdaftar": "Tidak terdaftar",
}


class Fact(NamedTuple):
    """A figure with its name, a sentence beneath it, and whether a person has to look at it."""

    name: str
    value: str
    note: str = ""
    alarming: bool = False


def label(state: State) -> str:
    """Return a state as a heading or button shows it."""
    return _LABELS[state]


def moment(at: datetime, zone: Zone) -> str:
    """Return e.g. `Kamis, 8 Januari 2026 17.12 WIB`."""
    return f"{day_date(zone.local(at).date())} {clock_time(at, zone)}"


def days_told(days: Sequence[date]) -> str:
    """Return one day, or the span of several, or `-`."""
    if not days:
        return "-"
    return day_date(days[0]) if len(days) == 1 else f"{day_date(days[0])} sampai {day_date(days[-1])}"


def growth_told(growth: Growth | None) -> str:
    """Return e.g. `+3,2 % dalam 88 hari`, with a real minus sign, or nothing where it is not known."""
    if growth is None:
        return ""
    shown = number(abs(growth.percent), 1)
    sign = "" if shown == "0,0" else "+" if growth.percent > 0 else "\N{MINUS SIGN}"
    return f"{sign}{shown} % dalam {growth.days} hari"


def reasons_told(texts: Sequence[str]) -> tuple[str, ...]:
    """Return texts of the journal fit to be shown: nothing that steers, none without end."""
    return tuple(cut(printable(text), _LONGEST_REASON) for text in texts)


def damage_told(lines: Sequence[str]) -> str:
    """Return how many lines of the journal are damaged; whoever reads it stops to list them at twenty."""
    least = "sedikitnya " if len(lines) >= _LISTED_DAMAGE else ""
    return f"{least}{number(len(lines))} baris"


def offsite_alarm(server: ServerView, settings: StatusSettings) -> str:
    """Return what a row says of the copy outside the building, nothing while all is well."""
    told = _offsite(server, settings)
    return f"Salinan luar gedung {told.value}" if told.alarming else ""


def headline(view: StatusView) -> str:
    """Return the night at a glance in one sentence."""
    if len(view.servers) == 1:
        return sentence(view.servers[0], view.now)
    listed = sum(view.counts.values()) - view.counts.get("tidak terdaftar", 0)
    told = [f"{number(view.counts[state])} {state}" for state in STATES[:-1] if view.counts.get(state)]
    if not told:
        return "Belum ada server yang tercatat."
    stale = f" {number(view.stale)} server tidak punya backup terbukti yang cukup baru." if view.stale else ""
    return f"Dari {number(listed)} server: {', '.join(told)}.{stale}"


def sentence(server: ServerView, now: datetime) -> str:
    """Return what a head of office would be told of one server on the telephone."""
    return " ".join(part for part in (_night(server), _waiting(server).note, _proven(server, now)) if part)


def _night(server: ServerView) -> str:
    last = server.last
    if last is None:
        return f"Backup server {server.name} belum pernah jatuh tempo dalam masa ini."
    if last.state == "tidak dijalankan":
        return f"Tidak ada backup server {server.name} yang dijalankan pada {day_date(last.day)}."
    what = "Gladi" if last.rehearsal else "Backup"
    opening = f"{what} server {server.name} pada {day_date(last.day)}"
    if last.state == "berjalan":
        return f"{opening} sedang berjalan."
    if last.state == "berhasil":
        media = f" dan disalin ke {' dan '.join(last.media)}" if last.media else ""
        return f"{opening} berhasil: {size(last.size_bytes)}, {_whole(last)}{media}."
    result = {"peringatan": "berhasil dengan peringatan", "terputus": "gagal karena terputus"}.get(last.state, "gagal")
    reasons = "; ".join(reasons_told(last.reasons)).rstrip(".")
    return f"{opening} {result}: {reasons}." if reasons else f"{opening} {result}."


def _whole(night: NightView) -> str:
    if not night.choice:
        return "terbukti lengkap"
    return f"terbukti lengkap menurut pilihan kantor ({cut(printable(night.choice), _LONGEST_CHOICE)})"


def _waiting(server: ServerView) -> Fact:
    """Return the nights whose rows or size changed beyond the band, as long as nobody has accepted that."""
    count = len(server.waiting)
    if not count:
        return Fact("Perubahan besar", "tidak ada")
    last = server.waiting[-1]
    note = f"Perubahan besar menunggu diterima: {'; '.join(reasons_told(last.waiting))} ({day_date(last.day)})."
    return Fact("Perubahan besar", f"{number(count)} malam", note, alarming=True)


def _proven(server: ServerView, now: datetime) -> str:
    proven = server.proven
    if proven is None:
        return "Belum ada satu pun backup yang terbukti lengkap."
    if proven.at > now:
        return f"Backup terbukti terakhir tercatat {moment(proven.at, server.zone)}: periksa jam node kendali."
    if not proven.stale and server.state == "berhasil":
        return ""
    too_old = ", dan sudah melewati batas umurnya" if proven.stale else ""
    return f"Backup terbukti terakhir berumur {ago((now - proven.at).total_seconds())}{too_old}."


def facts(server: ServerView, parafs: Sequence[ParafView], now: datetime, settings: StatusSettings) -> tuple[Fact, ...]:
    """Return a server's figures. `parafs` name the offices that give one."""
    return (
        proven_fact(server.proven, server.zone, now),
        Fact("Ukuran terakhir", size(server.size_bytes) if server.size_bytes else "-", growth_told(server.growth)),
        _missed(server),
        _offsite(server, settings),
        *([_waiting(server)] if server.waiting else []),
        *(_paraf(server, each.office) for each in parafs),
    )


def proven_fact(proven: Proven | None, zone: Zone, now: datetime) -> Fact:
    """Return the age of the last proven backup and the moment from which it is too old."""
    name = "Backup terbukti terakhir"
    if proven is None:
        return Fact(name, "belum ada", "tidak ada backup yang terbukti lengkap", alarming=True)
    if proven.at > now:
        return Fact(name, "jam salah", f"tercatat {moment(proven.at, zone)}", alarming=proven.stale)
    until = f"{'basi sejak' if proven.stale else 'batas umur'} {moment(proven.stale_at, zone)}"
    return Fact(
        name,
        f"{ago((now - proven.at).total_seconds())} lalu",
        f"{moment(proven.at, zone)}; {until}",
        alarming=proven.stale,
    )


def _missed(server: ServerView) -> Fact:
    if not server.missed:
        return Fact("Malam terlewat", "tidak ada")
    last = next(night.day for night in reversed(server.nights) if night.state == "tidak dijalankan")
    return Fact("Malam terlewat", f"{number(server.missed)} malam", f"terakhir {day_date(last)}", alarming=True)


def _offsite(server: ServerView, settings: StatusSettings) -> Fact:
    name = "Salinan luar gedung berikutnya"
    if not settings.offsite_days:
        return Fact(name, "tidak diatur", "kantor belum menetapkan batas umurnya")
    if server.offsite is None:
        return Fact(name, "belum ada", "simpan satu media di tempat lain", alarming=True)
    told = server.offsite
    value = f"{'terlambat sejak' if told.overdue else 'paling lambat'} {long_date(told.due)}"
    return Fact(name, value, f"terbaru di media {told.label}, {long_date(told.day)}", alarming=told.overdue)


def _paraf(server: ServerView, office: str) -> Fact:
    nights = [night for night in server.nights if night.began_at is not None]
    open_days = [night.day for night in nights if office not in night.parafs]
    seen = f"{number(len(nights) - len(open_days))} dari {number(len(nights))} malam"
    return Fact(f"Paraf {office}", seen, f"belum diparaf sejak {day_date(open_days[0])}" if open_days else "")
