# SPDX-License-Identifier: GPL-3.0-or-later
"""What the wire and the engine agree on.

`rehearsal.wire` turns bytes into these values and back and knows no SQL;
`rehearsal.engine` executes and knows no bytes.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol, TypeAlias


class OracleError(Exception):
    """An error as Oracle raises it: `ORA-nnnnn: message`, without the prefix."""

    def __init__(self, code: int, message: str, *, offset: int = 0, prefix: str = "ORA") -> None:
        self.code = code
        self.message = message
        self.offset = offset
        self.prefix = prefix
        super().__init__(f"{prefix}-{code:05d}: {message}")


class OraType(enum.IntEnum):
    """Oracle's external type numbers, as the wire and the dump use them."""

    VARCHAR2 = 1
    NUMBER = 2
    BINARY_INTEGER = 3
    LONG = 8
    DATE = 12
    RAW = 23
    LONG_RAW = 24
    CHAR = 96
    BINARY_FLOAT = 100
    BINARY_DOUBLE = 101
    CURSOR = 102
    CLOB = 112
    BLOB = 113
    BFILE = 114
    TIMESTAMP = 180
    TIMESTAMP_TZ = 181
    TIMESTAMP_LTZ = 231


class Lob(Protocol):
    """A LOB value. Offsets are 1-based; units are bytes, or characters for a CLOB."""

    @property
    def type(self) -> OraType:
        """CLOB, BLOB or BFILE."""
        ...

    def size(self) -> int:
        """Return the length in bytes, in characters for a CLOB; raises OracleError for a file that is not there."""
        ...

    def read(self, offset: int, amount: int) -> bytes | str | memoryview:
        """Return up to `amount` bytes or characters from `offset` on, less only at the end; raises OracleError."""
        ...

    def write(self, offset: int, data: bytes | str) -> None:
        """Replace what lies at `offset` and grow as needed; raises OracleError for what is read-only."""
        ...

    def trim(self, size: int) -> None:
        """Cut to `size` bytes or characters; raises OracleError for what is read-only or shorter."""
        ...

    def open(self) -> None:
        """Open for reading; raises OracleError for a file that cannot be opened."""
        ...

    def close(self) -> None:
        """Close; a LOB that is not open stays as it is."""
        ...

    def is_open(self) -> bool:
        """Tell whether `open` was called and `close` not yet."""
        ...


class Bfile(Lob, Protocol):
    """A file in a directory object: read-only, `exists()` without opening."""

    @property
    def directory(self) -> str:
        """The directory object's name."""
        ...

    @property
    def name(self) -> str:
        """The file's name within the directory."""
        ...

    def exists(self) -> bool:
        """Tell whether the file is there; raises OracleError for a directory that may not be read."""
        ...


@dataclass(frozen=True)
class Column:
    """One column of a result set. `size` is bytes for text and RAW."""

    name: str
    type: OraType
    size: int = 4000
    precision: int = 0
    scale: int = -127
    nullable: bool = True


@dataclass(frozen=True)
class ResultSet:
    """Rows of a query, a REF CURSOR or a PL/SQL cursor; `rows` is read once, lazily."""

    columns: tuple[Column, ...]
    rows: Iterator[tuple[Value, ...]]


Value: TypeAlias = bool | int | float | Decimal | str | bytes | datetime | Lob | ResultSet | None


@dataclass(frozen=True)
class BindType:
    """What the client declared for one bind. `elements` is not 0 for a PL/SQL array."""

    type: OraType
    size: int
    elements: int = 0
    national: bool = False


class Kind(enum.Enum):
    """What a statement is, as far as the wire must know."""

    QUERY = "query"
    DML = "dml"
    DDL = "ddl"
    PLSQL = "plsql"


class Direction(enum.IntEnum):
    """Direction of a PL/SQL bind, with the wire's numbers."""

    IN = 32
    OUT = 16
    IN_OUT = 48


class Statement(Protocol):
    """A parsed statement; safe to execute many times in one session."""

    @property
    def kind(self) -> Kind:
        """What it is."""
        ...

    @property
    def binds(self) -> tuple[str, ...]:
        """Bind names in wire order: PL/SQL one per distinct name, SQL one per occurrence."""
        ...

    @property
    def directions(self) -> tuple[Direction, ...]:
        """One per bind; all IN outside PL/SQL."""
        ...


@dataclass(frozen=True)
class Outcome:
    """What executing gave: a result set for a query, else a row count and OUT values.

    `out` has one entry per bind in wire order (None for IN binds); an array
    bind's entry is a list.
    """

    result: ResultSet | None = None
    row_count: int = 0
    out: Sequence[Value | list[Value]] = ()


class Session(Protocol):
    """One logged-on session. Calls come one at a time, from any thread."""

    @property
    def session_id(self) -> int:
        """SID, one of its own for each open session of an engine."""
        ...

    @property
    def serial(self) -> int:
        """SERIAL#, which tells sessions apart that had the same SID."""
        ...

    @property
    def in_transaction(self) -> bool:
        """Whether there is uncommitted work."""
        ...

    def prepare(self, sql: str) -> Statement:
        """Parse one statement; raises OracleError, `offset` counting characters from 0."""
        ...

    def describe(self, statement: Statement, types: Sequence[BindType]) -> tuple[Column, ...]:
        """Return a query's columns without executing it, nothing for another statement; raises OracleError."""
        ...

    def execute(
        self,
        statement: Statement,
        types: Sequence[BindType],
        rows: Sequence[Sequence[Value | list[Value]]],
        cancelled: threading.Event,
    ) -> Outcome:
        """Execute once per row of `rows` (a statement without binds gets one empty row).

        Raises OracleError; ORA-01013 soon after `cancelled` is set.
        """
        ...

    def create_temp_lob(self, type_: OraType) -> Lob:
        """Return an empty CLOB or BLOB that lives as long as the session."""
        ...

    def set_schema(self, schema: str) -> None:
        """Set CURRENT_SCHEMA; raises OracleError (1435) for one that does not exist."""
        ...

    def set_client_info(self, values: dict[str, str]) -> None:
        """Take what the client says of itself, by V$SESSION's names; an empty value takes it back."""
        ...

    def commit(self) -> None:
        """Commit; nothing happens without uncommitted work."""
        ...

    def rollback(self) -> None:
        """Roll back; nothing happens without uncommitted work."""
        ...

    def close(self) -> None:
        """End the session; its uncommitted work is lost, its Data Pump jobs go on."""
        ...


@dataclass(frozen=True)
class Verifier:
    """What a server keeps of a password. `kind` is 0xB152 or 0x1B25 (11g) or 0x4815 (12c)."""

    kind: int
    salt: bytes
    key: bytes
    iterations: int = 0


class Engine(Protocol):
    """All databases behind one listener."""

    def services(self) -> tuple[str, ...]:
        """Return the names of the services, as Oracle spells them."""
        ...

    def version(self, service: str) -> tuple[int, int, int, int, int]:
        """Return the five numbers of a database's version; raises OracleError (12514) for an unknown service."""
        ...

    def instance(self, service: str) -> str:
        """Return the name of the instance behind a service; raises OracleError (12514) for an unknown one."""
        ...

    def verifier(self, service: str, user: str) -> Verifier | None:
        """Return None for an unknown user; raises OracleError (28000, 28001) for a locked one."""
        ...

    def login_failed(self, service: str, user: str) -> None:
        """Count a wrong password against `user`, who is locked after too many."""
        ...

    def logon_warning(self, service: str, user: str) -> OracleError | None:
        """Return what a logon that succeeds is told besides, such as ORA-28002."""
        ...

    def open_session(self, service: str, user: str, client: dict[str, str], *, become: str = "") -> Session:
        """Open a session for a user whose password was right; `client` is by V$SESSION's names.

        With `become` the user is a proxy, and the session is that account's. Raises OracleError (28150 if it may not).
        """
        ...
