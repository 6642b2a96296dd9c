# SPDX-License-Identifier: GPL-3.0-or-later
"""Register and rekap as XLSX, to count and to search. Texts are texts: none becomes a formula, number or link."""

from __future__ import annotations

import math
from datetime import UTC
from io import BytesIO
from typing import TYPE_CHECKING, Protocol

from ..agenda.grid import cut
from ..media.optional import library
from .rekap import CLOSED, FAILED, MISSED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from .office import Letterhead
    from .register import Register
    from .rekap import Rekap

#: Excel's own limit is 32767 letters; a cell of a register is read, not studied.
_MAX_CELL = 2000
_MAX_DAMAGE = 160
_A4 = 9

#: Excel allows no higher row.
_MAX_ROW_PT = 409.0
_LINE_PT = 12.5

#: Words are not cut to fill a line, so a text takes some more of them.
_WRAPPED = 1.15

_REGISTER_WIDTHS = (5, 14, 12, 26, 28, 15, 15, 13, 10, 28)
_SERVER_WIDTH, _OFFICE_WIDTH, _DAY_WIDTH, _TOTAL_WIDTH = 16, 24, 3.4, 5


class _Book(Protocol):
    """What is used of xlsxwriter's Workbook."""

    def add_format(self, properties: Mapping[str, object]) -> object: ...


class _Sheet(Protocol):
    """What is used of xlsxwriter's Worksheet. There is no `write`: it would guess formulas, numbers and links."""

    def write_string(self, row: int, col: int, string: str, cell_format: object) -> object: ...
    def write_number(self, row: int, col: int, number: float, cell_format: object) -> object: ...
    def set_row(self, row: int, height: float) -> object: ...
    def set_column(self, first_col: int, last_col: int, width: float) -> object: ...
    def repeat_rows(self, first_row: int) -> object: ...
    def repeat_columns(self, first_col: int, last_col: int) -> object: ...
    def freeze_panes(self, row: int, col: int) -> object: ...
    def print_area(self, first_row: int, first_col: int, last_row: int, last_col: int) -> object: ...


def register_sheet(letterhead: Letterhead, register: Register, name: str, at: datetime) -> bytes:
    """Return the register as an XLSX file's bytes. `name` is the sheet's, `at` its creation date, aware."""

    def fill(book: _Book, sheet: _Sheet) -> None:
        forms = _Formats(book)
        first = _heading(sheet, forms, letterhead, (register.title, register.mark, register.period))
        sheet.set_row(first, 30)
        _texts(sheet, first, 0, register.columns, forms.head)
        for index, row in enumerate(register.rows, start=first + 1):
            _texts(sheet, index, 0, row, forms.cell)
            sheet.set_row(index, _height_pt(row))
        for column, width in enumerate(_REGISTER_WIDTHS):
            sheet.set_column(column, column, width)
        _damage(sheet, forms, first + len(register.rows) + 2, register.damage)
        sheet.print_area(0, 0, first + len(register.rows) + 2 + len(register.damage), len(_REGISTER_WIDTHS) - 1)
        sheet.repeat_rows(first)
        sheet.freeze_panes(first + 1, 0)

    return _workbook(fill, name, at)


def rekap_sheet(letterhead: Letterhead, rekap: Rekap, name: str, at: datetime) -> bytes:
    """Return the rekap as an XLSX file's bytes. `name` is the sheet's, `at` its creation date, aware."""

    def fill(book: _Book, sheet: _Sheet) -> None:
        forms = _Formats(book)
        first = _heading(sheet, forms, letterhead, (rekap.title, rekap.mark, rekap.period))
        header = ("Server", "Kantor", *map(str, rekap.days), *rekap.counted)
        _texts(sheet, first, 0, header, forms.head)
        marked = {FAILED: forms.failed, MISSED: forms.missed, CLOSED: forms.closed}
        totals = 2 + len(rekap.days)
        for index, row in enumerate(rekap.rows, start=first + 1):
            _texts(sheet, index, 0, (row.server, row.office), forms.cell)
            for column, cell in enumerate(row.cells, start=2):
                sheet.write_string(index, column, cell, marked.get(cell[:1], forms.letter))
            _numbers(sheet, index, totals, row.totals, forms.letter)
        last = first + 1 + len(rekap.rows)
        for index, (letter, counts) in enumerate(zip(rekap.counted, rekap.footer, strict=True), start=last):
            _texts(sheet, index, 0, (f"Jumlah {letter}", ""), forms.head)
            # The last of them is the sum; it belongs under its own letter.
            _numbers(sheet, index, 2, counts[:-1], forms.letter)
            _numbers(sheet, index, totals + index - last, counts[-1:], forms.letter)
        legend = "; ".join(f"{letter} = {meaning}" for letter, meaning in rekap.legend)
        sheet.write_string(last + len(rekap.footer) + 1, 0, f"Keterangan: {legend}", forms.plain)
        _damage(sheet, forms, last + len(rekap.footer) + 3, rekap.damage)
        sheet.set_column(0, 0, _SERVER_WIDTH)
        sheet.set_column(1, 1, _OFFICE_WIDTH)
        sheet.set_column(2, totals - 1, _DAY_WIDTH)
        sheet.set_column(totals, totals + len(rekap.counted) - 1, _TOTAL_WIDTH)
        end = last + len(rekap.footer) + 3 + len(rekap.damage)
        sheet.print_area(0, 0, end, totals + len(rekap.counted) - 1)
        sheet.repeat_rows(first)
        sheet.repeat_columns(0, 0)
        sheet.freeze_panes(first + 1, 1)

    return _workbook(fill, name, at)


class _Formats:
    """Black on white, marked by weight and shade, for copying machines."""

    def __init__(self, book: _Book) -> None:
        box = {"border": 1, "valign": "top", "text_wrap": True, "font_size": 9}
        middle = {**box, "align": "center", "text_wrap": False}
        self.title = book.add_format({"bold": True, "font_size": 13})
        self.plain = book.add_format({"font_size": 9})
        self.bold = book.add_format({"bold": True, "font_size": 9})
        self.head = book.add_format({**box, "bold": True, "align": "center", "bg_color": "#D9D9D9"})
        self.cell = book.add_format(box)
        self.letter = book.add_format(middle)
        self.failed = book.add_format({**middle, "bold": True, "bg_color": "#BFBFBF"})
        self.missed = book.add_format({**middle, "bold": True, "bg_color": "#000000", "font_color": "#FFFFFF"})
        self.closed = book.add_format({**middle, "bg_color": "#EDEDED"})


def _workbook(fill: Callable[[_Book, _Sheet], None], name: str, at: datetime) -> bytes:
    xlsxwriter = library("xlsxwriter", setting="siak_report")
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    # The file's only trace of when it was made.
    book.set_properties({"created": at.astimezone(UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&8Halaman &P dari &N")
    fill(book, sheet)
    book.close()
    return target.getvalue()


def _heading(sheet: _Sheet, forms: _Formats, letterhead: Letterhead, titles: tuple[str, str, str]) -> int:
    """Write letterhead, title, a rehearsal's mark and period; return the row of the table's head."""
    for index, line in enumerate(letterhead.instansi):
        sheet.write_string(index, 0, line, forms.bold)
    row = len(letterhead.instansi) + 1
    for index, (text, form) in enumerate(zip(titles, (forms.title, forms.title, forms.plain), strict=True), start=row):
        sheet.write_string(index, 0, text, form)
    return row + len(titles) + 1


def _texts(sheet: _Sheet, row: int, column: int, texts: Sequence[str], form: object) -> None:
    for index, text in enumerate(texts, start=column):
        sheet.write_string(row, index, cut(text, _MAX_CELL), form)


def _height_pt(row: Sequence[str]) -> float:
    """Return how high a register's row must be for its longest cell: not every reader finds that out by itself."""
    lines = max(math.ceil(len(text) * _WRAPPED / width) for text, width in zip(row, _REGISTER_WIDTHS, strict=True))
    return min(_LINE_PT * max(1, lines), _MAX_ROW_PT)


def _numbers(sheet: _Sheet, row: int, column: int, numbers: Sequence[int], form: object) -> None:
    for index, number in enumerate(numbers, start=column):
        sheet.write_number(row, index, number, form)


def _damage(sheet: _Sheet, forms: _Formats, row: int, damage: Sequence[str]) -> None:
    """Say which journal lines could not be read: what they told is missing above."""
    for index, text in enumerate(damage, start=row):
        sheet.write_string(index, 0, f"Baris jurnal rusak: {cut(text, _MAX_DAMAGE)}", forms.plain)
