# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory demands of each server's backups, checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..archive.names import plain_name
from ..calendar import WIB, ServiceHours, zone
from ..errors import ConfigError
from .check import Demand

_HOUR_S = 3600.0

#: What is older than the days that are always looked at, and whose journal is proven, is stale whatever a setting says.
_MOST_H = 31 * 24


def demands_of(params: Mapping[str, Any]) -> tuple[Demand, ...]:
    """Return one demand a server, in the order of `servers`, from a module's options.

    `offices`, `zones`, `service_hours`, `service_exceptions`, `archive_dirs`, `max_age_hours`, `copy_max_age_hours` and
    `rehearsals` hold a value for each server by its name; `max_age_h` and `copy_max_age_h` stand where there is none.

    Raises:
        ConfigError: there is no server, a name cannot name a folder, a server has no archive, or a limit is no number
            of hours.
        CalendarError: a zone or an hour table is impossible.
    """
    servers = [plain_name(name, what="nama server") for name in params["servers"]]
    if not servers:
        raise ConfigError("tidak ada server", where="freshness_servers", remedy="isi grup siak di inventory")
    return tuple(_demand(server, params) for server in dict.fromkeys(servers))


def _demand(server: str, params: Mapping[str, Any]) -> Demand:
    archive_dir = _of(params, "archive_dirs", server)
    if not isinstance(archive_dir, str) or not archive_dir.startswith("/"):
        raise ConfigError(
            "alamat arsip belum diisi", where=f"siak_archive_dir {server}", remedy="isi alamat lengkap folder arsip"
        )
    hours, exceptions = (_table(params, key, server) for key in ("service_hours", "service_exceptions"))
    zone_name = _of(params, "zones", server)
    return Demand(
        server=server,
        office=str(_of(params, "offices", server) or ""),
        zone=WIB if zone_name is None else zone(str(zone_name)),
        hours=ServiceHours.parse(hours, exceptions),
        archive_dir=Path(archive_dir),
        max_age_s=_limit_s(params, "max_age", server, least_s=1.0),
        copy_max_age_s=_limit_s(params, "copy_max_age", server, least_s=0.0),
        rehearsals=_of(params, "rehearsals", server) is True,
    )


def _of(params: Mapping[str, Any], key: str, server: str) -> object:
    value = params[key].get(server)
    # A template that makes a table of all hosts has no null for those that say nothing.
    return None if value == "" else value


def _table(params: Mapping[str, Any], key: str, server: str) -> Mapping[Any, object]:
    value = _of(params, key, server)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigError("bukan tabel", where=f"siak_{key} {server}", remedy="perbaiki penulisannya di inventory")
    return value


def _limit_s(params: Mapping[str, Any], key: str, server: str, *, least_s: float) -> float:
    value = _of(params, f"{key}_hours", server)
    if value is None:
        value = params[f"{key}_h"]
    try:
        limit_s = float(value) * _HOUR_S  # type: ignore[arg-type]
    except (TypeError, ValueError):
        limit_s = -1.0
    # Nor is NaN a limit.
    if not least_s <= limit_s <= _MOST_H * _HOUR_S:
        raise ConfigError(
            f"batas umur {value!r} bukan jumlah jam sampai {_MOST_H}",
            where=f"siak_{key}_h {server}",
            remedy="isi misalnya 26",
        )
    return limit_s
