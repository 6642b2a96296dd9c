# SPDX-License-Identifier: GPL-3.0-or-later
"""One line of the journal, version 1: how it is written and what makes a line sound.

A line is one JSON object in ASCII, at most 64 KiB with its newline. Keys of
every line: `v`, `seq`, `at`, `run`, `event`, `prev` (docs/design.md).
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from ..errors import AgendaError

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
MAX_LINE_BYTES = 64 * 1024

#: What stands in `prev` of a node's very first line.
NO_PREVIOUS = "0" * 64

TOO_LONG = "baris lebih panjang dari 64 KiB"

#: Deeper values are nothing a module of ours returns.
_MAX_DEPTH = 8
_MAX_TEXT = 8 * 1024

#: Beyond it other readers of JSON would round.
MAX_SEQ = 2**53

_SHA256 = re.compile(r"[0-9a-f]{64}")

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True)
class Sound:
    """A line that is whole and says what version 1 may say.

    `number` counts from 1 in its file; `sha256` is that of the line without
    its newline.
    """

    number: int
    record: dict[str, Any]
    sha256: str


@dataclass(frozen=True)
class Damaged:
    """A line that is not; `reason` is in Indonesian, for an operator."""

    number: int
    reason: str
    sha256: str


def digest(raw: bytes) -> str:
    """Return the SHA-256 of a line (without its newline) or of a whole file, in lower-case hex."""
    return hashlib.sha256(raw).hexdigest()


def compose(record: Mapping[str, object], *, seq: int, at: datetime, prev: str) -> bytes:
    """Return the line for a record, newline included.

    Raises:
        AgendaError: a value is not plain JSON, or the line is longer than 64
            KiB. The message never quotes the value.
    """
    keys = {"v": VERSION, "seq": seq, "at": at.isoformat(timespec="milliseconds")}
    raw = json.dumps(keys | plain(record) | {"prev": prev}, separators=(",", ":"), allow_nan=False).encode("ascii")
    if len(raw) >= MAX_LINE_BYTES:
        raise AgendaError(
            f"catatan sepanjang {len(raw)} byte melebihi batas 64 KiB",
            where=str(record.get("event")),
            remedy="laporkan sebagai kesalahan program",
        )
    return raw + b"\n"


def plain(record: Mapping[str, object]) -> dict[str, Json]:
    """Return a record as plain JSON values, subclasses of str and the like replaced by the plain type.

    Raises:
        AgendaError: a value is of another type, not finite, nested deeper
            than 8 or a text longer than 8,192 letters.
    """
    value = _plain(record, "", _MAX_DEPTH)
    assert isinstance(value, dict)  # noqa: S101 - for mypy: a mapping becomes a dict
    return value


def _plain(value: object, key: str, depth: int) -> Json:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) <= _MAX_TEXT:
        return "".join(value)
    if isinstance(value, int) and abs(value) <= MAX_SEQ:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if depth and isinstance(value, dict) and all(isinstance(name, str) for name in value):
        return {"".join(name): _plain(item, f"{key}.{name}", depth - 1) for name, item in value.items()}
    if depth and isinstance(value, list | tuple):
        return [_plain(item, f"{key}.{number}", depth - 1) for number, item in enumerate(value)]
    raise AgendaError(
        f"nilai {type(value).__name__} tidak dapat dicatat",
        where=key.removeprefix(".")[:200],
        remedy="laporkan sebagai kesalahan program",
    )


def parse(raw: bytes, number: int) -> Sound | Damaged:
    """Judge one line, given without its newline."""
    sha256 = digest(raw)
    if len(raw) >= MAX_LINE_BYTES:
        return Damaged(number, TOO_LONG, sha256)
    try:
        record = _DECODER.decode(raw.decode("ascii"))
    except (ValueError, RecursionError):
        return Damaged(number, "bukan JSON yang utuh", sha256)
    reason = _problem(record)
    return Sound(number, record, sha256) if reason is None else Damaged(number, reason, sha256)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


#: Made once: json.loads would make one a line.
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _problem(record: object) -> str | None:
    """Return what keeps a value from being a record of version 1, or None."""
    if not isinstance(record, dict):
        return "bukan objek JSON"
    get = record.get
    version, seq, prev = get("v"), get("seq"), get("prev")
    if type(version) is int and version > VERSION:
        return f"versi {version} lebih baru dari program ini"
    # One after the other, and no table of checks: every line of a year comes through here.
    wrong = []
    if type(version) is not int or version != VERSION:
        wrong.append("v")
    if type(seq) is not int or not 1 <= seq <= MAX_SEQ:
        wrong.append("seq")
    if not is_moment(get("at")):
        wrong.append("at")
    wrong += [key for key in ("run", "event") if not get(key) or not isinstance(get(key), str)]
    if not isinstance(prev, str) or _SHA256.fullmatch(prev) is None:
        wrong.append("prev")
    return f"kunci {', '.join(wrong)} tidak ada atau salah" if wrong else None


def is_moment(value: object) -> TypeGuard[str]:
    """Whether a value is an ISO 8601 time with offset."""
    if not isinstance(value, str):
        return False
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
