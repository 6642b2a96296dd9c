# SPDX-License-Identifier: GPL-3.0-or-later
"""The page's data as compact JSON: columns instead of rows, texts once.

514 servers and 90 nights are 46,000 rows; with a key for each value they would
be 15 MB. `roles/report/files/status-data.js` reads what is written here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..agenda.grid import printable
from ..calendar import clock_time, long_date
from .words import facts, label, reasons_told, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..sop import Sop
    from .model import NightView, ServerView, State, StatusView
    from .settings import StatusSettings

STATE_CODES: dict[State, str] = {
    "gagal": "g",
    "terputus": "t",
    "tidak dijalankan": "x",
    "peringatan": "p",
    "berjalan": "j",
    "belum ada": "n",
    "berhasil": "b",
    "tidak terdaftar": "u",
}
_VERDICT_CODES = {"sesuai": "s", "tidak sesuai": "x", "terputus": "t", "tidak dijalankan": "-", "berjalan": "j"}

#: Bits of a night's flags; the parafs follow from 4 on, in the order of `parafs`.
_PROVEN, _REHEARSAL, _PARAF = 1, 2, 4

_DAY_MINUTES = 24 * 60


def packed(view: StatusView, sop: Sop, settings: StatusSettings) -> str:
    """Return the page's data as JSON, safe inside `<script>`: it holds no `<`, `>`, `&`, nor anything but ASCII."""
    texts = _Texts()
    offices = [paraf.office for paraf in view.parafs]
    data = {
        "since": view.since.isoformat(),
        "days": (view.until - view.since).days + 1,
        "made": int(view.now.timestamp()),
        "staleAfterH": settings.stale_after_h,
        "states": {STATE_CODES[state]: label(state) for state in STATE_CODES},
        "parafs": offices,
        "steps": [
            {"n": step.number, "kegiatan": step.kegiatan, "waktu": step.waktu, "menit": step.waktu_minutes}
            for step in sop.steps
        ],
        "servers": [_server(server, view, settings, texts, offices) for server in view.servers],
        "texts": texts.all,
    }
    return escaped(json.dumps(data, separators=(",", ":")))


def escaped(text: str) -> str:
    """Return JSON in which nothing can end or comment the element around it (HTML, section 4.12.1.3)."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


class _Texts:
    """Every text once; number 0 is none."""

    def __init__(self) -> None:
        self.all: list[str] = [""]
        self._numbers = {"": 0}

    def number(self, lines: Sequence[str]) -> int:
        text = "\n".join(lines)
        if text not in self._numbers:
            self._numbers[text] = len(self.all)
            self.all.append(text)
        return self._numbers[text]


def _server(
    server: ServerView, view: StatusView, settings: StatusSettings, texts: _Texts, offices: Sequence[str]
) -> dict[str, Any]:
    nights = server.nights
    steps = max((len(night.took_s) for night in nights), default=0)
    return {
        "name": printable(server.name),
        "office": printable(server.office),
        "zone": server.zone.name,
        "state": STATE_CODES[server.state],
        "stale": int(server.stale),
        "rank": server.attention,
        "age": int((view.now - server.proven.at).total_seconds()) if server.proven else None,
        "size": server.size_bytes,
        "missed": server.missed,
        "told": sentence(server, view.now),
        "facts": [
            [fact.name, fact.value, fact.note, int(fact.alarming)]
            for fact in facts(server, view.parafs, view.now, settings)
        ],
        "media": [
            [
                printable(medium.label),
                printable(medium.serial),
                printable(medium.group),
                medium.copies,
                f"{long_date(server.zone.local(medium.last_at).date())} {clock_time(medium.last_at, server.zone)}",
            ]
            for medium in server.media
        ],
        "day": [(night.day - view.since).days for night in nights],
        "st": "".join(STATE_CODES[night.state] for night in nights),
        "at": [_minute(night, server) for night in nights],
        "z": [night.size_bytes for night in nights],
        "t": [[_short(night.took_s[step]) if night.took_s else -1 for night in nights] for step in range(steps)],
        "v": "".join("".join(map(_VERDICT_CODES.__getitem__, night.verdicts)) or "-" * steps for night in nights),
        "m": [texts.number([", ".join(map(printable, night.media))]) for night in nights],
        "r": [texts.number(reasons_told(night.reasons)) for night in nights],
        "c": [texts.number(reasons_told(night.notes)) for night in nights],
        "f": [_flags(night, offices) for night in nights],
    }


def _minute(night: NightView, server: ServerView) -> int:
    """Return when a night began, in minutes of the server's day; -1 if it did not."""
    if night.began_at is None:
        return -1
    local = server.zone.local(night.began_at)
    return (local.hour * 60 + local.minute) % _DAY_MINUTES


def _short(took_s: float | None) -> float:
    """Return seconds as few digits as tell them; -1 where there are none."""
    if took_s is None:
        return -1
    return round(took_s) if took_s >= 10 or took_s == round(took_s) else round(took_s, 1)


def _flags(night: NightView, offices: Sequence[str]) -> int:
    own = (_PROVEN if night.proven else 0) | (_REHEARSAL if night.rehearsal else 0)
    return own | sum(_PARAF << number for number, office in enumerate(offices) if office in night.parafs)
