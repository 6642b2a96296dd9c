# SPDX-License-Identifier: GPL-3.0-or-later

"""A small engine that does what a test wrote down for each SQL text: for what only the wire decides."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from rehearsal.contract import (
    BindType,
    Column,
    Direction,
    Kind,
    Lob,
    OracleError,
    OraType,
    Outcome,
    ResultSet,
    Value,
    Verifier,
)
from rehearsal.wire.auth import VERIFIER_12C, make_verifier

USER = "SCOTT"
PASSWORD = "Rahasia-620899"
SERVICE = "GLADI"
VERSION = (12, 1, 0, 2, 0)

Rows: TypeAlias = Sequence[Sequence[Value | list[Value]]]
Run: TypeAlias = Callable[["ScriptedSession", Rows, threading.Event], Outcome]


@dataclass(frozen=True)
class Script:
    """What one SQL text is and does. `columns` are for describing without executing."""

    kind: Kind
    run: Run
    binds: tuple[str, ...] = ()
    directions: tuple[Direction, ...] = ()
    columns: tuple[Column, ...] = ()


def query(columns: Sequence[Column], rows: Callable[[], Sequence[tuple[Value, ...]]], *binds: str) -> Script:
    """A query that gives the same rows at each execution."""

    def run(session, bind_rows, cancelled):
        return Outcome(result=ResultSet(tuple(columns), iter(rows())))

    return Script(Kind.QUERY, run, binds, (Direction.IN,) * len(binds), tuple(columns))


class MemoryLob:
    def __init__(self, type_: OraType, content: bytes | str) -> None:
        self._type = type_
        self.content = content
        self._open = False

    @property
    def type(self) -> OraType:
        return self._type

    def size(self) -> int:
        return len(self.content)

    def read(self, offset: int, amount: int) -> bytes | str:
        return self.content[offset - 1 : offset - 1 + amount]

    def write(self, offset: int, data: bytes | str) -> None:
        self.content = self.content[: offset - 1] + data + self.content[offset - 1 + len(data) :]

    def trim(self, size: int) -> None:
        self.content = self.content[:size]

    def open(self) -> None:
        self._open = True

    def close(self) -> None:
        self._open = False

    def is_open(self) -> bool:
        return self._open


class FileBfile:
    """A real file, read by `os.pread`. `fail_at` is an offset from which reading fails."""

    def __init__(self, path: Path, *, fail_at: int | None = None) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._fail_at = fail_at

    @property
    def type(self) -> OraType:
        return OraType.BFILE

    @property
    def directory(self) -> str:
        return "DIR"

    @property
    def name(self) -> str:
        return self._path.name

    def exists(self) -> bool:
        return self._path.exists()

    def size(self) -> int:
        return self._path.stat().st_size

    def open(self) -> None:
        try:
            self._descriptor = os.open(self._path, os.O_RDONLY)
        except FileNotFoundError:
            raise OracleError(22288, "file or LOB operation FILEOPEN failed\nNo such file or directory") from None

    def read(self, offset: int, amount: int) -> bytes:
        if self._fail_at is not None and offset >= self._fail_at:
            raise OracleError(22292, "cannot open a LOB in read-write mode without a transaction")
        assert self._descriptor is not None
        return os.pread(self._descriptor, amount, offset - 1)

    def write(self, offset: int, data: bytes | str) -> None:
        raise OracleError(22275, "invalid LOB locator specified")

    def trim(self, size: int) -> None:
        raise OracleError(22275, "invalid LOB locator specified")

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None

    def is_open(self) -> bool:
        return self._descriptor is not None


class ScriptedStatement:
    def __init__(self, script: Script) -> None:
        self.script = script
        self.kind = script.kind
        self.binds = script.binds
        self.directions = script.directions


@dataclass
class ScriptedSession:
    engine: ScriptedEngine
    session_id: int
    client: dict[str, str]
    serial: int = 7
    in_transaction: bool = False
    said: dict[str, str] = field(default_factory=dict)
    schema: str = USER
    closed: threading.Event = field(default_factory=threading.Event)

    def prepare(self, sql: str) -> ScriptedStatement:
        self.engine.prepared.append(sql)
        try:
            return ScriptedStatement(self.engine.scripts[sql])
        except KeyError:
            raise OracleError(942, "table or view does not exist", offset=14) from None

    def describe(self, statement: ScriptedStatement, types: Sequence[BindType]) -> tuple[Column, ...]:
        return statement.script.columns

    def execute(
        self, statement: ScriptedStatement, types: Sequence[BindType], rows: Rows, cancelled: threading.Event
    ) -> Outcome:
        self.engine.executed.append((types, rows))
        return statement.script.run(self, rows, cancelled)

    def create_temp_lob(self, type_: OraType) -> Lob:
        return MemoryLob(type_, "" if type_ is OraType.CLOB else b"")

    def set_schema(self, schema: str) -> None:
        self.schema = schema

    def set_client_info(self, values: dict[str, str]) -> None:
        self.said |= values

    def commit(self) -> None:
        self.in_transaction = False

    def rollback(self) -> None:
        self.in_transaction = False

    def close(self) -> None:
        self.closed.set()


class ScriptedEngine:
    """One service, one user, and a script for each SQL text."""

    def __init__(self, scripts: dict[str, Script] | None = None, *, verifier_kind: int = VERIFIER_12C) -> None:
        self.scripts = scripts or {}
        self.sessions: list[ScriptedSession] = []
        self.prepared: list[str] = []
        self.executed: list[tuple[Sequence[BindType], Rows]] = []
        self.failed_logins: list[str] = []
        self._numbers = itertools.count(1)
        self._verifier = make_verifier(PASSWORD, verifier_kind)

    def services(self) -> tuple[str, ...]:
        return (SERVICE,)

    def version(self, service: str) -> tuple[int, int, int, int, int]:
        return VERSION

    def instance(self, service: str) -> str:
        return "gladi1"

    def verifier(self, service: str, user: str) -> Verifier | None:
        if user == "LOCKED":
            raise OracleError(28000, "the account is locked")
        return self._verifier if user == USER else None

    def logon_warning(self, service: str, user: str) -> OracleError | None:
        return None

    def login_failed(self, service: str, user: str) -> None:
        self.failed_logins.append(user)

    def open_session(self, service: str, user: str, client: dict[str, str], *, become: str = "") -> ScriptedSession:
        session = ScriptedSession(self, next(self._numbers), client)
        self.sessions.append(session)
        return session


def dml(*binds: str, count: Callable[[Rows], int] = len) -> Script:
    """A change that touches `count(rows)` rows, by default one per bind row."""
    return Script(
        Kind.DML, lambda *call: Outcome(row_count=count(call[1])), binds, directions=(Direction.IN,) * len(binds)
    )


def block(
    out: Callable[[Sequence[Value | list[Value]]], Sequence[Value | list[Value]]], *directions: Direction
) -> Script:
    """A PL/SQL block whose OUT values follow from its bind row; its binds are named A, B, C."""
    names = tuple("ABC"[: len(directions)])
    return Script(Kind.PLSQL, lambda *call: Outcome(out=out(call[1][0])), names, directions)


def echo() -> Script:
    """A block with an IN bind that comes back through an OUT bind."""
    return block(lambda row: [None, row[0]], Direction.IN, Direction.OUT)


ECHO = "begin echo(:a, :b); end;"


def endless(started: threading.Event) -> Script:
    """A block that runs until it is cancelled; `started` is set when it begins."""

    def run(session, rows, cancelled):
        started.set()
        assert cancelled.wait(10), "nobody cancelled the call"
        raise OracleError(1013, "user requested cancel of current operation")

    return Script(Kind.PLSQL, run)


ENDLESS = "begin wait_for_ever; end;"
ONE = "select 1 from dual"


def one() -> Script:
    """The simplest query."""
    return query([Column("ONE", OraType.NUMBER)], lambda: [(1,)])
