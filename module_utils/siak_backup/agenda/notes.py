# SPDX-License-Identifier: GPL-3.0-or-later
"""What people add to the journal afterwards: a superior's paraf, and an administrator's notes on a run.

Both are lines of their own, appended to the same chain. What was recorded
before them is not changed, and they cover only what stands before them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from ..calendar import long_date
from ..errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

PARAF, NOTE = "paraf", "note"

Office = Literal["Kasi SIAK", "Kabid PIAK"]

#: A paper's line, not an essay; the journal's own limit is far above.
_MAX_TEXT = 1000
_MAX_NAME = 120


@dataclass(frozen=True, slots=True)
class Paraf:
    """A superior has seen the days `since` to `until`, both included, as the journal told them `at` that moment.

    `office` is the SOP's name of the superior's office, `name` the person's, `remark` may be empty.
    """

    at: datetime
    office: str
    name: str
    since: date
    until: date
    remark: str = ""

    def covers(self, day: date, recorded_at: datetime) -> bool:
        """Whether a night of a day was in the journal when the paraf was given."""
        return self.since <= day <= self.until and recorded_at <= self.at

    def record(self) -> dict[str, object]:
        """Return the journal's keys of this paraf, without those of every line."""
        return {
            "event": PARAF,
            "office": self.office,
            "name": self.name,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "remark": self.remark,
        }


@dataclass(frozen=True, slots=True)
class Note:
    """What the Administrator Database adds to a run: what went wrong (kendala), what was done about it (tindak lanjut).

    `server` is empty when it is about every server of the run. `perubahan` is why a large change of rows or bytes is
    right: it accepts those that the run found.
    """

    at: datetime
    target: str
    server: str
    name: str
    kendala: str = ""
    tindak_lanjut: str = ""
    perubahan: str = ""

    def record(self) -> dict[str, object]:
        """Return the journal's keys of this note, without those of every line; `perubahan` only where there is one."""
        accepted: dict[str, object] = {"perubahan": self.perubahan} if self.perubahan else {}
        return accepted | {
            "event": NOTE,
            "target": self.target,
            "server": self.server,
            "name": self.name,
            "kendala": self.kendala,
            "tindak_lanjut": self.tindak_lanjut,
        }


def new_paraf(*, at: datetime, office: str, name: str, since: date, until: date, remark: str) -> Paraf:
    """Check what a person gave. Raises ConfigError naming the setting."""
    if office not in get_args(Office):
        raise ConfigError(
            f"jabatan {office!r} tidak memberi paraf",
            where="jabatan",
            remedy=f"pilih {' atau '.join(get_args(Office))}",
        )
    if not since <= until <= at.date():
        raise ConfigError(
            f"hari {long_date(since)} sampai {long_date(until)} terbalik atau belum terjadi",
            where="hari",
            remedy="isi hari yang sudah lewat, YYYY-MM-DD atau YYYY-MM-DD..YYYY-MM-DD",
        )
    return Paraf(at, office, checked(name, "nama", _MAX_NAME), since, until, checked(remark, "catatan", empty=True))


def new_note(
    *, at: datetime, target: str, server: str, name: str, kendala: str, tindak_lanjut: str, perubahan: str = ""
) -> Note:
    """Check what a person gave. Raises ConfigError naming the setting."""
    if not any(text.strip() for text in (kendala, tindak_lanjut, perubahan)):
        raise ConfigError("catatan kosong", where="kendala", remedy="isi kendala, tindak_lanjut atau perubahan")
    return Note(
        at,
        target,
        server,
        checked(name, "nama", _MAX_NAME),
        checked(kendala, "kendala", empty=True),
        checked(tindak_lanjut, "tindak_lanjut", empty=True),
        checked(perubahan, "perubahan", empty=True),
    )


def checked(text: str, key: str, longest: int = _MAX_TEXT, *, empty: bool = False) -> str:
    """Return a person's text on one line, checked: it goes to terminals and papers. Raises ConfigError naming `key`."""
    line = " ".join(text.split())
    if len(line) > longest or not line.isprintable() or not (line or empty):
        raise ConfigError(f"{key} harus teks, paling panjang {longest} huruf", where=key, remedy="perbaiki teksnya")
    return line


def read_paraf(record: Mapping[str, Any]) -> Paraf | None:
    """Return the paraf of a journal line, or None if it is not one of ours."""
    since, until = _day(record.get("since")), _day(record.get("until"))
    office, name = _text(record, "office"), _text(record, "name")
    if since is None or until is None or not office or not name:
        return None
    return Paraf(datetime.fromisoformat(record["at"]), office, name, since, until, _text(record, "remark"))


def read_note(record: Mapping[str, Any]) -> Note | None:
    """Return the note of a journal line, or None if it is not one of ours."""
    target, name = _text(record, "target"), _text(record, "name")
    if not target or not name:
        return None
    texts = (_text(record, key) for key in ("kendala", "tindak_lanjut", "perubahan"))
    return Note(datetime.fromisoformat(record["at"]), target, _text(record, "server"), name, *texts)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""
