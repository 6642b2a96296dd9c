# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 3: the export's files come here, are judged without Oracle, and are compared with the database."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..archive.names import is_plain
from ..archive.publish import is_rehearsal
from ..archive.staging import staging_dir
from ..dump.judge import Judgement, judge_set
from ..dump.status import Status
from ..errors import ConfigError
from ..progress import ByteCounter
from . import leftovers
from .counts import TableCount, compare, count_rows, demand_agreement
from .names import TableName, identifier
from .pieces import MOST_CONNECTIONS, PiecesPlan, pull_pieces
from .pull import Puller
from .pulled import PulledRecord
from .swing import Band, Comparison, Tonight, compare_with_last

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..archive.manifest import FileEntry
    from ..dump.verdict import TableRows
    from .pieces import Pulled
    from .session import Link
    from .sink import ProgressSink


@dataclass(frozen=True)
class CollectPlan:
    """What step 3 will bring here, from what step 2 returned.

    `pieces` are names and bytes on the server, pulled on `connections` at once.
    Of earlier nights the newest `keep_on_server` stay there; None: all.
    `choice` says in words what the office had left out of the export.
    """

    run_id: str
    server: str
    job: str
    directory: str
    scn: int
    pieces: tuple[tuple[str, int], ...]
    log: str
    key_tables: tuple[TableName, ...]
    archive_dir: Path
    connections: int
    keep_on_server: int | None
    band: Band
    choice: str

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
            connections=_connections(params["connections"]),
            keep_on_server=_nights_to_keep(params),
            band=Band.from_params(params),
            choice=str(export.get("choice") or ""),
        )

    @property
    def staging(self) -> Path:
        """The run's own folder in the archive. Raises ConfigError for names that are not plain."""
        return staging_dir(self.archive_dir, self.server, self.run_id)

    @property
    def total_bytes(self) -> int:
        """Bytes of all pieces."""
        return sum(size_bytes for _, size_bytes in self.pieces)


def _connections(wanted: int) -> int:
    if not 1 <= wanted <= MOST_CONNECTIONS:
        raise ConfigError(
            f"{wanted} sambungan tidak dapat dipakai",
            where="connections",
            remedy=f"tulis angka 1 sampai {MOST_CONNECTIONS}",
        )
    return wanted


def _nights_to_keep(params: Mapping[str, Any]) -> int | None:
    """Return how many earlier nights stay on the server, None for all; `remove_from_server` is the old name of 0."""
    keep = int(params["keep_on_server"])
    if not params["remove_from_server"]:
        return keep if keep >= 0 else None
    if keep > 0:
        raise ConfigError(
            "keep_on_server dan remove_from_server bertentangan",
            where="keep_on_server",
            remedy="isi keep_on_server saja, 0 bila malam sebelumnya tidak perlu tinggal di server",
        )
    return 0


@dataclass(frozen=True)
class Collected:
    """A proven dump in the staging folder."""

    plan: CollectPlan
    pulled: Pulled
    resumed: tuple[str, ...]
    log: FileEntry
    judgement: Judgement
    counts: tuple[TableCount, ...]
    cleared: leftovers.Cleared
    swing: Comparison

    def as_dict(self) -> dict[str, Any]:
        """Return the module's `collected` result."""
        return {
            "staging_dir": str(self.plan.staging),
            "files": [file.as_dict() for file in self.pulled.files],
            "log": self.log.as_dict(),
            "tables": [table.as_dict() for table in self.judgement.tables],
            "counts": [count.as_dict() for count in self.counts],
            "swing": self.swing.as_dict(),
            "verdict": {"status": str(self.judgement.status), "evidence": self._evidence()},
            "connections": self.pulled.connections,
            "reconnects": self.pulled.reconnects,
            "lost_connections": list(self.pulled.lost),
            "resumed": list(self.resumed),
            "removed_from_server": list(self.cleared.removed),
            "left_on_server": [asdict(left) for left in self.cleared.left],
        }

    def _evidence(self) -> list[str]:
        """Return what the verdict rests upon, and what it is a verdict on where the office left something out."""
        evidence = [*map(str, self.judgement.evidence)]
        return [*evidence, f"lengkap menurut pilihan kantor: {self.plan.choice}"] if self.plan.choice else evidence


def predict(plan: CollectPlan) -> dict[str, Any]:
    """Return the form of `collected` that check mode shows; nothing is known of contents."""
    return {
        "staging_dir": str(plan.staging),
        "files": [_unseen(name, size_bytes) for name, size_bytes in plan.pieces],
        "log": _unseen(plan.log, 0),
        "tables": [],
        "counts": [],
        "swing": Comparison(plan.band.percent, not_compared="mode periksa").as_dict(),
        "verdict": {"status": str(Status.UNKNOWN), "evidence": []},
        "connections": min(plan.connections, len(plan.pieces)),
        "reconnects": 0,
        "lost_connections": [],
        "resumed": [],
        "removed_from_server": [],
        "left_on_server": [],
    }


def _unseen(name: str, size_bytes: int) -> dict[str, Any]:
    return {"name": name, "size_bytes": size_bytes, "sha256": "", "source": name}


def collect(link: Link, plan: CollectPlan, progress: ProgressSink) -> Collected:
    """Count, pull, judge, compare; only then clear away what earlier nights left on the server, as the plan has it.

    The counts come first, while undo still reaches the SCN. Pieces that an
    earlier try of this run brought here whole are hashed again, not pulled.

    Raises:
        CountError: key tables cannot be counted, or disagree with the export.
        DumpError: the set is not proven complete.
        CollectError, VanishedError, ArchiveError: a file did not come here whole.
        OracleError: the server stays away.
    """
    progress("ambil: menghitung baris tabel kunci", 0, plan.total_bytes)
    in_database = link.retry(lambda session: count_rows(session, plan.key_tables, plan.scn))
    heard = ByteCounter(progress, "ambil", plan.total_bytes)
    record = PulledRecord(plan.staging)
    whole = record.prepare(dict(plan.pieces), heard)
    puller = Puller(link, plan.directory, plan.staging)
    for name, entry in whole.items():
        puller.demand_unchanged(name, entry.size_bytes)
    order = PiecesPlan(plan.directory, plan.staging, plan.pieces, plan.connections)
    pulled = pull_pieces(link, order, record, whole=whole, on_bytes=heard)
    log = puller.pull(plan.log)
    progress("ambil: menilai dump", plan.total_bytes, plan.total_bytes)
    judgement = _judge(plan)
    counts = tuple(compare(in_database, rows_of_tables(judgement.tables)))
    demand_agreement(counts, where=plan.server)
    swing = _compare(plan, judgement)
    record.drop()
    cleared = leftovers.Cleared()
    if plan.keep_on_server is not None:
        progress("ambil: merapikan folder di server", plan.total_bytes, plan.total_bytes)
        cleared = leftovers.clear(
            link, plan.directory, plan.staging.parent, keep=plan.keep_on_server, run_id=plan.run_id
        )
    return Collected(plan, pulled, tuple(sorted(whole)), log, judgement, counts, cleared, swing)


def _judge(plan: CollectPlan) -> Judgement:
    judgement = judge_set(
        [plan.staging / name for name, _ in plan.pieces], log=plan.staging / plan.log, job_name=plan.job
    )
    judgement.demand_complete(
        where=f"{plan.server}, job {plan.job}",
        remedy="jangan pakai ekspor ini, periksa export.log lalu ulangi backup",
    )
    return judgement


def _compare(plan: CollectPlan, judgement: Judgement) -> Comparison:
    tonight = Tonight(
        run_id=plan.run_id,
        rows={str(table): rows for table, rows in rows_of_tables(judgement.tables).items()},
        key_tables=tuple(map(str, plan.key_tables)),
        size_bytes=plan.total_bytes,
        rehearsal=is_rehearsal(plan.staging / name for name, _ in plan.pieces),
    )
    return compare_with_last(plan.staging.parent, tonight, plan.band)


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
