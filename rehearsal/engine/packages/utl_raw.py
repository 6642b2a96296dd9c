# SPDX-License-Identifier: GPL-3.0-or-later
"""UTL_RAW: what scripts use of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.engine.plsql.catalog import package, subprogram

if TYPE_CHECKING:
    from rehearsal.engine.state import SessionState


def _cast_to_raw(_state: SessionState, c: str | None) -> bytes | None:
    return c.encode() if c else None


def _cast_to_varchar2(_state: SessionState, r: bytes | None) -> str | None:
    return r.decode("utf-8", "replace") if r else None


def _length(_state: SessionState, r: bytes | None) -> int | None:
    return len(r) if r else None


def _concat(_state: SessionState, r1: bytes | None = None, r2: bytes | None = None) -> bytes | None:
    return (r1 or b"") + (r2 or b"") or None


UTL_RAW = package(
    "UTL_RAW",
    subprogram("FUNCTION cast_to_raw(c IN VARCHAR2) RETURN RAW", _cast_to_raw),
    subprogram("FUNCTION cast_to_varchar2(r IN RAW) RETURN VARCHAR2", _cast_to_varchar2),
    subprogram("FUNCTION length(r IN RAW) RETURN NUMBER", _length),
    subprogram("FUNCTION concat(r1 IN RAW DEFAULT NULL, r2 IN RAW DEFAULT NULL) RETURN RAW", _concat),
)
