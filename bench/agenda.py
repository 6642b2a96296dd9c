# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the agenda on a year of 514 servers: reports, one line, step 6, the whole chain.

    python bench/agenda.py [--servers 514] [--nights 365] [--appends 500] [--dir FOLDER]

Writes a true journal (1.2 GB; 3 GB must be free), measures each case in a fresh process, and removes it. Ends with 1 if
the chain is not whole, a night is missing, or a damaged line is not told.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from agenda_year import NODE, servers, write_year
from siak_backup.agenda import heads
from siak_backup.agenda.chain import verify
from siak_backup.agenda.journal import Journal, journal_dir, journal_files, progress_dir
from siak_backup.agenda.ledger import run_has_begun, run_of, unfinished_runs
from siak_backup.agenda.line import Sound, parse
from siak_backup.agenda.missed import Expected
from siak_backup.agenda.period import read_period
from siak_backup.agenda.proof import prove
from siak_backup.calendar import WIB, ServiceHours
from siak_backup.durable import fsync_file
from siak_backup.report.documents import Target
from siak_backup.report.make import Kind, Request, apply
from siak_backup.report.office import Letterhead
from siak_backup.sop import Sop, load_sop
from siak_backup.status.settings import StatusSettings

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "roles" / "report"
FIRST = date(2025, 1, 1)
OLDER_FILES = 24
_LIMIT_S = 900
_RECORD = {
    "event": "step_end",
    "server": "kabupaten-001",
    "step": 2,
    "status": "ok",
    "reason": "",
    "facts": {"x": "y" * 500},
}


def rekap(agenda: Path, sop: Sop, last: date) -> dict[str, Any]:
    """A month's rekap, from the journal to the PDF."""
    return papers("rekap", agenda, sop, last)


def status(agenda: Path, sop: Sop, last: date) -> dict[str, Any]:
    """The status page, from 90 days of the journal to the HTML."""
    return papers("status", agenda, sop, last)


def papers(kind: Kind, agenda: Path, sop: Sop, last: date) -> dict[str, Any]:
    """Make one kind of paper as `agenda_report` does, and tell its size; before it, what its reading alone takes."""
    since = last.replace(day=1) if kind == "rekap" else last - timedelta(days=89)
    cpu = time.process_time()
    nights = len(read_period(agenda, sop, since, last).nights)
    read_cpu_s = time.process_time() - cpu
    names = servers(max(1, round(nights / ((last - since).days + 1))))
    expected = tuple(Expected(name, f"Dinas {name}", WIB, ServiceHours(), FIRST) for name in names)
    with tempfile.TemporaryDirectory() as folder:
        request = Request(
            agenda_dir=agenda, sop=sop, expected=expected,
            target=Target(Path(folder), ASSETS / "templates", Letterhead.parse({}, sop)),
            assets=ASSETS, status=StatusSettings(), kinds=(kind,), since=last.replace(day=1), until=last, run="",
            now=datetime(last.year, last.month, last.day, 23, tzinfo=WIB.tzinfo),
        )  # fmt: skip
        began, cpu = time.perf_counter(), time.process_time()
        made = apply(request)
        made_s, made_cpu_s = time.perf_counter() - began, time.process_time() - cpu
        size_bytes = sum(path.stat().st_size for path in made.files[kind])
    return {
        "nights": nights, "damage": len(made.damage), "read_cpu_s": read_cpu_s, "made_s": made_s,
        "made_cpu_s": made_cpu_s, "kb": size_bytes // 1000,
    }  # fmt: skip


def whole(agenda: Path, sop: Sop, last: date) -> dict[str, Any]:  # noqa: ARG001 - every case takes the same
    """The whole year's chain, as `verify` follows it, and its head."""
    problems = verify(journal_dir(agenda))
    return {"problems": [str(each) for each in problems], "head": str(heads.newest(agenda)[0])}


def starts(agenda: Path, sop: Sop, last: date) -> dict[str, Any]:  # noqa: ARG001
    """What a run's begin looks for, and what step 1 of each server does, in CPU seconds."""
    run, _ = newest_run(agenda)
    begin_s = timed(lambda: unfinished_runs(agenda, NODE), time.process_time)
    step_1_s = statistics.median(timed(lambda: run_has_begun(agenda, run), time.process_time) for _ in range(9))
    return {"begin_s": begin_s, "step_1_s": step_1_s}


def step_6(agenda: Path, sop: Sop, last: date) -> dict[str, Any]:  # noqa: ARG001
    """Step 6 of every server of the newest run, in CPU seconds: each on its own, and then with the run's checkpoint."""
    run, names = newest_run(agenda)
    shutil.rmtree(progress_dir(agenda, run), ignore_errors=True)

    def one(name: str) -> float:
        return timed(lambda: prove(agenda, sop, run_id=run, server=name, node=NODE, role="record"), time.process_time)

    # Without the run's folder there is no checkpoint, and each server follows the whole month.
    alone_s = statistics.median(one(name) for name in names[:3])
    progress_dir(agenda, run).mkdir(parents=True)
    first_s, *rest = [one(name) for name in names]
    shutil.rmtree(progress_dir(agenda, run))
    return {
        "servers": len(names),
        "alone_s": alone_s,
        "first_s": first_s,
        "later_s": statistics.median(rest),
        "all_alone_s": alone_s * len(names),
        "all_s": first_s + sum(rest),
    }


CASES: dict[str, Callable[[Path, Sop, date], dict[str, Any]]] = {
    "rekap": rekap, "status": status, "whole": whole, "starts": starts, "step_6": step_6,
}  # fmt: skip


def newest_run(agenda: Path) -> tuple[str, list[str]]:
    """Return the newest run and its servers."""
    file = journal_files(journal_dir(agenda))[-1]
    with file.path.open("rb") as opened:
        opened.seek(-4096, os.SEEK_END)
        line = parse(opened.read().splitlines()[-1], 0)
    assert isinstance(line, Sound)  # noqa: S101 - for mypy
    run = run_of(agenda, line.record["run"])
    assert run is not None  # noqa: S101 - for mypy
    return run.id, list(run.servers)


def timed(act: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the seconds an act takes, by the clock of the wall or of the processor."""
    began = clock()
    act()
    return clock() - began


def fresh(name: str, agenda: Path, last: date) -> dict[str, Any]:
    """Measure a case in a process of its own: what it tells, its seconds, its CPU seconds and its peak memory."""
    command = [sys.executable, __file__, "--case", name, "--agenda", str(agenda), "--last", last.isoformat()]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=_LIMIT_S)
    told: dict[str, Any] = json.loads(done.stdout)
    print(name, " ".join(f"{key}={value:.3f}" if isinstance(value, float) else f"{key}={value}"
                         for key, value in told.items()), flush=True)  # fmt: skip
    return told


def case(name: str, agenda: Path, last: date) -> None:
    """Be that process."""
    sop = load_sop(ROOT / "sop/backup-database.yml")
    began = time.perf_counter()
    told = CASES[name](agenda, sop, last)
    wall_s = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(told | {"wall_s": wall_s, "cpu_s": used.ru_utime + used.ru_stime, "rss_mb": used.ru_maxrss / 1024})
    )


def appends(agenda: Path, count: int, now: datetime) -> tuple[float, float, float, float]:
    """Append lines, and between them write and fsync the same bytes bare; return median and p95 of both, in ms."""
    journal = Journal(agenda, node=NODE, clock=lambda: now)
    path = journal.append({"run": "bench"} | _RECORD)
    size = path.stat().st_size
    journal.append({"run": "bench"} | _RECORD)
    length = path.stat().st_size - size
    bare = os.open(agenda / "bare", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    ours, theirs = [], []
    for _ in range(count):
        ours.append(1000 * timed(lambda: journal.append({"run": "bench"} | _RECORD)))
        theirs.append(1000 * timed(lambda: (os.write(bare, b"x" * length), os.fsync(bare))))
    os.close(bare)
    return *_told(ours), *_told(theirs)


def _told(times: list[float]) -> tuple[float, float]:
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def measure_appends(year: Path, folder: Path, count: int) -> tuple[float, float]:
    """Print one line's cost in a new month, in a full one, and beside many older months; return the last's medians."""
    newest = journal_files(journal_dir(year))[-1]
    now = datetime.fromisoformat(f"{newest.month}-28T12:00:00+00:00").astimezone(UTC)
    result = (0.0, 0.0)
    for name, is_full, older in (
        ("new month", False, 0),
        ("full month", True, 0),
        ("full month, 24 older", True, OLDER_FILES),
    ):
        agenda = folder / name.replace(" ", "-")
        journal_dir(agenda).mkdir(parents=True)
        for number in range(older):
            month = date(now.year - 1 - number // 12, number % 12 + 1, 1)
            (journal_dir(agenda) / f"{month:%Y-%m}-{NODE}.jsonl").write_bytes(b'{"v":1}\n')
        if is_full:
            fsync_file(Path(shutil.copy(newest.path, journal_dir(agenda))))
        ours, ours_95, bare, bare_95 = appends(agenda, count, now)
        print(f"append {name}: ms={ours:.2f} p95={ours_95:.2f} bare={bare:.2f} bare_p95={bare_95:.2f}", flush=True)
        result = (ours, bare)
    return result


def main() -> int:
    """Measure and print; return 0 if what was read is what was written."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--servers", type=int, default=514)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--appends", type=int, default=500)
    parser.add_argument("--dir", type=Path, default=ROOT / "var" / "bench")
    parser.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    parser.add_argument("--agenda", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--last", type=date.fromisoformat, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        case(options.case, options.agenda, options.last)
        return 0
    options.dir.mkdir(parents=True, exist_ok=True)
    wanted = options.servers * options.nights * 16_000
    if shutil.disk_usage(options.dir).free < wanted:
        sys.exit(f"{options.dir} needs {wanted / 1e9:.1f} GB free")
    with tempfile.TemporaryDirectory(prefix="agenda-", dir=options.dir) as folder:
        return measure(Path(folder), options)


def measure(folder: Path, options: argparse.Namespace) -> int:
    """Write the year and measure it."""
    year, last = folder / "year", FIRST + timedelta(days=options.nights - 1)
    began = time.perf_counter()
    written = write_year(year, count=options.servers, nights=options.nights, first=FIRST)
    print(
        f"written lines={written.lines} mb={written.size_bytes / 1e6:.0f} s={time.perf_counter() - began:.0f}",
        flush=True,
    )
    ours_ms, bare_ms = measure_appends(year, folder, options.appends)
    told = {name: fresh(name, year, last) for name in CASES}
    harm(journal_files(journal_dir(year))[-1].path)
    harmed = fresh("rekap", year, last)
    expected = (last.day * options.servers, min(90, options.nights) * options.servers)
    sound = (
        not told["whole"]["problems"]
        and (told["rekap"]["nights"], told["status"]["nights"]) == expected
        and (told["rekap"]["damage"], harmed["damage"], harmed["nights"]) == (0, 1, told["rekap"]["nights"])
    )
    print("sound" if sound else f"NOT SOUND: expected nights {expected}", len(servers(options.servers)), "servers")
    rss_mb = max(told["rekap"]["rss_mb"], told["status"]["rss_mb"])
    print(
        f"step_6_cpu_s={told['step_6']['later_s']:.3f} alone_cpu_s={told['step_6']['alone_s']:.3f} "
        f"run_cpu_s={told['step_6']['all_s']:.0f} run_alone_cpu_s={told['step_6']['all_alone_s']:.0f} "
        f"verify_s={told['whole']['wall_s']:.1f} verify_cpu_s={told['whole']['cpu_s']:.1f} "
        f"verify_mb={told['whole']['rss_mb']:.0f} "
        f"rekap_cpu_s={told['rekap']['made_cpu_s']:.1f} status_cpu_s={told['status']['made_cpu_s']:.1f}"
    )
    print(
        f"agenda_rekap_s={told['rekap']['made_s']:.1f} status_s={told['status']['made_s']:.1f} rss_mb={rss_mb:.0f} "
        f"append_ms={ours_ms:.2f} bare_ms={bare_ms:.2f}"
    )
    return 0 if sound else 1


def harm(path: Path) -> None:
    """Cut the end of a line in the midst of a file: it must be told, and all others still read."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.readline()
        file.readline()
        end = file.tell()
        file.seek(end - 2)
        file.write(b"x")


if __name__ == "__main__":
    sys.exit(main())
