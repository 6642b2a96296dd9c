# SPDX-License-Identifier: GPL-3.0-or-later
"""All of step 1: every look is taken, whatever the ones before it found."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SiakError
from ..media.carrier import ROOM_FACTOR
from ..oracle.checks import Observation, observe, probe_directory
from ..oracle.datapump.abandoned import DroppedOrphan, drop_orphans
from ..oracle.names import JOB_PREFIX, identifier, job_name
from . import local, media
from .database import judge, to_drop
from .report import Check, check, failed, passed, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..oracle.session import Session
    from .request import Request

#: Longer than any real database's name (at most 8 letters), so that no rehearsal is taken for a backup.
_REHEARSAL_NAME = "REHEARSAL"

_CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Report:
    """What step 1 found. Where no database was seen, or asked, `seen` is None. `estimate_bytes` are of the export."""

    checks: tuple[Check, ...]
    seen: Observation | None
    estimate_bytes: int | None
    abandoned_jobs: tuple[str, ...]
    override: str
    refusal: SiakError | None
    dropped_orphans: tuple[DroppedOrphan, ...] = ()

    def demand(self) -> None:
        """Raise what speaks against beginning, if anything does."""
        if self.refusal is not None:
            raise self.refusal

    def as_dict(self) -> dict[str, Any]:
        """Return the module's result, without `agenda`."""
        return {
            "checks": [each.as_dict() for each in self.checks],
            "database": self._database(),
            "estimate_bytes": self.estimate_bytes,
            "abandoned_jobs": list(self.abandoned_jobs),
            "dropped_orphans": [each.as_dict() for each in self.dropped_orphans],
            "override": self.override,
        }

    def agenda(self) -> dict[str, Any]:
        """Return the facts the journal keeps of this step."""
        return {
            "checks_ok": sum(each.ok for each in self.checks),
            "checks_failed": [each.name for each in self.checks if not each.ok],
            "database": self._database(),
            "estimate_bytes": self.estimate_bytes,
            "abandoned_jobs": list(self.abandoned_jobs),
            "dropped_orphans": [each.as_dict() for each in self.dropped_orphans],
            "override": self.override,
            "rehearsal": self._database().get("name", "").startswith(_REHEARSAL_NAME),
        }

    def _database(self) -> dict[str, Any]:
        if self.seen is None:
            return {}
        name, open_mode = self.seen.database or ("", "")
        return {
            "version": self.seen.version,
            "name": name,
            "open_mode": open_mode,
            "scn": self.seen.scn,
            "character_set": self.seen.character_set,
            "directory_path": self.seen.directory_path,
        }


def look(request: Request, connect: Callable[[], Session], *, probe: bool) -> Report:
    """Take every look and change nothing that stays; `probe` also writes and removes a file on the server."""
    looks: list[tuple[str, Callable[[Request], str]]] = [
        ("agenda", partial(local.look_at_agenda, dry=not probe)),
        ("service_hours", local.look_at_hours),
        ("settings", local.look_at_settings),
        ("archive", local.look_at_archive),
    ]
    checks = [check(name, partial(act, request)) for name, act in looks]
    of_media, seen_media = media.look_at_media(request)
    checks += [*of_media, *media.look_at_turns(request, seen_media), media.look_at_cpu(_CPUINFO.read_text())]
    abandoned, lock = _look_at_lock(request)
    checks.append(lock)
    if request.script is not None:
        seen, estimate_bytes = None, request.script.estimate_bytes(request.server_dir)
        checks += request.script.checks
    else:
        checks.append(check("scope", partial(local.look_at_scope, request)))
        seen, of_database = _look_at_database(request, connect, abandoned, probe=probe)
        estimate_bytes = seen.estimate_bytes if seen else None
        checks += of_database
    checks += look_for_room(request, checks, estimate_bytes, seen_media)
    return Report(
        checks=tuple(checks),
        seen=seen,
        estimate_bytes=estimate_bytes,
        abandoned_jobs=abandoned,
        override=local.override(request),
        refusal=refusal(tuple(checks), server=request.server),
    )


def prepare(request: Request, connect: Callable[[], Session]) -> Report:
    """Look at everything and, only if all of it holds, hold the server for this run."""
    report = look(request, connect, probe=True)
    if report.refusal is not None:
        return report
    try:
        abandoned = local.take_lock(request)
    except SiakError as error:
        checks = (*report.checks, failed("lock_taken", error))
        return replace(report, checks=checks, refusal=refusal(checks, server=request.server))
    jobs = _job_names(abandoned)
    return replace(report, abandoned_jobs=jobs, dropped_orphans=_drop_orphans(request, report, jobs, connect))


def _drop_orphans(
    request: Request, report: Report, abandoned: Sequence[str], connect: Callable[[], Session]
) -> tuple[DroppedOrphan, ...]:
    """Drop what the office has asked to be dropped; what goes wrong here is told, and worth no night."""
    names = to_drop(request, report.seen, abandoned) if report.seen else []
    if not names:
        return ()
    try:
        with connect() as session:
            return drop_orphans(session, names)
    except SiakError as error:
        return tuple(DroppedOrphan(name, str(error)) for name in names)


def _look_at_lock(request: Request) -> tuple[tuple[str, ...], Check]:
    """Return the jobs of dead runs this run would inherit, and the check of the lock."""
    try:
        abandoned = _job_names(local.look_at_lock(request))
    except SiakError as error:
        return (), failed("lock", error)
    if abandoned:
        return abandoned, passed(
            "lock", f"job run yang belum tuntas, dilanjutkan atau dibersihkan: {', '.join(abandoned)}"
        )
    return (), passed("lock", "tidak ada run lain pada server ini")


def _job_names(runs: Sequence[str]) -> tuple[str, ...]:
    return tuple(job_name(run) for run in runs)


def _look_at_database(
    request: Request, connect: Callable[[], Session], abandoned: Sequence[str], *, probe: bool
) -> tuple[Observation | None, list[Check]]:
    """Observe and judge; a database that does not answer is one failed check, not ten."""
    try:
        directory = identifier(request.directory, setting="siak_directory")
        with connect() as session:
            seen = observe(session, directory=directory, scope=request.scope)
            checks = [passed("database", f"database menjawab, Oracle {seen.version}"), *judge(request, seen, abandoned)]
            if probe and all(each.ok for each in checks if each.name == "directory"):
                checks.append(check("directory_probe", lambda: _probe(session, directory)))
    except SiakError as error:
        return None, [failed("database", error)]
    return seen, checks


def _probe(session: Session, directory: str) -> str:
    probe_directory(session, directory, f"{JOB_PREFIX}PROBE_{secrets.token_hex(4).upper()}.tmp")
    return f"directory {directory} dapat ditulisi dan dibaca"


def look_for_room(
    request: Request, checks: Sequence[Check], estimate_bytes: int | None, seen_media: list[media.Seen]
) -> list[Check]:
    """Compare the room with the estimate, where there are folders and an estimate.

    Where media share a file system with the archive or with each other, the room must hold all of their copies.
    """
    if estimate_bytes is None or not any(each.ok for each in checks if each.name == "archive"):
        return []
    archive = request.archive_dir.stat().st_dev
    copies = Counter([archive, *(one.device for one in seen_media if one.medium is not None)])
    needed = {device: local.needed_bytes(request, estimate_bytes, copies=count) for device, count in copies.items()}
    largest = int(min(request.piece_size.size_bytes, estimate_bytes * request.room_factor) * ROOM_FACTOR)
    return [
        check("archive_room", partial(local.look_for_archive_room, request, needed[archive])),
        *media.look_for_room(request, seen_media, needed, largest_bytes=largest),
    ]
