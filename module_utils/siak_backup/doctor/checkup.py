# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor is asked to look at: what a night of one server would be told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from ..media.slot import slots_of
from ..oracle.connection import ConnectionSettings
from ..oracle.names import PieceSize, TableName, identifier
from ..oracle.scope import OF_SCRIPT, Scope
from ..preflight.request import Request
from .script import ServerLook

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True)
class Checkup:
    """One server's checkup. Durations are seconds.

    `request` is step 1's, without a run; `notice_days` is how long before its
    end an expiring password is spoken of.
    """

    request: Request
    settings: ConnectionSettings
    parallel: int
    time_limit_s: float
    media_digest: str
    notice_days: int

    @classmethod
    def from_params(cls, params: Mapping[str, Any], now: datetime) -> Checkup:
        """Build a checkup from the module's options. Raises ConfigError for what no look could make sense of."""
        if params["time_limit_s"] <= 0 or params["parallel"] < 1 or params["notice_days"] < 0:
            raise ConfigError(
                "batas waktu dan paralel harus lebih dari 0, hari pemberitahuan tidak boleh negatif",
                where="time_limit_s, parallel, notice_days",
                remedy="perbaiki inventaris",
            )
        request = replace(
            _request(params, now),
            directory=identifier(params["directory"], setting="siak_directory"),
            scope=Scope.from_params(params),
            key_tables=tuple(TableName.parse(name, setting="siak_key_tables") for name in params["key_tables"]),
        )
        return cls(
            request=request,
            settings=ConnectionSettings.from_params(params["connection"]),
            parallel=params["parallel"],
            time_limit_s=float(params["time_limit_s"]),
            media_digest=params["media_digest"],
            notice_days=params["notice_days"],
        )

    @property
    def scope(self) -> Scope:
        """What a night exports."""
        return self.request.scope


@dataclass(frozen=True)
class ScriptCheckup:
    """The checkup of a server whose own script makes the dump: the database is not asked."""

    request: Request
    look: ServerLook
    media_digest: str

    @classmethod
    def from_params(cls, params: Mapping[str, Any], now: datetime) -> ScriptCheckup:
        """Build a checkup from the module's options. Raises ConfigError for what no look could make sense of."""
        look = ServerLook.from_look(params["script_look"])
        return cls(replace(_request(params, now), script=look.step_1), look, params["media_digest"])


def _request(params: Mapping[str, Any], now: datetime) -> Request:
    """Return step 1's request as far as no database is concerned. Raises ConfigError."""
    return Request(
        run={},
        server=params["server"],
        directory="",
        scope=OF_SCRIPT,
        key_tables=(),
        zone=params["zone"],
        service_hours={},
        service_exceptions={},
        override_reason="",
        archive_dir=Path(params["archive_dir"]),
        slots=slots_of(params["media"]),
        folder_pattern=params["folder_pattern"],
        room_factor=params["room_factor"],
        min_free_bytes=params["min_free_bytes"],
        piece_size=PieceSize.parse(params["piece_size"]),
        now=now,
    )
