# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 3: the export's files come here, are judged without Oracle, and are compared with the database."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..archive.names import is_plain
from ..archive.staging import staging_dir
from ..dump.judge import Judgement, judge_set
from ..dump.status import Status
from ..durable import PRIVATE_DIR, archive_errors, fsync_dir
from ..errors import ConfigError, DumpError
from ..progress import ByteCounter
from . import files
from .counts import TableCount, compare, count_rows, demand_agreement
from .names import TableName, identifier
from .pull import Puller

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..archive.manifest import FileEntry
    from ..dump.verdict import TableRows
    from .session import Link
    from .sink import ProgressSink


@dataclass(frozen=True)
class CollectPlan:
    """What step 3 will bring here, from what step 2 returned. `pieces` are names and bytes on the server."""

    run_id: str
    server: str
    job: str
    directory: str
    scn: int
    pieces: tuple[tuple[str, int], ...]
    log: str
    key_tables: tuple[TableName, ...]
    archive_dir: Path
    remove_from_server: bool

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> CollectPlan:
        """Build a plan from the module's options. Raises ConfigError."""
        export = params["export"]
        try:
            pieces = tuple((str(piece["name"]), int(piece["size_bytes"])) for piece in export["pieces"])
            job, log, scn = str(export["job"]), str(export["log"]), int(export["scn"])
            directory = identifier(str(export["directory"]), setting="export.directory")
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(
                "hasil langkah 2 tidak lengkap", where="export", remedy="berikan hasil oracle_export apa adanya"
            ) from error
        names = [log, *(name for name, _ in pieces)]
        if not pieces or len(set(names)) != len(names) or not all(map(is_plain, names)):
            raise ConfigError(
                "daftar berkas dari langkah 2 tidak masuk akal", where="export", remedy="jalankan ulang backup"
            )
        return cls(
            run_id=str(params["run"].get("id") or ""),
            server=params["server"],
            job=job,
            directory=directory,
            scn=scn,
            pieces=pieces,
            log=log,
            key_tables=tuple(TableName.parse(name, setting="key_tables") for name in params["key_tables"] or ()),
            archive_dir=Path(params["archive_dir"]),
            remove_from_server=params["remove_from_server"],
        )

    @property
    def staging(self) -> Path:
        """The run's own folder in the archive. Raises ConfigError for names that are not plain."""
        return staging_dir(self.archive_dir, self.server, self.run_id)

    @property
    def total_bytes(self) -> int:
        """Bytes of all pieces."""
        return sum(size_bytes for _, size_bytes in self.pieces)


@dataclass(frozen=True)
class Collected:
    """A proven dump in the staging folder."""

    plan: CollectPlan
    files: tuple[FileEntry, ...]
    log: FileEntry
    judgement: Judgement
    counts: tuple[TableCount, ...]
    left_on_server: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the module's `collected` result."""
        return {
            "staging_dir": str(self.plan.staging),
            "files": [file.as_dict() for file in self.files],
            "log": self.log.as_dict(),
            "tables": [table.as_dict() for table in self.judgement.tables],
            "counts": [count.as_dict() for count in self.counts],
            "verdict": {"status": str(self.judgement.status), "evidence": [*map(str, self.judgement.evidence)]},
            "left_on_server": list(self.left_on_server),
        }


def predict(plan: CollectPlan) -> dict[str, Any]:
    """Return the form of `collected` that check mode shows; nothing is known of contents."""
    return {
        "staging_dir": str(plan.staging),
        "files": [_unseen(name, size_bytes) for name, size_bytes in plan.pieces],
        "log": _unseen(plan.log, 0),
        "tables": [],
        "counts": [],
        "verdict": {"status": str(Status.UNKNOWN), "evidence": []},
        "left_on_server": [],
    }


def _unseen(name: str, size_bytes: int) -> dict[str, Any]:
    return {"name": name, "size_bytes": size_bytes, "sha256": "", "source": name}


def collect(link: Link, plan: CollectPlan, progress: ProgressSink) -> Collected:
    """Count, pull, judge, compare; only then, if asked, remove the pieces from the server.

    The counts come first, while undo still reaches the SCN.

    Raises:
        CountError: key tables cannot be counted, or disagree with the export.
        DumpError: the set is not proven complete.
        CollectError, VanishedError, ArchiveError: a file did not come here whole.
        OracleError: the server stays away.
    """
    progress("ambil: menghitung baris tabel kunci", 0, plan.total_bytes)
    in_database = link.retry(lambda session: count_rows(session, plan.key_tables, plan.scn))
    _make_staging(plan.staging)
    puller = Puller(link, plan.directory, plan.staging)
    heard = ByteCounter(progress, "ambil", plan.total_bytes)
    pulled = tuple(puller.pull(name, size_bytes, on_bytes=heard) for name, size_bytes in plan.pieces)
    log = puller.pull(plan.log)
    progress("ambil: menilai dump", plan.total_bytes, plan.total_bytes)
    judgement = _judge(plan)
    counts = tuple(compare(in_database, rows_of_tables(judgement.tables)))
    demand_agreement(counts, where=plan.server)
    left: Sequence[str] = ()
    if plan.remove_from_server:
        left = files.remove(link.session, plan.directory, [name for name, _ in plan.pieces])
    return Collected(plan, pulled, log, judgement, counts, tuple(left))


def _make_staging(staging: Path) -> None:
    """Make an empty staging folder; what an earlier try of this run left in it is not trusted."""
    with archive_errors(staging):
        if staging.exists():
            shutil.rmtree(staging)
        staging.mkdir(mode=PRIVATE_DIR, parents=True)
        fsync_dir(staging.parent)


def _judge(plan: CollectPlan) -> Judgement:
    judgement = judge_set(
        [plan.staging / name for name, _ in plan.pieces], log=plan.staging / plan.log, job_name=plan.job
    )
    if judgement.status is not Status.COMPLETE:
        raise DumpError(
            f"dump tidak terbukti lengkap, {judgement.status}: {'; '.join(map(str, judgement.failures))}",
            where=f"{plan.server}, job {plan.job}",
            remedy="jangan pakai ekspor ini, periksa export.log lalu ulangi backup",
        )
    return judgement


def rows_of_tables(tables: Iterable[TableRows]) -> dict[TableName, int]:
    """Return the rows of each table, partitions added up; a table with an uncounted partition is left out."""
    rows: Counter[TableName] = Counter()
    uncounted = set()
    for table in tables:
        name = TableName(table.schema, table.name)
        if table.rows is None:
            uncounted.add(name)
        else:
            rows[name] += table.rows
    return {name: count for name, count in rows.items() if name not in uncounted}
