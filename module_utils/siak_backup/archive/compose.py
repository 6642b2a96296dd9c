# SPDX-License-Identifier: GPL-3.0-or-later
"""From what steps 1 to 3 returned to the manifest of a night. A result may hold more keys than are kept."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from .fields import Fields
from .manifest import Count, FileEntry, OracleFacts, TableRows, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def collected_files(collected: Mapping[str, Any]) -> tuple[tuple[FileEntry, ...], FileEntry]:
    """Return the dump's pieces in the set's order, and the export log, as step 3 collected them.

    Raises:
        ConfigError: the result lacks them or holds something impossible.
    """
    with _result_of(3):
        fields = Fields(collected, "collected")
        return fields.many("files", FileEntry.read), fields.one("log", FileEntry.read)


def collected_proof(
    collected: Mapping[str, Any],
) -> tuple[tuple[TableRows, ...], tuple[Count, ...], Verdict]:
    """Return tables, counts and verdict of step 3. Raises ConfigError."""
    with _result_of(3):
        fields = Fields(collected, "collected")
        return (
            fields.many("tables", TableRows.read),
            fields.many("counts", Count.read),
            fields.one("verdict", Verdict.read),
        )


def oracle_facts(export: Mapping[str, Any], database: Mapping[str, Any]) -> OracleFacts:
    """Return what steps 1 (database) and 2 (export) learnt of the database and the job. Raises ConfigError."""
    with _result_of(2):
        job = Fields(export, "export")
        server = Fields(database, "database")
        return OracleFacts(
            version=server.text("version"),
            database=server.text("name"),
            job=job.text("job"),
            scn=job.whole("scn"),
            mode=job.text("mode"),
            schemas=job.texts("schemas"),
            started_at=job.time("started_at"),
            ended_at=job.time("ended_at"),
        )


@contextlib.contextmanager
def _result_of(step: int) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ConfigError(
            f"hasil langkah {step} tidak lengkap, {error}",
            where="backup_folder",
            remedy="serahkan hasil langkah itu apa adanya",
        ) from error
