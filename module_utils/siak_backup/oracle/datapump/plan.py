# SPDX-License-Identifier: GPL-3.0-or-later
"""What an export will do, decided before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError
from ..names import PieceSize, TableName, identifier, job_name

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Scope:
    """What is exported: `mode` SCHEMA, FULL or TABLE; `schemas` is empty for FULL, `tables` for all but TABLE."""

    mode: str
    schemas: tuple[str, ...]
    tables: tuple[TableName, ...]

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Scope:
        """Read `mode`, `schemas` and `tables` as modules take them. Raises ConfigError."""
        mode = params["mode"].upper()
        schemas = tuple(dict.fromkeys(identifier(name, setting="schemas") for name in params["schemas"] or ()))
        tables = tuple(dict.fromkeys(TableName.parse(name, setting="tables") for name in params["tables"] or ()))
        if mode == "SCHEMA" and not schemas:
            raise ConfigError("daftar skema kosong", where="schemas", remedy="isi skema yang dibackup")
        if mode == "TABLE":
            if len({table.schema for table in tables}) != 1:
                raise ConfigError(
                    "mode tabel perlu tabel dari tepat satu skema", where="tables", remedy="perbaiki daftar tabel"
                )
            return cls(mode, (tables[0].schema,), tables)
        return cls(mode, () if mode == "FULL" else schemas, ())


@dataclass(frozen=True)
class ExportPlan:
    """One export of one server. Durations are seconds; names are checked and in upper case."""

    run_id: str
    server: str
    job: str
    directory: str
    mode: str
    schemas: tuple[str, ...]
    tables: tuple[TableName, ...]
    piece_size: PieceSize
    parallel: int
    time_limit_s: float
    poll_interval_s: float

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ExportPlan:
        """Build a plan from the module's options. Raises ConfigError."""
        scope = Scope.from_params(params)
        if params["time_limit_s"] <= 0 or params["poll_interval_s"] <= 0 or params["parallel"] < 1:
            raise ConfigError(
                "batas waktu, jeda pantau dan paralel harus lebih dari 0",
                where="time_limit_s, poll_interval_s, parallel",
                remedy="perbaiki inventaris",
            )
        run_id = str(params["run"].get("id") or "")
        return cls(
            run_id=run_id,
            server=params["server"],
            job=job_name(run_id),
            directory=identifier(params["directory"], setting="directory"),
            mode=scope.mode,
            schemas=scope.schemas,
            tables=scope.tables,
            piece_size=PieceSize.parse(params["piece_size"]),
            parallel=params["parallel"],
            time_limit_s=float(params["time_limit_s"]),
            poll_interval_s=float(params["poll_interval_s"]),
        )

    @property
    def dump_template(self) -> str:
        """The dump file name given to Data Pump, which turns %U into 01, 02 ..."""
        return f"{self.job}_%U.dmp"

    @property
    def log_name(self) -> str:
        """The log's file name on the server."""
        return f"{self.job}.log"

    def optional_parameters(self) -> tuple[tuple[str, int | str], ...]:
        """Return parameters that make a better log but that old releases refuse; each is tried alone."""
        return (
            ("CLIENT_COMMAND", f"siak-backup {self.run_id}"),
            ("METRICS", 1),
            ("LOGTIME", "ALL"),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return what every result of this export begins with."""
        return {
            "job": self.job,
            "directory": self.directory,
            "mode": self.mode,
            "schemas": list(self.schemas),
            "log": self.log_name,
        }


def in_list(names: tuple[str, ...]) -> str:
    """Return the predicate a metadata filter wants, e.g. `IN ('A','B')`. Names must be checked identifiers."""
    return "IN (" + ",".join(f"'{name}'" for name in names) + ")"
