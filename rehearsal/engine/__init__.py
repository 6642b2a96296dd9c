# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine: executes SQL and PL/SQL as an Oracle database would, on SQLite."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.datapump import Faults, Pace

from .instance import Instance, open_instance
from .posture import BACKUP_USER, Posture
from .session import EngineSession
from .state import SessionState
from .storage.create import BACKUP_DIRECTORY, DatabaseSpec, create_database

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from rehearsal.contract import Verifier

__all__ = ["BACKUP_DIRECTORY", "BACKUP_USER", "DatabaseSpec", "RehearsalEngine", "create_database", "open_engine"]


def _server_clock() -> datetime:
    return datetime.now(UTC).astimezone()


class RehearsalEngine:
    """Implements `contract.Engine`: all databases behind one listener. Thread-safe."""

    def __init__(self, instances: Sequence[Instance]) -> None:
        self._instances = {instance.service.lower(): instance for instance in instances}
        self._serials = itertools.count(1001)

    def services(self) -> tuple[str, ...]:
        """Return the services' names."""
        return tuple(instance.service for instance in self._instances.values())

    def version(self, service: str) -> tuple[int, int, int, int, int]:
        """Return the five numbers of the version."""
        return self.database(service).facts.version

    def instance(self, service: str) -> str:
        """Return the instance's name."""
        return self.database(service).facts.instance

    def verifier(self, service: str, user: str) -> Verifier | None:
        """Return what to check a password against, None for an unknown user. Raises ORA-28000."""
        return self.database(service).accounts.verifier(user.upper())

    def login_failed(self, service: str, user: str) -> None:
        """Count a wrong password."""
        self.database(service).accounts.login_failed(user.upper())

    def open_session(self, service: str, user: str, client: dict[str, str]) -> EngineSession:
        """Open a session for a user whose password was checked. Raises ORA-28001, ORA-01045."""
        instance = self.database(service)
        name = user.upper()
        instance.accounts.logged_in(name)
        state = SessionState(instance, name, instance.next_session_id(), next(self._serials), name, dict(client))
        return EngineSession(state)

    def arm(self, service: str, faults: Faults) -> None:
        """Give faults to the Data Pump jobs opened from now on."""
        self.database(service).datapump.arm(faults)

    def pose(self, service: str, posture: Posture) -> None:
        """Set up the backup account and what it sees of the server, from the next statement on."""
        self.database(service).accounts.posture = posture

    def database(self, service: str) -> Instance:
        """Return the database behind a service; raises ORA-12514."""
        found = self._instances.get(service.lower())
        if found is None:
            raise OracleError(12514, f"TNS:listener does not currently know of service {service}", prefix="TNS")
        return found

    def close(self) -> None:
        """Stop all jobs, as a crash would, and close the files."""
        for instance in self._instances.values():
            instance.close()


def open_engine(
    state_dir: Path,
    specs: Sequence[DatabaseSpec],
    *,
    clock: Callable[[], datetime] = _server_clock,
    pace: Pace | None = None,
) -> RehearsalEngine:
    """Open the databases in `state_dir`/<service>, making those that do not exist yet."""
    instances = []
    for spec in specs:
        folder = state_dir / spec.service
        create_database(folder, spec, clock)
        instances.append(open_instance(folder, spec, clock, pace or Pace()))
    return RehearsalEngine(instances)
