# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers that an inventory lists, from the tables in which a play hands them over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from ..archive.names import plain_name
from ..calendar import ServiceHours, iso_day, zone
from ..errors import ConfigError
from .missed import Expected

if TYPE_CHECKING:
    from datetime import datetime


def expected_servers(tables: Mapping[str, object], begun: date | None) -> tuple[Expected, ...]:
    """Return the servers, checked.

    Args:
        tables: `servers`, their names; and by name `offices`, `zones` (WIB where there is none), `service_hours`,
            `service_exceptions` and `since`, the first day on which a backup is due.
        begun: the first day of those for which `since` has none.

    Raises:
        ConfigError: naming the server and what is impossible of it.
    """
    names = tables["servers"]
    assert isinstance(names, Sequence)  # noqa: S101 - for mypy: the argument_spec says so
    return tuple(_expected(tables, plain_name(str(name), what="nama server"), begun) for name in names)


def today_of(expected: Sequence[Expected], now: datetime) -> date:
    """Return the latest date on any server's clock; WIB's where there is no server."""
    zones = {each.zone for each in expected} or {zone("WIB")}
    return max(each.local(now).date() for each in zones)


def _expected(tables: Mapping[str, object], name: str, begun: date | None) -> Expected:
    def of(table: str) -> object:
        values = tables[table]
        return values.get(name) if isinstance(values, Mapping) else None

    hours, exceptions = of("service_hours") or {}, of("service_exceptions") or {}
    if not isinstance(hours, Mapping) or not isinstance(exceptions, Mapping):
        raise ConfigError("jam pelayanan harus tabel", where=name, remedy="perbaiki siak_service_hours di inventory")
    return Expected(
        server=name,
        office=str(of("offices") or ""),
        zone=zone(str(of("zones") or "WIB")),
        hours=ServiceHours.parse(hours, exceptions),
        since=_since(of("since"), name) or begun,
    )


def _since(value: object, name: str) -> date | None:
    if value in (None, ""):
        return None
    if type(value) is date:
        return value
    day = iso_day(value) if isinstance(value, str) else None
    if day is not None:
        return day
    raise ConfigError(
        f"siak_since {str(value)[:40]!r} bukan tanggal", where=name, remedy="tuliskan hari pertamanya, YYYY-MM-DD"
    )
