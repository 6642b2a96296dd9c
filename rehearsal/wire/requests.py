# SPDX-License-Identifier: GPL-3.0-or-later
"""What a logged-on client may ask for, as values."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TypeAlias

from ..contract import BindType
from .binds import RawRow


class Function(enum.IntEnum):
    """Functions a client calls; the last four occur as piggybacks."""

    REEXECUTE = 4
    FETCH = 5
    LOGOFF = 9
    COMMIT = 14
    ROLLBACK = 15
    REEXECUTE_AND_FETCH = 78
    EXECUTE = 94
    LOB = 96
    PING = 147
    CLOSE_CURSORS = 105
    CLIENT_INFO = 135
    CURRENT_SCHEMA = 152
    APPLICATION_CONTEXT = 154


class Option(enum.IntFlag):
    """Bits of an execute's options that matter to a server."""

    BIND = 0x08
    DEFINE = 0x10
    EXECUTE = 0x20
    FETCH = 0x40
    COMMIT = 0x100
    PLSQL = 0x400
    DESCRIBE_ONLY = 0x20000


class LobOp(enum.IntEnum):
    """Operations of the LOB function."""

    LENGTH = 0x1
    READ = 0x2
    TRIM = 0x20
    WRITE = 0x40
    FILE_OPEN = 0x100
    CREATE_TEMPORARY = 0x110
    FILE_CLOSE = 0x200
    FILE_IS_OPEN = 0x400
    FILE_EXISTS = 0x800
    CHUNK_SIZE = 0x4000
    OPEN = 0x8000
    CLOSE = 0x10000
    IS_OPEN = 0x11000
    FREE_TEMPORARY = 0x80111


@dataclass(frozen=True)
class Execute:
    """Execute, define, describe or fetch: `options` tells which. Without `sql`, `cursor_id` names the statement.

    `fetch_rows` is how many rows the client wants at once. `types` is empty when the statement's last ones
    hold; `rows` has one entry per execution, empty rows for a statement without binds.
    """

    options: Option
    cursor_id: int
    sql: str | None
    fetch_rows: int
    types: tuple[BindType, ...]
    defines: tuple[BindType, ...]
    rows: list[RawRow]


@dataclass(frozen=True)
class Fetch:
    """Fetch up to `rows` more rows."""

    cursor_id: int
    rows: int


@dataclass(frozen=True)
class LobCall:
    """One operation on a LOB; `offset` counts from 1. `type` is the one wanted for a temporary LOB."""

    op: LobOp
    locator: bytes
    offset: int
    type: int
    amount: int
    data: bytes


@dataclass(frozen=True)
class Simple:
    """A function without a body: commit, rollback, ping, logoff."""

    function: Function


@dataclass(frozen=True)
class CloseCursors:
    """The client has dropped these statements."""

    ids: tuple[int, ...]


@dataclass(frozen=True)
class FreeLobs:
    """The client has dropped these LOBs; their locators follow one another."""

    locators: bytes


@dataclass(frozen=True)
class ClientInfo:
    """What the client now says about itself, by V$SESSION's names; an empty value takes the last one back."""

    values: dict[str, str]


@dataclass(frozen=True)
class CurrentSchema:
    """The client has set `connection.current_schema`."""

    schema: str


Piggyback: TypeAlias = CloseCursors | FreeLobs | ClientInfo | CurrentSchema
Call: TypeAlias = Execute | Fetch | LobCall | Simple


@dataclass(frozen=True)
class Request:
    """One call and what rode with it."""

    piggybacks: tuple[Piggyback, ...]
    call: Call
