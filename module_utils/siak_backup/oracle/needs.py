# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account must have for an export, mode by mode (Data Pump's chapter on required roles)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

CREATE_TABLE: Final = "CREATE TABLE"
EXPORT_ROLE: Final = "DATAPUMP_EXP_FULL_DATABASE"

#: Either lets an account export what is not its own (10g knows only the second).
EXPORT_ROLES: Final = frozenset({EXPORT_ROLE, "EXP_FULL_DATABASE"})

#: Lets an account see the rows that row-level security hides; SYS alone has it without a grant.
EXEMPT_POLICY: Final = "EXEMPT ACCESS POLICY"

#: What Data Pump's master table takes at the least, generously.
MASTER_TABLE_BYTES: Final = 10 * 1024 * 1024


def needs_export_role(schemas: Collection[str], *, user: str, full: bool) -> bool:
    """Tell whether the account exports more than its own schema, whole or single tables of others."""
    return full or set(schemas) != {user}


def missing_privileges(
    schemas: Collection[str], *, user: str, full: bool, privileges: Collection[str], roles: Collection[str]
) -> set[str]:
    """Return the system privileges and roles that the account still needs; `full` means the whole database."""
    missing = {CREATE_TABLE} - set(privileges)
    if needs_export_role(schemas, user=user, full=full) and not EXPORT_ROLES & set(roles):
        missing.add(EXPORT_ROLE)
    return missing
