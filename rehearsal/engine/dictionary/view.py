# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dictionary view is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.contract import Column
from rehearsal.engine.datatypes import DATE, NUMBER, text_column
from rehearsal.engine.sql.scope import named

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from rehearsal.datapump import DataPump
    from rehearsal.dumpfile.model import DatabaseFacts
    from rehearsal.engine.storage.database import Database
    from rehearsal.engine.storage.posed import PosedAccounts

CATALOG_ROLE = "SELECT_CATALOG_ROLE"


@dataclass(frozen=True)
class DictionaryContext:
    """The session a view is read from."""

    user: str
    schema: str
    session_id: int
    serial: int
    accounts: PosedAccounts
    database: Database
    connection: sqlite3.Connection
    facts: DatabaseFacts
    datapump: DataPump
    nls: dict[str, str]
    started_at: datetime

    def may_select(self, owner: str, table: str) -> bool:
        """Tell whether the user may read a table."""
        return (
            owner == self.user
            or "SELECT ANY TABLE" in self.accounts.privileges(self.user)
            or self.accounts.has_object(self.user, owner, table, "SELECT")
        )

    def may_see(self, view: View) -> bool:
        """Tell whether a view exists for the user: by its role, or by a grant on it (V$ views are granted as V_$)."""
        if self.accounts.posture.lacks(self.user, view.name):
            return False
        granted = view.name.replace("V$", "V_$")
        return (
            view.role is None
            or view.role in self.accounts.roles(self.user)
            or self.accounts.has_object(self.user, "SYS", granted, "SELECT")
        )


@dataclass(frozen=True)
class View:
    """A view: its columns, its rows, and the role without which it does not exist for a user."""

    name: str
    columns: tuple[Column, ...]
    rows: Callable[[DictionaryContext], Iterator[tuple[Any, ...]]]
    role: str | None = None

    @property
    def sql(self) -> str:
        """SQLite's text: the rows come as JSON from the function `dictionary_rows`."""
        values = ", ".join(
            f"json_extract(value, '$[{position}]') AS \"{column.name}\"" for position, column in enumerate(self.columns)
        )
        return f"(SELECT {values} FROM json_each(\"dictionary_rows_t\"('{self.name}')))"


def columns(text: str) -> tuple[Column, ...]:
    """Read `NAME size` (VARCHAR2), `NAME n` (NUMBER) and `NAME d` (DATE), comma-separated."""
    kinds = {"n": NUMBER, "d": DATE}
    parsed = []
    for entry in text.split(","):
        name, kind = entry.split()
        parsed.append(named(kinds.get(kind) or text_column(int(kind)), name))
    return tuple(parsed)
