# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the copy to a medium beside the disk's limit and beside the programs people use instead.

    python bench/copy_media.py [--size-mb 2048] [--rounds 5] [--dir FOLDER] [--second-dir FOLDER] [--only NAME ...]

All cases take turns in one run, shuffled, on one file that is in the page cache before each; medians are told.
Ends with 1 if a copy was not proven.
"""

from __future__ import annotations

import argparse
import filecmp
import hashlib
import json
import math
import os
import random
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from copy_peers import CASES, Case, Place, Step
from copy_process import FailedError, Ran, run
from siak_backup.archive.manifest import FileEntry, Manifest, OracleFacts, Verdict
from siak_backup.archive.sums import format_sums

ROOT = Path(__file__).resolve().parents[1]
BLOCK = 1024 * 1024
SEED = 620899
#: Of one program.
LIMIT_S = 600
_GIB = 1 << 30


@dataclass(frozen=True)
class Measured:
    """One run of a case: seconds of the clock and of all its processes, its memory, and whether all is equal."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    rss_mb: float
    proven: bool


def make_source(path: Path, size_bytes: int) -> None:
    """Write a file that zstd -1 shrinks to some 0.6 of its size: of each MiB, 60 % is noise."""
    rng = random.Random(SEED)  # noqa: S311 - not for secrets
    with path.open("wb") as file:
        for _ in range(size_bytes // BLOCK):
            noise = rng.randbytes(BLOCK * 6 // 10)
            file.write(noise + b"620899 PENDUDUK CONTOH " * ((BLOCK - len(noise)) // 23) + b"\0" * 19)
        file.truncate(size_bytes)
        os.fsync(file.fileno())


def describe(night: Path) -> None:
    """Give the file the manifest and the sums of a published night."""
    with (night / "master.dmp").open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = Manifest(
        run_id="bench", server="sukamara", office="", sop_number="", created_at=now, folder=night.name, rehearsal=True,
        oracle=OracleFacts("", "", "", 0, "SCHEMA", (), now, now),
        files=(FileEntry("master.dmp", (night / "master.dmp").stat().st_size, sha256, "bench"),),
        tables=(), counts=(), verdict=Verdict("complete", ()), software="bench",
    ).to_json()  # fmt: skip
    (night / "manifest.json").write_text(manifest, encoding="utf-8")
    sums = {"master.dmp": sha256, "manifest.json": hashlib.sha256(manifest.encode()).hexdigest()}
    (night / "SHA256SUMS").write_text(format_sums(sums), encoding="ascii")


def measure(case: Case, place: Place, *, compare: bool) -> Measured:
    """Run a case once, its source warm and its target absent; with `compare`, look at plain copies of ours again.

    Ours are timed from the call of copy_night to its end, other programs as a whole. Raises FailedError.
    """
    for folder in (place.target, place.second):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    (place.target / "home").mkdir()
    (place.target / "home" / "ansible.cfg").touch()
    for step in case.prepare(place):
        take(step, place)
    warm(place.source)
    subprocess.run(["sync", "-f", str(place.target)], check=True, timeout=LIMIT_S)
    began = time.perf_counter()
    ran = [one for step in case.steps(place) if (one := take(step, place)) is not None]
    wall_s = time.perf_counter() - began
    cpu_s, rss_mb = sum(one.cpu_s for one in ran), max(one.rss_bytes for one in ran) / 1e6
    pss = max(one.pss_bytes for one in ran)
    if not case.ours:
        return Measured(wall_s, cpu_s, pss / 1e6, rss_mb, case.equal([one.output for one in ran]))
    told = json.loads(ran[0].output)
    proven = told["proven"]
    if not proven:
        print(f"  {case.name}: {told['errors']}", file=sys.stderr)
    if compare and case.plain:
        copies = [*place.target.rglob(place.source.name), *place.second.rglob(place.source.name)]
        proven &= bool(copies) and all(filecmp.cmp(place.source, copy, shallow=False) for copy in copies)
    return Measured(told["wall_s"], cpu_s, (pss - told["bare_bytes"]) / 1e6, rss_mb, proven)


def take(step: Step, place: Place) -> Ran | None:
    """Do one step of a case. Raises FailedError."""
    if callable(step):
        step()
        return None
    return run(step, place.environment, LIMIT_S)


def warm(path: Path) -> None:
    """Bring a file into the page cache."""
    with path.open("rb", buffering=0) as file:
        while file.read(8 * BLOCK):
            pass


def median(measured: list[Measured], name: str) -> float:
    """Return the median of one figure."""
    return statistics.median(getattr(each, name) for each in measured)


def main() -> int:
    """Measure and print; return 0 if every copy of ours was proven."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--size-mb", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dir", type=Path, default=ROOT / "var" / "bench")
    parser.add_argument("--second-dir", type=Path, help="where the second destination is, on another device")
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    size_bytes = options.size_mb * BLOCK
    options.dir.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(options.dir).free < 7 * size_bytes:
        sys.exit(f"{options.dir} needs {7 * size_bytes / 1e9:.0f} GB free")
    root = Path(tempfile.mkdtemp(prefix="copy-", dir=options.dir))
    second = Path(tempfile.mkdtemp(prefix="copy-", dir=options.second_dir)) if options.second_dir else root
    try:
        return report(options, root, second, size_bytes)
    finally:
        shutil.rmtree(root, ignore_errors=True)
        shutil.rmtree(second, ignore_errors=True)


def report(options: argparse.Namespace, root: Path, second: Path, size_bytes: int) -> int:
    """Run all rounds below `root` and print the table."""
    night = root / "archive" / "22nov2026"
    night.mkdir(parents=True)
    make_source(night / "master.dmp", size_bytes)
    describe(night)
    key = root / "key"
    key.touch(mode=0o600)
    key.write_text(secrets.token_hex(16), encoding="ascii")
    place = Place(night / "master.dmp", night, root / "target", second / "second", key)
    place.second.mkdir()
    print(f"seed {SEED}; {devices(root, place.second)}")
    cases = [case for case in CASES if not options.only or case.name in options.only]
    absent = {case.name: why for case in cases if (why := case.missing())}
    cases = [case for case in cases if case.name not in absent]
    results: dict[str, list[Measured]] = {case.name: [] for case in cases}
    rng = random.Random(SEED)  # noqa: S311 - not for secrets
    failed = 0
    for number in range(options.rounds):
        rng.shuffle(cases)
        for case in cases:
            try:
                measured = measure(case, place, compare=number == 0)
            except FailedError as error:
                print(f"  {case.name}: {error}", file=sys.stderr)
                failed += 1
                continue
            results[case.name].append(measured)
            print(f"  {number + 1}/{options.rounds} {case.name}: {measured.wall_s:.2f} s", file=sys.stderr, flush=True)
    print_table(results, absent, size_bytes)
    return int(failed > 0 or not all(each.proven for measured in results.values() for each in measured))


def devices(first: Path, second: Path) -> str:
    """Say whether two destinations lie on different devices; an image behind a loop device is none of its own."""
    number = second.stat().st_dev
    if first.stat().st_dev == number:
        return "the two destinations lie on one device"
    if Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}/loop").exists():
        return "the second destination is a file system in a file: not another device"
    return "the two destinations lie on two file systems; whether on two disks, lsblk tells"


def print_table(results: dict[str, list[Measured]], absent: dict[str, str], size_bytes: int) -> None:
    """Print a row a case, and the line that others read last."""
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    has_sha = "yes" if {"sha_ni", "sha2"} & set(flags) else "no"
    gib = size_bytes / _GIB
    print(f"{gib:.2f} GiB, {os.cpu_count()} cores, SHA instructions: {has_sha}, load {os.getloadavg()[0]:.1f}")
    print("peak MB: PSS of all processes together, 20 samples a second; of ours (*) what is above an interpreter with")
    print("the package imported; RSS counts shared pages once for each process")
    wall = {name: median(measured, "wall_s") for name, measured in results.items() if measured}
    limit, ours = wall.get("limit", math.nan), wall.get("verified copy", math.nan)
    print(f"{'case':26} {'runs':>4} {'wall s':>7} {'of limit':>8} {'faster':>6} {'asked':>5} {'CPU s/GiB':>9}", end="")
    print(f" {'peak MB':>8} {'RSS MB':>7}")
    for case in CASES:
        if case.name in absent:
            print(f"{case.name:26} skipped, {absent[case.name]}")
        if case.name not in wall:
            continue
        measured, wall_s = results[case.name], wall[case.name]
        factor, asked = (
            (f"{wall_s / ours:.2f}", f"{case.asked:.1f}") if case.asked and not math.isnan(ours) else ("", "")
        )
        peak = f"{max(one.peak_mb for one in measured):.0f}{'*' if case.ours else ' '}"
        print(f"{case.name:26} {len(measured):4} {wall_s:7.2f} {wall_s / limit:8.2f} {factor:>6} {asked:>5}", end="")
        print(f" {median(measured, 'cpu_s') / gib:9.2f} {peak:>8} {max(one.rss_mb for one in measured):7.0f}")
    if (own := results.get("verified copy", [])) and not math.isnan(limit):
        cpu = median(own, "cpu_s") / gib
        print(
            f"verified_copy_ratio={ours / limit:.2f} rss_mb={max(e.peak_mb for e in own):.0f} cpu_s_per_gib={cpu:.2f}"
        )


if __name__ == "__main__":
    sys.exit(main())
