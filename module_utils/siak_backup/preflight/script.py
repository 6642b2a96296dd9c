# SPDX-License-Identifier: GPL-3.0-or-later
"""What `oracle_script` found at a server whose own script makes the dump, in place of a look at the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..archive.folder import nights_of, read_manifest
from ..archive.names import MANIFEST_NAME
from ..errors import ArchiveError, ConfigError, restored
from .report import Check, failed, passed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class ScriptFindings:
    """The checks made there, and the bytes of the dumps that lie in its folder."""

    checks: tuple[Check, ...]
    dump_bytes: int

    @classmethod
    def from_look(cls, look: Mapping[str, Any]) -> ScriptFindings:
        """Read the module's `look`. Raises ConfigError if it is none."""
        try:
            checks = tuple(
                passed(each["name"], each["message"]) if each["ok"] else failed(each["name"], restored(each["error"]))
                for each in look["checks"]
            )
            dump_bytes = int(look["dump_bytes"])
        except (KeyError, TypeError, ValueError) as error:
            raise no_look() from error
        return cls(checks, dump_bytes)

    def estimate_bytes(self, server_dir: Path) -> int | None:
        """Return the larger of what lies there and the last archived night's dump; None if there is neither."""
        return max(self.dump_bytes, _last_night_bytes(server_dir)) or None


def no_look() -> ConfigError:
    """Return the error of a `script_look` that is no result of `oracle_script`."""
    return ConfigError(
        "hasil pemeriksaan skrip tidak lengkap",
        where="script_look",
        remedy="berikan hasil oracle_script operation=look apa adanya",
    )


def _last_night_bytes(server_dir: Path) -> int:
    for name in nights_of(server_dir):
        try:
            night = read_manifest(server_dir / name / MANIFEST_NAME)
        except ArchiveError:
            continue  # its own trouble is for others to tell
        return night.dump_bytes
    return 0
