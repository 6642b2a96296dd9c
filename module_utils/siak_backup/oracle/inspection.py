# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor asks a session besides what `checks` observes. Reads only, and judges nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from . import statements
from .checks import Looks
from .files import size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..errors import OracleError
    from .names import TableName
    from .session import Session


@dataclass(frozen=True)
class Parameter:
    """An initialization parameter; `is_default` means that nobody set it."""

    value: str
    is_default: bool


@dataclass(frozen=True)
class ServerClock:
    """The server's clock with its offset, read between two looks at the control node's (aware, any zone)."""

    server: datetime
    asked_at: datetime
    answered_at: datetime

    @property
    def ahead_s(self) -> float:
        """Seconds by which the server's clock is ahead, the way there and back taken as equally long."""
        halfway = self.asked_at + (self.answered_at - self.asked_at) / 2
        return (self.server - halfway).total_seconds()


@dataclass(frozen=True)
class Inspection:
    """One look of the doctor. What Oracle would not show is None, and `refusals` says why, by field name.

    Args:
        banners: V$VERSION's lines.
        instances: how many instances have the database open.
        parameters: initialization parameters by name, those of `statements.PARAMETERS`.
        free_bytes: free in the account's default tablespace; `growth_bytes` is how much its files may still grow.
        clock: the server's clock.
        language: NLS_LANGUAGE of the session.
        protocol: `tcp` or `tcps`.
        network_services: banners of the connection's services.
        limits: the profile's resource limits by name, as text.
        policies: owner and name of each table whose rows a policy hides from accounts that are not exempt.
        folder: whether the server found the directory object's folder, or a file known to be in it.
        packages: refusals of packages that the export and the pull call, None for those that may be executed.
        tables: refusals of key tables, None for those that can be read as of an SCN.
        refusals: why a field is None.
    """

    banners: tuple[str, ...] | None
    instances: int | None
    parameters: dict[str, Parameter] | None
    free_bytes: int | None
    growth_bytes: int | None
    clock: ServerClock | None
    language: str | None
    protocol: str | None
    network_services: tuple[str, ...] | None
    limits: dict[str, str] | None
    policies: tuple[tuple[str, str], ...] | None
    folder: bool | None
    packages: dict[str, OracleError | None]
    tables: dict[TableName, OracleError | None]
    refusals: dict[str, OracleError]


def inspect(
    session: Session,
    *,
    directory: str,
    known_file: str,
    key_tables: Sequence[TableName],
    tablespace: str | None,
    scn: int | None,
    clock: Callable[[], datetime],
) -> Inspection:
    """Look at everything that `checks.observe` leaves out.

    `known_file` is the name of a file that an earlier night left in the
    directory object, empty if there is none; without an `scn` no table is read.

    Raises:
        ConnectError: the line dropped.
    """
    looks = Looks()
    return Inspection(
        banners=looks.at("banners", lambda: tuple(str(text) for (text,) in session.rows(statements.BANNER))),
        instances=looks.at("instances", lambda: int(session.value(statements.INSTANCES))),
        parameters=looks.at("parameters", lambda: _parameters(session)),
        free_bytes=looks.at("free_bytes", lambda: _whole(session, statements.FREE_BYTES, tablespace)),
        growth_bytes=looks.at("growth_bytes", lambda: _whole(session, statements.GROWTH_BYTES, tablespace)),
        clock=looks.at("clock", lambda: _clock(session, clock)),
        language=looks.at("language", lambda: session.value(statements.SESSION_LANGUAGE)),
        protocol=looks.at("protocol", lambda: session.value(statements.PROTOCOL)),
        network_services=looks.at(
            "network_services", lambda: tuple(str(text) for (text,) in session.rows(statements.NETWORK_SERVICES))
        ),
        limits=looks.at(
            "limits", lambda: {str(name): str(limit) for name, limit in session.rows(statements.RESOURCE_LIMITS)}
        ),
        policies=looks.at("policies", lambda: tuple((str(a), str(b)) for a, b in session.rows(statements.POLICIES))),
        folder=looks.at("folder", lambda: _folder(session, directory, known_file)),
        packages={
            name: _refusal(partial(session.call, block))
            for name, block in (("DBMS_DATAPUMP", statements.USES_DATAPUMP), ("UTL_FILE", statements.USES_UTL_FILE))
        },
        tables={}
        if scn is None
        else {
            table: _refusal(partial(session.rows, statements.look_as_of_scn(table), scn=scn)) for table in key_tables
        },
        refusals=looks.refusals,
    )


def _refusal(ask: Callable[[], object]) -> OracleError | None:
    looks = Looks()
    looks.at("asked", ask)
    return looks.refusals.get("asked")


def _parameters(session: Session) -> dict[str, Parameter]:
    return {
        str(name): Parameter(str(value or ""), str(is_default) == "TRUE")
        for name, value, is_default in session.rows(statements.PARAMETERS)
    }


def _whole(session: Session, sql: str, tablespace: str | None) -> int:
    return int(session.value(sql, tablespace=tablespace) or 0)


def _clock(session: Session, clock: Callable[[], datetime]) -> ServerClock:
    asked_at = clock()
    text = session.value(statements.SERVER_TIME)
    return ServerClock(datetime.fromisoformat(text), asked_at, clock())


def _folder(session: Session, directory: str, known_file: str) -> bool:
    answer = session.call(statements.FOLDER_EXISTS, {"present": int}, directory=directory)
    if answer["present"] == 1:
        return True
    return bool(known_file) and size_of(session, directory, known_file) is not None
