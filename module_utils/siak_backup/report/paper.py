# SPDX-License-Identifier: GPL-3.0-or-later
"""What every paper has: letterhead, signatures and hours, ready for a template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..agenda.entry import REHEARSAL_MARK
from ..calendar import clock_time, long_date

if TYPE_CHECKING:
    from datetime import date, datetime

    from ..calendar import Zone
    from .office import Letterhead, Peran

_HEADINGS: dict[Peran, str] = {"mengetahui": "Mengetahui,", "paraf": "Paraf,", "pelaksana": "Pelaksana,"}

#: Where a place is still to be written by hand.
_BLANK_PLACE = "." * 20


@dataclass(frozen=True)
class Kop:
    """A letterhead. `logo` is an SVG's text or a PNG's bytes as numbers, as `logo_format` says; empty without one."""

    instansi: tuple[str, ...]
    alamat: str
    logo: str | tuple[int, ...]
    logo_format: str


@dataclass(frozen=True)
class Signature:
    """One block to sign in. `above` is place and date, for the last block; an empty `nama` or `nip` becomes dots."""

    heading: str
    jabatan: str
    nama: str
    nip: str
    above: str = ""


def kop(letterhead: Letterhead) -> Kop:
    """Return an office's letterhead for a template."""
    logo = letterhead.logo
    if logo is None:
        return Kop(letterhead.instansi, letterhead.alamat, "", "")
    content = logo.content.decode("utf-8") if logo.format == "svg" else tuple(logo.content)
    return Kop(letterhead.instansi, letterhead.alamat, content, logo.format)


def signatures(letterhead: Letterhead, day: date | None, *, witnessed: bool = False) -> tuple[Signature, ...]:
    """Return who signs, the executors last, as letters do.

    `day` None is left to the pen. What is `witnessed` bears a witness's name instead of parafs.
    """
    place = letterhead.tempat or _BLANK_PLACE
    dated = f"{place}, {long_date(day) if day else _BLANK_PLACE}"
    order: tuple[Peran, ...] = ("mengetahui", "paraf", "pelaksana")
    blocks: list[Signature] = []
    for peran in order:
        if peran == "paraf" and witnessed:
            blocks.append(Signature("Saksi,", "", "", ""))
        else:
            blocks += [
                Signature(_HEADINGS[peran], official.jabatan, official.nama, official.nip_shown)
                for official in letterhead.of_peran(peran)
            ]
    if blocks:
        last = blocks[-1]
        blocks[-1] = Signature(last.heading, last.jabatan, last.nama, last.nip, dated)
    return tuple(blocks)


def rehearsal_mark(*, rehearsal: bool) -> str:
    """Return what a rehearsal's papers bear large on each page; empty for others."""
    return REHEARSAL_MARK.strip("* ") if rehearsal else ""


def span(began: datetime, ended: datetime | None, zone: Zone) -> str:
    """Return e.g. `16.37 - 16.48 WIB`, with the days in between if it went past midnight."""
    start = clock_time(began, zone)
    if ended is None:
        return f"{start} - (tidak selesai)"
    days = (zone.local(ended).date() - zone.local(began).date()).days
    later = f" (+{days} hari)" if days > 0 else ""
    return f"{start.removesuffix(zone.name).strip()} - {clock_time(ended, zone)}{later}"
