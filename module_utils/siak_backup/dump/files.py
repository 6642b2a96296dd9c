# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge files that nobody has sorted: Data Pump sets, classic exports, logs, and what is none of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ..errors import UnreadableError
from .exp import begins_exp, judge_exp, parse_exp_header
from .header import BLOCK_BYTES, is_data_pump, parse_header
from .judge import judge_log, judge_set
from .source import Source
from .status import Status
from .verdict import Evidence, Judgement

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

_SUFFIXES: Final = frozenset({".dmp", ".log"})


@dataclass(frozen=True)
class JudgedDump:
    """The files of one Data Pump set, or one file of another kind, and the verdict, or why there is none."""

    paths: tuple[Path, ...]
    size_bytes: int
    judgement: Judgement | UnreadableError

    @property
    def name(self) -> str:
        """The first file's name, and how many more there are."""
        more = f" dan {len(self.paths) - 1} file lain" if len(self.paths) > 1 else ""
        return self.paths[0].name + more

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The checks; for what cannot be read, that alone."""
        if isinstance(self.judgement, UnreadableError):
            return (Evidence("file", self.judgement.what, "terbaca", Status.UNKNOWN, self.name),)
        return self.judgement.evidence

    def as_dict(self) -> dict[str, object]:
        """Return everything for JSON, with `error` for what cannot be read."""
        if isinstance(self.judgement, UnreadableError):
            facts = Judgement("", self.evidence, (), {"error": str(self.judgement)}).as_dict()
        else:
            facts = self.judgement.as_dict()
        return {"paths": [*map(str, self.paths)], "size_bytes": self.size_bytes} | facts


def find_dumps(path: Path) -> list[Path]:
    """Return `path` itself or, of a folder, what in it begins as a dump or is named like a dump or log.

    Raises UnreadableError if a folder, or a file in it whose name does not tell, cannot be read.
    """
    if not path.is_dir():
        return [path]
    try:
        entries = sorted(entry for entry in path.iterdir() if not entry.is_dir())
    except OSError as e:
        raise UnreadableError("folder tidak dapat dibaca", where=str(path), remedy=e.strerror or "") from e
    return [entry for entry in entries if entry.suffix.lower() in _SUFFIXES or _begins_dump(entry)]


def _begins_dump(path: Path) -> bool:
    if not path.is_file():
        return False
    with Source(path) as source:
        block = source.read(0, BLOCK_BYTES)
    return is_data_pump(block) or begins_exp(block)


def judge_files(paths: Iterable[Path], *, walk_bytes: int | None = None) -> dict[Path, Judgement | UnreadableError]:
    """Judge files like `judge_dumps`; return the verdict on each, which all files of a set share."""
    dumps = judge_dumps(paths, walk_bytes=walk_bytes)
    return {path: dump.judgement for dump in dumps for path in dump.paths}


def judge_dumps(
    paths: Iterable[Path], *, made_after: datetime | None = None, walk_bytes: int | None = None
) -> list[JudgedDump]:
    """Judge each file by its bytes, Data Pump files of one job as the set they are.

    What cannot be opened or read has its error instead of a judgement. A dump is stale whose header gives a time
    before `made_after`, which is compared as wall clock of the server, and unknown if there is no such time: a classic
    export has it in its client's language. `walk_bytes` is that of `judge_set`.
    """
    judged: list[JudgedDump] = []
    sets: dict[str, list[tuple[int, Path]]] = {}
    sizes_bytes: dict[Path, int] = {}
    for path in paths:
        try:
            with Source(path) as source:
                sizes_bytes[path] = source.size_bytes
                block = source.read(0, BLOCK_BYTES)
                if is_data_pump(block):
                    header = parse_header(block)
                    guid, number = (header.guid, header.file_number) if header else (str(path), 0)
                    sets.setdefault(guid, []).append((number, path))
                else:
                    judged.append(JudgedDump((path,), source.size_bytes, _judge_other(source, block, made_after)))
        except UnreadableError as e:
            judged.append(JudgedDump((path,), 0, e))
    for part in (part for numbered in sets.values() for part in _without_copies(numbered)):
        size_bytes = sum(sizes_bytes[path] for path in part)
        judged.append(JudgedDump(tuple(part), size_bytes, _judge_set(part, made_after, walk_bytes)))
    return judged


def _without_copies(numbered: list[tuple[int, Path]]) -> list[list[Path]]:
    """Return the files of one job as the sets they are, given with their numbers.

    Copies have the GUID and numbers of what they copy. They are no set together, and one that is spoilt says nothing
    of another: first files stand for themselves, and what lies in different folders are different sets.
    """
    numbers = {number for number, _ in numbered}
    if numbers == {1}:
        return [[path] for _, path in numbered]
    folders: dict[Path | None, list[Path]] = {}
    for _, path in numbered:
        folders.setdefault(None if len(numbers) == len(numbered) else path.parent, []).append(path)
    return list(folders.values())


def _judge_set(members: list[Path], made_after: datetime | None, walk_bytes: int | None) -> Judgement | UnreadableError:
    try:
        return judge_set(members, started_at=made_after, clock_skew_s=0.0, walk_bytes=walk_bytes)
    except UnreadableError as e:
        return e


def _judge_other(source: Source, block: bytes, made_after: datetime | None) -> Judgement:
    if (header := parse_exp_header(block)) is not None:
        judgement = judge_exp(source, header)
        if made_after is None:
            return judgement
        date = Evidence("date", "tidak terbaca", f"sejak {made_after:%Y-%m-%d %H:%M:%S}", Status.UNKNOWN)
        return replace(judgement, evidence=(*judgement.evidence, date))
    if begins_exp(block):
        cut = source.size_bytes < BLOCK_BYTES
        evidence = Evidence(
            "header", "tidak utuh", "kepala dump exp", Status.TRUNCATED if cut else Status.DAMAGED, source.path.name
        )
        return Judgement("exp", (evidence,), (), {})
    if (judgement := judge_log(source)).kind:
        return judgement
    seen = "kosong" if not source.size_bytes else "bukan dump dan bukan log"
    means = Status.UNKNOWN if source.size_bytes else Status.TRUNCATED
    return Judgement("", (Evidence("kind", seen, "dump Oracle atau log", means, source.path.name),), (), {})
