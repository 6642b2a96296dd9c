# SPDX-License-Identifier: GPL-3.0-or-later
"""SET_PARAMETER: which parameters an export takes, of which type, since which release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import DataPumpError, error

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from rehearsal.dumpfile.model import DatabaseFacts

    from .faults import Faults


@dataclass(frozen=True)
class _Rule:
    """A parameter: `type_` int for NUMBER and str for VARCHAR2, `values` allowed (none: any)."""

    type_: type[int | str]
    since: tuple[int, ...] = (10, 1)
    values: tuple[str | int, ...] = ()
    default: str | int | None = None


_FLAG = (0, 1)
_EXPORT: Mapping[str, _Rule] = {
    "CHECKSUM": _Rule(int, (21, 1), (0, 1), 0),
    "CHECKSUM_ALGORITHM": _Rule(str, (21, 1), ("CRC32", "SHA256", "SHA384", "SHA512")),
    "CLIENT_COMMAND": _Rule(str),
    "COMPRESSION": _Rule(str, (10, 2), ("ALL", "DATA_ONLY", "METADATA_ONLY", "NONE"), "METADATA_ONLY"),
    "COMPRESSION_ALGORITHM": _Rule(str, (12, 1), ("BASIC", "LOW", "MEDIUM", "HIGH"), "BASIC"),
    "DATA_ACCESS_METHOD": _Rule(str, (10, 1), ("AUTOMATIC", "DIRECT_PATH", "EXTERNAL_TABLE"), "AUTOMATIC"),
    "DATA_OPTIONS": _Rule(int, (11, 1), default=0),
    "ENCRYPTION": _Rule(str, (11, 1)),
    "ENCRYPTION_ALGORITHM": _Rule(str, (11, 1)),
    "ENCRYPTION_MODE": _Rule(str, (11, 1)),
    "ENCRYPTION_PASSWORD": _Rule(str, (10, 2)),
    "ESTIMATE": _Rule(str, (10, 1), ("BLOCKS", "STATISTICS"), "BLOCKS"),
    "FLASHBACK_SCN": _Rule(int),
    "FLASHBACK_TIME": _Rule(str),
    "INCLUDE_METADATA": _Rule(int, (10, 1), _FLAG, 1),
    "KEEP_MASTER": _Rule(int, (11, 2), _FLAG, 0),
    "LOGTIME": _Rule(str, (12, 1), ("NONE", "STATUS", "LOGFILE", "ALL"), "NONE"),
    "METRICS": _Rule(int, (12, 1), _FLAG, 0),
    "SOURCE_EDITION": _Rule(str, (11, 2)),
    "USER_METADATA": _Rule(int, (10, 1), _FLAG, 1),
}
_OTHER_JOBS = frozenset({
    "ESTIMATE_ONLY", "MASTER_ONLY", "PARTITION_OPTIONS", "REUSE_DATAFILES", "SKIP_UNUSABLE_INDEXES",
    "STREAMS_CONFIGURATION", "TABLE_EXISTS_ACTION", "TABLESPACE_DATAFILE", "TARGET_EDITION", "TRANSPORTABLE",
    "TTS_FULL_CHECK",
})  # fmt: skip
_UNLICENSED: Mapping[str, str] = {
    "COMPRESSION_ALGORITHM": "Advanced Compression",
    "ENCRYPTION": "Advanced Security",
    "ENCRYPTION_ALGORITHM": "Advanced Security",
    "ENCRYPTION_MODE": "Advanced Security",
    "ENCRYPTION_PASSWORD": "Advanced Security",
}


def check_armed(name: str | None, faults: Faults) -> None:
    """Raise what is armed for a parameter: DataPumpError 39001 or 39005, OracleError 439."""
    name = (name or "").upper()
    if name == faults.unknown_parameter:
        raise DataPumpError(39001)
    if name == faults.inconsistent_parameter:
        raise DataPumpError(39005)
    if name == faults.unlicensed_parameter:
        raise error(439, name.title())


def check_parameter(
    name: str | None, value: str | float | Decimal | None, facts: DatabaseFacts
) -> tuple[str, str | int]:
    """Return name and value as the job keeps them.

    Raises DataPumpError 39001 (no such parameter or value, or the release is too old for it), 39005 (wrong data type,
    or not for exports) and OracleError 439: no rehearsed database has bought an option, whatever its edition.
    """
    name = (name or "").upper()
    if name in _OTHER_JOBS:
        raise DataPumpError(39005)
    rule = _EXPORT.get(name)
    if rule is None or value is None or facts.version < rule.since:
        raise DataPumpError(39001)
    value = value if isinstance(value, str) else int(value)
    if not isinstance(value, rule.type_):
        raise DataPumpError(39005)
    if isinstance(value, str) and rule.values:
        value = value.upper()
    if rule.values and value not in rule.values:
        raise DataPumpError(39001)
    if name in _UNLICENSED:
        raise error(439, _UNLICENSED[name])
    if name == "COMPRESSION" and value in {"ALL", "DATA_ONLY"}:
        raise error(439, "Advanced Compression")
    if name == "FLASHBACK_TIME":
        raise DataPumpError(39001, error(39150))
    return name, value


def default_parameters(facts: DatabaseFacts) -> dict[str, str | int]:
    """Return the parameters that are in force when none was set."""
    return {
        name: rule.default for name, rule in _EXPORT.items() if rule.default is not None and facts.version >= rule.since
    }
