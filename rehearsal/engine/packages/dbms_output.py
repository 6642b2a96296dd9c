# SPDX-License-Identifier: GPL-3.0-or-later
"""DBMS_OUTPUT."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.engine.datatypes import PlValue
from rehearsal.engine.plsql.catalog import package, subprogram
from rehearsal.engine.plsql.types import TEXT_TYPE, CollectionType
from rehearsal.engine.plsql.values import Collection

if TYPE_CHECKING:
    from rehearsal.engine.state import SessionState

_CHARARR = CollectionType("CHARARR", TEXT_TYPE, associative=True)
_LONGEST_LINE_BYTES = 32767


@dataclass
class _Buffer:
    enabled: bool = False
    limit_bytes: int | None = 20000
    lines: list[str] = field(default_factory=list)
    started: str | None = None


def _enable(state: SessionState, buffer_size: PlValue = 20000) -> None:
    buffer = state.memory(_Buffer)
    buffer.enabled = True
    buffer.limit_bytes = None if buffer_size is None else min(max(int(buffer_size), 2000), 1_000_000)


def _disable(state: SessionState) -> None:
    buffer = state.memory(_Buffer)
    buffer.enabled = False
    buffer.lines.clear()


def _put(state: SessionState, a: str | None) -> None:
    buffer = state.memory(_Buffer)
    if not buffer.enabled:
        return
    line = (buffer.started or "") + (a or "")
    if len(line.encode()) > _LONGEST_LINE_BYTES:
        raise OracleError(20000, "ORU-10028: line length overflow, limit of 32767 bytes per line")
    buffer.started = line


def _new_line(state: SessionState) -> None:
    buffer = state.memory(_Buffer)
    if not buffer.enabled:
        return
    size = sum(len(line.encode()) for line in buffer.lines) + len((buffer.started or "").encode())
    if buffer.limit_bytes is not None and size > buffer.limit_bytes:
        raise OracleError(20000, f"ORU-10027: buffer overflow, limit of {buffer.limit_bytes} bytes")
    buffer.lines.append(buffer.started or "")
    buffer.started = None


def _put_line(state: SessionState, a: str | None) -> None:
    _put(state, a)
    _new_line(state)


def _get_line(state: SessionState) -> dict[str, PlValue]:
    lines = state.memory(_Buffer).lines
    if not lines:
        return {"line": None, "status": 1}
    return {"line": lines.pop(0) or None, "status": 0}


def _get_lines(state: SessionState, numlines: PlValue) -> dict[str, PlValue]:
    lines = state.memory(_Buffer).lines
    taken = lines[: int(numlines)]
    del lines[: len(taken)]
    return {"lines": Collection.of(_CHARARR, [line or None for line in taken]), "numlines": len(taken)}


DBMS_OUTPUT = package(
    "DBMS_OUTPUT",
    subprogram("PROCEDURE enable(buffer_size IN INTEGER DEFAULT 20000)", _enable),
    subprogram("PROCEDURE disable", _disable),
    subprogram("PROCEDURE put(a IN VARCHAR2)", _put),
    subprogram("PROCEDURE put_line(a IN VARCHAR2)", _put_line),
    subprogram("PROCEDURE new_line", _new_line),
    subprogram("PROCEDURE get_line(line OUT VARCHAR2, status OUT INTEGER)", _get_line),
    subprogram("PROCEDURE get_lines(lines OUT chararr, numlines IN OUT INTEGER)", _get_lines, {"CHARARR": _CHARARR}),
    types={"CHARARR": _CHARARR},
)
