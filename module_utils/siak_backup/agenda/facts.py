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
class Outcome:
    """Where one server's backup lies and what was proven of it; empty where nothing is known.

    `rehearsal` is true as soon as one step says so: nobody may take a
    rehearsal for a backup.
    """

    archive_path: str = ""
    medium_path: str = ""
    medium_label: str = ""
    files: tuple[FileFact, ...] = ()
    verdict: str = ""
    evidence: tuple[str, ...] = ()
    rehearsal: bool = False


def outcome(sop: Sop, server: ServerState) -> Outcome:
    """Collect the facts of a server's steps."""
    collect, file_dump, copy_media = (_facts(sop, server, role) for role in ("collect", "file_dump", "copy_media"))
    verdict = collect.get("verdict")
    judged: Mapping[str, object] = verdict if isinstance(verdict, dict) else {"status": verdict}
    return Outcome(
        archive_path=_text(file_dump, "path"),
        medium_path=_text(copy_media, "path"),
        medium_label=_text(copy_media, "label"),
        files=files(file_dump) or files(collect),
        verdict=_text(judged, "status"),
        evidence=_texts(judged.get("evidence")),
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
    """Return the files that facts list under `files`, those that are told completely."""
    listed = facts.get("files")
    return tuple(
        FileFact(_text(item, "name"), item["size_bytes"], _text(item, "sha256"))
        for item in (listed if isinstance(listed, list) else [])
        if isinstance(item, dict) and type(item.get("size_bytes")) is int and _text(item, "name")
    )


def _facts(sop: Sop, server: ServerState, role: str) -> Mapping[str, object]:
    step = sop.step_of_role(role)
    state = server.steps.get(step.number) if step else None
    return state.facts if state else {}


def _text(facts: Mapping[str, object], key: str) -> str:
    value = facts.get(key)
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
