# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge files that nobody has sorted: Data Pump sets, classic exports, logs, and what is none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UnreadableError
from .exp import begins_exp, judge_exp, parse_exp_header
from .header import BLOCK_BYTES, is_data_pump, parse_header
from .judge import judge_log, judge_set
from .source import Source
from .status import Status
from .verdict import Evidence, Judgement

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def judge_files(paths: Iterable[Path]) -> dict[Path, Judgement | UnreadableError]:
    """Judge each file by its bytes, Data Pump files of one job as the set they are.

    What cannot be opened or read has its error instead of a judgement.
    """
    judged: dict[Path, Judgement | UnreadableError] = {}
    sets: dict[str, list[Path]] = {}
    for path in paths:
        try:
            with Source(path) as source:
                block = source.read(0, BLOCK_BYTES)
                if is_data_pump(block):
                    header = parse_header(block)
                    sets.setdefault(header.guid if header else str(path), []).append(path)
                else:
                    judged[path] = _judge_other(source, block)
        except UnreadableError as e:
            judged[path] = e
    for members in sets.values():
        judged |= dict.fromkeys(members, _judge_set(members))
    return judged


def _judge_set(members: list[Path]) -> Judgement | UnreadableError:
    try:
        return judge_set(members)
    except UnreadableError as e:
        return e


def _judge_other(source: Source, block: bytes) -> Judgement:
    if (header := parse_exp_header(block)) is not None:
        return judge_exp(source, header)
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
