# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session remembers: who, settings, buffers. SQL functions and packages work on it."""

from __future__ import annotations

import re
import threading
import uuid
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, TypeVar, cast

from rehearsal.contract import OracleError
from rehearsal.datapump import Caller

from .lobs import DirectoryFile, OpenFiles
from .storage.directories import Directories

if TYPE_CHECKING:
    from .instance import Instance
    from .language.nodes import Dotted

_T = TypeVar("_T")
_DEFAULT_NLS = {
    "NLS_CALENDAR": "GREGORIAN",
    "NLS_COMP": "BINARY",
    "NLS_CURRENCY": "$",
    "NLS_DATE_FORMAT": "DD-MON-RR",
    "NLS_DATE_LANGUAGE": "AMERICAN",
    "NLS_ISO_CURRENCY": "AMERICA",
    "NLS_LANGUAGE": "AMERICAN",
    "NLS_LENGTH_SEMANTICS": "BYTE",
    "NLS_NUMERIC_CHARACTERS": ".,",
    "NLS_SORT": "BINARY",
    "NLS_TERRITORY": "AMERICA",
    "NLS_TIMESTAMP_FORMAT": "DD-MON-RR HH.MI.SS.FF AM",
    "NLS_TIMESTAMP_TZ_FORMAT": "DD-MON-RR HH.MI.SS.FF AM TZR",
}
_LANGUAGES = {"AMERICAN", "ENGLISH", "INDONESIAN", "SIMPLIFIED CHINESE"}
_ACCEPTED_SETTINGS = {
    "CURSOR_SHARING", "EVENTS", "ISOLATION_LEVEL", "OPTIMIZER_MODE", "PLSQL_WARNINGS", "RECYCLEBIN", "STATISTICS_LEVEL",
    "DDL_LOCK_TIMEOUT", "EDITION", "CONTAINER", "SQL_TRACE",
}  # fmt: skip


@dataclass
class SessionState:
    """One session's memory; implements the built-ins' `Environment`."""

    instance: Instance
    user: str
    session_id: int
    serial: int
    schema: str
    client: dict[str, str]
    nls: dict[str, str] = field(default_factory=lambda: dict(_DEFAULT_NLS))
    zone: timezone | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    open_files: OpenFiles = field(default_factory=OpenFiles)
    _memory: dict[type, object] = field(default_factory=dict)

    @property
    def directories(self) -> Directories:
        """Directory objects as this user reaches them."""
        return Directories(self.instance.accounts, self.user)

    def memory(self, kind: type[_T]) -> _T:
        """Return the session's one value of a class: a package's variables, made at the first use."""
        return cast("_T", self._memory.setdefault(kind, kind()))

    def named(self, name: Dotted) -> tuple[str, str]:
        """Return owner and name of `name` or `owner.name`."""
        return (self.schema, name[0].id) if len(name) == 1 else (name[-2].id, name[-1].id)

    def close(self) -> None:
        """Close the files the session left open."""
        self.open_files.close()
        for value in self._memory.values():
            if isinstance(value, AbstractContextManager):
                value.__exit__(None, None, None)

    def caller(self) -> Caller:
        """Return who calls, as the Data Pump wants to know."""
        return Caller(self.session_id, self.user, self.cancelled)

    def now(self) -> datetime:
        """Return the server's time, with its offset."""
        return self.instance.clock()

    def session_time(self) -> datetime:
        """Return the time in the session's zone."""
        return self.now().astimezone(self.zone) if self.zone else self.now()

    def scn_at(self, moment: datetime) -> int:
        """Return the SCN of a moment."""
        return self.instance.database.scn_at(moment)

    def time_of(self, scn: int) -> datetime:
        """Return the time of an SCN."""
        return self.instance.database.time_of(scn)

    def new_guid(self) -> bytes:
        """Return 16 bytes for SYS_GUID."""
        return uuid.uuid4().bytes

    def bfile(self, directory: str, name: str) -> DirectoryFile:
        """Return a BFILE locator; nothing is checked before it is used."""
        return DirectoryFile(directory, name, self.directories.bfile, self.open_files)

    def context(self, namespace: str, parameter: str) -> str | None:
        """Return SYS_CONTEXT; raises ORA-02003 for an unknown parameter of USERENV."""
        if namespace != "USERENV":
            return None
        facts = self.instance.facts
        values = {
            "SESSION_USER": self.user,
            "CURRENT_USER": self.user,
            "CURRENT_SCHEMA": self.schema,
            "AUTHENTICATED_IDENTITY": self.user,
            "DB_NAME": facts.global_name.partition(".")[0],
            "DB_UNIQUE_NAME": facts.instance,
            "INSTANCE_NAME": facts.instance,
            "INSTANCE": "1",
            "SERVICE_NAME": self.instance.service,
            "SERVER_HOST": "rehearsal",
            "SID": str(self.session_id),
            "SESSIONID": str(self.session_id),
            "LANGUAGE": f"{self.nls['NLS_LANGUAGE']}_{self.nls['NLS_TERRITORY']}.{facts.charset}",
            "LANG": "US",
            "NLS_DATE_FORMAT": self.nls["NLS_DATE_FORMAT"],
            "ISDBA": "FALSE",
            "NETWORK_PROTOCOL": self.client.get("network_protocol", "tcp"),
            "PROXY_USER": self.client.get("proxy_user"),
            "HOST": self.client.get("machine"),
            "OS_USER": self.client.get("osuser"),
            "TERMINAL": self.client.get("terminal"),
            "MODULE": self.client.get("module"),
            "ACTION": self.client.get("action"),
            "CLIENT_INFO": self.client.get("client_info"),
            "CLIENT_IDENTIFIER": self.client.get("client_identifier"),
            "CLIENT_PROGRAM_NAME": self.client.get("program"),
            "IP_ADDRESS": self.client.get("ip_address"),
        }
        if facts.version >= (12, 1):
            container = self.instance.accounts.posture.container
            values |= {
                "CON_NAME": container or values["DB_NAME"],
                "CON_ID": _container_id(container),
                "CDB_NAME": values["DB_NAME"] if container else None,
            }
        if parameter not in values:
            raise OracleError(2003, "invalid USERENV parameter")
        return values[parameter]

    def alter(self, name: str, value: str) -> None:
        """Carry out one setting of ALTER SESSION SET. Raises ORA-02248, ORA-12705, ORA-01435, ORA-01882."""
        if name == "TIME_ZONE":
            self.zone = _zone(value)
        elif name == "CURRENT_SCHEMA":
            if self.instance.accounts.account(value.upper()) is None:
                raise OracleError(1435, "user does not exist")
            self.schema = value.upper()
        elif name in {"NLS_LANGUAGE", "NLS_DATE_LANGUAGE"} and value.upper() not in _LANGUAGES:
            raise OracleError(12705, "Cannot access NLS data files or invalid environment specified")
        elif name in self.nls:
            self.nls[name] = value if "FORMAT" in name else value.upper()
        elif name not in _ACCEPTED_SETTINGS:
            raise OracleError(2248, "invalid option for ALTER SESSION")


def _container_id(name: str) -> str:
    """Return CON_ID: 0 without containers, 1 of the root, 3 of the first PDB an office makes."""
    return "0" if not name else "1" if name == "CDB$ROOT" else "3"


def _zone(text: str) -> timezone | None:
    if text.upper() in {"LOCAL", "DBTIMEZONE"}:
        return None
    named = {"UTC": "+00:00", "GMT": "+00:00", "ASIA/JAKARTA": "+07:00", "ASIA/PONTIANAK": "+07:00"}
    named |= {"ASIA/MAKASSAR": "+08:00", "ASIA/JAYAPURA": "+09:00"}
    found = re.fullmatch(r"([+-]?)(\d{1,2}):(\d{2})", named.get(text.upper(), text))
    if found is None or int(found[2]) > 14:
        raise OracleError(1882, "timezone region not found")
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-offset if found[1] == "-" else offset)
