# SPDX-License-Identifier: GPL-3.0-or-later
"""What an export will do, decided before anything is sent."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError
from ..names import PieceSize, TableName, identifier, job_name

if TYPE_CHECKING:
    from collections.abc import Mapping


#: What OPEN's `version` takes: the format of the dump, the database's own or an older release's.
COMPATIBLE = "COMPATIBLE"
_VERSION = re.compile(r"COMPATIBLE|LATEST|[0-9]{1,2}(\.[0-9]{1,2}){1,4}")


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
    """One export of one server. Durations are seconds; names are checked and in upper case.

    `compression` is Data Pump's word, empty for its own default; `cluster`
    tells whether workers on all nodes of a RAC may write pieces.
    """

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
    stall_notice_s: float
    compression: str
    checksum: bool
    version: str
    cluster: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ExportPlan:
        """Build a plan from the module's options. Raises ConfigError."""
        scope = Scope.from_params(params)
        positive = ("time_limit_s", "poll_interval_s", "stall_notice_s", "parallel")
        if min(params[name] for name in positive) <= 0:
            raise ConfigError(
                "batas waktu, jeda pantau, batas diam dan paralel harus lebih dari 0",
                where=", ".join(positive),
                remedy="perbaiki inventaris",
            )
        version = params["version"].strip().upper()
        if not _VERSION.fullmatch(version):
            raise ConfigError(
                f"versi dump {version!r} tidak sah", where="version", remedy="tulis COMPATIBLE atau misalnya 11.2"
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
            stall_notice_s=float(params["stall_notice_s"]),
            compression=params["compression"].upper(),
            checksum=params["checksum"],
            version=version,
            cluster=params["cluster"],
        )

    @property
    def dump_template(self) -> str:
        """The dump file name given to Data Pump, which turns %U into 01, 02 ..."""
        return f"{self.job}_%U.dmp"

    @property
    def log_name(self) -> str:
        """The log's file name on the server."""
        return f"{self.job}.log"

    @property
    def content(self) -> str:
        """A fingerprint of what is exported: 16 hex digits, the same for the same mode, schemas and tables."""
        what = [self.mode, sorted(self.schemas), sorted(map(str, self.tables))]
        return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]

    def optional_parameters(self) -> tuple[tuple[str, int | str], ...]:
        """Return parameters that make a better dump or log, and that some server refuses; each is tried alone."""
        return (
            ("CLIENT_COMMAND", f"siak-backup {self.run_id}"),
            ("METRICS", 1),
            ("LOGTIME", "ALL"),
            *((("COMPRESSION", self.compression),) if self.compression else ()),
            *((("CHECKSUM", 1),) if self.checksum else ()),
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
