# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast a dump is judged: a full walk beside sha256sum on the same file, and 20 GB without walking the rows.

    python bench/dump_speed.py [--size-mb 600] [--rounds 3] [--sparse-gb 20]

Prints MB/s of both (10^6 bytes; the best of rounds that alternate, since other work on the machine can only slow
them) and their ratio, for many short rows (the slowest there are) and for photos, then the seconds and the memory of
`--walk-bytes 0` on a dump with a table that is a hole. Aims: 50 MB/s, 1 s, 100 MB. Files are removed afterwards.
"""

from __future__ import annotations

import argparse
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from dump_samples import ROOT

from rehearsal.contract import Column, OraType
from rehearsal.dumpfile.master import FileRecord, JobRecord, MasterRow, TableRecord, master_rows
from rehearsal.dumpfile.model import BLOCK_BYTES, DatabaseFacts, Table
from rehearsal.dumpfile.writer import DumpWriter, PieceState

OWNER = "SIAKOFF"
RESIDENTS = Table(
    OWNER,
    "BIODATA_WNI",
    (
        Column("NIK", OraType.NUMBER, 22, 16, 0),
        Column("NAMA_LGKP", OraType.VARCHAR2, 60),
        Column("TMPT_LHR", OraType.VARCHAR2, 60),
        Column("TGL_LHR", OraType.DATE, 7),
        Column("ALAMAT", OraType.VARCHAR2, 120),
    ),
)
PHOTOS = Table(OWNER, "FOTO", (Column("BERKAS", OraType.BLOB),))
BEGAN = datetime(2026, 3, 17, 22, tzinfo=UTC).replace(tzinfo=None)
#: In a header, and in the head of a stream.
MASTER_POSITION_AT, ROWS_LENGTH_AT, TAIL_OFFSET_AT = 0x36, 22, 46
MOST_SECONDS, LEAST_RATE, MOST_BYTES = 1.0, 50e6, 100_000_000


class OneFile:
    """A supply of a single dump file without a size limit."""

    def __init__(self, path: Path) -> None:
        """Supply `path`, which exists."""
        self._path = path

    def create(self) -> tuple[Path, int | None] | None:
        """Return the file."""
        return self._path, None


def short_rows(size_bytes: int) -> Iterator[Sequence[object]]:
    """Yield residents that do not exist, until they fill so many bytes."""
    row_bytes = 90
    for number in range(size_bytes // row_bytes):
        yield 6208990000000000 + number, f"PENDUDUK GLADI {number}", "SUKAMARA", BEGAN, f"JALAN GLADI {number} RT 001"


def photos(size_bytes: int) -> Iterator[Sequence[object]]:
    """Yield photos of 40 KB, until they fill so many bytes."""
    photo = bytes(range(256)) * 160
    for _ in range(size_bytes // len(photo)):
        yield (photo,)


def write_dump(path: Path, table: Table, rows: Iterator[Sequence[object]], hole_bytes: int = 0) -> Path:
    """Write a dump of one table to `path`; with `hole_bytes`, its master table gives the stream so many more."""
    job = JobRecord("SIAK_BACKUP", "BENCH", "SCHEMA", bytes(range(16)), (19,), BEGAN, 1, (), (), ())
    facts = DatabaseFacts((19, 3, 0, 0, 0), "bench", "REHEARSAL.BENCH", "REHEARSAL of Oracle Database")
    path.touch()
    writer = DumpWriter(OneFile(path), facts, job, lambda _: None, metadata_compressed=True)
    writer.open_table(table)
    for row in rows:
        writer.add_row(row)
    extents = writer.close_table()
    told = tuple(replace(extent, length_bytes=extent.length_bytes + hole_bytes) for extent in extents)
    record = TableRecord(table, told, sum(extent.rows for extent in extents), 0, BEGAN, BEGAN)

    def master(states: tuple[PieceState, ...]) -> Iterator[MasterRow]:
        files = [FileRecord(1, str(path), "D", path.name, 0, state.bytes_ + hole_bytes) for state in states]
        return master_rows(job, facts, files, [record], 0)

    writer.finish(master, BEGAN)
    return path


def open_hole(path: Path, hole_bytes: int) -> None:
    """Let the one stream of a dump go on for a hole, as its master table says already; the rest moves up."""
    with path.open("r+b") as file:
        header = file.read(BLOCK_BYTES)
        (position,) = struct.unpack_from(">I", header, MASTER_POSITION_AT)
        file.seek((position - 1) * BLOCK_BYTES)
        rest = file.read()
        file.truncate((position - 1) * BLOCK_BYTES)
        file.seek((position - 1) * BLOCK_BYTES + hole_bytes)
        file.write(rest)
        file.seek(MASTER_POSITION_AT)
        file.write(struct.pack(">I", position + hole_bytes // BLOCK_BYTES))
        for at in (BLOCK_BYTES + ROWS_LENGTH_AT, BLOCK_BYTES + TAIL_OFFSET_AT):
            file.seek(at)
            (value,) = struct.unpack(">Q", file.read(8))
            file.seek(at)
            file.write(struct.pack(">Q", value + hole_bytes))


@dataclass(frozen=True)
class Run:
    """A finished process: wall and CPU seconds, the most memory in bytes, and what it wrote."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    output: str


def run(*command: str) -> Run:
    """Run a command that must succeed."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, env=os.environ | {"PYTHONPATH": str(ROOT / "module_utils")})
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
        output.seek(0)
        text = output.read().decode()
    return Run(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, text)


def judge(path: Path, *options: str) -> Run:
    """Judge a dump as a person would, in a process of its own; it must be complete."""
    return run(sys.executable, "-m", "siak_backup.dump", str(path), *options)


def compare(name: str, path: Path, rounds: int) -> bool:
    """Walk and hash a file in turns, print the rates; return whether the walk is fast enough."""
    size_bytes = path.stat().st_size
    walks, sums = [], []
    for _ in range(rounds):
        walks.append(judge(path))
        sums.append(run("sha256sum", str(path)))
    walk_s, sum_s = min(walk.wall_s for walk in walks), min(one.wall_s for one in sums)
    walk_cpu_s, sum_cpu_s = min(walk.cpu_s for walk in walks), min(one.cpu_s for one in sums)
    peak_bytes = max(walk.peak_bytes for walk in walks)
    print(
        f"{name}, {size_bytes / 1e6:.0f} MB: walk {size_bytes / walk_s / 1e6:.0f} MB/s"
        f" (CPU alone {size_bytes / walk_cpu_s / 1e6:.0f}), sha256sum {size_bytes / sum_s / 1e6:.0f} MB/s"
        f" (CPU alone {size_bytes / sum_cpu_s / 1e6:.0f}), ratio {sum_s / walk_s:.2f}, walk's memory"
        f" {peak_bytes / 1e6:.0f} MB",
        flush=True,
    )
    return size_bytes / walk_cpu_s >= LEAST_RATE and peak_bytes < MOST_BYTES


def main() -> int:
    """Measure and print; return 0 if all aims are met."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--size-mb", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sparse-gb", type=int, default=20)
    options = parser.parse_args()
    met = True
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.dmp"
        for name, table, rows in (("short rows", RESIDENTS, short_rows), ("photos", PHOTOS, photos)):
            write_dump(path, table, rows(options.size_mb * 1_000_000))
            met &= compare(name, path, options.rounds)
            path.unlink()
        hole_bytes = options.sparse_gb * 10**9 // BLOCK_BYTES * BLOCK_BYTES
        write_dump(path, RESIDENTS, short_rows(1_000_000), hole_bytes)
        open_hole(path, hole_bytes)
        ends = min((judge(path, "--walk-bytes", "0") for _ in range(options.rounds)), key=lambda one: one.wall_s)
        (walked,) = (line.strip() for line in ends.output.splitlines() if " walk: " in line)
        print(f"header and master table of {path.stat().st_size / 1e9:.1f} GB: {ends.wall_s:.2f} s, complete, {walked}")
        met &= ends.wall_s < MOST_SECONDS and ends.peak_bytes < MOST_BYTES
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
