# SPDX-License-Identifier: GPL-3.0-or-later
"""One pull of a night's pieces in a process of its own, for collect.py: prints its time, its CPU time and the sums."""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from functools import partial
from pathlib import Path

from siak_backup.oracle.connection import ConnectionSettings
from siak_backup.oracle.pieces import PiecesPlan, pull_pieces
from siak_backup.oracle.pull import RemoteFile
from siak_backup.oracle.pulled import PulledRecord
from siak_backup.oracle.session import Link, open_session


def pull(settings: ConnectionSettings, plan: PiecesPlan) -> dict[str, str]:
    """Pull as step 3 does; return each piece's SHA-256."""
    record = PulledRecord(plan.staging)
    whole = record.prepare(dict(plan.pieces), lambda _: None)
    with Link(partial(open_session, settings)) as link:
        pulled = pull_pieces(link, plan, record, whole=whole, on_bytes=lambda _: None)
    return {file.name: file.sha256 for file in pulled.files}


def discard(settings: ConnectionSettings, plan: PiecesPlan) -> dict[str, str]:
    """Read as `pull` does and keep nothing: what driver and server can do at most."""

    def read(pieces: tuple[tuple[str, int], ...]) -> None:
        with open_session(settings) as session:
            for name, size_bytes in pieces:
                remote = RemoteFile(session, plan.directory, name)
                for offset in range(0, size_bytes, plan.chunk_bytes):
                    remote.read(offset, plan.chunk_bytes)
                remote.close()

    threads = [
        threading.Thread(target=read, args=(plan.pieces[number :: plan.connections],))
        for number in range(plan.connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {}


def main() -> None:
    """Pull."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password-file", required=True)
    parser.add_argument("--directory", required=True)
    parser.add_argument("--staging", type=Path, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--chunk-kib", type=int, default=2048)
    parser.add_argument("--discard", action="store_true")
    parser.add_argument("pieces", nargs="+", help="NAME=BYTES")
    options = parser.parse_args()
    settings = ConnectionSettings(options.dsn, options.user, password_file=options.password_file)
    pieces = tuple((name, int(size)) for name, size in (piece.split("=") for piece in options.pieces))
    plan = PiecesPlan(options.directory, options.staging, pieces, options.connections, options.chunk_kib * 1024)
    began, cpu_began = time.perf_counter(), time.process_time()
    sums = (discard if options.discard else pull)(settings, plan)
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
    sys.stdout.write(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s, "sums": sums}))


if __name__ == "__main__":
    main()
