# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures what a whole night costs beside a bare script that has the driver export and pull the same schema.

    python bench/overhead.py [--servers 1 4 10] [--rounds 5] [--residents 2000] [--dir FOLDER]

Both take turns on the same rehearsal server, several databases at once: ansible-playbook with all six steps and the
papers, the same without the papers, and one bare process a database. CPU time is of all processes of a case, Ansible's
workers and modules among them, and not the server's. Ends with 1 if a night failed.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from copy_process import FailedError, Ran, run

ROOT = Path(__file__).resolve().parents[1]
BENCH = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from tests.rehearsal_server import RehearsalServer, rehearsal_server  # noqa: E402
from tests.unit.media.desk import register  # noqa: E402

SCHEMA = "SIAKOFF"
LIMIT_S = 600
#: What is asked of the play above the bare script, a server.
ASKED_WALL_S, ASKED_CPU_S = 5.0, 4.0
_NUMBERS = count(1)

CASES = ("play", "play, no papers", "bare")


@dataclass(frozen=True)
class Stage:
    """A server, and a folder for whatever a case leaves."""

    server: RehearsalServer
    root: Path


def play(stage: Stage, services: list[str], *papers: str) -> Ran:
    """Perform the night of these databases on a control node that is new. Raises FailedError."""
    var = stage.root / f"play-{next(_NUMBERS)}"
    for name in ("archive", "medium"):
        (var / name).mkdir(parents=True)
    register(var / "medium", "BENCH-01", purpose="bench", group="")
    hosts = {
        service: {
            "siak_office": f"Kantor {service}",
            "siak_connection": stage.server[service].connection,
            "siak_directory": stage.server[service].directory,
        }
        for service in services
    }
    shared = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "siak_schemas": [SCHEMA],
        "siak_key_tables": [f"{SCHEMA}.BIODATA_WNI", f"{SCHEMA}.DATA_KELUARGA"],
        "siak_archive_dir": str(var / "archive"),
        "siak_media": [{"dir": str(var / "medium"), "labels": ["BENCH-01"], "mount_required": False}],
        "siak_folder_pattern": "ddmmmyyyy",
        "siak_zone": "WIB",
        "siak_report": list(papers),
    }
    inventory = var / "hosts.json"
    inventory.write_text(json.dumps({"siak": {"hosts": hosts, "vars": shared}}), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "SIAK_"))}
    environment = kept | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "SIAK_AGENDA_DIR": str(var / "agenda")}
    program = Path(sys.executable).parent / "ansible-playbook"
    return run((str(program), str(ROOT / "backup.yml"), "-i", str(inventory)), environment, LIMIT_S)


def bare(stage: Stage, services: list[str]) -> Ran:
    """Have each database exported and its dump pulled by a process of its own. Raises FailedError."""
    lines = []
    for service in services:
        database, number = stage.server[service], next(_NUMBERS)
        login = ("--dsn", database.dsn, "--user", database.user, "--password-file", str(database.password_file))
        where = ("--directory", database.directory, "--schema", SCHEMA, "--job", f"BENCH_{number}")
        target = ("--target", str(stage.root / f"bare-{number}.dmp"))
        lines.append((sys.executable, str(BENCH / "overhead_bare.py"), *login, *where, *target))
    # One shell for all, so that one call waits for all and counts their CPU time.
    script = "".join(f"{shlex.join(line)} & p{number}=$!\n" for number, line in enumerate(lines))
    script += "".join(f"wait $p{number} || exit 1\n" for number in range(len(lines)))
    return run(("sh", "-c", script), os.environ | {"PYTHONPATH": str(ROOT / "module_utils")}, LIMIT_S)


def cases(stage: Stage, services: list[str]) -> dict[str, Callable[[], Ran]]:
    """Return what takes turns, by name."""
    papers = ("laporan", "agenda", "rekap", "status")
    acts = (lambda: play(stage, services, *papers), lambda: play(stage, services), lambda: bare(stage, services))
    return dict(zip(CASES, acts, strict=True))


def measure(stage: Stage, services: list[str], rounds: int) -> dict[str, tuple[float, float]]:
    """Let the cases take turns; return medians of wall and CPU seconds by case. Raises FailedError."""
    acts = cases(stage, services)
    ran: dict[str, list[Ran]] = {name: [] for name in acts}
    for number in range(rounds):
        for name, act in acts.items():
            ran[name].append(act())
            told = f"  {len(services)} servers, {number + 1}/{rounds} {name}: {ran[name][-1].wall_s:.1f} s"
            print(told, file=sys.stderr, flush=True)
    return {
        name: (statistics.median(one.wall_s for one in each), statistics.median(one.cpu_s for one in each))
        for name, each in ran.items()
    }


def report(stage: Stage, options: argparse.Namespace) -> None:
    """Measure and print. Raises FailedError."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before; {options.rounds} rounds; medians in seconds")
    print("of the whole case, and of what it has above the bare script, a server")
    print(f"{'servers':>7} {'case':16} {'wall':>7} {'CPU':>7} {'wall/server':>12} {'CPU/server':>11}")
    last = []
    for servers in options.servers:
        medians = measure(stage, list(stage.server.databases)[:servers], options.rounds)
        bare_wall_s, bare_cpu_s = medians["bare"]
        for name, (wall_s, cpu_s) in medians.items():
            over = f"{(wall_s - bare_wall_s) / servers:12.2f} {(cpu_s - bare_cpu_s) / servers:11.2f}"
            print(f"{servers:7} {name:16} {wall_s:7.2f} {cpu_s:7.2f} {over}")
        wall_s, cpu_s = medians["play"]
        last += [f"overhead_wall_{servers}={(wall_s - bare_wall_s) / servers:.2f}"]
        last += [f"overhead_cpu_{servers}={(cpu_s - bare_cpu_s) / servers:.2f}"]
    print(f"{' '.join(last)} asked_wall={ASKED_WALL_S:.0f} asked_cpu={ASKED_CPU_S:.0f}")


def main() -> int:
    """Measure and print; return 0 if every night went well."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--servers", type=int, nargs="+", default=[1, 4, 10])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--residents", type=int, default=2000)
    parser.add_argument("--dir", type=Path, default=ROOT / "var" / "bench")
    options = parser.parse_args()
    options.dir.mkdir(parents=True, exist_ok=True)
    root = Path(tempfile.mkdtemp(prefix="overhead-", dir=options.dir))
    databases = {f"kantor{number:02}": options.residents for number in range(1, max(options.servers) + 1)}
    try:
        with rehearsal_server(root / "state", **databases) as server:
            report(Stage(server, root), options)
    except FailedError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
