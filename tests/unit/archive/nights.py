# SPDX-License-Identifier: GPL-3.0-or-later
"""Collected nights for the tests of archive, media and their modules."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from siak_backup.archive import publish
from siak_backup.archive.folder import DatedFolder
from siak_backup.archive.manifest import Count, FileEntry, Manifest, OracleFacts, TableRows, Verdict
from siak_backup.archive.staging import staging_dir

TIME = "2026-11-22T09:30:00+00:00"

#: The manifest of a night whose files `publish` fills in.
MANIFEST = Manifest(
    run_id="20261122T093000Z-0a1b2c",
    server="sukamara",
    office="Disdukcapil Kabupaten Sukamara",
    sop_number="000.8.3.3/24/1.Dukcapil/2025",
    created_at=TIME,
    folder="",
    rehearsal=True,
    oracle=OracleFacts("19.3.0.0.0", "SIAK", "SIAK_1", 123456, "SCHEMA", ("SIAKOFF",), TIME, TIME),
    files=(),
    tables=(TableRows("SIAKOFF", "BIODATA_WNI", "", 600),),
    counts=(Count("SIAKOFF.BIODATA_WNI", 600, 600),),
    verdict=Verdict("complete", ("log: berhasil",)),
    software="siak-backup 0.1.0",
)


def stage(
    archive: Path, run: str = MANIFEST.run_id, sizes: tuple[int, ...] = (100_000,)
) -> tuple[Path, tuple[FileEntry, ...], FileEntry]:
    """Lay random pieces and a log as step 3 does; return the folder and the entries."""
    staging = staging_dir(archive, "sukamara", run)
    staging.mkdir(parents=True)
    contents = {f"siak_{number}.dmp": os.urandom(size) for number, size in enumerate(sizes, start=1)}
    contents["siak.log"] = b'Job "SIAK_BACKUP"."SIAK_1" successfully completed\n'
    entries = []
    for name, content in contents.items():
        (staging / name).write_bytes(content)
        entries.append(FileEntry(name, len(content), hashlib.sha256(content).hexdigest(), f"SIAK_BACKUP_DIR:{name}"))
    *dump, log = entries
    return staging, tuple(dump), log


def publish_night(
    archive: Path, run: str = MANIFEST.run_id, sizes: tuple[int, ...] = (100_000,), base: str = "22nov2026"
) -> DatedFolder:
    """Collect and publish a night."""
    staging, dump, log = stage(archive, run, sizes)
    plan = publish.plan(staging, base=base, run=run, dump=dump, log=log)
    return publish.apply(plan, replace(MANIFEST, run_id=run))


def tree(root: Path) -> dict[str, bytes]:
    """Return every file below a folder with its content."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def published(**places: list[Path]) -> dict[str, bytes]:
    """Return every file of the dated folders of each place, by `<place>/<folder>/<file>`."""
    return {
        f"{place}/{folder.name}/{name}": data
        for place, folders in places.items()
        for folder in folders
        for name, data in tree(folder).items()
    }
