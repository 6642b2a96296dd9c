# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures step 3's pull of a night's dump beside scp and rsync over a loopback SSH server, on the same files.

    python bench/collect.py [--size-mib 1024] [--pieces 4] [--rounds 5] [--connections 1] [--dir FOLDER] [--only NAME]

All cases take turns in one run, shuffled, with the files in the page cache and the target absent before each;
medians are told. The database is the rehearsal server, the client the unmodified driver. Ends with 1 if a file did
not arrive as it was.
"""

from __future__ import annotations

import argparse
import filecmp
import hashlib
import json
import math
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from collect_ssh import SshServer, missing, ssh_server
from copy_process import FailedError, run

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.rehearsal_server import RehearsalDatabase, rehearsal_server  # noqa: E402

BENCH = Path(__file__).resolve().parent
MIB = 1024 * 1024
SEED = 620899
SERVICE = "bench"
PREFIX = "SIAK_BENCH_"
#: Of one program.
LIMIT_S = 600
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Place:
    """Where the files lie, their sums, and where they are to go."""

    source: Path
    sums: dict[str, str]
    sizes: dict[str, int]
    target: Path


@dataclass(frozen=True)
class Case:
    """A case: its programs, run one after the other, and the process that serves it."""

    name: str
    steps: Callable[[Place], list[tuple[str, ...]]]
    server: int
    ours: bool = False
    #: Whether files are to be found in the target afterwards.
    keeps: bool = True


@dataclass(frozen=True)
class Measured:
    """One run: seconds of the clock, of the client's CPUs with and without Python's start, and of the server's."""

    wall_s: float
    cpu_s: float
    work_cpu_s: float
    server_cpu_s: float
    equal: bool


def make_pieces(folder: Path, count: int, size_bytes: int) -> dict[str, str]:
    """Write pieces of noise, which nothing on the way can shrink; return their sums."""
    rng = random.Random(SEED)  # noqa: S311 - not for secrets
    sums = {}
    for number in range(1, count + 1):
        path = folder / f"{PREFIX}{number:02}.dmp"
        digest = hashlib.sha256()
        with path.open("wb") as file:
            for _ in range(size_bytes // count // MIB):
                block = rng.randbytes(MIB)
                digest.update(block)
                file.write(block)
        sums[path.name] = digest.hexdigest()
    return sums


def cases(database: RehearsalDatabase, server: int, ssh: SshServer | None, connections: list[int]) -> list[Case]:
    """Return what takes turns; without an SSH server ours alone."""

    def ours(count: int, *options: str) -> Callable[[Place], list[tuple[str, ...]]]:
        def steps(place: Place) -> list[tuple[str, ...]]:
            login = ("--dsn", database.dsn, "--user", database.user, "--password-file", str(database.password_file))
            where = ("--directory", database.directory, "--staging", str(place.target / "staging"))
            pieces = [f"{name}={size}" for name, size in place.sizes.items()]
            script = str(BENCH / "collect_ours.py")
            return [(sys.executable, script, *login, *where, "--connections", str(count), *options, *pieces)]

        return steps

    most = max(connections)
    found = [Case(f"ours, {count} connections", ours(count), server, ours=True) for count in connections]
    found.append(Case("driver alone, nothing kept", ours(most, "--discard"), server, ours=True, keeps=False))
    if ssh is None:
        return found

    def copied(command: tuple[str, ...], *checks: str) -> Callable[[Place], list[tuple[str, ...]]]:
        def steps(place: Place) -> list[tuple[str, ...]]:
            # One name with a wildcard: of several, scp makes a connection each and waits for the last alone.
            programs = [(*command, f"127.0.0.1:{place.source}/{PREFIX}*", f"{place.target}/")]
            if checks:
                programs += [("sync", "-f", str(place.target))]
                programs += [(*checks, *(str(place.target / name) for name in place.sums))]
            return programs

        return steps

    return [
        *found,
        Case("scp", copied(ssh.scp), ssh.pid),
        Case("rsync", copied(ssh.rsync), ssh.pid),
        Case("scp + sync + openssl", copied(ssh.scp, "openssl", "dgst", "-sha256"), ssh.pid),
    ]


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def measure(case: Case, place: Place) -> Measured:
    """Run a case once. Raises FailedError."""
    shutil.rmtree(place.target, ignore_errors=True)
    place.target.mkdir()
    for name in place.sums:
        with (place.source / name).open("rb", buffering=0) as file:
            while file.read(8 * MIB):
                pass
    subprocess.run(["sync", "-f", str(place.target)], check=True, timeout=LIMIT_S)
    served = cpu_of(case.server)
    ran = [run(step, os.environ | {"PYTHONPATH": str(ROOT / "module_utils")}, LIMIT_S) for step in case.steps(place)]
    server_cpu_s = cpu_of(case.server) - served
    wall_s, cpu_s = sum(one.wall_s for one in ran), sum(one.cpu_s for one in ran)
    if not case.ours:
        equal = all(filecmp.cmp(place.source / name, place.target / name, shallow=False) for name in place.sums)
        return Measured(wall_s, cpu_s, cpu_s, server_cpu_s, equal)
    told = json.loads(ran[0].output)
    equal = not case.keeps or told["sums"] == place.sums
    return Measured(told["wall_s"], cpu_s, told["cpu_s"], server_cpu_s, equal)


def report(options: argparse.Namespace, root: Path) -> int:
    """Run all rounds below `root` and print the table."""
    why = missing()
    with rehearsal_server(root / "state", **{SERVICE: 10}) as server:
        database = server[SERVICE]
        sums = make_pieces(database.directory_path, options.pieces, options.size_mib * MIB)
        sizes = {name: (database.directory_path / name).stat().st_size for name in sums}
        place = Place(database.directory_path, sums, sizes, root / "target")
        connections = sorted({1, 2, options.connections})
        if why:
            print(f"scp and rsync skipped, {why}")
            found = cases(database, server.process.pid, None, connections)
            results = take_turns(found, place, options)
        else:
            with ssh_server(root / "ssh") as ssh:
                found = cases(database, server.process.pid, ssh, connections)
                results = take_turns(found, place, options)
    print_table(results, sum(sizes.values()), options.connections)
    complete = all(len(measured) == options.rounds for measured in results.values())
    return int(not complete or not all(each.equal for measured in results.values() for each in measured))


def take_turns(found: list[Case], place: Place, options: argparse.Namespace) -> dict[str, list[Measured]]:
    """Measure every case once a round."""
    found = [case for case in found if not options.only or case.name in options.only]
    results: dict[str, list[Measured]] = {case.name: [] for case in found}
    rng = random.Random(SEED)  # noqa: S311 - not for secrets
    for number in range(options.rounds):
        for case in rng.sample(found, len(found)):
            try:
                measured = measure(case, place)
            except FailedError as error:
                print(f"  {case.name}: {error}", file=sys.stderr)
                continue
            results[case.name].append(measured)
            print(f"  {number + 1}/{options.rounds} {case.name}: {measured.wall_s:.2f} s", file=sys.stderr, flush=True)
    return results


def print_table(results: dict[str, list[Measured]], size_bytes: int, connections: int) -> None:
    """Print a row a case, and the line that others read last."""
    gib = size_bytes / (1 << 30)
    print(
        f"{gib:.2f} GiB, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; medians, seconds; ours hash and fsync"
    )
    print("client CPU of all its processes, without Python's start, and the least of all runs; then the server's")
    print(f"{'case':28} {'runs':>4} {'wall':>7} {'MB/s':>6} {'client':>7} {'no start':>8} {'least':>6} {'server':>7}")
    medians = {}
    for name, measured in results.items():
        if not measured:
            continue
        figures = [
            statistics.median(getattr(each, key) for each in measured)
            for key in ("wall_s", "cpu_s", "work_cpu_s", "server_cpu_s")
        ]
        medians[name] = figures
        wall_s, *cpu = figures
        print(f"{name:28} {len(measured):4} {wall_s:7.2f} {size_bytes / wall_s / 1e6:6.0f}", end="")
        least = min(each.cpu_s for each in measured)
        print(f" {cpu[0]:7.2f} {cpu[1]:8.2f} {least:6.2f} {cpu[2]:7.2f}")
    nothing = [math.nan] * 4
    ours = medians.get(f"ours, {connections} connections", nothing)
    scp, rsync, proven = (medians.get(name, nothing) for name in ("scp", "rsync", "scp + sync + openssl"))
    print(
        f"collect_vs_scp={ours[0] / scp[0]:.2f} collect_vs_rsync={ours[0] / rsync[0]:.2f} "
        f"collect_vs_proven_scp={ours[0] / proven[0]:.2f} cpu_vs_scp={ours[1] / scp[1]:.2f} "
        f"cpu_vs_rsync={ours[1] / rsync[1]:.2f} cpu_vs_proven_scp={ours[1] / proven[1]:.2f} "
        f"both_ends_vs_scp={(ours[1] + ours[3]) / (scp[1] + scp[3]):.2f} "
        f"both_ends_vs_rsync={(ours[1] + ours[3]) / (rsync[1] + rsync[3]):.2f}"
    )


def main() -> int:
    """Measure and print; return 0 if every file arrived as it was."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--size-mib", type=int, default=1024)
    parser.add_argument("--pieces", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--dir", type=Path, default=ROOT / "var" / "bench")
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    options.dir.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(options.dir).free < 3 * options.size_mib * MIB:
        sys.exit(f"{options.dir} needs {3 * options.size_mib * MIB / 1e9:.0f} GB free")
    root = Path(tempfile.mkdtemp(prefix="collect-", dir=options.dir))
    try:
        return report(options, root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
