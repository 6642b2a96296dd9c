# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the office's papers. They are made from the journal and can be made again; it is never touched."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from ..agenda.realisasi import zone_of
from ..archive.names import plain_name
from ..durable import NO_SPACE, write_atomic
from ..errors import ReportError
from .forms import pemusnahan, uji_pemulihan
from .laporan import laporan, notes_on, parafs_on, recorded_at
from .paper import kop
from .register import in_parts, register
from .rekap import rekap
from .sheet import register_sheet, rekap_sheet
from .typeset import Typesetter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from ..agenda.ledger import RunState, ServerState
    from ..agenda.missed import Expected, Missed
    from ..agenda.notes import Note, Paraf
    from ..agenda.period import Period
    from ..sop import Sop
    from .forms import BeritaAcara, Pemusnahan, UjiPemulihan
    from .laporan import Laporan, Seal
    from .office import Letterhead

#: Papers hold no personal data of residents, so the agenda's group may read them.
_FILE, _DIR = 0o640, 0o750
_FORMS_DIR = "formulir"

#: Until a file is done, the typesetter keeps about 2 MB for a Laporan's page and 0.2 MB for a register's line.
_PAGES_TOGETHER = 100
_ROWS_TOGETHER = 2500


@dataclass(frozen=True)
class Target:
    """Where papers go, the folder of the templates, and whose letterhead they bear."""

    folder: Path
    templates: Path
    letterhead: Letterhead


@dataclass(frozen=True)
class Page:
    """One server's part of a run, for a Laporan: see `laporan.laporan`."""

    run: RunState
    server: ServerState
    seal: Seal | None = None
    urut: int | None = None
    notes: Sequence[Note] = ()
    parafs: Sequence[Paraf] = ()


class Papers:
    """Writes papers to a target, one after another."""

    def __init__(self, target: Target) -> None:
        """Raises ConfigError when the typesetter is not installed."""
        self._target = target
        self._typesetter = Typesetter(target.templates)
        self._kop = kop(target.letterhead)

    def write_laporan(self, sop: Sop, page: Page) -> Path:
        """Write `<yyyy-mm-dd>/Laporan-<run>-<server>.pdf` and return its path. Raises ReportError."""
        day = _day(page)
        path = self._target.folder / day / f"Laporan-{page.run.id}-{page.server.name}.pdf"
        return self._laporan(path, [self._model(sop, page)], _moment([page]))

    def write_night(self, sop: Sop, pages: Sequence[Page]) -> tuple[Path, ...]:
        """Write a run's Laporan together, to print them: `<yyyy-mm-dd>/Laporan-<run>.pdf`, a page for each server.

        Every 100 pages begin another file, `-2`, `-3` ... behind the run; `pages` holds at least one, all of one run.
        Returns their paths. Raises ReportError.
        """
        day, run_id = _day(pages[0]), pages[0].run.id
        parts = [pages[begin : begin + _PAGES_TOGETHER] for begin in range(0, len(pages), _PAGES_TOGETHER)]
        written = []
        for name, part in zip(_names(f"Laporan-{run_id}", len(parts)), parts, strict=True):
            path = self._target.folder / day / f"{name}.pdf"
            written.append(self._laporan(path, [self._model(sop, page) for page in part], _moment(part)))
            self._typesetter.forget()
        return tuple(written)

    def write_register(self, sop: Sop, period: Period, missed: Iterable[Missed] = ()) -> tuple[Path, ...]:
        """Write `<yyyy-mm>/Agenda-<yyyy-mm>.pdf` and `.xlsx` of the period's month; return both. Raises ReportError.

        Every 2500 lines begin another PDF, `-2`, `-3` ... behind the month; the XLSX is one, and comes last.
        """
        book = register(sop, period, self._target.letterhead, missed)
        month, at = f"{period.since:%Y-%m}", _told_at(period)
        folder, parts = self._target.folder / month, in_parts(book, _ROWS_TOGETHER)
        written = []
        for name, part in zip(_names(f"Agenda-{month}", len(parts)), parts, strict=True):
            pdf = self._typesetter.pdf("register.typ", at, kop=self._kop, register=part)
            written.append(_write(folder / f"{name}.pdf", pdf))
            self._typesetter.forget()
        xlsx = register_sheet(self._target.letterhead, book, f"Agenda {month}", at)
        return (*written, _write(folder / f"Agenda-{month}.xlsx", xlsx))

    def write_rekap(
        self, period: Period, expected: Sequence[Expected], missed: Iterable[Missed] = ()
    ) -> tuple[Path, Path]:
        """Write `<yyyy-mm>/Rekap-<yyyy-mm>.pdf` and `.xlsx` of the period's month; return both. Raises ReportError."""
        matrix = rekap(period, self._target.letterhead, expected, missed)
        month, at = f"{period.since:%Y-%m}", _told_at(period)
        pdf = self._typesetter.pdf("rekap.typ", at, kop=self._kop, rekap=matrix)
        xlsx = rekap_sheet(self._target.letterhead, matrix, f"Rekap {month}", at)
        folder = self._target.folder / month
        return _write(folder / f"Rekap-{month}.pdf", pdf), _write(folder / f"Rekap-{month}.xlsx", xlsx)

    def write_forms(self, sop: Sop) -> tuple[Path, ...]:
        """Write the blank berita acara to `formulir/`; return their paths. Raises ReportError."""
        return (self.write_pemusnahan(sop, "Pemusnahan"), self.write_uji_pemulihan(sop, "Uji-Pemulihan"))

    def write_pemusnahan(self, sop: Sop, name: str, known: Pemusnahan | None = None) -> Path:
        """Write `formulir/Berita-Acara-<name>.pdf`, with what is known of a destruction.

        Raises ReportError, or ConfigError for a name that is not plain.
        """
        return self._berita_acara(sop, name, pemusnahan(self._target.letterhead, known))

    def write_uji_pemulihan(self, sop: Sop, name: str, known: UjiPemulihan | None = None) -> Path:
        """Write `formulir/Berita-Acara-<name>.pdf`, with what is known of a restore drill.

        Raises ReportError, or ConfigError for a name that is not plain.
        """
        return self._berita_acara(sop, name, uji_pemulihan(self._target.letterhead, known))

    def _model(self, sop: Sop, page: Page) -> Laporan:
        return laporan(
            sop,
            page.run,
            page.server,
            self._target.letterhead,
            seal=page.seal,
            urut=page.urut,
            notes=page.notes,
            parafs=page.parafs,
        )

    def _laporan(self, path: Path, pages: list[Laporan], at: datetime) -> Path:
        return _write(path, self._typesetter.one_page_each("laporan.typ", at, pages, kop=self._kop))

    def _berita_acara(self, sop: Sop, name: str, paper: BeritaAcara) -> Path:
        # A form has no time of its own; the SOP's day keeps two of them the same.
        at = datetime.combine(sop.efektif, time(), UTC)
        checked = plain_name(name, what="nama berita acara")
        path = self._target.folder / _FORMS_DIR / f"Berita-Acara-{checked}.pdf"
        return _write(path, self._typesetter.pdf("berita_acara.typ", at, kop=self._kop, paper=paper))


def _names(name: str, parts: int) -> list[str]:
    """Return the parts' names. The first has the plain one, so that a month that outgrows it leaves no stale file."""
    return [name, *(f"{name}-{part}" for part in range(2, parts + 1))]


def _day(page: Page) -> str:
    """Return the local day on which a run began, as folders of papers are named."""
    return zone_of(page.server).local(page.run.began_at).date().isoformat()


def _moment(pages: Sequence[Page]) -> datetime:
    """Return when the last line that is told of was written: papers of the same journal have the same date."""
    told = [recorded_at(page.run, page.server) for page in pages]
    told += [note.at for page in pages for note in notes_on(page.run, page.server, page.notes)]
    return max(told + [paraf.at for page in pages for paraf in parafs_on(page.run, page.server, page.parafs)])


def _told_at(period: Period) -> datetime:
    """Return when the last line that is told of was written; the period's first day where there is none."""
    nights = period.nights
    told = [night.recorded_at for night in nights] + [note.at for night in nights for note in night.notes]
    told += [paraf.at for paraf in period.parafs if any(paraf.covers(each.day, each.recorded_at) for each in nights)]
    return max(told, default=datetime.combine(period.since, time(), UTC))


def _write(path: Path, content: bytes) -> Path:
    with report_errors(path):
        path.parent.mkdir(mode=_DIR, parents=True, exist_ok=True)
        write_atomic(path, content, _FILE)
    return path


@contextlib.contextmanager
def report_errors(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into the ReportError that names the path."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ReportError(
            f"dokumen tidak dapat ditulis, {reason}",
            where=str(error.filename or path),
            remedy="kosongkan disknya" if error.errno in NO_SPACE else "periksa folder dokumen dan izinnya",
        ) from error
