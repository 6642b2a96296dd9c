# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTML file that needs nothing else: no server, no network, no second file.

What it may run is named by its hash in its own Content-Security-Policy, so
that text which came through a journal is never code, even if an escape failed.
"""

from __future__ import annotations

import base64
import hashlib
import traceback
from typing import TYPE_CHECKING

import jinja2

from ..agenda.entry import REHEARSAL_MARK
from ..agenda.grid import printable
from ..agenda.journal import agenda_errors
from ..calendar import day_date, long_date, number, size
from ..durable import write_atomic
from ..errors import ConfigError, ReportError
from .packed import STATE_CODES, packed
from .view import build_view
from .words import (
    damage_told,
    days_told,
    growth_told,
    headline,
    label,
    moment,
    offsite_alarm,
    proven_fact,
    reasons_told,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from ..agenda.missed import Expected
    from ..agenda.period import Period
    from ..sop import Sop
    from .model import ServerView, StatusView
    from .settings import StatusSettings

#: The agenda's group may read it (docs/adr/0014); it holds no residents' data.
PAGE_MODE = 0o640

_TEMPLATE = "status.html.j2"
_STYLES = ("status.css", "status-print.css")
_SCRIPTS = ("status-data.js", "status-chart.js", "status-table.js", "status-detail.js", "status-main.js")

#: How many of a server's last nights stand in its row.
_STRIP = 14


def write_page(
    path: Path,
    *,
    period: Period,
    older: Mapping[str, datetime],
    expected: Sequence[Expected],
    sop: Sop,
    now: datetime,
    assets: Path,
    settings: StatusSettings,
) -> None:
    """Write the page whole or not at all; arguments as of `view.build_view` and `render`.

    Raises:
        ConfigError: an asset cannot be read.
        ReportError: the template is wrong; it names the line.
        AgendaError: the page cannot be written.
    """
    view = build_view(period=period, older=older, expected=expected, sop=sop, now=now, settings=settings)
    page = render(view, sop=sop, assets=assets, settings=settings).encode()
    with agenda_errors(path):
        write_atomic(path, page, PAGE_MODE)


def render(view: StatusView, *, sop: Sop, assets: Path, settings: StatusSettings) -> str:
    """Return the page. The same view gives the same text.

    Args:
        view: what it tells.
        sop: its steps and heading.
        assets: the folder of the role `report`, which has `templates/` and `files/`.
        settings: what the office has set.

    Raises:
        ConfigError: an asset cannot be read.
        ReportError: the template is wrong; it names the line.
    """
    style = "\n".join(_asset(assets / "files" / name) for name in _STYLES)
    script = "\n".join(_asset(assets / "files" / name) for name in _SCRIPTS)
    script = f'(() => {{\n"use strict";\n{script}}})();'
    template = assets / "templates" / _TEMPLATE
    try:
        return (
            _environment(view, settings)
            .from_string(_asset(template))
            .render(
                view=view,
                sop=sop,
                title=settings.title or sop.instansi,
                zone=settings.zone,
                settings=settings,
                headline=headline(view),
                rehearsal_mark=REHEARSAL_MARK.strip("* "),
                strip=_strip,
                style=style,
                script=script,
                style_hash=_hash(style),
                script_hash=_hash(script),
                data=packed(view, sop, settings),
            )
        )
    except jinja2.TemplateError as error:
        raise ReportError(
            f"templat tidak dapat dipakai, {error.message}",
            where=f"{template}, baris {_line(error)}",
            remedy="bila templat diubah sendiri, perbaiki baris itu, bila tidak, pasang ulang siak-backup",
        ) from error


def _line(error: jinja2.TemplateError) -> int:
    """Return the template's line that an error is about: a syntax error knows it, others come from it."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    return max((frame.lineno or 0 for frame in frames if frame.filename == "<template>"), default=0)


def _environment(view: StatusView, settings: StatusSettings) -> jinja2.Environment:
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        code=STATE_CODES.__getitem__,
        damage=damage_told,
        day_date=day_date,
        days_told=days_told,
        growth=growth_told,
        label=label,
        long_date=long_date,
        moment=moment,
        number=number,
        offsite=lambda server: offsite_alarm(server, settings),
        printable=printable,
        proven=lambda server: proven_fact(server.proven, server.zone, view.now),
        reasons=reasons_told,
        size=size,
    )
    return environment


def _asset(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"bagian halaman status tidak dapat dibaca, {error.strerror}",
            where=str(path),
            remedy="pasang ulang program, folder roles/report tidak lengkap",
        ) from error


def _strip(server: ServerView) -> list[tuple[date, str]]:
    """Return the last nights of a server as (day, code of its state)."""
    return [(night.day, STATE_CODES[night.state]) for night in server.nights[-_STRIP:]]


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
