# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 3 where the site's own script made the dump: its files come here and are judged like any other."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..archive.manifest import FileEntry
from ..calendar import size
from ..dump.status import Status
from ..dump.withlog import judge_with_log
from ..durable import archive_errors
from ..errors import CollectError, ConfigError, NoSpaceError
from ..oracle.pulled import PulledRecord
from ..progress import ByteCounter
from .fetch import Fetcher
from .replies import ServerFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..dump.verdict import Judgement
    from ..oracle.sink import ProgressSink
    from .plan import ScriptPlan
    from .remote import Line

_ODD = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True)
class CollectPlan:
    """What step 3 will bring here, from what step 2 returned. The log is last."""

    script: ScriptPlan
    files: tuple[ServerFile, ...]
    staging: Path

    @classmethod
    def from_params(cls, script: ScriptPlan, params: Mapping[str, Any]) -> CollectPlan:
        """Build a plan from the module's `export` and `archive_dir`. Raises ConfigError."""
        export = params["export"] or {}
        try:
            pieces = tuple(
                ServerFile(str(piece["name"]), int(piece["size_bytes"]), int(piece["changed_at"]))
                for piece in export["pieces"]
            )
            log = ServerFile(str(export["log"]), int(export["log_bytes"]), int(export["log_changed_at"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(
                "hasil langkah 2 tidak lengkap", where="export", remedy="berikan hasil oracle_script apa adanya"
            ) from error
        if not pieces or len({file.name for file in (*pieces, log)}) != len(pieces) + 1:
            raise ConfigError(
                "daftar berkas dari langkah 2 tidak masuk akal", where="export", remedy="jalankan ulang backup"
            )
        return cls(script, (*pieces, log), script.staging(Path(params["archive_dir"])))

    @property
    def total_bytes(self) -> int:
        """Bytes of all files."""
        return sum(file.size_bytes for file in self.files)

    def local_name(self, number: int) -> str:
        """Return the plain name under which a file is staged; never one that step 4 gives, and each another."""
        return f"{number:02}_{_ODD.sub('_', self.files[number].name)[:150]}"


@dataclass(frozen=True)
class Collected:
    """A proven dump in the staging folder."""

    plan: CollectPlan
    entries: tuple[FileEntry, ...]
    resumed: tuple[str, ...]
    digests: int
    judgement: Judgement
    reconnects: int

    def as_dict(self) -> dict[str, Any]:
        """Return the module's `collected` result."""
        *pieces, log = self.entries
        return predict(self.plan) | {
            "files": [piece.as_dict() for piece in pieces],
            "log": log.as_dict(),
            "tables": [table.as_dict() for table in self.judgement.tables],
            "verdict": {"status": str(self.judgement.status), "evidence": [*map(str, self.judgement.evidence)]},
            "database": _database(self.judgement),
            "reconnects": self.reconnects,
            "resumed": list(self.resumed),
            "server_digests": self.digests,
        }


def predict(plan: CollectPlan) -> dict[str, Any]:
    """Return the form of `collected` that check mode shows; nothing is known of contents."""
    *pieces, log = [
        {"name": plan.local_name(number), "size_bytes": file.size_bytes, "sha256": "", "source": file.name}
        for number, file in enumerate(plan.files)
    ]
    return {
        "staging_dir": str(plan.staging),
        "files": pieces,
        "log": log,
        "tables": [],
        "counts": [],
        "verdict": {"status": str(Status.UNKNOWN), "evidence": []},
        "database": {"version": "", "name": ""},
        "connections": 1,
        "reconnects": 0,
        "lost_connections": [],
        "resumed": [],
        "removed_from_server": [],
        "left_on_server": [],
        "server_files": [file.as_dict() for file in plan.files],
        "server_digests": 0,
    }


def agenda_facts(collected: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts the journal keeps of a `collected` result: no list that grows with the database."""
    return {
        "files": len(collected["files"]),
        "size_bytes": sum(file["size_bytes"] for file in collected["files"]),
        "tables": len(collected["tables"]),
        "rows": sum(table["rows"] for table in collected["tables"]),
        "counts": collected["counts"],
        "rows_compared_with": "log",
        "verdict": collected["verdict"]["status"],
        "reconnects": collected["reconnects"],
        "resumed": collected["resumed"],
        "server_digests": collected["server_digests"],
    }


def collect(line: Line, plan: CollectPlan, progress: ProgressSink) -> Collected:
    """Bring the files here, compare them with what the server says of them before and after, and judge them.

    Files that an earlier try of this run brought here whole are hashed again, not fetched.

    Raises:
        DumpError: the set is not proven complete.
        CollectError, ArchiveError: a file did not come here whole.
        ConfigError: this connection cannot bring large files.
        ConnectError, LoginError: the server stays away.
    """
    fetcher = Fetcher(line, plan.script)
    fetcher.demand_way()
    _demand_same(line, plan)
    _demand_room(plan)
    heard = ByteCounter(progress, "ambil", plan.total_bytes)
    record = PulledRecord(plan.staging)
    names = {plan.local_name(number): file for number, file in enumerate(plan.files)}
    whole = record.prepare({name: file.size_bytes for name, file in names.items()}, heard)
    entries, digests = [], 0
    for name, file in names.items():
        entry = whole.get(name)
        if entry is None:
            entry = fetcher.bring(file, plan.staging / name, heard)
            record.add(entry)
        digests += _compare_digest(line, plan, entry)
        entries.append(entry)
    _demand_same(line, plan)
    progress("ambil: menilai dump", plan.total_bytes, plan.total_bytes)
    judgement = _judge(plan)
    record.drop()
    return Collected(plan, tuple(entries), tuple(sorted(whole)), digests, judgement, line.reconnects)


def _demand_same(line: Line, plan: CollectPlan) -> None:
    """Raise CollectError if a file on the server is no longer what step 2 saw."""
    listing = line.ask(line.shell.listing(plan.script.folder, plan.script.patterns))
    there = {file.name: file for file in listing.files()}
    changed = [file.name for file in plan.files if there.get(file.name) != file]
    if changed:
        raise CollectError(
            f"berkas berubah di server: {', '.join(changed)}",
            where=f"{plan.script.where}, {plan.script.folder}",
            remedy="jangan ada yang menulis di folder itu selama backup, lalu ulangi",
        )


def _demand_room(plan: CollectPlan) -> None:
    server_dir = plan.staging.parent
    with archive_errors(server_dir):
        free_bytes = shutil.disk_usage(server_dir).free
    if free_bytes < plan.total_bytes:
        raise NoSpaceError(
            f"arsip penuh, perlu {size(plan.total_bytes)} dan tersisa {size(free_bytes)}",
            where=str(server_dir),
            remedy="kosongkan atau perbesar penyimpanan lalu ulangi",
        )


def _compare_digest(line: Line, plan: CollectPlan, entry: FileEntry) -> int:
    """Return 1 if the server's own SHA-256 is the same, 0 if it has none. Raises CollectError if it differs."""
    told = line.ask(line.shell.digest(line.shell.join(plan.script.folder, entry.source))).text("sha256")
    if told and told != entry.sha256:
        raise CollectError(
            f"SHA-256 {entry.source} di sini dan di server berbeda",
            where=f"{plan.script.where}, {plan.script.folder}",
            remedy="periksa jaringan dan disk server, lalu ulangi backup",
        )
    return int(bool(told))


def _judge(plan: CollectPlan) -> Judgement:
    *pieces, log = [plan.staging / plan.local_name(number) for number in range(len(plan.files))]
    judgement = judge_with_log(pieces, log)
    judgement.demand_complete(
        where=f"{plan.script.where}, {plan.script.script_name}",
        remedy="jangan pakai ekspor ini, periksa lognya lalu ulangi backup",
    )
    return judgement


def _database(judgement: Judgement) -> dict[str, str]:
    """Return what the dump says of the database, in the form that step 1 has it in."""
    files = judgement.header.get("files")
    header = files[0] if isinstance(files, list) and files and isinstance(files[0], dict) else judgement.header
    version = header.get("db_version") or header.get("version") or ""
    return {"version": str(version), "name": ""}
