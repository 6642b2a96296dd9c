# SPDX-License-Identifier: GPL-3.0-or-later
"""The parser's tables, kept from one start to the next: making them takes a second or two.

A pickle can do anything when it is loaded, so a file is believed only if it is ours, nobody else may write it or
its folder, and it was made of this grammar by this Lark.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import lark
from lark import Lark

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = "rehearsal-grammar.lalr"
_DIGEST_BYTES = 32


def user_cache(environment: Mapping[str, str]) -> Path:
    """Return this user's folder for what can be made again, as the XDG Base Directory Specification has it."""
    named = environment.get("XDG_CACHE_HOME", "")
    home = Path(named) if named.startswith("/") else Path(environment.get("HOME", "/nonexistent")) / ".cache"
    return home / "siak-backup"


def load_parser(grammar: str, start: list[str], folder: Path) -> Lark:
    """Return the LALR(1) parser of `grammar` with its start rules, its tables from a file in `folder` or put there.

    Raises what Lark does for a wrong grammar. A file or folder that cannot be used costs time, no more.
    """
    kept = folder / _NAME
    made_of = "\0".join((lark.__version__, *start, grammar)).encode()
    tables = _read(kept, made_of)
    if tables is not None:
        return Lark.load(io.BytesIO(tables))
    parser = Lark(grammar, parser="lalr", start=start, maybe_placeholders=True, propagate_positions=True)
    with suppress(OSError):  # nowhere to keep them: the tables are made at each start
        _write(kept, made_of, parser)
    return parser


def _read(kept: Path, made_of: bytes) -> bytes | None:
    """Return the tables in `kept`, or None if they are not to be believed; what is checked is the file that is read."""
    try:
        if not _only_ours(kept.parent.stat()):
            return None
        with os.fdopen(os.open(kept, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode) or not _only_ours(facts):
                return None
            digest, tables = file.read(_DIGEST_BYTES), file.read()
    except OSError:
        return None
    return tables if hmac.compare_digest(digest, _digest(made_of, tables)) else None


def _only_ours(facts: os.stat_result) -> bool:
    return facts.st_uid == os.geteuid() and not facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _write(kept: Path, made_of: bytes, parser: Lark) -> None:
    """Put the tables in place whole, so that of several starts at a time any may be the last."""
    buffer = io.BytesIO()
    parser.save(buffer)
    tables = buffer.getvalue()
    kept.parent.parent.mkdir(parents=True, exist_ok=True)
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        part = Path(folder) / kept.name
        part.touch(mode=0o600)
        part.write_bytes(_digest(made_of, tables) + tables)
        part.replace(kept)


def _digest(made_of: bytes, tables: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(made_of).digest() + tables).digest()
