# SPDX-License-Identifier: GPL-3.0-or-later
"""Typesets a template and its data to PDF, from nothing but the two: no system fonts, no packages, no network.

Data is handed over as JSON and read as values, so that nothing in it is
markup. The same template, data and moment give the same bytes.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from ..agenda.grid import cut, printable
from ..errors import ReportError
from ..media.optional import library

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

#: How typst points at a place: `  ┌─ laporan.typ:12:4`.
_PLACE = re.compile(r"┌─ .*?([^/\n]+):([0-9]+):")

#: How a template says which of its papers need more than their page.
_TOO_LONG = re.compile(r"panicked with: too long: ([0-9 ]+)$")

#: A package of the network would be looked for; a local folder would make pages differ from machine to machine.
_PACKAGE = re.compile(r"\"@[a-z]")

#: Nothing is in it and nothing can be put there.
_NO_PACKAGES = "/dev/null"

#: Letters in which a page is tried, in points. The first is comfortable, the last can be read.
_LETTERS_PT = (10.4, 9.7, 9.0, 8.3, 7.6, 6.9, 6.2, 5.5)

#: Typst keeps what it laid out until as many later compilations had no use for it (comemo's `evict(10)`).
_FORGETS_AFTER = 12

_REMEDY = "periksa berkas logo; bila templat diubah sendiri, perbaiki baris itu, bila tidak, pasang ulang siak-backup"


class Value(Protocol):
    """Any dataclass, of texts, numbers, tuples and dataclasses."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


class Typesetter:
    """Makes PDFs of the templates in a folder. Keep one for many papers: fonts and templates are read once."""

    def __init__(self, templates: Path) -> None:
        """Raises ConfigError when typst is not installed."""
        self._templates = templates
        typst = library("typst", setting="siak_report")
        self._compiler = typst.Compiler(
            root=str(templates),
            ignore_system_fonts=True,
            package_path=_NO_PACKAGES,
            package_cache_path=_NO_PACKAGES,
        )

    def pdf(self, template: str, at: datetime, **data: Value) -> bytes:
        """Return the PDF of a template and its data.

        Args:
            template: name of a file in the templates' folder.
            at: aware; the PDF's creation date, so that it does not tell when it happened to be made.
            data: by the name under which the template knows it.

        Raises:
            ReportError: the template is missing or wrong, or what it imports is; file and line are named.
        """
        content = {name: asdict(value) for name, value in data.items()}
        try:
            return self._compile(template, at, content)
        except RuntimeError as error:
            raise self._error(template, error) from error

    def one_page_each(self, template: str, at: datetime, pages: Sequence[Value], **data: Value) -> bytes:
        """Return the PDF of papers that have one page each: letters shrink until a paper's page holds it.

        The template knows them as `pages`, each with its `letters_pt`, and with `is_smallest` true when there are no
        smaller ones. Else as `pdf`.
        """
        shared = {name: asdict(value) for name, value in data.items()}
        plain = [asdict(page) for page in pages]
        sizes = [0] * len(plain)
        last = len(_LETTERS_PT) - 1
        while True:
            sized = [
                {**page, "letters_pt": _LETTERS_PT[index], "is_smallest": index == last}
                for page, index in zip(plain, sizes, strict=True)
            ]
            try:
                return self._compile(template, at, {**shared, "pages": sized})
            except RuntimeError as error:
                long = _too_long(error)
                if not long or any(sizes[page] == last for page in long):
                    raise self._error(template, error) from error
                for page in long:
                    sizes[page] += 1

    def forget(self) -> None:
        """Let go of what large papers left in memory, before the next of them."""
        for _ in range(_FORGETS_AFTER):
            self._compiler.compile(b"", format="pdf", sys_inputs={})

    def _compile(self, template: str, at: datetime, content: dict[str, Any]) -> bytes:
        path = self._templates / template
        self._look(path)
        made = self._compiler.compile(
            str(path),
            format="pdf",
            pdf_tags=False,
            sys_inputs={"data": json.dumps(content, ensure_ascii=False, sort_keys=True)},
            timestamp=int(at.timestamp()),
        )
        return bytes(made)

    def _look(self, template: Path) -> None:
        """Refuse what could not be typeset, or not everywhere alike."""
        for path in (template, *sorted(self._templates.glob("*.typ"))):
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                reason = error.strerror if isinstance(error, OSError) else "bukan UTF-8"
                raise ReportError(f"templat tidak dapat dibaca, {reason}", where=str(path), remedy=_REMEDY) from error
            if _PACKAGE.search(text):
                raise ReportError("templat memakai paket dari jaringan", where=str(path), remedy=_REMEDY)

    def _error(self, template: str, error: RuntimeError) -> ReportError:
        found = _PLACE.search(getattr(error, "diagnostic", ""))
        where = f"{self._templates / found[1]}, baris {found[2]}" if found else str(self._templates / template)
        return ReportError(f"templat salah: {cut(printable(str(error)), 300)}", where=where, remedy=_REMEDY)


def _too_long(error: RuntimeError) -> list[int]:
    found = _TOO_LONG.search(str(error))
    return [int(number) for number in found[1].split()] if found else []
