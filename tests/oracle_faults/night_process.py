# SPDX-License-Identifier: GPL-3.0-or-later
"""One night as a process of its own, to be killed: `python -m tests.oracle_faults.night_process` with JSON on stdin."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rehearsal_server import RehearsalDatabase

from tests.oracle_faults.nights import Office


def main() -> None:
    """Perform the night that stdin describes, and print its verdict."""
    asked = json.load(sys.stdin)
    paths = {name: Path(asked["database"][name]) for name in ("password_file", "directory_path")}
    office = Office(Path(asked["root"]), RehearsalDatabase(**(asked["database"] | paths)))
    verdict = office.night(asked["stamp"], **asked["changed"])
    sys.stdout.write(json.dumps({"step": verdict.step, "message": verdict.message}))


if __name__ == "__main__":
    main()
