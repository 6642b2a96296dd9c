# SPDX-License-Identifier: GPL-3.0-or-later
"""From what steps 1 to 3 returned to the manifest of a night. A result may hold more keys than are kept."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..errors import ConfigError
from .fields import Fields
from .manifest import Count, FileEntry, Manifest, OracleFacts, TableRows, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime


def collected_files(collected: Mapping[str, Any], *, planned: bool = False) -> tuple[tuple[FileEntry, ...], FileEntry]:
    """Return the dump's pieces in the set's order, and the export log, as step 3 collected them.

    In check mode they are only `planned`, and have no sums yet.

    Raises:
        ConfigError: the result lacks them or holds something impossible.
    """
    read = FileEntry.read_planned if planned else FileEntry.read
    with _result_of(3):
        fields = Fields(collected, "collected")
        return fields.many("files", read), fields.one("log", read)


def compose(
    *,
    run_id: str,
    server: str,
    office: str,
    sop_number: str,
    rehearsal: bool,
    created_at: datetime,
    collected: Mapping[str, Any],
    export: Mapping[str, Any],
    database: Mapping[str, Any],
) -> Manifest:
    """Return the manifest of a night, but for folder and files, which publishing decides.

    `database` is of step 1, `export` of step 2, `collected` of step 3.

    Raises:
        ConfigError: one of them lacks something or holds something impossible.
    """
    with _result_of(3):
        proof = Fields(collected, "collected")
        tables = proof.many("tables", TableRows.read)
        counts = proof.many("counts", Count.read)
        verdict = proof.one("verdict", Verdict.read)
    return Manifest(
        run_id=run_id,
        server=server,
        office=office,
        sop_number=sop_number,
        created_at=created_at.isoformat(timespec="seconds"),
        folder="",
        rehearsal=rehearsal,
        oracle=_oracle_facts(export, database),
        files=(),
        tables=tables,
        counts=counts,
        verdict=verdict,
        software=f"siak-backup {__version__}",
    )


def _oracle_facts(export: Mapping[str, Any], database: Mapping[str, Any]) -> OracleFacts:
    with _result_of(1):
        server = Fields(database, "database")
        version, name = server.text("version"), server.text("name")
    with _result_of(2):
        job = Fields(export, "export")
        return OracleFacts(
            version=version,
            database=name,
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
