# SPDX-License-Identifier: GPL-3.0-or-later
"""The line we put into every export's log, by which a later run knows what the job is to export and as of when.

The log is the server's, so what stands in it is believed only where it fits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import CollectError, ConnectError, OracleError, VanishedError
from ..pull import read_small

if TYPE_CHECKING:
    from ..session import Session
    from .plan import ExportPlan

_NOTE = re.compile(
    rb"siak-backup: run (?P<run>[0-9TZ]{16}-[0-9a-f]{6}), server (?P<server>[A-Za-z0-9][A-Za-z0-9._-]{0,127}), "
    rb"SCN (?P<scn>\d{1,19}), isi (?P<content>[0-9a-f]{16})\s*$",
    re.MULTILINE,
)

#: The note stands among the first lines; a log of some hundred thousand tables is not read for it.
_MAX_LOG_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Note:
    """Whose job it is, at which SCN it reads, and the fingerprint of what it exports."""

    run_id: str
    server: str
    scn: int
    content: str

    def text(self) -> str:
        """Return the line as the log gets it."""
        return f"siak-backup: run {self.run_id}, server {self.server}, SCN {self.scn}, isi {self.content}"

    def is_of(self, plan: ExportPlan, run_id: str) -> bool:
        """Tell whether a job of `run_id` exports what `plan` wants of the same server."""
        return (self.run_id, self.server, self.content) == (run_id, plan.server, plan.content)


def note_of(plan: ExportPlan, scn: int) -> Note:
    """Return the note of a plan whose tables are read at `scn`."""
    return Note(plan.run_id, plan.server, scn, plan.content)


def find_note(log: bytes) -> Note | None:
    """Return the first note of a log, None where there is none."""
    match = _NOTE.search(log)
    if match is None:
        return None
    return Note(match["run"].decode(), match["server"].decode(), int(match["scn"]), match["content"].decode())


def look_for_note(session: Session, directory: str, log_name: str) -> Note | None:
    """Return the note of a log that may still be written to, None where it cannot be read yet. Raises ConnectError."""
    try:
        return find_note(read_small(session, directory, log_name, limit_bytes=_MAX_LOG_BYTES))
    except ConnectError:
        raise
    except (OracleError, VanishedError, CollectError):
        return None
