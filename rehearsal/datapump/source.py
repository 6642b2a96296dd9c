# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Data Pump job needs of its database; `rehearsal.engine` implements it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from rehearsal.contract import Value
    from rehearsal.dumpfile.model import DatabaseFacts, Table


class TableSource(Protocol):
    """One database as its export jobs see it. Every method may be called from a job's thread."""

    def facts(self) -> DatabaseFacts:
        """Return version, platform, instance, character set and edition."""
        ...

    def current_scn(self) -> int:
        """Return the system change number of now."""
        ...

    def schemas(self) -> Collection[str]:
        """Return every schema that exists, with or without tables."""
        ...

    def tables(self, schemas: Collection[str], scn: int) -> Collection[Table]:
        """Return the tables of `schemas` as of `scn`, in the order they are to be exported."""
        ...

    def rows(self, table: Table, scn: int) -> Iterator[tuple[Value, ...]]:
        """Yield the table's rows as of `scn`, lazily, values in the order of `table.columns`.

        Raises OracleError, also in mid-iteration (ORA-01555 when undo is gone).
        """
        ...

    def estimate_bytes(self, table: Table) -> int:
        """Return the segment's size in bytes, 0 for a table without a segment."""
        ...

    def resolve_directory(self, user: str, directory: str, *, write: bool) -> Path:
        """Return where a directory object points.

        Raises OracleError: 39087 for an unknown name or one `user` may not read (write).
        """
        ...

    def has_role(self, user: str, role: str) -> bool:
        """Tell whether `user` was granted `role`, directly or through another role."""
        ...

    def check_create_table(self, user: str) -> None:
        """Raise OracleError 1031 (no CREATE TABLE) or 1950 (no quota) if `user` cannot own a master table."""
        ...

    def table_exists(self, owner: str, name: str) -> bool:
        """Tell whether an ordinary table of that name exists, in the way of a master table."""
        ...
