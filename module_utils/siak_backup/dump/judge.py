# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge the files of one Data Pump export, and its log, from their bytes alone."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from .header import BLOCK_BYTES
from .log import read_log
from .master import read_master
from .piece import Piece, is_spread, set_evidence, size_evidence
from .source import Source
from .status import Status
from .stream import CompressedError, StreamError
from .verdict import Evidence, Judgement, TableRows, expect, tables_evidence
from .walk import layout_evidence, row_evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from .log import ExportLog
    from .master import Master

__all__ = ["Judgement", "judge_log", "judge_set"]

#: A log has a line a table; this holds more than a hundred thousand. A longer one ends here, and so proves nothing.
_LONGEST_LOG_BYTES: Final = 16 << 20
_CLOCK_SKEW_S: Final = 300.0
_UNREADABLE_LETTER: Final = "\ufffd"


def judge_set(
    paths: Sequence[Path],
    log: Path | None = None,
    *,
    job_name: str | None = None,
    started_at: datetime | None = None,
    clock_skew_s: float = _CLOCK_SKEW_S,
    expected_rows: Mapping[str, int] | None = None,
    walk_bytes: int | None = None,
) -> Judgement:
    """Judge a set of Data Pump files, in any order, with the log of the export if there is one.

    Args:
        paths: all files of the set and no other.
        log: the export's log; None leaves what it could tell out of the verdict.
        job_name: the job that must have written the files, without its owner.
        started_at: when the export was begun, on the server's clock and in the server's zone, for a header holds
            wall-clock time.
        clock_skew_s: seconds by which a file may be older than that.
        expected_rows: rows the export must hold of some tables, by `SCHEMA.NAME`; partitions are added up.
        walk_bytes: bytes of table rows that are walked at most; None walks all. The evidence says how many were.

    Raises:
        UnreadableError: a file cannot be opened or read.
    """
    with ExitStack() as stack:
        pieces = [Piece.read(stack.enter_context(Source(path))) for path in paths]
        own = [one for piece in pieces for one in piece.own_evidence()]
        together = list(set_evidence(pieces, job_name))
        if started_at is not None:
            together += (piece.date_evidence(started_at, clock_skew_s) for piece in pieces if piece.header)
        master, inner = _look_inside(pieces, walk_bytes) if all(one.ok for one in own) else (None, [])
    tables = _tables(master)
    if log is not None:
        exported = read_log(log_bytes(log))
        inner += _log_evidence(exported, pieces, master)
        tables = tables or exported.tables
    inner += _count_evidence(tables, expected_rows or {})
    facts = {"files": [piece.as_dict() for piece in pieces]} | (master.as_dict() if master else {})
    return Judgement("datapump", (*own, *together, *inner), tables, facts)


def judge_log(source: Source) -> Judgement:
    """Judge a log alone; `kind` is empty if it is none. Raises UnreadableError."""
    log = read_log(source.read(0, _LONGEST_LOG_BYTES))
    facts = {"written_by": log.kind, "job_name": f"{log.job_owner}.{log.job_name}", "files": list(log.files)}
    evidence = Evidence("log", log.summary(), "ekspor berhasil", log.status, source.path.name)
    return Judgement("log" if log.kind else "", (evidence,), log.tables, facts)


def _look_inside(pieces: Sequence[Piece], walk_bytes: int | None) -> tuple[Master | None, list[Evidence]]:
    """Read the master table and what it says of the files; return it with the checks made."""
    masters = [piece for piece in pieces if piece.holds_master]
    holder = masters[0] if masters else None
    if holder is None or holder.place is None or is_spread(masters):
        return None, []
    try:
        master = read_master(holder.source, holder.place)
    except CompressedError:
        return None, [Evidence("master table", "terkompresi", "terbaca", Status.UNKNOWN, holder.name)]
    except StreamError as e:
        return None, [Evidence("master table", str(e), "terbaca", Status.DAMAGED, holder.name)]
    return master, list(_master_evidence(master, pieces, holder, walk_bytes))


def _master_evidence(
    master: Master, pieces: Sequence[Piece], holder: Piece, walk_bytes: int | None
) -> Iterator[Evidence]:
    """Yield what the master table proves about the files."""
    guid = holder.header.guid if holder.header else ""
    yield expect("master table", master.guid, guid, Status.DAMAGED, subject=holder.name)
    yield expect("errors", master.error_count or 0, 0, Status.ABORTED, unit="kesalahan")
    yield tables_evidence(len(master.tables), is_all=master.is_all)
    if not master.is_all:
        # Files and streams of what was kept may be among the rest.
        return
    few = len(pieces) < len(master.files)
    yield expect("files", len(pieces), len(master.files), Status.TRUNCATED if few else Status.DAMAGED, unit="file")
    numbered = {piece.header.file_number: piece for piece in pieces if piece.header}
    for number, file in enumerate(master.files, 1):
        piece = numbered.get(number)
        if piece is None or file.size_bytes is None or piece is holder:
            continue
        yield size_evidence(piece, file.size_bytes, file.size_bytes + BLOCK_BYTES)
    layout = list(_layout_evidence(master, holder, numbered))
    # Where streams overlap a few bytes may be walked for every table there is.
    if all(one.ok for one in layout if one.check == "layout"):
        sources = {number: piece.source for number, piece in numbered.items()}
        yield from row_evidence(sources, master.tables, walk_bytes=walk_bytes)
        # Nobody asks for the rows of statistics, and only few files show their form: their heads must hold, no more.
        others = row_evidence(sources, master.others, heads_only=True)
        yield from (one for one in others if not one.ok)
    yield from layout


def _layout_evidence(master: Master, holder: Piece, numbered: Mapping[int, Piece]) -> Iterator[Evidence]:
    """Yield what the places of the streams prove about each file."""
    for number, piece in numbered.items():
        objects = (*master.tables, *master.others)
        extents = [extent for one in objects for extent in one.extents if extent.file_number == number]
        tables_end = content_end = piece.source.size_bytes
        if piece is holder and holder.place:
            tables_end, content_end = holder.place.master_offset, master.rows_end
        yield from layout_evidence(piece.name, piece.source, extents, tables_end=tables_end, content_end=content_end)


def _tables(master: Master | None) -> tuple[TableRows, ...]:
    if master is None:
        return ()
    return tuple(TableRows(table.schema, table.name, table.partition, table.rows) for table in master.tables)


def log_bytes(path: Path) -> bytes:
    """Return what a log holds, as far as a log can be read. Raises UnreadableError."""
    with Source(path) as source:
        return source.read(0, _LONGEST_LOG_BYTES)


def _log_evidence(log: ExportLog, pieces: Sequence[Piece], master: Master | None) -> Iterator[Evidence]:
    """Yield what the log proves of itself, and whether it tells of these files."""
    yield log_evidence(log)
    header = next((piece.header for piece in pieces if piece.header), None)
    if header is not None and log.job_name:
        job = f'"{log.job_owner}"."{log.job_name}"'
        yield expect("log job", job, header.job_name, Status.STALE)
    if log.files:
        few = len(pieces) < len(log.files)
        yield expect("log files", len(pieces), len(log.files), Status.TRUNCATED if few else Status.STALE, unit="file")
    if master is not None and log.succeeded:
        yield from log_rows_evidence(log.tables, _tables(master))


def log_evidence(log: ExportLog) -> Evidence:
    """Return what the log says of the export's end."""
    return Evidence("log", log.summary(), "ekspor berhasil", Status.COMPLETE if log.succeeded else log.status)


def log_rows_evidence(logged: Iterable[TableRows], recorded: Iterable[TableRows]) -> Iterator[Evidence]:
    """Yield whether a log and a dump tell of the same tables with the same rows."""
    in_log, in_dump = _by_name(logged), _by_name(recorded)
    if any(_UNREADABLE_LETTER in name for name in (*in_log, *in_dump)):
        in_log, in_dump = Counter(all=in_log.total()), Counter(all=in_dump.total())
    different = sum(in_log[name] != in_dump[name] for name in in_log.keys() & in_dump.keys())
    yield expect("log rows", different, 0, Status.DAMAGED, unit="objek berbeda")
    alone = len(in_log.keys() ^ in_dump.keys())
    yield expect("log tables", alone, 0, Status.UNKNOWN, unit="objek tanpa pasangan")


def _by_name(tables: Iterable[TableRows]) -> Counter[str]:
    rows: Counter[str] = Counter()
    for table in tables:
        rows[f"{table.schema}.{table.name}:{table.partition}"] += table.rows or 0
    return rows


def _count_evidence(tables: Sequence[TableRows], expected_rows: Mapping[str, int]) -> Iterator[Evidence]:
    """Yield whether tables hold the rows that the database counted."""
    for name, expected in expected_rows.items():
        rows = [table.rows for table in tables if f"{table.schema}.{table.name}" == name]
        if not rows or None in rows:
            yield Evidence("count", "tidak diketahui", f"{expected} baris", Status.UNKNOWN, name)
        else:
            yield expect("count", sum(filter(None, rows)), expected, Status.DAMAGED, subject=name, unit="baris")
