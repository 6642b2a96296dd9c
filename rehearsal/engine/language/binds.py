# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bind variables a text names, as the driver finds them: not in strings, comments or quoted identifiers."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SCAN = re.compile(
    r"""
      --[^\n]* | /\*.*?\*/                                          # comments
    | n?q'(?:\[.*?\]|\{.*?\}|\(.*?\)|<.*?>|(?P<quote>[^\s\[{(<]).*?(?P=quote))'   # q'[...]'
    | '(?:''|[^'])*' | "[^"]*"                                      # strings, quoted identifiers
    | [a-z][a-z0-9_$\#]*                                            # words
    | :\s*(?P<bind>[a-z0-9_][a-z0-9_$\#]*|"[^"]+")
    """,
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_BLOCK = {"BEGIN", "DECLARE"}


@dataclass(frozen=True)
class Occurrence:
    """A bind variable in a text: its name (upper-case unless quoted), and where its colon stands (1-based)."""

    name: str
    line: int
    column: int


def find_binds(text: str) -> tuple[Occurrence, ...]:
    """Return every occurrence in the order of the text."""
    found = []
    for match in _SCAN.finditer(text):
        written = match["bind"]
        if written:
            name = written[1:-1] if written.startswith('"') else written.upper()
            line = text.count("\n", 0, match.start()) + 1
            found.append(Occurrence(name, line, match.start() - text.rfind("\n", 0, match.start())))
    return tuple(found)


def first_word(text: str) -> str:
    """Return the statement's first keyword, upper-case; "" if it begins with anything else."""
    for match in re.finditer(
        r"--[^\n]*|/\*.*?\*/|\s+|<<\s*\w+\s*>>|(?P<word>[a-z]+)|.", text, re.IGNORECASE | re.DOTALL
    ):
        if match["word"]:
            return match["word"].upper()
        if not match[0].isspace() and not match[0].startswith(("--", "/*", "<<", "(")):
            return ""
    return ""


def is_block(text: str) -> bool:
    """Tell whether a text is an anonymous PL/SQL block."""
    return first_word(text) in _BLOCK
