# SPDX-License-Identifier: GPL-3.0-or-later
"""One logged-on session, and a link that opens it again when the line drops.

Every driver error leaves this module as one of the tree.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar

import oracledb

from ..errors import ConnectError, LoginError
from ..patience import LONGEST_PAUSE_S, persist
from . import statements
from .driver_errors import map_error
from .logon import limit_calls, log_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .connection import ConnectionSettings

T = TypeVar("T")

BindValue: TypeAlias = str | int | float | None


@dataclass(frozen=True)
class Text:
    """An OUT bind of text. Kept small enough (4 bytes a character) never to become a LOB."""

    size: int

    def __post_init__(self) -> None:
        if self.size * 4 > 32767:
            raise ValueError(f"text of {self.size} characters does not fit an OUT bind")


class Session:
    """A session of one account. Not for use by two threads at once."""

    def __init__(self, connection: oracledb.Connection, *, where: str) -> None:
        self._connection = connection
        self._user = ""
        self.where = where

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def version(self) -> str:
        """The server's version, e.g. `19.3.0.0.0`."""
        return self._connection.version

    @property
    def user(self) -> str:
        """The account whose rights and schema the session has, in upper case."""
        return self._user or str(self._connection.username).upper()

    def ask_user(self) -> None:
        """Have the server say who this is: the driver does not know behind a wallet or a proxy. Raises OracleError."""
        self._user = str(self.value(statements.SESSION_USER))

    @property
    def warning(self) -> str:
        """What Oracle remarked when it let the account in, e.g. ORA-28002; empty if nothing."""
        return str(self._connection.warning or "")

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turn the driver's errors inside the block into those of the tree."""
        try:
            yield
        except oracledb.Error as error:
            raise map_error(error, where=self.where) from error

    def rows(self, sql: str, /, **binds: BindValue) -> list[tuple[Any, ...]]:
        """Return all rows of a query. Raises OracleError."""
        with self.errors(), self._connection.cursor() as cursor:
            cursor.execute(sql, binds)
            return [tuple(row) for row in cursor]

    def value(self, sql: str, /, **binds: BindValue) -> Any:  # noqa: ANN401 - whatever the column holds
        """Return the first column of a query's first row, None if there is no row. Raises OracleError."""
        rows = self.rows(sql, **binds)
        return rows[0][0] if rows else None

    def call(
        self, block: str, out: Mapping[str, type[int] | Text] = MappingProxyType({}), /, **binds: BindValue
    ) -> dict[str, Any]:
        """Execute PL/SQL or another statement and return its OUT binds, named by `out` with their types.

        Raises OracleError.
        """
        with self.errors(), self._connection.cursor() as cursor:
            variables = {
                name: cursor.var(str, kind.size) if isinstance(kind, Text) else cursor.var(kind)
                for name, kind in out.items()
            }
            cursor.execute(block, binds | variables)
            return {name: variable.getvalue() for name, variable in variables.items()}

    def close(self) -> None:
        """Log off; a session that is already gone is no error."""
        with contextlib.suppress(oracledb.Error):
            self._connection.close()


def open_session(settings: ConnectionSettings, *, client_id: str = "") -> Session:
    """Log on, and have Oracle speak English so that its messages can be read.

    `client_id` (the run) shows in V$SESSION.

    Raises:
        LoginError: the account was refused; never try again by itself.
        ConnectError: no server, listener or service answers.
        ConfigError: a secret, the wallet or the client libraries cannot be used.
    """
    connection = log_on(settings)
    session = Session(connection, where=settings.dsn)
    try:
        with session.errors():
            limit_calls(connection, settings.call_timeout_s)
            connection.module = "siak-backup"
            if client_id:
                connection.client_identifier = client_id
        session.call(statements.SET_LANGUAGE)
        session.call(statements.SET_TERRITORY)
        if not settings.user or "[" in settings.user:
            session.ask_user()
    except BaseException:
        session.close()
        raise
    return session


class Door:
    """The way to log on that several links share: one at a time, and never again after a refusal."""

    def __init__(self, connect: Callable[[], Session]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._refusal: LoginError | None = None

    def __call__(self) -> Session:
        """Log on. Raises LoginError, once refused without asking the server again, and ConnectError."""
        with self._lock:
            if self._refusal is not None:
                raise self._refusal
            try:
                return self._connect()
            except LoginError as error:
                self._refusal = error
                raise


class Link:
    """A session and the way to open it again, for work on the server that outlives a line.

    A lost line is answered by new attempts, the pause doubling from one second
    to thirty, for at most `patience_s`. A refused login is never repeated, by
    no link that came of `beside` either. Not for use by two threads at once.
    """

    def __init__(
        self,
        connect: Callable[[], Session],
        *,
        patience_s: float = 600.0,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = Door(connect)
        self._patience_s = patience_s
        self._sleep = sleep
        self._monotonic = monotonic
        self.session = self._connect()
        self.reconnects = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def beside(self) -> Link:
        """Log on once more, for another thread. Raises OracleError at once if the server takes no further session.

        It waits for at most half a minute when its line drops: then others had better do its work.
        """
        patience_s = min(self._patience_s, LONGEST_PAUSE_S)
        return Link(self._connect, patience_s=patience_s, sleep=self._sleep, monotonic=self._monotonic)

    def retry(
        self,
        act: Callable[[Session], T],
        *,
        sleep: Callable[[float], None] | None = None,
        patience_s: float | None = None,
    ) -> T:
        """Return `act(session)`, run a second time on a new session if the line dropped. Only for reading."""
        try:
            return act(self.session)
        except ConnectError:
            return act(self.reconnect(sleep=sleep, patience_s=patience_s))

    def reconnect(self, *, sleep: Callable[[float], None] | None = None, patience_s: float | None = None) -> Session:
        """Replace the session by a new one.

        `sleep` and `patience_s` stand for the link's own, this time. Raises
        ConnectError when patience ends, LoginError at once.
        """
        self.session.close()
        self.session = persist(
            self._connect,
            patience_s=self._patience_s if patience_s is None else patience_s,
            monotonic=self._monotonic,
            sleep=self._sleep if sleep is None else sleep,
        )
        self.reconnects += 1
        return self.session
