# SPDX-License-Identifier: GPL-3.0-or-later
"""A night in a few Indonesian lines: plain text of bounded length, and the same as fields for programs.

What comes from the journal is made printable and cut; what a chat program
would take for markup is told apart in `webhook.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from ..agenda.entry import REHEARSAL_MARK
from ..agenda.freshness import ago
from ..agenda.grid import cut, printable
from ..calendar import clock_time, day_date, size

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from ..agenda.period import ServerNight
    from .night import ToldNight

#: A message is read on a telephone; the rest stands in the agenda.
MAX_SERVERS = 20
MAX_TEXT = 4000
_MAX_LINE = 300
_MAX_SUBJECT = 150
_MAX_FIELD_SERVERS = 100

_GRADES = ("gagal", "berjalan", "peringatan", "berhasil")


@dataclass(frozen=True)
class Message:
    """What every channel is given. `key` is unique to the message, and the same for each attempt to send it.

    `not_proven` says in Indonesian why not every server's night is proven; empty when every one is.
    """

    key: str
    subject: str
    text: str
    at: datetime
    not_proven: str = ""
    fields: dict[str, Any] = field(default_factory=dict)


def compose(
    night: ToldNight,
    *,
    key: str,
    now: datetime,
    report: str = "",
    expected: Collection[str] = (),
    rehearsal: bool = False,
) -> Message:
    """Return the message of a run; the same journal and moment give the same text.

    Args:
        night: the run and its servers.
        key: unique to this message.
        now: aware; ages count up to it.
        report: where the Laporan lies; empty for none.
        expected: servers that the inventory has; without one of them, not every night is proven.
        rehearsal: marks a rehearsal even where no step came so far as to say so.
    """
    nights = sorted(night.nights, key=lambda each: (_GRADES.index(each.grade), each.server))
    rehearsal = rehearsal or any(each.rehearsal for each in nights)
    headline = _headline(night, nights)
    day = _when(night, nights)
    shown = nights[:MAX_SERVERS]
    lines = [
        *([REHEARSAL_MARK] if rehearsal else []),
        headline,
        f"{day}, node {printable(night.run.node) or '-'}",
        *([f"Run terputus: {_cut(night.run.reason)}"] if night.run.status == "interrupted" else []),
        "",
        *(line for each in shown for line in _server(night, each, now)),
        *_others(nights[MAX_SERVERS:]),
        *(f"Perhatian: jurnal rusak, {_cut(damage)}" for damage in night.damage[:1]),
        "",
        *([f"Laporan: {_cut(report)}"] if report else []),
        f"Nomor run: {night.run.id}",
    ]
    mark = "[GLADI / REHEARSAL] " if rehearsal else ""
    return Message(
        key=key,
        subject=cut(f"{mark}{headline} ({day.partition(', mulai')[0]})", _MAX_SUBJECT),
        text=_bounded(lines),
        at=now,
        not_proven=_not_proven(night, nights, expected, rehearsal=rehearsal),
        fields=_fields(night, nights, report, rehearsal=rehearsal),
    )


def _headline(night: ToldNight, nights: Sequence[ServerNight]) -> str:
    grades = [each.grade for each in nights]
    what = "Kopian SIAK" if night.run.steps else "Backup SIAK"
    failed = sum(grade in ("gagal", "berjalan") for grade in grades)
    if failed or not grades:
        return f"{what} GAGAL: {failed} dari {len(grades)} server"
    warned = grades.count("peringatan")
    if warned:
        return f"{what} berhasil dengan peringatan: {warned} dari {len(grades)} server"
    return f"{what} berhasil: {len(grades)} server"


def _when(night: ToldNight, nights: Sequence[ServerNight]) -> str:
    if not nights:
        return night.run.began_at.isoformat(timespec="minutes")
    zone = nights[0].zone
    began = night.run.began_at
    return f"{day_date(zone.local(began).date())}, mulai {clock_time(began, zone)}"


def _server(night: ToldNight, each: ServerNight, now: datetime) -> list[str]:
    name = printable(f"{each.server} ({each.office})" if each.office else each.server)
    told = [each.result]
    if each.grade != "berhasil" and each.reasons:
        told.append(each.reasons[0] + (f" (dan {len(each.reasons) - 1} kendala lain)" if each.reasons[1:] else ""))
    if each.proven:
        media = ", ".join(dict.fromkeys(copy.label for copy in each.copies))
        told.append(f"backup terbukti {size(each.size_bytes)} ({PurePath(each.folder).name}, media {media or '-'})")
        told += [f"pilihan kantor: {each.choice}"] if each.choice else []
    if each.open_swings:
        told.append(f"PERUBAHAN BESAR menunggu diterima: {'; '.join(each.open_swings)}")
    return [_cut(f"{name}: {', '.join(told)}"), *([] if each.proven else [f"  {_last(night, each.server, now)}"])]


def _last(night: ToldNight, server: str, now: datetime) -> str:
    last = night.last[server].proven
    if last is None or last.filed_at is None:
        return "belum ada backup terbukti dalam dua tahun terakhir"
    folder = printable(PurePath(last.folder).name)
    return f"backup terbukti terakhir {ago((now - last.filed_at).total_seconds())} lalu ({folder})"


def _others(nights: Sequence[ServerNight]) -> list[str]:
    if not nights:
        return []
    counts = {grade: sum(each.grade == grade for each in nights) for grade in _GRADES}
    told = ", ".join(f"{count} {grade}" for grade, count in counts.items() if count)
    return [f"dan {len(nights)} server lain: {told}"]


def _not_proven(night: ToldNight, nights: Sequence[ServerNight], expected: Collection[str], *, rehearsal: bool) -> str:
    if rehearsal:
        return "gladi bukan backup"
    if night.run.steps:
        return "run ini tidak menjalankan seluruh SOP"
    if night.run.status == "interrupted":
        return "run terputus"
    missing = sorted(set(expected) - {each.server for each in nights})
    without = [each.server for each in nights if not each.proven or each.grade not in ("berhasil", "peringatan")]
    names = [*without, *missing]
    return f"belum terbukti pada {len(names)} server: {_cut(', '.join(names[:5]))}" if names or not nights else ""


def _fields(night: ToldNight, nights: Sequence[ServerNight], report: str, *, rehearsal: bool) -> dict[str, Any]:
    return {
        "run": night.run.id,
        "began_at": night.run.began_at.isoformat(),
        "rehearsal": rehearsal,
        "interrupted": night.run.status == "interrupted",
        "report": printable(report),
        "counts": {grade: sum(each.grade == grade for each in nights) for grade in _GRADES},
        "servers": [
            {
                "server": each.server,
                "office": _cut(each.office),
                "grade": each.grade,
                "proven": each.proven,
                "size_bytes": each.size_bytes,
                "reason": _cut(each.reasons[0]) if each.reasons else "",
                "last_proven_at": _last_proven_at(night, each),
            }
            for each in nights[:_MAX_FIELD_SERVERS]
        ],
    }


def _last_proven_at(night: ToldNight, each: ServerNight) -> str | None:
    last = each if each.proven else night.last[each.server].proven
    return last.filed_at.isoformat() if last is not None and last.filed_at is not None else None


def _cut(text: str) -> str:
    return cut(printable(text), _MAX_LINE)


def _bounded(lines: Sequence[str]) -> str:
    """Return the lines as a text of bounded length; what is cut is cut before the last two lines."""
    tail = "\n".join(["", *lines[-2:], ""])
    return cut("\n".join(lines[:-2]), MAX_TEXT - len(tail)) + tail
