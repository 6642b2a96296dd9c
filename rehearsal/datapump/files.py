# SPDX-License-Identifier: GPL-3.0-or-later
"""ADD_FILE: names with `%U`, sizes with K, M, G and T, and the supply of dump files they make."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import DataPumpError, error

if TYPE_CHECKING:
    from pathlib import Path

_MIN_FILE_BYTES = 40 * 1024
_MAX_FILE_BYTES = 16 << 40
_UNITS = {"": 1, "B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SIZE = re.compile(r"\s*(\d+)\s*([BKMGT]?)\s*", re.IGNORECASE)
_WILDCARD = re.compile(r"%(.)", re.DOTALL)
_NUMBERED = {"U": (2, 99), "L": (2, 2**31 - 1)}


def parse_size(text: str | None) -> int | None:
    """Return a FILESIZE in bytes, None for no limit. Raises DataPumpError 39001 below 40 KB or above 16 TB."""
    if text is None:
        return None
    match = _SIZE.fullmatch(text)
    bytes_ = int(match[1]) * _UNITS[match[2].upper()] if match else -1
    if bytes_ == 0:
        return None
    if not _MIN_FILE_BYTES <= bytes_ <= _MAX_FILE_BYTES:
        raise DataPumpError(39001)
    return bytes_


def check_name(name: str | None) -> str:
    """Return a file name without a path. Raises DataPumpError 39001, with 39088 beneath for a path."""
    if not name:
        raise DataPumpError(39001)
    if any(separator in name for separator in "/\\:"):
        raise DataPumpError(39001, error(39088))
    return name


@dataclass(frozen=True)
class DumpSpec:
    """One ADD_FILE call for dumps: `folder` is where `directory` points; `name` may hold `%U` (or `%L`, 12.2)."""

    directory: str
    folder: Path
    name: str
    limit_bytes: int | None
    reuse: bool

    @property
    def is_template(self) -> bool:
        """Tell whether the name stands for many files."""
        return "%" in self.name

    def path(self, number: int) -> Path | None:
        """Return the path of this spec's file `number`, None behind its last."""
        match = _WILDCARD.search(self.name)
        if match is None:
            return self.folder / self.name if number == 1 else None
        width, last = _NUMBERED[match[1].upper()]
        return self.folder / _WILDCARD.sub(f"{number:0{width}d}", self.name) if number <= last else None


def check_template(name: str, version: tuple[int, ...]) -> None:
    """Raise DataPumpError 39001 with 39124 beneath unless the name's only wildcard is one the release knows."""
    wildcards = [letter.upper() for letter in _WILDCARD.findall(name)]
    allowed = {"U", "L"} if version >= (12, 2) else {"U"}
    if name.count("%") != len(wildcards) or len(wildcards) > 1 or not allowed.issuperset(wildcards):
        raise DataPumpError(39001, error(39000), error(39124, name))


class DumpFileSupply:
    """Creates the dump files of a job: the specs take turns, each plain name serving once."""

    def __init__(self) -> None:
        self.specs: list[DumpSpec] = []
        self.created: list[tuple[Path, DumpSpec]] = []
        self._turn = 0

    def add(self, spec: DumpSpec) -> None:
        """Take a spec in. Raises DataPumpError 39001: the same file twice, or one that exists and may not be reused."""
        first = spec.path(1)
        for other in self.specs:
            if other.path(1) == first:
                raise DataPumpError(39001, error(39000), error(39141, first, first))
        if first is not None and first.exists() and not spec.reuse:
            raise DataPumpError(39001, error(39000), error(31641, first), error(27038))
        if not os.access(spec.folder, os.W_OK | os.X_OK):
            raise DataPumpError(39001, error(39000), error(31641, first), error(27040))
        self.specs.append(spec)

    def create(self) -> tuple[Path, int | None] | None:
        """Create the next file. Raises OSError, FileExistsError for a file nobody gave leave to reuse."""
        for _ in self.specs:
            spec = self.specs[self._turn % len(self.specs)]
            self._turn += 1
            path = spec.path(1 + sum(made_by is spec for _, made_by in self.created))
            if path is None:
                continue
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | (os.O_TRUNC if spec.reuse else os.O_EXCL), 0o640))
            self.created.append((path, spec))
            return path, spec.limit_bytes
        return None
