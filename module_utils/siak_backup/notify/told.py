# SPDX-License-Identifier: GPL-3.0-or-later
"""Which channels have been told of a run, so that nobody is told twice: `<agenda>/kabar/<run id>.json`.

No record of the agenda: what cannot be read counts as not told.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..agenda.journal import agenda_errors
from ..durable import write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_FOLDER = "kabar"
_MAX_BYTES = 64 * 1024


def told_channels(agenda_dir: Path, run_id: str) -> frozenset[str]:
    """Return the names of the channels that have been told; none if nothing sound is on disk."""
    try:
        with _path(agenda_dir, run_id).open("rb") as file:
            names = json.loads(file.read(_MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return frozenset()
    return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()


def remember(agenda_dir: Path, run_id: str, names: Iterable[str]) -> None:
    """Add names of channels that have been told of a run. Raises AgendaError."""
    path = _path(agenda_dir, run_id)
    known = told_channels(agenda_dir, run_id) | set(names)
    with agenda_errors(path):
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        write_atomic(path, json.dumps(sorted(known)).encode() + b"\n", mode=0o640)


def _path(agenda_dir: Path, run_id: str) -> Path:
    return agenda_dir / _FOLDER / f"{run_id}.json"
