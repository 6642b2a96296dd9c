# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session can see before anything is changed. Observes; `preflight` judges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ..errors import ConnectError, OracleError
from . import statements
from .datapump.job import RunningJob, own_jobs

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .names import TableName
    from .scope import Scope
    from .session import Session

_T = TypeVar("_T")

#: CON_ID of CDB$ROOT.
_ROOT = 1


@dataclass(frozen=True)
class Segments:
    """Bytes of a schema, of a table as `OWNER.TABLE` (None: there is none such), or of the whole database, unnamed."""

    name: str
    size_bytes: int | None


@dataclass(frozen=True)
class Observation:
    """One look at a server through the backup account.

    A value that Oracle would not show is None, and `refusals` says why, by
    field name. Names are in upper case, sizes are bytes. `container` is CON_ID
    and CON_NAME, None also on releases that know no containers; `instance` is
    number and name of the one that the session has landed on.
    """

    version: str
    user: str
    database: tuple[str, str] | None
    scn: int | None
    character_set: str | None
    privileges: frozenset[str] | None
    roles: frozenset[str] | None
    account_status: str | None
    expires_at: datetime | None
    quota_bytes: int | None
    directory_path: str | None
    directory_grants: frozenset[str] | None
    jobs: tuple[RunningJob, ...] | None
    segments: tuple[Segments, ...] | None
    refusals: dict[str, OracleError]
    tablespace: str | None = None
    container: tuple[int, str] | None = None
    instance: tuple[int, str] | None = None

    @property
    def estimate_bytes(self) -> int | None:
        """Bytes of all segments to be exported: an upper bound of the dump, which holds no free space."""
        return None if self.segments is None else sum(each.size_bytes or 0 for each in self.segments)

    @property
    def in_root(self) -> bool:
        """True for the root of a container database, which has no office's tables: those lie in a PDB."""
        return self.container is not None and self.container[0] == _ROOT


class Looks:
    """Asks one question after another, and keeps each refusal under the name of what it hides."""

    def __init__(self) -> None:
        self.refusals: dict[str, OracleError] = {}

    def at(self, name: str, ask: Callable[[], _T]) -> _T | None:
        """Return the answer, None if Oracle refuses it. Raises ConnectError: then nothing can be asked any more."""
        try:
            return ask()
        except ConnectError:
            raise
        except OracleError as error:
            self.refusals[name] = error
            return None


def observe(session: Session, *, directory: str, scope: Scope) -> Observation:
    """Look at everything step 1 must know.

    Raises:
        ConnectError: the line dropped.
    """
    looks = Looks()
    database = looks.at("database", lambda: session.rows(statements.DATABASE))
    account = looks.at("account", lambda: session.rows(statements.ACCOUNT))
    status, expires_at, tablespace = account[0] if account else (None, None, None)
    return Observation(
        version=session.version,
        user=session.user,
        database=(str(database[0][0]), str(database[0][1])) if database else None,
        scn=looks.at("scn", lambda: session.value(statements.CURRENT_SCN)),
        character_set=looks.at("nls", lambda: session.value(statements.NLS, parameter="NLS_CHARACTERSET")),
        privileges=looks.at("privileges", lambda: _names(session, statements.SESSION_PRIVILEGES)),
        roles=looks.at("roles", lambda: _names(session, statements.ROLES)),
        account_status=status,
        expires_at=expires_at,
        quota_bytes=looks.at("quota", lambda: _quota_left(session, tablespace)),
        directory_path=looks.at("directory", lambda: session.value(statements.DIRECTORY_PATH, directory=directory)),
        directory_grants=looks.at("grants", lambda: _names(session, statements.DIRECTORY_GRANTS, directory=directory)),
        jobs=looks.at("jobs", lambda: tuple(own_jobs(session))),
        segments=looks.at("estimate", lambda: _segments(session, scope)),
        refusals=looks.refusals,
        tablespace=tablespace,
        container=looks.at("container", lambda: _numbered(session, statements.CONTAINER)),
        instance=looks.at("instance", lambda: _numbered(session, statements.INSTANCE)),
    )


def probe_directory(session: Session, directory: str, name: str) -> None:
    """Write, read and remove a one-line file in the server's directory object.

    Changes nothing that stays, but does write: not for check mode. Raises OracleError.
    """
    session.call(statements.PROBE_DIRECTORY, directory=directory, filename=name)


def _names(session: Session, sql: str, **binds: str) -> frozenset[str]:
    return frozenset(str(name).upper() for (name,) in session.rows(sql, **binds))


def _numbered(session: Session, sql: str) -> tuple[int, str]:
    number, name = session.rows(sql)[0]
    return int(number), str(name or "")


def _quota_left(session: Session, tablespace: str | None) -> int | None:
    """Return the bytes left in the default tablespace, -1 where there is no limit, 0 without any quota."""
    for name, used_bytes, max_bytes in session.rows(statements.QUOTAS):
        if name == tablespace:
            return -1 if max_bytes < 0 else max(0, int(max_bytes) - int(used_bytes))
    return 0


def _segments(session: Session, scope: Scope) -> tuple[Segments, ...]:
    if scope.is_full:
        return (Segments("", int(session.value(statements.ALL_SEGMENT_BYTES) or 0)),)
    if scope.tables:
        return tuple(Segments(str(table), _table_bytes(session, table)) for table in scope.tables)
    return tuple(Segments(schema, _schema_bytes(session, schema)) for schema in scope.schemas)


def _schema_bytes(session: Session, schema: str) -> int:
    """Return the bytes of a schema's tables and LOBs; an account need not be granted anything for its own."""
    if schema == session.user:
        return int(session.value(statements.OWN_SEGMENT_BYTES) or 0)
    return int(session.value(statements.SEGMENT_BYTES, owner=schema) or 0)


def _table_bytes(session: Session, table: TableName) -> int | None:
    """Return the bytes of a table and its LOBs, 0 for one without a segment yet, None if there is no such table."""
    names = {"owner": table.schema, "name": table.name}
    own = table.schema == session.user
    # The sizes first: an account that may not see them would not see the table either, for another reason.
    size_bytes = session.value(statements.OWN_TABLE_BYTES if own else statements.TABLE_BYTES, **names)
    return int(size_bytes or 0) if session.value(statements.TABLE_EXISTS, **names) else None
