# SPDX-License-Identifier: GPL-3.0-or-later
"""How the backup account and its server are set up: what a DBA got wrong, hardened, or let run out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BACKUP_USER: Final = "SIAK_BACKUP"


@dataclass(frozen=True)
class Posture:
    """What an account may do and how a server is configured; the defaults are a well-kept one.

    Lists are separated by commas. Everything here is of the account SIAK_BACKUP and of what it sees.
    """

    withheld: str = ""
    """Privileges, roles, directory grants, packages and views that the account lacks,
    such as CREATE TABLE,WRITE. Seen by the doctor."""
    tablespace_free_bytes: int = 1024**3
    """Free in every tablespace, whose files cannot grow. Seen by the doctor."""
    folder_unseen: bool = False
    """DBMS_LOB.FILEEXISTS finds files, but not the folder itself by the name `.`. Seen by the doctor."""
    parameters: str = ""
    """Initialization parameters somebody set (V$PARAMETER),
    such as undo_retention=900,aq_tm_processes=0. Seen by the doctor."""
    access_policies: str = ""
    """Tables of SIAKOFF on which a policy of row-level security stands (ALL_POLICIES),
    such as BIODATA_WNI. Seen by the doctor."""
    profile_limits: str = ""
    """Resource limits of the account's profile (USER_RESOURCE_LIMITS), such as CONNECT_TIME=60. Seen by the doctor."""
    instances: int = 1
    """More than 1: a RAC database (GV$INSTANCE). Seen by the doctor."""
    container: str = ""
    """Container the service leads to: CDB$ROOT or a PDB's name;
    empty is a database without containers. Seen by the doctor."""
    network_encryption: str = ""
    """Algorithm of native network encryption that V$SESSION_CONNECT_INFO tells of, such as AES256.
    Seen by the doctor."""
    database_charset: str = ""
    """NLS_CHARACTERSET of the database, when it is not AL32UTF8. Seen by the doctor."""

    connect_through: str = ""
    """Account that SIAK_BACKUP may log on as (ALTER USER ... GRANT CONNECT THROUGH), with the grants of
    docs/sql/backup_account_own.sql, such as SIAKOFF. Without it a proxy gets ORA-28150. Seen by the doctor."""

    def lacks(self, user: str, name: str) -> bool:
        """Tell whether the backup account was not given something."""
        return user == BACKUP_USER and name in self._withheld

    def set_parameters(self) -> dict[str, str]:
        """Return the initialization parameters that were set, by name in lower case."""
        return {name.lower(): value for name, value in _pairs(self.parameters)}

    def set_limits(self) -> dict[str, str]:
        """Return the resource limits that were set, by name in upper case."""
        return {name.upper(): value for name, value in _pairs(self.profile_limits)}

    def policed_tables(self) -> list[str]:
        """Return the tables with a policy, in the order of their names."""
        return sorted(name.strip().upper() for name in self.access_policies.split(",") if name.strip())

    @property
    def _withheld(self) -> set[str]:
        return {name.strip().upper() for name in self.withheld.split(",") if name.strip()}


WELL_KEPT: Final = Posture()


def _pairs(text: str) -> list[tuple[str, str]]:
    found = [entry.partition("=") for entry in text.split(",") if entry.strip()]
    return [(name.strip(), value.strip()) for name, _, value in found]
