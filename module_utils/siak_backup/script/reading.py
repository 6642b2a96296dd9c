# SPDX-License-Identifier: GPL-3.0-or-later
"""The site's own script, brought here for a moment and read for known traps. Only the doctor asks for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ..durable import archive_errors
from ..errors import CollectError, SiakError, restored
from .lint import Finding, lint
from .plan import is_plain_pattern

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .plan import ScriptPlan
    from .remote import Line

#: A script is a few pages; what is larger is something else, and is left where it is.
MOST_BYTES: Final = 256 << 10

#: What sftp would take for a pattern.
_UNSAFE: Final = re.compile(r"[*?\[\]]")


@dataclass(frozen=True)
class Reading:
    """The traps that the script's text shows or, where it could not be read, why. Never any of the text itself."""

    traps: tuple[Finding, ...] = ()
    error: SiakError | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the form for a module's result; an empty `error` means that the script was read."""
        return {
            "traps": [trap.as_dict() for trap in self.traps],
            "error": self.error.as_dict() if self.error is not None else {},
        }

    @classmethod
    def from_dict(cls, parts: Mapping[str, Any]) -> Reading:
        """Read it back. Raises KeyError, TypeError or ValueError for what is no such form."""
        traps = tuple(
            Finding(str(trap["rule"]), int(trap["line"]), str(trap["found"]), str(trap["remedy"]))
            for trap in parts["traps"]
        )
        return cls(traps, restored(parts["error"]) if parts["error"] else None)


def read_script(line: Line, plan: ScriptPlan, folder: Path) -> Reading:
    """Bring the script into `folder`, which is to be private and gone soon, and lint it. Never raises SiakError."""
    try:
        text = _fetch(line, plan, folder)
    except SiakError as error:
        return Reading(error=error)
    return Reading(lint(text, plan.kind))


def _fetch(line: Line, plan: ScriptPlan, folder: Path) -> str:
    """Return the script's text. Raises CollectError, ConnectError, LoginError, ArchiveError, ConfigError."""
    name = plan.script_name
    if not line.remote.streams:
        raise _unread(plan, "sambungan ini tidak mengambil berkas")
    if _UNSAFE.search(plan.script):
        raise _unread(plan, "path memuat karakter yang tidak aman untuk SFTP")
    listing = line.ask(line.shell.listing(plan.script_folder, [name if is_plain_pattern(name) else "*"]))
    sizes = [file.size_bytes for file in plan.of(listing.files(), (name,))]
    if not sizes:
        raise _unread(plan, "bukan berkas biasa")
    if sizes[0] > MOST_BYTES:
        raise _unread(plan, f"terlalu besar untuk sebuah skrip, {sizes[0]} byte")
    target = folder / "script"
    line.fetch(plan.script, target)
    with archive_errors(target):
        return target.read_bytes()[:MOST_BYTES].decode("utf-8", "replace")


def _unread(plan: ScriptPlan, what: str) -> CollectError:
    return CollectError(f"skrip tidak dapat dibaca, {what}", where=f"{plan.where}, {plan.script}")
