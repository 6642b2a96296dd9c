# SPDX-License-Identifier: GPL-3.0-or-later
"""SQLCODE, SQLERRM and the attributes of cursors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.contract import OracleError

if TYPE_CHECKING:
    from .scope import OpenCursor


def sql_code(error: OracleError | None) -> int:
    """Return SQLCODE of what a handler handles: 0 outside one, 100 for NO_DATA_FOUND, 1 for a declared exception."""
    if error is None:
        return 0
    return {1403: 100, 6510: 1}.get(error.code, -error.code)


def error_text(code: int | None, handling: list[OracleError]) -> str:
    """Return SQLERRM(code), or SQLERRM of what is handled (None)."""
    for error in reversed(handling):
        if code is None or sql_code(error) == code:
            return str(error)
    code = code or 0
    if code == 0:
        return "ORA-0000: normal, successful completion"
    return f"ORA-{1403 if code == 100 else abs(code):05d}: " + ("no data found" if code == 100 else "message not known")


def implicit_attribute(row_count: int | None, attribute: str) -> int | bool | None:
    """Return SQL%ROWCOUNT, SQL%FOUND, SQL%NOTFOUND or SQL%ISOPEN."""
    if attribute == "ISOPEN":
        return False
    if row_count is None:
        return None
    return {"ROWCOUNT": row_count, "FOUND": row_count > 0, "NOTFOUND": row_count == 0}.get(attribute)


def cursor_attribute(cursor: OpenCursor | None, attribute: str) -> int | bool | None:
    """Return %ROWCOUNT, %FOUND, %NOTFOUND or %ISOPEN of a cursor. Raises ORA-01001 for one that is not open."""
    if attribute == "ISOPEN":
        return cursor is not None
    if cursor is None:
        raise OracleError(1001, "invalid cursor")
    if attribute == "ROWCOUNT":
        return cursor.fetched
    return cursor.found if attribute == "FOUND" else None if cursor.found is None else not cursor.found
