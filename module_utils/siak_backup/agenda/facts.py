# SPDX-License-Identifier: GPL-3.0-or-later
"""What the steps' facts say about the night as a whole. Facts come from a file: nothing in them is taken on trust."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .grid import cut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..sop import Sop
    from .ledger import ServerState


#: What one line can hold beside the facts is far less than the rest of its 64 KiB.
_MAX_FACTS_BYTES = 56 * 1024
_MAX_TEXT = 2000

#: The key that names what was left out.
LEFT_OUT = "left_out"


@dataclass(frozen=True)
class FileFact:
    """One file of the backup."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class CountFact:
    """Rows of one table, counted in the database as of the export's SCN and in the dump."""

    table: str
    rows_in_database: int
    rows_in_export: int


@dataclass(frozen=True)
class Outcome:
    """Where one server's backup lies and what was proven of it; empty where nothing is known.

    `read_back` is true if the copy on the medium was read and compared,
    `rehearsal` as soon as one step says so: nobody may take a rehearsal for
    a backup.
    """

    archive_path: str = ""
    medium_path: str = ""
    medium_label: str = ""
    files: tuple[FileFact, ...] = ()
    verdict: str = ""
    counts: tuple[CountFact, ...] = ()
    read_back: bool = False
    rehearsal: bool = False


def outcome(sop: Sop, server: ServerState) -> Outcome:
    """Collect the facts of a server's steps."""
    collect, file_dump, copy_media = (_facts(sop, server, role) for role in ("collect", "file_dump", "copy_media"))
    return Outcome(
        archive_path=_text(file_dump, "path"),
        medium_path=_text(copy_media, "path"),
        medium_label=_text(copy_media, "label"),
        files=files(file_dump) or files(collect),
        verdict=verdict(collect) or "",
        counts=_counts(collect),
        read_back=bool(_text(copy_media, "read_back")),
        rehearsal=any(step.facts.get("rehearsal") is True for step in server.steps.values()),
    )


def fit(facts: Mapping[str, object]) -> dict[str, object]:
    """Return facts that fit into a journal line.

    Long texts are cut. If that is not enough, the largest values are left
    out and named under `left_out`: what is not recorded does not count as
    proven, but the step's end is on record.
    """
    fitting = {str(key): _short(value) for key, value in facts.items()}
    left_out: list[str] = []
    while _length(fitting) > _MAX_FACTS_BYTES:
        largest = max((key for key in fitting if key != LEFT_OUT), key=lambda key: _length(fitting[key]))
        del fitting[largest]
        left_out.append(cut(largest, 100))
        fitting[LEFT_OUT] = left_out
    return fitting


def _short(value: object) -> object:
    if isinstance(value, str):
        return cut(str(value), _MAX_TEXT)
    if isinstance(value, list | tuple):
        return [_short(item) for item in value]
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    return value


def _length(value: object) -> int:
    return len(json.dumps(value, separators=(",", ":"), default=str))


def files(facts: Mapping[str, object]) -> tuple[FileFact, ...]:
    """Return the files that facts list under `files`, those that are told whole."""
    listed = facts.get("files")
    return tuple(
        FileFact(_text(item, "name"), item["size_bytes"], _text(item, "sha256"))
        for item in (listed if isinstance(listed, list) else [])
        if isinstance(item, dict) and type(item.get("size_bytes")) is int and _text(item, "name")
    )


def output(facts: Mapping[str, object]) -> tuple[int, int] | None:
    """Return how many files a step made and their bytes, whether it lists or counts them; None if it tells none."""
    listed = files(facts)
    if listed:
        return len(listed), sum(file.size_bytes for file in listed)
    for key in ("files", "pieces"):
        count, size_bytes = facts.get(key), facts.get("size_bytes")
        if type(count) is int and count > 0 and type(size_bytes) is int:
            return count, size_bytes
    return None


def verdict(facts: Mapping[str, object]) -> str | None:
    """Return the status a step gave the dump, as text; None if it judged none."""
    told = facts.get("verdict")
    if told is None:
        return None
    return str(told.get("status")) if isinstance(told, dict) else str(told)


def _counts(facts: Mapping[str, object]) -> tuple[CountFact, ...]:
    listed = facts.get("counts")
    return tuple(
        CountFact(_text(item, "table"), item["rows_in_database"], item["rows_in_export"])
        for item in (listed if isinstance(listed, list) else [])
        if isinstance(item, dict)
        and type(item.get("rows_in_database")) is int
        and type(item.get("rows_in_export")) is int
    )


def _facts(sop: Sop, server: ServerState, role: str) -> Mapping[str, object]:
    step = sop.step_of_role(role)
    state = server.steps.get(step.number) if step else None
    return state.facts if state else {}


def _text(facts: Mapping[str, object], key: str) -> str:
    value = facts.get(key)
    return value if isinstance(value, str) else ""
