# SPDX-License-Identifier: GPL-3.0-or-later
"""Berita acara: destruction at the end of retention, and a restore drill. What is not known is left to the pen.

UU 27/2022 art. 44 demands destruction at the end of retention, PP 71/2019
art. 22 a trail of it; how long data is kept is the office's own reference
(jadwal retensi arsip). A restore is an isolated copy, never a push to SIAK.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..agenda.grid import cut, printable
from ..calendar import day_date, number, size
from .paper import Signature, rehearsal_mark, signatures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from .office import Letterhead

_MAX_TEXT = 400
_BLANK_ROWS = 6
_BLANK_COUNTS = 6

_CLOSING = (
    "Demikian berita acara ini dibuat dengan sebenarnya untuk dipergunakan sebagaimana mestinya dan disimpan bersama "
    "agenda kegiatan harian."
)

#: A box that the pen ticks.
_YES_NO = "☐ ya   ☐ tidak"


@dataclass(frozen=True)
class Destroyed:
    """One thing that is destroyed. Empty texts and a `size_bytes` of None are left to the pen."""

    what: str = ""
    medium: str = ""
    size_bytes: int | None = None
    sha256: str = ""


@dataclass(frozen=True)
class Pemusnahan:
    """What is known of a destruction. `basis` is the retention reference, `method` how it is done."""

    day: date | None = None
    nomor: str = ""
    place: str = ""
    basis: str = ""
    method: str = ""
    things: tuple[Destroyed, ...] = ()
    remark: str = ""
    rehearsal: bool = False


@dataclass(frozen=True)
class Counted:
    """Rows of one table: as the backup's manifest tells them, and in the restored copy."""

    table: str = ""
    rows_in_backup: int | None = None
    rows_restored: int | None = None


@dataclass(frozen=True)
class UjiPemulihan:
    """What is known of a restore drill. `times` is e.g. `09.00 - 10.12 WIB`; None and empty are left to the pen."""

    day: date | None = None
    nomor: str = ""
    place: str = ""
    server: str = ""
    folder: str = ""
    medium: str = ""
    sha256: str = ""
    hash_matches: bool | None = None
    oracle: str = ""
    environment: str = ""
    times: str = ""
    counts: tuple[Counted, ...] = ()
    successful: bool | None = None
    troubles: str = ""
    follow_up: str = ""
    rehearsal: bool = False


@dataclass(frozen=True)
class Table:
    """A table to read or fill: columns, their widths in parts, rows of as many texts."""

    columns: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class BeritaAcara:
    """One paper: an opening, fields as (word, text), a table, fields after it, a closing. Empty texts become dots."""

    title: str
    nomor: str
    mark: str
    opening: str
    people: int
    statement: str
    fields: tuple[tuple[str, str], ...]
    table: Table
    after: tuple[tuple[str, str], ...]
    closing: str
    signatures: tuple[Signature, ...]


def pemusnahan(letterhead: Letterhead, known: Pemusnahan | None = None) -> BeritaAcara:
    """Return the record of a destruction, blank where nothing is known."""
    told = known or Pemusnahan()
    return BeritaAcara(
        title="BERITA ACARA PEMUSNAHAN CADANGAN DATABASE KEPENDUDUKAN",
        nomor=_text(told.nomor),
        mark=rehearsal_mark(rehearsal=told.rehearsal),
        opening=_opening(told.day, told.place or letterhead.tempat),
        people=3,
        statement="telah melakukan pemusnahan cadangan database kependudukan lokal yang masa retensinya telah "
        "berakhir, sesuai Pasal 44 Undang-Undang Nomor 27 Tahun 2022 tentang Pelindungan Data Pribadi, dengan rincian:",
        fields=(
            ("Dasar retensi (JRA) nomor, tanggal", _text(told.basis)),
            ("Cara pemusnahan", _text(told.method)),
        ),
        table=Table(
            ("No", "Folder, berkas atau media", "Label dan nomor seri media", "Ukuran", "SHA-256"),
            (1, 6, 5, 3, 6),
            _numbered([_destroyed(each) for each in told.things], 5, _BLANK_ROWS),
        ),
        after=(
            ("Cadangan lain yang masih ada sudah diperiksa utuh", _YES_NO),
            ("Data tidak dapat dibaca lagi sesudah pemusnahan, diperiksa oleh", ""),
            ("Keterangan", _text(told.remark)),
        ),
        closing=_CLOSING,
        signatures=signatures(letterhead, told.day, witnessed=True),
    )


def uji_pemulihan(letterhead: Letterhead, known: UjiPemulihan | None = None) -> BeritaAcara:
    """Return the record of a restore drill, blank where nothing is known."""
    told = known or UjiPemulihan()
    return BeritaAcara(
        title="BERITA ACARA UJI PEMULIHAN DATABASE KEPENDUDUKAN",
        nomor=_text(told.nomor),
        mark=rehearsal_mark(rehearsal=told.rehearsal),
        opening=_opening(told.day, told.place or letterhead.tempat),
        people=3,
        statement="telah melakukan uji pemulihan cadangan database kependudukan lokal pada lingkungan yang terpisah "
        "dari jaringan SIAK; hasil pemulihan tidak dikembalikan ke SIAK:",
        fields=(
            (
                "Server dan folder cadangan",
                ", ".join(each for each in (_text(told.server), _text(told.folder)) if each),
            ),
            ("Media, label dan nomor seri", _text(told.medium)),
            ("Nilai hash (SHA-256)", _text(told.sha256)),
            ("Nilai hash sama dengan SHA256SUMS", _answer(told.hash_matches)),
            ("Versi Oracle tempat uji", _text(told.oracle)),
            ("Lingkungan uji terpisah dari SIAK", _text(told.environment)),
            ("Waktu mulai-selesai, lama pemulihan", _text(told.times)),
        ),
        table=Table(
            ("No", "Tabel", "Jumlah baris di cadangan", "Jumlah baris hasil pemulihan", "Sama / tidak"),
            (1, 6, 4, 4, 3),
            _numbered([_counted(each) for each in told.counts], 5, _BLANK_COUNTS),
        ),
        after=(
            ("Hasil uji", _result(told.successful)),
            ("Kendala", _text(told.troubles)),
            ("Tindak lanjut", _text(told.follow_up)),
            ("Salinan hasil uji dihapus sesudah uji, tanggal dan oleh", ""),
        ),
        closing=_CLOSING,
        signatures=signatures(letterhead, told.day, witnessed=True),
    )


def _opening(day: date | None, place: str) -> str:
    when = f"hari {day_date(day)}" if day else f"hari {'.' * 16}, tanggal {'.' * 44}"
    return f"Pada {when}, bertempat di {_text(place) or '.' * 40}, kami yang bertanda tangan di bawah ini:"


def _destroyed(thing: Destroyed) -> tuple[str, ...]:
    sized = "" if thing.size_bytes is None else size(thing.size_bytes)
    return (_text(thing.what), _text(thing.medium), sized, _text(thing.sha256))


def _counted(counted: Counted) -> tuple[str, ...]:
    rows = (counted.rows_in_backup, counted.rows_restored)
    same = "" if None in rows else "sama" if rows[0] == rows[1] else "tidak sama"
    return (_text(counted.table), *("" if each is None else number(each) for each in rows), same)


def _numbered(rows: Sequence[tuple[str, ...]], columns: int, at_least: int) -> tuple[tuple[str, ...], ...]:
    """Return rows with their numbers; a form without any gets blank ones for the pen."""
    filled = tuple((str(index), *row) for index, row in enumerate(rows, start=1))
    return filled or tuple((str(index), *[""] * (columns - 1)) for index in range(1, at_least + 1))


def _answer(answer: bool | None) -> str:  # noqa: FBT001 - the answer is the value itself
    return _YES_NO if answer is None else "ya" if answer else "TIDAK"


def _result(successful: bool | None) -> str:  # noqa: FBT001 - the answer is the value itself
    return "☐ berhasil   ☐ gagal" if successful is None else "berhasil" if successful else "GAGAL"


def _text(text: str) -> str:
    return cut(printable(text), _MAX_TEXT)
