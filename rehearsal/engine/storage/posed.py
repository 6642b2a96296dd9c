# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of a database as its posture shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.engine.posture import BACKUP_USER, WELL_KEPT, Posture

from .accounts import ROLES, Accounts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path


class PosedAccounts(Accounts):
    """Accounts as they were created, less what the posture withholds. Thread-safe."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        super().__init__(path, clock)
        self.posture: Posture = WELL_KEPT

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
