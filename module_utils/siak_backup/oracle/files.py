# SPDX-License-Identifier: GPL-3.0-or-later
"""Files in a directory object of the server: their size, and their removal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ConnectError, OracleError
from . import statements

if TYPE_CHECKING:
    from .session import Session


def size_of(session: Session, directory: str, name: str) -> int | None:
    """Return a file's size in bytes as UTL_FILE.FGETATTR sees it, None if there is none. Raises OracleError."""
    answer = session.call(
        statements.FILE_ATTRIBUTES, {"present": int, "size_bytes": int}, directory=directory, filename=name
    )
    return int(answer["size_bytes"]) if answer["present"] else None


def piece_names(template: str) -> list[str]:
    """Return the names Data Pump makes from `%U`: `_01` to `_99`, in the order it uses them."""
    return [template.replace("%U", f"{number:02d}") for number in range(1, 100)]


def remove(session: Session, directory: str, names: list[str]) -> list[str]:
    """Remove files of ours; return the names of those that are still there.

    A file in use (Windows) or without permission stays and is returned, for
    the caller to report. Raises ConnectError.
    """
    left = []
    for name in names:
        try:
            session.call(statements.REMOVE_FILE, directory=directory, filename=name)
        except ConnectError:
            raise
        except OracleError:
            if _may_exist(session, directory, name):
                left.append(name)
    return left


def _may_exist(session: Session, directory: str, name: str) -> bool:
    try:
        return size_of(session, directory, name) is not None
    except ConnectError:
        raise
    except OracleError:
        return True
