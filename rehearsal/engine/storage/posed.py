# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of a database as its posture shows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.engine.posture import BACKUP_USER, WELL_KEPT, Posture

from .accounts import ROLES, Account, Accounts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from rehearsal.contract import Verifier


class PosedAccounts(Accounts):
    """Accounts as they were created, less what the posture withholds. Thread-safe."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        super().__init__(path, clock)
        self.posture: Posture = WELL_KEPT
        self._now_at = clock

    def verifier(self, name: str) -> Verifier | None:
        """Return what to check a password against. Raises ORA-28000 for a locked account."""
        found = super().verifier(name)
        if found is not None and "LOCKED" in self.posture.status_of(name, ""):
            raise OracleError(28000, "the account is locked")
        return found

    def users(self) -> list[Account]:
        """Return all users in the order of their creation."""
        return [self._posed(account) for account in super().users()]

    def _posed(self, account: Account) -> Account:
        status = self.posture.status_of(account.name, account.status)
        days = self.posture.password_expires_in_days
        if days is None or account.name != BACKUP_USER:
            return replace(account, status=status)
        return replace(account, status=status, expiry_date=self._now_at() + timedelta(days=days, hours=1))

    def roles(self, user: str) -> set[str]:
        """Return all roles of a user, less those withheld and what they would bring."""
        found = super().roles(user)
        waiting = [role for role in found if self.posture.lacks(user, role)]
        while waiting:
            role = waiting.pop()
            found.discard(role)
            waiting.extend(ROLES.get(role, (set(), set()))[1])
        return found

    def privileges(self, user: str) -> set[str]:
        """Return all system privileges of a user, those of roles included."""
        return {name for name in super().privileges(user) if not self.posture.lacks(user, name)}

    def object_grants(self) -> list[tuple[str, str, str, str, str]]:
        """Return grantee, owner, object, kind and privilege of every object grant."""
        return [
            row
            for row in super().object_grants()
            if not any(self.posture.lacks(BACKUP_USER, name) for name in (row[2], row[4]))
        ]

    def quotas(self) -> list[tuple[str, str, int]]:
        """Return user, tablespace and maximum bytes."""
        most = self.posture.quota_bytes
        return [
            (user, space, bytes_ if most is None else most) for user, space, bytes_ in super().quotas() if most != 0
        ]

    def directories(self) -> dict[str, Path]:
        """Return the directory objects."""
        return {name: self.posture.folder_of(path) for name, path in super().directories().items()}
