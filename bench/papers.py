# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the office's papers take, and how much memory: `PYTHONPATH=module_utils:tests/unit/report`.

The argument is the number of servers, 514 by default: every kabupaten and
kota. The nights are invented; nothing is read from a journal.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from evenings import LETTERHEAD, SOP, TEMPLATES, busy_month, failed, good, run_of
from siak_backup.report.documents import Page, Papers, Target


def told(name: str, act: Callable[[], object]) -> None:
    """Do something and print its seconds, on the wall's clock and of a core, and the process's greatest size so far."""
    wall, core = time.perf_counter(), time.process_time()
    act()
    wall, core = time.perf_counter() - wall, time.process_time() - core
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:24} {wall:7.1f} s wall {core:7.1f} s core {peak_mb:7.0f} MB peak")


def main() -> None:
    """Write a night's and a month's papers."""
    servers = int(sys.argv[1]) if len(sys.argv) > 1 else 514
    with tempfile.TemporaryDirectory() as folder:
        papers = Papers(Target(Path(folder), TEMPLATES, LETTERHEAD))
        names = [f"server-{number:03}" for number in range(servers)]
        night = [failed(name) if number % 7 == 0 else good(name, files=4) for number, name in enumerate(names)]
        pages = [Page(run_of(server), server, urut=number) for number, server in enumerate(night, start=1)]
        told(f"{servers} Laporan", lambda: [papers.write_laporan(SOP, page) for page in pages])
        told("the same together", lambda: papers.write_night(SOP, pages))
        period, expected, missed = busy_month(servers)
        told("rekap of a month", lambda: papers.write_rekap(period, expected, missed))
        told("register of a month", lambda: papers.write_register(SOP, period, missed))


if __name__ == "__main__":
    main()
