# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine: executes SQL and PL/SQL as an Oracle database would, on SQLite."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.datapump import Faults, Pace

from .clock import ClockFaults, ServerClock
from .instance import Instance, open_instance
from .posture import BACKUP_USER, Posture
from .session import EngineSession
from .state import SessionState
from .storage.access import AccessFaults
from .storage.create import BACKUP_DIRECTORY, DatabaseSpec, create_database

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from rehearsal.contract import Verifier

__all__ = [
    "BACKUP_DIRECTORY",
    "BACKUP_USER",
    "AccessFaults",
    "ClockFaults",
    "DatabaseSpec",
    "RehearsalEngine",
    "create_database",
    "open_engine",
]


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

    def logon_warning(self, service: str, user: str) -> OracleError | None:
        """Return ORA-28002 for a user whose password is about to expire."""
        return self.database(service).accounts.logon_warning(user.upper())

    def open_session(self, service: str, user: str, client: dict[str, str], *, become: str = "") -> EngineSession:
        """Open a session for a user whose password was checked, or for the account that he is to `become`.

        Raises ORA-28001, ORA-01045, ORA-28150 and ORA-28000.
        """
        instance = self.database(service)
        name = user.upper()
        instance.accounts.logged_in(name)
        said = dict(client)
        if become:
            said["proxy_user"] = name
            name = instance.accounts.become(become, through=name)
        state = SessionState(instance, name, instance.next_session_id(), next(self._serials), name, said)
        return EngineSession(state)

    def arm(self, service: str, job: Faults, access: AccessFaults, clock: ClockFaults) -> None:
        """Give faults to the Data Pump jobs opened from now on, to the accounts and to the clock at once."""
        instance = self.database(service)
        instance.datapump.arm(job)
        instance.accounts.arm(access)
        if isinstance(instance.clock, ServerClock):
            instance.clock.arm(clock)

    def jobs_at_work(self, service: str) -> tuple[tuple[str, ...], int]:
        """Return the Data Pump jobs that run, and how many ran at once at the most."""
        return self.database(service).datapump.at_work()

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
    clock: Callable[[], datetime] | None = None,
    pace: Pace | None = None,
) -> RehearsalEngine:
    """Open the databases in `state_dir`/<service>, making those that do not exist yet."""
    instances = []
    for spec in specs:
        folder = state_dir / spec.service
        shown = clock or ServerClock()
        create_database(folder, spec, shown)
        instances.append(open_instance(folder, spec, shown, pace or Pace()))
    return RehearsalEngine(instances)
