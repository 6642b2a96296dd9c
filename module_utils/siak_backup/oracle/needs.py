# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account must have for an export, mode by mode (Data Pump's chapter on required roles)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from .scope import Scope

CREATE_TABLE: Final = "CREATE TABLE"
EXPORT_ROLE: Final = "DATAPUMP_EXP_FULL_DATABASE"

#: Either lets an account export what is not its own (10g knows only the second).
EXPORT_ROLES: Final = frozenset({EXPORT_ROLE, "EXP_FULL_DATABASE"})

#: Lets an account see the rows that row-level security hides; SYS alone has it without a grant.
EXEMPT_POLICY: Final = "EXEMPT ACCESS POLICY"

#: What Data Pump's master table takes at the least, generously.
MASTER_TABLE_BYTES: Final = 10 * 1024 * 1024


def needs_export_role(scope: Scope, *, user: str) -> bool:
    """Tell whether the account exports more than its own schema, whole or single tables of others."""
    return scope.is_full or set(scope.schemas) != {user}


def missing_privileges(scope: Scope, *, user: str, privileges: Collection[str], roles: Collection[str]) -> set[str]:
    """Return the system privileges and roles that the account still needs."""
    missing = {CREATE_TABLE} - set(privileges)
    if needs_export_role(scope, user=user) and not EXPORT_ROLES & set(roles):
        missing.add(EXPORT_ROLE)
    return missing
