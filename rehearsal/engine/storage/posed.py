# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of a database as its posture shows them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.engine.posture import BACKUP_USER, WELL_KEPT, Posture

from .accounts import ROLES, Account, Accounts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

_OWNER_PRIVILEGES = {"CREATE SESSION", "CREATE TABLE"}
_OWNER_GRANTS = (
    ("SYS", "SIAK_BACKUP_DIR", "DIRECTORY", "READ"),
    ("SYS", "SIAK_BACKUP_DIR", "DIRECTORY", "WRITE"),
    ("SYS", "V_$DATABASE", "VIEW", "SELECT"),
)
"""What docs/sql/backup_account_own.sql grants to the owner of the tables."""


class PosedAccounts(Accounts):
    """Accounts as they were created, less what the posture withholds. Thread-safe."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        super().__init__(path, clock)
        self.posture: Posture = WELL_KEPT

    def become(self, name: str, *, through: str) -> str:
        """Return the account that a proxy logs on as.

        Raises ORA-28150 without CONNECT THROUGH, ORA-28000 for a locked account, ORA-01045 without CREATE SESSION.
        """
        account = self.account(name)
        if through != BACKUP_USER or account is None or name != self._reachable:
            raise OracleError(28150, "proxy not authorized to connect as client")
        if "LOCKED" in account.status:
            raise OracleError(28000, "the account is locked")
        if "CREATE SESSION" not in self.privileges(name):
            raise OracleError(1045, f"user {name} lacks CREATE SESSION privilege; logon denied")
        return name

    @property
    def _reachable(self) -> str:
        return self.posture.connect_through.strip().upper()

    def users(self) -> list[Account]:
        """Return all users; the one that a proxy may become is open."""
        return [
            replace(account, status="OPEN", lock_date=None) if account.name == self._reachable else account
            for account in super().users()
        ]

    def quotas(self) -> list[tuple[str, str, int]]:
        """Return user, tablespace and maximum bytes; an owner of tables has a quota where they are."""
        owner = self.account(self._reachable)
        return [*super().quotas(), *([(owner.name, owner.default_tablespace, -1)] if owner else [])]

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
        held = super().privileges(user) | (_OWNER_PRIVILEGES if user == self._reachable else set())
        return {name for name in held if not self.posture.lacks(user, name)}

    def object_grants(self) -> list[tuple[str, str, str, str, str]]:
        """Return grantee, owner, object, kind and privilege of every object grant."""
        granted = [(self._reachable, *grant) for grant in _OWNER_GRANTS] if self._reachable else []
        return [
            row
            for row in [*super().object_grants(), *granted]
            if not any(self.posture.lacks(BACKUP_USER, name) for name in (row[2], row[4]))
        ]
