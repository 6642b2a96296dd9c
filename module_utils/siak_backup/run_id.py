# SPDX-License-Identifier: GPL-3.0-or-later
"""The id of a run, e.g. `20250109T093500Z-3f9a1c`: its start in UTC and six random hex digits."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime

from .errors import ConfigError

_PATTERN = re.compile(r"(?P<stamp>[0-9]{8}T[0-9]{6}Z)-(?P<suffix>[0-9a-f]{6})")
_STAMP = "%Y%m%dT%H%M%SZ"


def new_run_id(now: datetime) -> str:
    """Return an id for a run that starts `now`, which must be aware."""
    return f"{now.astimezone(UTC):{_STAMP}}-{secrets.token_hex(3)}"


def is_run_id(text: str) -> bool:
    """Tell whether a text has the form of a run id."""
    return _PATTERN.fullmatch(text) is not None


def split_run_id(run_id: str) -> tuple[str, str]:
    """Return an id's stamp and suffix. Raises ConfigError for what is not a run id."""
    match = _PATTERN.fullmatch(run_id)
    if not match:
        raise ConfigError(f"id run {run_id!r} tidak sah", where="run.id", remedy="jalankan lewat ansible-playbook")
    return match["stamp"], match["suffix"]


def run_started_at(run_id: str) -> datetime:
    """Return when the run started, UTC. Raises ConfigError for what is not a run id."""
    stamp, _ = split_run_id(run_id)
    try:
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise ConfigError(
            f"id run {run_id!r} menyebut waktu yang tidak ada", where="run.id", remedy="jalankan lewat ansible-playbook"
        ) from None
