# SPDX-License-Identifier: GPL-3.0-or-later
"""What the steps' facts say about the night as a whole. Facts come from a file: nothing in them is taken on trust."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..calendar import number, size
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
class SwingFact:
    """A change since the last night that somebody has to accept: of a table's rows, or of all bytes (no `table`).

    `now` is None for a table that is gone.
    """

    table: str
    before: int
    now: int | None

    @property
    def told(self) -> str:
        """The change in a sentence, e.g. `SIAKOFF.BIODATA_WNI turun 42,1 %, dari 66.000 menjadi 38.214 baris`."""
        what = self.table or "ukuran dump"
        if self.now is None:
            return f"{what} tidak ada lagi, sebelumnya {number(self.before)} baris"
        way = "naik" if self.now > self.before else "turun"
        percent = f" {number(abs(self.now - self.before) * 100 / self.before, 1)} %" if self.before else ""
        if not self.table:
            return f"{what} {way}{percent}, dari {size(self.before)} menjadi {size(self.now)}"
        return f"{what} {way}{percent}, dari {number(self.before)} menjadi {number(self.now)} baris"


@dataclass(frozen=True)
class CopyFact:
    """One proven copy on a medium, and how it was read back there.

    `serial` and `group` are empty where the medium has none, or the journal is older than they are; `night` is the
    copied folder's name where it is another night's.
    """

    label: str
    path: str
    read_back: str
    serial: str = ""
    group: str = ""
    night: str = ""


@dataclass(frozen=True)
class Outcome:
    """Where one server's backup lies and what was proven of it; empty where nothing is known.

    `server_folder` is the dated folder on the server itself, where the site's own script made the dump there. `copies`
    are those that were read back and compared, `caught_up` those of other nights, `advice` is what people should know
    of the media. `choice` is what the office had left out of the export; `compared` says with what tonight's rows were
    compared, or why they were not, and `swings` what lay outside the band. `rehearsal` is true as soon as one step says
    so: nobody may take a rehearsal for a backup.
    """

    archive_path: str = ""
    server_folder: str = ""
    copies: tuple[CopyFact, ...] = ()
    caught_up: tuple[CopyFact, ...] = ()
    advice: tuple[str, ...] = ()
    files: tuple[FileFact, ...] = ()
    verdict: str = ""
    counts: tuple[CountFact, ...] = ()
    rehearsal: bool = False
    choice: str = ""
    compared: str = ""
    swings: tuple[SwingFact, ...] = ()


def outcome(sop: Sop, server: ServerState) -> Outcome:
    """Collect the facts of a server's steps."""
    collect, file_dump, copy_media = (_facts(sop, server, role) for role in ("collect", "file_dump", "copy_media"))
    return Outcome(
        archive_path=_text(file_dump, "path"),
        server_folder=_text(file_dump, "server_folder"),
        copies=copies(copy_media),
        caught_up=_proven_copies(copy_media.get("caught_up")),
        advice=_texts(copy_media, "advice"),
        files=files(file_dump) or files(collect),
        verdict=verdict(collect) or "",
        counts=_counts(collect),
        rehearsal=any(step.facts.get("rehearsal") is True for step in server.steps.values()),
        choice=_text(_facts(sop, server, "export"), "choice"),
        compared=_compared(collect),
        swings=_swings(collect),
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


def copies(facts: Mapping[str, object]) -> tuple[CopyFact, ...]:
    """Return the proven copies of a step; a journal of before there could be several tells of one."""
    listed = facts.get("copies")
    return _proven_copies(listed if isinstance(listed, list) else [dict(facts)])


def _proven_copies(listed: object) -> tuple[CopyFact, ...]:
    return tuple(
        CopyFact(*(_text(item, key) for key in ("label", "path", "read_back", "serial", "group", "night")))
        for item in (listed if isinstance(listed, list) else [])
        if isinstance(item, dict) and _text(item, "path") and _text(item, "read_back")
    )


def missing_copies(facts: Mapping[str, object]) -> tuple[str, ...]:
    """Return why copies that the step should have made are not there."""
    listed = facts.get("copies")
    return tuple(
        f"kopian ke {_text(item, 'label')} {'menyusul' if item.get('status') == 'deferred' else 'gagal'}: "
        f"{_text(item, 'reason')}"
        for item in (listed if isinstance(listed, list) else [])
        if isinstance(item, dict) and not _text(item, "read_back")
    )


def missing_server_folder(facts: Mapping[str, object]) -> tuple[str, ...]:
    """Return why the server has no dated folder of its own, where the site's script made the dump there."""
    reason = _text(facts, "server_folder_missing")
    return (f"folder bertanggal di server tidak dibuat: {reason}",) if reason else ()


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


def _compared(facts: Mapping[str, object]) -> str:
    told = facts.get("swing")
    if not isinstance(told, dict):
        return ""
    with_night, reason = _text(told, "compared_with"), _text(told, "not_compared")
    return f"dibandingkan dengan {with_night}" if with_night else f"tidak dibandingkan, {reason}" if reason else ""


def _swings(facts: Mapping[str, object]) -> tuple[SwingFact, ...]:
    told = facts.get("swing")
    listed = told.get("found") if isinstance(told, dict) else None
    return tuple(
        SwingFact(_text(item, "table"), item["before"], item["now"])
        for item in (listed if isinstance(listed, list) else [])
        if isinstance(item, dict)
        and type(item.get("before")) is int
        and (item.get("now") is None or type(item.get("now")) is int)
    )


def _facts(sop: Sop, server: ServerState, role: str) -> Mapping[str, object]:
    step = sop.step_of_role(role)
    state = server.steps.get(step.number) if step else None
    return state.facts if state else {}


def _text(facts: Mapping[str, object], key: str) -> str:
    value = facts.get(key)
    return value if isinstance(value, str) else ""


def _texts(facts: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = facts.get(key)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
