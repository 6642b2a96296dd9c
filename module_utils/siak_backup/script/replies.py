# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a shell's command texts print (`shell.py`). What the server says is believed only where it fits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import ConnectError
from .shell import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE = re.compile(rf"{MARK} ([a-z0-9]+)(?: (.*))?")
_FILE = re.compile(r"(\d{1,18}) (\d{1,12}) ([ -~]{1,255})")
_NUMBER = re.compile(r"-?\d{1,18}")


@dataclass(frozen=True)
class ServerFile:
    """A file in a folder of the server. `changed_at`: its last change, seconds since 1970 by the server's clock."""

    name: str
    size_bytes: int
    changed_at: int

    def as_dict(self) -> dict[str, str | int]:
        """Return the results' form."""
        return {"name": self.name, "size_bytes": self.size_bytes, "changed_at": self.changed_at}


@dataclass(frozen=True)
class Reply:
    """A whole answer: its lines, in order, as word and value."""

    lines: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, printed: str) -> Reply:
        """Read what a command printed. Raises ConnectError if the end is missing."""
        lines: list[tuple[str, str]] = []
        for line in printed.splitlines():
            match = _LINE.fullmatch(line.strip())
            if match is None:
                continue
            if match[1] == "end":
                return cls(tuple(lines))
            lines.append((match[1], match[2] or ""))
        raise ConnectError(
            "jawaban server terpotong",
            remedy="periksa sambungan, shell akun itu, dan siak_script.shell (posix atau cmd)",
        )

    def has(self, word: str) -> bool:
        """Tell whether a line bears the word."""
        return any(found == word for found, _ in self.lines)

    def values(self, word: str) -> tuple[str, ...]:
        """Return the values of all lines that bear the word."""
        return tuple(value for found, value in self.lines if found == word)

    def text(self, word: str) -> str:
        """Return the value of the first line that bears the word, empty if none does."""
        return next(iter(self.values(word)), "")

    def number(self, word: str) -> int | None:
        """Return it as a whole number, None where there is none."""
        value = self.text(word)
        return int(value) if _NUMBER.fullmatch(value) else None

    def files(self) -> tuple[ServerFile, ...]:
        """Return the files of a listing by name, each once: several patterns may match it."""
        return tuple(sorted(dict(self._files()).values(), key=lambda file: file.name))

    def _files(self) -> Iterator[tuple[str, ServerFile]]:
        for value in self.values("file"):
            match = _FILE.fullmatch(value)
            if match is not None:
                yield match[3], ServerFile(match[3], int(match[1]), int(match[2]))
