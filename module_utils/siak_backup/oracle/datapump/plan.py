# SPDX-License-Identifier: GPL-3.0-or-later
"""What an export will do, decided before anything is sent."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError
from ..names import PieceSize, identifier, job_name
from ..scope import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping


#: What OPEN's `version` takes: the format of the dump, the database's own or an older release's.
COMPATIBLE = "COMPATIBLE"
_VERSION = re.compile(r"COMPATIBLE|LATEST|[0-9]{1,2}(\.[0-9]{1,2}){1,4}")


@dataclass(frozen=True)
class ExportPlan:
    """One export of one server. Durations are seconds; names are checked and in upper case.

    `compression` and `estimate` are Data Pump's words, empty for its own default;
    `cluster` tells whether workers on all nodes of a RAC may write pieces.
    """

    run_id: str
    server: str
    job: str
    directory: str
    scope: Scope
    piece_size: PieceSize
    parallel: int
    time_limit_s: float
    poll_interval_s: float
    stall_notice_s: float
    compression: str
    estimate: str
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
            scope=scope,
            piece_size=PieceSize.parse(params["piece_size"]),
            parallel=params["parallel"],
            time_limit_s=float(params["time_limit_s"]),
            poll_interval_s=float(params["poll_interval_s"]),
            stall_notice_s=float(params["stall_notice_s"]),
            compression=params["compression"].upper(),
            estimate=params["estimate"].upper(),
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
        """A fingerprint of what is exported: 16 hex digits, the same for the same mode, schemas, tables and objects."""
        scope = self.scope
        what: list[object] = [scope.mode, sorted(scope.schemas), sorted(map(str, scope.tables))]
        if scope.include or scope.exclude:
            what += [sorted(map(str, scope.include)), sorted(map(str, scope.exclude))]
        return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]

    def optional_parameters(self) -> tuple[tuple[str, int | str], ...]:
        """Return parameters that make a better dump or log, and that some server refuses; each is tried alone."""
        return (
            ("CLIENT_COMMAND", f"siak-backup {self.run_id}"),
            ("METRICS", 1),
            ("LOGTIME", "ALL"),
            *((("ESTIMATE", self.estimate),) if self.estimate else ()),
            *((("COMPRESSION", self.compression),) if self.compression else ()),
            *((("CHECKSUM", 1),) if self.checksum else ()),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return what every result of this export begins with."""
        return {
            "job": self.job,
            "directory": self.directory,
            "mode": self.scope.mode,
            "schemas": list(self.scope.schemas),
            "include": [*map(str, self.scope.include)],
            "exclude": [*map(str, self.scope.exclude)],
            "choice": self.scope.choice,
            "log": self.log_name,
        }


def in_list(names: tuple[str, ...]) -> str:
    """Return the predicate a metadata filter wants, e.g. `IN ('A','B')`. Names must be checked identifiers."""
    return "IN (" + ",".join(f"'{name}'" for name in names) + ")"
