# SPDX-License-Identifier: GPL-3.0-or-later
"""Directory objects: who may reach which file through them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError

if TYPE_CHECKING:
    from pathlib import Path

    from .posed import PosedAccounts

_LONGEST_NAME_BYTES = 255


@dataclass(frozen=True)
class Directories:
    """Resolves directory names for one user; each caller says which error its package raises."""

    accounts: PosedAccounts
    user: str

    def path(self, directory: str, *, write: bool) -> Path | None:
        """Return the folder, or None if the name is unknown or the user lacks READ (or WRITE)."""
        folder = self.accounts.directories().get(directory)
        privilege = "WRITE" if write else "READ"
        allowed = self.accounts.has_object(self.user, "SYS", directory, privilege)
        if folder is None or not allowed:
            return None
        # The rehearsal may run as root, whom no mode keeps out: a folder that is not there takes no files either.
        return folder / "tidak-dapat-ditulisi" if write and self.accounts.faults.folder_read_only else folder

    def bfile(self, directory: str, name: str) -> Path:
        """Resolve for BFILE, `.` to the folder. Raises ORA-22285 (unknown), 22286 (no READ), 22287 (bad name)."""
        if directory not in self.accounts.directories():
            raise OracleError(22285, "non-existent directory or file for FILEOPEN operation")
        folder = self.path(directory, write=False)
        if folder is None:
            raise OracleError(22286, "insufficient privileges on file or directory to perform FILEOPEN operation")
        if name == ".":
            return folder / "." if not self.accounts.posture.folder_unseen else folder / "unseen"
        if not is_plain_name(name):
            raise OracleError(22287, "invalid or modified directory occurred during FILEOPEN operation")
        return folder / name


def is_plain_name(name: str) -> bool:
    """Tell whether a file name stays in its directory: no path, no dots, no NUL, at most 255 bytes."""
    return (
        bool(name)
        and name not in {".", ".."}
        and not set(name) & set("/\\\0")
        and len(name.encode()) <= _LONGEST_NAME_BYTES
    )
