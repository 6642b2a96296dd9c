# SPDX-License-Identifier: GPL-3.0-or-later
"""One export and its pull by the driver alone, for overhead.py: what a night cannot do without, and nothing else.

Connects, has Data Pump export a schema, waits for its end, reads the dump by BFILE with SHA-256 and keeps it. Of the
product it has the SQL texts only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from pathlib import Path

import oracledb
from siak_backup.oracle import statements

CHUNK_BYTES = 2 * 1024 * 1024
#: Of GET_STATUS, which answers sooner when the job ends.
_POLL_S = 5
_JOB_STATUS = 4


def export(cursor: oracledb.Cursor, directory: str, schema: str, job: str) -> None:
    """Export a schema to one piece, or raise."""
    handle = cursor.var(int)
    cursor.execute(statements.OPEN, {"handle": handle, "job_mode": "SCHEMA", "job_name": job, "version": "COMPATIBLE"})
    given = {"handle": handle.getvalue(), "directory": directory}
    cursor.execute(statements.ADD_LOG_FILE, given | {"filename": f"{job}.log"})
    cursor.execute(statements.ADD_DUMP_FILES, given | {"filename": f"{job}.dmp", "piece_size": "3900M"})
    cursor.execute(statements.FILTER_SCHEMAS, {"handle": given["handle"], "predicate": f"IN ('{schema}')"})
    cursor.execute(statements.START_JOB, {"handle": given["handle"]})
    numbers = ("bytes_processed", "total_bytes", "percent_done", "error_count")
    told = {name: cursor.var(int) for name in numbers}
    told |= {name: cursor.var(str, 8000) for name in ("job_state", "messages", "problems")}
    asked = {"handle": given["handle"], "mask": _JOB_STATUS, "timeout": _POLL_S}
    state = ""
    while state != "COMPLETED":
        cursor.execute(statements.GET_STATUS, told | asked)
        state = told["job_state"].getvalue()
        if state in ("STOPPED", "NOT RUNNING"):
            sys.exit(f"the job is {state}")


def pull(cursor: oracledb.Cursor, directory: str, name: str, path: Path) -> tuple[int, str]:
    """Bring a file here; return its bytes and its SHA-256."""
    cursor.execute(statements.BFILE, {"directory": directory, "filename": name})
    (lob,) = cursor.fetchone()
    lob.open()
    digest, size_bytes = hashlib.sha256(), 0
    with path.open("wb", buffering=0) as file:
        while chunk := lob.read(size_bytes + 1, CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
            size_bytes += len(chunk)
        os.fsync(file.fileno())
    lob.close()
    return size_bytes, digest.hexdigest()


def main() -> None:
    """Export, pull, and print seconds and what came."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    for name in ("dsn", "user", "password-file", "directory", "schema", "job"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--target", type=Path, required=True)
    options = parser.parse_args()
    password = Path(options.password_file).read_text(encoding="utf-8").strip()
    with oracledb.connect(dsn=options.dsn, user=options.user, password=password, sdu=65535) as connection:
        cursor = connection.cursor()
        began = time.perf_counter()
        export(cursor, options.directory, options.schema, options.job)
        export_s = time.perf_counter() - began
        size_bytes, sha256 = pull(cursor, options.directory, f"{options.job}.dmp", options.target)
    sys.stdout.write(json.dumps({"export_s": export_s, "size_bytes": size_bytes, "sha256": sha256}))


if __name__ == "__main__":
    main()
