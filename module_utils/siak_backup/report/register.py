# SPDX-License-Identifier: GPL-3.0-or-later
"""Agenda kegiatan harian: the month's register, a line a server and run, as the paper book has it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..agenda.grid import cut, printable
from ..calendar import day_date, long_date, size
from .paper import Signature, rehearsal_mark, signatures, span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from ..agenda.facts import CopyFact
    from ..agenda.missed import Missed
    from ..agenda.notes import Paraf
    from ..agenda.period import Period, ServerNight
    from ..sop import Sop
    from .office import Letterhead

TITLE = "AGENDA KEGIATAN HARIAN"
COLUMNS = (
    "No",
    "Hari, tanggal",
    "Waktu mulai-selesai",
    "Uraian kegiatan",
    "Hasil/output (folder, ukuran)",
    "Media & nomor seri/label",
    "Lokasi simpan",
    "Pelaksana",
    "Paraf",
    "Keterangan",
)

#: A register's line, not the entry: that one has the whole text.
_MAX_REMARK = 240
_MAX_PATH = 160
_MAX_OFFICE = 120


@dataclass(frozen=True)
class Register:
    """A month's lines. Every row has a text for each of `columns`; `damage` names journal lines nobody can read."""

    title: str
    period: str
    mark: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    damage: tuple[str, ...]
    signatures: tuple[Signature, ...]


def register(sop: Sop, period: Period, letterhead: Letterhead, missed: Iterable[Missed] = ()) -> Register:
    """Return a period's register. A missed night gets a line that says so: a paper book would hide it."""
    lines: list[tuple[date, str, str, tuple[str, ...]]] = [
        (night.day, night.server, night.run, _night(sop, night, period.parafs, letterhead)) for night in period.nights
    ]
    lines += [(each.day, each.server, "", _missed(each)) for each in missed]
    lines.sort(key=lambda line: line[:3])
    return Register(
        title=TITLE,
        period=f"{long_date(period.since)} sampai {long_date(period.until)}",
        mark=rehearsal_mark(rehearsal=bool(period.nights) and all(night.rehearsal for night in period.nights)),
        columns=COLUMNS,
        rows=tuple((str(number), *line[3]) for number, line in enumerate(lines, start=1)),
        damage=tuple(printable(each) for each in period.damage),
        signatures=signatures(letterhead, None),
    )


def in_parts(book: Register, longest: int) -> tuple[Register, ...]:
    """Return a register as parts of at most `longest` rows each, of which the last is signed."""
    count = max(1, -(-len(book.rows) // longest))
    if count == 1:
        return (book,)
    return tuple(
        replace(
            book,
            period=f"{book.period}, bagian {part} dari {count}",
            rows=book.rows[(part - 1) * longest : part * longest],
            damage=book.damage if part == count else (),
            signatures=book.signatures if part == count else (),
        )
        for part in range(1, count + 1)
    )


def _night(sop: Sop, night: ServerNight, parafs: Sequence[Paraf], letterhead: Letterhead) -> tuple[str, ...]:
    copies = (*night.copies, *night.caught_up)
    return (
        day_date(night.day),
        span(night.began_at, night.ended_at, night.zone),
        _activity(sop, night),
        _outcome(night),
        "; ".join(dict.fromkeys(_medium(copy) for copy in copies)) or "-",
        "; ".join(dict.fromkeys(place for copy in copies if (place := letterhead.place_of(copy.label)))) or "-",
        ", ".join(each.nama or each.jabatan for each in letterhead.of_peran("pelaksana")) or "-",
        "; ".join(_paraf(paraf, night) for paraf in parafs if paraf.covers(night.day, night.recorded_at)),
        _remark(night),
    )


def _missed(missed: Missed) -> tuple[str, ...]:
    told = f"Backup database kependudukan {printable(missed.server)}"
    return (day_date(missed.day), "-", told, "TIDAK DIJALANKAN", "-", "-", "-", "", "terlewat, tidak ada run di agenda")


def _activity(sop: Sop, night: ServerNight) -> str:
    where = f"{night.server}, {cut(printable(night.office), _MAX_OFFICE)}" if night.office else night.server
    if night.whole_sop:
        told = f"Backup database kependudukan {where}"
    else:
        numbers = [step.number for step in night.steps]
        kegiatan = "; ".join(step.kegiatan for step in sop.steps if step.number in numbers)
        told = f"Susulan langkah {', '.join(map(str, numbers))} ({kegiatan}): {where}"
    return f"GLADI, BUKAN BACKUP. {told}" if night.rehearsal else told


def _outcome(night: ServerNight) -> str:
    parts = [night.result]
    if night.folder:
        parts.append(cut(printable(night.folder), _MAX_PATH))
    if night.size_bytes:
        parts.append(size(night.size_bytes))
    return "; ".join(parts)


def _medium(copy: CopyFact) -> str:
    serial = f" (seri {printable(copy.serial)})" if copy.serial else ""
    of_night = f", kopian malam {printable(copy.night)}" if copy.night else ""
    return f"{printable(copy.label) or '-'}{serial}{of_night}"


def _paraf(paraf: Paraf, night: ServerNight) -> str:
    return f"{printable(paraf.office)}, {long_date(night.zone.local(paraf.at).date())}"


def _remark(night: ServerNight) -> str:
    said = [text for note in night.notes for text in (note.kendala, note.tindak_lanjut, note.perubahan) if text]
    waiting = [f"Perubahan besar belum diterima: {swing}" for swing in night.open_swings]
    return cut(printable("; ".join((*night.reasons, *waiting, *said))), _MAX_REMARK) or "-"
