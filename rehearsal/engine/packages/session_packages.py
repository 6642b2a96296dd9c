# SPDX-License-Identifier: GPL-3.0-or-later
"""Small packages about the session: DBMS_STANDARD, DBMS_SESSION, DBMS_LOCK, DBMS_APPLICATION_INFO and their like."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.engine.datatypes import PlValue
from rehearsal.engine.plsql.catalog import package, subprogram

if TYPE_CHECKING:
    from rehearsal.engine.state import SessionState


def _raise_application_error(_state: SessionState, num: PlValue, msg: str | None, keeperrors: PlValue = None) -> None:  # noqa: ARG001
    if not -20999 <= int(num) <= -20000:
        raise OracleError(21000, f"error number argument to raise_application_error of {num} is out of range")
    raise OracleError(-int(num), msg or "")


def _sleep(state: SessionState, seconds: PlValue) -> None:
    """Sleep until the time is over or the call is cancelled."""
    if seconds is None or seconds < 0:
        raise OracleError(6502, "PL/SQL: numeric or value error")
    if state.cancelled.wait(float(seconds)):
        raise OracleError(1013, "user requested cancel of current operation")


def _set_module(state: SessionState, module_name: str | None, action_name: str | None) -> None:
    state.client.update(module=module_name or "", action=action_name or "")


def _set_action(state: SessionState, action_name: str | None) -> None:
    state.client["action"] = action_name or ""


def _set_client_info(state: SessionState, client_info: str | None) -> None:
    state.client["client_info"] = client_info or ""


def _read_module(state: SessionState) -> dict[str, PlValue]:
    return {"module_name": state.client.get("module"), "action_name": state.client.get("action")}


def _set_identifier(state: SessionState, client_id: str | None) -> None:
    state.client["client_identifier"] = client_id or ""


def _set_nls(state: SessionState, param: str, value: str) -> None:
    state.alter(param.upper(), value.strip("'"))


def _unique_session_id(state: SessionState) -> str:
    return f"{state.session_id:04X}{state.serial:08X}"


def _is_role_enabled(state: SessionState, rolename: str) -> bool:
    return rolename.upper() in state.instance.accounts.roles(state.user)


def _current_scn(state: SessionState) -> int:
    return state.instance.database.current_scn()


def _db_version(state: SessionState) -> dict[str, PlValue]:
    version = state.instance.facts.version
    return {"version": ".".join(map(str, version)), "compatibility": ".".join(map(str, version[:3]))}


def _centiseconds(_state: SessionState) -> int:
    return int(time.monotonic() * 100)


SESSION_PACKAGES = (
    package(
        "DBMS_STANDARD",
        subprogram(
            "PROCEDURE raise_application_error(num IN BINARY_INTEGER, msg IN VARCHAR2, "
            "keeperrors IN BOOLEAN DEFAULT FALSE)",
            _raise_application_error,
        ),
    ),
    package(
        "DBMS_SESSION",
        subprogram("PROCEDURE sleep(seconds IN NUMBER)", _sleep),
        subprogram("PROCEDURE set_identifier(client_id IN VARCHAR2)", _set_identifier),
        subprogram("PROCEDURE set_nls(param IN VARCHAR2, value IN VARCHAR2)", _set_nls),
        subprogram("FUNCTION unique_session_id RETURN VARCHAR2", _unique_session_id),
        subprogram("FUNCTION is_role_enabled(rolename IN VARCHAR2) RETURN BOOLEAN", _is_role_enabled),
    ),
    package("DBMS_LOCK", subprogram("PROCEDURE sleep(seconds IN NUMBER)", _sleep)),
    package(
        "DBMS_APPLICATION_INFO",
        subprogram("PROCEDURE set_module(module_name IN VARCHAR2, action_name IN VARCHAR2)", _set_module),
        subprogram("PROCEDURE set_action(action_name IN VARCHAR2)", _set_action),
        subprogram("PROCEDURE set_client_info(client_info IN VARCHAR2)", _set_client_info),
        subprogram("PROCEDURE read_module(module_name OUT VARCHAR2, action_name OUT VARCHAR2)", _read_module),
    ),
    package("DBMS_FLASHBACK", subprogram("FUNCTION get_system_change_number RETURN NUMBER", _current_scn)),
    package(
        "DBMS_UTILITY",
        subprogram("PROCEDURE db_version(version OUT VARCHAR2, compatibility OUT VARCHAR2)", _db_version),
        subprogram("FUNCTION get_time RETURN NUMBER", _centiseconds),
    ),
)
