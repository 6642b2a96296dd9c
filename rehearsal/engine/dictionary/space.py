# SPDX-License-Identifier: GPL-3.0-or-later
"""Views of what is free in tablespaces, and of the files they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.engine.storage.schema import tables_of

from .objects import segment_bytes
from .view import CATALOG_ROLE, DictionaryContext, View, columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.engine.storage.schema import TableInfo

    Rows = Iterator[tuple[Any, ...]]

_FREE = "TABLESPACE_NAME 30, FILE_ID n, BLOCK_ID n, BYTES n, BLOCKS n, RELATIVE_FNO n"
_FILE = (
    "FILE_NAME 513, FILE_ID n, TABLESPACE_NAME 30, BYTES n, BLOCKS n, STATUS 9, RELATIVE_FNO n, AUTOEXTENSIBLE 3, "
    "MAXBYTES n, MAXBLOCKS n, INCREMENT_BY n, ONLINE_STATUS 7"
)
_BLOCK_BYTES = 8192


def _tablespaces(context: DictionaryContext) -> list[str]:
    return sorted({account.default_tablespace for account in context.accounts.users()})


def _free(context: DictionaryContext) -> Rows:
    free = context.accounts.posture.tablespace_free_bytes
    for number, tablespace in enumerate(_tablespaces(context), 1):
        if free:
            yield tablespace, number, 128, free, free // _BLOCK_BYTES, number


def _user_free(context: DictionaryContext) -> Rows:
    mine = {tablespace for user, tablespace, _ in context.accounts.quotas() if user == context.user}
    if "UNLIMITED TABLESPACE" in context.accounts.privileges(context.user):
        mine.update(_tablespaces(context))
    return (row for row in _free(context) if row[0] in mine)


def _files(context: DictionaryContext) -> Rows:
    for number, tablespace in enumerate(_tablespaces(context), 1):
        used = sum(segment_bytes(context.connection, table) for table in _tables_in(context, tablespace))
        size = used + context.accounts.posture.tablespace_free_bytes
        name = f"/rehearsal/{tablespace.lower()}01.dbf"
        yield (
            name, number, tablespace, size, size // _BLOCK_BYTES, "AVAILABLE", number, "NO", 0, 0, 0, "ONLINE",
        )  # fmt: skip


def _tables_in(context: DictionaryContext, tablespace: str) -> list[TableInfo]:
    owned = (table for account in context.accounts.users() for table in tables_of(context.connection, account.name))
    return [table for table in owned if table.tablespace == tablespace]


SPACE_VIEWS = (
    View("USER_FREE_SPACE", columns(_FREE), _user_free),
    View("DBA_FREE_SPACE", columns(_FREE), _free, CATALOG_ROLE),
    View("DBA_DATA_FILES", columns(_FILE), _files, CATALOG_ROLE),
)
