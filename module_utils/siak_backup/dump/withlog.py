# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge one export of whichever tool, classic exp or Data Pump, with the log it left: neither is believed alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .exp import begins_exp, judge_exp, parse_exp_header
from .header import BLOCK_BYTES, is_data_pump
from .judge import judge_set, log_bytes, log_evidence, log_rows_evidence
from .log import ExportLog, read_log
from .source import Source
from .status import Status
from .verdict import Evidence, Judgement, TableRows, expect

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def judge_with_log(paths: Sequence[Path], log: Path) -> Judgement:
    """Judge all dump files of one export, in any order, by their bytes and its log.

    Several files are one Data Pump set; a classic export that FILESIZE cut into several cannot be judged.

    Raises:
        UnreadableError: a file cannot be opened or read.
    """
    kinds = {_kind(path) for path in paths}
    if kinds == {"datapump"}:
        return judge_set(paths, log=log)
    if kinds == {"exp"} and len(paths) == 1:
        return _judge_exp(paths[0], log)
    seen = ", ".join(sorted(kinds)) if kinds else "tanpa dump"
    means = Status.UNKNOWN if kinds - {""} else Status.DAMAGED
    evidence = Evidence("kind", f"{len(paths)} file: {seen}", "satu set Data Pump, atau satu file exp", means)
    return Judgement("", (evidence,), (), {})


def _kind(path: Path) -> str:
    with Source(path) as source:
        block = source.read(0, BLOCK_BYTES)
    if is_data_pump(block):
        return "datapump"
    return "exp" if begins_exp(block) else ""


def _judge_exp(path: Path, log: Path) -> Judgement:
    exported = read_log(log_bytes(log))
    with Source(path) as source:
        header = parse_exp_header(source.read(0, BLOCK_BYTES))
        if header is None:
            evidence = Evidence("header", "tidak utuh", "kepala dump exp", Status.DAMAGED, path.name)
            return Judgement("exp", (evidence,), (), {})
        judgement = judge_exp(source, header)
    tables = _counted(judgement.tables, exported)
    by_log = [
        log_evidence(exported),
        expect("log tool", exported.kind or "tidak dikenal", "exp", Status.STALE),
    ]
    if uncounted := sum(table.rows is None for table in tables):
        by_log.append(expect("row counts", uncounted, 0, Status.UNKNOWN, unit="objek tidak terhitung"))
    elif exported.succeeded:
        by_log += log_rows_evidence(exported.tables, tables)
    return replace(judgement, evidence=(*judgement.evidence, *by_log), tables=tables)


def _counted(tables: Sequence[TableRows], log: ExportLog) -> tuple[TableRows, ...]:
    """Return the dump's tables; rows that cannot be counted in it are those that the log tells."""
    told = {(table.schema, table.name, table.partition): table.rows for table in log.tables}
    return tuple(
        replace(table, rows=told.get((table.schema, table.name, table.partition))) if table.rows is None else table
        for table in tables
    )
