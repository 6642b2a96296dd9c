# SPDX-License-Identifier: GPL-3.0-or-later
"""One server's whole checkup. Nothing is written in the archive or on a medium, and nothing stays on the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ..errors import ConnectError
from ..oracle.address import addresses_of
from ..oracle.checks import observe
from ..oracle.inspection import inspect
from ..oracle.logon import client_release
from .account import look_at_account
from .finding import Finding, Mark, count, of_error
from .local import Here, look_at_password, look_at_room, look_at_scope, look_here, nothing_seen
from .login import enter
from .script import look_at_script
from .server import look_at_server
from .table import table
from .wallet import look_at_certificate, look_at_client, look_at_wallet

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ..oracle.session import Session
    from ..preflight.request import Request
    from .checkup import Checkup, ScriptCheckup

#: What is looked at inside, as the one line names it that stands for all where there is no session.
_INSIDE: Final = ("versi", "hak akun", "directory", "ruang", "undo", "parameter", "jam", "job")


@dataclass(frozen=True)
class Report:
    """What the doctor found at one server, `place` as the settings name it, in the order in which it is read."""

    request: Request
    place: str
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the findings that stop a night."""
        return tuple(finding.name for finding in self.findings if finding.mark is Mark.FAILED)

    def as_dict(self) -> dict[str, Any]:
        """Return the module's result."""
        counted = count(self.findings)
        return {
            "findings": [finding.as_dict() for finding in self.findings],
            "counts": {
                "ok": counted[Mark.OK],
                "warning": counted[Mark.WARNING],
                "failed": counted[Mark.FAILED],
                "unknown": counted[Mark.UNKNOWN],
            },
            "failed_checks": list(self.failed),
            "table": table(self.request, self.place, self.findings),
        }


def examine(
    checkup: Checkup,
    connect: Callable[[], Session],
    *,
    clock: Callable[[], datetime],
    monotonic: Callable[[], float],
) -> Report:
    """Take every look; `connect` is called once at most, so that no account is ever locked by this."""
    addresses = addresses_of(checkup.settings)
    request, settings, now, notice_days = checkup.request, checkup.settings, clock(), checkup.notice_days
    here = look_here(request, checkup.media_digest)
    local = (look_at_scope(request), look_at_password(settings), *here.findings)
    outside = [
        look_at_client(settings),
        look_at_wallet(settings, addresses, now=now, notice_days=notice_days),
    ]
    if any(finding.mark is Mark.FAILED for finding in outside):
        return Report(request, settings.dsn, (*outside, _unseen(), *local))
    session, way = enter(settings, connect, monotonic)
    if session is None:
        return Report(request, settings.dsn, (*outside, *way, _unseen(), *local))
    outside += look_at_certificate(settings, addresses, now=now, notice_days=notice_days)
    with session:
        try:
            inside = _inside(checkup, session, here, clock)
        except ConnectError as error:
            inside = [of_error("line", "Sambungan", error), _unseen()]
    return Report(request, settings.dsn, (*outside, *way, *inside, *local))


def examine_script(checkup: ScriptCheckup) -> Report:
    """Put what was seen at a server with its own script beside every look that needs no server."""
    request, look = checkup.request, checkup.look
    here = look_here(request, checkup.media_digest)
    estimate_bytes = look.step_1.estimate_bytes(request.server_dir)
    needed_bytes = None if estimate_bytes is None else int(estimate_bytes * request.room_factor)
    return Report(
        request,
        look.host,
        (*look_at_script(look, needed_bytes), *look_at_room(request, here, estimate_bytes), *here.findings),
    )


def _unseen() -> Finding:
    return nothing_seen("Di dalam database", _INSIDE)


def _inside(checkup: Checkup, session: Session, here: Here, clock: Callable[[], datetime]) -> list[Finding]:
    """Return the lines of everything that a session sees. Raises ConnectError."""
    request = checkup.request
    seen = observe(session, directory=request.directory, scope=request.scope)
    inspected = inspect(
        session,
        directory=request.directory,
        known_file=here.known_file,
        key_tables=request.key_tables,
        tablespace=seen.tablespace,
        scn=seen.scn,
        clock=clock,
    )
    return [
        *look_at_server(checkup, seen, inspected, addresses=addresses_of(checkup.settings), client=client_release()),
        *look_at_account(checkup, seen, inspected, session.warning),
        *look_at_room(request, here, seen.estimate_bytes),
    ]
