# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a job that has ended succeeded: its state, its error count, its log and its pieces together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...dump.log import ExportLog, read_log
from ...dump.status import Status
from ...errors import ExportError, VanishedError
from .. import files
from ..pull import read_small
from .job import codes_in
from .note import Note, find_note
from .watch import UNSEEN, Ending

if TYPE_CHECKING:
    from ..session import Link, Session
    from .plan import ExportPlan

#: A log has one line a table; this is some hundred thousand tables.
_MAX_LOG_BYTES = 64 * 1024 * 1024

#: An object as Data Pump's messages name it; letters of an ordinary identifier only, for the text is the server's.
_OBJECT = re.compile(r'"(?P<schema>[A-Z][A-Z0-9_$#]{0,127})"\."(?P<name>[A-Z][A-Z0-9_$#]{0,127})"')


def prove_by_log(link: Link, plan: ExportPlan, ending: Ending) -> ExportLog:
    """Return the log of a job that ended well. Raises ExportError for any other."""
    return _prove(plan, _read(link, plan, ending), ending)


def prove_adopted(link: Link, plan: ExportPlan, ending: Ending) -> tuple[ExportLog, Note]:
    """Return the log of a job that another run began, and its note: what it exported, as of when.

    Raises ExportError if it did not end well, or is not what `plan` wants.
    """
    content = _read(link, plan, ending)
    log = _prove(plan, content, ending)
    note = find_note(content)
    if note is None or not note.is_of(plan, plan.run_id):
        raise _failed(plan, "log tidak menyebut ekspor yang dikehendaki", ending)
    return log, note


def _read(link: Link, plan: ExportPlan, ending: Ending) -> bytes:
    try:
        return link.retry(
            lambda session: read_small(session, plan.directory, plan.log_name, limit_bytes=_MAX_LOG_BYTES)
        )
    except VanishedError as error:
        raise _failed(plan, "log ekspor tidak ada di server", ending) from error


def _prove(plan: ExportPlan, content: bytes, ending: Ending) -> ExportLog:
    log = read_log(content)
    if ending.state not in ("COMPLETED", UNSEEN):
        raise _failed(plan, f"job berakhir {ending.state}", ending, *log.error_lines)
    if ending.error_count or log.error_lines:
        raise _failed(plan, "ekspor selesai dengan kesalahan", ending, *log.error_lines)
    if log.job_name != plan.job:
        raise _failed(plan, f"log menyebut job lain, {log.job_name!r}", ending)
    if log.status is Status.EMPTY:
        raise _failed(plan, "ekspor tidak memuat satu tabel pun", ending)
    if log.status is not Status.COMPLETE:
        raise _failed(plan, f"log tidak membuktikan ekspor berhasil ({log.status})", ending)
    return log


def listed_pieces(session: Session, plan: ExportPlan, log: ExportLog) -> tuple[tuple[str, int], ...]:
    """Return name and size of the pieces the log lists. Raises ExportError for one that is missing or not ours."""
    expected = files.piece_names(plan.dump_template)
    pieces = []
    for server_path in log.files:
        name = re.split(r"[/\\]", server_path)[-1]
        size_bytes = files.size_of(session, plan.directory, name) if name in expected else None
        if size_bytes is None:
            raise ExportError(
                f"potongan dump {name!r} tercantum di log tetapi tidak ada",
                where=f"{plan.server}, directory {plan.directory}",
                remedy="pastikan tidak ada yang menghapus berkas ekspor lalu ulangi",
            )
        pieces.append((name, size_bytes))
    if not pieces:
        raise ExportError(
            "log tidak mencantumkan berkas dump",
            where=f"{plan.server}, {plan.directory}/{plan.log_name}",
            remedy="baca log itu bersama DBA lalu ulangi",
        )
    return tuple(pieces)


def _failed(plan: ExportPlan, what: str, ending: Ending, *lines: str) -> ExportError:
    said = (*ending.problems, *lines)
    codes = codes_in(*said)
    tables = ", ".join(tables_in(*said))
    return ExportError(
        f"{what}{f': {codes}' if codes else ''}{f' pada {tables}' if tables else ''}",
        where=f"{plan.server}, {plan.directory}/{plan.log_name}",
        remedy="baca log itu bersama DBA, perbaiki sebabnya lalu ulangi",
    )


def tables_in(*lines: str) -> tuple[str, ...]:
    """Return the objects that lines of a log or of GET_STATUS name, e.g. `SIAKOFF.BIODATA_WNI`: at most five."""
    named = (f"{match['schema']}.{match['name']}" for line in lines for match in _OBJECT.finditer(line))
    return tuple(dict.fromkeys(named))[:5]
