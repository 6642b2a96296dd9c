# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of key tables at the export's SCN, the witness that the export is whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import CountError, StatementError
from . import statements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .names import TableName
    from .session import Session


@dataclass(frozen=True)
class TableCount:
    """Rows of one table in the database at the SCN and in the export; None if the export lacks the table."""

    table: TableName
    rows_in_database: int
    rows_in_export: int | None

    @property
    def agrees(self) -> bool:
        """True only if both are known and equal."""
        return self.rows_in_database == self.rows_in_export

    def as_dict(self) -> dict[str, object]:
        """Return the manifest's form."""
        return {
            "table": str(self.table),
            "rows_in_database": self.rows_in_database,
            "rows_in_export": self.rows_in_export,
        }


def count_rows(session: Session, tables: Sequence[TableName], scn: int) -> dict[TableName, int]:
    """Return each table's rows as of an SCN.

    Raises:
        CountError: a table is unknown, or undo no longer reaches the SCN
            (ORA-01555).
        OracleError: any other trouble.
    """
    return {table: _count(session, table, scn) for table in tables}


def _count(session: Session, table: TableName, scn: int) -> int:
    try:
        return int(session.value(statements.count_as_of_scn(table), scn=scn))
    except StatementError as error:
        raise CountError(
            f"baris {table} tidak dapat dihitung pada SCN {scn} [{error.oracle_code}]",
            where=session.where,
            remedy="periksa siak_key_tables, hak SELECT akun dan UNDO_RETENTION",
        ) from error


def compare(database: Mapping[TableName, int], export: Mapping[TableName, int]) -> list[TableCount]:
    """Set the database's rows beside the export's, which may hold many more tables."""
    return [TableCount(table, rows, export.get(table)) for table, rows in sorted(database.items())]


def demand_agreement(counts: Sequence[TableCount], *, where: str) -> None:
    """Raise CountError naming every table whose rows disagree or are missing from the export."""
    wrong = [
        f"{count.table} {count.rows_in_database} di database, "
        f"{'tidak ada' if count.rows_in_export is None else count.rows_in_export} di ekspor"
        for count in counts
        if not count.agrees
    ]
    if wrong:
        raise CountError(
            f"jumlah baris berbeda: {'; '.join(wrong)}",
            where=where,
            remedy="jangan pakai ekspor ini, periksa export.log lalu ulangi",
        )
