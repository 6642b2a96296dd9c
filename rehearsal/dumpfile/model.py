# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes into a dump: the database's facts, its tables, and where in the files each table came to lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rehearsal.contract import Column

BLOCK_BYTES = 4096
"""Data Pump's own block: positions in headers and master table count these, from 1."""


@dataclass(frozen=True)
class DatabaseFacts:
    """The database an export comes from.

    `version` is the five numbers of V$INSTANCE. `platform` is the string dump headers hold and `platform_name`
    V$DATABASE's. `charset_id` is Oracle's number, 873 for AL32UTF8.
    """

    version: tuple[int, int, int, int, int]
    instance: str
    global_name: str
    banner: str
    enterprise: bool = True
    platform: str = "x86_64/Linux 2.4.xx"
    platform_name: str = "Linux x86 64-bit"
    charset: str = "AL32UTF8"
    charset_id: int = 873


@dataclass(frozen=True)
class Table:
    """A table or one partition of it. `columns` are the contract's, in the table's order."""

    owner: str
    name: str
    columns: tuple[Column, ...]
    partition: str | None = None
    object_id: int = 0


@dataclass(frozen=True)
class Extent:
    """One stream of a table: `position` is a block of file `file_number`, `length_bytes` excludes the padding."""

    file_number: int
    position: int
    length_bytes: int
    rows: int
